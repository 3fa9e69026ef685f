//! SMS as PDUs: SUBMIT (we send), DELIVER (we receive) and STATUS-REPORT, both ways.

use super::address::Address;
use super::coding::{Coding, Encoding};
use super::header::Header;
use super::septet::{pack, unpack};
use super::stamp::{Timestamp, Validity};

/// Why a PDU cannot be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PduError {
    /// It is not made of pairs of hexadecimal digits.
    #[error("the message is not hexadecimal")]
    Hex,
    /// It ends before it should.
    #[error("the message is cut short")]
    Short,
    /// An address with an impossible length.
    #[error("the message holds an address of impossible length {0}")]
    AddressLength(u8),
    /// A user data header that does not fit.
    #[error("the message's header is damaged")]
    Header,
    /// A kind of message that is not known.
    #[error("the message is of an unknown kind")]
    Kind,
    /// Something that is no number to send to.
    #[error(
        "not a number to send a message to; it takes up to 20 digits, with + for the international prefix"
    )]
    Number,
    /// A text that needs more than 255 parts.
    #[error("the text is too long for a message; at most 255 parts can be sent")]
    TooLong,
}

/// What a message holds, before its characters are read: the parts of a long one are joined first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Septets of the 7-bit alphabet.
    Septets(Vec<u8>),
    /// UTF-16.
    Ucs2(Vec<u16>),
    /// Data.
    Octets(Vec<u8>),
}

impl Content {
    /// The text; `None` for data. Halves of surrogate pairs that stand alone become U+FFFD.
    pub fn text(&self, header: &Header) -> Option<String> {
        match self {
            Self::Septets(septets) => Some(header.alphabet.decode(septets)),
            Self::Ucs2(units) => Some(String::from_utf16_lossy(units)),
            Self::Octets(_) => None,
        }
    }

    /// Reads the user data behind its length octet.
    fn decode(bytes: &[u8], coding: Coding, with_header: bool) -> Result<(Header, Self), PduError> {
        let (&length, bytes) = bytes.split_first().ok_or(PduError::Short)?;
        let length = usize::from(length);
        let encoding = coding.encoding();
        let octets = match encoding {
            Encoding::Septets => (length * 7).div_ceil(8),
            // A length that no message can have is not believed; what is there is taken.
            _ if length > 140 => bytes.len().min(140),
            _ => length,
        };
        let bytes = bytes.get(..octets).ok_or(PduError::Short)?;
        let (header, header_octets) = match bytes.first() {
            Some(&size) if with_header => {
                let end = 1 + usize::from(size);
                (Header::decode(bytes.get(1..end).ok_or(PduError::Header)?)?, end)
            }
            None if with_header => return Err(PduError::Header),
            _ => (Header::default(), 0),
        };
        let body = &bytes[header_octets..];
        let content = match encoding {
            Encoding::Septets => {
                let header_septets = (header_octets * 8).div_ceil(7);
                let count = length.checked_sub(header_septets).ok_or(PduError::Header)?;
                let fill = header_septets * 7 - header_octets * 8;
                Self::Septets(unpack(body, fill, count).ok_or(PduError::Short)?)
            }
            Encoding::Octets => Self::Octets(body.to_vec()),
            Encoding::Ucs2 => {
                Self::Ucs2(body.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect())
            }
        };
        Ok((header, content))
    }

    /// Writes the user data with its length octet.
    fn encode(&self, header: &Header, out: &mut Vec<u8>) -> Result<(), PduError> {
        let header = header.encode()?;
        let (length, body) = match self {
            Self::Septets(septets) => {
                let header_septets = (header.len() * 8).div_ceil(7);
                let fill = header_septets * 7 - header.len() * 8;
                (header_septets + septets.len(), pack(septets, fill))
            }
            Self::Octets(octets) => (header.len() + octets.len(), octets.clone()),
            Self::Ucs2(units) => {
                (header.len() + units.len() * 2, units.iter().flat_map(|u| u.to_be_bytes()).collect())
            }
        };
        if header.len() + body.len() > 140 {
            return Err(PduError::TooLong);
        }
        out.push(u8::try_from(length).map_err(|_| PduError::TooLong)?);
        out.extend(header);
        out.extend(body);
        Ok(())
    }
}

/// A message that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliver {
    /// The service centre that it came through.
    pub centre: Option<Address>,
    /// More messages wait for us there.
    pub more: bool,
    /// The first octet's rarer bits as they came: reply path and status report indication.
    pub flags: u8,
    /// Who sent it.
    pub from: Address,
    /// The protocol identifier.
    pub protocol: u8,
    /// How it is written.
    pub coding: Coding,
    /// When the service centre got it.
    pub sent_at: Timestamp,
    /// Its header.
    pub header: Header,
    /// What it holds.
    pub content: Content,
}

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submit {
    /// The service centre to send it through; `None` for the SIM's own.
    pub centre: Option<Address>,
    /// Refuse it if the same number and reference is under way.
    pub reject_duplicates: bool,
    /// Ask for a status report.
    pub want_report: bool,
    /// The reply path bit.
    pub reply_path: bool,
    /// The reference; the modem puts in its own for 0.
    pub reference: u8,
    /// To whom.
    pub to: Address,
    /// The protocol identifier.
    pub protocol: u8,
    /// How it is written.
    pub coding: Coding,
    /// How long the network tries.
    pub validity: Option<Validity>,
    /// Its header.
    pub header: Header,
    /// What it holds.
    pub content: Content,
}

/// What became of a message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// The service centre that it came through.
    pub centre: Option<Address>,
    /// The bits of the first octet that are not the kind.
    pub flags: u8,
    /// The reference that `+CMGS:` gave when the message was sent.
    pub reference: u8,
    /// To whom it was sent.
    pub to: Address,
    /// When the service centre got it.
    pub sent_at: Timestamp,
    /// When its fate was decided.
    pub done_at: Timestamp,
    /// Its fate as 3GPP TS 23.040 numbers it: 0 to 31 done, 32 to 63 still trying, 64 and more given up.
    pub status: u8,
}

/// Any of the three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pdu {
    /// Received.
    Deliver(Deliver),
    /// To be sent, or stored by us.
    Submit(Submit),
    /// A fate.
    StatusReport(StatusReport),
}

impl Pdu {
    /// Reads a PDU with the service centre before it, as a modem in PDU mode prints it.
    ///
    /// ```
    /// use at_codec::gsm::Pdu;
    /// let line = "07911234567809F1040B918100551512F2000011101021436500 0AE8329BFD4697D9EC37".replace(' ', "");
    /// let Pdu::Deliver(sms) = Pdu::decode_hex(&line).unwrap() else { unreachable!() };
    /// assert_eq!(sms.from.to_string(), "+18005551212");
    /// assert_eq!(sms.content.text(&sms.header).unwrap(), "hellohello");
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn decode_hex(hex: &str) -> Result<Self, PduError> {
        Self::decode(&from_hex(hex)?)
    }

    /// Reads a PDU's octets, the service centre first.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn decode(bytes: &[u8]) -> Result<Self, PduError> {
        let (centre, bytes) = Address::decode_centre(bytes)?;
        let (&first, bytes) = bytes.split_first().ok_or(PduError::Short)?;
        let with_header = first & 0x40 != 0;
        match first & 0x03 {
            0 => {
                let (from, bytes) = Address::decode(bytes)?;
                let (&[protocol, dcs], bytes) = bytes.split_first_chunk().ok_or(PduError::Short)?;
                let (&stamp, bytes) = bytes.split_first_chunk::<7>().ok_or(PduError::Short)?;
                let coding = Coding(dcs);
                let (header, content) = Content::decode(bytes, coding, with_header)?;
                let sent_at = Timestamp::decode(stamp);
                let (more, flags) = (first & 0x04 == 0, first & 0xb8);
                Ok(Self::Deliver(Deliver {
                    centre,
                    more,
                    flags,
                    from,
                    protocol,
                    coding,
                    sent_at,
                    header,
                    content,
                }))
            }
            1 => {
                let (&reference, bytes) = bytes.split_first().ok_or(PduError::Short)?;
                let (to, bytes) = Address::decode(bytes)?;
                let (&[protocol, dcs], bytes) = bytes.split_first_chunk().ok_or(PduError::Short)?;
                let (validity, bytes) = match first & 0x18 {
                    0x00 => (None, bytes),
                    0x10 => {
                        let (&step, bytes) = bytes.split_first().ok_or(PduError::Short)?;
                        (Some(Validity::Relative(step)), bytes)
                    }
                    form => {
                        let (&seven, bytes) = bytes.split_first_chunk::<7>().ok_or(PduError::Short)?;
                        let validity = if form == 0x18 {
                            Validity::Absolute(Timestamp::decode(seven))
                        } else {
                            Validity::Enhanced(seven)
                        };
                        (Some(validity), bytes)
                    }
                };
                let coding = Coding(dcs);
                let (header, content) = Content::decode(bytes, coding, with_header)?;
                Ok(Self::Submit(Submit {
                    centre,
                    reject_duplicates: first & 0x04 != 0,
                    want_report: first & 0x20 != 0,
                    reply_path: first & 0x80 != 0,
                    reference,
                    to,
                    protocol,
                    coding,
                    validity,
                    header,
                    content,
                }))
            }
            2 => {
                let (&reference, bytes) = bytes.split_first().ok_or(PduError::Short)?;
                let (to, bytes) = Address::decode(bytes)?;
                let (&sent_at, bytes) = bytes.split_first_chunk::<7>().ok_or(PduError::Short)?;
                let (&done_at, bytes) = bytes.split_first_chunk::<7>().ok_or(PduError::Short)?;
                let &status = bytes.first().ok_or(PduError::Short)?;
                let (sent_at, done_at) = (Timestamp::decode(sent_at), Timestamp::decode(done_at));
                let flags = first & 0xfc;
                Ok(Self::StatusReport(StatusReport {
                    centre,
                    flags,
                    reference,
                    to,
                    sent_at,
                    done_at,
                    status,
                }))
            }
            _ => Err(PduError::Kind),
        }
    }

    /// Writes the PDU.
    ///
    /// # Errors
    ///
    /// What does not fit into it.
    pub fn encode(&self) -> Result<Encoded, PduError> {
        let mut out = Vec::with_capacity(176);
        let centre = match self {
            Self::Deliver(Deliver { centre, .. })
            | Self::Submit(Submit { centre, .. })
            | Self::StatusReport(StatusReport { centre, .. }) => centre,
        };
        Address::encode_centre(centre.as_ref(), &mut out)?;
        let centre_octets = out.len();
        let bit = |set: bool, bit: u8| if set { bit } else { 0 };
        match self {
            Self::Deliver(sms) => {
                let headed = sms.header != Header::default();
                out.push(sms.flags & 0xb8 | bit(!sms.more, 0x04) | bit(headed, 0x40));
                sms.from.encode(&mut out)?;
                out.extend([sms.protocol, sms.coding.0]);
                out.extend(sms.sent_at.encode());
                sms.content.encode(&sms.header, &mut out)?;
            }
            Self::Submit(sms) => {
                let form = match sms.validity {
                    None => 0,
                    Some(Validity::Relative(_)) => 0x10,
                    Some(Validity::Absolute(_)) => 0x18,
                    Some(Validity::Enhanced(_)) => 0x08,
                };
                let bits = [
                    bit(sms.reject_duplicates, 0x04),
                    bit(sms.want_report, 0x20),
                    bit(sms.header != Header::default(), 0x40),
                    bit(sms.reply_path, 0x80),
                ];
                out.push(bits.iter().fold(0x01 | form, |all, b| all | b));
                out.push(sms.reference);
                sms.to.encode(&mut out)?;
                out.extend([sms.protocol, sms.coding.0]);
                match sms.validity {
                    None => {}
                    Some(Validity::Relative(step)) => out.push(step),
                    Some(Validity::Absolute(stamp)) => out.extend(stamp.encode()),
                    Some(Validity::Enhanced(seven)) => out.extend(seven),
                }
                sms.content.encode(&sms.header, &mut out)?;
            }
            Self::StatusReport(report) => {
                out.extend([report.flags & 0xfc | 0x02, report.reference]);
                report.to.encode(&mut out)?;
                out.extend(report.sent_at.encode());
                out.extend(report.done_at.encode());
                out.push(report.status);
            }
        }
        Ok(Encoded { octets: out.into(), centre_octets })
    }
}

/// A PDU ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// All octets, the service centre first.
    pub octets: Box<[u8]>,
    centre_octets: usize,
}

impl Encoded {
    /// The number for `AT+CMGS=`: the octets behind the service centre.
    pub fn length(&self) -> usize {
        self.octets.len() - self.centre_octets
    }

    /// The hexadecimal digits for the modem.
    pub fn hex(&self) -> String {
        to_hex(&self.octets)
    }
}

/// Octets as hexadecimal digits.
pub fn to_hex(octets: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    octets.iter().flat_map(|o| [o >> 4, o & 15]).map(|half| char::from(DIGITS[usize::from(half)])).collect()
}

/// Hexadecimal digits as octets.
///
/// # Errors
///
/// [`PduError::Hex`] for anything but pairs of digits.
pub fn from_hex(hex: &str) -> Result<Vec<u8>, PduError> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok()).ok_or(PduError::Hex);
    let bytes = hex.trim().as_bytes();
    if bytes.len() % 2 == 1 {
        return Err(PduError::Hex);
    }
    bytes.chunks_exact(2).map(|pair| Ok(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}
