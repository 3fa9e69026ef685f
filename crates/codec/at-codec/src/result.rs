//! Result codes: the lines that end a command or say what the line does.

use std::fmt;

/// Which ring, where a modem tells distinctive rings apart: `A`, `B`, `C` or `1`, `2`, `3`.
pub type RingPattern = char;

/// A result code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResultCode {
    /// The command was done.
    Ok,
    /// Data, fax or sound flows from here on; some modems add a speed or a protocol.
    Connect(Box<str>),
    /// The line rings.
    Ring(Option<RingPattern>),
    /// The other side is gone, or was never there.
    NoCarrier,
    /// The command was not understood or cannot be done now.
    Error,
    /// Nothing to dial on.
    NoDialTone,
    /// The called number is busy.
    Busy,
    /// The called number does not answer.
    NoAnswer,
    /// The line is a digital one, which can harm the modem.
    DigitalLine,
    /// The modem must not dial that number again for a while.
    Delayed,
    /// The number is on the modem's own list of numbers not to be dialled.
    Blacklisted,
    /// An error of the equipment, by number or words (`+CME ERROR`).
    CmeError(Box<str>),
    /// An error of the message service (`+CMS ERROR`).
    CmsError(Box<str>),
    /// The called side answered by voice (`VCON`).
    VoiceConnect,
    /// The cadence of a ring: how long it was on (`DRON=`), in tenths of a second.
    RingOn(u32),
    /// The cadence of a ring: how long it was off (`DROF=`), in tenths of a second.
    RingOff(u32),
}

impl ResultCode {
    /// Reads a line of words. `None` if it is no result code.
    ///
    /// ```
    /// use at_codec::ResultCode;
    /// assert_eq!(ResultCode::from_words(b"no dial tone"), Some(ResultCode::NoDialTone));
    /// assert_eq!(ResultCode::from_words(b"RING B"), Some(ResultCode::Ring(Some('B'))));
    /// assert_eq!(ResultCode::from_words(b"OKAY"), None);
    /// ```
    pub fn from_words(line: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?.trim();
        if line.len() > 200 {
            return None;
        }
        let upper = line.to_ascii_uppercase();
        Some(match upper.as_str() {
            "OK" => Self::Ok,
            "ERROR" => Self::Error,
            "RING" => Self::Ring(None),
            "NO CARRIER" => Self::NoCarrier,
            "NO DIALTONE" | "NO DIAL TONE" => Self::NoDialTone,
            "BUSY" => Self::Busy,
            "NO ANSWER" => Self::NoAnswer,
            "DIGITAL LINE DETECTED" | "DIGITAL LINE" => Self::DigitalLine,
            "DELAYED" => Self::Delayed,
            "BLACKLISTED" => Self::Blacklisted,
            "CONNECT" => Self::Connect("".into()),
            "VCON" | "+VCON" => Self::VoiceConnect,
            _ => return Self::with_text(line, &upper),
        })
    }

    fn with_text(line: &str, upper: &str) -> Option<Self> {
        if upper.starts_with("CONNECT ") {
            // `CONNECT=` would be a field; a blank must part the word from what follows.
            return Some(Self::Connect(line.get(8..)?.trim().into()));
        }
        if let Some(pattern) = upper.strip_prefix("RING ") {
            let mut chars = pattern.trim().chars();
            return match (chars.next(), chars.next()) {
                (Some(c @ ('A'..='E' | '1'..='5')), None) => Some(Self::Ring(Some(c))),
                _ => None,
            };
        }
        for (label, make) in [("DRON", Self::RingOn as fn(u32) -> Self), ("DROF", Self::RingOff)] {
            if let Some(value) = upper.strip_prefix(label)
                && let Some(value) = value.trim_start().strip_prefix('=')
            {
                return value.trim().parse().ok().map(make);
            }
        }
        for (label, make) in
            [("+CME ERROR", Self::CmeError as fn(Box<str>) -> Self), ("+CMS ERROR", Self::CmsError)]
        {
            if let Some(rest) = upper.strip_prefix(label) {
                let rest = rest.trim_start();
                let text = rest.strip_prefix(':').unwrap_or(rest).trim();
                let at = line.len() - rest.len() + (rest.len() - text.len());
                return Some(make(line.get(at..).unwrap_or("").trim().into()));
            }
        }
        None
    }

    /// Reads a line of digits, as modems send them after `ATV0`. `None` if it is no result code.
    ///
    /// ```
    /// use at_codec::ResultCode;
    /// assert_eq!(ResultCode::from_digits(b"2"), Some(ResultCode::Ring(None)));
    /// ```
    pub fn from_digits(line: &[u8]) -> Option<Self> {
        Some(match line.trim_ascii() {
            b"0" => Self::Ok,
            b"1" => Self::Connect("".into()),
            b"2" => Self::Ring(None),
            b"3" => Self::NoCarrier,
            b"4" => Self::Error,
            b"6" => Self::NoDialTone,
            b"7" => Self::Busy,
            b"8" => Self::NoAnswer,
            _ => return None,
        })
    }

    /// True if it ends a command; the others come on their own.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Ring(_) | Self::RingOn(_) | Self::RingOff(_))
    }

    /// True if it says that something went wrong.
    pub fn is_failure(&self) -> bool {
        !matches!(
            self,
            Self::Ok
                | Self::Connect(_)
                | Self::VoiceConnect
                | Self::Ring(_)
                | Self::RingOn(_)
                | Self::RingOff(_)
        )
    }
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ok => f.write_str("OK"),
            Self::Connect(text) if text.is_empty() => f.write_str("CONNECT"),
            Self::Connect(text) => write!(f, "CONNECT {text}"),
            Self::Ring(None) => f.write_str("RING"),
            Self::Ring(Some(pattern)) => write!(f, "RING {pattern}"),
            Self::NoCarrier => f.write_str("NO CARRIER"),
            Self::Error => f.write_str("ERROR"),
            Self::NoDialTone => f.write_str("NO DIALTONE"),
            Self::Busy => f.write_str("BUSY"),
            Self::NoAnswer => f.write_str("NO ANSWER"),
            Self::DigitalLine => f.write_str("DIGITAL LINE DETECTED"),
            Self::Delayed => f.write_str("DELAYED"),
            Self::Blacklisted => f.write_str("BLACKLISTED"),
            Self::CmeError(text) => write!(f, "+CME ERROR: {text}"),
            Self::CmsError(text) => write!(f, "+CMS ERROR: {text}"),
            Self::VoiceConnect => f.write_str("VCON"),
            Self::RingOn(tenths) => write!(f, "DRON={tenths}"),
            Self::RingOff(tenths) => write!(f, "DROF={tenths}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_any_case_and_back() {
        for (line, code) in [
            ("OK", ResultCode::Ok),
            ("CONNECT", ResultCode::Connect("".into())),
            ("CONNECT 14400/ARQ", ResultCode::Connect("14400/ARQ".into())),
            ("RING", ResultCode::Ring(None)),
            ("RING A", ResultCode::Ring(Some('A'))),
            ("RING 3", ResultCode::Ring(Some('3'))),
            ("NO CARRIER", ResultCode::NoCarrier),
            ("ERROR", ResultCode::Error),
            ("NO DIALTONE", ResultCode::NoDialTone),
            ("BUSY", ResultCode::Busy),
            ("NO ANSWER", ResultCode::NoAnswer),
            ("DIGITAL LINE DETECTED", ResultCode::DigitalLine),
            ("+CME ERROR: 10", ResultCode::CmeError("10".into())),
            ("+CME ERROR: SIM not inserted", ResultCode::CmeError("SIM not inserted".into())),
            ("+CMS ERROR: 500", ResultCode::CmsError("500".into())),
            ("VCON", ResultCode::VoiceConnect),
            ("DRON=5", ResultCode::RingOn(5)),
            ("DROF=34", ResultCode::RingOff(34)),
        ] {
            assert_eq!(ResultCode::from_words(line.as_bytes()).as_ref(), Some(&code), "{line}");
            assert_eq!(code.to_string(), line);
            let lower = ResultCode::from_words(line.to_ascii_lowercase().as_bytes());
            assert_eq!(lower.map(|c| c.to_string().to_ascii_uppercase()), Some(line.to_ascii_uppercase()));
        }
    }

    #[test]
    fn what_only_looks_like_a_result_is_none() {
        for line in [
            "",
            "OKAY",
            "RINGO",
            "RING RING",
            "RING Z",
            "CONNECTION",
            "NAME=OK",
            "DRON=",
            "BUSY LINE",
            "\u{e9}",
        ] {
            assert_eq!(ResultCode::from_words(line.as_bytes()), None, "{line}");
        }
        assert_eq!(ResultCode::from_words(b"\xff\xfe"), None);
        for line in ["", "5", "9", "00", "10", "OK"] {
            assert_eq!(ResultCode::from_digits(line.as_bytes()), None, "{line}");
        }
    }
}
