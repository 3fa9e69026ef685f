//! The talk with a GSM modem: one command at a time, its reply, and what the modem says by itself, sorted by
//! what is pending.
//!
//! A state machine without I/O and without a clock, for one port. It differs from
//! [`Dialogue`](crate::Dialogue) in what a GSM modem does otherwise than a voice modem: the end of a call is a
//! result while dialling and an event while anything else is asked; events carry a second line; a reply is never
//! a digit; nothing ever streams.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::reply::{Final, time_limit};
use super::report::Report;
use crate::framer::{Frame, Framer};

/// The most lines of one reply: a full SIM lists some hundred messages at two lines each.
const MOST_LINES: usize = 1100;
/// The most commands that wait.
const MOST_WAITING: usize = 256;
/// The most lines of a network's text that goes over several.
const MOST_TEXT_LINES: usize = 24;
/// How long the prompt for a message's text may take.
const PROMPT_LIMIT: Duration = Duration::from_secs(5);
/// After a reply that never came: the quiet time before the next command, so that a late reply is not taken for
/// the next one's.
const SETTLE: Duration = Duration::from_millis(250);
/// Some modems answer `AT+CPIN?` without an OK.
const MISSING_OK: Duration = Duration::from_millis(1500);

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The command line without its CR.
    pub text: String,
    /// How long its reply may take.
    pub limit: Duration,
    /// What is sent at the prompt, followed by Ctrl-Z: the digits of a PDU.
    pub body: Option<String>,
}

impl Ask {
    /// A command with the time limit that such a command has.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { limit: time_limit(&text), text, body: None }
    }

    /// The same with a message's digits for the prompt.
    #[must_use]
    pub fn with_body(mut self, body: String) -> Self {
        self.body = Some(body);
        self
    }

    /// The same with another time limit.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// `NO CARRIER`, `BUSY` and `NO ANSWER` end this command; for others they are events.
    fn places_call(&self) -> bool {
        let text = self.text.get(..3).unwrap_or("");
        text.eq_ignore_ascii_case("ATD") || text.eq_ignore_ascii_case("ATA") && self.text.len() == 3
    }

    /// The name that begins the lines of its reply, if it asks for lines that could also be events.
    fn asks_for(&self) -> Option<&str> {
        let name = self.text.get(2..)?;
        match name.find(['=', '?']) {
            Some(at) => self.text.ends_with('?').then(|| &name[..at]),
            None => Some(name),
        }
    }
}

/// Names a command given to a [`Talk`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AskId(u64);

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With this result.
    Final(Final),
    /// With no reply in time.
    TimedOut,
}

impl Outcome {
    /// True for OK.
    pub fn is_ok(&self) -> bool {
        *self == Self::Final(Final::Ok)
    }

    /// Why, in words for people.
    pub fn reason(&self) -> String {
        match self {
            Self::Final(result) => result.reason(),
            Self::TimedOut => "the modem did not answer in time".into(),
        }
    }
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Heard {
    /// A command ended.
    Reply {
        /// Which.
        id: AskId,
        /// The lines before the result.
        lines: Vec<String>,
        /// The result.
        outcome: Outcome,
    },
    /// The modem said something by itself.
    Report(Report),
    /// A call failed or ended, said by itself.
    CallEnd(Final),
    /// A message or a status report that is stored nowhere, as hexadecimal digits.
    Pdu {
        /// True for a status report.
        report: bool,
        /// The digits.
        hex: String,
    },
    /// A line of which nothing is known.
    Other(String),
}

/// What a [`Talk`] wants.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "what is not sent or heard is lost"]
pub enum TalkOutput {
    /// Send these bytes.
    Transmit(Vec<u8>),
    /// This was heard.
    Heard(Heard),
    /// Nothing more now; call [`Talk::handle_timeout`] then, if any.
    Timeout(Option<Instant>),
}

/// What the next line is, whatever it looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    Any,
    Pdu {
        report: bool,
    },
    /// The cell's broadcast, which nobody asked for.
    Skip,
    /// More of a text that began between quotes.
    Text {
        so_far: String,
        lines: usize,
    },
}

#[derive(Debug)]
struct Pending {
    id: AskId,
    ask: Ask,
    deadline: Instant,
    lines: Vec<String>,
    prompted: bool,
}

/// The talk with one port of a GSM modem.
#[derive(Debug)]
pub struct Talk {
    framer: Framer,
    next: Next,
    waiting: VecDeque<(AskId, Ask)>,
    pending: Option<Pending>,
    not_before: Option<Instant>,
    last_sent: String,
    next_id: u64,
    out: VecDeque<Vec<u8>>,
    heard: VecDeque<Heard>,
}

impl Talk {
    /// A talk that has not begun.
    pub fn new() -> Self {
        Self {
            framer: Framer::new(),
            next: Next::Any,
            waiting: VecDeque::new(),
            pending: None,
            not_before: None,
            last_sent: String::new(),
            next_id: 0,
            out: VecDeque::new(),
            heard: VecDeque::new(),
        }
    }

    /// True if no command waits or is under way.
    pub fn is_idle(&self) -> bool {
        self.pending.is_none() && self.waiting.is_empty()
    }

    /// Sends a command once those before it are done. With too many waiting it ends at once as timed out.
    pub fn ask(&mut self, now: Instant, ask: Ask) -> AskId {
        self.put(now, ask, false)
    }

    /// Sends a command before those that wait: a call does not wait for a list of messages.
    pub fn ask_first(&mut self, now: Instant, ask: Ask) -> AskId {
        self.put(now, ask, true)
    }

    fn put(&mut self, now: Instant, ask: Ask, first: bool) -> AskId {
        self.next_id += 1;
        let id = AskId(self.next_id);
        if self.waiting.len() >= MOST_WAITING {
            self.heard.push_back(Heard::Reply { id, lines: Vec::new(), outcome: Outcome::TimedOut });
        } else if first {
            self.waiting.push_front((id, ask));
        } else {
            self.waiting.push_back((id, ask));
        }
        self.send_next(now);
        id
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        self.out.push_back(bytes.to_vec());
    }

    /// Takes what the modem sent.
    pub fn handle_bytes(&mut self, now: Instant, mut bytes: &[u8]) {
        if self.pending.is_none() && self.not_before.is_some() && !bytes.is_empty() {
            self.not_before = Some(now + SETTLE);
        }
        while !bytes.is_empty() {
            // The framer is lent out to the frame, so it is taken for the while.
            let mut framer = std::mem::take(&mut self.framer);
            framer.expect_prompt(self.pending.as_ref().is_some_and(|p| p.ask.body.is_some() && !p.prompted));
            match framer.next(&mut bytes) {
                Some(Frame::Line { bytes: line, .. }) => {
                    let line = String::from_utf8_lossy(line).trim().to_owned();
                    if !line.is_empty() {
                        self.handle_line(now, line);
                    }
                }
                Some(Frame::Prompt) => self.handle_prompt(now),
                Some(Frame::Shielded(_)) | None => {}
            }
            self.framer = framer;
        }
        self.send_next(now);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some(pending) = self.pending.take_if(|p| p.deadline <= now) {
            if pending.ask.body.is_some() {
                // Out of a prompt that hangs.
                self.out.push_back(vec![0x1b]);
            }
            let missing_ok = !pending.lines.is_empty() && pending.ask.text.eq_ignore_ascii_case("AT+CPIN?");
            let outcome = if missing_ok { Outcome::Final(Final::Ok) } else { Outcome::TimedOut };
            self.not_before = Some(now + SETTLE);
            self.next = Next::Any;
            self.heard.push_back(Heard::Reply { id: pending.id, lines: pending.lines, outcome });
        }
        self.send_next(now);
    }

    /// What to do next. Call it until it says [`TalkOutput::Timeout`].
    pub fn poll_output(&mut self) -> TalkOutput {
        if let Some(bytes) = self.out.pop_front() {
            return TalkOutput::Transmit(bytes);
        }
        if let Some(heard) = self.heard.pop_front() {
            return TalkOutput::Heard(heard);
        }
        TalkOutput::Timeout(match &self.pending {
            Some(pending) => Some(pending.deadline),
            None if self.waiting.is_empty() => None,
            None => self.not_before,
        })
    }

    fn send_next(&mut self, now: Instant) {
        if self.pending.is_some() || self.not_before.is_some_and(|at| now < at) {
            return;
        }
        let Some((id, ask)) = self.waiting.pop_front() else { return };
        self.not_before = None;
        self.out.push_back(format!("{}\r", ask.text).into_bytes());
        self.last_sent.clone_from(&ask.text);
        let limit = if ask.body.is_some() { PROMPT_LIMIT } else { ask.limit };
        self.pending = Some(Pending { id, deadline: now + limit, lines: Vec::new(), prompted: false, ask });
    }

    fn handle_prompt(&mut self, now: Instant) {
        if let Some(pending) = &mut self.pending
            && let Some(body) = &pending.ask.body
            && !pending.prompted
        {
            pending.prompted = true;
            pending.deadline = now + pending.ask.limit;
            let mut bytes = body.clone().into_bytes();
            bytes.push(0x1a);
            self.out.push_back(bytes);
        }
    }

    fn handle_line(&mut self, now: Instant, line: String) {
        match std::mem::replace(&mut self.next, Next::Any) {
            Next::Any => {}
            Next::Skip => return,
            Next::Pdu { report } if line.bytes().all(|b| b.is_ascii_hexdigit()) => {
                self.heard.push_back(Heard::Pdu { report, hex: line });
                return;
            }
            // Something else came between: the digits follow.
            Next::Pdu { report } if Report::read(&line).is_some() => {
                self.sort_line(now, line);
                self.next = Next::Pdu { report };
                return;
            }
            Next::Pdu { .. } => {}
            Next::Text { mut so_far, lines } => {
                if Final::read(&line).is_none() && lines < MOST_TEXT_LINES {
                    so_far.push('\n');
                    so_far.push_str(&line);
                    if is_open_text(&so_far) {
                        self.next = Next::Text { so_far, lines: lines + 1 };
                    } else if let Some(report) = Report::read(&so_far) {
                        self.heard.push_back(Heard::Report(report));
                    }
                    return;
                }
                // It never ended; what came of it counts.
                so_far.push('"');
                self.heard.extend(Report::read(&so_far).map(Heard::Report));
            }
        }
        self.sort_line(now, line);
    }

    fn sort_line(&mut self, now: Instant, line: String) {
        if line.eq_ignore_ascii_case(&self.last_sent) {
            return;
        }
        let owned = self.pending.as_ref().is_some_and(|pending| {
            pending.ask.asks_for().is_some_and(|name| {
                line.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
                    && line[name.len()..].trim_start().starts_with(':')
            })
        });
        if let Some(result) = Final::read(&line) {
            match &self.pending {
                Some(pending) if !result.ends_call() || pending.ask.places_call() => self.finish(result),
                _ if result.ends_call() => self.heard.push_back(Heard::CallEnd(result)),
                // A late OK belongs to nothing.
                _ => {}
            }
            return;
        }
        if owned && !line.to_ascii_uppercase().starts_with("+CUSD") {
            if let Some(pending) = &mut self.pending {
                if pending.ask.text.eq_ignore_ascii_case("AT+CPIN?") {
                    pending.deadline = pending.deadline.min(now + MISSING_OK);
                }
                if pending.lines.len() < MOST_LINES {
                    pending.lines.push(line);
                }
            }
            return;
        }
        if line.to_ascii_uppercase().starts_with("+CUSD") && is_open_text(&line) {
            self.next = Next::Text { so_far: line, lines: 1 };
            return;
        }
        match Report::read(&line) {
            Some(Report::SmsFollows) => self.next = Next::Pdu { report: false },
            Some(Report::ReportFollows) => self.next = Next::Pdu { report: true },
            Some(Report::BroadcastFollows) => self.next = Next::Skip,
            Some(report) => self.heard.push_back(Heard::Report(report)),
            None => match &mut self.pending {
                Some(pending) => {
                    let echo = pending.prompted
                        && pending
                            .ask
                            .body
                            .as_deref()
                            .is_some_and(|body| line.trim_start_matches("> ") == body);
                    if !echo && pending.lines.len() < MOST_LINES {
                        pending.lines.push(line);
                    }
                }
                None => self.heard.push_back(Heard::Other(line)),
            },
        }
    }

    fn finish(&mut self, result: Final) {
        if let Some(pending) = self.pending.take() {
            let outcome = Outcome::Final(result);
            self.heard.push_back(Heard::Reply { id: pending.id, lines: pending.lines, outcome });
        }
    }
}

impl Default for Talk {
    fn default() -> Self {
        Self::new()
    }
}

/// A quote is open: the text goes on in the next line.
fn is_open_text(line: &str) -> bool {
    let Some((_, rest)) = line.split_once('"') else { return false };
    // The closing quote has the coding or nothing behind it.
    !rest.rmatch_indices('"').any(|(at, _)| {
        let behind = rest[at + 1..].trim();
        behind.is_empty()
            || behind.strip_prefix(',').is_some_and(|n| n.trim().bytes().all(|b| b.is_ascii_digit()))
    })
}
