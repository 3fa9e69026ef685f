#![doc = include_str!("../README.md")]

use std::error::Error;
use std::path::PathBuf;

use call_event::LineId;
use line_sim::voice_modem::{CONEXANT, SimModem};
use voice_modem::{Line, Settings, VoiceModem};

/// The modem that an example was started with, and its other arguments.
#[derive(Debug)]
pub struct Started {
    /// The modem's line.
    pub line: Line,
    /// The simulated modem, with `--simulate`.
    pub simulated: Option<SimModem>,
    /// What else stood on the command line.
    pub rest: Vec<String>,
}

/// Opens the modem named on the command line: a port, or `--simulate`, which is set up as given.
///
/// # Errors
///
/// If neither is named, or the simulated modem cannot be started.
pub fn start(simulated: line_sim::voice_modem::Settings) -> Result<Started, Box<dyn Error>> {
    let mut rest: Vec<String> = std::env::args().skip(1).collect();
    if rest.is_empty() {
        return Err("name the modem's port, such as /dev/ttyACM0, or --simulate".into());
    }
    let first = rest.remove(0);
    let simulated = if first == "--simulate" { Some(SimModem::start(simulated)?) } else { None };
    let port = simulated.as_ref().map_or_else(|| PathBuf::from(&first), |modem| modem.path().to_owned());
    let line = VoiceModem::spawn(Settings::on_port(LineId::new("example"), port));
    Ok(Started { line, simulated, rest })
}

/// A simulated modem as most people have one.
pub fn usual_modem() -> line_sim::voice_modem::Settings {
    line_sim::voice_modem::Settings::of(&CONEXANT)
}
