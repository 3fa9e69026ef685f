//! What can be done with a call: one small state machine for each [`Action`].
//!
//! An action gives commands through its [`Hand`] and hears the events of its call. It never ends a call by
//! itself without [`Hand::hang_up`], and the flow above it ends every call that an action forgets.

mod answered;
mod challenge;
mod fax;
mod hang_up;
mod keep_busy;
mod let_ring;
mod message;
mod own;
mod star_key;
mod voice_mail;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use call_event::{Action, IncomingCall, LineCommand, LineEvent, LineInfo, Sound, Verdict, VoiceMode};

use crate::flow::{CallFacts, FlowOutput};
use crate::recording::RecordingNames;
use crate::settings::{ActionSettings, Sounds};

pub(crate) use own::Own;
pub(crate) use star_key::StarKey;

/// How long the line may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// One action on one call.
pub(crate) trait CallAction: Send {
    /// The call is ours to act on.
    fn begin(&mut self, hand: &mut Hand<'_>);
    /// Something happened on the call.
    fn event(&mut self, event: &LineEvent, hand: &mut Hand<'_>);
    /// The time asked for with [`Hand::wait`] is over.
    fn timeout(&mut self, _hand: &mut Hand<'_>) {}
    /// It may hold on to a call whose ringing has ended.
    fn outlives_ringing(&self) -> bool {
        false
    }
}

/// What an action can do and see.
pub(crate) struct Hand<'a> {
    pub(crate) now: Instant,
    pub(crate) call: &'a IncomingCall,
    pub(crate) verdict: &'a Verdict,
    pub(crate) settings: &'a ActionSettings,
    pub(crate) sounds: &'a Sounds,
    pub(crate) facts: &'a mut CallFacts,
    pub(crate) names: &'a mut RecordingNames,
    pub(crate) random: &'a mut fastrand::Rng,
    pub(crate) out: &'a mut VecDeque<FlowOutput>,
    pub(crate) timer: &'a mut Option<Instant>,
    pub(crate) limit: &'a mut Option<Instant>,
    pub(crate) answer_by: &'a mut Option<Instant>,
    pub(crate) switch: &'a mut Option<Action>,
    pub(crate) hanging_up: &'a mut bool,
}

impl Hand<'_> {
    /// Gives the line a command.
    pub(crate) fn command(&mut self, command: LineCommand) {
        self.out.push_back(FlowOutput::Command(command));
    }

    /// Answers; from now on the call ends after `at_most` at the latest.
    pub(crate) fn answer(&mut self, at_most: Duration) {
        self.limit_to(at_most + ANSWER_WITHIN);
        *self.answer_by = Some(self.now + ANSWER_WITHIN);
        self.command(LineCommand::Answer);
    }

    /// The call ends after that long at the latest.
    pub(crate) fn limit_to(&mut self, at_most: Duration) {
        *self.limit = Some(self.now + at_most.min(self.settings.longest_call));
    }

    /// Ends the call. The flow sees to it that it does end.
    pub(crate) fn hang_up(&mut self) {
        *self.timer = None;
        *self.hanging_up = true;
    }

    /// Calls [`CallAction::timeout`] after that long, unless asked again before.
    pub(crate) fn wait(&mut self, time: Duration) {
        *self.timer = Some(self.now + time);
    }

    /// No timeout any more.
    pub(crate) fn wait_no_more(&mut self) {
        *self.timer = None;
    }

    /// Queues a sound.
    pub(crate) fn play(&mut self, sound: Sound, what: &str) {
        let what = match &sound {
            Sound::File(path) => {
                path.file_name().map_or_else(|| what.to_owned(), |name| name.to_string_lossy().into_owned())
            }
            Sound::Samples(_) => what.to_owned(),
        };
        self.command(LineCommand::Play(sound));
        let call = self.call.id.0;
        self.out.push_back(FlowOutput::news(call_event::GuardNews::Playing { call, what }));
    }

    /// Queues a file if there is one; whether there was.
    pub(crate) fn play_file(&mut self, file: Option<&PathBuf>) -> bool {
        match file {
            Some(path) => {
                self.play(Sound::File(path.clone()), "");
                true
            }
            None => false,
        }
    }

    /// Lets sound flow, into a recording where the mode records.
    pub(crate) fn voice(&mut self, mode: VoiceMode, at_most: Duration) {
        let record_to = (mode != VoiceMode::Transmit).then(|| {
            let path = self.names.next(self.call);
            self.facts.recording_to = Some(path.clone());
            path
        });
        self.command(LineCommand::Voice { mode, record_to, at_most });
    }

    /// Goes on with another action on the same call.
    pub(crate) fn switch_to(&mut self, action: Action) {
        *self.switch = Some(action);
    }
}

/// The action's state machine, as far as the line can do it: a line without voice hangs up instead.
pub(crate) fn make(action: &Action, info: Option<&LineInfo>, answered: bool) -> Box<dyn CallAction> {
    let voice = info.is_none_or(|i| i.voice);
    let fax = info.is_none_or(|i| i.fax);
    match action {
        Action::Fax if fax => Box::new(fax::Fax),
        Action::Message(file) if voice => Box::new(message::Message::new(file.clone())),
        Action::Record(time) if voice => Box::new(answered::Answered::record(*time)),
        Action::Transmit(time) if voice => Box::new(answered::Answered::transmit(*time)),
        Action::Duplex(time) if voice => Box::new(answered::Answered::duplex(*time)),
        Action::VoiceMail if voice => Box::new(voice_mail::VoiceMail::new(answered)),
        Action::Challenge { digit } if voice => Box::new(challenge::Challenge::new(*digit)),
        Action::KeepBusy if voice => Box::new(keep_busy::KeepBusy::default()),
        Action::Ring { rings } => Box::new(let_ring::LetRing::new(*rings)),
        // Forwarding is the bridge's work; without one the telephone rings.
        Action::Forward(_) => Box::new(let_ring::LetRing::new(None)),
        Action::Bar => Box::new(hang_up::Bar),
        _ => Box::new(hang_up::HangUp),
    }
}
