//! `callblock modem terminal`: type AT commands and see every byte by its name.

use std::io::BufRead as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use at_codec::VoiceEvent;
use voice_modem::VoiceModem;

use crate::Failure;

/// Between two looks whether something was typed or Ctrl-C pressed.
const LOOK: Duration = Duration::from_millis(150);

/// Options of `callblock modem terminal`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The modem's port. Without it: the first modem found.
    port: Option<PathBuf>,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let mut modem =
        VoiceModem::open_raw(super::settings(options.port.as_ref())).map_err(|e| super::failure(&e))?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|e| Failure::new(Failure::SOFTWARE, e))?;
    }
    eprintln!("{}: type AT commands; Ctrl-D or Ctrl-C ends, on-hook", modem.port().display());
    let (typed_in, typed) = sync_channel::<String>(16);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if typed_in.send(line).is_err() {
                break;
            }
        }
    });
    let said = loop {
        if stop.load(Ordering::Relaxed) {
            break Ok(());
        }
        let said = match typed.recv_timeout(Duration::from_millis(1)) {
            Ok(line) => modem.ask(line.trim(), Duration::from_secs(5)),
            Err(RecvTimeoutError::Timeout) => modem.listen(LOOK),
            Err(RecvTimeoutError::Disconnected) => break Ok(()),
        };
        match said {
            Ok(bytes) if bytes.is_empty() => {}
            Ok(bytes) => println!("{}", named(&bytes)),
            Err(error) => break Err(super::failure(&error)),
        }
    };
    // Whatever was typed, the line is not left off-hook.
    let _ = modem.ask("\x10\x03\x10!", Duration::from_millis(300));
    let _ = modem.ask("ATH0", Duration::from_secs(2));
    said
}

/// The bytes with the invisible ones named, a line end after each LF.
fn named(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\r' => out.push_str("<CR>"),
            b'\n' => out.push_str("<LF>\n"),
            0x10 => match rest.split_first() {
                Some((0x10, after)) => {
                    rest = after;
                    out.push_str("<DLE DLE>");
                }
                Some((&code, after)) => {
                    rest = after;
                    out.push_str(&format!(
                        "<DLE {}: {:?}>",
                        code.escape_ascii(),
                        VoiceEvent::from_code(code)
                    ));
                }
                None => out.push_str("<DLE>"),
            },
            b' '..=b'~' => out.push(char::from(byte)),
            0x00 => out.push_str("<NUL>"),
            0x03 => out.push_str("<ETX>"),
            0x1a => out.push_str("<SUB>"),
            other => out.push_str(&format!("<{other:02X}>")),
        }
    }
    out.trim_end_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_names() {
        assert_eq!(named(b"ATZ\r\r\nOK\r\n"), "ATZ<CR><CR><LF>\nOK<CR><LF>");
        assert_eq!(
            named(b"\x10b\x10\x10\x10\x80\x00"),
            "<DLE b: Busy><DLE DLE><DLE \\x80: Unknown(128)><NUL>"
        );
    }
}
