//! A number as the whole world writes it.

use std::fmt;
use std::str::FromStr;

use crate::{Error, NumberKey};

/// An international number: calling code and national number, at most fifteen digits.
///
/// Holds any digits of that form; whether such a number exists is for
/// [`Numbering::doubts`](crate::Numbering::doubts) to say.
///
/// ```
/// let number: phone_number::E164 = "+493023125555".parse().unwrap();
/// assert_eq!(number.to_string(), "+493023125555");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct E164(NumberKey);

impl E164 {
    /// A number from `+` and one to fifteen digits, the first of which is not zero.
    pub fn new(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?.as_bytes();
        let valid =
            digits.first().is_some_and(|&first| first != b'0') && digits.iter().all(u8::is_ascii_digit);
        valid.then(|| NumberKey::new(text.as_bytes()).map(Self)).flatten()
    }

    /// The packed form.
    pub const fn key(self) -> NumberKey {
        self.0
    }
}

impl FromStr for E164 {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text).ok_or_else(|| Error::NotInternational(text.into()))
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E164({})", crate::redact(&self.to_string()))
    }
}
