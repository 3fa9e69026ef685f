//! Telephones on the modem's second socket, kept from the line until a call may ring.
//!
//! Whoever lifts one must find the line there: telephones are parted from the line only if the modem has shown that it
//! reports a lifted handset, and are joined again at once when one is lifted, when a call may ring, and before we leave.

use std::time::{Duration, Instant};

use at_codec::dialogue::{Command, Reply};
use at_codec::voice::VoiceEvent;

use super::{Phase, Session, Stage, Step};

/// A caller who is known, and of whom nobody said otherwise for so long, is heard.
const HELD_FOR: Duration = Duration::from_secs(1);

/// What is known of the telephones.
#[derive(Debug, Default)]
pub(super) struct Phones {
    apart: bool,
    /// The modem told of a handset before, so it will tell of the next one.
    reports: bool,
    lifted: bool,
    /// The modem knows no way to part them.
    refused: bool,
    /// When they are to ring.
    pub(super) join_at: Option<Instant>,
}

impl Session {
    /// The command that joins them, where they are parted at all.
    pub(super) fn joining(&self) -> Option<&str> {
        self.set.second_socket.as_ref().map(|socket| &*socket.joined)
    }

    /// A reset joins them.
    pub(super) fn phones_are_joined(&mut self) {
        self.phones.apart = false;
        self.phones.join_at = None;
    }

    /// Nothing goes on: no ring shall reach them before it is decided.
    pub(super) fn part_phones(&mut self, now: Instant) {
        let Some(socket) = &self.set.second_socket else { return };
        let phones = &self.phones;
        let at_rest = self.call.is_none() && self.plan.is_empty() && self.stage == Stage::Ready;
        if !at_rest || phones.apart || phones.lifted || phones.refused {
            return;
        }
        if !phones.reports {
            log::info!(
                "{}: the first ring is heard until a telephone was lifted once and the modem reported it",
                self.set.line
            );
            return;
        }
        let command = Command::line(&socket.apart);
        self.run(now, command, Step::Parted);
    }

    pub(super) fn handle_parted(&mut self, now: Instant, reply: &Reply) {
        if reply.is_ok() {
            self.phones.apart = true;
            if self.phones.lifted {
                self.join_phones(now);
            }
        } else {
            self.phones.refused = true;
            let said = reply.command.text.escape_ascii();
            log::warn!("{}: the first ring is heard, since the modem did not obey {said}", self.set.line);
        }
    }

    pub(super) fn join_phones(&mut self, now: Instant) {
        self.phones.join_at = None;
        if !self.phones.apart {
            return;
        }
        self.phones.apart = false;
        if let Some(command) = self.joining().map(Command::line) {
            self.run(now, command, Step::Any);
        }
    }

    /// The second ring is heard, decided or not.
    pub(super) fn phones_hear_ring(&mut self, now: Instant, count: u32) {
        if count > 1 {
            self.join_phones(now);
        }
    }

    /// All is known of the caller; whoever decides has a moment.
    pub(super) fn phones_wait_for_verdict(&mut self, now: Instant) {
        let rings = self.call.as_ref().is_some_and(|call| call.phase == Phase::Ringing);
        if self.phones.apart && rings && self.phones.join_at.is_none() {
            self.phones.join_at = Some(now + HELD_FOR);
        }
    }

    pub(super) fn phones_are_due(&mut self, now: Instant) {
        if self.phones.join_at.is_some_and(|at| at <= now) {
            self.phones.join_at = None;
            if self.call.as_ref().is_some_and(|call| call.phase == Phase::Ringing) {
                self.join_phones(now);
            }
        }
    }

    /// A handset is lifted or put down.
    pub(super) fn phones_move(&mut self, now: Instant, event: VoiceEvent) {
        match event {
            VoiceEvent::HandsetUp => {
                self.phones.reports = true;
                self.phones.lifted = true;
                self.join_phones(now);
            }
            VoiceEvent::HandsetDown => {
                self.phones.reports = true;
                self.phones.lifted = false;
                self.part_phones(now);
            }
            _ => {}
        }
    }

    /// We leave: whatever becomes of the modem, the telephones have their line. Waits for no reply.
    pub(super) fn leave_phones(&mut self) {
        if let Some(command) = self.joining().filter(|_| self.phones.apart) {
            let bytes = format!("{command}\r").into_bytes();
            self.dialogue.send(bytes);
        }
        self.phones_are_joined();
    }
}
