//! The stick's list of calls, and what changed in it since the last one.

use std::time::{Duration, Instant};

use at_codec::gsm::{CallEntry, CallState, Outcome, Report};

use super::{LOOK_LATER, LOOK_SOON, NUMBER_WAIT, REASON_WAIT, Track, take_shown};
use crate::machine::Machine;
use crate::{Direction, GsmEvent, Leg, LegEnd, LegId, LegState};

impl Machine {
    pub(in crate::machine) fn calls_listed(&mut self, now: Instant, lines: &[String], outcome: &Outcome) {
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
        let soon = calls.dialled.is_some()
            || calls.next.is_some()
            || calls.tracks.iter().any(|t| t.answered.is_none() || t.by_us);
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
        self.dial_next(now);
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
        if let Some(dialled) = self.calls.dialled.take_if(|d| d.is_in_vain(now)) {
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
    pub(super) fn tell_nameless(&mut self, now: Instant) {
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

    pub(super) fn tell_rings(&mut self, at: usize) {
        let Some(track) = self.calls.tracks.get_mut(at).filter(|t| t.told) else { return };
        let (leg, from, to) = (track.leg.id, track.rings_told, track.rings);
        track.rings_told = to;
        for count in from + 1..=to {
            self.tell(GsmEvent::Ring { leg, count });
        }
    }

    pub(super) fn tell_end(&mut self, now: Instant, mut track: Track) {
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

    pub(in crate::machine) fn calls_lost(&mut self, now: Instant) {
        if let Some(dialled) = self.calls.dialled.take() {
            self.tell(GsmEvent::DialFailed { tag: dialled.tag, reason: LegEnd::DeviceLost });
        }
        if let Some(next) = self.calls.next.take() {
            self.tell(GsmEvent::DialFailed { tag: next.tag, reason: LegEnd::DeviceLost });
        }
        for mut track in std::mem::take(&mut self.calls.tracks) {
            track.reason = Some(LegEnd::DeviceLost);
            self.tell_end(now, track);
        }
    }
}
