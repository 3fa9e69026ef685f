//! What a line says of the caller, before anything is known of numbering plans.

use std::fmt;

/// What a telephone line says of who is calling.
///
/// Lines say "withheld" and "unavailable" in many spellings, some of which look like numbers;
/// [`Caller::from_line`] knows them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Caller {
    /// The line showed a number.
    Number(ShownNumber),
    /// The caller asked that the number be hidden.
    Withheld,
    /// The network had no number to show.
    Unavailable,
}

impl Caller {
    /// Reads a number field as modems, gateways and boxes print it.
    ///
    /// Never fails: what holds no dialable character is [`Caller::Unavailable`].
    ///
    /// ```
    /// use phone_number::Caller;
    /// assert_eq!(Caller::from_line(b"P"), Caller::Withheld);
    /// assert_eq!(Caller::from_line(b"OUT-OF-AREA"), Caller::Unavailable);
    /// assert_eq!(Caller::from_line(b" 030 23125-555").number().unwrap().as_str(), "03023125555");
    /// ```
    pub fn from_line(field: &[u8]) -> Self {
        let text = String::from_utf8_lossy(field);
        let word = text.trim().to_ascii_uppercase();
        match word.as_str() {
            "P" | "PRIVATE" | "WITHHELD" | "ANONYMOUS" | "PRIVDIROFF" | "PRIVATE NUMBER" | "RESTRICTED"
            | "CLIR" => return Self::Withheld,
            "" | "O" | "-" | "OUT-OF-AREA" | "OUT OF AREA" | "UNAVAILABLE" | "UNKNOWN" | "<NONE>"
            | "NO-NUMBER" | "NO NUMBER" => return Self::Unavailable,
            _ => {}
        }
        match ShownNumber::new(&word) {
            Some(number) if number.as_str().bytes().all(|b| b == b'0') => Self::Unavailable,
            Some(number) => Self::Number(number),
            None => Self::Unavailable,
        }
    }

    /// The number, where the line showed one.
    pub fn number(&self) -> Option<&ShownNumber> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Withheld => f.write_str("withheld"),
            Self::Unavailable => f.write_str("unavailable"),
        }
    }
}

/// A number exactly as a line showed it, less the spaces and dashes put in for the eye.
///
/// Holds one to [`ShownNumber::MAX_LEN`] characters out of `0-9 + * # ( )` with at least one of
/// `0-9 * #`, so it can be logged, stored and compared without further care. It says nothing about
/// whether such a number exists. Two of them are equal only if every character is.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShownNumber(Box<str>);

impl ShownNumber {
    /// The longest number that is kept. E.164 allows 15 digits; the rest is room for prefixes and a
    /// bracketed second number.
    pub const MAX_LEN: usize = 64;

    /// Reads a number; `None` if it holds a character that no telephone number has, or is too long.
    pub fn new(text: &str) -> Option<Self> {
        let mut kept = String::with_capacity(text.len().min(Self::MAX_LEN));
        for c in text.chars() {
            match c {
                '0'..='9' | '+' | '*' | '#' | '(' | ')' => {
                    if kept.len() == Self::MAX_LEN {
                        return None;
                    }
                    kept.push(c);
                }
                ' ' | '-' | '.' | '/' | '\u{a0}' | '\t' => {}
                _ => return None,
            }
        }
        kept.bytes()
            .any(|b| b.is_ascii_digit() || b == b'*' || b == b'#')
            .then(|| Self(kept.into_boxed_str()))
    }

    /// The characters as shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The second number, which came in brackets behind the first: the network's own, where the first one is of
    /// the caller's making.
    ///
    /// ```
    /// use phone_number::ShownNumber;
    /// let shown = ShownNumber::new("03023125555(01522881 7386)").unwrap();
    /// assert_eq!(shown.second().unwrap().as_str(), "015228817386");
    /// assert_eq!(ShownNumber::new("(030)23125555").unwrap().second(), None);
    /// ```
    pub fn second(&self) -> Option<Self> {
        split_second(&self.0).1.and_then(Self::new)
    }

    /// The number with its last three digits as `xxx`, for logs that strangers may read.
    pub fn redacted(&self) -> String {
        crate::redact(&self.0)
    }
}

/// Parts `030…(0152…)` into the number and the one in brackets behind it.
pub(crate) fn split_second(text: &str) -> (&str, Option<&str>) {
    let inner = text.strip_suffix(')').and_then(|rest| rest.split_once('('));
    match inner {
        Some((first, second)) if first.len() > 3 && second.len() > 3 && !second.contains(['(', ')']) => {
            (first, Some(second))
        }
        _ => (text, None),
    }
}

impl fmt::Display for ShownNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ShownNumber {
    /// Debug output lands in logs, so it is redacted; use [`ShownNumber::as_str`] for the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShownNumber({})", self.redacted())
    }
}
