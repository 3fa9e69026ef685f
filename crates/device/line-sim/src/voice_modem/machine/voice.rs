//! Sound on the serial port: playing, recording, both; codes shielded by DLE.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::super::profile::EndOfPlay;
use super::super::record::{SimEvent, VoiceState};
use super::super::sound::{Coder, Coding, RATE, tones};
use super::commands::Outcome;
use super::{DLE, Due, ETX, Machine, Mode};

/// How often sound moves.
const STEP: Duration = Duration::from_millis(20);
/// So much of what was heard is kept.
const HEARD_KEPT: u64 = 64 * 1024 * 1024;

/// What the other side has heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) stretches: Vec<(Coding, Vec<u8>)>,
    pub(super) total: u64,
    kept: u64,
}

impl Heard {
    fn add(&mut self, coding: Coding, bytes: impl Iterator<Item = u8>) {
        if self.stretches.is_empty() {
            self.kept = 0;
        }
        if self.stretches.last().is_none_or(|(c, _)| *c != coding) {
            self.stretches.push((coding, Vec::new()));
        }
        let Some((_, stretch)) = self.stretches.last_mut() else { return };
        let before = stretch.len();
        stretch.extend(bytes);
        let more = (stretch.len() - before) as u64;
        self.total += more;
        self.kept += more;
        if self.kept > HEARD_KEPT {
            stretch.truncate(before);
            self.kept -= more;
        }
    }
}

/// Sound that flows.
#[derive(Debug)]
pub(super) struct Voice {
    plays: bool,
    records: bool,
    started: Instant,
    /// Steps of sound done since then.
    steps: u32,
    /// What remains of a sample when a step is no whole number of them.
    rest: u64,
    coding: Coding,
    rate: u32,
    coder: Coder,
    waiting: VecDeque<u8>,
    dles: usize,
    /// All is sent; it ends when all is played.
    ending: bool,
    /// Sound has come, so that its end is an underrun.
    flowing: bool,
    overrun: bool,
}

impl Voice {
    pub(super) fn state(&self) -> VoiceState {
        match (self.plays, self.records) {
            (true, true) => VoiceState::Duplex,
            (true, false) => VoiceState::Playing,
            (false, _) => VoiceState::Recording,
        }
    }

    fn bytes_a_second(&self) -> u64 {
        u64::from(self.rate) * u64::from(self.coding.bits()) / 8
    }

    /// A second of sound waits.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() as u64 >= self.bytes_a_second()
    }
}

impl Machine {
    pub(super) fn enter_voice(&mut self, state: VoiceState) {
        let coding = self.settings.profile.voice.get(self.at.format).map_or(Coding::Unsigned8, |v| v.coding);
        self.log(SimEvent::Voice(state));
        self.mode = Mode::Voice(Box::new(Voice {
            plays: state != VoiceState::Recording,
            records: state != VoiceState::Playing,
            started: self.now,
            steps: 0,
            rest: 0,
            coding,
            rate: self.at.rate.max(RATE / 2),
            coder: Coder::new(coding),
            waiting: VecDeque::new(),
            dles: 0,
            ending: false,
            flowing: false,
            overrun: false,
        }));
        self.after(STEP, None, Due::Sound);
    }

    /// Leaves voice without a word.
    pub(super) fn back_to_commands(&mut self) {
        if matches!(self.mode, Mode::Voice(_)) {
            self.log(SimEvent::VoiceEnded);
        }
        self.mode = Mode::Commands;
        self.timers.retain(|t| t.due != Due::Sound);
    }

    /// Ends voice as asked: OK, before it `DLE ETX` if the modem was sending.
    fn end_voice(&mut self) {
        let Mode::Voice(voice) = &self.mode else { return };
        if voice.records {
            self.emit(vec![DLE, ETX]);
        }
        self.back_to_commands();
        let fault = self.fault_for("<END>");
        self.answer("<END>", Vec::new(), Outcome::Ok, fault);
    }

    /// A step of sound.
    pub(super) fn sound(&mut self) {
        let stuffed = self.is_stuffed();
        let Mode::Voice(voice) = &mut self.mode else { return };
        voice.steps += 1;
        let next = voice.started + STEP * (voice.steps + 1);
        let due = u64::from(voice.rate) * u64::from(voice.coding.bits()) / 8 * 20 + voice.rest;
        let (bytes, rest) = (due / 1000, due % 1000);
        voice.rest = rest;
        let bytes = usize::try_from(bytes).unwrap_or(0);

        let mut underrun = false;
        let mut done = false;
        if voice.plays {
            let take = bytes.min(voice.waiting.len());
            let heard = voice.waiting.drain(..take);
            self.heard.add(voice.coding, heard);
            if take < bytes {
                underrun = voice.flowing && !voice.ending;
                voice.flowing = false;
                done = voice.ending;
            }
        }
        let overrun = voice.records && stuffed && !voice.overrun;
        voice.overrun = stuffed;
        if voice.records && !stuffed {
            self.hear_caller(bytes);
        }
        if underrun {
            self.code(b'u');
        }
        if overrun {
            self.code(b'o');
        }
        self.all_said();
        if done {
            self.end_voice();
        } else {
            self.at_time(next, None, Due::Sound);
        }
    }

    /// Sends so many bytes of what the other side lets us hear.
    fn hear_caller(&mut self, count: usize) {
        let busy = self.call.as_ref().is_some_and(super::Call::sounds_busy);
        let at = self.now - self.start;
        let Mode::Voice(voice) = &mut self.mode else { return };
        let mut bytes = Vec::with_capacity(count + 8);
        let mut call = self.call.as_mut();
        // Half a second on, half a second off; each piece goes on where the one before it ended.
        let into = at.as_millis() % 1000;
        let busy = if busy && into < 500 { tones(&[480.0, 620.0], 540) } else { Vec::new() };
        let mut busy = busy.into_iter().skip(usize::try_from(into * 8).unwrap_or(0));
        while bytes.len() < count {
            let sample = match &mut call {
                Some(call) => match call.tones.pop_front() {
                    Some(sample) => sample,
                    None => match call.bytes.pop_front() {
                        Some(byte) => {
                            bytes.push(byte);
                            continue;
                        }
                        None => call.speech.pop_front().or_else(|| busy.next()).unwrap_or(0),
                    },
                },
                None => 0,
            };
            voice.coder.encode(sample, &mut bytes);
        }
        let mut shielded = Vec::with_capacity(bytes.len() + 16);
        for byte in bytes {
            shielded.push(byte);
            if byte == DLE {
                shielded.push(DLE);
            }
        }
        self.emit(shielded);
    }

    /// A byte from the program while sound flows.
    pub(super) fn voice_byte(&mut self, byte: u8) {
        let three = self.settings.profile.end_of_play == EndOfPlay::ThreeDles;
        let Mode::Voice(voice) = &mut self.mode else { return };
        if !voice.plays {
            // Only codes count; some modems take any other byte as the end, but none that is named here.
            if byte == DLE {
                voice.dles += 1;
                return;
            }
            let code = voice.dles % 2 == 1;
            voice.dles = 0;
            if code && self.settings.profile.end_of_record.contains(&byte) {
                self.end_voice();
            }
            return;
        }
        if byte == DLE {
            voice.dles += 1;
            return;
        }
        let dles = std::mem::take(&mut voice.dles);
        // Two of them are one byte of sound; an odd one makes a code of the byte that follows.
        let shielded = if three && byte == ETX && dles >= 3 { dles - 3 } else { dles };
        let pairs = shielded / 2;
        for _ in 0..pairs {
            voice.waiting.push_back(DLE);
        }
        voice.flowing |= pairs > 0;
        if dles % 2 == 0 {
            voice.waiting.push_back(byte);
            voice.flowing = true;
            return;
        }
        match byte {
            ETX if three && dles < 3 => {
                log::debug!("this modem ends playing with three DLE");
            }
            ETX => voice.ending = true,
            0x1A => {
                voice.waiting.extend([DLE, DLE]);
                voice.flowing = true;
            }
            0x18 => voice.waiting.clear(),
            b'^' | b'!' if voice.records => self.end_voice(),
            0x1B => self.end_voice(),
            _ => {}
        }
    }
}
