//! The data coding scheme: in which alphabet a message is written, and how it wants to be treated.

/// How the user data of a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// The 7-bit alphabet.
    Septets,
    /// Data that is no text.
    Octets,
    /// UTF-16, the high octet first.
    Ucs2,
}

/// A data coding scheme octet (TP-DCS), read after 3GPP TS 23.038 section 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Coding(pub u8);

impl Coding {
    /// The alphabet. Compressed text counts as data: no network is known to send it.
    pub fn encoding(self) -> Encoding {
        let dcs = self.0;
        match dcs >> 4 {
            0x0..=0x7 if dcs & 0x20 != 0 => Encoding::Octets,
            0x0..=0x7 => match dcs & 0x0c {
                0x04 => Encoding::Octets,
                0x08 => Encoding::Ucs2,
                _ => Encoding::Septets,
            },
            0xe => Encoding::Ucs2,
            0xf if dcs & 0x04 != 0 => Encoding::Octets,
            _ => Encoding::Septets,
        }
    }

    /// The message class: 0 asks to be shown at once and not kept ("flash").
    pub fn class(self) -> Option<u8> {
        match self.0 >> 4 {
            0x0..=0x7 if self.0 & 0x10 != 0 => Some(self.0 & 0x03),
            0xf => Some(self.0 & 0x03),
            _ => None,
        }
    }

    /// The scheme for a text in an alphabet, without a class.
    pub fn of(encoding: Encoding) -> Self {
        Self(match encoding {
            Encoding::Septets => 0x00,
            Encoding::Octets => 0x04,
            Encoding::Ucs2 => 0x08,
        })
    }
}
