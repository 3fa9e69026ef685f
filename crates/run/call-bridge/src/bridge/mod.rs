//! The joining of two calls as a state machine: no modem, no clock, no threads.
//!
//! What the stick reports goes in with [`Bridge::handle_event`], the passing of time with
//! [`Bridge::handle_timeout`], what the owner wants with [`Bridge::command`]; what the stick is to do and what
//! people are told comes out of [`Bridge::poll_output`]. The table of states stands in
//! `docs/virtual-phone.md`; each of its rows is a test.

mod closing;
mod incoming;
mod outgoing;
#[cfg(test)]
mod tests;
mod together;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use call_event::CallerName;
use gsm_modem::{Direction, GsmCommand, GsmEvent, Leg, LegEnd, LegId};
use phone_number::Caller;

use crate::{BridgeCommand, BridgeEvent, Outcome, Plan, Settings};

/// How often the stick is asked to end a call that belongs to nobody.
const END_TRIES: u8 = 3;

/// What the bridge wants.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a command that is not sent leaves a caller on hold"]
pub enum Output {
    /// The stick is to do this.
    Transmit(GsmCommand),
    /// This is to be told and logged.
    Event(BridgeEvent),
    /// Nothing more now; call [`Bridge::handle_timeout`] at that time, if any.
    Timeout(Option<Instant>),
}

/// Joins calls; see the module's text.
#[derive(Debug)]
pub struct Bridge {
    settings: Settings,
    phase: Phase,
    /// When the phase ends at the latest. `None` only while idle.
    until: Option<Instant>,
    /// The conversation that the phase is about.
    talk: Option<Talk>,
    /// Every call that the stick has.
    legs: BTreeMap<LegId, Leg>,
    /// Callers who wait while another conversation is on, and until when.
    waiting: BTreeMap<LegId, Instant>,
    /// Calls dialled for a conversation that is over: being ended, until when, and how often it was tried.
    ending: BTreeMap<LegId, (Instant, u8)>,
    /// Calls of other programs, left alone.
    foreign: BTreeSet<LegId>,
    next_tag: u32,
    outputs: VecDeque<Output>,
}

/// Where the conversation stands.
#[derive(Debug, Clone, PartialEq)]
enum Phase {
    /// No conversation.
    Idle,
    /// A caller rings; it is not decided yet what becomes of the call.
    Asked { caller: LegId },
    /// A caller rings on, and is rejected at the end unless the owner takes the call.
    Ringing { caller: LegId },
    /// A caller is being answered, to be forwarded.
    Answering { caller: LegId },
    /// A caller is on hold while a telephone is called for them.
    Fetching { caller: LegId, tag: u32, other: Option<LegId> },
    /// The owner's telephone is called, to be connected with somebody.
    CallingOwner { tag: u32, owner: Option<LegId> },
    /// The owner is on hold while the other side is called.
    CallingOther { owner: LegId, tag: u32, other: Option<LegId> },
    /// Both are there and are being joined.
    Joining { first: LegId, second: LegId, again: bool },
    /// Both hear each other.
    Together { first: LegId, second: LegId },
    /// What is left of the conversation is being ended.
    Closing { legs: Vec<LegId>, again: bool },
}

/// What is known of the conversation, for its record.
#[derive(Debug, Clone)]
struct Talk {
    inward: bool,
    caller: Option<Caller>,
    name: Option<CallerName>,
    /// The telephones to try, in order; the first is being tried.
    targets: VecDeque<Box<str>>,
    /// Whom an outgoing conversation is with.
    other: Option<Box<str>>,
    began: Instant,
    joined: Option<Instant>,
    outcome: Outcome,
    /// Set by a decision that no SMS answers.
    silent: bool,
    /// The stick took the caller off the waiting list by itself: answered already, but by nobody.
    answered: bool,
}

impl Bridge {
    /// A bridge with no calls.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            phase: Phase::Idle,
            until: None,
            talk: None,
            legs: BTreeMap::new(),
            waiting: BTreeMap::new(),
            ending: BTreeMap::new(),
            foreign: BTreeSet::new(),
            next_tag: 1,
            outputs: VecDeque::new(),
        }
    }

    // --- getters

    /// Whether no conversation is on, and the stick has no call.
    pub fn is_idle(&self) -> bool {
        self.phase == Phase::Idle && self.legs.is_empty()
    }

    /// The calls that the stick has.
    pub fn legs(&self) -> impl Iterator<Item = &Leg> {
        self.legs.values()
    }

    /// The settings; changes hold from the next step on.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    // --- what comes in

    /// The stick reports something.
    pub fn handle_event(&mut self, now: Instant, event: &GsmEvent) {
        match event {
            GsmEvent::Leg(leg) => self.leg_changed(now, leg),
            GsmEvent::LegEnded { leg, reason, .. } => self.leg_ended(now, leg, reason),
            GsmEvent::DialFailed { tag, reason } => self.dial_failed(now, *tag, reason),
            GsmEvent::Refused { command, reason } => self.refused(now, command, reason),
            GsmEvent::Down { .. } => self.device_lost(now),
            _ => {}
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        let over = |until: &Instant| now >= *until;
        let gone: Vec<LegId> = self.waiting.iter().filter(|(_, u)| over(u)).map(|(id, _)| *id).collect();
        for id in gone {
            self.waiting.remove(&id);
            self.end_stray(now, id, 0);
        }
        let stuck: Vec<(LegId, u8)> =
            self.ending.iter().filter(|(_, (u, _))| over(u)).map(|(id, (_, tries))| (*id, *tries)).collect();
        for (id, tries) in stuck {
            self.end_stray(now, id, tries + 1);
        }
        if self.until.is_some_and(|until| now >= until) {
            self.phase_over(now);
        }
    }

    /// The owner wants something.
    pub fn command(&mut self, now: Instant, command: BridgeCommand) {
        match command {
            BridgeCommand::Call { to, from } => self.call(now, to, from),
            BridgeCommand::Decide { leg, plan } => self.decide(now, leg, plan),
            BridgeCommand::Close => self.close_all(now),
        }
    }

    // --- what goes out

    /// The next thing to do or to tell; [`Output::Timeout`] when there is nothing more.
    pub fn poll_output(&mut self) -> Output {
        if let Some(output) = self.outputs.pop_front() {
            return output;
        }
        let ending = self.ending.values().map(|(until, _)| *until);
        Output::Timeout(self.waiting.values().copied().chain(ending).chain(self.until).min())
    }

    // --- the stick

    fn leg_changed(&mut self, now: Instant, leg: &Leg) {
        let new = self.legs.insert(leg.id, leg.clone()).is_none();
        if new && leg.direction == Direction::Incoming && leg.state.offered() {
            self.offered(now, leg);
        } else if new && leg.direction == Direction::Outgoing && self.claims(leg) {
            self.phase_leg_changed(now, leg);
        } else if new && leg.direction == Direction::Outgoing && leg.tag.is_some() {
            // Dialled by us for a conversation that is over: nobody else would ever end it.
            self.end_stray(now, leg.id, 0);
        } else if new {
            self.foreign.insert(leg.id);
            self.tell(BridgeEvent::ForeignCall { leg: leg.id });
        } else {
            self.phase_leg_changed(now, leg);
        }
    }

    /// Ends a call that belongs to no conversation.
    fn end_stray(&mut self, now: Instant, id: LegId, tries: u8) {
        let Some(leg) = self.legs.get(&id) else { return };
        if tries >= END_TRIES {
            self.ending.remove(&id);
            self.foreign.insert(id);
            let why = "the stick does not end a call; it is left to itself, pull it out if it goes on";
            self.tell(BridgeEvent::Trouble { why: why.into() });
            return;
        }
        let command = if leg.state.offered() { GsmCommand::Reject(id) } else { GsmCommand::HangUp(id) };
        self.ending.insert(id, (now + self.settings.limits.close, tries));
        self.transmit(command);
    }

    /// Whether the conversation dialled this leg; takes it in.
    fn claims(&mut self, leg: &Leg) -> bool {
        match &mut self.phase {
            Phase::Fetching { tag, other, .. } | Phase::CallingOther { tag, other, .. }
                if leg.tag == Some(*tag) =>
            {
                *other = Some(leg.id);
                true
            }
            Phase::CallingOwner { tag, owner } if leg.tag == Some(*tag) => {
                *owner = Some(leg.id);
                true
            }
            _ => false,
        }
    }

    fn leg_ended(&mut self, now: Instant, leg: &Leg, reason: &LegEnd) {
        self.legs.remove(&leg.id);
        self.ending.remove(&leg.id);
        self.foreign.remove(&leg.id);
        if self.waiting.remove(&leg.id).is_some() {
            self.tell(BridgeEvent::WaitingGone { leg: leg.id, caller: leg.number.clone() });
            return;
        }
        self.phase_leg_ended(now, leg.id, reason);
    }

    fn phase_leg_changed(&mut self, now: Instant, leg: &Leg) {
        match self.phase.clone() {
            Phase::Asked { caller } | Phase::Ringing { caller } if leg.id == caller => {
                self.caller_changed(now, leg);
            }
            Phase::Answering { caller } if leg.id == caller => self.answering_changed(now, leg),
            Phase::Fetching { caller, other: Some(other), .. } if leg.id == other => {
                self.fetched_changed(now, caller, leg);
            }
            Phase::CallingOwner { owner: Some(owner), .. } if leg.id == owner => self.owner_changed(now, leg),
            Phase::CallingOther { owner, other: Some(other), .. } if leg.id == other => {
                self.other_changed(now, owner, leg);
            }
            Phase::Joining { first, second, .. } if leg.id == first || leg.id == second => {
                self.joining_changed(now, first, second);
            }
            _ => {}
        }
    }

    fn phase_leg_ended(&mut self, now: Instant, id: LegId, reason: &LegEnd) {
        match self.phase.clone() {
            Phase::Asked { caller } | Phase::Ringing { caller } | Phase::Answering { caller }
                if id == caller =>
            {
                self.caller_gone(now, reason);
            }
            Phase::Fetching { caller, .. } if id == caller => self.caller_gone(now, reason),
            Phase::Fetching { other: Some(other), .. } if id == other => self.target_failed(now, reason),
            Phase::CallingOwner { owner: Some(owner), .. } if id == owner => self.owner_failed(now, reason),
            Phase::CallingOther { owner, .. } if id == owner => self.finish(now, Outcome::OwnerGone),
            Phase::CallingOther { other: Some(other), .. } if id == other => self.other_failed(now, reason),
            Phase::Joining { first, second, .. } if id == first || id == second => {
                self.gone_while_joining(now, id == first, reason);
            }
            Phase::Together { first, second } if id == first || id == second => {
                let outcome =
                    if *reason == LegEnd::DeviceLost { Outcome::DeviceLost } else { Outcome::Talked };
                self.finish(now, outcome);
            }
            Phase::Closing { mut legs, again } => {
                legs.retain(|l| *l != id);
                if legs.is_empty() {
                    self.closed(now);
                } else {
                    self.phase = Phase::Closing { legs, again };
                }
            }
            _ => {}
        }
    }

    fn dial_failed(&mut self, now: Instant, failed: u32, reason: &LegEnd) {
        match self.phase {
            Phase::Fetching { tag, .. } if tag == failed => self.target_failed(now, reason),
            Phase::CallingOwner { tag, .. } if tag == failed => self.owner_failed(now, reason),
            Phase::CallingOther { tag, .. } if tag == failed => self.other_failed(now, reason),
            _ => {}
        }
    }

    fn refused(&mut self, now: Instant, command: &GsmCommand, reason: &str) {
        match (command, self.phase.clone()) {
            (GsmCommand::Join, Phase::Joining { first, second, again }) => {
                self.join_refused(now, first, second, again, reason);
            }
            (GsmCommand::Answer(leg), Phase::Answering { caller }) if *leg == caller => {
                self.finish(now, Outcome::Failed(format!("the stick could not answer: {reason}").into()));
            }
            (GsmCommand::Dial { tag, .. }, _) => self.dial_failed(now, *tag, &LegEnd::Network(None)),
            _ => {}
        }
    }

    fn device_lost(&mut self, now: Instant) {
        self.legs.clear();
        self.waiting.clear();
        self.ending.clear();
        self.foreign.clear();
        if let Some(talk) = &mut self.talk
            && !matches!(self.phase, Phase::Closing { .. })
        {
            talk.outcome = Outcome::DeviceLost;
        }
        if self.phase != Phase::Idle {
            self.closed(now);
        }
    }

    fn phase_over(&mut self, now: Instant) {
        match self.phase.clone() {
            Phase::Idle => self.until = None,
            Phase::Asked { caller } => self.undecided(now, caller),
            Phase::Ringing { .. } => self.reject_now(now),
            Phase::Answering { .. } => {
                self.finish(now, Outcome::Failed("the stick did not answer the call".into()));
            }
            Phase::Fetching { caller, tag, other } => {
                if let Some(other) = other {
                    self.phase = Phase::Fetching { caller, tag, other: None };
                    self.end_stray(now, other, 0);
                }
                self.target_failed(now, &LegEnd::NoAnswer);
            }
            Phase::CallingOwner { .. } => self.finish(now, Outcome::OwnerNoAnswer),
            Phase::CallingOther { .. } => self.finish(now, Outcome::OtherNoAnswer),
            Phase::Joining { first, second, again } => {
                self.join_refused(now, first, second, again, "the network did not join them in time");
            }
            Phase::Together { .. } => self.finish(now, Outcome::LimitReached),
            Phase::Closing { again, .. } => self.closing_over(now, again),
        }
    }

    // --- small steps that all phases share

    fn enter(&mut self, now: Instant, phase: Phase, at_most: Duration) {
        self.phase = phase;
        self.until = Some(now + at_most);
    }

    fn transmit(&mut self, command: GsmCommand) {
        self.outputs.push_back(Output::Transmit(command));
    }

    fn tell(&mut self, event: BridgeEvent) {
        self.outputs.push_back(Output::Event(event));
    }

    fn dial(&mut self, number: &str) -> u32 {
        let tag = self.next_tag;
        self.next_tag = self.next_tag.wrapping_add(1).max(1);
        self.transmit(GsmCommand::Dial {
            number: number.into(),
            hide_own_number: self.settings.hide_own_number,
            tag,
        });
        tag
    }

    fn decide(&mut self, now: Instant, leg: LegId, plan: Plan) {
        if self.waiting.contains_key(&leg) {
            self.decide_waiting(leg, &plan);
            return;
        }
        match self.phase {
            Phase::Asked { caller } | Phase::Ringing { caller } if caller == leg => {
                self.follow(now, caller, plan);
            }
            Phase::Answering { caller } | Phase::Fetching { caller, .. }
                if caller == leg && matches!(plan, Plan::Reject { .. }) =>
            {
                self.finish(now, Outcome::Rejected);
            }
            _ => self.tell(BridgeEvent::Refused {
                why: "that caller is gone, or somebody took the call already".into(),
            }),
        }
    }
}
