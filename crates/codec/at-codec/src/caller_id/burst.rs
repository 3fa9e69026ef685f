//! The caller ID as the network sends it, before a modem formats it: SDMF and MDMF.

use call_event::CallerName;
use phone_number::Caller;

/// Whether the burst is as the network sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Integrity {
    /// Length and checksum are right.
    Good,
    /// The checksum is missing: all its bytes are there, and nothing behind them.
    NoChecksum,
    /// The checksum is wrong.
    BadChecksum,
    /// The length is wrong: bytes are missing or too many.
    BadLength,
}

/// One parameter of an MDMF burst; an SDMF burst is read into the same parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parameter {
    /// Month, day, hour, minute: eight digits (01).
    Time(Box<[u8]>),
    /// The caller's number (02).
    Number(Box<[u8]>),
    /// A number to dial back (03).
    DialBack(Box<[u8]>),
    /// Why there is no number (04): `P` withheld, `O` unavailable.
    NoNumber(u8),
    /// A qualifier such as `L`, long distance (06).
    Qualifier(Box<[u8]>),
    /// The caller's name (07).
    Name(Box<[u8]>),
    /// Why there is no name (08): `P` withheld, `O` unavailable.
    NoName(u8),
    /// The network's answering machine has messages, or no more (0B).
    MessageWaiting(bool),
    /// The kind of call (11): 1 is a voice call.
    CallType(u8),
    /// Any other parameter.
    Other {
        /// Its type.
        kind: u8,
        /// Its bytes.
        bytes: Box<[u8]>,
    },
}

/// A caller ID burst.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burst {
    /// The message type: 04 SDMF, 80 MDMF, 06 and 82 message waiting.
    pub kind: u8,
    /// What it says.
    pub parameters: Vec<Parameter>,
    /// Whether length and checksum are right.
    pub integrity: Integrity,
}

/// Longest burst in bytes that is read: type, length, 255 bytes, checksum.
const MAX_BURST: usize = 258;

impl Burst {
    /// Reads the hex digits that a modem prints after `AT+VCID=2`. `None` if it is no burst at all.
    ///
    /// ```
    /// use at_codec::caller_id::{Burst, Integrity, Parameter};
    /// let burst = Burst::from_hex(b"800D0208353535303132333407014286").unwrap();
    /// assert_eq!(burst.parameters[0], Parameter::Number(b"55501234"[..].into()));
    /// assert_eq!(burst.integrity, Integrity::Good);
    /// ```
    pub fn from_hex(line: &[u8]) -> Option<Self> {
        let digits = line.trim_ascii();
        if digits.len() < 8 || digits.len() > 2 * (MAX_BURST + 64) {
            return None;
        }
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let mut bytes: Vec<u8> =
            digits.chunks_exact(2).map(|pair| hex(pair[0]) << 4 | hex(pair[1])).collect();
        // The channel seizure before the message is a row of 55.
        let seizure = bytes.iter().take_while(|b| **b == 0x55).count();
        bytes.drain(..seizure);
        Self::from_bytes(&bytes)
    }

    /// Reads the bytes of a burst. `None` if its first byte is no message type of a caller ID.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&kind, rest) = bytes.split_first()?;
        let (&length, rest) = rest.split_first()?;
        if !matches!(kind, 0x04 | 0x06 | 0x80 | 0x82) {
            return None;
        }
        let length = usize::from(length);
        let sum = |upto: usize| bytes[..upto].iter().fold(0u8, |sum, b| sum.wrapping_add(*b));
        let integrity = match rest.len().checked_sub(length) {
            Some(0) => Integrity::NoChecksum,
            Some(1) if sum(bytes.len()) == 0 => Integrity::Good,
            Some(1) => Integrity::BadChecksum,
            // Padding behind a checksum that is right does no harm.
            Some(_) if sum(length + 3) == 0 => Integrity::Good,
            _ => Integrity::BadLength,
        };
        // With a wrong length everything that is there is looked at: a number may still be read.
        let body = if integrity == Integrity::BadLength { rest } else { &rest[..length] };
        let parameters = match kind {
            0x04 => single(body),
            0x06 => vec![message_waiting(body)],
            _ => multiple(body),
        };
        Some(Self { kind, parameters, integrity })
    }

    /// Writes the burst as the network sends it, with length and checksum.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for parameter in &self.parameters {
            let (kind, bytes): (u8, &[u8]) = match parameter {
                Parameter::Time(b) => (0x01, b),
                Parameter::Number(b) => (0x02, b),
                Parameter::DialBack(b) => (0x03, b),
                Parameter::NoNumber(b) => (0x04, std::slice::from_ref(b)),
                Parameter::Qualifier(b) => (0x06, b),
                Parameter::Name(b) => (0x07, b),
                Parameter::NoName(b) => (0x08, std::slice::from_ref(b)),
                Parameter::MessageWaiting(on) => (0x0b, if *on { &[0xff] } else { &[0x00] }),
                Parameter::CallType(b) => (0x11, std::slice::from_ref(b)),
                Parameter::Other { kind, bytes } => (*kind, bytes),
            };
            match self.kind {
                0x04 => body.extend_from_slice(bytes),
                0x06 => body.extend_from_slice(if bytes == [0] { b"ooo" } else { b"BBB" }),
                _ => {
                    let bytes = &bytes[..bytes.len().min(255)];
                    body.push(kind);
                    body.push(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
                    body.extend_from_slice(bytes);
                }
            }
        }
        body.truncate(255);
        let mut out = vec![self.kind, u8::try_from(body.len()).unwrap_or(u8::MAX)];
        out.append(&mut body);
        let sum = out.iter().fold(0u8, |sum, b| sum.wrapping_add(*b));
        out.push(sum.wrapping_neg());
        out
    }

    /// Who is calling; the number wins over the number to dial back.
    pub fn caller(&self) -> Option<Caller> {
        let find = |pick: fn(&Parameter) -> Option<Caller>| self.parameters.iter().find_map(pick);
        find(|p| match p {
            Parameter::Number(b) => Some(Caller::from_line(b)),
            Parameter::NoNumber(b'P') => Some(Caller::Withheld),
            Parameter::NoNumber(_) => Some(Caller::Unavailable),
            _ => None,
        })
        .or_else(|| {
            find(|p| match p {
                Parameter::DialBack(b) => Some(Caller::from_line(b)),
                _ => None,
            })
        })
    }

    /// The caller's name.
    pub fn name(&self) -> Option<CallerName> {
        self.parameters.iter().find_map(|p| match p {
            Parameter::Name(b) => CallerName::from_line(b),
            _ => None,
        })
    }

    /// Date and time as sent, `MMDDHHMM`.
    pub fn time(&self) -> Option<&[u8]> {
        self.parameters.iter().find_map(|p| match p {
            Parameter::Time(b) => Some(&**b),
            _ => None,
        })
    }

    /// What it says of waiting messages.
    pub fn message_waiting(&self) -> Option<bool> {
        self.parameters.iter().find_map(|p| match p {
            Parameter::MessageWaiting(on) => Some(*on),
            _ => None,
        })
    }
}

/// Reads what a modem prints behind `MESG =`: parameters in hex, without a message around them.
///
/// ```
/// use at_codec::caller_id::{message_parameters, Parameter};
/// assert_eq!(message_parameters(b"110101"), [Parameter::CallType(1)]);
/// assert_eq!(message_parameters(b"0B01FF"), [Parameter::MessageWaiting(true)]);
/// ```
pub fn message_parameters(hex_digits: &[u8]) -> Vec<Parameter> {
    let digits = hex_digits.trim_ascii();
    if digits.len() > 2 * MAX_BURST || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Vec::new();
    }
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| hex(pair[0]) << 4 | hex(pair[1])).collect();
    // A message-waiting message in single format shows here whole: type 06, three times 42 or 6F.
    if let [0x06, 0x03, 0x42 | 0x6f, ..] = bytes[..] {
        return vec![message_waiting(&bytes[2..])];
    }
    multiple(&bytes)
}

fn single(body: &[u8]) -> Vec<Parameter> {
    let (time, number) = body.split_at(body.len().min(8));
    let number = match number {
        [reason @ (b'P' | b'O'), ..] => Parameter::NoNumber(*reason),
        number => Parameter::Number(number.into()),
    };
    vec![Parameter::Time(time.into()), number]
}

fn message_waiting(body: &[u8]) -> Parameter {
    Parameter::MessageWaiting(body.first() == Some(&0x42))
}

fn multiple(mut body: &[u8]) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    while let [kind, length, rest @ ..] = body {
        let (bytes, left) = rest.split_at(rest.len().min(usize::from(*length)));
        let first = bytes.first().copied();
        parameters.push(match (kind, first) {
            (0x01, _) => Parameter::Time(bytes.into()),
            (0x02, _) => Parameter::Number(bytes.into()),
            (0x03, _) => Parameter::DialBack(bytes.into()),
            (0x04, Some(reason)) => Parameter::NoNumber(reason),
            (0x06, _) => Parameter::Qualifier(bytes.into()),
            (0x07, _) => Parameter::Name(bytes.into()),
            (0x08, Some(reason)) => Parameter::NoName(reason),
            (0x0b, Some(value)) => Parameter::MessageWaiting(value != 0),
            (0x11, Some(value)) => Parameter::CallType(value),
            _ => Parameter::Other { kind: *kind, bytes: bytes.into() },
        });
        body = left;
    }
    parameters
}

/// The value of a hex digit; callers have made sure that it is one.
fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multiple_message_both_ways() {
        let burst = Burst {
            kind: 0x80,
            parameters: vec![
                Parameter::Time(b"11202131"[..].into()),
                Parameter::Number(b"03023125555"[..].into()),
                Parameter::Name(b"J\xf6rg"[..].into()),
                Parameter::Qualifier(b"L"[..].into()),
                Parameter::CallType(1),
                Parameter::MessageWaiting(true),
                Parameter::DialBack(b"5550100"[..].into()),
                Parameter::NoName(b'P'),
                Parameter::Other { kind: 0x22, bytes: b"xy"[..].into() },
            ],
            integrity: Integrity::Good,
        };
        let bytes = burst.to_bytes();
        assert_eq!(Burst::from_bytes(&bytes), Some(burst.clone()));
        let hex: String = bytes.iter().map(|b| format!("{b:02X}")).collect();
        assert_eq!(Burst::from_hex(format!("5555{hex}").as_bytes()), Some(burst.clone()));
        assert_eq!(burst.name().unwrap().as_str(), "J\u{f6}rg");
        assert_eq!(burst.caller(), Some(Caller::from_line(b"03023125555")));
        for upto in 2..bytes.len() - 1 {
            let part = Burst::from_bytes(&bytes[..upto]).unwrap();
            assert_eq!(part.integrity, Integrity::BadLength, "cut at {upto}");
        }
        for at in 1..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[at] ^= 0x01;
            assert_ne!(Burst::from_bytes(&wrong).unwrap().integrity, Integrity::Good, "bit of byte {at}");
        }
    }

    #[test]
    fn single_messages_with_number_reason_and_without_checksum() {
        // Askey manual: no checksum is printed, the hour is 24.
        let burst = Burst::from_hex(b"0412303332323234303539313435353132333435").unwrap();
        assert_eq!(burst.integrity, Integrity::NoChecksum);
        assert_eq!(burst.time(), Some(&b"03222405"[..]));
        assert_eq!(burst.caller().unwrap().number().unwrap().as_str(), "9145512345");
        let burst = Burst::from_bytes(b"\x04\x0901011200P").unwrap();
        assert_eq!(burst.caller(), Some(Caller::Withheld));
        let burst = Burst::from_bytes(b"\x04\x0901011200O").unwrap();
        assert_eq!(burst.caller(), Some(Caller::Unavailable));
    }

    #[test]
    fn a_burst_that_contradicts_itself_says_so_and_is_still_read() {
        // 3Com manual: the length says 30, 36 bytes are there.
        let hex = b"801E01083130313532303338020A37303835353530303031070C552E532E524F424F5449435322";
        let burst = Burst::from_hex(hex).unwrap();
        assert_eq!(burst.integrity, Integrity::BadLength);
        assert_eq!(burst.caller().unwrap().number().unwrap().as_str(), "7085550001");
        assert_eq!(burst.name().unwrap().as_str(), "U.S.ROBOTICS");
    }

    #[test]
    fn message_waiting_in_all_forms() {
        assert_eq!(message_parameters(b"0B0100"), [Parameter::MessageWaiting(false)]);
        // As the Askey manual prints it, with a digit missing.
        assert_eq!(message_parameters(b"06034242431"), [Parameter::MessageWaiting(true)]);
        assert_eq!(message_parameters(b"06036F6F6F"), [Parameter::MessageWaiting(false)]);
        assert_eq!(message_parameters(b"06014C"), [Parameter::Qualifier(b"L"[..].into())]);
        assert_eq!(message_parameters(b"0000"), [Parameter::Other { kind: 0, bytes: Box::default() }]);
        assert_eq!(message_parameters(b"zz"), []);
        assert_eq!(Burst::from_bytes(b"\x06\x03BBB\x31").unwrap().message_waiting(), Some(true));
        assert_eq!(Burst::from_bytes(b"\x82\x03\x0b\x01\x00\x6f").unwrap().message_waiting(), Some(false));
    }
}
