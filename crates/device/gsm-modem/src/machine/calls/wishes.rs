//! What the user wants of calls: dial, answer, hold, join, split.

use std::time::Instant;

use at_codec::gsm::{Ask, Final, Outcome};

use super::{Dialled, NEXT_WAIT, Next, Room};
use crate::machine::{Job, Machine};
use crate::{GsmCommand, GsmEvent, LegEnd, LegId, LegState};

impl Machine {
    pub(in crate::machine) fn call_command(&mut self, now: Instant, command: GsmCommand) {
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

    pub(super) fn mark_by_us(&mut self, id: LegId) {
        if let Some(track) = self.calls.tracks.iter_mut().find(|t| t.leg.id == id) {
            track.by_us = true;
        }
    }

    fn dial(&mut self, now: Instant, number: &str, hide: Option<bool>, tag: u32) {
        let legal = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#');
        let digits: String =
            number.chars().filter(|c| !matches!(c, ' ' | '-' | '/' | '.' | '(' | ')' | '\u{a0}')).collect();
        let rest = digits.strip_prefix('+').unwrap_or(&digits);
        let room = self.calls.room();
        let why = if rest.is_empty() || rest.len() > 40 || !rest.chars().all(legal) {
            Some("not a number that can be dialled")
        } else if room == Room::Full || self.calls.next.is_some() {
            Some("another call is being set up, or one is on and one on hold")
        } else if self.calls.count(LegState::Active) > 0 && !self.info.hold && room == Room::Free {
            Some("a call is on, and this stick cannot put it on hold")
        } else {
            None
        };
        if let Some(why) = why {
            self.tell(GsmEvent::DialFailed { tag, reason: LegEnd::NotPlaced(why.into()) });
        } else if room == Room::Soon {
            let until = now + NEXT_WAIT;
            self.calls.next = Some(Next { tag, number: digits, hide_own_number: hide, until });
            self.list_soon(now);
        } else {
            self.place(now, digits, hide, tag);
        }
    }

    fn place(&mut self, now: Instant, digits: String, hide: Option<bool>, tag: u32) {
        let own = match hide {
            None => "",
            Some(true) => "I",
            Some(false) => "i",
        };
        let dial = format!("ATD{digits}{own};");
        self.calls.dialled =
            Some(Dialled { tag, number: digits, at: now, reason: None, taken: false, over: false });
        if self.calls.count(LegState::Active) > 0 {
            self.ask_first(now, Ask::new("AT+CHLD=2"), Job::HoldThenDial { tag, dial });
        } else {
            self.ask_first(now, Ask::new(dial), Job::Dial { tag });
        }
    }

    /// Dials the number that waits for the end of the calls before it.
    pub(super) fn dial_next(&mut self, now: Instant) {
        let room = self.calls.room();
        let Some(next) = self.calls.next.take_if(|n| room != Room::Soon || n.until <= now) else { return };
        let why = match room {
            Room::Free if self.calls.count(LegState::Active) > 0 && !self.info.hold => {
                "a call is on, and this stick cannot put it on hold"
            }
            Room::Free => {
                self.place(now, next.number, next.hide_own_number, next.tag);
                return;
            }
            Room::Soon => "the stick does not end the call before it",
            Room::Full => "another call came first",
        };
        self.tell(GsmEvent::DialFailed { tag: next.tag, reason: LegEnd::NotPlaced(why.into()) });
    }

    pub(in crate::machine) fn held_to_dial(
        &mut self,
        now: Instant,
        tag: u32,
        dial: String,
        outcome: &Outcome,
    ) {
        // The call that was to be held may have ended meanwhile; then there is nothing to hold.
        if outcome.is_ok() || self.calls.count(LegState::Active) == 0 {
            self.ask_first(now, Ask::new(dial), Job::Dial { tag });
        } else if let Some(dialled) = self.calls.dialled.take_if(|d| d.tag == tag) {
            let why = format!("the call that is on cannot be put on hold: {}", outcome.reason());
            self.tell(GsmEvent::DialFailed { tag: dialled.tag, reason: LegEnd::NotPlaced(why.into()) });
        }
        self.list_soon(now);
    }

    pub(in crate::machine) fn dialled(&mut self, now: Instant, tag: u32, outcome: &Outcome) {
        if let Some(dialled) = self.calls.dialled.as_mut().filter(|d| d.tag == tag) {
            dialled.taken = true;
            dialled.at = now;
            let reason = match outcome {
                // Some modems say CONNECT when the other side answers.
                Outcome::Final(Final::Ok | Final::Connect) => None,
                Outcome::Final(Final::Busy) => Some(LegEnd::Busy),
                Outcome::Final(Final::NoAnswer) => Some(LegEnd::NoAnswer),
                // It may be another call's end: the list decides.
                Outcome::Final(Final::NoCarrier) => Some(LegEnd::Network(None)),
                other => Some(LegEnd::NotPlaced(other.reason().into())),
            };
            if let Some(reason) = reason {
                dialled.over = true;
                dialled.reason.get_or_insert(reason);
            }
        } else if let Outcome::Final(Final::Busy) = outcome {
            self.note_reason(None, Some(LegEnd::Busy));
        } else if let Outcome::Final(Final::NoAnswer) = outcome {
            self.note_reason(None, Some(LegEnd::NoAnswer));
        }
        self.list_soon(now);
    }
}
