//! One's own blocker: what a program wants to do with calls beyond the settings.

use std::path::PathBuf;
use std::time::Duration;

use call_event::{IncomingCall, LineCommand, LineId, Sound, Verdict, VoiceMode};

use crate::flow::FinishedCall;

/// What happens on a line, for programs that want to decide or act themselves.
///
/// Every method has a default that leaves things to the settings. They run in the loop that decides about
/// all lines: return quickly, and hand slow work to a thread of your own. A handler that panics is taken
/// off; the line goes on being guarded without it.
///
/// For a handful of lines, closures do: see [`Handlers`].
pub trait CallHandler: Send {
    /// The telephone rings; the caller may not be known yet.
    fn ring(&mut self, _line: &LineId, _count: u32, _control: &mut CallControl<'_>) {}

    /// A call comes in and has been judged. `Some` puts another verdict in place of the one given;
    /// commands through `control` take the call over.
    fn call(
        &mut self,
        _call: &IncomingCall,
        _verdict: &Verdict,
        _control: &mut CallControl<'_>,
    ) -> Option<Verdict> {
        None
    }

    /// The network's answering machine has messages, or no more.
    fn message_waiting(&mut self, _line: &LineId, _waiting: bool) {}

    /// The guard has answered a call.
    fn answered(&mut self, _call: &IncomingCall, _control: &mut CallControl<'_>) {}

    /// The caller pressed a digit on an answered call.
    fn digit(&mut self, _call: &IncomingCall, _digit: char, _control: &mut CallControl<'_>) {}

    /// The caller has been silent for that long.
    fn silence(&mut self, _call: &IncomingCall, _lasted: Duration, _control: &mut CallControl<'_>) {}

    /// Everything queued is played.
    fn played(&mut self, _call: &IncomingCall, _control: &mut CallControl<'_>) {}

    /// The call is over, and the line is on-hook.
    fn ended(&mut self, _call: &FinishedCall) {}
}

impl CallHandler for Box<dyn CallHandler> {
    fn ring(&mut self, line: &LineId, count: u32, control: &mut CallControl<'_>) {
        (**self).ring(line, count, control);
    }

    fn call(
        &mut self,
        call: &IncomingCall,
        verdict: &Verdict,
        control: &mut CallControl<'_>,
    ) -> Option<Verdict> {
        (**self).call(call, verdict, control)
    }

    fn message_waiting(&mut self, line: &LineId, waiting: bool) {
        (**self).message_waiting(line, waiting);
    }

    fn answered(&mut self, call: &IncomingCall, control: &mut CallControl<'_>) {
        (**self).answered(call, control);
    }

    fn digit(&mut self, call: &IncomingCall, digit: char, control: &mut CallControl<'_>) {
        (**self).digit(call, digit, control);
    }

    fn silence(&mut self, call: &IncomingCall, lasted: Duration, control: &mut CallControl<'_>) {
        (**self).silence(call, lasted, control);
    }

    fn played(&mut self, call: &IncomingCall, control: &mut CallControl<'_>) {
        (**self).played(call, control);
    }

    fn ended(&mut self, call: &FinishedCall) {
        (**self).ended(call);
    }
}

/// What a handler can do with the call it is told of. The first command takes the call over: from then on
/// only the limits of the settings end it.
#[derive(Debug)]
pub struct CallControl<'a> {
    pub(crate) commands: &'a mut Vec<LineCommand>,
}

impl CallControl<'_> {
    /// Answers.
    pub fn answer(&mut self) {
        self.commands.push(LineCommand::Answer);
    }

    /// Ends the call.
    pub fn hang_up(&mut self) {
        self.commands.push(LineCommand::HangUp);
    }

    /// Puts a WAV file at the end of the queue.
    pub fn play_file(&mut self, path: impl Into<PathBuf>) {
        self.play(Sound::File(path.into()));
    }

    /// Puts a sound at the end of the queue.
    pub fn play(&mut self, sound: Sound) {
        self.commands.push(LineCommand::Play(sound));
    }

    /// Drops what is queued and what is being played.
    pub fn stop_playing(&mut self) {
        self.commands.push(LineCommand::StopPlaying);
    }

    /// Lets sound flow for at most that long; record and duplex go into a file of the `rec` folder.
    pub fn voice(&mut self, mode: VoiceMode, at_most: Duration) {
        // The guard puts the file's name in, in the folder and form of all recordings.
        let record_to = (mode != VoiceMode::Transmit).then(PathBuf::new);
        self.commands.push(LineCommand::Voice { mode, record_to, at_most });
    }

    /// Gives the line any other command.
    pub fn command(&mut self, command: LineCommand) {
        self.commands.push(command);
    }
}

/// A handler made of closures.
///
/// ```
/// use call_guard::Handlers;
/// let handlers = Handlers::default()
///     .on_digit(|call, digit, control| if digit == '9' { control.hang_up() })
///     .on_ended(|call| println!("{} rings", call.facts.rings));
/// ```
#[derive(Default)]
pub struct Handlers {
    ring: Option<Ring>,
    call: Option<Call>,
    digit: Option<Digit>,
    silence: Option<Silence>,
    ended: Option<Ended>,
}

type Ring = Box<dyn FnMut(&LineId, u32, &mut CallControl<'_>) + Send>;
type Call = Box<dyn FnMut(&IncomingCall, &Verdict, &mut CallControl<'_>) -> Option<Verdict> + Send>;
type Digit = Box<dyn FnMut(&IncomingCall, char, &mut CallControl<'_>) + Send>;
type Silence = Box<dyn FnMut(&IncomingCall, Duration, &mut CallControl<'_>) + Send>;
type Ended = Box<dyn FnMut(&FinishedCall) + Send>;

impl std::fmt::Debug for Handlers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handlers").finish_non_exhaustive()
    }
}

impl Handlers {
    /// At every ring.
    #[must_use]
    pub fn on_ring(mut self, run: impl FnMut(&LineId, u32, &mut CallControl<'_>) + Send + 'static) -> Self {
        self.ring = Some(Box::new(run));
        self
    }

    /// When a call has been judged.
    #[must_use]
    pub fn on_call(
        mut self,
        run: impl FnMut(&IncomingCall, &Verdict, &mut CallControl<'_>) -> Option<Verdict> + Send + 'static,
    ) -> Self {
        self.call = Some(Box::new(run));
        self
    }

    /// When the caller presses a digit.
    #[must_use]
    pub fn on_digit(
        mut self,
        run: impl FnMut(&IncomingCall, char, &mut CallControl<'_>) + Send + 'static,
    ) -> Self {
        self.digit = Some(Box::new(run));
        self
    }

    /// When the caller has been silent.
    #[must_use]
    pub fn on_silence(
        mut self,
        run: impl FnMut(&IncomingCall, Duration, &mut CallControl<'_>) + Send + 'static,
    ) -> Self {
        self.silence = Some(Box::new(run));
        self
    }

    /// When the call is over.
    #[must_use]
    pub fn on_ended(mut self, run: impl FnMut(&FinishedCall) + Send + 'static) -> Self {
        self.ended = Some(Box::new(run));
        self
    }
}

impl CallHandler for Handlers {
    fn ring(&mut self, line: &LineId, count: u32, control: &mut CallControl<'_>) {
        if let Some(run) = &mut self.ring {
            run(line, count, control);
        }
    }

    fn call(
        &mut self,
        call: &IncomingCall,
        verdict: &Verdict,
        control: &mut CallControl<'_>,
    ) -> Option<Verdict> {
        self.call.as_mut().and_then(|run| run(call, verdict, control))
    }

    fn digit(&mut self, call: &IncomingCall, digit: char, control: &mut CallControl<'_>) {
        if let Some(run) = &mut self.digit {
            run(call, digit, control);
        }
    }

    fn silence(&mut self, call: &IncomingCall, lasted: Duration, control: &mut CallControl<'_>) {
        if let Some(run) = &mut self.silence {
            run(call, lasted, control);
        }
    }

    fn ended(&mut self, call: &FinishedCall) {
        if let Some(run) = &mut self.ended {
            run(call);
        }
    }
}
