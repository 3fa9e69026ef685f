//! What the commands do.

use crossbeam_channel::{Receiver, bounded};

use crate::args::{Args, CallOptions, Command, DeviceOptions};
use crate::batch;
use crate::call::{self, Plan};
use crate::device::Device;
use crate::outcome::{Failure, Report, STOPPED, UNAVAILABLE};

/// Does what was asked; the exit code tells how it went.
pub(crate) fn run(args: Args) -> Result<u8, Failure> {
    let stop = watch_for_stop()?;
    match args.command {
        Command::Call(options) => call(&args.device, options, &stop),
        Command::Batch(options) => batch::run(&args.device, options, &stop),
    }
}

fn call(device: &DeviceOptions, options: CallOptions, stop: &Receiver<()>) -> Result<u8, Failure> {
    let plan = Plan { number: options.number, content: options.content };
    plan.check()?;
    let line = Device::open(device)?;
    let report = call::place(&line.line, &plan, stop);
    line.close();
    let report = report?;
    print(device, &report);
    Ok(if report.stopped { STOPPED } else { report.outcome.exit_code() })
}

/// Prints a report as the user wants it.
pub(crate) fn print(device: &DeviceOptions, report: &Report) {
    if device.json {
        // A report holds nothing that JSON cannot say.
        println!("{}", serde_json::to_string(report).unwrap_or_default());
    } else {
        println!("{report}");
    }
}

/// A channel that says when the user wants to stop: Ctrl-C, or being told to terminate.
fn watch_for_stop() -> Result<Receiver<()>, Failure> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let failed = |e: std::io::Error| Failure::new(UNAVAILABLE, format!("cannot watch for Ctrl-C: {e}"));
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(failed)?;
    let (sender, receiver) = bounded(1);
    let watch = move || {
        for _ in signals.forever() {
            // Already told: once is enough.
            let _ = sender.try_send(());
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(watch).map_err(failed)?;
    Ok(receiver)
}
