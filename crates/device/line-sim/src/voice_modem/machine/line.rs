//! The telephone line: rings, callers, calls in and out, and how they end.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::super::call::{CallerAct, CallerScript, Fate, GoneSign};
use super::super::caller_id::{Form, When};
use super::super::profile::Distinctive;
use super::super::record::{CallRecord, HungUpBy, SimEvent};
use super::super::settings::Framing;
use super::super::sound::{Loaded, key_tones, tones};
use super::commands::Outcome;
use super::outgoing::Progress;
use super::{CALLS_KEPT, Due, Machine, Mode};

/// How long a key is pressed, and the pause after it.
const KEY: Duration = Duration::from_millis(100);
/// How long a fax answers before it gives up: T1 of ITU-T T.30.
const FAX_PATIENCE: Duration = Duration::from_secs(35);
/// From one report of the busy tone to the next.
const BUSY_AGAIN: Duration = Duration::from_millis(1000);

/// A call on the line.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) serial: u64,
    pub(super) phase: Phase,
    script: CallerScript,
    acts: VecDeque<CallerAct>,
    /// Tones that are heard before anything else.
    pub(super) tones: VecDeque<i16>,
    /// Bytes that pass unchanged.
    pub(super) bytes: VecDeque<u8>,
    /// What is said.
    pub(super) speech: VecDeque<i16>,
    /// An act waits until all is said.
    finishing: bool,
    /// An act is under way; the next comes after it.
    acting: bool,
    pub(super) fate: Option<Fate>,
    pub(super) ringbacks: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Ringing,
    Dialling,
    Connected,
    Gone,
}

impl Call {
    pub(super) fn new(serial: u64, phase: Phase, script: CallerScript) -> Self {
        Self {
            serial,
            phase,
            acts: script.then.iter().cloned().collect(),
            script,
            tones: VecDeque::new(),
            bytes: VecDeque::new(),
            speech: VecDeque::new(),
            finishing: false,
            acting: false,
            fate: None,
            ringbacks: 0,
        }
    }

    pub(super) fn rings(&self) -> bool {
        self.phase == Phase::Ringing
    }

    pub(super) fn is_connected(&self) -> bool {
        self.phase == Phase::Connected
    }

    pub(super) fn is_gone(&self) -> bool {
        self.phase == Phase::Gone
    }

    pub(super) fn speaks(&self) -> bool {
        !(self.tones.is_empty() && self.bytes.is_empty() && self.speech.is_empty())
    }

    /// The busy tone is on the line.
    pub(super) fn sounds_busy(&self) -> bool {
        self.is_gone() && matches!(self.script.gone, GoneSign::Busy | GoneSign::BusyToneOnly)
    }
}

impl Machine {
    /// A call comes in. False if the line is not free: the caller then hears the busy tone.
    pub fn call_in(&mut self, now: Instant, script: CallerScript) -> bool {
        self.handle_timeout(now);
        if self.call.is_some() || self.off_hook || self.now < self.no_calls_before {
            return false;
        }
        let number = script.id.number.clone().unwrap_or_default();
        self.begin(CallRecord { incoming: true, number, ..CallRecord::default() });
        let serial = self.serial;
        let before = script.when == When::BeforeFirstRing;
        let delay = script.delay;
        self.call = Some(Call::new(serial, Phase::Ringing, script));
        if before {
            self.after(Duration::ZERO, Some(serial), Due::CallerId);
            self.after(delay.max(Duration::from_millis(1)), Some(serial), Due::Ring(1));
        } else {
            self.ring_once(1);
        }
        true
    }

    /// Another call knocks while one is on.
    pub fn call_waits(&mut self, now: Instant, script: &CallerScript) {
        self.handle_timeout(now);
        if self.shows_callers() {
            let bytes = script.id.bytes(&self.settings.profile.caller_id, self.at.caller_id);
            if matches!(self.mode, Mode::Voice(_)) {
                let mut shielded = vec![super::DLE, b'.'];
                shielded.extend_from_slice(&bytes);
                shielded.extend_from_slice(&[super::DLE, b'X']);
                self.emit(shielded);
            } else {
                self.emit(bytes);
            }
            self.log(SimEvent::CallerShown);
        }
    }

    /// The other side hangs up, or gives up while it rings.
    pub fn caller_hangs_up(&mut self, now: Instant) {
        self.handle_timeout(now);
        self.caller_gone();
    }

    /// The line reports something else: any code of a voice modem.
    pub fn line_code(&mut self, now: Instant, code: u8) {
        self.handle_timeout(now);
        self.code(code);
    }

    pub(super) fn begin(&mut self, record: CallRecord) {
        self.serial += 1;
        if self.calls.len() == CALLS_KEPT {
            self.calls.pop_front();
        }
        self.calls.push_back(record);
    }

    pub(super) fn ring_once(&mut self, n: u32) {
        let Some(call) = &self.call else { return };
        if call.phase != Phase::Ringing {
            return;
        }
        let (serial, script, apart) = (call.serial, call.script.clone(), self.at.apart);
        if n > script.rings {
            self.caller_gone();
            return;
        }
        if let Some(record) = self.record() {
            record.rings = n;
            record.heard += u32::from(!apart);
        }
        self.log(SimEvent::Ring(n));
        let shown_with = script.when == When::WithRing(n);
        if shown_with && self.settings.profile.caller_id == Form::Framed {
            self.show_caller();
        }
        let bytes = self.ring_bytes(script.pattern);
        self.emit(bytes);
        if shown_with && self.settings.profile.caller_id != Form::Framed {
            self.show_caller();
        }
        if script.when == When::AfterRing(n) {
            self.after(script.delay, Some(serial), Due::CallerId);
        }
        if self.at.registers[0] > 0 && self.at.registers[0] <= n {
            let outcome = self.answer_call();
            self.answer("ATA", Vec::new(), outcome, None);
        }
        self.after(script.cadence, Some(serial), Due::Ring(n + 1));
    }

    fn ring_bytes(&self, pattern: Option<char>) -> Vec<u8> {
        match (pattern, self.settings.profile.distinctive) {
            (None, _) => self.result("RING"),
            (Some(p), Distinctive::Suffix) => self.framed(&format!("RING {p}")),
            (Some(p), Distinctive::OnOff) => {
                let long = match p {
                    'A' | '1' => 20,
                    'B' | '2' => 8,
                    _ => 5,
                };
                let mut out = self.framed(&format!("DRON={long}"));
                out.extend(self.framed("DROF=11"));
                out.extend(self.result("RING"));
                out
            }
        }
    }

    pub(super) fn show_caller(&mut self) {
        if !self.shows_callers() {
            return;
        }
        let Some(call) = &self.call else { return };
        if call.phase != Phase::Ringing {
            return;
        }
        let raw = matches!(call.script.id.form, Form::Raw(_));
        let mut bytes = call.script.id.bytes(&self.settings.profile.caller_id, self.at.caller_id);
        let split = call.script.split.clone();
        if bytes.is_empty() {
            return;
        }
        if !raw && (self.settings.framing != Framing::CrLf || !self.at.verbose) {
            bytes = self.other_line_ends(&bytes);
        }
        self.log(SimEvent::CallerShown);
        let at = self.now - self.start;
        if let Some(record) = self.record() {
            record.shown = Some(at);
        }
        let mut delay = Duration::ZERO;
        for (pause, piece) in split.pieces(&bytes) {
            delay += pause;
            self.emit_after(delay, piece);
        }
    }

    /// The same lines as this modem ends them.
    fn other_line_ends(&self, bytes: &[u8]) -> Vec<u8> {
        let end = self.settings.framing.bytes();
        let mut out = Vec::new();
        let mut rest = bytes;
        while let Some(place) = rest.windows(2).position(|w| w == b"\r\n") {
            let line = &rest[..place];
            if self.at.verbose || !line.is_empty() {
                out.extend_from_slice(line);
                out.extend_from_slice(end);
            }
            rest = &rest[place + 2..];
        }
        out.extend_from_slice(rest);
        out
    }

    /// Takes the line: answers a call that rings, otherwise hears the dial tone.
    pub(super) fn take_line(&mut self) {
        if self.off_hook {
            return;
        }
        self.off_hook = true;
        self.log(SimEvent::OffHook);
        if self.call.as_ref().is_some_and(|c| c.phase == Phase::Ringing) {
            self.connected();
        }
    }

    pub(super) fn connected(&mut self) {
        let at = self.now - self.start;
        if let Some(record) = self.record() {
            record.answered = Some(at);
        }
        if let Some(call) = &mut self.call {
            call.phase = Phase::Connected;
            let serial = call.serial;
            call.acting = true;
            self.after(Duration::ZERO, Some(serial), Due::Act);
        }
    }

    pub(super) fn answer_call(&mut self) -> Outcome {
        let rings = self.call.as_ref().is_some_and(|c| c.phase == Phase::Ringing);
        self.take_line();
        match self.at.class.as_str() {
            "8" => Outcome::Result(self.settings.profile.answered),
            "0" => {
                self.mode = Mode::Pending;
                self.give_up_after();
                Outcome::Later
            }
            class => {
                if rings {
                    let class = class.to_owned();
                    self.log(SimEvent::FaxAnswered(class.clone()));
                    if let Some(record) = self.record() {
                        record.fax = Some(class);
                    }
                }
                self.mode = Mode::Pending;
                let serial = self.call.as_ref().map(|c| c.serial);
                self.after(Duration::from_millis(3300), serial, Due::FaxTone);
                self.after(FAX_PATIENCE, serial, Due::FaxOver);
                Outcome::Later
            }
        }
    }

    pub(super) fn give_up_after(&mut self) {
        let serial = self.call.as_ref().map(|c| c.serial);
        let patience = Duration::from_secs(u64::from(self.at.registers[7]));
        self.after(patience, serial, Due::Progress(Progress::NoAnswer));
    }

    /// Leaves the line.
    pub(super) fn hang_up(&mut self, by: HungUpBy) {
        if !self.off_hook {
            return;
        }
        self.off_hook = false;
        self.log(SimEvent::OnHook(by));
        let at = self.now - self.start;
        if let Some(record) = self.record() {
            record.ended = Some(at);
            record.hung_up_by = Some(by);
        }
        self.call = None;
        if matches!(self.mode, Mode::Pending | Mode::Fax) {
            self.mode = Mode::Commands;
        }
    }

    pub(super) fn caller_gone(&mut self) {
        let at = self.now - self.start;
        let Some(call) = &self.call else { return };
        let (phase, serial) = (call.phase, call.serial);
        match phase {
            Phase::Gone => return,
            Phase::Ringing => {
                if let Some(record) = self.record() {
                    record.caller_gone = Some(at);
                    record.ended = Some(at);
                }
                self.call = None;
            }
            Phase::Connected | Phase::Dialling => {
                if let Some(record) = self.record() {
                    record.caller_gone = Some(at);
                }
                if let Some(call) = &mut self.call {
                    call.phase = Phase::Gone;
                    call.acts.clear();
                    call.tones.clear();
                    call.bytes.clear();
                    call.speech.clear();
                }
                self.after(Duration::from_millis(500), Some(serial), Due::Gone);
            }
        }
        self.log(SimEvent::CallerGone);
    }

    /// Shows that the other side has gone.
    pub(super) fn gone_sign(&mut self, again: bool) {
        let Some(call) = &self.call else { return };
        let (sign, serial) = (call.script.gone, call.serial);
        if matches!(self.mode, Mode::Pending | Mode::Fax) {
            if sign != GoneSign::Nothing {
                self.break_off();
            }
            return;
        }
        let code = match sign {
            GoneSign::Busy => b'b',
            GoneSign::DialTone => b'd',
            GoneSign::LoopBreak => b'l',
            GoneSign::NoCarrier if !again => {
                self.back_to_commands();
                self.late_result("NO CARRIER");
                return;
            }
            _ => return,
        };
        self.code(code);
        if sign != GoneSign::LoopBreak {
            self.after(BUSY_AGAIN, Some(serial), Due::GoneAgain);
        }
    }

    pub(super) fn add_act(&mut self, act: CallerAct) {
        let Some(call) = &mut self.call else { return };
        call.acts.push_back(act);
        if call.phase == Phase::Connected && !call.acting && !call.finishing {
            call.acting = true;
            let serial = call.serial;
            self.after(Duration::ZERO, Some(serial), Due::Act);
        }
    }

    pub(super) fn next_act(&mut self) {
        let Some(call) = &mut self.call else { return };
        call.acting = false;
        let serial = call.serial;
        if call.phase != Phase::Connected {
            return;
        }
        let Some(act) = call.acts.pop_front() else { return };
        call.acting = true;
        let mut wait = Duration::ZERO;
        match act {
            CallerAct::Wait(time) => wait = time,
            CallerAct::Press(keys) => {
                for key in keys.chars() {
                    self.after(wait, Some(serial), Due::Key(key.to_ascii_uppercase()));
                    wait += 2 * KEY;
                }
            }
            CallerAct::Say(sound) => match sound.load() {
                Ok(Loaded::Bytes(bytes)) => call.bytes.extend(bytes),
                Ok(Loaded::Samples(samples)) => call.speech.extend(samples),
                Err(e) => log::warn!("the caller stays silent: {e}"),
            },
            CallerAct::Finish => {
                if call.speaks() {
                    call.acting = false;
                    call.finishing = true;
                    return;
                }
            }
            CallerAct::HangUp => {
                self.caller_gone();
                return;
            }
        }
        self.after(wait, Some(serial), Due::Act);
    }

    /// Goes on with the caller's acts once all is said.
    pub(super) fn all_said(&mut self) {
        if let Some(call) = &mut self.call
            && call.finishing
            && !call.speaks()
        {
            call.finishing = false;
            call.acting = true;
            let serial = call.serial;
            self.after(Duration::ZERO, Some(serial), Due::Act);
        }
    }

    pub(super) fn key(&mut self, key: char) {
        let Ok(code) = u8::try_from(key) else { return };
        if self.settings.tones
            && let (Some(pair), Some(call)) = (key_tones(key), &mut self.call)
        {
            call.tones.extend(tones(&pair, 100));
        }
        if self.settings.bracketed_keys {
            self.code(b'/');
            self.code(code);
            self.code(b'~');
        } else {
            self.code(code);
        }
    }
}
