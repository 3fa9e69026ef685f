//! The community's list, kept here: whole at first, then what changed; and the lists of one's own account.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use call_event::LookupAnswer;
use serde::{Deserialize, Serialize};

use super::{NAME, PhoneInfo, Server, answer};
use crate::{Error, PhoneBlockSettings, Query};

const TIMEOUT: Duration = Duration::from_secs(120);
const MAX_LIST: u64 = 64 << 20;
/// PhoneBlock asks for no more than one increment a day,
const EVERY: Duration = Duration::from_secs(24 * 3600);
/// and after a failure for some patience.
const RETRY: Duration = Duration::from_secs(3600);

/// The list as it is kept on disk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    version: i64,
    /// Seconds since 1970.
    synced: u64,
    /// Votes and rating.
    numbers: HashMap<String, (i64, String)>,
    allowed: Vec<Personal>,
    denied: Vec<Personal>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Personal {
    phone: String,
    wildcard: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BlockList {
    numbers: Vec<PhoneInfo>,
    version: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PersonalList {
    numbers: Vec<Personal>,
}

/// The community's list.
#[derive(Debug)]
pub struct Community {
    server: Server,
    file: PathBuf,
    kept: Kept,
    next: Option<SystemTime>,
}

impl Community {
    /// The list that is kept in that folder, if one is.
    pub fn new(settings: PhoneBlockSettings, folder: &Path) -> Self {
        let file = folder.join("phoneblock.json");
        let kept: Kept = std::fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Self { server: Server::new(settings), file, kept, next: None }
    }

    /// How many numbers are known.
    pub fn len(&self) -> usize {
        self.kept.numbers.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is to be brought up to date.
    pub fn is_due(&self, now: SystemTime) -> bool {
        let synced = UNIX_EPOCH + Duration::from_secs(self.kept.synced);
        now >= self.next.unwrap_or(synced + EVERY)
    }

    /// Brings it up to date: everything the first time, what changed from then on. Answers how many are known.
    ///
    /// # Errors
    ///
    /// PhoneBlock cannot be reached, or refuses; the old list stays.
    pub fn sync(&mut self, now: SystemTime) -> Result<usize, Error> {
        self.next = Some(now + RETRY);
        let fresh = self.fetch(now)?;
        let failed = |e: std::io::Error| Error::File { path: self.file.clone(), why: e.to_string().into() };
        let text = serde_json::to_vec(&fresh)
            .map_err(|e| Error::BadAnswer { source_name: NAME.into(), why: e.to_string().into() })?;
        let beside = self.file.with_extension("new");
        std::fs::write(&beside, text).map_err(failed)?;
        std::fs::rename(&beside, &self.file).map_err(failed)?;
        self.kept = fresh;
        self.next = Some(now + EVERY);
        Ok(self.len())
    }

    fn fetch(&self, now: SystemTime) -> Result<Kept, Error> {
        let bad =
            |e: serde_json::Error| Error::BadAnswer { source_name: NAME.into(), why: e.to_string().into() };
        let mut fresh = self.kept.clone();
        let path = format!("/blocklist?format=json&since={}", fresh.version);
        let text = self.server.get(&path, Some(MAX_LIST), TIMEOUT)?.ok(NAME)?;
        let list: BlockList = serde_json::from_str(&text).map_err(bad)?;
        for info in list.numbers {
            if info.votes <= 0 {
                fresh.numbers.remove(&info.phone);
            } else {
                fresh.numbers.insert(info.phone, (info.votes, info.rating));
            }
        }
        fresh.version = list.version.max(fresh.version);
        for (path, own) in [("/whitelist", &mut fresh.allowed), ("/blacklist", &mut fresh.denied)] {
            let text = self.server.get(path, Some(MAX_LIST), TIMEOUT)?.ok(NAME)?;
            *own = serde_json::from_str::<PersonalList>(&text).map_err(bad)?.numbers;
        }
        fresh.synced = now.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        Ok(fresh)
    }

    /// What the list says of a number. Asks nobody.
    pub fn find(&self, query: &Query) -> Option<LookupAnswer> {
        let on = |list: &[Personal]| {
            list.iter().any(|p| {
                p.phone == query.e164()
                    || p.wildcard
                        && !p.phone.is_empty()
                        && query.e164().starts_with(p.phone.trim_end_matches('*'))
            })
        };
        let (votes, rating) = self.kept.numbers.get(query.e164()).cloned().unwrap_or_default();
        let info = PhoneInfo {
            phone: query.e164().to_owned(),
            votes,
            rating,
            white_listed: on(&self.kept.allowed),
            black_listed: on(&self.kept.denied),
            ..PhoneInfo::default()
        };
        answer(&info, &self.server.settings, query)
    }

    /// Another one with the same content, to be brought up to date while this one answers.
    pub(crate) fn again(&self) -> Self {
        Self {
            server: Server::new(self.server.settings.clone()),
            file: self.file.clone(),
            kept: self.kept.clone(),
            next: self.next,
        }
    }

    pub(crate) fn wants_reports(&self) -> bool {
        self.server.settings.report
    }

    pub(crate) fn report(&self, query: &Query) -> Result<(), Error> {
        self.server.report(query)
    }
}
