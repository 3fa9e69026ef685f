//! What the stick says of calls by itself: it tells when to look, and why a call ended.

use std::time::Instant;

use at_codec::gsm::{Final, Report, Shown};

use super::take_shown;
use crate::machine::Machine;
use crate::{Direction, GsmEvent, LegEnd, LegState};

impl Machine {
    pub(in crate::machine) fn call_report(&mut self, now: Instant, report: Report) {
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
    pub(in crate::machine) fn call_ended_by_word(&mut self, now: Instant, result: &Final) {
        let reason = match result {
            Final::Busy => Some(LegEnd::Busy),
            Final::NoAnswer => Some(LegEnd::NoAnswer),
            _ => None,
        };
        self.note_reason(None, reason);
        self.list_soon(now);
    }

    /// Only a dialled call that nobody answered ends for such a reason.
    pub(super) fn note_reason(&mut self, index: Option<u8>, reason: Option<LegEnd>) {
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
}
