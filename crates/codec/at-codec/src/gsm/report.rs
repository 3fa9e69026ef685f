//! What a GSM modem says by itself, or as part of a reply: one line, one value.

use std::time::Duration;

use call_event::CallerName;
use phone_number::Caller;

use super::fields::{Field, behind, fields};

/// A caller as `+CLIP:`, `+CCWA:`, `+COLP:` and `+CLCC:` show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The number, or why there is none.
    pub caller: Caller,
    /// The name, which comes from the SIM's own telephone book.
    pub name: Option<CallerName>,
}

/// Where a call stands in `+CLCC:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallState {
    /// Both hear each other.
    Active,
    /// On hold.
    Held,
    /// Dialled.
    Dialing,
    /// The other side rings.
    Alerting,
    /// It rings here.
    Incoming,
    /// It waits while another call is on.
    Waiting,
    /// Over: some SIMCom modems list a call once more when it has ended.
    Ended,
}

/// One line of `+CLCC`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallEntry {
    /// The modem's number of the call, from 1.
    pub index: u8,
    /// They called us.
    pub incoming: bool,
    /// Where it stands.
    pub state: CallState,
    /// A voice call; otherwise data or fax.
    pub voice: bool,
    /// Part of a joined call.
    pub joined: bool,
    /// The other side; `None` if the line does not say.
    pub shown: Option<Shown>,
}

/// The number in `+CREG:` and its relatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Network {
    /// In none and not looking (0).
    None,
    /// At home (1, 9 with few services).
    Home,
    /// Looking (2).
    Searching,
    /// Refused (3).
    Denied,
    /// Not known (4).
    Unknown,
    /// In another's (5, 10).
    Roaming,
    /// SMS only, at home or in another's (6, 7).
    SmsOnly,
    /// Emergency calls only (8, 11).
    EmergencyOnly,
}

impl Network {
    /// The value for a status number; `None` for one that nobody has given out.
    pub fn from_status(status: u8) -> Option<Self> {
        Some(match status {
            0 => Self::None,
            1 | 9 => Self::Home,
            2 => Self::Searching,
            3 => Self::Denied,
            4 => Self::Unknown,
            5 | 10 => Self::Roaming,
            6 | 7 => Self::SmsOnly,
            8 | 11 => Self::EmergencyOnly,
            _ => return None,
        })
    }
}

/// `+CREG:`, `+CGREG:` or `+CEREG:`. Whether the first number is the status or the setting depends on whether
/// it was asked for; the count of the fields does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationLine {
    /// True for `+CREG`, which counts for calls.
    pub circuit: bool,
    numbers: [Option<u8>; 2],
    /// No event has such fields.
    only_reply: bool,
}

impl RegistrationLine {
    /// Read as the answer to a question: setting, status, place.
    pub fn as_reply(&self) -> Option<Network> {
        // A modem that leaves the setting out prints the status alone.
        self.numbers[1].or(self.numbers[0]).and_then(Network::from_status)
    }

    /// Read as a message of its own: status, place. Some modems print the setting here too; then the place, two
    /// numbers behind the status, gives them away.
    pub fn as_event(&self) -> Option<Network> {
        if self.only_reply { self.as_reply() } else { self.numbers[0].and_then(Network::from_status) }
    }
}

/// What the SIM wants, `+CPIN:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sim {
    /// Nothing.
    Ready,
    /// Its PIN.
    Pin,
    /// Its PUK: the PIN was wrong three times.
    Puk,
    /// Something else, such as `PH-NET PIN`: the stick is locked to a network.
    Other(Box<str>),
}

/// What a modem says in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Report {
    /// `RING`, or `+CRING:` with the kind of call.
    Ring {
        /// False for data and fax calls.
        voice: bool,
    },
    /// `+CLIP:`: who rings.
    Caller(Shown),
    /// `+CCWA:` with a number: who waits.
    CallWaiting(Shown),
    /// `+COLP:`: who answered.
    Connected(Shown),
    /// `+CLCC:`: a line of the list of calls, or a change that the modem tells by itself.
    Call(CallEntry),
    /// `+CSSI:`: a notice about a call that we place.
    PlacedNotice(u8),
    /// `+CSSU:`: a notice about a call that is on (2 held by the other side, 3 taken back, 4 joined, 5 released).
    CallNotice(u8),
    /// `+CREG:` and its relatives.
    Registration(RegistrationLine),
    /// `+CSQ:`, `^RSSI:`: the signal in dBm, `None` if unknown.
    Signal(Option<i16>),
    /// `+CPIN:`.
    Sim(Sim),
    /// `+CMTI:`: a message was stored.
    SmsStored {
        /// Where, such as `SM`; empty if the modem does not say.
        memory: Box<str>,
        /// At which place; `None` if the modem does not say.
        index: Option<u16>,
    },
    /// `+CDSI:`: a status report was stored.
    ReportStored {
        /// Where.
        memory: Box<str>,
        /// At which place.
        index: Option<u16>,
    },
    /// `+CMT:`: the next line is a message that is stored nowhere.
    SmsFollows,
    /// `+CDS:`: the next line is a status report.
    ReportFollows,
    /// `+CBM:`: the next line is a message to everybody in the cell.
    BroadcastFollows,
    /// `+CUSD:`.
    Ussd(Ussd),
    /// `^ORIG:`, `^CONF:` (Huawei): the call is on its way; the stick may be told to end it only after `^CONF`.
    Placed {
        /// The modem's number of the call.
        index: u8,
        /// `^CONF` came.
        confirmed: bool,
    },
    /// `^CONN:` (Huawei): answered.
    Answered(u8),
    /// `^CEND:` (Huawei): a call is over.
    Ended {
        /// The modem's number of the call.
        index: u8,
        /// How long it was.
        lasted: Duration,
        /// The network's cause after 3GPP TS 24.008, where the modem gives it.
        cause: Option<u8>,
    },
    /// `VOICE CALL: BEGIN` (SIMCom): answered.
    VoiceBegin,
    /// `VOICE CALL: END` (SIMCom): over.
    VoiceEnd,
    /// `MISSED_CALL:` (SIMCom).
    Missed,
    /// `+RXDTMF:`, `^DDTMF:`, `+DTMF:`: a digit was heard.
    Digit(char),
    /// `^SMMEMFULL:`: no room for messages.
    StoreFull,
    /// The stick has started anew: `^BOOT` after loss, `RDY`, `+CFUN: 1` by itself.
    Restarted,
    /// Words that mean nothing here: `^MODE`, `^HCSQ`, `+CIEV`, `^STIN` and the like.
    Noise,
}

/// A `+CUSD:` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ussd {
    /// 0 done, 1 an answer is expected, 2 ended by the network, 3 answered elsewhere, 4 not supported, 5 timed out.
    pub stage: u8,
    /// The text as it stands between the quotes.
    pub text: Box<str>,
    /// Its coding, where given.
    pub coding: Option<u8>,
}

/// The names of lines that are noise here.
const NOISE: &[&str] = &[
    "^MODE",
    "^SRVST",
    "^SIMST",
    "^STIN",
    "^DSFLOWRPT",
    "^HCSQ",
    "^CSNR",
    "^THERM",
    "^SYSSTART",
    "^DSCI",
    "^NWTIME",
    "^TIME",
    "^CRSSI",
    "^ANLEVEL",
    "^LWURC",
    "^DSDORMANT",
    "^EONS",
    "^CEND2",
    "+CIEV",
    "+QIND",
    "+QUSIM",
    "+CTZV",
    "+CTZE",
    "+CTZDST",
    "+CNEMIU",
    "+CGEV",
    "+CEREG2",
    "+PSUTTZ",
    "*PSUTTZ",
    "*PSNWID",
    "*MGCI",
    "+ZDONR",
    "+ZPASR",
    "+ZPSTM",
    "+ZUSIMR",
    "+ZEND",
    "+WIND",
    "DST",
    "+SIMCARD",
    "+COLR",
    "+CSCON",
];

impl Report {
    /// Reads a line; `None` if it is nothing that is known, such as the text of a reply. Total.
    pub fn read(line: &str) -> Option<Self> {
        let line = line.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        let first = *line.as_bytes().first()?;
        match line {
            "RING" => return Some(Self::Ring { voice: true }),
            "^BOOT" | "RDY" | "Call Ready" | "SMS Ready" | "PB DONE" | "SMS DONE" | "+PBREADY" => {
                return Some(if line == "RDY" { Self::Restarted } else { Self::Noise });
            }
            _ => {}
        }
        if let Some(rest) = behind(line, "VOICE CALL") {
            let word = rest.split(':').next().unwrap_or("").trim();
            return match word {
                "BEGIN" => Some(Self::VoiceBegin),
                "END" => Some(Self::VoiceEnd),
                _ => Some(Self::Noise),
            };
        }
        if behind(line, "MISSED_CALL").is_some() {
            return Some(Self::Missed);
        }
        if !matches!(first, b'+' | b'^' | b'*' | b'D') {
            return None;
        }
        let (name, rest) = line.split_once(':')?;
        let name = name.trim().to_ascii_uppercase();
        let rest = rest.trim();
        let all = fields(rest);
        let at = |n: usize| all.get(n).copied();
        let number = |n: usize| at(n).and_then(Field::number::<u8>);
        Some(match name.as_str() {
            "+CRING" => {
                let kind = rest.to_ascii_uppercase();
                Self::Ring {
                    voice: !["ASYNC", "SYNC", "REL", "FAX", "GPRS"].iter().any(|k| kind.starts_with(k)),
                }
            }
            "+CLIP" => Self::Caller(shown(at(0), number(1), at(4), number(5))),
            "+COLP" => Self::Connected(shown(at(0), number(1), at(4), None)),
            "+CCWA" => {
                // With a status the line answers a question: two bare numbers.
                if all.len() <= 2 && all.iter().all(|f| !f.quoted && f.text.len() < 4) {
                    return Some(Self::Noise);
                }
                Self::CallWaiting(shown(at(0), number(1), at(3), number(4)))
            }
            "+CLCC" => Self::Call(call_entry(&all)?),
            "+CSSI" => Self::PlacedNotice(number(0)?),
            "+CSSU" => Self::CallNotice(number(0)?),
            "+CREG" | "+CGREG" | "+CEREG" | "+C5GREG" => Self::Registration(RegistrationLine {
                circuit: name == "+CREG",
                numbers: [0, 1].map(|n| at(n).and_then(status_number)),
                only_reply: at(1).and_then(status_number).is_some()
                    && at(3).is_some_and(|f| !is_access_technology(f)),
            }),
            "+CSQ" | "^RSSI" => Self::Signal(signal(number(0)?)),
            "+CPIN" => Self::Sim(sim(at(0)?.text)),
            "+CMTI" => {
                let (memory, index) = place(&all);
                Self::SmsStored { memory, index }
            }
            "+CDSI" => {
                let (memory, index) = place(&all);
                Self::ReportStored { memory, index }
            }
            "+CMT" => Self::SmsFollows,
            "+CDS" => Self::ReportFollows,
            "+CBM" => Self::BroadcastFollows,
            "+CUSD" => Self::Ussd(Ussd {
                stage: number(0)?,
                text: at(1).map_or("", |f| f.text).into(),
                coding: number(2),
            }),
            "^ORIG" => Self::Placed { index: number(0)?, confirmed: false },
            "^CONF" => Self::Placed { index: number(0)?, confirmed: true },
            "^CONN" => Self::Answered(number(0)?),
            "^CEND" => Self::Ended {
                index: number(0)?,
                lasted: Duration::from_secs(at(1).and_then(Field::number::<u32>).unwrap_or(0).into()),
                cause: number(3),
            },
            "+RXDTMF" | "^DDTMF" | "+DTMF" | "+QTONEDET" => Self::Digit(digit(at(0)?.text)?),
            "^SMMEMFULL" | "+SMSFULL" => Self::StoreFull,
            "^BOOT" => Self::Noise,
            _ if NOISE.contains(&name.as_str()) => Self::Noise,
            _ => return None,
        })
    }
}

/// A pressed digit: itself, or its ASCII number as some Quectel modems print it.
fn digit(text: &str) -> Option<char> {
    let is = |c: &char| matches!(c, '0'..='9' | 'A'..='D' | 'a'..='d' | '*' | '#');
    let c = match text.len() {
        1 => text.chars().next(),
        2 => text.parse::<u8>().ok().map(char::from),
        _ => None,
    };
    c.filter(is).map(|c| c.to_ascii_uppercase())
}

/// A number that may be a status or the setting: what stands in quotes or has four digits is a place.
fn status_number(field: Field<'_>) -> Option<u8> {
    Some(field).filter(|f| !f.quoted && f.text.len() <= 3).and_then(Field::number)
}

/// The third field of an event, behind the place: 0 for GSM to 13 for 5G.
fn is_access_technology(field: Field<'_>) -> bool {
    field.text.is_empty() || status_number(field).is_some_and(|number| number <= 13)
}

fn signal(rssi: u8) -> Option<i16> {
    (rssi <= 31).then(|| -113 + 2 * i16::from(rssi))
}

fn sim(text: &str) -> Sim {
    match text.to_ascii_uppercase().as_str() {
        "READY" => Sim::Ready,
        "SIM PIN" => Sim::Pin,
        "SIM PUK" => Sim::Puk,
        // The second PIN guards the SIM's own lists only; calls go without it.
        "SIM PIN2" | "SIM PUK2" => Sim::Ready,
        other => Sim::Other(other.into()),
    }
}

fn place(all: &[Field<'_>]) -> (Box<str>, Option<u16>) {
    let memory = all.first().map_or("", |f| f.text);
    let memory = if memory.bytes().all(|b| b.is_ascii_alphabetic()) { memory } else { "" };
    (memory.into(), all.get(1).and_then(|f| f.number()))
}

fn call_entry(all: &[Field<'_>]) -> Option<CallEntry> {
    let number = |n: usize| all.get(n).and_then(|f| f.number::<u8>());
    let state = match number(2)? {
        0 => CallState::Active,
        1 => CallState::Held,
        2 => CallState::Dialing,
        3 => CallState::Alerting,
        4 => CallState::Incoming,
        5 => CallState::Waiting,
        6 => CallState::Ended,
        _ => return None,
    };
    let index = number(0)?;
    let incoming = match number(1)? {
        0 => false,
        1 => true,
        _ => return None,
    };
    // Without the fields for it the line says nothing of the caller; with an empty one it says there is none.
    let shown = all.get(5).map(|_| shown(all.get(5).copied(), number(6), all.get(7).copied(), number(9)));
    let joined = number(4) == Some(1);
    Some(CallEntry { index, incoming, state, voice: number(3).unwrap_or(0) == 0, joined, shown })
}

/// `number`, `type`, `name`, and the validity that says why there is no number.
fn shown(
    number: Option<Field<'_>>,
    kind: Option<u8>,
    name: Option<Field<'_>>,
    validity: Option<u8>,
) -> Shown {
    let text = number.map_or("", |f| f.text);
    let caller = match (text, validity) {
        ("", Some(1)) => Caller::Withheld,
        ("", _) if kind == Some(128) => Caller::Withheld,
        ("", _) => Caller::Unavailable,
        _ => match kind {
            // 145: international, but some modems leave the plus out.
            Some(kind) if kind & 0x70 == 0x10 && text.starts_with(|c: char| c.is_ascii_digit()) => {
                Caller::from_line(format!("+{text}").as_bytes())
            }
            _ => Caller::from_line(text.as_bytes()),
        },
    };
    Shown { caller, name: name.and_then(|f| CallerName::from_line(f.text.as_bytes())) }
}
