//! One log and one set of lists for many sites: `[log] server` in the configuration.
//!
//! The guard writes its own copy first and never waits for the server.

#[cfg(feature = "postgres")]
use std::path::{Path, PathBuf};
use std::time::SystemTime;

#[cfg(feature = "postgres")]
use call_log::ServerAccess;

use call_guard::{LogDiary, SharedLists, shared_entry};
use call_log::{CallLog, ListChange, LogError, SiteLink};
use phone_number::Numbering;

use crate::config::LogSection;
use crate::{Failure, Home};

/// What is to be done where the program cannot speak with a server.
pub(crate) const NOT_BUILT: &str = "this program was built without PostgreSQL; build it with `cargo build --release -p callblock --features postgres`, or take `server` out of [log]";

/// The diary of this site, which also follows the others where a server is named.
pub(crate) fn diary(home: &Home) -> Result<LogDiary, Failure> {
    let (log, site) = (&home.config.log, &home.config.guard.site);
    let Some(connect) = connector(log).map_err(|e| Failure::new(Failure::CONFIG, e))? else {
        return Ok(LogDiary::open(home.database(), site));
    };
    let numbering = crate::screening::numbering(&home.config, home.folder.path())
        .map_err(|e| Failure::new(Failure::CONFIG, e))?;
    let lists = SharedLists::new(&home.folder, home.database(), site, numbering.clone());
    let link = SiteLink::start(home.database(), connect, site);
    lists
        .follow(link.changes().clone())
        .map_err(|e| Failure::new(Failure::SOFTWARE, format!("no thread for the shared lists: {e}")))?;
    Ok(LogDiary::linked(link, home.database(), site, numbering))
}

/// Connects to the server, as often as it is asked to.
type Connect = Box<dyn FnMut() -> Result<CallLog, LogError> + Send>;

/// Connects to a server that a command names, with what the configuration knows of servers: the password of its own,
/// and whose certificates to trust.
#[cfg(feature = "postgres")]
pub(crate) fn connect(server: &str, settings: &LogSection) -> Result<CallLog, LogError> {
    let is_own = settings.server.as_ref().is_some_and(|own| own.reveal() == server);
    let file = settings.server_password_file.as_deref().filter(|_| is_own);
    let password = file.and_then(|file| password(file).ok());
    let password = password.as_ref().map(secret::Secret::reveal);
    CallLog::connect_with(server, &ServerAccess { password, ca: settings.server_ca.as_deref() })
}

/// How the server of the configuration is connected to; `None` if it names none.
#[cfg(feature = "postgres")]
fn connector(settings: &LogSection) -> Result<Option<Connect>, String> {
    let Some(server) = settings.server.clone() else { return Ok(None) };
    let password = settings.server_password_file.as_deref().map(password).transpose()?;
    let ca = settings.server_ca.clone();
    Ok(Some(Box::new(move || {
        let password = password.as_ref().map(secret::Secret::reveal);
        CallLog::connect_with(server.reveal(), &ServerAccess { password, ca: ca.as_deref() })
    })))
}

#[cfg(not(feature = "postgres"))]
fn connector(settings: &LogSection) -> Result<Option<Connect>, String> {
    settings.server.as_ref().map_or(Ok(None), |_| Err(NOT_BUILT.into()))
}

#[cfg(feature = "postgres")]
fn password(file: &Path) -> Result<secret::Secret, String> {
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    secret::Secret::from_file(file, credentials.as_deref()).map_err(|e| e.to_string())
}

/// Tells the other sites that an entry was added to an own list, or removed from it, by whoever did that without
/// the guard. Does nothing where no log is shared.
pub(crate) fn tell(home: &Home, numbering: &Numbering, changed: &Changed<'_>) -> Result<(), String> {
    if home.config.log.server.is_none() {
        return Ok(());
    }
    let list = if changed.allow { "allow" } else { "deny" };
    let entry = shared_entry(changed.entry, numbering);
    let mut change = ListChange::new(SystemTime::now(), list, changed.added, &entry, changed.by);
    changed.name.clone_into(&mut change.name);
    change.site.clone_from(&home.config.guard.site);
    change.expires = changed.expires;
    let written = CallLog::open(&home.database()).and_then(|mut log| {
        log.keep_for_delivery();
        log.record_list_change(&change)
    });
    written.map_err(|e| format!("the other sites are not told of it: {}", e.full_text()))
}

/// A change of one of the guard's own lists.
pub(crate) struct Changed<'a> {
    pub(crate) allow: bool,
    pub(crate) added: bool,
    pub(crate) entry: &'a str,
    pub(crate) name: &'a str,
    pub(crate) by: &'a str,
    pub(crate) expires: Option<SystemTime>,
}
