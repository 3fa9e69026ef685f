//! The names of recordings: `%Y-%m-%d %H-%M-%S%z NUMBER`, in the chosen time zone, safe on every file system.

use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::SystemTime;

use call_event::IncomingCall;
use chrono::{DateTime, Local, Utc};
use phone_number::Caller;

/// The time zone that file names and tables use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zone {
    /// Universal time, pycallblock's default.
    #[default]
    Utc,
    /// The computer's own zone.
    Local,
    /// A zone of the IANA data base, such as `Europe/Berlin`.
    Named(chrono_tz::Tz),
}

impl Zone {
    /// Formats a moment after chrono's pattern.
    pub fn format(&self, at: SystemTime, pattern: &str) -> String {
        let utc = DateTime::<Utc>::from(at);
        match self {
            Self::Utc => utc.format(pattern).to_string(),
            Self::Local => utc.with_timezone(&Local).format(pattern).to_string(),
            Self::Named(zone) => utc.with_timezone(zone).format(pattern).to_string(),
        }
    }
}

/// The name of a time zone that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownZone(String);

impl fmt::Display for UnknownZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "there is no time zone \"{}\"; write one such as Europe/Berlin, or UTC, or local",
            self.0.escape_debug()
        )
    }
}

impl std::error::Error for UnknownZone {}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        match name {
            "UTC" | "utc" => Ok(Self::Utc),
            "local" => Ok(Self::Local),
            _ => name.parse().map(Self::Named).map_err(|_| UnknownZone(name.to_owned())),
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utc => f.write_str("UTC"),
            Self::Local => f.write_str("local"),
            Self::Named(zone) => f.write_str(zone.name()),
        }
    }
}

/// The file name of a recording, without folder and ending.
///
/// Nothing that a caller sends can leave the folder or surprise a file system: of the number only digits,
/// `+` and letters for the rest remain.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use call_event::{CallId, IncomingCall, LineId};
/// use call_guard::{Zone, recording_name};
/// use phone_number::Caller;
///
/// let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
/// let mut call = IncomingCall::new(CallId(1), LineId::new("home"), at);
/// call.caller = Some(Caller::from_line(b"*31#5055550101"));
/// assert_eq!(recording_name(&call, Zone::Utc), "2020-09-13 12-26-40+0000 s31h5055550101");
/// ```
pub fn recording_name(call: &IncomingCall, zone: Zone) -> String {
    let time = zone.format(call.at, "%Y-%m-%d %H-%M-%S%z");
    let who = match &call.caller {
        Some(Caller::Number(number)) => number
            .as_str()
            .chars()
            .map(|c| match c {
                '0'..='9' | '+' => c,
                '*' => 's',
                '#' => 'h',
                _ => '_',
            })
            .collect(),
        Some(Caller::Withheld) => "withheld".to_owned(),
        Some(_) => "unavailable".to_owned(),
        None => "unknown".to_owned(),
    };
    format!("{time} {who}")
}

/// Gives every recording of a line a path of its own.
#[derive(Debug, Clone)]
pub struct RecordingNames {
    folder: PathBuf,
    zone: Zone,
    last: VecDeque<PathBuf>,
}

impl RecordingNames {
    /// How many given names are remembered, for files that do not exist yet.
    const REMEMBERED: usize = 64;

    /// Names in that folder, with times of that zone.
    pub fn new(folder: PathBuf, zone: Zone) -> Self {
        Self { folder, zone, last: VecDeque::new() }
    }

    /// A path that no file has and that was not given out before.
    pub fn next(&mut self, call: &IncomingCall) -> PathBuf {
        let name = recording_name(call, self.zone);
        let mut path = self.folder.join(format!("{name}.wav"));
        let mut number = 1;
        while self.last.contains(&path) || path.exists() {
            number += 1;
            path = self.folder.join(format!(
                "{name} {}-{number}.wav",
                call.line.as_str().replace(|c: char| !c.is_ascii_alphanumeric(), "_")
            ));
        }
        if self.last.len() == Self::REMEMBERED {
            self.last.pop_front();
        }
        self.last.push_back(path.clone());
        path
    }
}
