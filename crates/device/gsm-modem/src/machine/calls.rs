//! The calls: the stick's own list is the truth, its events only say when to look.

use std::time::{Duration, Instant};

use at_codec::gsm::{Ask, CallEntry, CallState, Final, Outcome, Report, Shown};

use super::{Job, Machine};
use crate::{Direction, GsmCommand, GsmEvent, Leg, LegEnd, LegId, LegState};

/// How often the list is asked for while a call is not answered yet.
const LOOK_SOON: Duration = Duration::from_millis(1000);
/// How often while calls are on: an event that is lost must not leave a dead call.
const LOOK_LATER: Duration = Duration::from_secs(3);
/// A dialled call that ended without a reason: so long its reason may still come.
const REASON_WAIT: Duration = Duration::from_millis(400);
/// How long to wait for an incoming call's number.
const NUMBER_WAIT: Duration = Duration::from_millis(2500);
/// How long a dialled call may take to show in the list.
const SHOW_WAIT: Duration = Duration::from_secs(12);
/// How long the end of one of several calls waits for its confirmation, before it is ended anyhow.
const CONFIRM_WAIT: Duration = Duration::from_secs(10);
/// How often all calls are told to end before that is given up.
const END_ROUNDS: u8 = 6;

/// One call, and what is known of it besides.
#[derive(Debug, Clone)]
struct Track {
    leg: Leg,
    index: u8,
    /// Told to the user.
    told: bool,
    since: Instant,
    answered: Option<Instant>,
    /// The network has it: it may be ended by its number.
    confirmed: bool,
    by_us: bool,
    reason: Option<LegEnd>,
    /// Not in the list any more since then.
    missing: Option<Instant>,
    rings: u32,
    rings_told: u32,
    /// To be ended once it is confirmed, or at that time.
    end_at: Option<Instant>,
}

/// A number was dialled and is not in the list yet.
#[derive(Debug, Clone)]
struct Dialled {
    tag: u32,
    number: String,
    at: Instant,
    reason: Option<LegEnd>,
    /// The stick has taken the command.
    taken: bool,
}

/// Every call of a stick.
#[derive(Debug, Default)]
pub(super) struct Calls {
    tracks: Vec<Track>,
    dialled: Option<Dialled>,
    next_id: u32,
    next_look: Option<Instant>,
    looking: bool,
    /// Rings and numbers that came before the call was in the list.
    rings: u32,
    shown: Option<(Shown, Instant)>,
    waiting_shown: Option<Shown>,
    /// Which attempt to end every call comes next, and when.
    ending: Option<(u8, Instant)>,
}

impl Calls {
    pub(super) fn follow(&mut self, before: &Self) {
        self.next_id = before.next_id;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tracks.is_empty() && self.dialled.is_none()
    }

    pub(super) fn has_active(&self) -> bool {
        self.tracks.iter().any(|t| t.leg.state == LegState::Active)
    }

    pub(super) fn active_index(&self) -> Option<u8> {
        self.tracks.iter().find(|t| t.leg.state == LegState::Active).map(|t| t.index)
    }

    pub(super) fn only_active(&self) -> Option<LegId> {
        let mut active = self.tracks.iter().filter(|t| t.leg.state == LegState::Active);
        active.next().map(|t| t.leg.id).filter(|_| active.next().is_none())
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let look = self.next_look.filter(|_| !self.looking);
        let ends = self.tracks.iter().filter_map(|t| t.end_at).min();
        let numbers = self.tracks.iter().filter(|t| !t.told).map(|t| t.since + NUMBER_WAIT).min();
        [look, ends, numbers].into_iter().flatten().min()
    }

    fn find(&self, id: LegId) -> Option<&Track> {
        self.tracks.iter().find(|t| t.leg.id == id)
    }

    fn count(&self, state: LegState) -> usize {
        self.tracks.iter().filter(|t| t.leg.state == state).count()
    }
}

impl Machine {
    pub(super) fn list_soon(&mut self, now: Instant) {
        if self.info.voice {
            self.calls.next_look = Some(now);
            self.look(now);
        }
    }

    fn look(&mut self, now: Instant) {
        if !self.calls.looking && self.up && self.calls.next_look.is_some_and(|at| at <= now) {
            self.calls.looking = true;
            self.calls.next_look = None;
            self.ask_first(now, Ask::new("AT+CLCC"), Job::ListCalls);
        }
    }

    pub(super) fn calls_due(&mut self, now: Instant) {
        self.tell_nameless(now);
        let due: Vec<LegId> = self
            .calls
            .tracks
            .iter()
            .filter(|t| t.end_at.is_some_and(|at| at <= now))
            .map(|t| t.leg.id)
            .collect();
        for id in due {
            self.end_now(now, id);
        }
        let limit = self.settings.dial_limit;
        let silent: Vec<LegId> = self
            .calls
            .tracks
            .iter()
            .filter(|t| {
                t.leg.direction == Direction::Outgoing
                    && t.answered.is_none()
                    && !t.by_us
                    && now.saturating_duration_since(t.since) >= limit
            })
            .map(|t| t.leg.id)
            .collect();
        for id in silent {
            self.hang_up(now, id, Some(LegEnd::NoAnswer));
        }
        self.look(now);
    }

    // --- the truth ---

    pub(super) fn calls_listed(&mut self, now: Instant, lines: &[String], outcome: &Outcome) {
        self.calls.looking = false;
        if outcome.is_ok() {
            let entries: Vec<CallEntry> = lines
                .iter()
                .filter_map(|line| match Report::read(line) {
                    Some(Report::Call(entry)) if entry.voice && entry.state != CallState::Ended => {
                        Some(entry)
                    }
                    _ => None,
                })
                .collect();
            self.reconcile(now, &entries);
        }
        let calls = &self.calls;
        let soon = calls.dialled.is_some() || calls.tracks.iter().any(|t| t.answered.is_none() || t.by_us);
        let again = match (calls.is_empty(), soon) {
            _ if calls.tracks.iter().any(|t| t.missing.is_some()) => Some(REASON_WAIT),
            (true, _) if calls.ending.is_none() => None,
            (_, true) => Some(LOOK_SOON),
            _ => Some(LOOK_LATER),
        };
        if let Some(again) = again {
            // An event that came while the list was under way has asked for another one already.
            let at = now + again;
            self.calls.next_look = Some(self.calls.next_look.map_or(at, |earlier| earlier.min(at)));
        }
        self.look(now);
        self.end_more(now);
    }

    fn reconcile(&mut self, now: Instant, entries: &[CallEntry]) {
        // What is not in the list is over; so is a call whose number now belongs to one that was never answered.
        let mut over = Vec::new();
        for (at, track) in self.calls.tracks.iter_mut().enumerate() {
            let same = entries.iter().find(|e| {
                e.index == track.index
                    && e.incoming == (track.leg.direction == Direction::Incoming)
                    && (track.answered.is_none() || matches!(e.state, CallState::Active | CallState::Held))
            });
            if same.is_some() {
                track.missing = None;
                continue;
            }
            let first_missed = *track.missing.get_or_insert(now);
            let waits_for_reason = track.leg.direction == Direction::Outgoing
                && track.answered.is_none()
                && track.reason.is_none()
                && !track.by_us
                && now.saturating_duration_since(first_missed) < REASON_WAIT
                && !entries.iter().any(|e| e.index == track.index);
            if !waits_for_reason {
                over.push(at);
            }
        }
        let mut gone = Vec::new();
        for at in over.into_iter().rev() {
            gone.push(self.calls.tracks.remove(at));
        }
        for track in gone.into_iter().rev() {
            self.tell_end(now, track);
        }
        for entry in entries {
            self.take_entry(now, entry);
        }
        self.tell_nameless(now);
        if let Some(dialled) = self
            .calls
            .dialled
            .take_if(|d| d.reason.is_some() || (d.taken && now.saturating_duration_since(d.at) >= SHOW_WAIT))
        {
            let reason = dialled.reason.unwrap_or(LegEnd::Network(None));
            self.tell(GsmEvent::DialFailed { tag: dialled.tag, reason });
        }
    }

    fn take_entry(&mut self, now: Instant, entry: &CallEntry) {
        let direction = if entry.incoming { Direction::Incoming } else { Direction::Outgoing };
        let state = match entry.state {
            CallState::Active => LegState::Active,
            CallState::Held => LegState::Held,
            CallState::Dialing => LegState::Dialing,
            CallState::Alerting => LegState::Alerting,
            CallState::Waiting => LegState::Waiting,
            _ => LegState::Incoming,
        };
        let at = self.calls.tracks.iter().position(|t| t.index == entry.index);
        let at = at.unwrap_or_else(|| {
            self.calls.next_id += 1;
            let dialled = if entry.incoming { None } else { self.calls.dialled.take() };
            let number = dialled.as_ref().map(|d| phone_number::Caller::from_line(d.number.as_bytes()));
            self.calls.tracks.push(Track {
                leg: Leg {
                    id: LegId(self.calls.next_id),
                    direction,
                    state,
                    joined: entry.joined,
                    number,
                    name: None,
                    tag: dialled.as_ref().map(|d| d.tag),
                },
                index: entry.index,
                told: false,
                since: now,
                answered: None,
                confirmed: entry.incoming,
                by_us: false,
                reason: dialled.and_then(|d| d.reason),
                missing: None,
                rings: 0,
                rings_told: 0,
                end_at: None,
            });
            self.calls.tracks.len() - 1
        });
        let early = match state {
            LegState::Waiting => self.calls.waiting_shown.take(),
            LegState::Incoming => {
                let fresh = self
                    .calls
                    .shown
                    .take()
                    .filter(|(_, at)| now.saturating_duration_since(*at) < NUMBER_WAIT * 2);
                fresh.map(|(shown, _)| shown)
            }
            _ => None,
        };
        let early_rings = if state == LegState::Incoming { std::mem::take(&mut self.calls.rings) } else { 0 };
        let track = &mut self.calls.tracks[at];
        let before = track.leg.clone();
        track.leg.state = state;
        track.leg.joined = entry.joined;
        track.confirmed |= state != LegState::Dialing;
        track.rings += early_rings;
        if state.answered() && track.answered.is_none() {
            track.answered = Some(now);
        }
        if track.leg.direction == Direction::Incoming {
            let number_in_list = entry.shown.as_ref().filter(|s| s.caller.number().is_some());
            for shown in early.iter().chain(number_in_list) {
                take_shown(&mut track.leg, shown);
            }
        }
        let confirmed_now = track.confirmed && track.end_at.is_some();
        let id = track.leg.id;
        let told = track.told;
        let known = track.leg.direction == Direction::Outgoing
            || track.leg.number.is_some()
            || state.answered()
            || now.saturating_duration_since(track.since) >= NUMBER_WAIT;
        let changed = track.leg != before;
        track.told |= known;
        if (known && !told) || (told && changed) {
            let leg = track.leg.clone();
            self.tell(GsmEvent::Leg(leg));
        }
        self.tell_rings(at);
        if confirmed_now {
            self.end_now(now, id);
        }
    }

    /// An incoming call whose number does not come is told without it.
    fn tell_nameless(&mut self, now: Instant) {
        let due: Vec<usize> = (0..self.calls.tracks.len())
            .filter(|&at| {
                let track = &self.calls.tracks[at];
                !track.told && now.saturating_duration_since(track.since) >= NUMBER_WAIT
            })
            .collect();
        for at in due {
            self.calls.tracks[at].told = true;
            let leg = self.calls.tracks[at].leg.clone();
            self.tell(GsmEvent::Leg(leg));
            self.tell_rings(at);
        }
    }

    fn tell_rings(&mut self, at: usize) {
        let Some(track) = self.calls.tracks.get_mut(at).filter(|t| t.told) else { return };
        let (leg, from, to) = (track.leg.id, track.rings_told, track.rings);
        track.rings_told = to;
        for count in from + 1..=to {
            self.tell(GsmEvent::Ring { leg, count });
        }
    }

    fn tell_end(&mut self, now: Instant, mut track: Track) {
        let answered_for = track.answered.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        let reason = match track.reason.take() {
            Some(reason) => reason,
            None if track.by_us => LegEnd::ByUs,
            None if track.answered.is_some() => LegEnd::HungUp,
            None if track.leg.direction == Direction::Incoming => LegEnd::Missed,
            None => LegEnd::Network(None),
        };
        if !track.told {
            self.tell(GsmEvent::Leg(track.leg.clone()));
        }
        let apart = track.answered.is_some() && !track.leg.joined;
        self.tell(GsmEvent::LegEnded { leg: track.leg, reason, answered_for });
        let mut rest = self.calls.tracks.iter().filter(|t| t.leg.state.answered() && t.missing.is_none());
        let lone = rest.next().filter(|_| rest.next().is_none()).map(|t| (t.leg.id, t.leg.joined));
        if let Some((id, false)) = lone
            && apart
            && self.profile.lone_call_mute
        {
            self.tell(GsmEvent::SoundLost(id));
        }
    }

    pub(super) fn calls_lost(&mut self, now: Instant) {
        if let Some(dialled) = self.calls.dialled.take() {
            self.tell(GsmEvent::DialFailed { tag: dialled.tag, reason: LegEnd::DeviceLost });
        }
        for mut track in std::mem::take(&mut self.calls.tracks) {
            track.reason = Some(LegEnd::DeviceLost);
            self.tell_end(now, track);
        }
    }

    // --- what the stick says ---

    pub(super) fn call_report(&mut self, now: Instant, report: Report) {
        match report {
            Report::Ring { voice: true } => {
                match self.calls.tracks.iter().position(|t| t.leg.state == LegState::Incoming) {
                    Some(at) => {
                        self.calls.tracks[at].rings += 1;
                        self.tell_rings(at);
                    }
                    None => self.calls.rings += 1,
                }
                self.list_soon(now);
            }
            Report::Caller(shown) => {
                match self.calls.tracks.iter().position(|t| t.leg.state == LegState::Incoming) {
                    Some(at) => self.show_caller(at, &shown),
                    None => self.calls.shown = Some((shown, now)),
                }
                self.list_soon(now);
            }
            Report::CallWaiting(shown) => {
                match self.calls.tracks.iter().position(|t| t.leg.state == LegState::Waiting) {
                    Some(at) => self.show_caller(at, &shown),
                    None => self.calls.waiting_shown = Some(shown),
                }
                self.list_soon(now);
            }
            Report::Placed { index, confirmed: true } => {
                // The list says more, but only this says that the call may be ended by its number.
                let mut ready = None;
                if let Some(track) = self.calls.tracks.iter_mut().find(|t| t.index == index) {
                    track.confirmed = true;
                    ready = track.end_at.map(|_| track.leg.id);
                }
                if let Some(id) = ready {
                    self.end_now(now, id);
                }
                self.list_soon(now);
            }
            Report::Ended { index, cause, .. } => {
                let reason = match cause {
                    Some(17) => Some(LegEnd::Busy),
                    Some(21) => Some(LegEnd::Refused),
                    Some(18 | 19) => Some(LegEnd::NoAnswer),
                    Some(16 | 31) | None => None,
                    Some(cause) => Some(LegEnd::Network(Some(cause))),
                };
                self.note_reason(Some(index), reason);
                self.list_soon(now);
            }
            Report::Placed { .. }
            | Report::Answered(_)
            | Report::VoiceBegin
            | Report::VoiceEnd
            | Report::Missed
            | Report::Call(_)
            | Report::Connected(_)
            | Report::PlacedNotice(_)
            | Report::CallNotice(_) => self.list_soon(now),
            _ => {}
        }
    }

    fn show_caller(&mut self, at: usize, shown: &Shown) {
        let track = &mut self.calls.tracks[at];
        let before = track.leg.clone();
        take_shown(&mut track.leg, shown);
        let first = !std::mem::replace(&mut track.told, true);
        if first || track.leg != before {
            let leg = track.leg.clone();
            self.tell(GsmEvent::Leg(leg));
            self.tell_rings(at);
        }
    }

    /// `BUSY` and its like, by themselves: they do not say which call they mean.
    pub(super) fn call_ended_by_word(&mut self, now: Instant, result: &Final) {
        let reason = match result {
            Final::Busy => Some(LegEnd::Busy),
            Final::NoAnswer => Some(LegEnd::NoAnswer),
            _ => None,
        };
        self.note_reason(None, reason);
        self.list_soon(now);
    }

    /// Only a dialled call that nobody answered ends for such a reason.
    fn note_reason(&mut self, index: Option<u8>, reason: Option<LegEnd>) {
        let Some(reason) = reason else { return };
        let track = self.calls.tracks.iter_mut().find(|t| {
            t.leg.direction == Direction::Outgoing
                && t.answered.is_none()
                && index.is_none_or(|index| t.index == index)
        });
        match (track, &mut self.calls.dialled) {
            (Some(track), _) if !track.by_us => {
                track.reason.get_or_insert(reason);
            }
            (None, Some(dialled)) => {
                dialled.reason.get_or_insert(reason);
            }
            _ => {}
        }
    }

    // --- what the user wants ---

    pub(super) fn call_command(&mut self, now: Instant, command: GsmCommand) {
        if !self.info.voice {
            match command {
                GsmCommand::Dial { tag, .. } => {
                    let why = "this stick has no voice side, or it is locked";
                    self.tell(GsmEvent::DialFailed { tag, reason: LegEnd::NotPlaced(why.into()) });
                }
                other => self.refuse(other, "this stick has no voice side, or it is locked"),
            }
            return;
        }
        let active = self.calls.count(LegState::Active) > 0;
        let held = self.calls.count(LegState::Held) > 0;
        let waiting = self.calls.count(LegState::Waiting) > 0;
        match &command {
            GsmCommand::Dial { number, hide_own_number, tag } => {
                let (number, hide, tag) = (number.clone(), *hide_own_number, *tag);
                self.dial(now, &number, hide, tag);
            }
            GsmCommand::Answer(id) => match self.calls.find(*id).map(|t| t.leg.state) {
                Some(LegState::Incoming) => self.do_call(now, "ATA", command),
                Some(LegState::Waiting) if active && held => {
                    self.refuse(command, "one call is on and one on hold; end one of them first");
                }
                Some(LegState::Waiting) => self.do_call(now, "AT+CHLD=2", command),
                _ => self.refuse(command, "this call does not ring"),
            },
            GsmCommand::Reject(id) => match self.calls.find(*id).map(|t| t.leg.state) {
                Some(LegState::Incoming) => {
                    self.mark_by_us(*id);
                    self.do_call(now, "AT+CHUP", command);
                }
                Some(LegState::Waiting) => {
                    self.mark_by_us(*id);
                    self.do_call(now, "AT+CHLD=0", command);
                }
                _ => self.refuse(command, "this call does not ring"),
            },
            GsmCommand::HangUp(id) => {
                if self.calls.find(*id).is_none() {
                    self.refuse(command, "this call is over");
                } else {
                    self.hang_up(now, *id, None);
                }
            }
            GsmCommand::HangUpAll => self.end_all(now),
            // With a call that waits, CHLD=2 would answer it.
            GsmCommand::Swap if waiting => {
                self.refuse(command, "a call waits; answer or reject it first");
            }
            GsmCommand::Swap if active || held => self.do_call(now, "AT+CHLD=2", command),
            GsmCommand::Join if !self.info.join => self.refuse(command, "this stick cannot join calls"),
            GsmCommand::Join if active && held => self.do_call(now, "AT+CHLD=3", command),
            GsmCommand::Transfer if active && held => self.do_call(now, "AT+CHLD=4", command),
            GsmCommand::Join | GsmCommand::Transfer => {
                self.refuse(command, "it takes one call that is on and one on hold");
            }
            GsmCommand::Swap => self.refuse(command, "there is no call to put on hold or to take back"),
            GsmCommand::Split(id) => match self.calls.find(*id).map(|t| (t.leg.state, t.index)) {
                Some((LegState::Active, index)) if !held => {
                    self.do_call(now, &format!("AT+CHLD=2{index}"), command);
                }
                _ => self.refuse(command, "the call must be on, and none on hold"),
            },
            _ => self.refuse(command, "this version does not know the command"),
        }
    }

    fn do_call(&mut self, now: Instant, text: &str, command: GsmCommand) {
        self.ask_first(now, Ask::new(text), Job::Asked(command));
    }

    fn mark_by_us(&mut self, id: LegId) {
        if let Some(track) = self.calls.tracks.iter_mut().find(|t| t.leg.id == id) {
            track.by_us = true;
        }
    }

    fn dial(&mut self, now: Instant, number: &str, hide: Option<bool>, tag: u32) {
        let legal = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#');
        let digits: String =
            number.chars().filter(|c| !matches!(c, ' ' | '-' | '/' | '.' | '(' | ')' | '\u{a0}')).collect();
        let rest = digits.strip_prefix('+').unwrap_or(&digits);
        let busy = self.calls.dialled.is_some()
            || self.calls.tracks.iter().any(|t| !t.leg.state.answered())
            || (self.calls.count(LegState::Active) > 0 && self.calls.count(LegState::Held) > 0);
        let why = if rest.is_empty() || rest.len() > 40 || !rest.chars().all(legal) {
            Some("not a number that can be dialled")
        } else if busy {
            Some("another call is being set up, or one is on and one on hold")
        } else if self.calls.count(LegState::Active) > 0 && !self.info.hold {
            Some("a call is on, and this stick cannot put it on hold")
        } else {
            None
        };
        if let Some(why) = why {
            self.tell(GsmEvent::DialFailed { tag, reason: LegEnd::NotPlaced(why.into()) });
            return;
        }
        let own = match hide {
            None => "",
            Some(true) => "I",
            Some(false) => "i",
        };
        let dial = format!("ATD{digits}{own};");
        self.calls.dialled = Some(Dialled { tag, number: digits, at: now, reason: None, taken: false });
        if self.calls.count(LegState::Active) > 0 {
            self.ask_first(now, Ask::new("AT+CHLD=2"), Job::HoldThenDial { tag, dial });
        } else {
            self.ask_first(now, Ask::new(dial), Job::Dial { tag });
        }
    }

    pub(super) fn held_to_dial(&mut self, now: Instant, tag: u32, dial: String, outcome: &Outcome) {
        // The call that was to be held may have ended meanwhile; then there is nothing to hold.
        if outcome.is_ok() || self.calls.count(LegState::Active) == 0 {
            self.ask_first(now, Ask::new(dial), Job::Dial { tag });
        } else if let Some(dialled) = self.calls.dialled.take_if(|d| d.tag == tag) {
            let why = format!("the call that is on cannot be put on hold: {}", outcome.reason());
            self.tell(GsmEvent::DialFailed { tag: dialled.tag, reason: LegEnd::NotPlaced(why.into()) });
        }
        self.list_soon(now);
    }

    pub(super) fn dialled(&mut self, now: Instant, tag: u32, outcome: &Outcome) {
        if let Some(dialled) = self.calls.dialled.as_mut().filter(|d| d.tag == tag) {
            dialled.taken = true;
            dialled.at = now;
            match outcome {
                // Some modems say CONNECT when the other side answers.
                Outcome::Final(Final::Ok | Final::Connect) => {}
                Outcome::Final(Final::Busy) => dialled.reason = Some(LegEnd::Busy),
                Outcome::Final(Final::NoAnswer) => dialled.reason = Some(LegEnd::NoAnswer),
                // It may be another call's end: the list decides.
                Outcome::Final(Final::NoCarrier) => dialled.reason = Some(LegEnd::Network(None)),
                other => dialled.reason = Some(LegEnd::NotPlaced(other.reason().into())),
            }
        } else if let Outcome::Final(Final::Busy) = outcome {
            self.note_reason(None, Some(LegEnd::Busy));
        } else if let Outcome::Final(Final::NoAnswer) = outcome {
            self.note_reason(None, Some(LegEnd::NoAnswer));
        }
        self.list_soon(now);
    }

    fn hang_up(&mut self, now: Instant, id: LegId, reason: Option<LegEnd>) {
        let several = self.calls.tracks.len() > 1;
        let early_kills = self.profile.early_release_kills;
        let Some(track) = self.calls.tracks.iter_mut().find(|t| t.leg.id == id) else { return };
        track.by_us = true;
        if reason.is_some() {
            track.reason = reason;
        }
        if several && early_kills && !track.confirmed {
            track.end_at.get_or_insert(now + CONFIRM_WAIT);
            return;
        }
        self.end_now(now, id);
    }

    fn end_now(&mut self, now: Instant, id: LegId) {
        let several = self.calls.tracks.len() > 1;
        let Some(track) = self.calls.tracks.iter_mut().find(|t| t.leg.id == id) else { return };
        track.end_at = None;
        let text = match track.leg.state {
            // A single call is never ended by its number: some sticks die of that, some leave it.
            _ if !several => "AT+CHUP".to_owned(),
            LegState::Waiting => "AT+CHLD=0".into(),
            // Never confirmed: ending "what is on" ends it, and takes the held one back.
            LegState::Dialing if !track.confirmed => "AT+CHLD=1".into(),
            _ => format!("AT+CHLD=1{}", track.index),
        };
        self.ask_first(now, Ask::new(text), Job::Asked(GsmCommand::HangUp(id)));
    }

    pub(super) fn end_all(&mut self, now: Instant) {
        for track in &mut self.calls.tracks {
            track.by_us = true;
        }
        if let Some(dialled) = &mut self.calls.dialled {
            dialled.reason.get_or_insert(LegEnd::ByUs);
        }
        if self.info.voice && self.calls.ending.is_none() {
            self.calls.ending = Some((0, now));
            self.end_round(now);
        }
    }

    /// Tells the stick once more to end every call, unless it was told just now.
    fn end_round(&mut self, now: Instant) {
        let Some((round, _)) = self.calls.ending.filter(|(_, at)| *at <= now) else { return };
        // Each maker leaves something else behind: held calls, waiting ones.
        let text = ["AT+CHUP", "AT+CHLD=1", "AT+CHLD=0", "AT+CHUP", "ATH"][usize::from(round) % 5];
        self.calls.ending = Some((round + 1, now + LOOK_SOON));
        self.ask_first(now, Ask::new(text), Job::EndAll);
    }

    /// After each list: goes on until the list is empty.
    fn end_more(&mut self, now: Instant) {
        let Some((round, _)) = self.calls.ending else { return };
        if self.calls.tracks.is_empty() {
            self.calls.ending = None;
        } else if round > END_ROUNDS {
            log::error!("the stick does not end its calls");
            self.calls.ending = None;
        } else {
            self.end_round(now);
        }
    }
}

fn take_shown(leg: &mut Leg, shown: &Shown) {
    // A number that is known is never taken back by a line without one.
    let known = leg.number.as_ref().is_some_and(|c| c.number().is_some());
    if !known || shown.caller.number().is_some() {
        leg.number = Some(shown.caller.clone());
    }
    if shown.name.is_some() {
        leg.name.clone_from(&shown.name);
    }
}
