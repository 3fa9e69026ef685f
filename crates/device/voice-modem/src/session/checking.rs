//! Looking over a modem while it guards the line: one question, and what is known from setting it up.

use std::path::Path;
use std::time::Instant;

use at_codec::dialogue::{Command, Outcome, Reply};
use call_event::{LineCommand, LineEvent};

use super::{Session, Stage, Step};
use crate::Findings;
use crate::check_up::{self, CheckUp};

impl Session {
    /// What was found out about the modem.
    pub(crate) fn findings(&self) -> Findings {
        Findings {
            info: self.info(),
            words: self.modem.words.clone(),
            profile: self.profile,
            caller_id: self.modem.caller_id,
            sound_forms: self.modem.forms.clone(),
            sound_form: self.modem.form.clone(),
            fax: self.modem.classes.fax(),
        }
    }

    /// Asks the modem. A call goes before: while one is on, nothing is asked, and one that comes now waits no
    /// longer than for any other short command.
    pub(super) fn check_up(&mut self, now: Instant) {
        if self.call.is_some() {
            self.refuse(LineCommand::CheckUp, "a call is on; ask again when it is over");
        } else if self.stage != Stage::Ready || !self.steps.is_empty() {
            // It is just being set up, or asked whether it lives.
            self.keep_for_later(LineCommand::CheckUp);
        } else {
            self.run(now, Command::line(check_up::QUESTION), Step::CheckedUp(now));
        }
    }

    /// Asks now if that was wanted while the modem was busy.
    pub(super) fn check_up_at_last(&mut self, now: Instant) {
        let wanted = self.later.len();
        self.later.retain(|command| *command != LineCommand::CheckUp);
        if self.later.len() < wanted {
            self.check_up(now);
        }
    }

    pub(super) fn handle_checked_up(&mut self, now: Instant, since: Instant, reply: &Reply) {
        if reply.outcome == Outcome::TimedOut {
            self.refuse(
                LineCommand::CheckUp,
                "the modem does not answer; if it stays so it is opened anew, else pull its plug and put it back",
            );
            // It is asked once more, and given up if it stays silent.
            self.probe_at = Some(now);
            return;
        }
        let port = self.set.port.as_deref().unwrap_or_else(|| Path::new("the first modem found"));
        let said: Vec<u8> = reply.lines.iter().flat_map(|line| [line.as_ref(), b"\n"].concat()).collect();
        let checked = CheckUp::new(port, &self.findings(), self.set.country, &said);
        let mut lines = checked.lines();
        lines.insert(0, format!("answers    within {} ms", now.saturating_duration_since(since).as_millis()));
        let lines: Vec<Box<str>> = lines.into_iter().map(String::into_boxed_str).collect();
        self.report(LineEvent::CheckedUp(lines.into()));
    }
}
