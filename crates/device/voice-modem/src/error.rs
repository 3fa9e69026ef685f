//! What can be wrong with a modem, each with its remedy.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::PortUser;

/// What can be wrong with a modem.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No modem was named and none was found.
    #[error("no modem found: plug one in, or name its port (`callblock modem list` shows all ports)")]
    NoneFound,
    /// There is no such port.
    #[error("{port}: no such port: plug the modem in, or look with `callblock modem list`", port = port.display())]
    Absent {
        /// The port.
        port: PathBuf,
    },
    /// Another program has the port.
    #[error("{port}: another program uses the port: {}", in_use(port, user.as_ref()), port = port.display())]
    Busy {
        /// The port.
        port: PathBuf,
        /// Which program, where that can be found out.
        user: Option<PortUser>,
    },
    /// The port may not be opened.
    #[error("{port}: not permitted: add the user to the port's group (`sudo usermod -aG dialout $USER`) and log in again", port = port.display())]
    NotPermitted {
        /// The port.
        port: PathBuf,
    },
    /// What is there is no modem, or does not answer.
    #[error("{port}: no modem answers there: {why}; unplug it and plug it in again, or try another port", port = port.display())]
    NoModem {
        /// The port.
        port: PathBuf,
        /// What was seen.
        why: Box<str>,
    },
    /// The port failed while in use.
    #[error("{port}: the modem is gone: {source}", port = port.display())]
    Lost {
        /// The port.
        port: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The port took no more bytes.
    #[error("{port}: the modem took nothing for {}.{} s: unplug it and plug it in again", within.as_secs(), within.subsec_millis() / 100, port = port.display())]
    Stalled {
        /// The port.
        port: PathBuf,
        /// How long.
        within: Duration,
    },
    /// Any other failure of the port.
    #[error("{port}: cannot open the port: {source}", port = port.display())]
    Open {
        /// The port.
        port: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A sound cannot be played.
    #[error("{file}: cannot play it: {why}; `callblock sound convert` makes it playable", file = file.display())]
    Sound {
        /// The file.
        file: PathBuf,
        /// Why not.
        why: Box<str>,
    },
    /// The system gave no thread, pipe or clock.
    #[error("the system refused what a line needs: {0}")]
    System(#[source] io::Error),
}

/// Who has the port, and what helps.
fn in_use(port: &Path, user: Option<&PortUser>) -> String {
    const NOT_MODEM_MANAGER: &str = "`systemctl disable --now ModemManager`";
    match user {
        None => format!(
            "end it (`sudo fuser {}` names it; ModemManager is told to leave modems alone by {NOT_MODEM_MANAGER})",
            port.display()
        ),
        Some(user) if user.program == "ModemManager" => {
            format!(
                "ModemManager (process {}); {NOT_MODEM_MANAGER} tells it to leave modems alone",
                user.process
            )
        }
        Some(user) => format!("{} (process {}); end it, and the port is free", user.program, user.process),
    }
}
