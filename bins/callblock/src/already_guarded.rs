//! A line has one guard: a second one on the same modem is refused, whatever folder it has.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use call_event::{GuardCommand, GuardNews};
use call_guard::{GuardFolder, GuardHandle};
use voice_modem::{KeptPorts, PortUser};

use crate::Failure;
use crate::config::LineSection;

/// A guard that was just told to stop has so long to let go of its modem.
const LETS_GO_WITHIN: Duration = Duration::from_secs(3);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Another guard shows when a line cannot be opened, and so within this time after the start.
const AT_START: Duration = Duration::from_secs(10);

/// Why the guard must not go on, once that is known.
pub(crate) type Refusal = Arc<Mutex<Option<Failure>>>;

/// Stops the guard if a line cannot be opened at the start because another guard has its modem. Only then is looked:
/// the kernel takes longer to tell who keeps what than the whole start does.
pub(crate) fn watch(lines: Vec<LineSection>, guard: GuardHandle) -> Refusal {
    let refusal = Refusal::default();
    let told = Arc::clone(&refusal);
    let news = guard.hub().subscribe(64);
    let until = Instant::now() + AT_START;
    let look = move || {
        while let Ok(notice) = news.notices().recv_deadline(until) {
            if matches!(notice.news, GuardNews::LineDown { .. })
                && let Err(failure) = refuse(&lines)
            {
                *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
                guard.ask(GuardCommand::Stop);
                return;
            }
        }
    };
    if let Err(e) = std::thread::Builder::new().name("other guards".into()).spawn(look) {
        log::warn!("nobody looks for other guards: {e}");
    }
    refusal
}

/// Refuses lines whose modem another guard has. Other programs that have a modem are waited for by the line itself, as
/// those that only look at each modem when the computer starts.
fn refuse(lines: &[LineSection]) -> Result<(), Failure> {
    let until = Instant::now() + LETS_GO_WITHIN;
    loop {
        let kept = KeptPorts::now();
        if kept.is_empty() {
            return Ok(());
        }
        let guarded = lines.iter().find_map(|line| {
            let port = line.device.clone().or_else(|| voice_modem::find_modem().ok())?;
            let guard = OtherGuard::new(kept.user_of(&port)?)?;
            Some(guard.text(&line.name, &port))
        });
        match guarded {
            None => return Ok(()),
            Some(text) if Instant::now() >= until => return Err(Failure::new(Failure::TEMPORARY, text)),
            Some(_) => std::thread::sleep(LOOK_AGAIN),
        }
    }
}

/// Another guard, and its folder if it may be seen.
struct OtherGuard {
    user: PortUser,
    folder: Option<PathBuf>,
}

impl OtherGuard {
    /// A program that has a modem is a guard if it holds the lock of a guard's folder too.
    fn new(user: PortUser) -> Option<Self> {
        let locked = |file: PathBuf| {
            let folder = file.parent()?.to_owned();
            (GuardFolder::new(&folder).lock_file() == file).then_some(folder)
        };
        let files = user.open_files();
        let unseen = files.is_empty();
        let folder = files.into_iter().find_map(locked);
        // The files of another user's program cannot be seen, but that it keeps more than the modem can.
        let guards = folder.is_some() || (unseen && user.program == "callblock" && user.kept_files > 1);
        guards.then_some(Self { user, folder })
    }

    fn text(&self, line: &str, port: &Path) -> String {
        let program = &self.user.program;
        let with = match &self.folder {
            Some(folder) => format!("with the folder {}", folder.display()),
            None => "of another user".to_owned(),
        };
        let stop = match (self.user.service(), &self.folder) {
            (Some(service), _) => format!("`sudo systemctl stop {service}`"),
            (None, Some(folder)) => format!("`callblock --dir {} tell stop`", folder.display()),
            (None, None) => format!("`sudo kill {}`", self.user.process),
        };
        format!(
            "line {line}: {} is guarded already by {program} (process {}) {with}; stop that guard ({stop}), or name \
             another modem with --device (`callblock modem list` shows them)",
            port.display(),
            self.user.process,
        )
    }
}
