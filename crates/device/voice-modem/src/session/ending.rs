//! Every way out of a call ends on-hook, and with a modem that is ready for the next one.

use std::time::{Duration, Instant};

use at_codec::ResultCode;
use at_codec::dialogue::{Command, Outcome, Reply};
use call_event::{EndReason, LineEvent};

use super::{Phase, Session, Stage, Step};

/// Tries to go on-hook before the port is closed, which drops DTR.
const TRIES: u8 = 3;

impl Session {
    /// Stops whatever flows and goes on-hook.
    pub(super) fn end_call(&mut self, now: Instant, reason: EndReason) {
        let Some(call) = &mut self.call else { return };
        let before = call.phase.clone();
        if matches!(before, Phase::Ringing | Phase::Ending { .. }) {
            return;
        }
        call.phase = Phase::Ending { reason, tries: 0 };
        call.ends_at = None;
        let voice = call.insisted || !matches!(before, Phase::Rejecting { .. });
        for command in std::mem::take(&mut self.later) {
            self.refuse(command, "the call is over");
        }
        self.end_recording();
        self.report = None;
        self.steps.clear();
        match before {
            // These commands last; a key ends them.
            Phase::Dialling | Phase::Fax | Phase::Rejecting { .. } => self.dialogue.abort(now),
            _ => self.dialogue.drop_waiting(),
        }
        match before {
            Phase::Voice { mode, .. } => self.run_stop(now, mode),
            Phase::Fax => self.dialogue.send(b"\x10\x03".to_vec()),
            _ => {}
        }
        self.transmitter.clear();
        self.go_on_hook(now, voice);
    }

    pub(super) fn go_on_hook(&mut self, now: Instant, voice: bool) {
        let commands: Vec<&'static str> = self
            .profile
            .hang_up
            .iter()
            .copied()
            .filter(|command| voice || !command.starts_with("AT+V"))
            .collect();
        let last = commands.len().saturating_sub(1);
        for (at, command) in commands.into_iter().enumerate() {
            self.run(now, Command::line(command), Step::OnHook(at == last));
        }
    }

    pub(super) fn handle_on_hook(&mut self, now: Instant, last: bool, reply: &Reply) {
        if !last {
            return;
        }
        if matches!(reply.outcome, Outcome::Result(ResultCode::Ok | ResultCode::NoCarrier)) {
            self.call_is_over(now);
            return;
        }
        let Some(call) = &mut self.call else { return };
        let Phase::Ending { tries, .. } = &mut call.phase else { return };
        *tries += 1;
        if *tries >= TRIES {
            self.give_up(now, "it did not go on-hook; its port is closed to make it");
            return;
        }
        // Perhaps it still sends or plays.
        self.dialogue.leave_stream();
        self.dialogue.send(b"\x10\x03\x10!\r".to_vec());
        self.go_on_hook(now, true);
    }

    fn call_is_over(&mut self, now: Instant) {
        let Some(call) = self.call.take() else { return };
        let Phase::Ending { reason, .. } = call.phase else { return };
        for waiting in call.waiting {
            self.report_end(waiting, EndReason::NotAnswered, Duration::ZERO);
        }
        if call.listened {
            self.report(LineEvent::Listening { call: call.id, on: false });
        }
        if !call.told_end {
            let answered_for =
                call.answered_at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
            self.report_end(call.id, reason, answered_for);
        }
        self.collector.reset();
        self.knocking.reset();
        self.digits = at_codec::voice::Digits::default();
        if self.shutting_down {
            self.finish(now);
        } else {
            self.set_up_again(now);
        }
    }

    /// Asked to stop, and the line is on-hook.
    pub(super) fn finish(&mut self, _: Instant) {
        self.dialogue.forget();
        self.leave_phones();
        self.steps.clear();
        self.plan.clear();
        self.stage = Stage::Finished;
    }
}
