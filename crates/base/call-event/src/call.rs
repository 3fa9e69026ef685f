//! A call that comes in: who, on which line, when.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use phone_number::Caller;

/// The name that the configuration gives a line, such as `home` or `office`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineId(Arc<str>);

impl LineId {
    /// A line of that name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of device watches a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LineKind {
    /// An analog line with a voice modem.
    VoiceModem,
    /// A FRITZ!Box.
    FritzBox,
    /// A mobile line with a GSM modem.
    GsmModem,
}

/// One call on one line. Unique for as long as the program that counts them runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

impl CallId {
    /// An id that this program has not given to any call yet, on any line.
    pub fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A caller's name as the network sent it, made safe to print.
///
/// Strangers choose these names. Control characters and line ends are replaced, the length is bounded,
/// Latin-1 is read as such where the bytes are not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallerName(Box<str>);

impl CallerName {
    /// The longest name that is kept, in characters.
    pub const MAX_CHARS: usize = 256;

    /// Reads a name; `None` if nothing readable is left of it.
    ///
    /// ```
    /// use call_event::CallerName;
    /// assert_eq!(CallerName::from_line(b" J\xf6rg\r\nRING ").unwrap().as_str(), "J\u{f6}rg RING");
    /// ```
    pub fn from_line(bytes: &[u8]) -> Option<Self> {
        let text: String = match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => bytes.iter().map(|&b| char::from(b)).collect(),
        };
        let mut out = String::new();
        let mut gap = false;
        let mut chars = 0;
        for c in text.chars() {
            if c.is_control() || c.is_whitespace() || is_invisible(c) {
                gap = true;
                continue;
            }
            if gap && !out.is_empty() {
                out.push(' ');
                chars += 1;
            }
            gap = false;
            if chars >= Self::MAX_CHARS {
                break;
            }
            out.push(c);
            chars += 1;
        }
        (!out.is_empty()).then(|| Self(out.into_boxed_str()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CallerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Marks that change the direction or hide text: a name could pretend to be another with them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Why a caller ID is not to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Suspicion {
    /// The same field came twice with different contents.
    Contradiction,
    /// A line came inside the caller ID that only a forged name can have put there.
    Forged,
    /// The checksum or a length was wrong.
    Damaged,
}

impl fmt::Display for Suspicion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Contradiction => "its fields contradict each other",
            Self::Forged => "a line was forged inside it",
            Self::Damaged => "it was damaged on the way",
        })
    }
}

/// A call that rings now, or waits while another call is on.
#[derive(Debug, Clone, PartialEq)]
pub struct IncomingCall {
    /// Which call it is.
    pub id: CallId,
    /// The line that it came on.
    pub line: LineId,
    /// When the guard heard of it, by the guard's clock.
    pub at: SystemTime,
    /// Who is calling. `None` if the line said nothing at all ("RING without caller ID").
    pub caller: Option<Caller>,
    /// The name that the network sent.
    pub name: Option<CallerName>,
    /// The own number that was called, where a line has several (MSN).
    pub called: Option<Box<str>>,
    /// True if it waits while another call is on; such a call is never answered or blocked.
    pub waiting: bool,
    /// Set if the caller ID cannot be trusted; such a call never matches an allow entry.
    pub suspect: Option<Suspicion>,
    /// Date and time as the line sent them, unread.
    pub line_time: Option<Box<str>>,
    /// The caller ID's bytes as they came, bounded.
    pub raw: Box<[u8]>,
}

impl IncomingCall {
    /// A call of which nothing is known yet.
    pub fn new(id: CallId, line: LineId, at: SystemTime) -> Self {
        Self {
            id,
            line,
            at,
            caller: None,
            name: None,
            called: None,
            waiting: false,
            suspect: None,
            line_time: None,
            raw: Box::default(),
        }
    }
}
