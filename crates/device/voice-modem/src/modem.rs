//! A modem opened by hand, for a look at it or for programs of one's own; and the start of a line.

use std::path::Path;
use std::time::{Duration, Instant};

use at_codec::ModemProfile;
use at_codec::profile::{FaxClass, SoundForm};
use call_event::{LineEvent, LineInfo};

use crate::check_up::{self, CheckUp};
use crate::line::{self, Line};
use crate::port::{Port, Waker, Woken};
use crate::session::{Output, Session, Stage};
use crate::{Error, Settings};

/// A voice modem on a serial port.
#[derive(Debug)]
pub struct VoiceModem {
    settings: Settings,
    port: Port,
    findings: Findings,
}

/// What was found out about a modem while it was set up.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Findings {
    /// What the line is and can do.
    pub info: LineInfo,
    /// The modem in its own words.
    pub words: String,
    /// Its profile.
    pub profile: &'static ModemProfile,
    /// The command that switched caller ID on.
    pub caller_id: Option<&'static str>,
    /// The forms of sound that it offers.
    pub sound_forms: Vec<SoundForm>,
    /// The form that is used.
    pub sound_form: Option<SoundForm>,
    /// The fax class that it would answer in.
    pub fax: Option<FaxClass>,
}

impl VoiceModem {
    /// Starts a line that opens the modem, sets it up, and guards it for ever. It never fails: a modem that
    /// is not there is reported by [`LineEvent::Down`] with the remedy, and tried again.
    pub fn spawn(settings: Settings) -> Line {
        line::spawn(settings)
    }

    /// Opens a modem and sets it up.
    ///
    /// # Errors
    ///
    /// If the port is absent, in use, not permitted, or no modem answers there.
    pub fn open(settings: Settings) -> Result<Self, Error> {
        let (port, usb) = line::open(&settings)?;
        let reader = port.reader();
        let waker = Waker::new()?;
        let mut session = Session::new(Instant::now(), settings.clone(), usb);
        let mut buffer = [0u8; 1024];
        let findings = loop {
            let now = Instant::now();
            let next = loop {
                match session.poll_output(now) {
                    Output::Transmit(bytes) => port.write(&bytes)?,
                    Output::Event(LineEvent::Up(info)) => log::debug!("{info:?}"),
                    Output::Event(_) | Output::Record(_) => {}
                    Output::Timeout(at) => break at,
                }
            };
            match session.stage() {
                Stage::Ready => {
                    break session.findings();
                }
                Stage::Lost(why) => {
                    return Err(Error::NoModem { port: port.path().to_path_buf(), why: why.clone() });
                }
                _ => {}
            }
            match reader.wait(&waker, next)? {
                Woken::Port => {
                    let n = reader.read(&mut buffer)?;
                    session.handle_bytes(Instant::now(), &buffer[..n]);
                }
                _ => session.handle_timeout(Instant::now()),
            }
        };
        Ok(Self { settings, port, findings })
    }

    /// What was found out about it.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Looks it over, as [`LineCommand::CheckUp`](call_event::LineCommand::CheckUp) does on a guarded line.
    ///
    /// # Errors
    ///
    /// If the modem is gone.
    pub fn check_up(&mut self) -> Result<CheckUp, Error> {
        let said = self.ask(check_up::QUESTION, Duration::from_secs(2))?;
        Ok(CheckUp::new(self.port(), &self.findings, self.settings.country, &said))
    }

    /// What the line is and can do.
    pub fn info(&self) -> &LineInfo {
        &self.findings.info
    }

    /// The port.
    pub fn port(&self) -> &Path {
        self.port.path()
    }

    /// Hands the modem to a line that guards it. It is set up once more.
    pub fn start(self) -> Line {
        let Self { mut settings, port, .. } = self;
        settings.port = Some(port.path().to_path_buf());
        drop(port);
        line::spawn(settings)
    }

    /// Sends a command and gives what the modem says within that time or until it has been quiet for a
    /// fifth of a second: for a terminal.
    ///
    /// # Errors
    ///
    /// If the modem is gone.
    pub fn ask(&mut self, command: &str, within: Duration) -> Result<Vec<u8>, Error> {
        if !command.is_empty() {
            self.port.write(command.as_bytes())?;
            self.port.write(b"\r")?;
        }
        self.listen(within)
    }

    /// What the modem says on its own within that time.
    ///
    /// # Errors
    ///
    /// If the modem is gone.
    pub fn listen(&mut self, within: Duration) -> Result<Vec<u8>, Error> {
        const QUIET: Duration = Duration::from_millis(200);
        let (reader, waker) = (self.port.reader(), Waker::new()?);
        let end = Instant::now() + within;
        let mut until = end;
        let mut said = Vec::new();
        let mut buffer = [0u8; 1024];
        while said.len() < 64 * 1024 {
            match reader.wait(&waker, Some(until))? {
                Woken::Port => {
                    let n = reader.read(&mut buffer)?;
                    said.extend_from_slice(&buffer[..n]);
                    until = end.min(Instant::now() + QUIET);
                }
                _ => break,
            }
        }
        Ok(said)
    }

    /// A terminal's port: opened, but nothing was sent.
    ///
    /// # Errors
    ///
    /// If the port is absent, in use or not permitted.
    pub fn open_raw(settings: Settings) -> Result<Self, Error> {
        let (port, _) = line::open(&settings)?;
        let session = Session::new(Instant::now(), settings.clone(), None);
        let findings = Findings {
            info: session.info(),
            words: String::new(),
            profile: session.profile(),
            caller_id: None,
            sound_forms: Vec::new(),
            sound_form: None,
            fax: None,
        };
        Ok(Self { settings, port, findings })
    }
}
