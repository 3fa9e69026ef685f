//! What the page shows belongs to others; this is how it asks them.

use std::path::PathBuf;
use std::sync::Arc;

use call_event::{GuardCommand, GuardNotice, GuardReply, LookupAnswer};
use call_screen::{Screen, ScreenSettings};
use crossbeam_channel::Receiver;
use phone_number::Numbering;

/// What decides, as it stands now.
#[derive(Debug, Clone)]
pub struct Rules {
    /// What judges.
    pub screen: Arc<Screen>,
    /// The settings it was made of, with every list in use.
    pub settings: ScreenSettings,
    /// How numbers are written here.
    pub numbering: Numbering,
    /// The folder of lists without one.
    pub folder: PathBuf,
}

/// The guard and its house, as the page needs them. All methods may be called by many threads at once.
pub trait House: Send + Sync + 'static {
    /// Asks the running guard; `None` if none runs.
    fn ask(&self, command: GuardCommand) -> Option<GuardReply>;
    /// News from now on; the channel is bounded and drops what the reader does not take. `None` if no guard runs.
    fn news(&self) -> Option<Receiver<Arc<GuardNotice>>>;
    /// The call log's file.
    fn log(&self) -> PathBuf;
    /// The folders that recordings and messages lie in; nothing outside them is ever served or deleted.
    fn recordings(&self) -> Vec<PathBuf>;
    /// What decides.
    ///
    /// # Errors
    ///
    /// The configuration has a mistake.
    fn rules(&self) -> Result<Rules, String>;
    /// A list was changed; whoever uses it reads it again.
    fn list_changed(&self) {}
    /// What others know of a number. May take some seconds.
    fn look_up(&self, number: &str) -> Vec<LookupAnswer> {
        let _ = number;
        Vec::new()
    }
    /// Asks a line's modem what it is and can do; on a guarded line the guard does so, between calls.
    ///
    /// # Errors
    ///
    /// There is no such line, or it cannot be asked now.
    fn doctor(&self, line: &str) -> Result<Vec<String>, String> {
        Err(format!(
            "line {line} cannot be asked while it is guarded; stop the guard and run `callblock modem doctor`"
        ))
    }
    /// The simulated lines.
    fn simulated(&self) -> Vec<String> {
        Vec::new()
    }
    /// Lets somebody call on a simulated line.
    ///
    /// # Errors
    ///
    /// The line is a real one.
    fn simulate(&self, line: &str, number: &str, name: &str) -> Result<String, String> {
        let _ = (number, name);
        Err(format!("{line} is no simulated line"))
    }
}
