//! One guarded line: its flow, its channels, its health.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use call_event::{GuardNews, IncomingCall, LineCommand, LineEvent, LineId, LineStatus};
use crossbeam_channel::{Receiver, TrySendError, never};

use super::{Guard, LineEnds, LineStarter};
use crate::flow::CallFlow;
use crate::folder::GuardFolder;
use crate::judge::Judgement;
use crate::recording::RecordingNames;
use crate::settings::Sounds;

/// How many commands wait for a line that does not take them; each call needs a handful.
const WAITING_COMMANDS: usize = 256;
/// After how long a line whose thread died is started again.
const START_AGAIN: Duration = Duration::from_secs(2);

pub(super) struct Guarded {
    pub(super) id: LineId,
    pub(super) flow: CallFlow,
    pub(super) events: Receiver<LineEvent>,
    ends: LineEnds,
    starter: Option<LineStarter>,
    waiting: VecDeque<LineCommand>,
    /// What was found about the calls on this line.
    pub(super) judgements: Vec<Judged>,
    pub(super) health: &'static str,
    pub(super) device: String,
    pub(super) losses: u64,
    /// Messages wait on the network's own answering machine.
    pub(super) lamp: bool,
    pub(super) dead_since: Option<Instant>,
    /// It was asked for a sign of life and has not answered yet.
    pub(super) asked: bool,
}

/// A call that was judged.
pub(super) struct Judged {
    pub(super) call: IncomingCall,
    pub(super) judgement: Judgement,
    /// What the log wants to know beyond the verdict is in it.
    pub(super) explained: bool,
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").field("id", &self.id).field("health", &self.health).finish_non_exhaustive()
    }
}

impl Guarded {
    pub(super) fn new(id: LineId, ends: LineEnds, starter: Option<LineStarter>, guard: &Guard) -> Self {
        let names = RecordingNames::new(guard.folder.recordings(), guard.zone);
        let clock = (Instant::now(), SystemTime::now());
        let seed = fastrand::u64(..);
        Self {
            flow: CallFlow::new(id.clone(), Arc::clone(&guard.actions), names, clock, seed),
            id,
            events: ends.events.clone(),
            ends,
            starter,
            waiting: VecDeque::new(),
            judgements: Vec::new(),
            health: "starting",
            device: String::new(),
            losses: 0,
            lamp: false,
            dead_since: None,
            asked: false,
        }
    }

    /// Gives the line a command, now or as soon as it takes one.
    pub(super) fn command(&mut self, command: LineCommand) {
        self.waiting.push_back(command);
        self.push_commands();
    }

    /// Whether commands wait for the line to take them.
    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) fn push_commands(&mut self) {
        while let Some(command) = self.waiting.pop_front() {
            match self.ends.commands.try_send(command) {
                Ok(()) => {}
                Err(TrySendError::Full(command)) => {
                    self.waiting.push_front(command);
                    // The latest orders matter most: the one to hang up is among them.
                    while self.waiting.len() > WAITING_COMMANDS {
                        self.waiting.pop_front();
                        log::warn!("line {}: too many commands wait, the oldest is dropped", self.id);
                    }
                    return;
                }
                Err(TrySendError::Disconnected(_)) => self.waiting.clear(),
            }
        }
    }

    /// The line's thread is gone.
    pub(super) fn died(&mut self, now: Instant) {
        self.events = never();
        self.dead_since = Some(now);
        self.health = "dead";
    }

    /// Whether its thread lives, as far as can be told.
    pub(super) fn lives(&self) -> bool {
        self.dead_since.is_none() && !self.asked
    }

    /// Asks the line's thread for a sign of life; it gives one without a device too.
    pub(super) fn ask_if_alive(&mut self) {
        if self.dead_since.is_none() {
            self.asked = true;
            self.command(LineCommand::SignOfLife);
        }
    }

    /// When a dead line is to be started again.
    pub(super) fn start_again_at(&self) -> Option<Instant> {
        self.starter.as_ref().and(self.dead_since).map(|since| since + START_AGAIN)
    }

    /// Starts a dead line again, if it can be.
    pub(super) fn start_again(&mut self, now: Instant) -> Option<GuardNews> {
        let starter = self.starter.as_mut()?;
        match starter() {
            Ok(ends) => {
                self.events = ends.events.clone();
                self.ends = ends;
                self.dead_since = None;
                self.asked = false;
                self.health = "starting";
                None
            }
            Err(reason) => {
                self.dead_since = Some(now);
                Some(GuardNews::Trouble {
                    text: format!("line {} cannot be started again: {reason}", self.id),
                })
            }
        }
    }

    /// Looks into the sound folders; done while it rings, so that no decision waits for a disk.
    pub(super) fn look_for_sounds(&mut self, folder: &GuardFolder) {
        let sounds = Sounds {
            play: GuardFolder::sounds_in(&folder.play()),
            phrases: GuardFolder::sounds_in(&folder.phrases()),
        };
        self.flow.set_sounds(Arc::new(sounds));
    }

    pub(super) fn status(&self) -> LineStatus {
        LineStatus {
            line: self.id.to_string(),
            health: self.health.to_owned(),
            device: self.device.clone(),
            call: self.flow.news(),
            losses: self.losses,
        }
    }
}
