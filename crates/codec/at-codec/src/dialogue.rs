//! The talk with a modem: one command at a time, its reply, and what the modem says on its own.
//!
//! A state machine without I/O and without a clock. Give it what the modem sent and what time it is;
//! take from it what to send, what happened, and when it wants to be asked again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::framer::{Frame, Framer, LineEndRest};
use crate::result::ResultCode;
use crate::voice::{VoiceDecoder, VoiceEvent, VoicePiece};

/// For most commands.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// For resets, which some modems take their time over.
pub const RESET_WITHIN: Duration = Duration::from_secs(6);
/// For dialling: until the called side answers or does not.
pub const DIAL_WITHIN: Duration = Duration::from_secs(75);
/// For the end of a voice stream.
pub const STREAM_END_WITHIN: Duration = Duration::from_secs(3);
/// For a command that was aborted.
pub const ABORT_WITHIN: Duration = Duration::from_secs(2);
/// After a reply that did not come, the line must be quiet for so long before the next command, so that
/// a late reply is not taken for the next one.
pub const SETTLE: Duration = Duration::from_millis(250);
/// A modem that never is quiet gets its next command after so long all the same.
pub const SETTLE_AT_MOST: Duration = Duration::from_secs(1);

/// Most lines of one reply that are kept.
const MAX_REPLY_LINES: usize = 128;
/// Most commands that wait.
const MAX_WAITING: usize = 128;

/// What follows a command when it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expect {
    /// A result code; CONNECT is none that belongs here but is taken as one.
    Result,
    /// CONNECT, and then sound comes. An OK is a failure: some modems say OK to anything.
    Receive,
    /// CONNECT, and then sound is sent. An OK is a failure.
    Transmit,
}

/// A command, and how long its reply may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What is sent, without the CR at its end.
    pub text: Vec<u8>,
    /// How long the reply may take.
    pub timeout: Duration,
    /// What follows when it works.
    pub expect: Expect,
    /// Sent once the prompt `> ` comes (the text of a message), as it is.
    pub body: Option<Vec<u8>>,
    /// True for codes of a voice stream, which are sent without CR and never echoed.
    pub raw: bool,
}

impl Command {
    /// A command line such as `AT+VCID=1`, answered within [`ANSWER_WITHIN`].
    pub fn line(text: &str) -> Self {
        Self { text: text.into(), timeout: ANSWER_WITHIN, expect: Expect::Result, body: None, raw: false }
    }

    /// A code of a voice stream such as [`END_TRANSMIT`](crate::voice::END_TRANSMIT), answered by a result.
    pub fn code(bytes: &[u8]) -> Self {
        Self { text: bytes.into(), timeout: STREAM_END_WITHIN, expect: Expect::Result, body: None, raw: true }
    }

    /// The same with another time for the reply.
    #[must_use]
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same with something else expected.
    #[must_use]
    pub fn expecting(mut self, expect: Expect) -> Self {
        self.expect = expect;
        self
    }

    /// The same with a text that is sent at the prompt.
    #[must_use]
    pub fn with_body(mut self, body: &[u8]) -> Self {
        self.body = Some(body.into());
        self
    }

    /// True if it asks for something, so that lines come before its result.
    pub fn is_query(&self) -> bool {
        let text = self.text.trim_ascii_end();
        text.ends_with(b"?")
            || text.get(..3).is_some_and(|t| t.eq_ignore_ascii_case(b"ATI"))
            || text.get(..5).is_some_and(|t| t.eq_ignore_ascii_case(b"AT+GM"))
            || text.get(..4).is_some_and(|t| t.eq_ignore_ascii_case(b"AT&V"))
            || text.get(..4).is_some_and(|t| t.eq_ignore_ascii_case(b"ATS0") && text.ends_with(b"?"))
    }
}

/// Names a command that was given to a [`Dialogue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(u64);

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// By this result code.
    Result(ResultCode),
    /// By no reply in time.
    TimedOut,
    /// By [`Dialogue::abort`].
    Aborted,
}

/// The reply to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Which command.
    pub id: CommandId,
    /// The command.
    pub command: Command,
    /// The lines before the result.
    pub lines: Vec<Box<[u8]>>,
    /// How it ended.
    pub outcome: Outcome,
}

impl Reply {
    /// True if the command did what it should: OK, or CONNECT where that was expected.
    pub fn is_ok(&self) -> bool {
        match self.result() {
            Some(ResultCode::Connect(_)) => true,
            Some(ResultCode::Ok | ResultCode::VoiceConnect) => self.command.expect == Expect::Result,
            _ => false,
        }
    }

    /// The result code, if there was one.
    pub fn result(&self) -> Option<&ResultCode> {
        match &self.outcome {
            Outcome::Result(code) => Some(code),
            _ => None,
        }
    }

    /// The lines as text, joined by blanks and safe to print.
    pub fn text(&self) -> String {
        let lines: Vec<String> =
            self.lines.iter().map(|line| line.trim_ascii().escape_ascii().to_string()).collect();
        lines.join(" ")
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A command ended.
    Reply(Reply),
    /// A line that belongs to no command.
    Line {
        /// The line.
        bytes: Box<[u8]>,
        /// True if it was too long and lost its end.
        cut: bool,
    },
    /// An event of the voice line, inside or outside a stream.
    Voice(VoiceEvent),
    /// Sound, decoded.
    Audio(Vec<u8>),
}

/// What a [`Dialogue`] wants.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "what is not sent or heard is lost"]
pub enum Output {
    /// Send these bytes.
    Transmit(Vec<u8>),
    /// This happened.
    Event(Event),
    /// Nothing more now; call [`Dialogue::handle_timeout`] then, if any.
    Timeout(Option<Instant>),
}

/// Says whether a line that came while a command waits for its reply is an event of its own.
pub type IsEvent = fn(line: &[u8], command: &Command) -> bool;

/// The talk with one modem. See the [module](self).
#[derive(Debug)]
pub struct Dialogue {
    framer: Framer,
    mode: Mode,
    is_event: IsEvent,
    waiting: VecDeque<(CommandId, Command)>,
    pending: Option<Pending>,
    /// The last command line, to know a late echo by.
    echo: Vec<u8>,
    /// `Some(true)` once results came as digits, `Some(false)` once they came as words.
    digits: Option<bool>,
    /// No command is sent before then.
    not_before: Option<Instant>,
    /// Until `not_before`, results are late replies and dropped.
    settling: bool,
    settle_ends: Option<Instant>,
    pause: Duration,
    next_id: u64,
    transmit: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
}

#[derive(Debug)]
enum Mode {
    Lines,
    Stream { rest: LineEndRest, decoder: VoiceDecoder },
}

#[derive(Debug)]
struct Pending {
    id: CommandId,
    command: Command,
    deadline: Instant,
    echoed: bool,
    aborted: bool,
    lines: Vec<Box<[u8]>>,
}

impl Dialogue {
    /// A talk that begins in command mode. `is_event` knows the lines that a modem sends on its own.
    pub fn new(is_event: IsEvent) -> Self {
        Self {
            framer: Framer::new(),
            mode: Mode::Lines,
            is_event,
            waiting: VecDeque::new(),
            pending: None,
            echo: Vec::new(),
            digits: None,
            not_before: None,
            settling: false,
            settle_ends: None,
            pause: Duration::ZERO,
            next_id: 0,
            transmit: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Waits so long between a reply and the next command.
    #[must_use]
    pub fn with_pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    // --- what is known ---

    /// True if no command waits or is under way.
    pub fn is_idle(&self) -> bool {
        self.pending.is_none() && self.waiting.is_empty()
    }

    /// True while sound comes.
    pub fn is_streaming(&self) -> bool {
        matches!(self.mode, Mode::Stream { .. })
    }

    /// True if a line has begun and not ended.
    pub fn is_mid_line(&self) -> bool {
        !self.framer.is_at_line_start()
    }

    // --- what is asked for ---

    /// Sends a command as soon as those before it are done. With too many waiting it is answered at once
    /// as timed out.
    pub fn command(&mut self, now: Instant, command: Command) -> CommandId {
        self.next_id += 1;
        let id = CommandId(self.next_id);
        if self.waiting.len() >= MAX_WAITING {
            let reply = Reply { id, command, lines: Vec::new(), outcome: Outcome::TimedOut };
            self.events.push_back(Event::Reply(reply));
            return id;
        }
        self.waiting.push_back((id, command));
        self.send_next(now);
        id
    }

    /// Sends bytes as they are, beside any command: shielded sound, or codes that have no reply.
    pub fn send(&mut self, bytes: Vec<u8>) {
        self.transmit.push_back(bytes);
    }

    /// Aborts the command under way (a CR while dialling or answering ends that) and drops those waiting.
    pub fn abort(&mut self, now: Instant) {
        self.waiting.clear();
        if let Some(pending) = &mut self.pending
            && !pending.aborted
        {
            pending.aborted = true;
            pending.deadline = now + ABORT_WITHIN;
            if !pending.command.raw {
                self.transmit.push_back(b"\r".to_vec());
            }
        }
    }

    /// Drops the commands that wait; the one under way goes on.
    pub fn drop_waiting(&mut self) {
        self.waiting.clear();
    }

    /// Drops every command without a word to the modem.
    pub fn forget(&mut self) {
        self.waiting.clear();
        self.pending = None;
    }

    /// Goes back to lines, whatever the modem does: for when a stream did not end as it should.
    pub fn leave_stream(&mut self) {
        if self.is_streaming() {
            self.mode = Mode::Lines;
            self.framer.clear();
        }
    }

    // --- what comes in ---

    /// Takes what the modem sent.
    pub fn handle_bytes(&mut self, now: Instant, bytes: &[u8]) {
        if self.settling && !bytes.is_empty() {
            self.not_before = Some((now + SETTLE).min(self.settle_ends.unwrap_or(now + SETTLE)));
        }
        let mut input = bytes;
        while !input.is_empty() {
            match &mut self.mode {
                Mode::Lines => {
                    // The framer is lent out to the frame, so it is taken for the while.
                    let mut framer = std::mem::take(&mut self.framer);
                    let mut stream = None;
                    match framer.next(&mut input) {
                        Some(Frame::Line { bytes, cut }) => {
                            if self.handle_line(now, bytes, cut) {
                                stream = Some(framer.leave());
                            }
                        }
                        Some(Frame::Prompt) => self.handle_prompt(),
                        Some(Frame::Shielded(code)) if code != 0x10 && code != 0x1a => {
                            self.events.push_back(Event::Voice(VoiceEvent::from_code(code)));
                        }
                        Some(Frame::Shielded(_)) | None => {}
                    }
                    framer.expect_prompt(self.pending.as_ref().is_some_and(|p| p.command.body.is_some()));
                    self.framer = framer;
                    if let Some(rest) = stream {
                        self.mode = Mode::Stream { rest, decoder: VoiceDecoder::new() };
                    }
                }
                Mode::Stream { rest, decoder } => {
                    rest.skip(&mut input);
                    if Self::decode(decoder, &mut input, &mut self.events) {
                        self.mode = Mode::Lines;
                        self.framer.clear();
                    }
                }
            }
        }
        self.send_next(now);
    }

    /// Decodes until the stream ends (true) or the input is used up.
    fn decode(decoder: &mut VoiceDecoder, input: &mut &[u8], events: &mut VecDeque<Event>) -> bool {
        let mut audio = Vec::new();
        let mut ended = false;
        while let Some(piece) = decoder.next(input) {
            match piece {
                VoicePiece::Audio(bytes) => {
                    if audio.is_empty() {
                        audio.reserve(bytes.len() + input.len());
                    }
                    audio.extend_from_slice(bytes);
                }
                VoicePiece::Event(event) => {
                    if !audio.is_empty() {
                        events.push_back(Event::Audio(std::mem::take(&mut audio)));
                    }
                    events.push_back(Event::Voice(event));
                    if event == VoiceEvent::End {
                        ended = true;
                        break;
                    }
                }
            }
        }
        if !audio.is_empty() {
            events.push_back(Event::Audio(audio));
        }
        ended
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some(pending) = &self.pending
            && pending.deadline <= now
        {
            let aborted = pending.aborted;
            self.settling = true;
            self.not_before = Some(now + SETTLE);
            self.settle_ends = Some(now + SETTLE_AT_MOST);
            self.finish(now, if aborted { Outcome::Aborted } else { Outcome::TimedOut });
        }
        self.send_next(now);
    }

    /// What to do next. Call it until it says [`Output::Timeout`].
    pub fn poll_output(&mut self) -> Output {
        if let Some(bytes) = self.transmit.pop_front() {
            return Output::Transmit(bytes);
        }
        if let Some(event) = self.events.pop_front() {
            return Output::Event(event);
        }
        Output::Timeout(match &self.pending {
            Some(pending) => Some(pending.deadline),
            None if self.waiting.is_empty() => None,
            None => self.not_before,
        })
    }

    fn send_next(&mut self, now: Instant) {
        if self.pending.is_some() || self.waiting.is_empty() {
            return;
        }
        if self.not_before.is_some_and(|at| now < at) {
            return;
        }
        self.not_before = None;
        self.settling = false;
        let Some((id, command)) = self.waiting.pop_front() else { return };
        let mut bytes = command.text.clone();
        if !command.raw {
            bytes.push(b'\r');
            self.echo.clone_from(&command.text);
            self.framer.expect_prompt(command.body.is_some());
        }
        self.transmit.push_back(bytes);
        self.pending = Some(Pending {
            id,
            deadline: now + command.timeout,
            echoed: command.raw,
            aborted: false,
            lines: Vec::new(),
            command,
        });
    }

    fn finish(&mut self, now: Instant, outcome: Outcome) {
        let Some(Pending { id, command, lines, .. }) = self.pending.take() else { return };
        if !self.settling && !self.pause.is_zero() {
            self.not_before = Some(now + self.pause);
        }
        self.events.push_back(Event::Reply(Reply { id, command, lines, outcome }));
    }

    fn handle_prompt(&mut self) {
        if let Some(pending) = &mut self.pending
            && let Some(body) = &pending.command.body
        {
            self.transmit.push_back(body.clone());
        }
    }

    /// Takes a line; true if sound follows it.
    fn handle_line(&mut self, now: Instant, line: &[u8], cut: bool) -> bool {
        let Some(pending) = &mut self.pending else {
            let late = self.settling && self.result_of(line, true).is_some_and(|code| code.is_final());
            if !late && !line.trim_ascii().eq_ignore_ascii_case(&self.echo) {
                self.events.push_back(Event::Line { bytes: line.into(), cut });
            }
            return false;
        };
        if !pending.echoed && is_echo(line, &pending.command) {
            pending.echoed = true;
            return false;
        }
        let words = ResultCode::from_words(line);
        let digits = match (&words, self.digits) {
            (Some(_), _) => None,
            // A modem that reset itself, or was told so, may have fallen back to digits.
            (None, Some(false)) if pending.command.is_query() => None,
            (None, _) => ResultCode::from_digits(line).filter(|code| {
                // A digit may be what was asked for: then the result comes behind it.
                !(pending.command.is_query() && pending.lines.is_empty()) || *code == ResultCode::Error
            }),
        };
        if words.as_ref().is_some_and(ResultCode::is_final) {
            self.digits = Some(false);
        } else if digits.as_ref().is_some_and(ResultCode::is_final) {
            self.digits = Some(true);
        }
        match words.or(digits) {
            Some(code) if code.is_final() => {
                let streams =
                    matches!(code, ResultCode::Connect(_)) && pending.command.expect == Expect::Receive;
                let aborted = pending.aborted && !streams;
                self.finish(now, if aborted { Outcome::Aborted } else { Outcome::Result(code) });
                return streams;
            }
            Some(_) => self.events.push_back(Event::Line { bytes: line.into(), cut }),
            None if (self.is_event)(line, &pending.command) => {
                self.events.push_back(Event::Line { bytes: line.into(), cut });
            }
            None if pending.command.body.as_deref().is_some_and(|body| is_body_echo(line, body)) => {}
            None => {
                if pending.lines.len() < MAX_REPLY_LINES {
                    pending.lines.push(line.into());
                }
            }
        }
        false
    }

    /// The result that a line stands for outside a command. Digits count unless words were seen, save
    /// for the ring: a modem that reset itself may have fallen back to digits.
    fn result_of(&self, line: &[u8], any: bool) -> Option<ResultCode> {
        ResultCode::from_words(line).or_else(|| {
            ResultCode::from_digits(line)
                .filter(|code| any || self.digits != Some(false) || *code == ResultCode::Ring(None))
        })
    }

    /// The result code in a line that belongs to no command, with words and digits told apart as seen so far.
    pub fn unsolicited(&self, line: &[u8]) -> Option<ResultCode> {
        self.result_of(line, false)
    }
}

fn is_echo(line: &[u8], command: &Command) -> bool {
    // Bytes of a line before it may stick to the echo, so its end decides.
    let (line, text) = (line.trim_ascii_end(), command.text.trim_ascii_end());
    !text.is_empty()
        && line.len() >= text.len()
        && line[line.len() - text.len()..].eq_ignore_ascii_case(text)
        && line.len() <= text.len() + 64
}

fn is_body_echo(line: &[u8], body: &[u8]) -> bool {
    let line = line.strip_prefix(b"> ").unwrap_or(line).trim_ascii();
    let line = line.strip_suffix(b"\x1a").unwrap_or(line);
    !line.is_empty() && memchr::memmem::find(body, line).is_some()
}

#[cfg(test)]
mod tests;
