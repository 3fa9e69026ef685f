//! Whoever reads the output may stop reading: `callblock service install --print | head`.

use std::panic::PanicHookInfo;

/// Ends the program quietly when it prints and nobody reads any more, instead of with the report of a fault.
pub fn end_when_nobody_reads() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if is_closed_output(panic) {
            std::process::exit(0);
        }
        usual(panic);
    }));
}

fn is_closed_output(panic: &PanicHookInfo<'_>) -> bool {
    let text = panic.payload().downcast_ref::<String>();
    text.is_some_and(|text| text.starts_with("failed printing to stdout") && text.contains("os error 32"))
}
