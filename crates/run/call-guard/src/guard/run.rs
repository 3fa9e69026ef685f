//! The loop itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime};

use call_event::{
    Decision, EndReason, GuardNews, IncomingCall, LineCommand, LineEvent, LookupAnswer, Stage, counted,
};
use crossbeam_channel::{Select, never};

use super::line::Judged;
use super::{Guard, LAST_CALLS, ear};
use crate::flow::{Certainty, FinishedCall, FlowOutput};
use crate::handler::{CallControl, CallHandler};
use crate::judge::Judgement;

/// How often a line that takes no commands is tried again.
const TRY_COMMANDS_AGAIN: Duration = Duration::from_millis(20);
/// The most judgements kept for calls of one line.
const KEPT_JUDGEMENTS: usize = 64;

/// What woke the loop.
enum Woken {
    Line(usize, Option<Box<LineEvent>>),
    Request(crate::control::Request),
    Heard(call_event::LineId, Box<LineEvent>),
    Answer(Box<IncomingCall>, Vec<LookupAnswer>),
    Reloaded(Box<Result<super::Reload, String>>),
    Time,
}

impl Guard {
    /// Guards until [`GuardCommand::Stop`](call_event::GuardCommand::Stop); then every call has ended
    /// on-hook and is in the log.
    pub fn run(mut self) {
        loop {
            let woken = self.wait();
            let now = Instant::now();
            match woken {
                Woken::Line(index, Some(event)) => self.line_event(now, index, &event),
                Woken::Line(index, None) => self.line_died(now, index),
                Woken::Request(request) => {
                    let reply = self.obey(now, request.command);
                    let _ = request.reply.try_send(reply);
                }
                Woken::Heard(line, event) => {
                    if let Some(index) = self.lines.iter().position(|l| l.id == line) {
                        self.line_event(now, index, &event);
                    }
                }
                Woken::Answer(call, answers) => self.look_up_answered(now, &call, &answers),
                Woken::Reloaded(result) => self.take_reloaded(*result),
                Woken::Time => {}
            }
            self.tick(now);
            if let Some(deadline) = self.stopping
                && (now >= deadline || self.lines.iter().all(|l| l.dead_since.is_some()))
            {
                break;
            }
        }
        self.close();
    }

    /// Waits for whatever comes first.
    fn wait(&self) -> Woken {
        let no_answers = never();
        let answers = self.asking.as_ref().map_or(&no_answers, |a| &a.answers);
        let mut select = Select::new();
        for line in &self.lines {
            select.recv(&line.events);
        }
        let lines = self.lines.len();
        select.recv(&self.requests.1);
        select.recv(&self.heard.1);
        select.recv(answers);
        select.recv(&self.reloaded.1);
        let ready = match self.next_time() {
            Some(time) => select.select_deadline(time),
            None => Ok(select.select()),
        };
        let Ok(ready) = ready else {
            return Woken::Time;
        };
        match ready.index() {
            index if index < lines => {
                Woken::Line(index, ready.recv(&self.lines[index].events).ok().map(Box::new))
            }
            // The guard holds the sending ends itself, so these never close.
            index if index == lines => ready.recv(&self.requests.1).map_or(Woken::Time, Woken::Request),
            index if index == lines + 1 => ready
                .recv(&self.heard.1)
                .map_or(Woken::Time, |(line, event)| Woken::Heard(line, Box::new(event))),
            index if index == lines + 2 => {
                ready.recv(answers).map_or(Woken::Time, |(call, found)| Woken::Answer(Box::new(call), found))
            }
            _ => ready.recv(&self.reloaded.1).map_or(Woken::Time, |result| Woken::Reloaded(Box::new(result))),
        }
    }

    /// When something is due without anybody saying so; `None` if the loop may sleep for ever.
    fn next_time(&self) -> Option<Instant> {
        let again = |waits: bool| waits.then(|| Instant::now() + TRY_COMMANDS_AGAIN);
        let lines = self.lines.iter().flat_map(|line| {
            [line.flow.poll_timeout(), line.start_again_at(), again(line.has_waiting())].into_iter().flatten()
        });
        let beat = self.heartbeat.as_ref().map(|beat| self.last_beat + beat.every);
        lines.chain(beat).chain(self.stopping).min()
    }

    fn tick(&mut self, now: Instant) {
        for index in 0..self.lines.len() {
            let line = &mut self.lines[index];
            line.push_commands();
            if line.flow.poll_timeout().is_some_and(|t| t <= now) {
                line.flow.handle_timeout(now);
                self.drain(now, index);
            }
            let line = &mut self.lines[index];
            if self.stopping.is_none()
                && line.start_again_at().is_some_and(|t| t <= now)
                && let Some(GuardNews::Trouble { text }) = line.start_again(now)
            {
                self.trouble(text);
            }
        }
        if let Some(heartbeat) = &mut self.heartbeat
            && self.last_beat + heartbeat.every <= now
        {
            self.last_beat = now;
            // Each line is asked for a sign of life; one that has not given it by the next beat hangs.
            if self.lines.iter().all(super::line::Guarded::lives) {
                (heartbeat.beat)();
            } else {
                log::error!(
                    "a line's thread hangs or is dead; the service manager is not told that all is well"
                );
            }
            self.lines.iter_mut().for_each(super::line::Guarded::ask_if_alive);
        }
    }

    fn line_event(&mut self, now: Instant, index: usize, event: &LineEvent) {
        let line = &mut self.lines[index];
        line.asked = false;
        match event {
            LineEvent::Alive => return,
            // The answer to being asked is no news.
            LineEvent::Up(info) if line.health == "up" && line.device == *info.device => return,
            LineEvent::Up(info) => {
                line.health = "up";
                line.device = info.device.to_string();
                log::info!("line {}: {} guards", line.id, line.device);
            }
            LineEvent::Down { reason, retry_in } => {
                if line.health == "up" {
                    line.losses += 1;
                }
                line.health = "down";
                line.device = reason.to_string();
                log::debug!("line {}: down, tried again in {:.0} s", line.id, retry_in.as_secs_f64());
            }
            LineEvent::Ring { count: 1, .. } => {
                line.look_for_sounds(&self.folder);
                self.judge.tick(SystemTime::now());
            }
            LineEvent::MessageWaiting(waiting) => {
                line.lamp = *waiting;
                self.diary.lamp(&line.id, *waiting);
            }
            LineEvent::CheckedUp(lines) => {
                let findings = lines.iter().map(|line| line.to_string()).collect();
                return self.tell(index, GuardNews::CheckedUp { findings });
            }
            LineEvent::Refused { command, reason } if **command == LineCommand::CheckUp => {
                return self.tell(index, GuardNews::CheckedUp { findings: vec![reason.to_string()] });
            }
            LineEvent::Dropped(count) => {
                self.counts.events_dropped += count;
                log::warn!("line {}: {} dropped, the guard was too slow", line.id, counted(*count, "event"));
            }
            _ => {}
        }
        let line = &mut self.lines[index];
        line.flow.handle_event(now, event);
        self.drain(now, index);
        self.tell_handler(now, index, event);
    }

    fn line_died(&mut self, now: Instant, index: usize) {
        let line = &mut self.lines[index];
        line.died(now);
        if self.stopping.is_none() {
            let text = format!("the driver of line {} has ended; it is started again", line.id);
            let reason =
                LineEvent::Down { reason: "its driver has ended".into(), retry_in: Duration::from_secs(2) };
            line.flow.handle_event(now, &reason);
            self.trouble(text);
        }
        self.drain(now, index);
    }

    /// Does what a flow wants done. Orders to the line come first, news after them.
    pub(super) fn drain(&mut self, now: Instant, index: usize) {
        let mut later = Vec::new();
        while let Some(output) = self.lines[index].flow.poll_output() {
            match output {
                FlowOutput::Command(command) => self.lines[index].command(command),
                FlowOutput::Judge { call, complete } => self.judge_call(now, index, &call, complete),
                other => later.push(other),
            }
        }
        for output in later {
            match output {
                FlowOutput::News(news) => self.tell(index, *news),
                FlowOutput::Learn(learned) => {
                    self.learn(&learned);
                }
                FlowOutput::Listen { call, command, at_most } => {
                    ear::listen(self.lines[index].id.clone(), call, command, at_most, self.heard.0.clone());
                }
                FlowOutput::Finished(call) => self.finished(index, &call),
                _ => {}
            }
        }
    }

    fn judge_call(&mut self, now: Instant, index: usize, call: &IncomingCall, complete: bool) {
        let mut judgement = self.judge.judge(call, &[], SystemTime::now());
        let asks = complete
            && judgement.wants_lookup
            && call.suspect.is_none()
            && self.asking.as_ref().is_some_and(|asking| asking.ask(call));
        let certainty = match (complete, asks) {
            (false, _) if judgement.by_number => Certainty::MoreToCome,
            // Without the rest of the caller ID nothing but a number's own entry counts.
            (false, _) => return,
            (true, true) => Certainty::LookupPending,
            (true, false) => Certainty::Final,
        };
        let mut commands = Vec::new();
        if complete
            && let Some(own) = self.ask_handler(index, &mut commands, |handler, control| {
                handler.call(call, &judgement.verdict, control)
            })
            && let Some(verdict) = own
        {
            judgement.steps.push(format!("own program: {}", verdict.reason.text));
            judgement.verdict = verdict;
        }
        let verdict = judgement.verdict.clone();
        self.keep_judgement(index, call, judgement);
        let flow = &mut self.lines[index].flow;
        if commands.is_empty() {
            flow.handle_verdict(now, call.id, verdict, certainty);
        } else {
            flow.take_over(now, call.id, commands);
        }
    }

    fn look_up_answered(&mut self, now: Instant, call: &IncomingCall, answers: &[LookupAnswer]) {
        let Some(index) = self.lines.iter().position(|l| l.id == call.line) else {
            return;
        };
        let judgement = self.judge.judge(call, answers, SystemTime::now());
        let verdict = judgement.verdict.clone();
        self.keep_judgement(index, call, judgement);
        self.lines[index].flow.handle_verdict(now, call.id, verdict, Certainty::Final);
        self.drain(now, index);
    }

    fn keep_judgement(&mut self, index: usize, call: &IncomingCall, judgement: Judgement) {
        let kept = &mut self.lines[index].judgements;
        kept.retain(|judged| judged.call.id != call.id);
        if kept.len() == KEPT_JUDGEMENTS {
            kept.remove(0);
        }
        kept.push(Judged { call: call.clone(), judgement, explained: false });
    }

    fn tell(&mut self, index: usize, mut news: GuardNews) {
        let line = &mut self.lines[index];
        if let GuardNews::Call(call) | GuardNews::Decided(call) | GuardNews::Ended(call) = &mut news
            && let Some(judged) = line.judgements.iter_mut().find(|judged| judged.call.id.0 == call.call)
        {
            if !judged.explained {
                // The orders to the line are out; now there is time.
                self.judge.explain(&judged.call, &mut judged.judgement);
                judged.explained = true;
            }
            add_findings(call, &judged.judgement);
        }
        let line = &self.lines[index];
        match &news {
            GuardNews::Decided(call) => {
                log::info!("line {}: call #{} {}: {}", line.id, call.call, call.action, call.reason);
            }
            GuardNews::Trouble { text } => {
                log::warn!("line {}: {text}", line.id);
                self.trouble = Some(text.clone());
            }
            GuardNews::Recorded { message: true, .. } => {
                self.counts.messages += 1;
                self.message_at = Some(Instant::now());
            }
            _ => {}
        }
        self.hub.tell(line.id.as_str(), news);
    }

    /// A call is over: into the log, then to whoever listens.
    fn finished(&mut self, index: usize, call: &FinishedCall) {
        let mut call = call.clone();
        let kept = &mut self.lines[index].judgements;
        let place = kept.iter().position(|judged| judged.call.id == call.call.id);
        let judged = place.map(|place| kept.remove(place));
        let explained = judged.as_ref().is_some_and(|judged| judged.explained);
        let mut judgement = judged.map(|judged| judged.judgement);
        if judgement.is_none() && !call.outgoing {
            // It waited behind another call, or was over before anything was known: judged for the log.
            judgement = Some(self.judge.judge(&call.call, &[], SystemTime::now()));
        }
        if call.verdict.is_none() && !call.outgoing {
            call.verdict = judgement.as_ref().map(|j| j.verdict.clone());
        }
        if !call.outgoing {
            self.count(&call);
        }
        if let Some(judgement) = &mut judgement
            && !explained
        {
            self.judge.explain(&call.call, judgement);
        }
        self.judge.finished(&call);
        self.judge.tick(SystemTime::now());
        self.diary.remember(&call, judgement.as_ref());
        let mut news = call.news();
        if let Some(judgement) = &judgement {
            add_findings(&mut news, judgement);
        }
        log::info!(
            "line {}: call #{} {} {} ({}), {}",
            call.call.line,
            call.call.id.0,
            call.mark().character(),
            phone_number::redact(&news.caller),
            news.reason,
            news.outcome
        );
        self.last_calls.push_front(news.clone());
        self.last_calls.truncate(LAST_CALLS);
        self.hub.tell(self.lines[index].id.as_str(), GuardNews::Ended(news));
        let mut commands = Vec::new();
        self.ask_handler(index, &mut commands, |handler, _| handler.ended(&call));
    }

    fn count(&mut self, call: &FinishedCall) {
        self.counts.calls += 1;
        match call.verdict.as_ref().map(call_event::Verdict::decision) {
            Some(Decision::Block) => self.counts.blocked += 1,
            _ => self.counts.rang += 1,
        }
        if call.verdict.as_ref().is_some_and(|v| v.reason.stage == Stage::Permit) {
            self.permit_until = None;
        }
        self.last_caller = Some(call.call.clone());
    }

    /// Tells the owner's own program what happened on a call.
    fn tell_handler(&mut self, now: Instant, index: usize, event: &LineEvent) {
        if self.handler.is_none() {
            return;
        }
        let line = self.lines[index].id.clone();
        let call = self.lines[index].flow.call().cloned();
        let mut commands = Vec::new();
        self.ask_handler(index, &mut commands, |handler, control| match (event, &call) {
            (LineEvent::Ring { count, .. }, _) => handler.ring(&line, *count, control),
            (LineEvent::MessageWaiting(waiting), _) => handler.message_waiting(&line, *waiting),
            (LineEvent::Answered { .. }, Some(call)) => handler.answered(call, control),
            (LineEvent::Digit { digit, .. }, Some(call)) => handler.digit(call, *digit, control),
            (LineEvent::Silence { lasted, .. }, Some(call)) => handler.silence(call, *lasted, control),
            (LineEvent::Played { .. }, Some(call)) => handler.played(call, control),
            _ => {}
        });
        if let Some(call) = call
            && !commands.is_empty()
        {
            self.lines[index].flow.take_over(now, call.id, commands);
            self.drain(now, index);
        }
    }

    /// Runs a method of the owner's own program; one that panics is taken off.
    fn ask_handler<T>(
        &mut self,
        index: usize,
        commands: &mut Vec<LineCommand>,
        run: impl FnOnce(&mut dyn CallHandler, &mut CallControl<'_>) -> T,
    ) -> Option<T> {
        let handler = self.handler.as_mut()?;
        let mut control = CallControl { commands };
        let result = catch_unwind(AssertUnwindSafe(|| run(handler.as_mut(), &mut control)));
        if let Ok(value) = result {
            let flow = &mut self.lines[index].flow;
            for command in commands {
                if let LineCommand::Voice { record_to, .. } = command
                    && record_to.as_ref().is_some_and(|path| path.as_os_str().is_empty())
                {
                    *record_to = flow.call().map(|c| c.id).and_then(|id| flow.name_recording(id));
                }
            }
            return Some(value);
        }
        self.handler = None;
        commands.clear();
        commands.push(LineCommand::HangUp);
        self.trouble("the own program panicked and is taken off; the settings alone count now".into());
        None
    }

    fn close(mut self) {
        for index in 0..self.lines.len() {
            let down =
                LineEvent::Down { reason: EndReason::HungUp.to_string().into(), retry_in: Duration::ZERO };
            if self.lines[index].flow.call().is_some() {
                self.lines[index].flow.handle_event(Instant::now(), &down);
            }
            self.drain(Instant::now(), index);
        }
        self.diary.close(Duration::from_secs(2));
    }
}

fn add_findings(news: &mut call_event::CallNews, judgement: &Judgement) {
    news.e164.clone_from(&judgement.e164);
    news.area.clone_from(&judgement.area);
    news.steps.clone_from(&judgement.steps);
    if news.name.is_none() {
        news.name.clone_from(&judgement.name);
    }
}
