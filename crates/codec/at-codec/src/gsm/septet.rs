//! The 7-bit alphabet of SMS: characters to septets, septets to octets, and back.

use super::alphabets::{LOCKING, SINGLE};

/// The escape: the next septet is looked up in the extension table.
const ESCAPE: u8 = 0x1b;

/// Which tables a text is written in, by the national language identifiers of 3GPP TS 23.038 (1 Turkish,
/// 2 Spanish, 3 Portuguese, 4 Bengali, 5 Gujarati, 6 Hindi, 7 Kannada, 8 Malayalam, 9 Oriya, 10 Punjabi,
/// 11 Tamil, 12 Telugu, 13 Urdu). 0 is the default alphabet, and so is a number that nobody has given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Alphabet {
    /// The table of plain characters.
    pub locking: u8,
    /// The table of characters behind an escape.
    pub single: u8,
}

impl Alphabet {
    fn plain(self) -> &'static [u16; 128] {
        LOCKING.get(usize::from(self.locking)).unwrap_or(&LOCKING[0])
    }

    fn extension(self) -> &'static [(u8, u16)] {
        SINGLE.get(usize::from(self.single)).copied().unwrap_or(SINGLE[0])
    }

    /// The septets of a character: one, or the escape and another. `None` if the alphabet lacks it.
    pub fn septets(self, c: char) -> Option<([u8; 2], usize)> {
        let unit = u16::try_from(u32::from(c)).ok().filter(|&u| u != 0)?;
        if let Some(code) = self.plain().iter().position(|&u| u == unit) {
            return u8::try_from(code).ok().map(|code| ([code, 0], 1));
        }
        let &(code, _) = self.extension().iter().find(|&&(_, u)| u == unit)?;
        Some(([ESCAPE, code], 2))
    }

    /// A text as septets; `None` if the alphabet lacks one of its characters.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(text.len());
        for c in text.chars() {
            let (septets, used) = self.septets(c)?;
            out.extend_from_slice(&septets[..used]);
        }
        Some(out)
    }

    /// Septets as text. Total: an escape with no character behind it gives the character of the plain table, as
    /// the standard asks, and a code without a character gives U+FFFD.
    pub fn decode(self, septets: &[u8]) -> String {
        let mut out = String::with_capacity(septets.len());
        let mut escaped = false;
        for &septet in septets {
            let septet = septet & 0x7f;
            if std::mem::take(&mut escaped) {
                if septet == ESCAPE {
                    // Reserved for tables to come; shown as a space.
                    out.push(' ');
                    continue;
                }
                if let Some(&(_, unit)) = self.extension().iter().find(|&&(code, _)| code == septet) {
                    out.push(character(unit));
                    continue;
                }
            } else if septet == ESCAPE {
                escaped = true;
                continue;
            }
            out.push(character(self.plain()[usize::from(septet)]));
        }
        out
    }
}

fn character(unit: u16) -> char {
    if unit == 0 { char::REPLACEMENT_CHARACTER } else { char::from_u32(unit.into()).unwrap_or(' ') }
}

/// Packs septets into octets, the first bit at `fill` (0 to 6 bits left free for what stands before).
///
/// ```
/// assert_eq!(at_codec::gsm::pack(b"123", 0), [49, 217, 12]);
/// ```
pub fn pack(septets: &[u8], fill: usize) -> Vec<u8> {
    let mut out = vec![0; (septets.len() * 7 + fill).div_ceil(8)];
    let mut bit = fill;
    for &septet in septets {
        let wide = u16::from(septet & 0x7f) << (bit % 8);
        let [high, low] = wide.to_be_bytes();
        out[bit / 8] |= low;
        if let Some(next) = out.get_mut(bit / 8 + 1) {
            *next |= high;
        }
        bit += 7;
    }
    out
}

/// Unpacks `count` septets that begin `fill` bits into the octets; `None` if there are not so many.
///
/// ```
/// assert_eq!(at_codec::gsm::unpack(&[49, 217, 12], 0, 3).unwrap(), b"123");
/// assert_eq!(at_codec::gsm::unpack(&[49, 217, 12], 0, 4), None);
/// ```
pub fn unpack(octets: &[u8], fill: usize, count: usize) -> Option<Vec<u8>> {
    if count.checked_mul(7)?.checked_add(fill)? > octets.len().checked_mul(8)? {
        return None;
    }
    let mut out = Vec::with_capacity(count);
    let mut bit = fill;
    for _ in 0..count {
        let low = octets[bit / 8];
        let high = octets.get(bit / 8 + 1).copied().unwrap_or(0);
        let [_, septet] = (u16::from_be_bytes([high, low]) >> (bit % 8)).to_be_bytes();
        out.push(septet & 0x7f);
        bit += 7;
    }
    Some(out)
}
