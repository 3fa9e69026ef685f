//! The stick as a state machine: what to send, what happened, when to be asked again. No port, no thread, no
//! clock.

mod calls;
mod inbox;
mod network;
mod outbox;
mod setup;
mod shown;
mod ussd;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use at_codec::gsm::{Ask, AskId, Final, Heard, Outcome, Report, Talk, TalkOutput};

use self::calls::Calls;
use self::inbox::{Inbox, Place, Slot};
use self::outbox::Outbox;
use self::setup::Step;
use crate::profile::{GsmProfile, PROFILES};
use crate::{GsmCommand, GsmEvent, GsmInfo, LegEnd, Registration, Settings};

/// A stick that leaves so many commands in a row without a reply hangs.
const HANGS_AFTER: u32 = 2;
/// A pause in dialled digits.
const DIGIT_PAUSE: Duration = Duration::from_secs(1);

/// One of the stick's ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// For commands, and for most sticks for events too.
    Control,
    /// For events alone.
    Events,
}

/// What the machine wants.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "what is not sent or told is lost"]
pub enum MachineOutput {
    /// Send these bytes to the port for commands.
    Transmit(Vec<u8>),
    /// Tell this.
    Event(GsmEvent),
    /// A PIN is about to be tried; note it before anything more is sent.
    PinTried,
    /// The PIN was right; the note can go.
    PinRight,
    /// The stick cannot be used: close the port, and try again later.
    Lost(Box<str>),
    /// Nothing more now; call [`Machine::handle_timeout`] then, if any.
    Timeout(Option<Instant>),
}

/// What a command was sent for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Job {
    Setup(Step),
    /// Nobody cares for the reply.
    Quiet,
    /// Is anybody there?
    Probe,
    Signal,
    Network,
    Operator,
    ListCalls,
    HoldThenDial {
        tag: u32,
        dial: String,
    },
    Dial {
        tag: u32,
    },
    /// A command of the user; a failure is told.
    Asked(GsmCommand),
    EndAll,
    SendPart,
    SelectStore(Box<str>),
    ReadSms(Place),
    DeleteSms(Slot),
    ListSms,
    Usage,
    Ussd(Box<str>),
    Raw(Box<str>),
}

/// One stick, from the opening of its port to its loss.
#[derive(Debug)]
pub struct Machine {
    settings: Settings,
    talk: Talk,
    /// The port for events, if it is another one.
    side: Talk,
    jobs: BTreeMap<AskId, Job>,
    steps: VecDeque<Step>,
    up: bool,
    lost: bool,
    may_try_pin: bool,
    info: GsmInfo,
    profile: &'static GsmProfile,
    calls: Calls,
    inbox: Inbox,
    outbox: Outbox,
    signal: Option<Option<i16>>,
    registration: Option<Registration>,
    ussd_packed: bool,
    digits: VecDeque<char>,
    digits_at: Option<Instant>,
    next_poll: Option<Instant>,
    setup_again: Option<(Instant, Step)>,
    silent: u32,
    show_lines: bool,
    /// What has come of a line that is to be shown and has not ended.
    half_line: Vec<u8>,
    out: VecDeque<MachineOutput>,
}

impl Machine {
    /// A stick whose port was opened just now. `may_try_pin` is false if its PIN was tried before and not found
    /// right.
    pub fn new(now: Instant, settings: Settings, may_try_pin: bool) -> Self {
        let mut machine = Self {
            calls: Calls::default(),
            inbox: Inbox::new(settings.sms_parts_wait),
            outbox: Outbox::default(),
            talk: Talk::new(),
            side: Talk::new(),
            jobs: BTreeMap::new(),
            steps: VecDeque::new(),
            up: false,
            lost: false,
            may_try_pin,
            info: GsmInfo::default(),
            profile: &PROFILES[PROFILES.len() - 1],
            signal: None,
            registration: None,
            ussd_packed: false,
            digits: VecDeque::new(),
            digits_at: None,
            next_poll: None,
            setup_again: None,
            silent: 0,
            show_lines: settings.show_lines,
            half_line: Vec::new(),
            out: VecDeque::new(),
            settings,
        };
        machine.begin_setup(now);
        machine
    }

    /// Goes on from where another one was when its stick was lost: no id is given twice, and reports of messages
    /// sent before still find them.
    pub fn follow(&mut self, before: &mut Self) {
        self.calls.follow(&before.calls);
        self.inbox.follow(&before.inbox);
        self.outbox.follow(&mut before.outbox);
    }

    // --- what is known ---

    /// Whether lines are shown.
    pub fn shows_lines(&self) -> bool {
        self.show_lines
    }

    /// True once the stick is set up.
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// What the stick is and can do, as far as known.
    pub fn info(&self) -> &GsmInfo {
        &self.info
    }

    /// True if there is no call and nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty() && self.talk.is_idle() && self.outbox.is_empty()
    }

    // --- what comes in ---

    /// Takes what the stick sent.
    pub fn handle_bytes(&mut self, now: Instant, port: Port, bytes: &[u8]) {
        if self.show_lines {
            self.show(false, bytes);
        }
        match port {
            Port::Control => self.talk.handle_bytes(now, bytes),
            Port::Events => self.side.handle_bytes(now, bytes),
        }
        self.work(now);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.lost {
            return;
        }
        self.talk.handle_timeout(now);
        self.side.handle_timeout(now);
        if let Some((_, step)) = self.setup_again.take_if(|(at, _)| *at <= now) {
            self.ask_step(now, step);
        }
        self.work(now);
        if !self.up {
            return;
        }
        if self.next_poll.is_some_and(|at| at <= now) {
            self.next_poll = Some(now + self.settings.poll);
            self.ask(now, Ask::new("AT+CSQ"), Job::Signal);
            self.ask(now, Ask::new("AT+CREG?"), Job::Network);
            if self.info.operator.is_none() {
                self.ask(now, Ask::new("AT+COPS?"), Job::Operator);
            }
        }
        if self.digits_at.is_some_and(|at| at <= now) {
            self.digits_at = None;
            self.send_digit(now);
        }
        self.calls_due(now);
        self.inbox_due(now);
        self.outbox_due(now);
        self.work(now);
    }

    /// The stick is gone: ends every call, and what was to be sent has failed.
    pub fn handle_loss(&mut self, now: Instant) {
        self.lost = true;
        self.calls_lost(now);
        self.outbox_lost();
    }

    /// Does what the user wants.
    pub fn command(&mut self, now: Instant, command: GsmCommand) {
        if !self.up || self.lost {
            self.not_now(command);
            return;
        }
        match command {
            GsmCommand::SendSms { to, text, reference } => self.send_sms(now, &to, &text, reference),
            GsmCommand::SmsKept(id) => self.sms_kept(now, id),
            GsmCommand::Digits(digits) => {
                let legal = |c: char| matches!(c, '0'..='9' | 'A'..='D' | '*' | '#' | ',');
                if digits.chars().all(legal) && self.calls.has_active() {
                    self.digits.extend(digits.chars().take(200));
                    self.send_digit(now);
                } else {
                    let reason = "no call is active, or there is something else than 0-9 A-D * # ,";
                    self.refuse(GsmCommand::Digits(digits), reason);
                }
            }
            GsmCommand::Ussd(code) => self.send_ussd(now, code),
            GsmCommand::UssdCancel => {
                self.ask(now, Ask::new("AT+CUSD=2"), Job::Quiet);
            }
            GsmCommand::Raw(text) => {
                // A line end would begin a second command, a Ctrl-Z send a message.
                if text.chars().any(char::is_control) || !text.to_ascii_uppercase().starts_with("AT") {
                    self.refuse(
                        GsmCommand::Raw(text),
                        "a command begins with AT and holds no control characters",
                    );
                } else {
                    self.ask(now, Ask::new(text.to_string()), Job::Raw(text));
                }
            }
            GsmCommand::ShowLines(show) => self.show_lines = show,
            GsmCommand::Inform => {
                self.out.push_back(MachineOutput::Event(GsmEvent::Up(self.info.clone())));
                self.signal = None;
                self.registration = None;
                self.next_poll = Some(now);
                self.list_soon(now);
            }
            GsmCommand::ShutDown { .. } => self.end_all(now),
            call => self.call_command(now, call),
        }
        self.work(now);
    }

    /// What to do next. Call it until it says [`MachineOutput::Timeout`].
    pub fn poll_output(&mut self) -> MachineOutput {
        if let Some(out) = self.out.pop_front() {
            return out;
        }
        if self.lost {
            return MachineOutput::Timeout(None);
        }
        let talk = match self.talk.poll_output() {
            TalkOutput::Transmit(bytes) => {
                if self.show_lines {
                    self.show(true, &bytes);
                }
                return MachineOutput::Transmit(bytes);
            }
            TalkOutput::Timeout(at) => at,
            // Heard words are worked off where bytes and time come in.
            TalkOutput::Heard(_) => None,
        };
        let times = [
            talk,
            self.setup_again.as_ref().map(|(at, _)| *at),
            self.next_poll.filter(|_| self.up),
            self.digits_at,
            self.calls.deadline(),
            self.inbox.deadline(),
            self.outbox.deadline(),
        ];
        MachineOutput::Timeout(times.into_iter().flatten().min())
    }

    // --- inside ---

    fn tell(&mut self, event: GsmEvent) {
        self.out.push_back(MachineOutput::Event(event));
    }

    fn refuse(&mut self, command: GsmCommand, reason: impl Into<Box<str>>) {
        self.tell(GsmEvent::Refused { command: Box::new(command), reason: reason.into() });
    }

    /// Each command that names its own event for failure gets that one.
    fn not_now(&mut self, command: GsmCommand) {
        let reason = "the stick is not there or not ready";
        match command {
            GsmCommand::Dial { tag, .. } => {
                self.tell(GsmEvent::DialFailed { tag, reason: LegEnd::NotPlaced(reason.into()) });
            }
            GsmCommand::SendSms { reference, .. } => {
                self.tell(GsmEvent::SmsFailed { reference, reason: reason.into() });
            }
            GsmCommand::ShowLines(show) => self.show_lines = show,
            GsmCommand::ShutDown { .. } | GsmCommand::SmsKept(_) => {}
            other => self.refuse(other, reason),
        }
    }

    fn lose(&mut self, reason: impl Into<Box<str>>) {
        if !self.lost {
            self.lost = true;
            self.out.push_back(MachineOutput::Lost(reason.into()));
        }
    }

    fn ask(&mut self, now: Instant, ask: Ask, job: Job) {
        let id = self.talk.ask(now, ask);
        self.jobs.insert(id, job);
    }

    /// For calls: before lists of messages and the like.
    fn ask_first(&mut self, now: Instant, ask: Ask, job: Job) {
        let id = self.talk.ask_first(now, ask);
        self.jobs.insert(id, job);
    }

    /// Works off what was heard, until only sending is left.
    fn work(&mut self, now: Instant) {
        let mut unsent = VecDeque::new();
        while !self.lost {
            let heard = match self.side.poll_output() {
                TalkOutput::Heard(heard) => heard,
                // Nothing is ever sent on the port for events.
                TalkOutput::Transmit(_) => continue,
                TalkOutput::Timeout(_) => match self.talk.poll_output() {
                    TalkOutput::Heard(heard) => heard,
                    TalkOutput::Transmit(bytes) => {
                        unsent.push_back(bytes);
                        continue;
                    }
                    TalkOutput::Timeout(_) => break,
                },
            };
            self.hear(now, heard);
        }
        for bytes in unsent {
            if self.show_lines {
                self.show(true, &bytes);
            }
            self.out.push_back(MachineOutput::Transmit(bytes));
        }
    }

    fn hear(&mut self, now: Instant, heard: Heard) {
        match heard {
            Heard::Reply { id, lines, outcome } => {
                let Some(job) = self.jobs.remove(&id) else { return };
                self.reply(now, job, &lines, &outcome);
            }
            Heard::Report(report) => self.report(now, report),
            Heard::CallEnd(result) => self.call_ended_by_word(now, &result),
            Heard::Pdu { report, hex } => self.pdu_came(now, report, &hex),
            Heard::Other(line) => log::debug!("the stick says: {}", line.escape_debug()),
            _ => {}
        }
    }

    fn reply(&mut self, now: Instant, job: Job, lines: &[String], outcome: &Outcome) {
        if *outcome == Outcome::TimedOut {
            self.silent += 1;
            if self.up && self.silent >= HANGS_AFTER {
                self.lose("the stick does not answer any more");
                return;
            }
            if self.up {
                self.ask_first(now, Ask::new("AT"), Job::Probe);
            }
        } else {
            self.silent = 0;
        }
        match job {
            Job::Setup(step) => self.step_done(now, step, lines, outcome),
            Job::Quiet | Job::Probe => {}
            Job::Signal => {
                for line in lines {
                    if let Some(Report::Signal(signal)) = Report::read(line) {
                        self.new_signal(signal);
                    }
                }
            }
            Job::Network => {
                for line in lines {
                    if let Some(Report::Registration(line)) = Report::read(line) {
                        self.new_registration(now, line.as_reply());
                    }
                }
            }
            Job::Operator => self.new_operator(lines),
            Job::ListCalls => self.calls_listed(now, lines, outcome),
            Job::HoldThenDial { tag, dial } => self.held_to_dial(now, tag, dial, outcome),
            Job::Dial { tag } => self.dialled(now, tag, outcome),
            Job::Asked(command) => {
                if !outcome.is_ok() {
                    self.refuse(command, outcome.reason());
                }
                self.list_soon(now);
            }
            Job::EndAll => self.list_soon(now),
            Job::SendPart => self.part_sent(now, lines, outcome),
            Job::SelectStore(memory) => self.store_selected(now, memory, outcome),
            Job::ReadSms(place) => self.message_read(now, place, lines, outcome),
            Job::DeleteSms(slot) => self.message_deleted(&slot),
            Job::ListSms => self.messages_listed(now, lines, outcome),
            Job::Usage => self.usage_known(now, lines),
            Job::Ussd(code) => {
                if !outcome.is_ok() {
                    self.refuse(GsmCommand::Ussd(code), outcome.reason());
                }
            }
            Job::Raw(command) => {
                let mut lines: Vec<String> = lines.to_vec();
                lines.push(match outcome {
                    Outcome::Final(Final::Ok) => "OK".into(),
                    other => other.reason(),
                });
                self.tell(GsmEvent::Raw { command, lines });
            }
        }
    }

    fn report(&mut self, now: Instant, report: Report) {
        match report {
            Report::Signal(signal) => self.new_signal(signal),
            Report::Registration(line) if line.circuit => self.new_registration(now, line.as_event()),
            Report::SmsStored { memory, index } | Report::ReportStored { memory, index } => {
                self.message_announced(now, memory, index);
            }
            Report::StoreFull => {
                self.tell(GsmEvent::SmsStoreFull);
                self.sweep(now);
            }
            Report::Ussd(ussd) => self.ussd_came(&ussd),
            Report::Digit(digit) if self.up => {
                let leg = self.calls.only_active();
                self.tell(GsmEvent::Digit { leg, digit });
            }
            Report::CallNotice(2) => self.tell(GsmEvent::HeldByOther(true)),
            Report::CallNotice(3) => self.tell(GsmEvent::HeldByOther(false)),
            Report::Restarted if self.up => self.lose("the stick has started anew"),
            call => self.call_report(now, call),
        }
    }

    fn send_digit(&mut self, now: Instant) {
        if self.digits_at.is_some() {
            return;
        }
        while let Some(digit) = self.digits.pop_front() {
            if digit == ',' {
                self.digits_at = Some(now + DIGIT_PAUSE);
                return;
            }
            let text = match self.calls.active_index() {
                Some(index) if self.profile.digits_by_call => format!("AT^DTMF={index},{digit}"),
                Some(_) => format!("AT+VTS={digit}"),
                None => continue,
            };
            let command = GsmCommand::Digits(digit.to_string().into());
            self.ask(now, Ask::new(text), Job::Asked(command));
        }
    }
}

/// A stranger's text without control characters save the line end.
fn clean_text(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|&c| c == '\n' || !c.is_control()).collect()
}
