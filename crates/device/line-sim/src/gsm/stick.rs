//! The simulated stick as a state machine: bytes and the network's doings in, bytes and what the network sees out.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::calls::Call;
use super::messages::Stored;
use super::profile::{SimCard, StickProfile};

/// The longest command line.
const MOST_LINE: usize = 1024;

/// What a called number does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscriber {
    /// Rings and answers after that long.
    Answers(Duration),
    /// Is busy.
    Busy,
    /// Rings and refuses after that long.
    Refuses(Duration),
    /// Rings until the network gives up.
    Silent,
    /// Does not exist.
    Unknown,
}

/// What the network and the people at the other ends see.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seen {
    /// The stick dialled.
    Dialled(String),
    /// A call is answered, by whichever side.
    Answered(String),
    /// Somebody was put on hold (`true`) or taken back.
    Held(String, bool),
    /// All these hear each other.
    Joined(Vec<String>),
    /// A call is over; `true` if the stick ended it.
    Ended(String, bool),
    /// A digit reached them.
    Digit(String, char),
    /// The stick sent a message; one entry for each part.
    Sms {
        /// To whom.
        to: String,
        /// The part's text.
        text: String,
    },
    /// The stick sent a USSD code.
    Ussd(String),
    /// The stick was given a PIN.
    PinTried {
        /// Whether it was right.
        right: bool,
    },
}

/// Something wrong with the stick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It says nothing more until it is plugged in again.
    Hang,
    /// It sends no events about calls, only `RING` and what is asked for.
    SilentEvents,
    /// Each message sent fails with that `+CMS ERROR`.
    SmsFails(u16),
    /// It never gives the prompt for a message.
    NoPrompt,
    /// It says `OK` to `AT+CHUP` and `ATH` and ends nothing.
    KeepsCalls,
    /// It sends bytes that mean nothing between its lines.
    Garbage,
    /// It works again.
    None,
}

/// What happens later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Later {
    Ring(u32),
    Origin(u32),
    Alert(u32),
    RemoteAnswers(u32),
    Connected(u32),
    RemoteEnds(u32, u8),
    Say(String),
    Report { reference: u8, to: String },
    Pdu { length: usize, hex: String },
}

/// What the stick wants.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "what is not sent or seen is lost"]
pub enum StickOutput {
    /// Bytes on the port for commands.
    Transmit(Vec<u8>),
    /// Bytes on the port for events, if the stick has one.
    TransmitEvent(Vec<u8>),
    /// The network saw this.
    Seen(Seen),
    /// Nothing more now; call [`Stick::handle_timeout`] then, if any.
    Timeout(Option<Instant>),
}

/// A simulated GSM stick. No port, no thread, no clock.
#[derive(Debug)]
pub struct Stick {
    pub(super) profile: StickProfile,
    pub(super) card: SimCard,
    pub(super) unlocked: bool,
    pub(super) tries: u8,
    pub(super) echo: bool,
    pub(super) verbose: bool,
    pub(super) errors: u8,
    pub(super) clip: bool,
    pub(super) crc: bool,
    pub(super) waiting_shown: bool,
    pub(super) notices: (bool, bool),
    pub(super) call_list_events: bool,
    pub(super) creg: [u8; 3],
    pub(super) operator_format: u8,
    pub(super) cnmi: [u8; 5],
    pub(super) centre: String,
    pub(super) csmp: String,
    pub(super) charset: String,
    pub(super) ussd_packed: bool,
    pub(super) network: u8,
    pub(super) rssi: u8,
    pub(super) fault: Fault,
    pub(super) dead: bool,
    pub(super) calls: Vec<Call>,
    pub(super) next_serial: u32,
    pub(super) store: BTreeMap<u16, Stored>,
    pub(super) next_reference: u8,
    pub(super) next_concat: u16,
    pub(super) subscribers: BTreeMap<String, Subscriber>,
    pub(super) ussd_open: bool,
    /// When it was told the time last.
    pub(super) clock: Option<Instant>,
    /// Events that wait for the end of a command that is being typed.
    held_back: Vec<Vec<u8>>,
    events_apart: bool,
    event_out: VecDeque<Vec<u8>>,
    line: Vec<u8>,
    /// Octets of the message whose digits are awaited.
    prompt: Option<usize>,
    later: Vec<(Instant, u64, Later)>,
    next_later: u64,
    out: VecDeque<Vec<u8>>,
    seen: VecDeque<Seen>,
}

impl Stick {
    /// A stick with a SIM, plugged in just now.
    pub fn new(profile: StickProfile, card: SimCard) -> Self {
        let unlocked = card.pin.is_none();
        Self {
            profile,
            card,
            unlocked,
            tries: 3,
            echo: true,
            verbose: true,
            errors: 0,
            clip: false,
            crc: false,
            waiting_shown: false,
            notices: (false, false),
            call_list_events: false,
            creg: [0; 3],
            operator_format: 0,
            cnmi: [0; 5],
            centre: "+447700900000".into(),
            csmp: "17,167,0,0".into(),
            charset: "GSM".into(),
            ussd_packed: false,
            network: 1,
            rssi: 21,
            fault: Fault::None,
            dead: false,
            calls: Vec::new(),
            next_serial: 1,
            store: BTreeMap::new(),
            next_reference: 60,
            next_concat: 1,
            subscribers: BTreeMap::new(),
            ussd_open: false,
            clock: None,
            held_back: Vec::new(),
            events_apart: false,
            event_out: VecDeque::new(),
            line: Vec::new(),
            prompt: None,
            later: Vec::new(),
            next_later: 0,
            out: VecDeque::new(),
            seen: VecDeque::new(),
        }
    }

    /// Pulled out and plugged in again: calls are gone, settings forgotten, the SIM locked; its messages stay.
    pub fn replug(&mut self, now: Instant) {
        for call in std::mem::take(&mut self.calls) {
            self.seen.push_back(Seen::Ended(call.number, true));
        }
        let fresh = Self::new(self.profile.clone(), self.card.clone());
        let old = std::mem::replace(self, fresh);
        self.store = old.store;
        self.subscribers = old.subscribers;
        self.seen = old.seen;
        self.tries = old.tries;
        self.network = old.network;
        self.rssi = old.rssi;
        self.next_reference = old.next_reference;
        self.next_serial = old.next_serial;
        self.next_concat = old.next_concat;
        self.events_apart = old.events_apart;
        let _ = now;
    }

    /// Events come on a port of their own from now on.
    pub fn events_apart(&mut self) {
        self.events_apart = true;
    }

    /// Sets what a number does when it is called; others answer after three seconds.
    pub fn subscriber(&mut self, number: &str, does: Subscriber) {
        self.subscribers.insert(number.into(), does);
    }

    /// Breaks the stick, or mends it.
    pub fn fault(&mut self, fault: Fault) {
        self.fault = fault;
        self.dead = fault == Fault::Hang;
        if self.dead {
            self.out.clear();
        }
    }

    /// The signal, 0 to 31 or 99.
    pub fn set_signal(&mut self, rssi: u8) {
        self.rssi = rssi;
        if self.profile.maker == super::Maker::Huawei {
            self.event(&format!("^RSSI:{rssi}"));
        }
    }

    /// The network's status as `+CREG` numbers it.
    pub fn set_network(&mut self, status: u8) {
        self.network = status;
        for (n, name) in ["CREG", "CGREG", "CEREG"].iter().enumerate() {
            if self.creg[n] > 0 && !(n == 2 && self.profile.maker == super::Maker::Huawei) {
                self.event(&format!("+{name}: {status}"));
            }
        }
    }

    /// Bytes from whoever has the port open.
    pub fn handle_bytes(&mut self, now: Instant, bytes: &[u8]) {
        self.clock = Some(now);
        if self.dead {
            return;
        }
        for &byte in bytes {
            if self.prompt.is_some() {
                self.handle_text_byte(now, byte);
                continue;
            }
            if self.echo {
                self.echo_byte(byte);
            }
            match byte {
                b'\r' => {
                    let line = std::mem::take(&mut self.line);
                    let text = String::from_utf8_lossy(&line).trim().to_owned();
                    self.handle_command_line(now, &text);
                }
                b'\n' | 0 => {}
                0x1b | 0x1a => self.line.clear(),
                0x08 => {
                    self.line.pop();
                }
                _ if self.line.len() < MOST_LINE => self.line.push(byte),
                _ => {}
            }
            if self.line.is_empty() && self.prompt.is_none() {
                self.out.extend(self.held_back.drain(..));
            }
        }
    }

    fn echo_byte(&mut self, byte: u8) {
        // One piece of output for a burst of echoes.
        match self.out.back_mut() {
            Some(last) => last.push(byte),
            None => self.out.push_back(vec![byte]),
        }
    }

    fn handle_text_byte(&mut self, now: Instant, byte: u8) {
        match byte {
            0x1b => {
                self.prompt = None;
                self.line.clear();
                self.result("OK");
            }
            0x1a => {
                let length = self.prompt.take().unwrap_or(0);
                let digits = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
                self.send_message(now, length, digits.trim());
            }
            _ => {
                if self.echo {
                    self.echo_byte(byte);
                }
                if self.line.len() < MOST_LINE && !byte.is_ascii_whitespace() {
                    self.line.push(byte);
                }
            }
        }
    }

    /// Asks for a message's digits.
    pub(super) fn prompt(&mut self, length: usize) {
        if self.fault == Fault::NoPrompt {
            return;
        }
        self.prompt = Some(length);
        self.out.push_back(b"\r\n> ".to_vec());
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.clock = Some(now);
        loop {
            let due = self
                .later
                .iter()
                .enumerate()
                .filter(|(_, (at, ..))| *at <= now)
                .min_by_key(|(_, (at, serial, _))| (*at, *serial))
                .map(|(n, _)| n);
            let Some(n) = due else { return };
            let (at, _, what) = self.later.remove(n);
            if !self.dead {
                self.happens(at, what);
            }
        }
    }

    fn happens(&mut self, now: Instant, what: Later) {
        match what {
            Later::Say(text) => self.event(&text),
            Later::Pdu { length, hex } => self.pdu_in(length, hex),
            Later::Report { reference, to } => self.report_arrives(now, reference, &to),
            call => self.call_happens(now, call),
        }
    }

    pub(super) fn later(&mut self, at: Instant, what: Later) {
        self.next_later += 1;
        self.later.push((at, self.next_later, what));
    }

    /// What to do next. Call it until it says [`StickOutput::Timeout`].
    pub fn poll_output(&mut self) -> StickOutput {
        if let Some(bytes) = self.out.pop_front() {
            return StickOutput::Transmit(bytes);
        }
        if let Some(bytes) = self.event_out.pop_front() {
            return StickOutput::TransmitEvent(bytes);
        }
        if let Some(seen) = self.seen.pop_front() {
            return StickOutput::Seen(seen);
        }
        StickOutput::Timeout(self.later.iter().map(|(at, ..)| *at).min())
    }

    pub(super) fn sees(&mut self, seen: Seen) {
        self.seen.push_back(seen);
    }

    /// An event, framed by line ends.
    pub(super) fn event(&mut self, text: &str) {
        if self.dead {
            return;
        }
        if self.fault == Fault::Garbage {
            self.out.push_back(b"\x00\xff~}#\x12\r\n".to_vec());
        }
        let end = if self.profile.maker == super::Maker::Simcom && text.starts_with("+CRING") {
            "\r\r\n"
        } else {
            "\r\n"
        };
        let bytes = format!("{end}{text}{end}").into_bytes();
        if self.events_apart {
            self.event_out.push_back(bytes);
        // No modem speaks while it is spoken to.
        } else if self.line.is_empty() && self.prompt.is_none() {
            self.out.push_back(bytes);
        } else {
            self.held_back.push(bytes);
        }
    }

    /// A line of a reply.
    pub(super) fn line(&mut self, text: &str) {
        if !self.dead {
            self.out.push_back(format!("\r\n{text}\r\n").into_bytes());
        }
    }

    /// The end of a reply.
    pub(super) fn result(&mut self, text: &str) {
        if self.verbose {
            self.line(text);
        } else if !self.dead {
            let digit = match text {
                "OK" => "0",
                "NO CARRIER" => "3",
                "BUSY" => "7",
                _ => "4",
            };
            self.out.push_back(format!("{digit}\r").into_bytes());
        }
    }

    pub(super) fn ok(&mut self) {
        self.result("OK");
    }

    /// Takes back an OK said by a command in the middle of a line; false if there is none.
    pub(super) fn unsay_ok(&mut self) -> bool {
        let is_ok = self.out.back().is_some_and(|last| last == b"\r\nOK\r\n" || last == b"0\r");
        if is_ok {
            self.out.pop_back();
        }
        is_ok
    }

    /// An equipment error as `+CMEE` has it.
    pub(super) fn equipment_error(&mut self, number: u16) {
        match self.errors {
            0 => self.result("ERROR"),
            1 => self.line(&format!("+CME ERROR: {number}")),
            _ => {
                let text = match number {
                    4 => "operation not supported",
                    10 => "SIM not inserted",
                    11 => "SIM PIN required",
                    12 => "SIM PUK required",
                    16 => "incorrect password",
                    30 => "no network service",
                    _ => "unknown",
                };
                self.line(&format!("+CME ERROR: {text}"));
            }
        }
    }
}
