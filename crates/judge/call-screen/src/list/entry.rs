//! What stands on a list beside the number: a name, who entered it, until when it holds.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

/// What stands on a list beside the number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note {
    /// The name or comment.
    pub name: Box<str>,
    /// Who entered it, such as `star key`, `web` or `challenge`.
    pub by: Option<Box<str>>,
    /// When it was entered, in seconds since 1970.
    pub added: Option<i64>,
    /// Until when it holds, in seconds since 1970.
    pub expires: Option<i64>,
    /// Never dropped for lack of use.
    pub permanent: bool,
    /// The day of the last match, where the list keeps it.
    pub last_match: Option<NaiveDate>,
}

impl Note {
    /// Only a name.
    pub fn named(name: &str) -> Self {
        Self { name: name.trim().into(), ..Self::default() }
    }

    /// Whether it no longer holds at that time.
    pub fn expired(&self, now: i64) -> bool {
        self.expires.is_some_and(|expires| now >= expires)
    }
}

/// Something on a list that cannot be read; the rest of the list holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The list's file.
    pub file: std::sync::Arc<str>,
    /// Which line, from 1.
    pub line: u32,
    /// What is wrong.
    pub reason: Box<str>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason)
    }
}

/// Reads a time as lists write it: `2026-12-31`, `2026-12-31 18:00:00`, RFC 3339. Without zone it is UTC.
pub(crate) fn read_time(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp());
    }
    for form in ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, form) {
            return Some(time.and_utc().timestamp());
        }
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp())
}

/// Writes a time as lists hold it.
pub(crate) fn write_time(seconds: i64) -> String {
    DateTime::<Utc>::from_timestamp(seconds, 0)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
        .unwrap_or_default()
}
