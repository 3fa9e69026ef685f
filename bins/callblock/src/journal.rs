//! What the program says of its work: to the terminal, the journal, a file, syslog.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use call_guard::Zone;
use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::Failure;

/// Where lines go and how many.
#[derive(Debug, Clone, Default)]
pub struct JournalSettings {
    /// To the terminal, or to the service manager's journal with priorities.
    pub stderr: bool,
    /// To this file.
    pub file: Option<PathBuf>,
    /// To the syslog daemon behind this socket.
    pub syslog: Option<PathBuf>,
    /// 0: what matters; 1: every step; 2: everything the modem says.
    pub verbose: u8,
}

impl JournalSettings {
    fn level(&self) -> LevelFilter {
        match self.verbose {
            0 => LevelFilter::Info,
            1 => LevelFilter::Debug,
            _ => LevelFilter::Trace,
        }
    }
}

struct Journal {
    stderr: bool,
    /// The journal of the service manager reads priorities at the beginning of lines.
    priorities: bool,
    file: Option<File>,
    #[cfg(unix)]
    syslog: Option<std::os::unix::net::UnixDatagram>,
}

/// Starts writing.
///
/// # Errors
///
/// The file or the socket cannot be opened.
pub fn start(settings: &JournalSettings) -> Result<(), Failure> {
    let file = settings.file.as_deref().map(open).transpose()?;
    let journal = Journal {
        stderr: settings.stderr,
        priorities: std::env::var_os("JOURNAL_STREAM").is_some(),
        file,
        #[cfg(unix)]
        syslog: settings.syslog.as_deref().map(connect).transpose()?,
    };
    log::set_max_level(settings.level());
    // A second start in one program keeps the first journal.
    let _ = log::set_boxed_logger(Box::new(journal));
    Ok(())
}

fn open(path: &Path) -> Result<File, Failure> {
    File::options().append(true).create(true).open(path).map_err(|e| {
        Failure::new(Failure::IO, format!("{}: the log file cannot be opened: {e}", path.display()))
    })
}

#[cfg(unix)]
fn connect(path: &Path) -> Result<std::os::unix::net::UnixDatagram, Failure> {
    let failed = |e: io::Error| {
        Failure::new(
            Failure::UNAVAILABLE,
            format!(
                "{}: no syslog daemon listens there: {e}; leave --syslog out under systemd",
                path.display()
            ),
        )
    };
    let socket = std::os::unix::net::UnixDatagram::unbound().map_err(failed)?;
    socket.connect(path).map_err(failed)?;
    Ok(socket)
}

impl Log for Journal {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let text = one_line(&record.args().to_string());
        let priority = priority(record.level());
        if self.stderr {
            let line = if self.priorities {
                format!("<{priority}>{text}\n")
            } else {
                format!("{} {} {text}\n", now(), record.level())
            };
            // Nobody can be told that the terminal is gone.
            let _ = io::stderr().lock().write_all(line.as_bytes());
        }
        if let Some(mut file) = self.file.as_ref() {
            let _ = file.write_all(format!("{} {} {text}\n", now(), record.level()).as_bytes());
        }
        #[cfg(unix)]
        if let Some(syslog) = &self.syslog {
            let stamp = Zone::Local.format(SystemTime::now(), "%b %e %H:%M:%S");
            const DAEMON: u8 = 3 << 3;
            let line = format!("<{}>{stamp} callblock[{}]: {text}", DAEMON | priority, std::process::id());
            let _ = syslog.send(line.as_bytes());
        }
    }

    fn flush(&self) {}
}

fn now() -> String {
    Zone::Local.format(SystemTime::now(), "%Y-%m-%d %H:%M:%S%.3f")
}

/// syslog's priorities, which the journal uses too.
fn priority(level: Level) -> u8 {
    match level {
        Level::Error => 3,
        Level::Warn => 4,
        Level::Info => 6,
        Level::Debug | Level::Trace => 7,
    }
}

/// Strangers choose what stands in some texts; a line end would forge a line of the log.
fn one_line(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_forges_a_line() {
        assert_eq!(one_line("a\r\n<3>forged\u{1b}[2J"), "a\\r\\n<3>forged\\u{1b}[2J");
        assert_eq!(one_line("Vähälä"), "Vähälä");
    }
}
