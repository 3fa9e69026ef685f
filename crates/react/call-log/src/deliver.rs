//! Many sites on one log: each writes its own copy first, and brings it to the server when it can.
//!
//! An entry and the note that it is to be delivered are written in one transaction here; there it is
//! written under its key, so that delivering it again changes nothing; and only then the note goes. At
//! whatever moment either side fails, nothing is lost and nothing is there twice.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::backend::{Row, Value};
use crate::{CallKey, CallLog, ListChange, LogError};

/// How many entries are delivered in one transaction.
const AT_ONCE: i64 = 200;

impl CallLog {
    /// Brings entries to the server's log, under the site's name; says how many. Fewer than there are
    /// may be brought in one go: call again until it says 0.
    ///
    /// # Errors
    ///
    /// One of the logs failed. Whatever was not noted as delivered is delivered again.
    pub fn deliver(&mut self, server: &mut Self, site: &str) -> Result<u64, LogError> {
        let sql = "SELECT id, kind, entry_key FROM undelivered ORDER BY id LIMIT ?1";
        let notes =
            self.db.query(sql, &[AT_ONCE.into()], |row| Ok((row.int()?, row.text()?, row.blob()?)))?;
        if notes.is_empty() {
            return Ok(0);
        }
        let mut calls = Vec::new();
        let mut messages = Vec::new();
        let mut changes = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for (_, kind, key) in notes.iter().filter(|(_, _, key)| seen.insert(key.clone())) {
            match kind.as_str() {
                "call" => {
                    let key = CallKey::from_bytes(key).ok_or_else(|| self.unexpected("a key cut short"))?;
                    calls.extend(self.call_by_key(&key)?);
                }
                "message" => messages.extend(self.message_by_key(key)?),
                "list-change" => changes.extend(self.list_change_by_key(key)?),
                other => return Err(self.unexpected(format!("a delivery of kind {other:?}"))),
            }
        }
        let name = |own: &mut String| {
            if own.is_empty() {
                site.clone_into(own);
            }
        };
        server.together(|server| {
            for mut logged in calls {
                name(&mut logged.call.site);
                server.put_call(&logged.call)?;
            }
            for mut message in messages {
                name(&mut message.site);
                server.put_message(&message)?;
            }
            for mut change in changes {
                name(&mut change.site);
                server.put_list_change(&change)?;
            }
            Ok(())
        })?;
        self.together(|log| {
            notes.iter().try_for_each(|(id, _, _)| {
                log.db.execute("DELETE FROM undelivered WHERE id = ?1", &[(*id).into()]).map(drop)
            })
        })?;
        Ok(notes.len() as u64)
    }

    /// How many entries are still to be delivered.
    ///
    /// # Errors
    ///
    /// The log could not be read.
    pub fn undelivered(&mut self) -> Result<u64, LogError> {
        let count = self.db.query_one("SELECT count(*) FROM undelivered", &[], Row::int)?.unwrap_or(0);
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Takes over changes of the lists that other sites have made since the last time, in order.
    ///
    /// # Errors
    ///
    /// One of the logs failed; what was not taken over now is taken over the next time.
    pub fn fetch_list_changes(&mut self, server: &mut Self) -> Result<Vec<ListChange>, LogError> {
        let sql = "SELECT value FROM meta WHERE name = 'fetched-list-changes'";
        let seen = self.db.query_one(sql, &[], Row::text)?.and_then(|text| text.parse().ok()).unwrap_or(0);
        let changes = server.list_changes_after(seen, 1000)?;
        let Some(last) = changes.last().map(|c| c.id) else { return Ok(Vec::new()) };
        let delivers = std::mem::replace(&mut self.delivers, false);
        let done = self.together(|log| {
            let mut new = Vec::new();
            for change in changes {
                if log.list_change_by_key(change.key.as_bytes())?.is_none() {
                    log.put_list_change(&change)?;
                    new.push(change);
                }
            }
            let sql = "INSERT INTO meta (name, value) VALUES ('fetched-list-changes', ?1) \
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            log.db.execute(sql, &[Value::Text(&last.to_string())])?;
            Ok(new)
        });
        self.delivers = delivers;
        done
    }

    /// Waits for a change of a list on the server, at most so long. A server that cannot tell is asked
    /// by the caller again after that time.
    ///
    /// # Errors
    ///
    /// The connection broke.
    #[cfg_attr(not(feature = "postgres"), allow(clippy::unused_self, clippy::unnecessary_wraps))]
    pub fn wait_for_list_change(&mut self, at_most: Duration) -> Result<bool, LogError> {
        match &mut self.db {
            crate::backend::Backend::Sqlite(_) => {
                std::thread::sleep(at_most);
                Ok(false)
            }
            #[cfg(feature = "postgres")]
            crate::backend::Backend::Server(server) => server.heard(at_most),
        }
    }

    /// Asks the server to tell of changes of the lists at once. False if it cannot tell: then asking it
    /// now and again finds them.
    pub fn listen_for_list_changes(&mut self) -> bool {
        match &mut self.db {
            crate::backend::Backend::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            crate::backend::Backend::Server(server) => server.listen(crate::lists::CHANNEL),
        }
    }
}

/// How a [`SiteLink`] fares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkHealth {
    /// Why the server cannot be reached, while that is so.
    pub failing: Option<String>,
    /// Entries delivered since the start.
    pub delivered: u64,
    /// Entries still to be delivered.
    pub undelivered: u64,
}

/// A thread that keeps a site's own log and the server's together.
#[derive(Debug)]
pub struct SiteLink {
    changes: Receiver<ListChange>,
    health: Arc<Mutex<LinkHealth>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// How often the own log is asked for new entries.
const TURN: Duration = Duration::from_millis(500);
/// How long a link that is dropped may take to end.
const FAREWELL: Duration = Duration::from_secs(1);

impl SiteLink {
    /// Links the log in this file with the server that `connect` connects to; it is asked again after
    /// each loss, after 1 s to 60 s.
    pub fn start(
        local: PathBuf,
        mut connect: impl FnMut() -> Result<CallLog, LogError> + Send + 'static,
        site: &str,
    ) -> Self {
        let (tell, changes) = bounded(10_000);
        let health = Arc::new(Mutex::new(LinkHealth::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let (noted, stopped, site) = (Arc::clone(&health), Arc::clone(&stop), site.to_owned());
        let work = move || {
            let mut wait = Duration::from_secs(1);
            while !stopped.load(Ordering::Relaxed) {
                let ended = together(&local, &mut connect, &site, &tell, &noted, &stopped, &mut wait);
                if let Err(error) = ended {
                    let text = error.full_text();
                    let mut health = noted.lock().unwrap_or_else(PoisonError::into_inner);
                    if health.failing.as_ref() != Some(&text) {
                        log::warn!("{text}");
                        health.failing = Some(text);
                    }
                    drop(health);
                    let mut left = wait;
                    while !left.is_zero() && !stopped.load(Ordering::Relaxed) {
                        let nap = left.min(TURN);
                        std::thread::sleep(nap);
                        left -= nap;
                    }
                    wait = (wait * 2).min(Duration::from_secs(60));
                }
            }
        };
        let thread = std::thread::Builder::new().name("log-server".into()).spawn(work).ok();
        Self { changes, health, stop, thread }
    }

    /// Changes of the lists that other sites have made, as they come. They stand in the own log by then:
    /// [`CallLog::list_changes_to_do`] names those that still are to be done here, also after a restart.
    pub fn changes(&self) -> &Receiver<ListChange> {
        &self.changes
    }

    /// How the link fares now.
    pub fn health(&self) -> LinkHealth {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for SiteLink {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let end = Instant::now() + FAREWELL;
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(10));
        }
        // A server that hangs holds nobody up: what is under way is delivered after the next start.
        if let Some(thread) = self.thread.take().filter(JoinHandle::is_finished)
            && thread.join().is_err()
        {
            log::error!("the thread that delivers to the log server died");
        }
    }
}

/// Keeps both logs together until one fails or the link is dropped.
fn together(
    local: &std::path::Path,
    connect: &mut dyn FnMut() -> Result<CallLog, LogError>,
    site: &str,
    tell: &Sender<ListChange>,
    health: &Mutex<LinkHealth>,
    stop: &AtomicBool,
    wait: &mut Duration,
) -> Result<(), LogError> {
    let mut own = CallLog::open(local)?;
    let waiting = own.undelivered()?;
    health.lock().unwrap_or_else(PoisonError::into_inner).undelivered = waiting;
    let mut server = connect()?;
    server.listen_for_list_changes();
    while !stop.load(Ordering::Relaxed) {
        loop {
            let brought = own.deliver(&mut server, site)?;
            let left = own.undelivered()?;
            let mut health = health.lock().unwrap_or_else(PoisonError::into_inner);
            if health.failing.take().is_some() {
                log::info!("the log server is back");
            }
            health.delivered += brought;
            health.undelivered = left;
            if brought == 0 {
                break;
            }
        }
        *wait = Duration::from_secs(1);
        while server.count_new()? {}
        for change in own.fetch_list_changes(&mut server)? {
            // Whoever does not keep up finds it in the own log.
            let _ = tell.try_send(change);
        }
        server.wait_for_list_change(TURN)?;
    }
    Ok(())
}
