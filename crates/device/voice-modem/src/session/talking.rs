//! An answered call: sound both ways, digits, tones.

use std::sync::Arc;
use std::time::{Duration, Instant};

use at_codec::dialogue::{Command, Expect, Outcome, Reply};
use at_codec::voice::{PURGE_TRANSMIT, VoiceEvent};
use call_event::{EndReason, LineCommand, LineEvent, LineTone, Sound, VoiceMode};

use super::{Output, Phase, Recording, Session, Stage, Step};
use crate::sound::{Coder, Heard, Listener};
use crate::tone;

/// Longest report inside a voice stream; what is longer was sound.
const MAX_REPORT: usize = 400;
/// A modem that sends sound and has sent none for so long sends none any more.
const SOUND_WITHIN: Duration = Duration::from_secs(3);
/// How long a digit sounds, and the pause behind it.
const DIGIT: Duration = Duration::from_millis(100);

impl Session {
    /// Answers the ringing call to speak or listen.
    pub(super) fn answer(&mut self, now: Instant) {
        if self.stage != Stage::Ready {
            self.keep_for_later(LineCommand::Answer);
            return;
        }
        if !self.can_speak() {
            self.refuse(LineCommand::Answer, "this modem cannot speak; it can only hang up");
            return;
        }
        let Some(call) = self.call.as_mut().filter(|call| call.phase == Phase::Ringing) else {
            self.refuse(LineCommand::Answer, "nothing rings");
            return;
        };
        call.phase = Phase::Answering;
        call.ends_at = Some(now + Duration::from_secs(30));
        call.off_hook_at = Some(now);
        self.interrupt_setup();
        self.run_voice_class(now);
        self.run(now, Command::line(self.profile.answer), Step::Answer);
    }

    /// Voice class and form of sound.
    pub(super) fn run_voice_class(&mut self, now: Instant) {
        self.run(now, Command::line("AT+FCLASS=8"), Step::Any);
        if let Some(form) = &self.modem.form {
            let command = Command::line(&format!("AT+VSM={},8000", form.id));
            self.run(now, command, Step::Any);
        }
    }

    pub(super) fn handle_answer(&mut self, now: Instant, reply: &Reply) {
        let Some(call) = self.call.as_mut().filter(|call| call.phase == Phase::Answering) else { return };
        if reply.is_ok() {
            self.answered(now);
        } else if matches!(reply.outcome, Outcome::Result(_)) && !call.insisted {
            // Some modems go off-hook for voice by ATA only.
            call.insisted = true;
            self.run(now, Command::line("ATA"), Step::Answer);
        } else {
            self.refuse(LineCommand::Answer, "the modem did not go off-hook");
            self.end_call(now, EndReason::HungUp);
        }
    }

    /// We are off-hook, or the called side answered.
    pub(super) fn answered(&mut self, now: Instant) {
        let longest = self.set.longest_call;
        let Some(call) = &mut self.call else { return };
        call.phase = Phase::OffHook;
        call.answered_at = Some(now);
        call.ends_at = Some(now + longest);
        let id = call.id;
        self.reports_digits = false;
        self.report(LineEvent::Answered { call: id });
        self.do_later(now);
    }

    /// Does what was asked while it could not be done yet.
    pub(super) fn do_later(&mut self, now: Instant) {
        let commands = std::mem::take(&mut self.later);
        for command in commands {
            self.handle_command(now, command);
        }
    }

    /// Commands that need an answered call.
    pub(super) fn talk(&mut self, now: Instant, command: LineCommand) {
        let Some(phase) = self.call.as_ref().map(|call| call.phase.clone()) else {
            self.refuse(command, "there is no call");
            return;
        };
        match (phase, command) {
            (Phase::Answering | Phase::Dialling | Phase::Voice { flows: false, .. }, command) => {
                self.keep_for_later(command);
            }
            (Phase::OffHook, LineCommand::Play(sound)) => {
                let at_most = self.set.longest_call;
                self.later.push_front(LineCommand::Play(sound));
                self.start(now, LineCommand::Voice { mode: VoiceMode::Transmit, record_to: None, at_most });
            }
            (Phase::OffHook, command @ LineCommand::Voice { .. }) => self.start(now, command),
            (Phase::OffHook, LineCommand::SendDigits(digits)) => self.dial_digits(now, &digits),
            (Phase::OffHook, LineCommand::Beep { hertz, lasts }) => {
                let tens = lasts.as_millis() / 10;
                self.run(now, Command::line(&format!("AT+VTS=[{hertz},,{tens}]")), Step::Any);
            }
            (Phase::OffHook, LineCommand::StopVoice | LineCommand::StopPlaying) => {}
            (Phase::Voice { mode, .. }, LineCommand::StopVoice) => self.stop(now, mode),
            (Phase::Voice { mode, .. }, command @ LineCommand::Voice { .. }) => {
                self.later.push_front(command);
                self.stop(now, mode);
            }
            (Phase::Voice { mode: VoiceMode::Record, .. }, LineCommand::StopPlaying) => {}
            (Phase::Voice { mode: VoiceMode::Record, .. }, command) => {
                self.refuse(command, "nothing can be sent while only recording; duplex does both");
            }
            (Phase::Voice { .. }, LineCommand::Play(sound)) => self.play(now, sound),
            (Phase::Voice { .. }, LineCommand::StopPlaying) => {
                self.transmitter.clear();
                self.dialogue.send(PURGE_TRANSMIT.to_vec());
            }
            (Phase::Voice { .. }, LineCommand::SendDigits(digits)) => {
                let sound = tone::digits(&digits, DIGIT, DIGIT);
                self.play(now, Sound::Samples(sound.into()));
            }
            (Phase::Voice { .. }, LineCommand::Beep { hertz, lasts }) => {
                let sound = tone::beep(hertz, lasts);
                self.play(now, Sound::Samples(sound.into()));
            }
            (_, command) => self.refuse(command, "it needs an answered call"),
        }
    }

    fn play(&mut self, now: Instant, sound: Sound) {
        // The driver has read files before they come here.
        let Sound::Samples(samples) = sound else {
            self.refuse(LineCommand::Play(sound), "the file was not read");
            return;
        };
        if !self.transmitter.play(Arc::clone(&samples)) {
            self.refuse(LineCommand::Play(Sound::Samples(samples)), "too many sounds wait");
            return;
        }
        self.send_sound(now);
    }

    /// Digits outside a voice stream, by the modem's own generator.
    fn dial_digits(&mut self, now: Instant, digits: &str) {
        for digit in digits.chars().filter(|c| c.is_ascii_digit() || "ABCD*#,".contains(*c)).take(64) {
            let command = match digit {
                ',' => Command::line("AT+VTS=[,,100]"),
                digit => Command::line(&format!("AT+VTS={digit}")),
            };
            self.run(now, command, Step::Any);
        }
    }

    /// Lets sound flow.
    pub(super) fn start(&mut self, now: Instant, command: LineCommand) {
        let LineCommand::Voice { mode, at_most, .. } = &command else { return };
        let (mode, longest) = (*mode, self.set.longest_call.min(*at_most));
        if let Some(call) = &mut self.call {
            call.phase = Phase::Voice { mode, flows: false };
            call.ends_at = Some(now + longest);
        }
        self.asked = Some(command);
        self.run_flow(now, mode);
    }

    pub(super) fn run_flow(&mut self, now: Instant, mode: VoiceMode) {
        let (text, expect) = match mode {
            VoiceMode::Record => ("AT+VRX", Expect::Receive),
            VoiceMode::Transmit => ("AT+VTX", Expect::Transmit),
            VoiceMode::Duplex => ("AT+VTR", Expect::Receive),
        };
        self.run(now, Command::line(text).expecting(expect), Step::Flow(mode));
    }

    pub(super) fn handle_flow(&mut self, now: Instant, mode: VoiceMode, reply: &Reply) {
        let asked = self.asked.take();
        let Some(call) = &mut self.call else { return };
        if matches!(call.phase, Phase::Listening { .. }) {
            let id = call.id;
            if reply.is_ok() {
                self.report(LineEvent::Listening { call: id, on: true });
            } else {
                self.end_listening(now);
            }
            return;
        }
        if !matches!(call.phase, Phase::Voice { flows: false, .. }) {
            return;
        }
        if reply.outcome == Outcome::TimedOut {
            // Perhaps only the reply was lost, and sound flows: end it before anything else is tried.
            if let Some(command) = asked {
                self.refuse(command, "the modem did not say whether sound flows");
            }
            self.run_stop(now, mode);
            return;
        }
        if !reply.is_ok() {
            call.phase = Phase::OffHook;
            if let Some(command) = asked {
                self.refuse(command, "the modem does not let sound flow that way");
            }
            // What waits for the sound cannot be done either, but must be answered.
            for command in std::mem::take(&mut self.later) {
                match command {
                    LineCommand::Play(_) => {
                        self.refuse(command, "the modem does not let sound flow that way");
                    }
                    other => self.handle_command(now, other),
                }
            }
            return;
        }
        call.phase = Phase::Voice { mode, flows: true };
        call.sound_by = (mode != VoiceMode::Transmit).then_some(now + SOUND_WITHIN);
        let id = call.id;
        if let Some(form) = &self.modem.form {
            self.coder = Coder::new(form.encoding);
        }
        self.listener = Listener::new(self.set.country.map_or("ITU", |country| country.code));
        self.transmitter.clear();
        if let Some(LineCommand::Voice { record_to: Some(file), .. }) = asked {
            self.recording = true;
            self.out.push_back(Output::Record(Recording::Begin(id, file)));
        }
        self.do_later(now);
    }

    fn stop(&mut self, now: Instant, mode: VoiceMode) {
        if let Some(call) = &mut self.call {
            call.phase = Phase::Voice { mode, flows: false };
        }
        self.run_stop(now, mode);
    }

    /// Sends the code that ends the flow.
    pub(super) fn run_stop(&mut self, now: Instant, mode: VoiceMode) {
        let code = match mode {
            VoiceMode::Record => self.profile.end_receive,
            VoiceMode::Transmit => self.profile.end_transmit,
            VoiceMode::Duplex => self.profile.end_duplex,
        };
        if !self.transmitter.is_quiet() {
            self.dialogue.send(PURGE_TRANSMIT.to_vec());
        }
        self.transmitter.clear();
        self.run(now, Command::code(code), Step::Stopped);
    }

    pub(super) fn handle_stopped(&mut self, now: Instant, _: &Reply) {
        // Without a reply the stream is left all the same: the next command shows whether the modem lives.
        self.dialogue.leave_stream();
        if let Some(call) = &mut self.call
            && matches!(call.phase, Phase::Voice { .. })
        {
            call.phase = Phase::OffHook;
            self.end_recording();
            self.do_later(now);
        }
    }

    pub(super) fn end_recording(&mut self) {
        if std::mem::take(&mut self.recording) {
            self.out.push_back(Output::Record(Recording::End));
        }
    }

    /// Sends the sound that is due.
    pub(super) fn send_sound(&mut self, now: Instant) {
        let Some(call) = &self.call else { return };
        let id = call.id;
        let mut bytes = Vec::new();
        let played = self.transmitter.due(now, self.port_queue, &mut self.coder, &mut bytes);
        if !bytes.is_empty() {
            self.dialogue.send(bytes);
        }
        if played {
            self.report(LineEvent::Played { call: id });
        }
    }

    pub(super) fn handle_audio(&mut self, now: Instant, bytes: Vec<u8>) {
        let bytes = match &mut self.report {
            None => bytes,
            Some(report) => {
                report.extend_from_slice(&bytes);
                if report.len() <= MAX_REPORT {
                    return;
                }
                // Too long for a report: it was sound.
                self.report.take().unwrap_or_default()
            }
        };
        if let Some(call) = &mut self.call
            && call.sound_by.is_some()
        {
            call.sound_by = Some(now + SOUND_WITHIN);
        }
        let mut samples = Vec::with_capacity(bytes.len());
        self.coder.decode(&bytes, &mut samples);
        if self.set.listen {
            let mut heard = Vec::new();
            self.listener.listen(&samples, |what| heard.push(what));
            for what in heard {
                self.handle_heard(now, what);
            }
        }
        if self.recording {
            self.out.push_back(Output::Record(Recording::Samples(samples)));
        }
    }

    fn handle_heard(&mut self, now: Instant, heard: Heard) {
        let Some(call) = &self.call else { return };
        let id = call.id;
        let speaking = matches!(call.phase, Phase::Voice { .. });
        match heard {
            Heard::Silence(lasted) if speaking => {
                self.report(LineEvent::Silence { call: id, lasted });
                if self.set.hang_up_after_silence.is_some_and(|limit| lasted >= limit) {
                    self.end_call(now, EndReason::CallerGone);
                }
            }
            Heard::Voice if speaking => self.report(LineEvent::Voice { call: id }),
            Heard::Digit(digit) if !self.reports_digits => self.report(LineEvent::Digit { call: id, digit }),
            Heard::Tone(tone) => self.report(LineEvent::Tone { call: id, tone }),
            Heard::Gone => self.gone_by_tone(now, LineTone::Busy),
            _ => {}
        }
    }

    /// A tone that the modem reports, which has listened long enough to be sure.
    fn handle_tone(&mut self, now: Instant, tone: LineTone) {
        let Some(call) = &self.call else { return };
        let id = call.id;
        self.report(LineEvent::Tone { call: id, tone });
        self.gone_by_tone(now, tone);
    }

    fn gone_by_tone(&mut self, now: Instant, tone: LineTone) {
        let Some(phase) = self.call.as_ref().map(|call| call.phase.clone()) else { return };
        if matches!(tone, LineTone::Busy | LineTone::Dial) {
            match phase {
                Phase::Voice { .. } | Phase::OffHook => self.end_call(now, EndReason::CallerGone),
                Phase::Dialling if tone == LineTone::Busy => self.end_call(now, EndReason::Busy),
                Phase::Listening { .. } => self.end_listening(now),
                _ => {}
            }
        }
    }

    /// An event of the voice line, inside or outside a stream.
    pub(super) fn handle_voice_event(&mut self, now: Instant, event: VoiceEvent) {
        let Some(call) = &self.call else { return };
        let (id, phase) = (call.id, call.phase.clone());
        if let Some(digit) = self.digits.press(event) {
            self.reports_digits = true;
            self.report(LineEvent::Digit { call: id, digit });
            return;
        }
        let speaking = matches!(phase, Phase::Voice { .. } | Phase::OffHook);
        match event {
            VoiceEvent::CallerIdStart | VoiceEvent::CallerIdEnd if speaking => self.toggle_report(now),
            VoiceEvent::End => match phase {
                // The modem ended the stream by itself: the caller is gone.
                Phase::Voice { flows: true, mode } if mode != VoiceMode::Transmit => {
                    self.end_call(now, EndReason::CallerGone);
                }
                Phase::Listening { .. } if self.steps.is_empty() => self.end_listening(now),
                _ => {}
            },
            VoiceEvent::Busy => self.handle_tone(now, LineTone::Busy),
            VoiceEvent::DialTone => self.handle_tone(now, LineTone::Dial),
            VoiceEvent::Ringback => self.handle_tone(now, LineTone::Ringback),
            VoiceEvent::Sit => self.handle_tone(now, LineTone::Sit),
            VoiceEvent::FaxCalling => self.handle_tone(now, LineTone::FaxCalling),
            VoiceEvent::AnswerTone | VoiceEvent::DataAnswer => self.handle_tone(now, LineTone::FaxAnswer),
            VoiceEvent::DataCalling => self.handle_tone(now, LineTone::DataCalling),
            VoiceEvent::PresumedHangUp | VoiceEvent::LoopBreak if speaking => {
                self.end_call(now, EndReason::CallerGone);
            }
            VoiceEvent::Quiet if speaking => {
                self.report(LineEvent::Silence { call: id, lasted: Duration::ZERO });
            }
            VoiceEvent::Voice if speaking => self.report(LineEvent::Voice { call: id }),
            VoiceEvent::HandsetUp | VoiceEvent::Extension { up: true } => {
                self.report(LineEvent::PickedUp { call: id, extension: None });
            }
            VoiceEvent::Overrun => log::debug!("{}: the modem lost sound", self.set.line),
            _ => {}
        }
    }

    /// Between two marks inside a stream stands text, such as the caller ID of a waiting call.
    fn toggle_report(&mut self, now: Instant) {
        match self.report.take() {
            None => self.report = Some(Vec::new()),
            Some(report) => {
                for line in report.split(|b| matches!(b, b'\r' | b'\n')).filter(|line| !line.is_empty()) {
                    self.knocking.handle_line(now, line, false);
                }
            }
        }
    }
}
