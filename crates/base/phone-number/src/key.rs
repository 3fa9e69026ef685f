//! A number packed into eight bytes, for lists of millions.

use std::fmt;

/// A number of at most sixteen characters out of `0-9 * # +`, packed into eight bytes.
///
/// Two keys are equal only if every character is; leading zeros count. Keys sort as their texts do, and all
/// numbers with one beginning lie side by side, so a prefix is a range of keys.
///
/// ```
/// use phone_number::NumberKey;
/// let key = NumberKey::new(b"+493023125555").unwrap();
/// assert_eq!(key.to_string(), "+493023125555");
/// assert!(key.starts_with(NumberKey::new(b"+4930").unwrap()));
/// assert_ne!(NumberKey::new(b"0301"), NumberKey::new(b"301"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NumberKey(u64);

/// The symbol behind each value of four bits; value 0 ends the text.
const SYMBOLS: [u8; 14] = *b"\0+0123456789*#";

const fn code(symbol: u8) -> u8 {
    match symbol {
        b'+' => 1,
        b'0'..=b'9' => symbol - b'0' + 2,
        b'*' => 12,
        b'#' => 13,
        _ => 0,
    }
}

impl NumberKey {
    /// The longest number that fits: `+` and the fifteen digits of E.164.
    pub const MAX_LEN: usize = 16;

    /// Packs a number; `None` if it is empty, longer than sixteen characters or holds any other character.
    #[inline]
    pub fn new(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() > Self::MAX_LEN {
            return None;
        }
        let mut packed = 0u64;
        let mut valid = true;
        for &symbol in text {
            let code = code(symbol);
            valid &= code != 0;
            packed = packed << 4 | u64::from(code);
        }
        let unused = 4 * (Self::MAX_LEN - text.len());
        valid.then_some(Self(packed << unused))
    }

    /// The characters packed towards the right, to which digits can be added, and how many they are.
    pub(crate) fn open(text: &[u8]) -> Option<(u64, usize)> {
        let key = Self::new(text)?;
        Some((key.0 >> (4 * (Self::MAX_LEN - text.len())), text.len()))
    }

    /// An open key and the digits at the beginning of a text; tells how many digits there were.
    #[inline]
    pub(crate) fn with_digits((mut packed, length): (u64, usize), text: &[u8]) -> Option<(Self, usize)> {
        let room = Self::MAX_LEN - length;
        let mut digits = 0;
        while let Some(digit) = text.get(digits).map(|b| b.wrapping_sub(b'0')).filter(|&digit| digit <= 9) {
            if digits == room {
                return None;
            }
            packed = (packed << 4) | u64::from(digit + 2);
            digits += 1;
        }
        Some((Self(packed << (4 * (room - digits))), digits))
    }

    /// The packed form; larger numbers sort later.
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// A key from its packed form; `None` if no number packs to it.
    pub fn from_bits(bits: u64) -> Option<Self> {
        let key = Self(bits);
        let len = key.len();
        let used = (0..Self::MAX_LEN).all(|i| if i < len { key.nibble(i) <= 13 } else { key.nibble(i) == 0 });
        (len > 0 && used).then_some(key)
    }

    /// How many characters it has.
    #[inline]
    pub const fn len(self) -> usize {
        Self::MAX_LEN - (self.0.trailing_zeros() / 4) as usize
    }

    /// Never: a key holds at least one character.
    pub const fn is_empty(self) -> bool {
        false
    }

    /// Its first `len` characters; all of them if it has no more.
    #[inline]
    pub const fn prefix(self, len: usize) -> Self {
        if len >= Self::MAX_LEN {
            return self;
        }
        Self(self.0 & !(u64::MAX >> (4 * len)))
    }

    /// Whether it begins with all of `prefix`.
    #[inline]
    pub const fn starts_with(self, prefix: Self) -> bool {
        self.prefix(prefix.len()).0 == prefix.0
    }

    fn nibble(self, index: usize) -> u8 {
        self.0.to_be_bytes()[index / 2] >> (4 * (1 - index % 2)) & 15
    }

    /// Writes the text into `buffer` and gives the part that was used.
    pub fn write(self, buffer: &mut [u8; Self::MAX_LEN]) -> &str {
        let len = self.len();
        for (index, place) in buffer.iter_mut().enumerate().take(len) {
            *place = SYMBOLS[usize::from(self.nibble(index)).min(13)];
        }
        // The symbols are all ASCII.
        std::str::from_utf8(&buffer[..len]).unwrap_or_default()
    }
}

impl fmt::Display for NumberKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.write(&mut [0; Self::MAX_LEN]))
    }
}

impl fmt::Debug for NumberKey {
    /// Debug output lands in logs, so it is redacted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NumberKey({})", crate::redact(&self.to_string()))
    }
}
