//! The ends of replies, and the replies that are only ever answers to a question.

use std::time::Duration;

use super::fields::{behind, fields};
use super::pdu::{PduError, from_hex};
use super::report::Ussd;
use super::septet::{Alphabet, pack, unpack};
use super::{Coding, Encoding};

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Final {
    /// Done.
    Ok,
    /// Failed, without a reason.
    Error,
    /// `+CME ERROR:`; the number if it is one.
    Equipment(Option<u16>, Box<str>),
    /// `+CMS ERROR:`; the number if it is one.
    Message(Option<u16>, Box<str>),
    /// Huawei's `COMMAND NOT SUPPORT` and `TOO MANY PARAMETERS`.
    NotSupported,
    /// `CONNECT`: the modem went over to data, which is wrong for everything that is asked here.
    Connect,
    /// `NO CARRIER`: the call failed or ended. Also said without being asked.
    NoCarrier,
    /// `BUSY`. Also said without being asked.
    Busy,
    /// `NO ANSWER`. Also said without being asked.
    NoAnswer,
    /// `NO DIALTONE`.
    NoDialTone,
}

impl Final {
    /// Reads a line; `None` if it ends no command.
    pub fn read(line: &str) -> Option<Self> {
        let line = line.trim();
        Some(match line {
            "OK" => Self::Ok,
            "ERROR" => Self::Error,
            "NO CARRIER" => Self::NoCarrier,
            "BUSY" => Self::Busy,
            "NO ANSWER" => Self::NoAnswer,
            "NO DIALTONE" | "NO DIAL TONE" => Self::NoDialTone,
            "COMMAND NOT SUPPORT" | "TOO MANY PARAMETERS" => Self::NotSupported,
            _ if line == "CONNECT" || line.starts_with("CONNECT ") => Self::Connect,
            _ => {
                if let Some(text) = behind(line, "+CME ERROR") {
                    Self::Equipment(text.parse().ok(), text.into())
                } else if let Some(text) = behind(line, "+CMS ERROR") {
                    Self::Message(text.parse().ok(), text.into())
                } else {
                    return None;
                }
            }
        })
    }

    /// True for [`Final::Ok`].
    pub fn is_ok(&self) -> bool {
        *self == Self::Ok
    }

    /// True for the ends of calls, which also come without being asked for.
    pub fn ends_call(&self) -> bool {
        matches!(self, Self::NoCarrier | Self::Busy | Self::NoAnswer)
    }

    /// Why, in words for people.
    pub fn reason(&self) -> String {
        match self {
            Self::Ok => "done".into(),
            Self::Error => "the modem refused it without a reason".into(),
            Self::Equipment(Some(number), _) => format!("{} (+CME ERROR {number})", equipment(*number)),
            Self::Message(Some(number), _) => format!("{} (+CMS ERROR {number})", message(*number)),
            Self::Equipment(None, text) | Self::Message(None, text) => format!("the modem says: {text}"),
            Self::NotSupported => "the modem does not know the command".into(),
            Self::Connect => "the modem made a data connection".into(),
            Self::NoCarrier => "the network ended it".into(),
            Self::Busy => "busy".into(),
            Self::NoAnswer => "no answer".into(),
            Self::NoDialTone => "no dial tone".into(),
        }
    }
}

/// `+CME ERROR` numbers that a user can do something about, after 3GPP TS 27.007 section 9.2.
fn equipment(number: u16) -> &'static str {
    match number {
        3 => "not allowed now",
        4 => "not supported by the modem",
        10 => "no SIM; is it inserted?",
        11 => "the SIM asks for its PIN; set it in the configuration",
        12 => "the SIM asks for its PUK; unlock it in a telephone",
        13 | 15 => "the SIM does not work",
        14 => "the SIM is busy",
        16 => "the PIN is wrong; correct it before it is locked",
        30 => "no network",
        31 => "the network did not answer in time",
        32 => "the network allows emergency calls only",
        132..=134 => "the network does not offer this to the SIM",
        515 => "the modem is not ready yet",
        _ => "the modem refused it",
    }
}

/// `+CMS ERROR` numbers, after 3GPP TS 27.005 section 3.2.5 and TS 24.011.
fn message(number: u16) -> &'static str {
    match number {
        1 => "the number does not exist",
        8 | 10 => "the SIM may not send messages",
        21 => "the network rejected the message",
        28 | 30 => "the network does not know the number or the subscriber",
        38 | 41 | 42 | 47 => "the network has trouble; try again later",
        50 | 69 => "the SIM has no message service",
        300 => "the modem failed",
        302 | 303 => "not allowed now or not supported",
        304 | 305 => "the modem does not like the message",
        310 => "no SIM; is it inserted?",
        311 => "the SIM asks for its PIN",
        313 | 315 => "the SIM does not work",
        314 => "the SIM is busy",
        320 => "the message store does not work",
        321 => "no message at that place",
        322 => "the message store is full",
        330 => "the number of the message centre is not known; set it with AT+CSCA",
        331 => "no network",
        332 => "the network did not answer in time",
        _ => "the modem refused it",
    }
}

/// The header line of a stored message in PDU mode: `+CMGR: <state>,[<name>],<length>`, and `+CMGL:` with the
/// place before it. The PDU is the next line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredHeader {
    /// Its place; `None` in `+CMGR:`, where it was asked for.
    pub index: Option<u16>,
    /// Received (0 unread, 1 read), rather than written by us (2, 3). `None` if the modem does not say.
    pub received: Option<bool>,
    /// Octets of the PDU behind the service centre.
    pub length: Option<u16>,
}

impl StoredHeader {
    /// Reads a `+CMGR:` or `+CMGL:` line.
    pub fn read(line: &str) -> Option<Self> {
        let (rest, listed) = match behind(line, "+CMGR") {
            Some(rest) => (rest, false),
            None => (behind(line, "+CMGL")?, true),
        };
        let all = fields(rest);
        let number = |n: usize| all.get(n).and_then(|f| f.number::<u16>());
        let (index, state) = if listed { (Some(number(0)?), number(1)) } else { (None, number(0)) };
        Some(Self {
            index,
            received: state.map(|state| state < 2),
            length: all.last().and_then(|f| f.number()),
        })
    }
}

/// The name in `+COPS:`.
pub fn operator(line: &str) -> Option<String> {
    let all = fields(behind(line, "+COPS")?);
    all.get(2).map(|f| f.text.to_owned()).filter(|name| !name.is_empty())
}

/// The own number in `+CNUM:`; some modems print `ERROR+CNUM:` when the SIM does not hold it.
pub fn own_number(line: &str) -> Option<String> {
    let all = fields(behind(line, "+CNUM")?);
    all.get(1).map(|f| f.text.to_owned()).filter(|number| !number.is_empty())
}

/// What is inside the brackets of an answer such as `+CNMI: (2),(0-1,3),(0,2),(0-1),(0)`, one list a bracket.
/// Ranges are kept as they are.
pub fn choices(line: &str) -> Vec<Vec<String>> {
    line.split('(')
        .skip(1)
        .filter_map(|group| group.split(')').next())
        .map(|group| group.split(',').map(|word| word.trim().trim_matches('"').to_owned()).collect())
        .collect()
}

/// Whether one of the lists of [`choices`] allows a number.
pub fn allows(list: &[String], number: u16) -> bool {
    list.iter().any(|word| match word.split_once('-') {
        Some((low, high)) => {
            matches!((low.parse::<u16>(), high.parse::<u16>()), (Ok(l), Ok(h)) if (l..=h).contains(&number))
        }
        None => word.parse() == Ok(number),
    })
}

/// The reference in `+CMGS:`.
pub fn sent_reference(line: &str) -> Option<u8> {
    fields(behind(line, "+CMGS")?).first()?.number()
}

/// Used and total places of the first store in `+CPMS:`, with or without names.
pub fn store_usage(line: &str) -> Option<(u16, u16)> {
    let all = fields(behind(line, "+CPMS")?);
    let mut numbers = all.iter().filter_map(|f| f.number::<u16>());
    Some((numbers.next()?, numbers.next()?))
}

impl Ussd {
    /// The text for people. `packed` says that this stick prints 7-bit text as packed hexadecimal; without it
    /// "1234" is the text "1234".
    pub fn decoded(&self, packed: bool) -> String {
        let coding = Coding(ussd_coding(self.coding.unwrap_or(0x0f)));
        let Ok(octets) = from_hex(&self.text) else { return self.text.to_string() };
        if octets.is_empty() {
            return String::new();
        }
        match coding.encoding() {
            Encoding::Ucs2 if octets.len() % 2 == 0 => {
                let units: Vec<u16> =
                    octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
                String::from_utf16_lossy(&units)
            }
            Encoding::Septets if packed => {
                let septets = unpack(&octets, 0, octets.len() * 8 / 7).unwrap_or_default();
                // Seven spare bits are filled with CR.
                let text = Alphabet::default().decode(&septets);
                text.strip_suffix('\r').map_or_else(|| text.clone(), ToOwned::to_owned)
            }
            _ => self.text.to_string(),
        }
    }

    /// A code as a stick wants it that takes packed hexadecimal.
    ///
    /// # Errors
    ///
    /// [`PduError::Number`] if it holds characters outside the default alphabet.
    pub fn packed(code: &str) -> Result<String, PduError> {
        let mut septets = Alphabet::default().encode(code).ok_or(PduError::Number)?;
        if septets.len() % 8 == 7 {
            septets.push(0x0d);
        }
        Ok(super::to_hex(&pack(&septets, 0)))
    }
}

/// The coding of a USSD text (3GPP TS 23.038 section 5) as the one of a message that is read the same way.
fn ussd_coding(dcs: u8) -> u8 {
    match dcs {
        0x11 => 0x08,
        0x00..=0x3f => 0x00,
        0x40..=0x7f => dcs & 0x0c,
        _ => 0x00,
    }
}

/// The longest that a modem may take over a command, by its first letters. A stick that takes longer hangs.
pub fn time_limit(command: &str) -> Duration {
    let command = command.to_ascii_uppercase();
    let seconds = match command.strip_prefix("AT").unwrap_or(&command) {
        c if c.starts_with("+COPS=?") => 180,
        c if c.starts_with("+CMGS") || c.starts_with("+CMSS") => 90,
        c if c.starts_with("+CUSD") || c.starts_with("+CCWA=1,1") || c.starts_with("+COPS=") => 40,
        c if c.starts_with('D') || c.starts_with("+CHLD=") || c.starts_with("+CMGL") => 30,
        c if c.starts_with('A') || c.starts_with("+CHUP") || c.starts_with("+CFUN") => 20,
        c if c.starts_with("+CPIN") || c.starts_with("+CPMS") || c.starts_with("+CNUM") => 15,
        c if c.starts_with("+CMG") || c.starts_with("+CNMI") || c.starts_with("+COPS") => 10,
        _ => 5,
    };
    Duration::from_secs(seconds)
}
