//! One set of lists for many sites: what others enter in their own lists is entered in the guard's own two lists
//! here, and not told again.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use call_event::counted;
use call_log::{CallLog, ListChange};
use call_screen::ListFormat;
use call_screen::list::{Note, add_entry, each_entry, format_of, remove_entries};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use phone_number::Numbering;

use crate::folder::GuardFolder;

/// How soon a list that could not be written is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(60);
/// As long as nothing else is to be done.
const REST: Duration = Duration::from_secs(24 * 3600);

/// The guard's own two lists, as one site of several.
///
/// The log holds the changes and up to which one they were done; so nothing is lost if the guard ends in between,
/// and doing one again changes nothing. Of two changes of one entry the later counts, whichever arrives first.
///
/// ```
/// use std::time::SystemTime;
/// use call_guard::{GuardFolder, SharedLists};
/// use call_log::{CallLog, ListChange};
/// use phone_number::Numbering;
///
/// let dir = tempfile::tempdir()?;
/// let folder = GuardFolder::new(dir.path());
/// folder.make()?;
/// let mut log = CallLog::open(&folder.log())?;
/// let lists = SharedLists::new(&folder, folder.log(), "south", Numbering::new("DE", Some("030"))?);
/// lists.tell_entries_from_before(&mut log)?;
///
/// let mut change = ListChange::new(SystemTime::now(), "deny", true, "+493023125555", "star key");
/// change.site = "north".into();
/// log.record_list_change(&change)?;
/// assert_eq!(lists.take_over(&mut log)?, 1);
/// assert!(std::fs::read_to_string(folder.deny_list())?.starts_with("+493023125555"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SharedLists {
    allow: PathBuf,
    deny: PathBuf,
    log: PathBuf,
    site: String,
    numbering: Numbering,
}

impl SharedLists {
    /// The lists of that folder; `log` is the site's own copy of the log.
    pub fn new(folder: &GuardFolder, log: PathBuf, site: &str, numbering: Numbering) -> Self {
        let (allow, deny) = (folder.allow_list(), folder.deny_list());
        Self { allow, deny, log, site: site.to_owned(), numbering }
    }

    /// Follows the other sites on a thread of its own, until the link that tells of changes is dropped. Judging
    /// with the changed lists is left to the judge, which looks at its files whenever it rings.
    ///
    /// # Errors
    ///
    /// No thread could be started.
    pub fn follow(self, changes: Receiver<ListChange>) -> std::io::Result<()> {
        let follow = move || {
            loop {
                let wait = match self.bring_up_to_date() {
                    Ok(()) => REST,
                    Err(reason) => {
                        log::warn!("lists of other sites are not taken over now: {reason}");
                        TRY_AGAIN
                    }
                };
                match changes.recv_timeout(wait) {
                    // What came together is done together.
                    Ok(_) => while changes.try_recv().is_ok() {},
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        };
        std::thread::Builder::new().name("shared-lists".into()).spawn(follow).map(drop)
    }

    fn bring_up_to_date(&self) -> Result<(), String> {
        let mut log = CallLog::open(&self.log).map_err(|e| e.full_text())?;
        log.keep_for_delivery();
        self.tell_entries_from_before(&mut log)?;
        while self.take_over(&mut log)? > 0 {}
        Ok(())
    }

    /// What stood in the own lists before the site shared them belongs to all sites too: records it, once.
    ///
    /// # Errors
    ///
    /// The log failed; one sentence.
    pub fn tell_entries_from_before(&self, log: &mut CallLog) -> Result<(), String> {
        let failed = |e: call_log::LogError| e.full_text();
        if log.list_changes_done_so_far().map_err(failed)?.is_some() {
            return Ok(());
        }
        let mut told = 0;
        for (list, path) in [("allow", &self.allow), ("deny", &self.deny)] {
            let bytes = std::fs::read(path).unwrap_or_default();
            let format = format_of(path, ListFormat::Csv, &bytes);
            let mut entries = Vec::new();
            each_entry(&bytes, format, &self.numbering, &mut |_, entry, note| {
                entries.push((entry.to_owned(), note));
            });
            let known = log.list_entries(list).map_err(failed)?;
            for (entry, note) in entries {
                let entry = shared_entry(&entry, &self.numbering);
                if known.iter().any(|known| known.entry == entry) {
                    continue;
                }
                let at = note.added.and_then(moment).unwrap_or_else(SystemTime::now);
                let by = note.by.as_deref().unwrap_or("list");
                let mut change = ListChange::new(at, list, true, &entry, by);
                change.name = note.name.into();
                change.site.clone_from(&self.site);
                change.expires = note.expires.and_then(moment);
                log.record_list_change(&change).map_err(failed)?;
                told += 1;
            }
        }
        if told > 0 {
            log::info!("shared with the other sites: {} of the own lists", counted(told, "entry"));
        }
        log.list_changes_done(0).map_err(failed)
    }

    /// Does here what other sites did; says how many changes were looked at.
    ///
    /// # Errors
    ///
    /// The log or a list could not be written; one sentence with the remedy. What was not done is done the next
    /// time.
    pub fn take_over(&self, log: &mut CallLog) -> Result<usize, String> {
        let failed = |e: call_log::LogError| e.full_text();
        let changes = log.list_changes_to_do(&self.site).map_err(failed)?;
        for change in &changes {
            if !log.list_change_is_outdated(change).map_err(failed)? {
                self.take_over_one(change)?;
            }
        }
        if let Some(last) = changes.last() {
            log.list_changes_done(last.id).map_err(failed)?;
        }
        Ok(changes.len())
    }

    fn take_over_one(&self, change: &ListChange) -> Result<(), String> {
        let path = match change.list.as_str() {
            "allow" => &self.allow,
            "deny" => &self.deny,
            _ => return Ok(()),
        };
        let done = if change.added {
            let note = Note {
                by: Some(format!("{} at {}", change.by, change.site).into()),
                added: seconds(change.at),
                expires: change.expires.and_then(seconds),
                ..Note::named(&change.name)
            };
            add_entry(path, ListFormat::Csv, &change.entry, &note, &self.numbering).map(drop)
        } else if path.exists() {
            remove_entries(path, ListFormat::Csv, &self.numbering, &change.entry).map(drop)
        } else {
            Ok(())
        };
        match done {
            Ok(()) => {
                let (list, site) = (&change.list, &change.site);
                let what = if change.added { "entered in" } else { "taken off" };
                log::info!("{} was {what} the {list} list at {site}", phone_number::redact(&change.entry));
                Ok(())
            }
            // The list cannot be written now; it will be.
            Err(error @ (call_screen::Error::Read { .. } | call_screen::Error::Write { .. })) => {
                Err(error.to_string())
            }
            Err(error) => {
                log::warn!("an entry of site {} is left out: {error}", change.site);
                Ok(())
            }
        }
    }
}

/// An entry as it means the same at every site: a number in international form where it has one, anything else as
/// it stands.
pub fn shared_entry(entry: &str, numbering: &Numbering) -> String {
    let is_number = entry.chars().all(|c| c.is_ascii_digit() || "+ ()".contains(c));
    let number = is_number.then(|| numbering.read(entry)).flatten();
    number.and_then(|number| number.e164()).map_or_else(|| entry.to_owned(), |number| number.to_string())
}

fn moment(seconds: i64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

fn seconds(at: SystemTime) -> Option<i64> {
    i64::try_from(at.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(name: &str, area: &str) -> (tempfile::TempDir, CallLog, SharedLists, GuardFolder) {
        let dir = tempfile::tempdir().unwrap();
        let folder = GuardFolder::new(dir.path());
        folder.make().unwrap();
        crate::make_own_lists(&folder).unwrap();
        let mut log = CallLog::open(&folder.log()).unwrap();
        log.keep_for_delivery();
        let numbering = Numbering::new("DE", Some(area)).unwrap();
        let lists = SharedLists::new(&folder, folder.log(), name, numbering);
        (dir, log, lists, folder)
    }

    fn change(seconds: u64, added: bool, entry: &str, site: &str) -> ListChange {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000 + seconds);
        let mut change = ListChange::new(at, "deny", added, entry, "star key");
        change.site = site.into();
        change
    }

    #[test]
    fn what_stood_there_before_is_told_once_and_in_a_form_that_all_understand() {
        let (_dir, mut log, lists, folder) = site("north", "030");
        std::fs::write(folder.deny_list(), "03023125555,Pest\n0900*,dear\n").unwrap();
        lists.tell_entries_from_before(&mut log).unwrap();
        lists.tell_entries_from_before(&mut log).unwrap();
        let told = log.list_changes_after(0, 10).unwrap();
        let entries: Vec<_> = told.iter().map(|c| (c.entry.as_str(), c.name.as_str())).collect();
        assert_eq!(entries, [("+493023125555", "Pest"), ("0900*", "dear")]);
        assert_eq!(log.undelivered().unwrap(), 2);
        assert_eq!(lists.take_over(&mut log).unwrap(), 0, "the own changes are done already");
    }

    #[test]
    fn of_two_changes_the_later_counts_whichever_arrives_first() {
        let (_dir, mut log, lists, folder) = site("south", "040");
        std::fs::write(folder.deny_list(), "03023125555,Pest\n").unwrap();
        log.record_list_change(&change(9, false, "+493023125555", "north")).unwrap();
        log.record_list_change(&change(3, true, "+493023125555", "west")).unwrap();
        log.record_list_change(&change(4, true, "+493023125556", "west")).unwrap();
        log.record_list_change(&change(5, true, "not / an entry \u{1}", "west")).unwrap();
        assert_eq!(lists.take_over(&mut log).unwrap(), 4);
        assert_eq!(lists.take_over(&mut log).unwrap(), 0);
        let text = std::fs::read_to_string(folder.deny_list()).unwrap();
        assert!(!text.contains("23125555") && text.contains("+493023125556"), "{text}");
        assert!(text.contains("star key at west"), "{text}");
        assert!(log.list_entries("deny").unwrap().iter().all(|e| e.entry != "+493023125555"));
    }
}
