//! One loop for any number of lines: the order of events is the order of decisions.

mod asking;
mod commands;
mod ear;
mod line;
mod run;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use call_event::{CallNews, GuardCounts, LineCommand, LineEvent, LineId};
use crossbeam_channel::{Receiver, Sender, bounded};

use crate::control::{GuardHandle, Request};
use crate::folder::GuardFolder;
use crate::handler::CallHandler;
use crate::hub::NoticeHub;
use crate::judge::{Diary, Judge, LookUp};
use crate::recording::Zone;
use crate::settings::ActionSettings;
use asking::Asking;
use line::Guarded;

/// How many last calls the status shows.
const LAST_CALLS: usize = 20;

/// Both ends of a channel.
type Channel<T> = (Sender<T>, Receiver<T>);

/// A line as the guard sees it: the ends of the two channels of whatever drives the device. Under a service manager
/// whose watchdog wants to be fed, a driver that leaves [`LineCommand::SignOfLife`] unanswered counts as hanging.
#[derive(Debug)]
pub struct LineEnds {
    /// What the line reports.
    pub events: Receiver<LineEvent>,
    /// What it is asked to do.
    pub commands: Sender<LineCommand>,
}

/// Starts a line's driver, and starts it again should its thread ever die.
pub type LineStarter = Box<dyn FnMut() -> Result<LineEnds, String> + Send>;

/// Everything that can be exchanged while the guard runs.
pub struct Reload {
    /// Who judges from now on.
    pub judge: Box<dyn Judge>,
    /// How actions are done from now on; a call in progress keeps its own.
    pub actions: ActionSettings,
    /// The time zone of file names.
    pub zone: Zone,
}

impl fmt::Debug for Reload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reload").field("zone", &self.zone).finish_non_exhaustive()
    }
}

/// Reads the configuration again, on a thread of its own. An error leaves everything as it was.
pub type Reloader = Arc<dyn Fn() -> Result<Reload, String> + Send + Sync>;

/// Tells the service manager that all is well; called about as often as it asks.
pub struct Heartbeat {
    /// How often.
    pub every: Duration,
    /// What to call; not called while a line's thread is dead.
    pub beat: Box<dyn FnMut() + Send>,
}

impl fmt::Debug for Heartbeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heartbeat").field("every", &self.every).finish_non_exhaustive()
    }
}

/// Guards lines until it is told to stop.
///
/// ```
/// use call_guard::{EverybodyRings, Guard, GuardFolder, LineEnds, NoDiary};
/// use call_event::{GuardCommand, LineId};
/// use crossbeam_channel::bounded;
///
/// let dir = tempfile::tempdir().unwrap();
/// let mut guard = Guard::new(GuardFolder::new(dir.path()), EverybodyRings, NoDiary);
/// let (_events, from_line) = bounded(16);
/// let (to_line, _commands) = bounded(16);
/// guard.add_line(LineId::new("home"), LineEnds { events: from_line, commands: to_line });
/// let handle = guard.handle();
/// let running = std::thread::spawn(move || guard.run());
/// handle.ask(GuardCommand::Stop);
/// running.join().unwrap();
/// ```
pub struct Guard {
    folder: GuardFolder,
    judge: Box<dyn Judge>,
    diary: Box<dyn Diary>,
    handler: Option<Box<dyn CallHandler>>,
    actions: Arc<ActionSettings>,
    zone: Zone,
    lines: Vec<Guarded>,
    hub: NoticeHub,
    requests: Channel<Request>,
    /// Events that do not come from a line's own thread: the microphone's star key.
    heard: Channel<(LineId, LineEvent)>,
    asking: Option<Asking>,
    reloader: Option<Reloader>,
    reloaded: Channel<Result<Reload, String>>,
    heartbeat: Option<Heartbeat>,
    last_beat: Instant,
    at_stop: Option<Box<dyn FnOnce() + Send>>,
    since: SystemTime,
    counts: GuardCounts,
    last_calls: VecDeque<CallNews>,
    last_caller: Option<call_event::IncomingCall>,
    permit_until: Option<SystemTime>,
    /// When the last message was recorded; the diary writes it down a moment later.
    message_at: Option<Instant>,
    trouble: Option<String>,
    stopping: Option<Instant>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("folder", &self.folder)
            .field("lines", &self.lines)
            .finish_non_exhaustive()
    }
}

impl Guard {
    /// A guard over a folder, without lines yet.
    pub fn new(folder: GuardFolder, judge: impl Judge + 'static, diary: impl Diary + 'static) -> Self {
        Self {
            folder,
            judge: Box::new(judge),
            diary: Box::new(diary),
            handler: None,
            actions: Arc::default(),
            zone: Zone::default(),
            lines: Vec::new(),
            hub: NoticeHub::default(),
            requests: bounded(64),
            heard: bounded(64),
            asking: None,
            reloader: None,
            reloaded: bounded(1),
            heartbeat: None,
            last_beat: Instant::now(),
            at_stop: None,
            since: SystemTime::now(),
            counts: GuardCounts::default(),
            last_calls: VecDeque::new(),
            last_caller: None,
            permit_until: None,
            message_at: None,
            trouble: None,
            stopping: None,
        }
    }

    /// How actions are done, and in which time zone recordings are named. Before lines are added.
    pub fn set_actions(&mut self, actions: ActionSettings, zone: Zone) {
        self.actions = Arc::new(actions);
        self.zone = zone;
    }

    /// An own program that has its say.
    pub fn set_handler(&mut self, handler: impl CallHandler + 'static) {
        self.handler = Some(Box::new(handler));
    }

    /// Who is asked about numbers that nothing else decides.
    pub fn set_look_up(&mut self, look_up: impl LookUp) {
        self.asking = Some(Asking::start(look_up));
    }

    /// How configuration and lists are read again.
    pub fn set_reloader(&mut self, reloader: Reloader) {
        self.reloader = Some(reloader);
    }

    /// The service manager's watchdog.
    pub fn set_heartbeat(&mut self, heartbeat: Heartbeat) {
        self.heartbeat = Some(heartbeat);
    }

    /// What is called when the guard is told to stop, before it ends its calls.
    pub fn set_at_stop(&mut self, at_stop: impl FnOnce() + Send + 'static) {
        self.at_stop = Some(Box::new(at_stop));
    }

    /// Guards a line whose driver already runs.
    pub fn add_line(&mut self, id: LineId, ends: LineEnds) {
        let line = Guarded::new(id, ends, None, self);
        self.lines.push(line);
    }

    /// Starts a line's driver and guards the line. Should the driver's thread die, it is started again.
    ///
    /// # Errors
    ///
    /// The driver did not start; the text says why.
    pub fn start_line(&mut self, id: LineId, mut starter: LineStarter) -> Result<(), String> {
        let ends = starter()?;
        let line = Guarded::new(id, ends, Some(starter), self);
        self.lines.push(line);
        Ok(())
    }

    /// For giving commands and hearing news from elsewhere in the program.
    pub fn handle(&self) -> GuardHandle {
        GuardHandle { requests: self.requests.0.clone(), hub: self.hub.clone() }
    }
}
