//! The calls: the stick's own list is the truth, its events only say when to look.

mod ending;
mod list;
mod reports;
mod wishes;

use std::time::{Duration, Instant};

use at_codec::gsm::{Ask, Shown};

use super::{Job, Machine};
use crate::{Direction, Leg, LegEnd, LegId, LegState};

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
/// How long a number waits to be dialled while the calls before it are being ended.
const NEXT_WAIT: Duration = Duration::from_secs(15);
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
    /// The stick has answered the command.
    taken: bool,
    /// It refused it: there never will be a call.
    over: bool,
}

impl Dialled {
    /// Whether no call will come of it any more.
    fn is_in_vain(&self, now: Instant) -> bool {
        let patience = match self.reason {
            None => SHOW_WAIT,
            // Ended by us before it showed; it may show yet.
            Some(LegEnd::ByUs) => LOOK_SOON,
            Some(_) => Duration::ZERO,
        };
        self.over || (self.taken && now.saturating_duration_since(self.at) >= patience)
    }
}

/// A number to dial as soon as the calls before it, which are being ended, are gone.
#[derive(Debug, Clone)]
struct Next {
    tag: u32,
    number: String,
    hide_own_number: Option<bool>,
    /// Not after that.
    until: Instant,
}

/// Whether another number can be dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Free,
    /// Once what is being ended is gone.
    Soon,
    Full,
}

/// Every call of a stick.
#[derive(Debug, Default)]
pub(super) struct Calls {
    tracks: Vec<Track>,
    dialled: Option<Dialled>,
    next: Option<Next>,
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
        self.tracks.is_empty() && self.dialled.is_none() && self.next.is_none()
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
        let next = self.next.as_ref().map(|n| n.until);
        [look, ends, numbers, next].into_iter().flatten().min()
    }

    fn room(&self) -> Room {
        let full = |tracks: &mut dyn Iterator<Item = &Track>| {
            let states: Vec<LegState> = tracks.map(|t| t.leg.state).collect();
            states.iter().any(|s| !s.answered())
                || (states.contains(&LegState::Active) && states.contains(&LegState::Held))
        };
        let ended = |d: &Dialled| d.reason == Some(LegEnd::ByUs);
        if self.dialled.as_ref().is_some_and(|d| !ended(d))
            || full(&mut self.tracks.iter().filter(|t| !t.by_us))
        {
            Room::Full
        } else if self.dialled.is_some() || self.ending.is_some() || self.tracks.iter().any(|t| t.by_us) {
            Room::Soon
        } else {
            Room::Free
        }
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
        self.dial_next(now);
        self.look(now);
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
