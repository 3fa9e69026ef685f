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
    pub(crate) fn with_digits((packed, length): (u64, usize), text: &[u8]) -> Option<(Self, usize)> {
        let (digits, count) = match text.first_chunk() {
            Some(block) => digits_of(*block),
            None => {
                let mut block = [0; Self::MAX_LEN];
                block[..text.len()].copy_from_slice(text);
                digits_of(block)
            }
        };
        let room = Self::MAX_LEN - length;
        let bits = packed.checked_shl(4 * u32::try_from(room).ok()?).unwrap_or(0);
        // Sixteen digits are more than any room.
        (count <= room && length > 0).then_some((Self(bits | digits >> (4 * length)), count))
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

/// The digits at the beginning of sixteen characters, packed towards the left, and how many they are. All sixteen are
/// looked at in the same few steps, which is what makes lists of millions quick to read.
#[inline]
fn digits_of(block: [u8; 16]) -> (u64, usize) {
    const EACH: u128 = u128::MAX / 255;
    let values = u128::from_be_bytes(block) ^ (EACH * 0x30);
    // The highest bit of each byte that is no digit: those from 10 on, and those that had it set already.
    let others = (((values & (EACH * 0x7f)) + EACH * 0x76) | values) & (EACH * 0x80);
    let count = others.leading_zeros() / 8;
    let beyond = u128::MAX.checked_shr(8 * count).unwrap_or(0);
    let codes = ((values & (EACH * 0x0f)) + EACH * 2) & !beyond;
    let pack = |codes: u64| {
        let codes = (codes | codes >> 4) & 0x00ff_00ff_00ff_00ff;
        let codes = (codes | codes >> 8) & 0x0000_ffff_0000_ffff;
        (codes | codes >> 16) & 0xffff_ffff
    };
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    let packed = pack((codes >> 64) as u64) << 32 | pack(codes as u64);
    (packed, count as usize)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_read_at_once_are_those_read_one_by_one() {
        let mut random = fastrand::Rng::with_seed(16);
        let open = NumberKey::open(b"+49").unwrap();
        for _ in 0..20_000 {
            let length = random.usize(0..24);
            let kinds = random.u8(0..3);
            let text: Vec<u8> = (0..length)
                .map(|_| match random.u8(0..16) {
                    0 if kinds > 0 => random.u8(..),
                    1 if kinds > 1 => *b"/:,\n\xb0\x80".get(random.usize(0..6)).unwrap(),
                    _ => random.u8(b'0'..=b'9'),
                })
                .collect();
            let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
            let expected = (digits <= 13).then(|| {
                let whole = [b"+49", &text[..digits]].concat();
                (NumberKey::new(&whole).unwrap(), digits)
            });
            assert_eq!(NumberKey::with_digits(open, &text), expected, "{text:x?}");
        }
    }
}
