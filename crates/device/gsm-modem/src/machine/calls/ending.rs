//! Ending one call or all of them, with what each make of stick needs for it.

use std::time::Instant;

use at_codec::gsm::Ask;

use super::{CONFIRM_WAIT, END_ROUNDS, LOOK_SOON};
use crate::machine::{Job, Machine};
use crate::{GsmCommand, GsmEvent, LegEnd, LegId, LegState};

impl Machine {
    pub(super) fn hang_up(&mut self, now: Instant, id: LegId, reason: Option<LegEnd>) {
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

    pub(super) fn end_now(&mut self, now: Instant, id: LegId) {
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

    pub(in crate::machine) fn end_all(&mut self, now: Instant) {
        for track in &mut self.calls.tracks {
            track.by_us = true;
        }
        if let Some(dialled) = &mut self.calls.dialled {
            dialled.reason.get_or_insert(LegEnd::ByUs);
        }
        if let Some(next) = self.calls.next.take() {
            self.tell(GsmEvent::DialFailed { tag: next.tag, reason: LegEnd::ByUs });
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
    pub(super) fn end_more(&mut self, now: Instant) {
        let Some((round, _)) = self.calls.ending else { return };
        if self.calls.tracks.is_empty() && self.calls.dialled.is_none() {
            self.calls.ending = None;
        } else if round > END_ROUNDS {
            log::error!("the stick does not end its calls");
            self.calls.ending = None;
        } else {
            self.end_round(now);
        }
    }
}
