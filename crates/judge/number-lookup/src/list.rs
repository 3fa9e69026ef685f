//! Lists of unwanted numbers to be downloaded: no number of a caller leaves the house.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use call_event::LookupAnswer;
use md5::{Digest as _, Md5};
use phone_number::Numbering;
use serde::Deserialize;

use crate::http::{Question, ask};
use crate::{Error, ListSettings, Query};

/// Larger lists are not taken.
const MAX_LIST: u64 = 64 << 20;
const TIMEOUT: Duration = Duration::from_secs(60);

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListFormat {
    /// A number on each line; `#` begins a comment, `*` at the end stands for all that begin so.
    #[default]
    Plain,
    /// Comma-separated: the number, then what is said of it.
    Csv,
    /// Comma-separated with a heading: what is said of it, then the MD5 of the number in the form `+49…`.
    Md5,
}

/// A list in memory, and a copy of it on disk for the next start.
#[derive(Debug)]
pub struct DownloadedList {
    settings: ListSettings,
    file: PathBuf,
    exact: HashMap<Box<str>, Box<str>>,
    starts: Vec<Box<str>>,
    read_at: Option<SystemTime>,
}

impl DownloadedList {
    /// A list whose copy lies in that folder. Reads the copy if there is one.
    pub fn new(settings: ListSettings, folder: &Path) -> Self {
        let name: String =
            settings.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let file = folder.join(format!("lookup-{name}.list"));
        let mut list = Self { settings, file, exact: HashMap::new(), starts: Vec::new(), read_at: None };
        if let Ok(text) = std::fs::read_to_string(&list.file) {
            list.fill(&text);
            list.read_at = std::fs::metadata(&list.file).and_then(|m| m.modified()).ok();
        }
        list
    }

    /// How many numbers are on it.
    pub fn len(&self) -> usize {
        self.exact.len() + self.starts.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    /// Whether it is to be downloaded again.
    pub fn is_due(&self, now: SystemTime) -> bool {
        let every = Duration::from_secs(3600 * u64::from(self.settings.every_hours.unwrap_or(24).max(1)));
        self.read_at.is_none_or(|at| now.duration_since(at).is_ok_and(|age| age >= every))
    }

    /// Downloads it. An old copy is kept if that fails, or if what came holds no number at all.
    ///
    /// # Errors
    ///
    /// It cannot be downloaded or kept.
    pub fn download(&mut self, now: SystemTime) -> Result<usize, Error> {
        let name = self.settings.name.clone();
        let question = Question { url: &self.settings.url, max: Some(MAX_LIST), ..Question::default() };
        let text = ask(&name, &question, TIMEOUT)?.ok(&name)?;
        let mut fresh = Self::empty(self.settings.clone(), self.file.clone());
        fresh.fill(&text);
        if fresh.is_empty() {
            return Err(Error::BadAnswer {
                source_name: name.into(),
                why: "there is no number in it; the old list is kept".into(),
            });
        }
        // Written beside it and then put in its place, so that a crash leaves one of the two whole.
        let failed = |e: std::io::Error| Error::File { path: self.file.clone(), why: e.to_string().into() };
        let beside = self.file.with_extension("new");
        std::fs::write(&beside, &text).map_err(failed)?;
        std::fs::rename(&beside, &self.file).map_err(failed)?;
        fresh.read_at = Some(now);
        *self = fresh;
        Ok(self.len())
    }

    fn empty(settings: ListSettings, file: PathBuf) -> Self {
        Self { settings, file, exact: HashMap::new(), starts: Vec::new(), read_at: None }
    }

    /// Another one to be downloaded while this one answers.
    pub(crate) fn again(&self) -> Self {
        Self::empty(self.settings.clone(), self.file.clone())
    }

    fn fill(&mut self, text: &str) {
        // Lists are written in international form; where one is not, it is read as German, like its users' lines.
        let numbering = Numbering::new("DE", None).unwrap_or_default();
        let records = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes())
            .into_records();
        for record in records.filter_map(Result::ok) {
            let field = |at: usize| record.get(at).unwrap_or_default();
            match self.settings.format {
                ListFormat::Md5 => {
                    let hash = field(1).to_ascii_lowercase();
                    if hash.len() == 32 && hash.bytes().all(|b| b.is_ascii_hexdigit()) {
                        self.exact.insert(hash.into(), field(0).into());
                    }
                }
                ListFormat::Plain | ListFormat::Csv => {
                    let (number, start) = match field(0).strip_suffix('*') {
                        Some(start) => (start, true),
                        None => (field(0), false),
                    };
                    let Some(number) = numbering.read(number).and_then(|n| n.e164()) else { continue };
                    if start {
                        self.starts.push(number.to_string().into());
                    } else {
                        self.exact.insert(number.to_string().into(), field(1).into());
                    }
                }
            }
        }
    }

    /// What the list says of a number.
    pub fn find(&self, query: &Query) -> Option<LookupAnswer> {
        let md5 = || -> String { Md5::digest(query.e164()).iter().map(|b| format!("{b:02x}")).collect() };
        let label = match self.settings.format {
            ListFormat::Md5 => self.exact.get(md5().as_str()).map(|l| &**l),
            _ => self
                .exact
                .get(query.e164())
                .map(|l| &**l)
                .or_else(|| self.starts.iter().any(|s| query.e164().starts_with(&**s)).then_some("")),
        }?;
        let mut answer = LookupAnswer::from_source(&self.settings.name);
        answer.score = Some(self.settings.score.unwrap_or(LISTED).clamp(1, 9));
        // Who keeps a list vouches for it.
        answer.votes = u32::MAX;
        answer.label = (!label.is_empty()).then(|| label.into());
        Some(answer)
    }
}

/// What a number on a list is rated if the settings say nothing else.
const LISTED: u8 = 9;
