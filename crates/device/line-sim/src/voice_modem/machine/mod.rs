//! The modem and its line as a machine that does no I/O and reads no clock.

mod commands;
mod line;
mod outgoing;
mod voice;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::call::CallerAct;
use super::record::{CallRecord, HungUpBy, LogEntry, SimEvent, Status, VoiceState};
use super::settings::{Fault, Settings};
use line::Call;
use voice::{Heard, Voice};

/// The longest command line; what is longer is an ERROR.
const LONGEST_LINE: usize = 512;
/// So many calls are remembered.
const CALLS_KEPT: usize = 256;
/// So much unsent output is kept before sound is dropped, as a modem drops it that is not read.
const OUTPUT_KEPT: usize = 256 * 1024;

pub(super) const DLE: u8 = 0x10;
pub(super) const ETX: u8 = 0x03;

/// What the machine wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Output {
    /// Send these bytes to the program on the port.
    Transmit(Vec<u8>),
    /// Something happened.
    Event(LogEntry),
    /// Nothing until then; `None`: nothing until bytes come or the line is asked for something.
    Timeout(Option<Instant>),
}

/// The modem and its line.
#[derive(Debug)]
pub struct Machine {
    settings: Settings,
    start: Instant,
    now: Instant,
    chance: fastrand::Rng,
    at: AtState,
    line: Vec<u8>,
    last_line: String,
    mode: Mode,
    off_hook: bool,
    call: Option<Call>,
    calls: VecDeque<CallRecord>,
    serial: u64,
    timers: Vec<Timer>,
    timer_count: u64,
    out: VecDeque<(Instant, Vec<u8>)>,
    out_bytes: usize,
    events: VecDeque<LogEntry>,
    heard: Heard,
    commands: u64,
    deaf: bool,
    open: bool,
    plugged_in: bool,
    no_calls_before: Instant,
    plug_wanted: Option<bool>,
}

/// What commands have set.
#[derive(Debug, Clone)]
struct AtState {
    echo: bool,
    verbose: bool,
    quiet: bool,
    registers: [u32; 128],
    class: String,
    caller_id: u8,
    country: bool,
    format: usize,
    rate: u32,
    /// The second socket is parted from the line, by `+VLS=2`.
    apart: bool,
    stored: Vec<(String, String)>,
}

/// What bytes from the program mean.
#[derive(Debug)]
enum Mode {
    /// Commands.
    Commands,
    /// A command is under way that any byte breaks off: dialling, answering as a fax or for data.
    Pending,
    /// A fax talks.
    Fax,
    /// Sound, codes, or both.
    Voice(Box<Voice>),
}

#[derive(Debug)]
struct Timer {
    at: Instant,
    order: u64,
    /// The call that it belongs to; it is dropped with it.
    call: Option<u64>,
    due: Due,
}

#[derive(Debug, Clone, PartialEq)]
enum Due {
    Ring(u32),
    CallerId,
    Act,
    Key(char),
    Gone,
    GoneAgain,
    Ringback,
    Progress(outgoing::Progress),
    FaxTone,
    FaxOver,
    Sound,
    Hear,
    PlugIn,
}

impl Machine {
    /// A modem that was switched on now.
    pub fn new(settings: Settings, now: Instant) -> Self {
        let at = AtState::fresh(&settings);
        Self {
            chance: fastrand::Rng::with_seed(settings.seed),
            settings,
            start: now,
            now,
            at,
            line: Vec::new(),
            last_line: String::new(),
            mode: Mode::Commands,
            off_hook: false,
            call: None,
            calls: VecDeque::new(),
            serial: 0,
            timers: Vec::new(),
            timer_count: 0,
            out: VecDeque::new(),
            out_bytes: 0,
            events: VecDeque::new(),
            heard: Heard::default(),
            commands: 0,
            deaf: false,
            open: false,
            plugged_in: true,
            no_calls_before: now,
            plug_wanted: None,
        }
    }

    /// How things stand.
    pub fn status(&self) -> Status {
        Status {
            at: self.now - self.start,
            off_hook: self.off_hook,
            voice: match &self.mode {
                Mode::Voice(voice) => voice.state(),
                _ => VoiceState::Quiet,
            },
            ringing: self.call.as_ref().is_some_and(Call::rings),
            phones_apart: self.at.apart,
            connected: self.call.as_ref().is_some_and(Call::is_connected),
            class: self.at.class.clone(),
            shows_callers: self.shows_callers(),
            commands: self.commands,
            caller_speaks: self.call.as_ref().is_some_and(Call::speaks),
            heard_bytes: self.heard.total,
            open: self.open,
            plugged_in: self.plugged_in,
            deaf: self.deaf,
            calls: self.calls.iter().cloned().collect(),
        }
    }

    /// What goes wrong from now on.
    pub fn set_faults(&mut self, faults: super::settings::Faults) {
        self.settings.faults = faults;
    }

    /// Whether the modem takes bytes now; with flow control it does not while a second of sound
    /// waits to be played.
    pub fn takes_bytes(&self) -> bool {
        match &self.mode {
            Mode::Voice(voice) => !self.settings.flow_control || !voice.is_full(),
            _ => true,
        }
    }

    /// Bytes from the program on the port.
    pub fn handle_bytes(&mut self, now: Instant, bytes: &[u8]) {
        self.handle_timeout(now);
        if self.deaf || !self.plugged_in {
            return;
        }
        for &byte in bytes {
            match &mut self.mode {
                Mode::Commands => self.command_byte(byte),
                Mode::Pending => self.break_off(),
                Mode::Fax => self.fax_byte(byte),
                Mode::Voice(_) => self.voice_byte(byte),
            }
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        loop {
            let due = self
                .timers
                .iter()
                .enumerate()
                .filter(|(_, t)| t.at <= now)
                .min_by_key(|(_, t)| (t.at, t.order))
                .map(|(place, _)| place);
            let Some(place) = due else { break };
            let timer = self.timers.swap_remove(place);
            if timer.call.is_some_and(|c| self.call.as_ref().is_none_or(|call| call.serial != c)) {
                continue;
            }
            self.now = self.now.max(timer.at);
            self.run(timer.due);
        }
        self.now = self.now.max(now);
    }

    /// A program has opened the port, or the last one has closed it.
    pub fn handle_open(&mut self, now: Instant, open: bool) {
        self.handle_timeout(now);
        if self.open == open {
            return;
        }
        self.open = open;
        self.log(if open { SimEvent::Opened } else { SimEvent::Closed });
        if !open {
            self.line.clear();
            if self.settings.profile.closing_hangs_up {
                self.back_to_commands();
                self.hang_up(HungUpBy::PortClosed);
                self.at.apart = false;
            }
        }
    }

    /// The plug is pulled, or put back in; the modem then starts afresh. A call that rings goes on
    /// ringing, one that was answered is over.
    pub fn handle_plug(&mut self, now: Instant, plugged_in: bool) {
        self.handle_timeout(now);
        if self.plugged_in == plugged_in {
            return;
        }
        self.plugged_in = plugged_in;
        if plugged_in {
            self.log(SimEvent::PluggedIn);
        } else {
            self.log(SimEvent::Unplugged);
            self.back_to_commands();
            self.hang_up(HungUpBy::Unplugged);
            self.at = AtState::fresh(&self.settings);
            self.line.clear();
            self.out.clear();
            self.out_bytes = 0;
            self.open = false;
            self.deaf = false;
        }
    }

    /// Whether a fault wants the plug pulled (`false`) or put back in; the driver does that and then
    /// calls [`Machine::handle_plug`].
    pub fn poll_plug(&mut self) -> Option<bool> {
        self.plug_wanted.take()
    }

    /// Pulls the plug by itself, and puts it back in after that time; `None` never.
    pub fn pull_plug(&mut self, now: Instant, back_after: Option<Duration>) {
        self.handle_timeout(now);
        self.plug_wanted = Some(false);
        if let Some(time) = back_after {
            self.after(time, None, Due::PlugIn);
        }
    }

    /// The modem neither hears nor says anything for that long; `None` for ever.
    pub fn go_deaf(&mut self, now: Instant, time: Option<Duration>) {
        self.handle_timeout(now);
        self.deaf = true;
        self.log(SimEvent::Deaf(true));
        self.timers.retain(|t| t.due != Due::Hear);
        if let Some(time) = time {
            self.after(time, None, Due::Hear);
        }
    }

    /// Ends deafness.
    pub fn hear_again(&mut self, now: Instant) {
        self.handle_timeout(now);
        self.run(Due::Hear);
    }

    /// Prints something that nobody asked for.
    pub fn print(&mut self, now: Instant, bytes: &[u8]) {
        self.handle_timeout(now);
        self.emit(bytes.to_vec());
    }

    /// What to do next. Call it until it says [`Output::Timeout`].
    pub fn poll_output(&mut self) -> Output {
        if let Some(event) = self.events.pop_front() {
            return Output::Event(event);
        }
        if self.out.front().is_some_and(|(at, _)| *at <= self.now)
            && let Some((_, bytes)) = self.out.pop_front()
        {
            self.out_bytes = self.out_bytes.saturating_sub(bytes.len());
            return Output::Transmit(bytes);
        }
        let next = self.timers.iter().map(|t| t.at).chain(self.out.front().map(|(at, _)| *at)).min();
        Output::Timeout(next)
    }

    fn run(&mut self, due: Due) {
        match due {
            Due::Ring(n) => self.ring_once(n),
            Due::CallerId => self.show_caller(),
            Due::Act => self.next_act(),
            Due::Key(key) => self.key(key),
            Due::Gone | Due::GoneAgain => self.gone_sign(due == Due::GoneAgain),
            Due::Ringback => self.ringback(),
            Due::Progress(progress) => self.progress(progress),
            Due::FaxTone => self.fax_tone(),
            Due::FaxOver => self.break_off(),
            Due::Sound => self.sound(),
            Due::Hear => {
                if self.deaf {
                    self.deaf = false;
                    self.log(SimEvent::Deaf(false));
                }
            }
            Due::PlugIn => self.plug_wanted = Some(true),
        }
    }

    fn after(&mut self, time: Duration, call: Option<u64>, due: Due) {
        self.at_time(self.now + time, call, due);
    }

    fn at_time(&mut self, at: Instant, call: Option<u64>, due: Due) {
        self.timer_count += 1;
        self.timers.push(Timer { at, order: self.timer_count, call, due });
    }

    fn log(&mut self, event: SimEvent) {
        self.events.push_back(LogEntry { at: self.now - self.start, event });
    }

    /// Sends bytes after all that is already to be sent.
    fn emit(&mut self, bytes: Vec<u8>) {
        self.emit_after(Duration::ZERO, bytes);
    }

    /// Sends bytes after all that is already to be sent, and not before that time has passed.
    fn emit_after(&mut self, time: Duration, bytes: Vec<u8>) {
        if self.deaf || !self.plugged_in || bytes.is_empty() {
            return;
        }
        let at = (self.now + time).max(self.out.back().map_or(self.now, |(at, _)| *at));
        self.out_bytes += bytes.len();
        match self.out.back_mut() {
            // One write for what belongs together, so that a burst is a burst.
            Some((last, waiting)) if *last == at && time.is_zero() => waiting.extend_from_slice(&bytes),
            _ => self.out.push_back((at, bytes)),
        }
    }

    fn is_stuffed(&self) -> bool {
        self.out_bytes > OUTPUT_KEPT
    }

    /// A text between line ends.
    fn framed(&self, text: &str) -> Vec<u8> {
        let end = self.settings.framing.bytes();
        let text = if self.settings.lower_case { text.to_ascii_lowercase() } else { text.into() };
        let mut out = if self.at.verbose { end.to_vec() } else { Vec::new() };
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(end);
        out
    }

    /// A result in words or as a number.
    fn result(&self, text: &str) -> Vec<u8> {
        if self.at.quiet {
            return Vec::new();
        }
        let number = match text {
            "OK" => "0",
            "CONNECT" => "1",
            "RING" => "2",
            "NO CARRIER" => "3",
            "ERROR" => "4",
            "NO DIALTONE" => "6",
            "BUSY" => "7",
            "NO ANSWER" => "8",
            _ => text,
        };
        if self.at.verbose { self.framed(text) } else { format!("{number}\r").into_bytes() }
    }

    /// A result that belongs to no command that was just given, or to one given a while ago.
    fn late_result(&mut self, text: &str) {
        let bytes = self.result(text);
        self.log(SimEvent::Sent(bytes.clone()));
        self.emit(bytes);
    }

    /// A code shielded by DLE, while the modem is on the line for voice.
    fn code(&mut self, code: u8) {
        // A handset on the second socket is reported on-hook too.
        let handset = matches!(code, b'h' | b'H') && self.takes_voice_commands();
        let flows = matches!(self.mode, Mode::Voice(_)) || (self.off_hook && self.takes_voice_commands());
        if self.settings.codes && (flows || handset) {
            self.log(SimEvent::Sent(vec![DLE, code]));
            self.emit(vec![DLE, code]);
        }
    }

    fn takes_voice_commands(&self) -> bool {
        self.at.class == "8" && matches!(self.mode, Mode::Commands)
    }

    fn shows_callers(&self) -> bool {
        self.at.caller_id > 0 && (self.settings.profile.country.is_none() || self.at.country)
    }

    fn record(&mut self) -> Option<&mut CallRecord> {
        self.call.is_some().then(|| self.calls.back_mut()).flatten()
    }

    /// Draws whether something of that share happens.
    fn draw(&mut self, share: f64) -> bool {
        share > 0.0 && self.chance.f64() < share
    }

    /// What goes wrong with the reply to that command line.
    fn fault_for(&mut self, line: &str) -> Option<Fault> {
        let wanted = line.replace(' ', "").to_ascii_uppercase();
        let wanted = wanted.strip_prefix("AT").unwrap_or(&wanted);
        let fits = |r: &&mut super::settings::FaultRule| r.times > 0 && wanted.starts_with(&r.command);
        if let Some(rule) = self.settings.faults.rules.iter_mut().find(fits) {
            rule.times -= 1;
            return Some(rule.fault.clone());
        }
        let faults = &self.settings.faults;
        let (lost, late, late_by, garbage) = (faults.lost, faults.late, faults.late_by, faults.garbage);
        if self.draw(lost) {
            Some(Fault::Lost)
        } else if self.draw(late) {
            Some(Fault::Late(late_by))
        } else if self.draw(garbage) {
            let count = self.chance.usize(1..40);
            Some(Fault::Garbage((0..count).map(|_| self.chance.u8(..)).collect()))
        } else {
            None
        }
    }
}

impl AtState {
    fn fresh(settings: &Settings) -> Self {
        let mut registers = [0; 128];
        for (register, value) in [(3, 13), (4, 10), (5, 8), (6, 2), (7, 50), (8, 2), (9, 6), (10, 14)] {
            registers[register] = value;
        }
        Self {
            echo: settings.echo,
            verbose: settings.verbose,
            quiet: false,
            registers,
            class: "0".into(),
            caller_id: 0,
            country: false,
            format: 0,
            rate: super::sound::RATE,
            apart: false,
            stored: Vec::new(),
        }
    }
}

impl Machine {
    /// What a caller does next; used by the driver to add acts to a call that is on.
    pub fn act(&mut self, now: Instant, act: CallerAct) {
        self.handle_timeout(now);
        self.add_act(act);
    }

    /// Takes what the other side has heard since the last time: each stretch with its coding.
    pub fn take_heard(&mut self) -> Vec<(super::sound::Coding, Vec<u8>)> {
        std::mem::take(&mut self.heard.stretches)
    }
}
