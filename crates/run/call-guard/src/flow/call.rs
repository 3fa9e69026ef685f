//! One call: the verdict, the action at work, and the net beneath it that brings the line on-hook.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use call_event::{
    Action, CallNews, Decision, EndReason, GuardNews, IncomingCall, LineCommand, LineEvent, Stage, Verdict,
};

use super::facts::{CallFacts, FinishedCall, news_of};
use super::{Certainty, Desk, FlowOutput};
use crate::actions::{self, CallAction, Hand, Own, StarKey};
use crate::settings::ActionSettings;

/// How long the line may take to confirm that it hung up, before it is told again.
const CONFIRM_HANG_UP: Duration = Duration::from_secs(10);
/// How often it is told.
const HANG_UP_TRIES: u32 = 3;
/// A ringing call of which the line reports nothing for so long is over.
const RINGING_FORGOTTEN: Duration = Duration::from_secs(60);
/// A call that somebody picked up, and whose end the line never reports, is over after that.
const TALK_FORGOTTEN: Duration = Duration::from_secs(24 * 3600);
/// The line ends a call at its limit by itself; the flow steps in that much later.
const LIMIT_GRACE: Duration = Duration::from_secs(2);

pub(super) struct Current {
    pub(super) call: IncomingCall,
    pub(super) facts: CallFacts,
    pub(super) outgoing: bool,
    pub(super) over: Option<EndReason>,
    verdict: Option<Verdict>,
    settings: Arc<ActionSettings>,
    action: Option<Box<dyn CallAction>>,
    word: &'static str,
    /// The action's own timer.
    timer: Option<Instant>,
    /// When an answered call ends whatever the action does.
    limit: Option<Instant>,
    /// When the line must have answered.
    answer_by: Option<Instant>,
    /// When a ringing call without news is taken for over.
    forgotten: Option<Instant>,
    /// When the star key is listened for, and how the ringing ended.
    star: Option<Instant>,
    ringing_ended: Option<EndReason>,
    /// When the line is told again to hang up, and how often it was.
    hang_up_again: Option<Instant>,
    hang_ups: u32,
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current")
            .field("call", &self.call.id)
            .field("action", &self.word)
            .finish_non_exhaustive()
    }
}

impl Current {
    pub(super) fn new(call: IncomingCall, settings: Arc<ActionSettings>) -> Self {
        Self {
            call,
            facts: CallFacts::default(),
            outgoing: false,
            over: None,
            verdict: None,
            settings,
            action: None,
            word: "",
            timer: None,
            limit: None,
            answer_by: None,
            forgotten: None,
            star: None,
            ringing_ended: None,
            hang_up_again: None,
            hang_ups: 0,
        }
    }

    pub(super) fn hanging_up(&self) -> bool {
        self.hang_ups > 0
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        [
            self.timer,
            self.limit.map(|l| l + LIMIT_GRACE),
            self.answer_by,
            self.forgotten,
            self.star,
            self.hang_up_again,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(super) fn news(&self) -> CallNews {
        let mut news = news_of(&self.call, self.verdict.as_ref(), &self.facts);
        news.outgoing = self.outgoing;
        if !self.word.is_empty() {
            news.action = self.word.to_owned();
        }
        news
    }

    pub(super) fn record(self, ended: EndReason, answered_for: Duration) -> FinishedCall {
        FinishedCall {
            at: self.call.at,
            call: self.call,
            verdict: self.verdict,
            outgoing: self.outgoing,
            facts: self.facts,
            action: self.word,
            // The ringing had its own end; listening for the star key came after it.
            ended: self.ringing_ended.unwrap_or(ended),
            answered_for,
        }
    }

    /// Takes over what the line now knows of the caller; what was known stays known.
    pub(super) fn learn_caller(&mut self, call: &IncomingCall) {
        let at = self.call.at;
        self.call = call.clone();
        self.call.at = at;
    }

    /// The line says that the call is still there.
    pub(super) fn still_rings(&mut self, now: Instant) {
        self.forgotten = Some(now + RINGING_FORGOTTEN);
    }

    /// It was placed from here: nothing is to be decided.
    pub(super) fn goes_out(&mut self, now: Instant) {
        self.outgoing = true;
        self.forgotten = Some(now + TALK_FORGOTTEN);
    }

    pub(super) fn ring(&mut self, count: u32, event: &LineEvent, desk: &mut Desk<'_>) {
        self.facts.rings = self.facts.rings.max(count);
        self.still_rings(desk.now);
        self.arm_star_key(desk);
        self.event(event, desk);
    }

    pub(super) fn verdict(&mut self, verdict: Verdict, certainty: Certainty, desk: &mut Desk<'_>) {
        if self.outgoing || self.facts.answered || self.hanging_up() || self.ringing_ended.is_some() {
            // Too late to act; the better reason still belongs in the log if nothing was decided.
            if self.verdict.is_none() {
                self.verdict = Some(verdict);
            }
            return;
        }
        if certainty == Certainty::MoreToCome
            && !(verdict.decision() == Decision::Block && verdict.reason.stage == Stage::Deny)
        {
            // A ring needs no action, and a rule or an allow entry may turn on the name that is still to come.
            return;
        }
        if self.action.is_some() && self.verdict.as_ref().is_some_and(|v| v.action == verdict.action) {
            self.verdict = Some(verdict);
            return;
        }
        // An action that is at work on a block is not undone by the rest of the caller ID.
        if self.verdict.as_ref().is_some_and(|v| v.decision() == Decision::Block) {
            return;
        }
        let action = verdict.action.clone();
        self.replace(verdict, &action, desk);
    }

    /// Puts a verdict and an action in place of whatever was.
    pub(super) fn replace(&mut self, verdict: Verdict, action: &Action, desk: &mut Desk<'_>) {
        self.verdict = Some(verdict);
        self.start(action, desk);
        desk.out.push_back(FlowOutput::news(GuardNews::Decided(self.news())));
        self.arm_star_key(desk);
    }

    pub(super) fn take_over(&mut self, desk: &mut Desk<'_>) {
        if self.word != "own" {
            self.set_action(Box::new(Own), "own", desk);
        }
    }

    pub(super) fn event(&mut self, event: &LineEvent, desk: &mut Desk<'_>) {
        match event {
            LineEvent::Answered { call } => {
                self.facts.answered = true;
                self.answer_by = None;
                self.forgotten = None;
                self.star = None;
                if self.limit.is_none() {
                    self.limit = Some(desk.now + self.settings.longest_call);
                }
                desk.out.push_back(FlowOutput::news(GuardNews::Answered { call: call.0 }));
            }
            LineEvent::PickedUp { call, .. } => {
                self.forgotten = Some(desk.now + TALK_FORGOTTEN);
                desk.out.push_back(FlowOutput::news(GuardNews::PickedUp { call: call.0 }));
            }
            LineEvent::Digit { call, digit } => {
                if self.facts.digits.len() < CallFacts::MAX_DIGITS {
                    self.facts.digits.push(*digit);
                }
                desk.out.push_back(FlowOutput::news(GuardNews::Digit { call: call.0, digit: *digit }));
            }
            LineEvent::Recorded { call, file, length } => {
                let message = self.facts.message && *length >= self.settings.voice_mail.shortest;
                self.facts.recorded = Some((file.clone(), *length));
                self.facts.message = message;
                desk.out.push_back(FlowOutput::news(GuardNews::Recorded {
                    call: call.0,
                    file: file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
                    seconds: length.as_secs_f64(),
                    message,
                }));
            }
            LineEvent::Refused { command, reason } => {
                self.facts.trouble = Some(reason.to_string());
                let text = format!("the line could not {}: {reason}", doing(command));
                desk.out.push_back(FlowOutput::news(GuardNews::Trouble { text }));
                if **command == LineCommand::HangUp && !self.facts.answered {
                    // The line has no way to end a ringing call: it rings on.
                    self.hang_ups = 0;
                    self.hang_up_again = None;
                    return;
                }
            }
            _ => {}
        }
        if !self.hanging_up() {
            self.act(desk, |action, hand| action.event(event, hand));
        }
        self.end_of_listening();
    }

    pub(super) fn timeout(&mut self, desk: &mut Desk<'_>) {
        let now = desk.now;
        let due = |t: Option<Instant>| t.is_some_and(|t| t <= now);
        if due(self.timer) {
            self.timer = None;
            self.act(desk, |action, hand| action.timeout(hand));
            self.end_of_listening();
        }
        if due(self.star) {
            self.star = None;
            self.listen(desk);
        }
        if due(self.limit.map(|l| l + LIMIT_GRACE)) {
            self.limit = None;
            if !self.hanging_up() {
                self.hang_up(desk);
            }
        }
        if due(self.answer_by) && !self.hanging_up() {
            self.hang_up(desk);
        }
        if due(self.forgotten) {
            self.forgotten = None;
            self.over = Some(EndReason::NotAnswered);
        }
        if due(self.hang_up_again) {
            self.hang_up(desk);
        }
    }

    /// Tells the line to hang up, and remembers to tell it again.
    pub(super) fn hang_up(&mut self, desk: &mut Desk<'_>) {
        self.timer = None;
        self.star = None;
        self.limit = None;
        self.answer_by = None;
        self.forgotten = None;
        if self.hang_ups == HANG_UP_TRIES {
            let text = format!("line {} did not confirm that it hung up; look at the modem", self.call.line);
            desk.out.push_back(FlowOutput::news(GuardNews::Trouble { text }));
            self.over = Some(EndReason::DeviceLost("it did not confirm that it hung up".into()));
            self.hang_up_again = None;
            return;
        }
        self.hang_ups += 1;
        self.hang_up_again = Some(desk.now + CONFIRM_HANG_UP);
        desk.out.push_back(FlowOutput::Command(LineCommand::HangUp));
    }

    /// The ringing is over. Whether the call stays open for the star key.
    pub(super) fn ringing_ended(&mut self, reason: &EndReason, desk: &mut Desk<'_>) -> bool {
        if self.action.as_ref().is_some_and(|a| a.outlives_ringing()) && !self.facts.listened {
            self.ringing_ended = Some(reason.clone());
            return true;
        }
        if self.star.take().is_some() {
            self.ringing_ended = Some(reason.clone());
            self.forgotten = None;
            self.listen(desk);
            return true;
        }
        false
    }

    fn arm_star_key(&mut self, desk: &Desk<'_>) {
        self.star = None;
        let Some(settings) = &self.settings.star_key else {
            return;
        };
        let rings = self.verdict.as_ref().is_some_and(|v| v.decision() == Decision::Ring);
        if rings && !self.facts.answered && !self.hanging_up() && StarKey::wanted(settings, self.facts.rings)
        {
            self.star = Some(desk.now + settings.quiet);
        }
    }

    fn listen(&mut self, desk: &mut Desk<'_>) {
        let Some(settings) = self.settings.star_key.clone() else {
            return;
        };
        self.forgotten = None;
        let word = self.word;
        self.set_action(Box::new(StarKey::new(settings)), word, desk);
    }

    fn end_of_listening(&mut self) {
        if self.facts.listened {
            self.over = Some(EndReason::NotAnswered);
        }
    }

    fn start(&mut self, action: &Action, desk: &mut Desk<'_>) {
        let machine = actions::make(action, desk.info, self.facts.answered);
        self.set_action(machine, action.word(), desk);
    }

    fn set_action(&mut self, machine: Box<dyn CallAction>, word: &'static str, desk: &mut Desk<'_>) {
        self.timer = None;
        self.action = Some(machine);
        self.word = word;
        self.act(desk, |action, hand| action.begin(hand));
    }

    fn act(&mut self, desk: &mut Desk<'_>, run: impl FnOnce(&mut (dyn CallAction + 'static), &mut Hand<'_>)) {
        let Some(mut action) = self.action.take() else {
            return;
        };
        let verdict = self.verdict_at_work();
        let mut switch = None;
        let mut hanging_up = false;
        let settings = Arc::clone(&self.settings);
        run(
            &mut *action,
            &mut Hand {
                now: desk.now,
                call: &self.call,
                verdict: &verdict,
                settings: &settings,
                sounds: desk.sounds,
                facts: &mut self.facts,
                names: desk.names,
                random: desk.random,
                out: desk.out,
                timer: &mut self.timer,
                limit: &mut self.limit,
                answer_by: &mut self.answer_by,
                switch: &mut switch,
                hanging_up: &mut hanging_up,
            },
        );
        self.action = Some(action);
        if let Some(next) = switch {
            self.start(&next, desk);
            desk.out.push_back(FlowOutput::news(GuardNews::Decided(self.news())));
        } else if hanging_up && !self.hanging_up() {
            self.hang_up(desk);
        }
    }

    /// The verdict; a call taken over before one was given has the owner's own.
    fn verdict_at_work(&self) -> Verdict {
        self.verdict.clone().unwrap_or_else(|| Verdict {
            action: Action::Ring { rings: None },
            reason: call_event::Reason {
                stage: Stage::Default,
                rule: "own".into(),
                text: "handled by an own program".into(),
            },
        })
    }
}

/// What a command does, for a sentence.
fn doing(command: &LineCommand) -> &'static str {
    match command {
        LineCommand::Answer => "answer",
        LineCommand::AnswerFax { .. } => "answer as a fax machine",
        LineCommand::HangUp => "hang up",
        LineCommand::Voice { .. } => "open the voice channel",
        LineCommand::Play(_) => "play a sound",
        LineCommand::ListenIn { .. } => "listen for the star key",
        LineCommand::BarNumber { .. } => "bar a number",
        _ => "do as it was told",
    }
}
