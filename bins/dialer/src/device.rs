//! The modem: on a port, or simulated.

use std::time::{Duration, Instant};

use call_event::{LineCommand, LineEvent, LineId};
use crossbeam_channel::{Receiver, after, select};
use line_sim::voice_modem::{CONEXANT, CallerAct, FarEnd, Fate, Settings as SimSettings, SimModem, Sound};
use voice_modem::{Line, Settings, VoiceModem};

use crate::args::DeviceOptions;
use crate::outcome::{Failure, UNAVAILABLE};

/// A modem gets so long to be found and set up.
const SET_UP_WITHIN: Duration = Duration::from_secs(30);
/// A modem that was lost gets so long to come back.
const BACK_WITHIN: Duration = Duration::from_secs(10 * 60);
/// And so long to go on-hook at the end.
const ON_HOOK_WITHIN: Duration = Duration::from_secs(15);

/// A line that can place calls.
pub(crate) struct Device {
    pub(crate) line: Line,
    /// Kept for as long as its line is used.
    simulated: Option<SimModem>,
}

impl Device {
    /// Opens the modem and waits until it is set up.
    pub(crate) fn open(options: &DeviceOptions) -> Result<Self, Failure> {
        let unavailable = |e: &dyn std::fmt::Display| Failure::new(UNAVAILABLE, e);
        let simulated = options.simulate.map(simulate).transpose().map_err(|e| unavailable(&e))?;
        let mut settings = Settings::new(LineId::new("dialer"));
        settings.port = simulated.as_ref().map(|s| s.path().to_owned()).or_else(|| options.port.clone());
        let line = VoiceModem::spawn(settings);
        let deadline = Instant::now() + SET_UP_WITHIN;
        loop {
            match line.events.recv_deadline(deadline) {
                Ok(LineEvent::Up(info)) => {
                    log::info!("{}", info.device);
                    if !info.voice {
                        log::warn!("{} cannot speak: it dials, and that is all", info.device);
                    }
                    return Ok(Self { line, simulated });
                }
                Ok(LineEvent::Down { reason, .. }) => return Err(unavailable(&reason)),
                Ok(_) => {}
                Err(_) => {
                    return Err(unavailable(&"the modem was not ready in time; unplug it and try again"));
                }
            }
        }
    }

    /// Waits until a modem that was lost is back; true if the user wants to stop.
    pub(crate) fn wait_until_back(&self, stop: &Receiver<()>) -> Result<bool, Failure> {
        let given_up = after(BACK_WITHIN);
        loop {
            select! {
                recv(self.line.events) -> event => match event {
                    Ok(LineEvent::Up(_)) => return Ok(false),
                    Ok(LineEvent::Down { reason, .. }) => log::warn!("{reason}"),
                    Ok(_) => {}
                    Err(_) => return Err(Failure::new(UNAVAILABLE, "the modem's line stopped")),
                },
                recv(stop) -> _ => return Ok(true),
                recv(given_up) -> _ => {
                    return Err(Failure::new(UNAVAILABLE, "the modem did not come back; plug it in and use --resume"));
                }
            }
        }
    }

    /// Ends any call and waits until the line is on-hook.
    pub(crate) fn close(self) {
        let _ = self.line.commands.send(LineCommand::ShutDown);
        let deadline = Instant::now() + ON_HOOK_WITHIN;
        while !self.line.join.is_finished() && Instant::now() < deadline {
            // The events end when the thread does.
            if self.line.events.recv_deadline(deadline).is_err() {
                break;
            }
        }
        if let Some(modem) = &self.simulated {
            let status = modem.status();
            log::info!("simulated line: off-hook {}, {} commands", status.off_hook, status.commands);
        }
    }
}

/// A line on which most numbers answer, say something and press a key.
fn simulate(speed: f64) -> Result<SimModem, line_sim::Error> {
    let end = |fate| FarEnd { setup: Duration::from_millis(500), ..FarEnd::new(fate) };
    let speaker = end(Fate::Answers(1))
        .then(CallerAct::Wait(Duration::from_millis(800)))
        .then(CallerAct::Press("5".into()))
        .then(CallerAct::Say(Sound::Tones { hertz: vec![300.0, 700.0], milliseconds: 1500 }))
        .then(CallerAct::Wait(Duration::from_secs(8)))
        .then(CallerAct::HangUp);
    SimModem::start(SimSettings {
        speed,
        far_end: speaker,
        numbers: vec![
            ("7".into(), end(Fate::Busy)),
            ("8".into(), end(Fate::NoAnswer)),
            ("9".into(), end(Fate::NoSuchNumber)),
        ],
        ..SimSettings::of(&CONEXANT)
    })
}
