//! Calls that the modem places, and answering as a fax.

use std::time::Duration;

use super::super::call::{CallerScript, FarEnd, Fate};
use super::super::record::{CallRecord, HungUpBy, SimEvent};
use super::super::sound::tones;
use super::commands::Outcome;
use super::line::{Call, Phase};
use super::{Due, Machine, Mode};

/// From one ringback tone to the next.
const RINGBACK: Duration = Duration::from_secs(6);

/// Steps of a call that we place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Answered,
    Busy,
    NoAnswer,
    NoDialTone,
    NoSuchNumber,
}

impl Machine {
    /// The answering tone of a fax is over; a class 1 modem now talks V.21.
    pub(super) fn fax_tone(&mut self) {
        if matches!(self.mode, Mode::Pending) && self.at.class.starts_with('1') {
            self.mode = Mode::Fax;
            self.late_result("CONNECT");
        }
    }

    /// Ends what any byte ends: NO CARRIER, and the line is left.
    pub(super) fn break_off(&mut self) {
        if matches!(self.mode, Mode::Pending | Mode::Fax) {
            self.mode = Mode::Commands;
            self.hang_up(HungUpBy::Modem);
            self.late_result("NO CARRIER");
        }
    }

    pub(super) fn fax_byte(&mut self, byte: u8) {
        // Frames end with DLE ETX; what is in them nobody reads here.
        if byte == super::ETX {
            self.mode = Mode::Commands;
            self.late_result("OK");
        }
    }

    /// Places a call.
    pub(super) fn dial(&mut self, digits: &str, then_commands: bool) -> Outcome {
        if self.call.is_some() {
            return Outcome::Result("NO DIALTONE");
        }
        self.take_line();
        let number: String =
            digits.chars().filter(|c| c.is_ascii_digit() || matches!(c, '*' | '#' | '+')).collect();
        let pauses = digits.chars().filter(|c| *c == ',').count();
        self.log(SimEvent::Dialled(number.clone()));
        let far = self
            .settings
            .numbers
            .iter()
            .filter(|(n, _)| !n.is_empty() && number.ends_with(n.as_str()))
            .max_by_key(|(n, _)| n.len())
            .map_or(&self.settings.far_end, |(_, far)| far)
            .clone();
        self.begin(CallRecord { number, ..CallRecord::default() });
        let serial = self.serial;
        let FarEnd { fate, setup, then, gone } = far;
        let script = CallerScript { then, gone, ..CallerScript::nobody() };
        let mut call = Call::new(serial, Phase::Dialling, script);
        call.fate = Some(fate);
        self.call = Some(call);
        let pause = Duration::from_secs(u64::from(self.at.registers[8])) * u32::try_from(pauses).unwrap_or(0);
        let setup = setup + pause;
        match fate {
            Fate::Answers(_) | Fate::NoAnswer => {
                self.after(setup, Some(serial), Due::Ringback);
                if fate == Fate::NoAnswer && !then_commands {
                    self.give_up_after();
                }
            }
            Fate::Busy => {
                self.after(setup + Duration::from_secs(2), Some(serial), Due::Progress(Progress::Busy));
            }
            Fate::NoDialTone => {
                let patience = Duration::from_secs(u64::from(self.at.registers[6]));
                self.after(patience, Some(serial), Due::Progress(Progress::NoDialTone));
            }
            Fate::NoSuchNumber => {
                let due = Due::Progress(Progress::NoSuchNumber);
                self.after(setup + Duration::from_secs(2), Some(serial), due);
            }
        }
        if then_commands {
            Outcome::After(setup)
        } else {
            self.mode = Mode::Pending;
            Outcome::Later
        }
    }

    pub(super) fn ringback(&mut self) {
        let Some(call) = &mut self.call else { return };
        if call.phase != Phase::Dialling {
            return;
        }
        call.ringbacks += 1;
        let (n, serial, fate) = (call.ringbacks, call.serial, call.fate);
        call.tones.extend(tones(&[440.0, 480.0], 2000));
        if let Some(record) = self.record() {
            record.rings = n;
        }
        self.log(SimEvent::Ring(n));
        self.code(b'r');
        match fate {
            Some(Fate::Answers(rings)) if n >= rings => {
                self.after(RINGBACK / 2, Some(serial), Due::Progress(Progress::Answered));
            }
            _ => self.after(RINGBACK, Some(serial), Due::Ringback),
        }
    }

    pub(super) fn progress(&mut self, progress: Progress) {
        let pending = matches!(self.mode, Mode::Pending);
        let (code, result) = match progress {
            Progress::Answered => {
                if let Some(call) = &mut self.call {
                    call.tones.clear();
                }
                self.connected();
                self.log(SimEvent::FarEndAnswered);
                if pending {
                    self.mode = Mode::Commands;
                    let result = if self.at.class == "8" { self.settings.profile.answered } else { "OK" };
                    self.late_answer(result);
                }
                return;
            }
            Progress::Busy => (b'b', "BUSY"),
            Progress::NoAnswer if self.call.as_ref().is_some_and(Call::is_connected) => (b's', "NO CARRIER"),
            Progress::NoAnswer => (b's', "NO ANSWER"),
            Progress::NoDialTone => (b's', "NO DIALTONE"),
            Progress::NoSuchNumber => (b'J', "NO CARRIER"),
        };
        if pending {
            self.mode = Mode::Commands;
            self.hang_up(HungUpBy::Modem);
            self.late_answer(result);
        } else {
            self.code(code);
            self.caller_gone();
        }
    }

    /// The result of a dialled call, with what goes wrong with it.
    fn late_answer(&mut self, result: &str) {
        let fault = self.fault_for("<DIALLED>");
        let bytes = self.result(result);
        self.log(SimEvent::Sent(bytes.clone()));
        self.reply(bytes, fault);
    }
}
