//! Numbers and senders' names inside a PDU.

use std::fmt;

use super::PduError;
use super::septet::{Alphabet, pack, unpack};

/// The digits of an address's half octets.
const DIGITS: &[u8; 15] = b"0123456789*#abc";

/// An address inside a PDU.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// A number.
    Number {
        /// The type octet as it came: 0x91 international, 0x81 unknown, others rare.
        kind: u8,
        /// The digits without `+`: `0-9 * # a b c`.
        digits: Box<str>,
    },
    /// A word of up to eleven characters that the sender chose.
    Word(Box<str>),
}

impl Address {
    /// A number as people write it; spaces, dashes and brackets are left out.
    ///
    /// # Errors
    ///
    /// [`PduError::Number`] if it holds anything else, nothing at all, or more than 20 digits.
    pub fn number(text: &str) -> Result<Self, PduError> {
        let mut digits = String::new();
        let mut kind = 0x81;
        for c in text.trim().chars() {
            match c {
                '+' if digits.is_empty() && kind == 0x81 => kind = 0x91,
                '0'..='9' | '*' | '#' | 'a'..='c' => digits.push(c),
                ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' => {}
                _ => return Err(PduError::Number),
            }
        }
        if digits.is_empty() || digits.len() > 20 {
            return Err(PduError::Number);
        }
        Ok(Self::Number { kind, digits: digits.into() })
    }

    /// A word; `None` if it is longer than eleven septets or not in the default alphabet.
    pub fn word(text: &str) -> Option<Self> {
        let septets = Alphabet::default().encode(text)?;
        (1..=11).contains(&septets.len()).then(|| Self::Word(text.into()))
    }

    /// True for the type "international".
    pub fn is_international(&self) -> bool {
        matches!(self, Self::Number { kind, .. } if kind & 0x70 == 0x10)
    }

    /// Reads an address whose length octet counts half octets, and gives what stands behind it.
    pub(super) fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), PduError> {
        let (&[length, kind], rest) = bytes.split_first_chunk().ok_or(PduError::Short)?;
        let count = usize::from(length);
        // 20 digits, or eleven septets: ten octets.
        if count > 20 {
            return Err(PduError::AddressLength(length));
        }
        let (body, rest) = rest.split_at_checked(count.div_ceil(2)).ok_or(PduError::Short)?;
        if kind & 0x70 == 0x50 {
            let septets = unpack(body, 0, count * 4 / 7).ok_or(PduError::Short)?;
            return Ok((Self::Word(Alphabet::default().decode(&septets).into()), rest));
        }
        Ok((Self::Number { kind, digits: digits(body, count) }, rest))
    }

    /// Writes the address with its length in half octets.
    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), PduError> {
        match self {
            Self::Number { kind, digits } => {
                out.push(u8::try_from(digits.len()).map_err(|_| PduError::Number)?);
                out.push(*kind);
                half_octets(digits, out)
            }
            Self::Word(text) => {
                let septets = Alphabet::default().encode(text).ok_or(PduError::Number)?;
                out.push(u8::try_from((septets.len() * 7).div_ceil(4)).map_err(|_| PduError::Number)?);
                out.push(0xd0);
                out.extend(pack(&septets, 0));
                Ok(())
            }
        }
    }

    /// Reads a service centre's address, whose length counts octets, and gives what stands behind it.
    pub(super) fn decode_centre(bytes: &[u8]) -> Result<(Option<Self>, &[u8]), PduError> {
        let (&length, rest) = bytes.split_first().ok_or(PduError::Short)?;
        if length == 0 {
            return Ok((None, rest));
        }
        if length > 11 {
            return Err(PduError::AddressLength(length));
        }
        let (body, rest) = rest.split_at_checked(length.into()).ok_or(PduError::Short)?;
        let (&kind, body) = body.split_first().ok_or(PduError::Short)?;
        let count = body.len() * 2 - usize::from(body.last().is_some_and(|b| b >> 4 == 0xf));
        Ok((Some(Self::Number { kind, digits: digits(body, count) }), rest))
    }

    /// Writes a service centre's address; `None` lets the SIM's own be used.
    pub(super) fn encode_centre(centre: Option<&Self>, out: &mut Vec<u8>) -> Result<(), PduError> {
        match centre {
            None => out.push(0),
            Some(Self::Word(_)) => return Err(PduError::Number),
            Some(Self::Number { kind, digits }) => {
                out.push(u8::try_from(1 + digits.len().div_ceil(2)).map_err(|_| PduError::Number)?);
                out.push(*kind);
                half_octets(digits, out)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { digits, .. } if self.is_international() => write!(f, "+{digits}"),
            Self::Number { digits, .. } => f.write_str(digits),
            Self::Word(text) => f.write_str(text),
        }
    }
}

/// The digits of half octets, the low half first. The filler 0xF ends no number early: some modems pad inside.
fn digits(body: &[u8], count: usize) -> Box<str> {
    let halves = body.iter().flat_map(|b| [b & 0x0f, b >> 4]).take(count);
    halves.filter_map(|half| DIGITS.get(usize::from(half))).map(|&d| char::from(d)).collect::<String>().into()
}

fn half_octets(digits: &str, out: &mut Vec<u8>) -> Result<(), PduError> {
    let mut halves = Vec::with_capacity(digits.len() + 1);
    for digit in digits.bytes() {
        let half = DIGITS.iter().position(|&d| d == digit).ok_or(PduError::Number)?;
        halves.push(u8::try_from(half).map_err(|_| PduError::Number)?);
    }
    if halves.len() % 2 == 1 {
        halves.push(0x0f);
    }
    out.extend(halves.chunks_exact(2).map(|pair| pair[0] | (pair[1] << 4)));
    Ok(())
}
