//! Logs of raw lines: how they are named, written and read back.

use crate::{Date, redact_line};

/// How a log of raw lines is spread over files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFiles {
    /// All in one file.
    One,
    /// A file for each day.
    #[default]
    Daily,
}

impl LogFiles {
    /// The file that lines of that day belong into.
    ///
    /// ```
    /// use call_monitor::{Date, LogFiles};
    /// let day = Date { year: 2020, month: 6, day: 16 };
    /// assert_eq!(LogFiles::Daily.file_name("callmonitor", day), "callmonitor-2020-06-16.log");
    /// assert_eq!(LogFiles::One.file_name("callmonitor", day), "callmonitor.log");
    /// ```
    pub fn file_name(self, prefix: &str, day: Date) -> String {
        match self {
            Self::One => format!("{prefix}.log"),
            Self::Daily => format!("{prefix}-{:04}-{:02}-{:02}.log", day.year, day.month, day.day),
        }
    }
}

/// What a line of such a log says; `None` for an empty line or one that is only a comment.
///
/// People note in these files what they did, after a `#` with a space before it or at the line's begin. A `#` at the
/// end of a dialled number is not a comment.
///
/// ```
/// use call_monitor::log_line;
/// assert_eq!(log_line(b"16.06.20 12:25:46;DISCONNECT;0;0;  # rejected"), Some(&b"16.06.20 12:25:46;DISCONNECT;0;0;"[..]));
/// assert_eq!(log_line(b"# calls of June"), None);
/// ```
pub fn log_line(line: &[u8]) -> Option<&[u8]> {
    let mut end = line.len();
    for (at, &b) in line.iter().enumerate() {
        if b == b'#' && line.get(..at).and_then(<[u8]>::last).is_none_or(u8::is_ascii_whitespace) {
            end = at;
            break;
        }
    }
    let body = line.get(..end)?.trim_ascii();
    (!body.is_empty()).then_some(body)
}

/// A line for such a log, redacted or as it came, with its line end.
///
/// ```
/// let line = call_monitor::to_log_line(b"17.06.20 10:28:43;CONNECT;0;11;03023125952;", true);
/// assert_eq!(line, b"17.06.20 10:28:43;CONNECT;0;11;03023125xxx;\n");
/// ```
pub fn to_log_line(line: &[u8], redacted: bool) -> Vec<u8> {
    let mut out = if redacted { redact_line(line) } else { line.to_vec() };
    out.push(b'\n');
    out
}
