//! `virtualphone send`, `sms`, `call`: a command to the running phone.

use std::io;

use call_bridge::phone::socket;
use call_bridge::remote::Command;
use callblock::Failure;
use serde_json::json;

use crate::setup::Setup;

/// A number as one word, however it was typed: in a command, what stands behind a space is something else.
pub(crate) fn number(text: &str) -> Result<String, Failure> {
    let wrong = || {
        let text = format!(
            "\"{text}\" is no telephone number; write digits, with + and the country code from abroad"
        );
        Failure::new(Failure::USAGE, text)
    };
    phone_number::ShownNumber::new(text).map(|number| number.as_str().to_owned()).ok_or_else(wrong)
}

/// Sends a command and prints the answer.
pub(crate) fn send(setup: &Setup, command: &str, as_json: bool) -> Result<(), Failure> {
    // A script is told by the exit code that it wrote something that is no command.
    let stroke = if command.starts_with('/') { "" } else { "/" };
    Command::read(&format!("{stroke}{command}")).map_err(|e| Failure::new(Failure::USAGE, e))?;
    let path = setup.socket();
    match socket::send(&path, command) {
        Ok(answer) => {
            if as_json {
                println!("{}", json!({ "command": command, "answer": answer.trim_end() }));
            } else {
                print!("{answer}");
            }
            Ok(())
        }
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            Err(Failure::new(
                Failure::UNAVAILABLE,
                format!(
                    "{}: no phone listens there; start `virtualphone run` with `socket = true` under [remote]",
                    path.display()
                ),
            ))
        }
        Err(e) => Err(Failure::new(Failure::TEMPORARY, format!("{}: {e}", path.display()))),
    }
}
