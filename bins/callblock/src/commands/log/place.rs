//! Where the log lies, and opening it.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use call_log::{CallLog, LogError};

use crate::home::Home;
use crate::{Failure, Global};

/// Which log a command is about.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Place {
    /// The log: a file, or a server as `postgres://user@host/database`.
    #[arg(long, value_name = "FILE|SERVER")]
    pub(crate) database: Option<String>,
}

impl Place {
    /// The file or server.
    fn text(&self, global: &Global) -> Result<String, Failure> {
        match &self.database {
            Some(text) => Ok(text.clone()),
            None => Ok(Home::open(global)?.database().to_string_lossy().into_owned()),
        }
    }

    /// Opens the log for reading.
    pub(crate) fn read(&self, global: &Global) -> Result<CallLog, Failure> {
        let text = self.text(global)?;
        if is_server(&text) {
            return connect(&text, global);
        }
        let path = PathBuf::from(&text);
        if !path.exists() {
            return Err(Failure::new(
                Failure::NO_INPUT,
                format!("there is no call log {text} yet; name another with --dir or --database"),
            ));
        }
        CallLog::open_read_only(&path).map_err(|e| failure(&e))
    }

    /// Opens the log for writing; makes it where it is missing.
    pub(crate) fn write(&self, global: &Global) -> Result<CallLog, Failure> {
        let text = self.text(global)?;
        if is_server(&text) {
            return connect(&text, global);
        }
        let path = PathBuf::from(text);
        if let Some(folder) = path.parent() {
            // What is wrong with the folder, opening the log says better.
            let _ = std::fs::create_dir_all(folder);
        }
        CallLog::open(&path).map_err(|e| failure(&e))
    }
}

fn is_server(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://") || text.starts_with("host=")
}

#[cfg(feature = "postgres")]
fn connect(server: &str, global: &Global) -> Result<CallLog, Failure> {
    let home = Home::open(global)?;
    crate::sites::connect(server, &home.config.log).map_err(|e| failure(&e))
}

#[cfg(not(feature = "postgres"))]
fn connect(_: &str, _: &Global) -> Result<CallLog, Failure> {
    Err(Failure::new(
        Failure::USAGE,
        "this program was built without PostgreSQL; build it with `--features postgres` to use a log server",
    ))
}

/// How a command ends that the log let down.
pub(crate) fn failure(error: &LogError) -> Failure {
    let code = match error {
        LogError::Open { .. } => Failure::NO_INPUT,
        LogError::Locked { .. } => Failure::TEMPORARY,
        LogError::ReadOnly { .. } => Failure::NO_PERMISSION,
        LogError::Newer { .. }
        | LogError::Corrupt { .. }
        | LogError::Foreign { .. }
        | LogError::Import { .. }
        | LogError::Unexpected { .. } => Failure::DATA,
        LogError::Unreachable { .. } => Failure::UNAVAILABLE,
        LogError::Certificate { .. } => Failure::CONFIG,
        _ => Failure::IO,
    };
    Failure::new(code, error.full_text())
}

/// Prints; that the reader of a pipe has gone is no failure.
pub(crate) fn print(work: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match work(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(Failure::IO, error)),
        _ => Ok(()),
    }
}

/// A moment on this machine's wall clock: `2026-11-20`, `2026-11-20 22:41`, or how long ago: `90m`, `12h`,
/// `7d`.
pub(crate) fn moment(text: &str) -> Result<SystemTime, String> {
    if let Ok(ago) = span(text) {
        return SystemTime::now().checked_sub(ago).ok_or_else(|| format!("{text} is too long ago"));
    }
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00"));
    let day: call_log::Day = day.parse().map_err(|e| format!("{e}, or as how long ago, such as 7d"))?;
    let (hours, minutes) = time
        .split_once(':')
        .and_then(|(h, m)| Some((h.parse::<u64>().ok()?, m.parse::<u64>().ok()?)))
        .filter(|(h, m)| *h < 24 && *m < 60)
        .ok_or_else(|| format!("\"{time}\" is not a time of day; write it as 22:41"))?;
    let wall = day.start_utc() + Duration::from_secs(3600 * hours + 60 * minutes);
    // The wall clock's distance from UTC is that of about the same moment; near a change of the clock
    // the second look sets it right.
    let shift = |at: SystemTime| {
        let offset = i64::from(call_log::local_offset(at)) * 60;
        if offset >= 0 {
            wall.checked_sub(Duration::from_secs(offset.unsigned_abs()))
        } else {
            wall.checked_add(Duration::from_secs(offset.unsigned_abs()))
        }
        .unwrap_or(wall)
    };
    Ok(shift(shift(wall)))
}

/// A length of time: `90s`, `15m`, `12h`, `7d`, `4w`, `1y`.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is not a length of time; write it as 12h, 7d or 1y");
    let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let count: u64 = text[..split].parse().map_err(|_| wrong())?;
    let unit = match &text[split..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        "y" => 365 * 86_400,
        _ => return Err(wrong()),
    };
    count.checked_mul(unit).map(Duration::from_secs).ok_or_else(wrong)
}

/// A number of bytes: `500M`, `2G`, `100000`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("\"{text}\" is not a size; write it as 500M or 2G");
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let count: u64 = text[..split].parse().map_err(|_| wrong())?;
    let unit = match text[split..].to_ascii_uppercase().trim_end_matches('B') {
        "" => 1,
        "K" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        _ => return Err(wrong()),
    };
    count.checked_mul(unit).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_read_as_people_write_them() {
        assert_eq!(span("7d"), Ok(Duration::from_secs(7 * 86_400)));
        assert!(span("7").is_err() && span("d").is_err() && span("99999999999999999999y").is_err());
        assert_eq!(size("500M"), Ok(500_000_000));
        assert_eq!(size("2GB"), Ok(2_000_000_000));
        assert!(size("many").is_err() && size("").is_err());
        let noon = moment("2026-11-20 12:00").unwrap();
        assert_eq!(call_log::wall_time(noon, call_log::local_offset(noon)), "2026-11-20 12:00:00");
        assert!(moment("2026-11-20 24:00").is_err() && moment("20.11.2026").is_err());
    }
}
