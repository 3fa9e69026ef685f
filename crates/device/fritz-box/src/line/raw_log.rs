//! The call monitor's lines in files.

use std::fs::{self, OpenOptions};
use std::io::Write as _;

use call_monitor::{Date, Line, parse, to_log_line};

use crate::RawLog;

/// Writes lines as they come; trouble with the disk is told once and does not stop the line.
#[derive(Debug)]
pub(super) struct RawLogFile {
    settings: RawLog,
    /// The day of the last line that had one.
    day: Date,
    troubled: bool,
}

impl RawLogFile {
    pub(super) fn new(settings: RawLog) -> Self {
        Self { settings, day: Date { year: 2000, month: 1, day: 1 }, troubled: false }
    }

    pub(super) fn write(&mut self, line: &[u8]) {
        if let Line::Entry(entry) = parse(line)
            && let Some(date) = entry.stamp.date
        {
            self.day = date;
        }
        let path = self.settings.folder.join(self.settings.files().file_name("callmonitor", self.day));
        let written = fs::create_dir_all(&self.settings.folder)
            .and_then(|()| OpenOptions::new().create(true).append(true).open(&path))
            .and_then(|mut file| file.write_all(&to_log_line(line, self.settings.redacted)));
        match written {
            Ok(()) => self.troubled = false,
            Err(error) if !self.troubled => {
                log::warn!("{}: {error}; the call monitor's lines are not kept", path.display());
                self.troubled = true;
            }
            Err(_) => {}
        }
    }
}
