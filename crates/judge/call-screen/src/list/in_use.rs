//! All lists of a configuration: opened, read anew when their files change, exchanged as a whole.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use phone_number::Numbering;

use super::ageing::{age_file, mark_match};
use super::{FileStamp, List, resolve};
use crate::settings::{ListFormat, ListSettings};
use crate::{Error, ListKind};

/// One list in use: its settings, its contents and the state of its file when it was read.
#[derive(Debug, Clone)]
pub struct ListInUse {
    settings: ListSettings,
    list: Option<Arc<List>>,
    stamp: Option<FileStamp>,
    failure: Option<Arc<str>>,
}

impl ListInUse {
    /// Its settings.
    pub fn settings(&self) -> &ListSettings {
        &self.settings
    }

    /// Its contents; `None` if it could never be read.
    pub fn list(&self) -> Option<&Arc<List>> {
        self.list.as_ref()
    }

    /// Why it could not be read the last time.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}

/// All lists of a configuration. Cheap to copy; [`ListSet::reload`] makes a new one and leaves this one whole.
#[derive(Debug, Clone, Default)]
pub struct ListSet {
    folder: PathBuf,
    lists: Vec<ListInUse>,
}

/// What became of a list when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loaded {
    /// It is in use.
    Read {
        /// The list.
        name: Arc<str>,
        /// How many entries it has.
        entries: usize,
        /// How many lines could not be read.
        problems: usize,
    },
    /// It could not be read; what was read before stays in use.
    Failed {
        /// The list.
        name: Arc<str>,
        /// Why.
        reason: Arc<str>,
    },
}

impl ListSet {
    /// Reads all lists. A list that cannot be read is named in the report; the others are used.
    pub fn open(settings: &[ListSettings], folder: &Path, numbering: &Numbering) -> (Self, Vec<Loaded>) {
        let lists = settings
            .iter()
            .map(|settings| ListInUse { settings: settings.clone(), list: None, stamp: None, failure: None })
            .collect();
        Self { folder: folder.to_owned(), lists }.reload(numbering)
    }

    /// Reads those lists again whose files changed. The new set shares the unchanged lists with this one.
    pub fn reload(&self, numbering: &Numbering) -> (Self, Vec<Loaded>) {
        let mut next = self.clone();
        let mut report = Vec::new();
        for entry in &mut next.lists {
            let path = resolve(&self.folder, &entry.settings.file);
            // Taken before reading: what changes meanwhile is read again the next time.
            let stamp = FileStamp::of(&path);
            if entry.list.is_some() && entry.stamp.is_some() && stamp == entry.stamp {
                continue;
            }
            match List::open(&entry.settings, &self.folder, numbering) {
                Ok(list) => {
                    report.push(Loaded::Read {
                        name: list.name.clone(),
                        entries: list.len(),
                        problems: list.problem_count(),
                    });
                    entry.list = Some(Arc::new(list));
                    entry.stamp = stamp;
                    entry.failure = None;
                }
                Err(error) => {
                    let reason: Arc<str> = error.to_string().into();
                    if entry.failure.as_ref() != Some(&reason) {
                        let name = entry.settings.shown_name().into();
                        report.push(Loaded::Failed { name, reason: reason.clone() });
                    }
                    entry.failure = Some(reason);
                    entry.stamp = None;
                }
            }
        }
        (next, report)
    }

    /// Keeps a jcblock list as jcblock did after a match, where its settings ask for it: writes the day into the line
    /// that decided (`rule` of the verdict, such as `blacklist.dat:7`) and drops what was not matched for long. Gives
    /// back how many entries were dropped. Allow lists lose none.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or written.
    pub fn keep_after_match(&self, rule: &str, day: NaiveDate) -> Result<usize, Error> {
        let Some((name, line)) = rule.rsplit_once(':') else { return Ok(0) };
        let Ok(line) = line.parse() else { return Ok(0) };
        let matched = |entry: &&ListInUse| entry.list.as_ref().is_some_and(|list| &*list.name == name);
        let Some(entry) = self.lists.iter().find(matched) else { return Ok(0) };
        if entry.list.as_ref().is_some_and(|list| list.format != ListFormat::Jcblock) {
            return Ok(0);
        }
        let path = resolve(&self.folder, &entry.settings.file);
        if entry.settings.write_back {
            mark_match(&path, line, day)?;
        }
        let span = entry.settings.drop_unused_after.as_deref().map(crate::read_span);
        match span {
            Some(Ok(span)) if entry.settings.kind == ListKind::Deny => {
                age_file(&path, day, u32::try_from(span.as_secs() / 86_400).unwrap_or(u32::MAX))
            }
            _ => Ok(0),
        }
    }

    /// The lists.
    pub fn lists(&self) -> &[ListInUse] {
        &self.lists
    }

    /// The folder that file names without a folder belong to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The files of all lists.
    pub fn files(&self) -> Vec<PathBuf> {
        self.lists.iter().map(|entry| resolve(&self.folder, &entry.settings.file)).collect()
    }

    /// Whether a list of that kind could never be read.
    pub(crate) fn lacks(&self, kind: ListKind) -> bool {
        self.lists.iter().any(|entry| entry.settings.kind == kind && entry.list.is_none())
    }
}
