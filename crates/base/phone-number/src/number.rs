//! What a shown number means under a numbering plan.

use std::fmt;

use crate::{Country, E164, NumberKey};

/// What sort of number it is, as far as its form says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NumberKind {
    /// A number of the own country, with its area.
    Domestic,
    /// A number of another country.
    Foreign,
    /// A number without its area, where the own area is not configured.
    Local,
    /// A short or service code that only works as it stands.
    Short,
    /// An emergency number.
    Emergency,
    /// A number of the network for testing lines.
    Test,
    /// A telephone on the same box, such as `**610`.
    Internal,
    /// Anything else that can be dialled: codes with `*` and `#`, more digits than any number has.
    Odd,
}

impl NumberKind {
    /// The word that log and `--json` use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Domestic => "domestic",
            Self::Foreign => "foreign",
            Self::Local => "local",
            Self::Short => "short",
            Self::Emergency => "emergency",
            Self::Test => "test",
            Self::Internal => "internal",
            Self::Odd => "odd",
        }
    }
}

/// The longest text: what a line can show, and `+`, calling code and area in front.
const MAX: usize = crate::ShownNumber::MAX_LEN + 24;

/// A number placed in a numbering plan; made by [`Numbering::resolve`](crate::Numbering::resolve).
///
/// Two of them are equal only if they are the same number: `030 23125555` and `+49 30 23125555` are, under a
/// German plan; a number that cannot be placed equals only itself as shown.
#[derive(Clone, Copy)]
pub struct PhoneNumber {
    text: [u8; MAX],
    len: u8,
    kind: NumberKind,
    country: Option<&'static Country>,
    completed: bool,
    second: bool,
}

impl PhoneNumber {
    pub(crate) fn new(kind: NumberKind, country: Option<&'static Country>, parts: &[&[u8]]) -> Self {
        let mut text = [0; MAX];
        let mut len = 0;
        for part in parts {
            let room = (MAX - len).min(part.len());
            text[len..len + room].copy_from_slice(&part[..room]);
            len += room;
        }
        // MAX fits.
        Self {
            text,
            len: u8::try_from(len).unwrap_or(u8::MAX),
            kind,
            country,
            completed: false,
            second: false,
        }
    }

    pub(crate) fn completed(mut self) -> Self {
        self.completed = true;
        self
    }

    pub(crate) fn with_second(mut self, second: bool) -> Self {
        self.second = second;
        self
    }

    /// The number in its one form: `+4930…` where it is placed in the world, else as shown.
    pub fn as_str(&self) -> &str {
        // Only characters of a shown number go in, all ASCII.
        std::str::from_utf8(&self.text[..usize::from(self.len)]).unwrap_or_default()
    }

    /// What sort of number it is.
    pub fn kind(&self) -> NumberKind {
        self.kind
    }

    /// The number as the world writes it, where it has such a form.
    pub fn e164(&self) -> Option<E164> {
        matches!(self.kind, NumberKind::Domestic | NumberKind::Foreign | NumberKind::Test)
            .then(|| E164::new(self.as_str()))
            .flatten()
    }

    /// The number packed for lists; `None` if it is longer than any telephone number.
    #[inline]
    pub fn key(&self) -> Option<NumberKey> {
        NumberKey::new(&self.text[..usize::from(self.len)])
    }

    /// The country whose calling code it has.
    pub fn country(&self) -> Option<&'static Country> {
        self.country
    }

    /// The digits after the calling code; all of them where there is none.
    pub fn national(&self) -> &str {
        let text = self.as_str();
        match (text.strip_prefix('+'), self.country) {
            (Some(digits), Some(country)) => digits.strip_prefix(country.calling_code()).unwrap_or(digits),
            (Some(digits), None) => digits,
            (None, _) => text,
        }
    }

    /// Whether the line showed it without its area, and the own area was put in front.
    pub fn is_completed(&self) -> bool {
        self.completed
    }

    /// Whether a second number in brackets came with it; see
    /// [`ShownNumber::second`](crate::ShownNumber::second).
    pub fn has_second(&self) -> bool {
        self.second
    }

    /// The number with its last three digits as `xxx`.
    pub fn redacted(&self) -> String {
        crate::redact(self.as_str())
    }
}

impl PartialEq for PhoneNumber {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for PhoneNumber {}

impl std::hash::Hash for PhoneNumber {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for PhoneNumber {
    /// Debug output lands in logs, so it is redacted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({}, {})", self.redacted(), self.kind.word())
    }
}
