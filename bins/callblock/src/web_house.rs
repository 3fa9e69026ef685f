//! What the web page asks for, answered by the guard of this program, or by one that runs elsewhere, or by the
//! folder alone.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use call_event::{GuardCommand, GuardNews, GuardNotice, GuardReply, Listed, LookupAnswer, counted};
use call_guard::{GuardFolder, GuardHandle, make_own_lists};
use call_screen::list::{Note, add_entry, remove_entries};
use call_screen::{ListFormat, Screen};
use call_web::{House, Rules, WebServer, WebSettings};
use crossbeam_channel::Receiver;

use crate::commands::modem::doctor;
use crate::commands::run::Options;
use crate::looking_up::{self, Asked};
use crate::{Failure, Global, Home, guarding, lines, screening};

/// News that wait for the page; it takes them at once.
const ROOM: usize = 1024;

/// How long a modem may take to say how it fares.
const CHECK_UP_WITHIN: Duration = Duration::from_secs(10);

/// Where the page is to be served: an address with its port, or a port of this machine.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let own = |port| SocketAddr::from(([127, 0, 0, 1], port));
    text.parse()
        .or_else(|e| text.trim_start_matches(':').parse().map(own).map_err(|_| e))
        .map_err(|_| format!("\"{text}\" is no address; write 192.168.1.5:8480, [::1]:8480 or 8480"))
}

/// Lets somebody call on a simulated line: the number, the name.
pub(crate) type Simulate = Box<dyn Fn(&str, &str) -> Result<String, String> + Send + Sync>;

/// Who guards.
enum Guarding {
    /// A guard in this program.
    Here(GuardHandle),
    /// Perhaps one that listens on this socket.
    There(PathBuf),
}

/// The guard and its folder, as the page sees them.
pub(crate) struct WebHouse {
    guard: Guarding,
    folder: GuardFolder,
    log: PathBuf,
    /// Reads the configuration anew, with the command line over it.
    reopen: Box<dyn Fn() -> Result<Home, String> + Send + Sync>,
    /// What was read last, and what it was read from.
    kept: Mutex<Option<(Stamps, Rules)>>,
    asked: Option<Asked>,
    simulated: Option<(String, Simulate)>,
}

/// Files and when each was changed last.
type Stamps = Vec<(PathBuf, Option<(SystemTime, u64)>)>;

fn stamp(path: PathBuf) -> (PathBuf, Option<(SystemTime, u64)>) {
    let about = std::fs::metadata(&path).ok().and_then(|m| Some((m.modified().ok()?, m.len())));
    (path, about)
}

fn failure(error: &call_web::Error) -> Failure {
    let code = match error {
        call_web::Error::Listen { .. } => Failure::UNAVAILABLE,
        call_web::Error::System(_) => Failure::SOFTWARE,
        _ => Failure::CONFIG,
    };
    Failure::new(code, error)
}

/// The page of a guard in this program, if it is wanted. A port that is taken keeps nobody from guarding; a page
/// that would let strangers in does.
pub(crate) fn beside_the_guard(
    home: &Home,
    global: &Global,
    options: &Options,
    guard: GuardHandle,
) -> Result<Option<WebServer>, Failure> {
    let Some(settings) = &home.config.web else { return Ok(None) };
    settings.check().map_err(|e| failure(&e))?;
    let (global, options) = (global.clone(), options.clone());
    let reopen = Box::new(move || {
        let mut home = Home::open(&global).map_err(|e| e.to_string())?;
        guarding::lay_over(&options, &mut home.config);
        Ok(home)
    });
    let house = WebHouse::new(home, Guarding::Here(guard), reopen)?;
    match WebServer::start(settings, Arc::new(house)) {
        Ok(page) => {
            log::info!("the web page is served on http://{}/", page.address());
            Ok(Some(page))
        }
        Err(e) => {
            log::error!("{e}");
            Ok(None)
        }
    }
}

/// The page of the demo, with a line on which the page can let people call.
pub(crate) fn of_the_demo(
    home: &Home,
    settings: &WebSettings,
    guard: GuardHandle,
    simulate: Simulate,
) -> Result<WebServer, Failure> {
    let again = home.clone();
    let mut house = WebHouse::new(home, Guarding::Here(guard), Box::new(move || Ok(again.clone())))?;
    house.simulated = Some(("home".into(), simulate));
    WebServer::start(settings, Arc::new(house)).map_err(|e| failure(&e))
}

/// The page alone.
pub(crate) fn alone(home: &Home, global: &Global, settings: &WebSettings) -> Result<WebServer, Failure> {
    let global = global.clone();
    let reopen = Box::new(move || Home::open(&global).map_err(|e| e.to_string()));
    let socket = home.folder.socket();
    let house = WebHouse::new(home, Guarding::There(socket), reopen)?;
    WebServer::start(settings, Arc::new(house)).map_err(|e| failure(&e))
}

impl WebHouse {
    fn new(
        home: &Home,
        guard: Guarding,
        reopen: Box<dyn Fn() -> Result<Home, String> + Send + Sync>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            guard,
            folder: home.folder.clone(),
            log: home.database(),
            reopen,
            kept: Mutex::default(),
            asked: looking_up::open(home)?,
            simulated: None,
        })
    }

    /// What a line's device says to the guard that has it; `None` if no guard runs.
    fn asked_by_the_guard(&self, line: &str) -> Option<Result<Vec<String>, String>> {
        let news = self.news();
        match self.ask(GuardCommand::CheckUp { line: line.to_owned() })? {
            GuardReply::Refused { reason } => return Some(Err(reason)),
            GuardReply::Done { .. } => {}
            other => return Some(Err(format!("the guard answers {other:?}"))),
        }
        let until = Instant::now() + CHECK_UP_WITHIN;
        while let Some(notice) = news.as_ref().and_then(|news| news.recv_deadline(until).ok()) {
            if let GuardNews::CheckedUp { findings } = &notice.news
                && notice.line == line
            {
                return Some(Ok(findings.clone()));
            }
        }
        Some(Err(format!("line {line} did not answer in time; look at its state, and ask again")))
    }

    /// Changes the guard's own lists while no guard runs.
    fn change_lists(&self, command: &GuardCommand) -> Result<String, String> {
        let home = (self.reopen)()?;
        let numbering = screening::numbering(&home.config, self.folder.path())?;
        self.folder.make().map_err(|e| e.to_string())?;
        make_own_lists(&self.folder).map_err(|e| e.to_string())?;
        let taken_off = |path: &Path, number: &str| {
            remove_entries(path, ListFormat::Csv, &numbering, number).map_err(|e| e.to_string())
        };
        let (deny, allow) = (self.folder.deny_list(), self.folder.allow_list());
        let (number, name, to, off) = match command {
            GuardCommand::Block { number, name } => (number, name, &deny, &allow),
            GuardCommand::Allow { number, name } => (number, name, &allow, &deny),
            GuardCommand::Forget { number, list } => {
                let mut removed = 0;
                for (path, kind) in [(&deny, Listed::Deny), (&allow, Listed::Allow)] {
                    if list.is_none_or(|list| list == kind) {
                        removed += taken_off(path, number)?;
                    }
                }
                return Ok(format!("{} removed", counted(removed, "entry")));
            }
            _ => return Err("no guard is running; start `callblock run`".into()),
        };
        let note = Note {
            name: name.trim().into(),
            by: Some("web".into()),
            added: Some(chrono::Utc::now().timestamp()),
            ..Note::default()
        };
        taken_off(off, number)?;
        add_entry(to, ListFormat::Csv, number, &note, &numbering).map_err(|e| e.to_string())?;
        Ok(format!("{number} is on the list"))
    }
}

impl House for WebHouse {
    fn ask(&self, command: GuardCommand) -> Option<GuardReply> {
        let socket = match &self.guard {
            Guarding::Here(handle) => return Some(handle.ask(command)),
            Guarding::There(socket) => socket,
        };
        if let Ok(reply) = call_guard::ask(socket, &command) {
            return Some(reply);
        }
        let lists = matches!(
            command,
            GuardCommand::Block { .. } | GuardCommand::Allow { .. } | GuardCommand::Forget { .. }
        );
        lists.then(|| match self.change_lists(&command) {
            Ok(text) => GuardReply::Done { text },
            Err(reason) => GuardReply::Refused { reason },
        })
    }

    fn news(&self) -> Option<Receiver<Arc<GuardNotice>>> {
        match &self.guard {
            Guarding::Here(handle) => Some(handle.hub().subscribe(ROOM).notices().clone()),
            #[cfg(unix)]
            Guarding::There(socket) => watching::news(socket.clone()),
            #[cfg(not(unix))]
            Guarding::There(_) => None,
        }
    }

    fn log(&self) -> PathBuf {
        self.log.clone()
    }

    fn recordings(&self) -> Vec<PathBuf> {
        vec![self.folder.recordings()]
    }

    fn rules(&self) -> Result<Rules, String> {
        let home = (self.reopen)()?;
        let folder = &home.folder;
        let settings = screening::settings(&home.config, folder);
        let mut stamps: Stamps = settings.lists.iter().map(|l| stamp(folder.path().join(&l.file))).collect();
        stamps.extend(home.config_file.clone().map(stamp));
        stamps.push(stamp(screening::areas_file(folder.path())));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((read, rules)) = &*kept
            && *read == stamps
        {
            return Ok(rules.clone());
        }
        let numbering = screening::numbering(&home.config, folder.path())?;
        let (screen, _) =
            Screen::new(&settings, numbering.clone(), folder.path()).map_err(|e| e.to_string())?;
        let rules = Rules { screen: Arc::new(screen), settings, numbering, folder: folder.path().to_owned() };
        *kept = Some((stamps, rules.clone()));
        Ok(rules)
    }

    fn list_changed(&self) {
        // Two changes within one tick of the file system's clock look like one.
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
        match &self.guard {
            Guarding::Here(handle) => drop(handle.ask(GuardCommand::Reload)),
            Guarding::There(socket) => drop(call_guard::ask(socket, &GuardCommand::Reload)),
        }
    }

    fn look_up(&self, number: &str) -> Vec<LookupAnswer> {
        self.asked.as_ref().map_or_else(Vec::new, |asked| asked.all_of(number))
    }

    fn doctor(&self, line: &str) -> Result<Vec<String>, String> {
        if let Some(findings) = self.asked_by_the_guard(line) {
            return findings;
        }
        let home = (self.reopen)()?;
        let section = home.config.lines.iter().find(|l| l.name == line);
        let section = section.ok_or_else(|| format!("there is no line {line}"))?;
        let checked = doctor::check_up(lines::settings(section)?).map_err(|e| e.to_string())?;
        Ok(checked.lines())
    }

    fn simulated(&self) -> Vec<String> {
        self.simulated.iter().map(|(line, _)| line.clone()).collect()
    }

    fn simulate(&self, line: &str, number: &str, name: &str) -> Result<String, String> {
        match &self.simulated {
            Some((simulated, call)) if simulated == line => call(number, name),
            _ => Err(format!("{line} is no simulated line")),
        }
    }
}

/// The news of a guard in another process.
#[cfg(unix)]
mod watching {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::os::unix::net::UnixStream;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::time::Duration;

    use call_event::{GuardCommand, GuardNotice};
    use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

    /// Between two looks whether a guard has come.
    const AGAIN: Duration = Duration::from_secs(2);
    /// The longest piece of news.
    const LONGEST: u64 = 256 * 1024;

    pub(super) fn news(socket: PathBuf) -> Option<Receiver<Arc<GuardNotice>>> {
        let (to, from) = bounded(super::ROOM);
        let watch = move || {
            while watch(&socket, &to).unwrap_or(true) {
                std::thread::sleep(AGAIN);
            }
        };
        std::thread::Builder::new().name("web-watch".into()).spawn(watch).ok()?;
        Some(from)
    }

    /// Passes news on until the guard is gone; `false` if nobody wants them any more.
    fn watch(socket: &Path, to: &Sender<Arc<GuardNotice>>) -> std::io::Result<bool> {
        let mut guard = UnixStream::connect(socket)?;
        // The guard sends an empty line every 20 seconds.
        guard.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut command = serde_json::to_vec(&GuardCommand::Watch)?;
        command.push(b'\n');
        guard.write_all(&command)?;
        let mut lines = BufReader::new(guard);
        loop {
            let mut line = String::new();
            if lines.by_ref().take(LONGEST).read_line(&mut line)? == 0 {
                return Ok(true);
            }
            let Ok(notice) = serde_json::from_str::<GuardNotice>(&line) else { continue };
            if let Err(TrySendError::Disconnected(_)) = to.try_send(Arc::new(notice)) {
                return Ok(false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_port_alone_is_one_of_this_machine() {
        for (text, read) in [
            ("8480", "127.0.0.1:8480"),
            (":8480", "127.0.0.1:8480"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::1]:8480", "[::1]:8480"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), read);
        }
        assert!(address("here").is_err() && address("99999").is_err());
    }
}
