//! Calls that we place, answering as a fax machine, and listening beside another telephone.

use std::time::{Duration, Instant};

use at_codec::ResultCode;
use at_codec::dialogue::{Command, DIAL_WITHIN, Outcome, Reply};
use call_event::{EndReason, LineCommand, LineEvent, VoiceMode};

use super::{Call, Phase, Session, Stage, Step};

impl Session {
    /// Places a call.
    pub(super) fn dial(&mut self, now: Instant, command: LineCommand) {
        let LineCommand::Dial { number, hide_own_number, call } = &command else { return };
        if self.call.is_some() {
            self.refuse(command, "the line is in use");
            return;
        }
        let prefix = match hide_own_number {
            Some(true) => &*self.set.hide_number,
            Some(false) => &*self.set.show_number,
            None => "",
        };
        let digits: String = prefix
            .chars()
            .chain(number.chars())
            .filter(|c| c.is_ascii_digit() || matches!(c, '*' | '#' | ',' | '+'))
            // A modem knows no `+`.
            .flat_map(|c| if c == '+' { vec!['0', '0'] } else { vec![c] })
            .take(60)
            .collect();
        if !digits.contains(|c: char| c.is_ascii_digit()) {
            self.refuse(command, "no digits to dial");
            return;
        }
        let id = *call;
        let number = number.clone();
        self.interrupt_setup();
        self.last_call = id;
        self.call = Some(Call::new(id, Phase::Dialling));
        self.report(LineEvent::Outgoing { call: id, number, own: None });
        if self.can_speak() {
            self.run_voice_class(now);
            self.run(now, Command::line(&format!("ATDT{digits}")).within(DIAL_WITHIN), Step::Dialled);
        } else {
            // The semicolon keeps the modem from waiting for another modem.
            self.run(now, Command::line(&format!("ATDT{digits};")).within(DIAL_WITHIN), Step::Dialled);
        }
    }

    pub(super) fn handle_dialled(&mut self, now: Instant, reply: &Reply) {
        if self.call.as_ref().map(|call| &call.phase) != Some(&Phase::Dialling) {
            return;
        }
        let reason = match &reply.outcome {
            Outcome::Result(_) if reply.is_ok() => {
                self.answered(now);
                return;
            }
            Outcome::Result(ResultCode::Busy) => EndReason::Busy,
            Outcome::Result(ResultCode::NoDialTone) => EndReason::NoDialTone,
            Outcome::Result(ResultCode::NoAnswer | ResultCode::NoCarrier) | Outcome::TimedOut => {
                EndReason::NoAnswer
            }
            Outcome::Aborted => EndReason::HungUp,
            _ => EndReason::Rejected,
        };
        self.end_call(now, reason);
    }

    /// Answers as a fax machine, in the first class that the modem has.
    pub(super) fn answer_fax(&mut self, now: Instant, at_most: Duration) {
        let command = LineCommand::AnswerFax { at_most };
        if self.stage != Stage::Ready {
            self.keep_for_later(command);
            return;
        }
        let Some(class) = self.modem.classes.fax() else {
            self.refuse(command, "this modem is no fax machine");
            return;
        };
        let Some(call) = self.call.as_mut().filter(|call| call.phase == Phase::Ringing) else {
            self.refuse(command, "nothing rings");
            return;
        };
        call.phase = Phase::Fax;
        call.ends_at = Some(now + at_most);
        call.off_hook_at = Some(now);
        self.interrupt_setup();
        self.run(now, Command::line(&format!("AT+FCLASS={}", class.value())), Step::FaxClass);
        self.run(now, Command::line("ATA").within(at_most + Duration::from_secs(5)), Step::FaxAnswered);
    }

    pub(super) fn handle_fax(&mut self, now: Instant, answered: bool, reply: &Reply) {
        let Some(call) = self.call.as_mut().filter(|call| call.phase == Phase::Fax) else { return };
        let id = call.id;
        if !answered {
            // ATA is on its way now.
            call.answered_at = Some(now);
            self.report(LineEvent::Answered { call: id });
        } else if !reply.is_ok() {
            self.end_call(now, EndReason::CallerGone);
        }
    }

    /// Listens for digits beside a telephone that was picked up on this line.
    pub(super) fn listen_in(&mut self, now: Instant, clicks: (u8, u8), at_most: Duration) {
        let command = LineCommand::ListenIn { clicks, at_most };
        if !self.can_speak() || self.stage != Stage::Ready {
            self.refuse(command, "this modem cannot listen");
            return;
        }
        if self.call.as_ref().is_some_and(|call| call.phase != Phase::Ringing) {
            self.refuse(command, "the line is in use");
            return;
        }
        let last = self.last_call;
        let known = self.call.is_some();
        let call = self.call.get_or_insert_with(|| Call::new(last, Phase::Ringing));
        call.told_end = !known;
        call.listened = true;
        call.phase = Phase::Listening { until: now + at_most };
        call.ends_at = None;
        self.interrupt_setup();
        self.reports_digits = false;
        for click in 0..clicks.0.min(9) {
            self.run(now, Command::line(if click % 2 == 0 { "ATH1" } else { "ATH0" }), Step::Any);
        }
        self.run_voice_class(now);
        self.run(now, Command::line(self.profile.answer), Step::Any);
        self.run_flow(now, VoiceMode::Record);
        self.clicks_after = clicks.1.min(9);
    }

    pub(super) fn end_listening(&mut self, now: Instant) {
        let Some(call) = &mut self.call else { return };
        if !matches!(call.phase, Phase::Listening { .. }) {
            return;
        }
        call.phase = Phase::Ending { reason: EndReason::AnsweredElsewhere, tries: 0 };
        self.steps.clear();
        self.dialogue.drop_waiting();
        self.run_stop(now, VoiceMode::Record);
        // Each change of the hook is one click; the last leaves us on-hook.
        for click in 0..std::mem::take(&mut self.clicks_after).saturating_sub(1) {
            self.run(now, Command::line(if click % 2 == 0 { "ATH0" } else { "ATH1" }), Step::Any);
        }
        self.go_on_hook(now, true);
    }
}
