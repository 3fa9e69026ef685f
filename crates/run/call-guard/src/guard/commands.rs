//! What the guard does when it is asked to, from the socket, the web page, MQTT or a signal.

use std::time::{Duration, Instant, SystemTime};

use call_event::{
    Action, CallId, CallerName, GuardCommand, GuardNews, GuardReply, GuardStatus, IncomingCall, LineCommand,
    LineId, Listed, Reason, Stage, Verdict, counted,
};
use phone_number::{Caller, ShownNumber};

use super::Guard;
use crate::hub::millis;
use crate::learned::Learned;
use crate::sentences;
use call_screen::sentences::fill;

/// How long lines may take to end their calls when the guard stops.
const STOP_WITHIN: Duration = Duration::from_millis(1800);

/// Whoever asks so soon after a message hears of it, though it may not be in the log yet.
const WRITTEN_WITHIN: Duration = Duration::from_secs(2);

impl Guard {
    pub(super) fn obey(&mut self, now: Instant, command: GuardCommand) -> GuardReply {
        match command {
            GuardCommand::Status => GuardReply::Status(self.status()),
            GuardCommand::PermitNext { minutes } => self.permit_next(minutes),
            GuardCommand::BlockLast => self.enter_last(false),
            GuardCommand::AllowLast => self.enter_last(true),
            GuardCommand::Block { number, name } => self.enter(&number, name, false),
            GuardCommand::Allow { number, name } => self.enter(&number, name, true),
            GuardCommand::Forget { number, list } => self.forget(&number, list),
            GuardCommand::Listed { number, name } => self.listed(&number, &name),
            GuardCommand::HangUp { line } => self.hang_up(now, line.as_deref()),
            GuardCommand::LetRing { line } => self.let_ring(now, line.as_deref()),
            GuardCommand::CheckUp { line } => self.check_up(&line),
            GuardCommand::Reload => self.reload(),
            GuardCommand::Stop => {
                self.stop(now);
                done(sentences::STOPS)
            }
            other => refused(fill(sentences::CANNOT_DO, &[&format_args!("{other:?}")])),
        }
    }

    pub(super) fn status(&mut self) -> GuardStatus {
        self.counts.notices_dropped = self.hub.missed();
        self.counts.log_failures = self.diary.failures();
        GuardStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            since_ms: millis(self.since),
            dir: self.folder.path().display().to_string(),
            lines: self.lines.iter().map(super::line::Guarded::status).collect(),
            last_calls: self.last_calls.iter().cloned().collect(),
            counts: self.counts,
            permit_next_until_ms: self.permit_until.filter(|t| *t > SystemTime::now()).map(millis),
            message_waiting: self.messages_wait(),
            trouble: self.trouble.clone(),
            log_trouble: self.diary.trouble(),
            log_server: self.diary.log_server(),
        }
    }

    fn messages_wait(&mut self) -> bool {
        let just_now = self.message_at.is_some_and(|at| at.elapsed() < WRITTEN_WITHIN);
        just_now || self.lines.iter().any(|line| line.lamp) || self.diary.messages_waiting()
    }

    fn permit_next(&mut self, minutes: u32) -> GuardReply {
        if minutes == 0 {
            self.permit_until = None;
            self.judge.permit_next(None);
            return done(sentences::LIKE_EVERY_OTHER);
        }
        let until = SystemTime::now() + Duration::from_secs(u64::from(minutes) * 60);
        self.permit_until = Some(until);
        self.judge.permit_next(Some(until));
        done(fill(sentences::NEXT_RINGS, &[&counted(minutes, "minute")]))
    }

    fn enter_last(&mut self, allow: bool) -> GuardReply {
        let Some(call) = &self.last_caller else {
            return refused(sentences::NOBODY_CALLED);
        };
        let learned =
            if allow { Learned::allow(call, None, "command") } else { Learned::deny(call, "command") };
        match learned {
            Some(learned) => self.learn(&learned),
            None => refused(sentences::NO_NUMBER_SHOWN),
        }
    }

    fn enter(&mut self, number: &str, name: String, allow: bool) -> GuardReply {
        let Caller::Number(number) = Caller::from_line(number.as_bytes()) else {
            return refused(fill(sentences::NO_NUMBER, &[&number.escape_debug()]));
        };
        // Names end up in list files: a line end would begin another entry.
        let name = CallerName::from_line(name.as_bytes()).map(|n| n.as_str().to_owned());
        self.learn(&Learned { number, name: name.unwrap_or_default(), allow, lasts: None, by: "command" })
    }

    pub(super) fn learn(&mut self, learned: &Learned) -> GuardReply {
        let list = if learned.allow { "allow" } else { "deny" };
        match self.judge.learn(learned, SystemTime::now()) {
            Ok(otherwise) => {
                self.diary.list_changed(learned, true);
                self.hub.tell(
                    "",
                    GuardNews::ListChanged {
                        list: list.into(),
                        entry: learned.number.as_str().to_owned(),
                        added: true,
                        by: learned.by.into(),
                    },
                );
                log::info!("{} is on the {list} list ({})", learned.number.redacted(), learned.by);
                done(match otherwise {
                    None => fill(sentences::ON_THE_LIST, &[&learned.number, &list]),
                    Some(why) => {
                        let but = if learned.allow { sentences::BUT_BLOCKED } else { sentences::BUT_RINGS };
                        log::warn!(
                            "{}",
                            fill(but, &[&learned.number.redacted(), &list, &why.rule, &why.text])
                        );
                        fill(but, &[&learned.number, &list, &why.rule, &why.text])
                    }
                })
            }
            Err(reason) => {
                self.trouble(format!(
                    "{} could not be entered in the {list} list: {reason}",
                    learned.number.redacted()
                ));
                refused(reason)
            }
        }
    }

    fn forget(&mut self, number: &str, from: Option<Listed>) -> GuardReply {
        let list = from.map_or("any", Listed::word);
        match self.judge.forget(number, from) {
            Ok(true) => {
                let shown = ShownNumber::new(number);
                for allow in [true, false] {
                    let taken = if allow { Listed::Allow } else { Listed::Deny };
                    if from.is_none_or(|from| from == taken)
                        && let Some(number) = shown.clone()
                    {
                        let gone = Learned { number, name: String::new(), allow, lasts: None, by: "command" };
                        self.diary.list_changed(&gone, false);
                    }
                }
                let entry = shown.map_or_else(String::new, |n| n.as_str().to_owned());
                self.hub.tell(
                    "",
                    GuardNews::ListChanged { list: list.into(), entry, added: false, by: "command".into() },
                );
                done(match from {
                    None => fill(sentences::ON_NO_LIST_NOW, &[&number]),
                    Some(_) => fill(sentences::NOT_ON_THE_LIST_NOW, &[&number, &list]),
                })
            }
            Ok(false) => refused(match from {
                None => fill(sentences::ON_NO_LIST, &[&number]),
                Some(_) => fill(sentences::NOT_ON_THE_LIST, &[&number, &list]),
            }),
            Err(reason) => refused(reason),
        }
    }

    /// On which kind of list a caller is: by the number, or else by the name.
    fn listed(&mut self, number: &str, name: &str) -> GuardReply {
        let mut call = IncomingCall::new(CallId(0), LineId::new(""), SystemTime::now());
        call.caller = Some(Caller::from_line(number.as_bytes()));
        if let Some(list) = self.judge.listed(&call) {
            return GuardReply::Listed { list: Some(list), by_name: false };
        }
        call.name = CallerName::from_line(name.as_bytes());
        let list = self.judge.listed(&call);
        GuardReply::Listed { list, by_name: list.is_some() }
    }

    fn hang_up(&mut self, now: Instant, line: Option<&str>) -> GuardReply {
        let named = match self.named(line) {
            Ok(named) => named,
            Err(reason) => return refused(reason),
        };
        let mut any = false;
        for index in named {
            any |= self.lines[index].flow.hang_up(now);
            self.drain(now, index);
        }
        if any { done(sentences::BEING_ENDED) } else { refused(sentences::NO_CALL) }
    }

    fn let_ring(&mut self, now: Instant, line: Option<&str>) -> GuardReply {
        let verdict = Verdict {
            action: Action::Ring { rings: None },
            reason: Reason {
                stage: Stage::Permit,
                rule: "owner".into(),
                text: "let through by the owner while it rang".into(),
            },
        };
        let named = match self.named(line) {
            Ok(named) => named,
            Err(reason) => return refused(reason),
        };
        let mut any = false;
        for index in named {
            any |= self.lines[index].flow.let_ring(now, verdict.clone());
            self.drain(now, index);
        }
        if any { done(sentences::RINGS) } else { refused(sentences::NOTHING_RINGS) }
    }

    fn check_up(&mut self, name: &str) -> GuardReply {
        let Some(line) = self.lines.iter_mut().find(|line| line.id.as_str() == name) else {
            return refused(self.no_such_line(name));
        };
        if line.health != "up" {
            return refused(fill(sentences::LINE_NOT_UP, &[&name, &line.device]));
        }
        line.command(LineCommand::CheckUp);
        done(fill(sentences::BEING_ASKED, &[&name]))
    }

    /// The line of that name, or all of them.
    fn named(&self, line: Option<&str>) -> Result<Vec<usize>, String> {
        let Some(name) = line else {
            return Ok((0..self.lines.len()).collect());
        };
        match self.lines.iter().position(|line| line.id.as_str() == name) {
            Some(index) => Ok(vec![index]),
            None => Err(self.no_such_line(name)),
        }
    }

    fn no_such_line(&self, name: &str) -> String {
        let known: Vec<&str> = self.lines.iter().map(|line| line.id.as_str()).collect();
        fill(sentences::NO_LINE, &[&name, &known.join(", ")])
    }

    fn reload(&mut self) -> GuardReply {
        let Some(reloader) = self.reloader.clone() else {
            return refused(sentences::NO_CONFIGURATION);
        };
        let to = self.reloaded.0.clone();
        let read = move || {
            let _ = to.send(reloader());
        };
        match std::thread::Builder::new().name("reload".into()).spawn(read) {
            Ok(_) => done(sentences::BEING_READ),
            Err(e) => refused(fill(sentences::NO_THREAD, &[&e])),
        }
    }

    pub(super) fn take_reloaded(&mut self, result: Result<super::Reload, String>) {
        let error = match result {
            Ok(mut new) => {
                new.judge.inherit(&mut *self.judge);
                self.judge = new.judge;
                self.actions = std::sync::Arc::new(new.actions);
                self.zone = new.zone;
                for line in &mut self.lines {
                    let names = crate::RecordingNames::new(self.folder.recordings(), self.zone);
                    line.flow.set_settings(std::sync::Arc::clone(&self.actions), names);
                }
                log::info!("configuration and lists are read again");
                None
            }
            Err(reason) => {
                log::error!("the old configuration stays: {reason}");
                Some(reason)
            }
        };
        self.hub.tell("", GuardNews::Reloaded { error });
    }

    pub(super) fn trouble(&mut self, text: String) {
        log::warn!("{text}");
        self.hub.tell("", GuardNews::Trouble { text: text.clone() });
        self.trouble = Some(text);
    }

    /// Every call ends on-hook, every line's thread stops.
    pub(super) fn stop(&mut self, now: Instant) {
        if self.stopping.is_none() {
            self.stopping = Some(now + STOP_WITHIN);
            if let Some(tell) = self.at_stop.take() {
                tell();
            }
            for line in &mut self.lines {
                line.command(LineCommand::ShutDown);
            }
        }
    }
}

fn done(text: impl Into<String>) -> GuardReply {
    GuardReply::Done { text: text.into() }
}

fn refused(reason: impl Into<String>) -> GuardReply {
    GuardReply::Refused { reason: reason.into() }
}
