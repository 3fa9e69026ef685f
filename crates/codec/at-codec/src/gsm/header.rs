//! The user data header: which part of a long message this is, and in which tables it is written.

use super::PduError;
use super::septet::Alphabet;

/// Which part of a long message this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Part {
    /// The number that all its parts share.
    pub reference: u16,
    /// True if the reference has 16 bits: 5 with 8 bits and 5 with 16 are two messages.
    pub wide: bool,
    /// How many parts there are.
    pub total: u8,
    /// Which this is, from 1.
    pub number: u8,
}

/// The user data header. Elements that are not understood are kept as they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// Which part of a long message this is.
    pub part: Option<Part>,
    /// To which application it goes: destination and source port.
    pub ports: Option<(u16, u16)>,
    /// The tables of the 7-bit alphabet.
    pub alphabet: Alphabet,
    /// All else: identifier and contents.
    pub others: Vec<(u8, Box<[u8]>)>,
}

impl Header {
    /// Reads the elements behind the header's length octet.
    pub(super) fn decode(mut bytes: &[u8]) -> Result<Self, PduError> {
        let mut header = Self::default();
        while let Some((&identifier, rest)) = bytes.split_first() {
            let (&length, rest) = rest.split_first().ok_or(PduError::Header)?;
            let (body, rest) = rest.split_at_checked(length.into()).ok_or(PduError::Header)?;
            bytes = rest;
            // A number beyond the total, or 0, makes no part: the standard says to ignore the element.
            let part = |reference, wide, total, number| {
                (total > 0 && number > 0 && number <= total).then_some(Part {
                    reference,
                    wide,
                    total,
                    number,
                })
            };
            match (identifier, body) {
                (0x00, &[reference, total, number]) => {
                    header.part = part(reference.into(), false, total, number).or(header.part);
                }
                (0x08, &[high, low, total, number]) => {
                    header.part = part(u16::from_be_bytes([high, low]), true, total, number).or(header.part);
                }
                (0x04, &[to, from]) => header.ports = Some((to.into(), from.into())),
                (0x05, &[to_high, to, from_high, from]) => {
                    header.ports =
                        Some((u16::from_be_bytes([to_high, to]), u16::from_be_bytes([from_high, from])));
                }
                (0x24, &[language]) => header.alphabet.single = language,
                (0x25, &[language]) => header.alphabet.locking = language,
                _ => header.others.push((identifier, body.into())),
            }
        }
        Ok(header)
    }

    /// Writes the header with its length octet; nothing at all if it is empty.
    pub(super) fn encode(&self) -> Result<Vec<u8>, PduError> {
        let mut out = vec![0];
        if let Some(part) = self.part {
            if part.wide {
                let [high, low] = part.reference.to_be_bytes();
                out.extend([0x08, 4, high, low, part.total, part.number]);
            } else {
                let reference = u8::try_from(part.reference).map_err(|_| PduError::Header)?;
                out.extend([0x00, 3, reference, part.total, part.number]);
            }
        }
        if let Some((to, from)) = self.ports {
            out.extend([0x05, 4]);
            out.extend(to.to_be_bytes());
            out.extend(from.to_be_bytes());
        }
        if self.alphabet.single != 0 {
            out.extend([0x24, 1, self.alphabet.single]);
        }
        if self.alphabet.locking != 0 {
            out.extend([0x25, 1, self.alphabet.locking]);
        }
        for (identifier, body) in &self.others {
            out.push(*identifier);
            out.push(u8::try_from(body.len()).map_err(|_| PduError::Header)?);
            out.extend(body.iter());
        }
        if out.len() == 1 {
            return Ok(Vec::new());
        }
        out[0] = u8::try_from(out.len() - 1).map_err(|_| PduError::Header)?;
        Ok(out)
    }
}
