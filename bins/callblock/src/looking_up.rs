//! The sources of `[lookup]`, asked by the guard; their answers are kept in the log's database.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use call_event::{IncomingCall, LookupAnswer};
use call_guard::LookUp;
use call_log::{Answer, CallLog};
use number_lookup::{AnswerCache, Kept, LookupSettings, Lookups, Tried};
use phone_number::{Caller, Numbering, PhoneNumber, ShownNumber};

use crate::{Failure, Home, guarding};

/// Whether anybody is to be asked.
pub(crate) fn is_wanted(settings: &LookupSettings) -> bool {
    !settings.sites.is_empty()
        || settings.phoneblock.is_some()
        || !settings.plug_ins.is_empty()
        || !settings.lists.is_empty()
}

/// Who is asked, if anybody is.
pub(crate) fn open(home: &Home) -> Result<Option<Asked>, Failure> {
    if !is_wanted(&home.config.lookup) {
        return Ok(None);
    }
    let wrong = |e: &dyn std::fmt::Display| Failure::new(Failure::CONFIG, e);
    let numbering = guarding::numbering(&home.config.numbers).map_err(|e| wrong(&e))?;
    let cache = Arc::new(LogCache { database: home.database(), log: Mutex::new(None) });
    let lookups =
        Lookups::with_cache(&home.config.lookup, home.folder.path(), cache).map_err(|e| wrong(&e))?;
    let limits = home.config.screen.lookup.clone().unwrap_or_default();
    Ok(Some(Asked { lookups: Arc::new(lookups), numbering, limits: (limits.score, limits.votes) }))
}

/// Everybody who is asked, and where the numbers are placed.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    lookups: Arc<Lookups>,
    numbering: Numbering,
    /// Score and votes from which on a caller is blocked.
    limits: (u8, u32),
}

impl Asked {
    /// Whom a number belongs to, as far as somebody knows.
    pub(crate) fn name_of(&mut self, number: &str) -> Option<String> {
        let number = self.numbering.resolve(&ShownNumber::new(number)?);
        let answers = self.lookups.look_up(&number, Duration::from_secs(20));
        answers.iter().find_map(|a| a.name.as_deref().map(str::to_owned))
    }
}

impl Asked {
    /// What became of asking everybody about a number that is placed already; answers are kept.
    pub(crate) fn outcomes(&self, number: &PhoneNumber, within: Duration) -> Vec<Tried> {
        self.lookups.look_closely(number, within)
    }
}

#[cfg(feature = "web")]
impl Asked {
    /// What everybody knows of a number.
    pub(crate) fn all_of(&self, number: &str) -> Vec<LookupAnswer> {
        let Some(number) = ShownNumber::new(number) else { return Vec::new() };
        self.lookups.look_up(&self.numbering.resolve(&number), Duration::from_secs(10))
    }
}

impl LookUp for Asked {
    fn look_up(&mut self, call: &IncomingCall) -> Vec<LookupAnswer> {
        let Some(number) = call.caller.as_ref().and_then(Caller::number) else { return Vec::new() };
        let number = self.numbering.resolve(number);
        let answers = self.lookups.look_up(&number, self.lookups.deadline());
        // Only callers whom nothing else decided are asked for, so a bad answer is what blocks this one.
        if answers.iter().any(|a| &*a.source == "phoneblock" && a.is_bad(self.limits.0, self.limits.1)) {
            self.lookups.blocked(&number);
        }
        answers
    }
}

/// Answers in the table of the log. Without a log they are simply not remembered.
#[derive(Debug)]
struct LogCache {
    database: PathBuf,
    /// Opened at the first question: the guard makes the log when it starts.
    log: Mutex<Option<CallLog>>,
}

impl LogCache {
    fn with<T>(&self, work: impl FnOnce(&mut CallLog) -> Result<T, call_log::LogError>) -> Option<T> {
        let mut held = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none() {
            *held = CallLog::open(&self.database)
                .map_err(|e| log::warn!("look-ups are not remembered: {e}"))
                .ok();
        }
        work(held.as_mut()?).map_err(|e| log::warn!("look-ups are not remembered: {e}")).ok()
    }
}

impl AnswerCache for LogCache {
    fn get(&self, source: &str, number: &str, oldest: SystemTime) -> Option<Kept> {
        let found = self.with(|log| log.answer(source, number, SystemTime::now()))??;
        (found.at >= oldest).then(|| Kept { answer: from_json(source, &found.answer), at: found.at })
    }

    fn put(&self, source: &str, number: &str, kept: &Kept, good_for: Duration) {
        let answer = Answer {
            source: source.to_owned(),
            number: number.to_owned(),
            at: kept.at,
            expires: kept.at + good_for,
            answer: kept.answer.as_ref().map_or_else(|| "{}".to_owned(), to_json),
        };
        self.with(|log| log.record_answer(&answer));
    }
}

fn to_json(answer: &LookupAnswer) -> String {
    serde_json::json!({
        "score": answer.score, "votes": answer.votes, "label": answer.label.as_deref(),
        "name": answer.name.as_deref(), "link": answer.link.as_deref(),
    })
    .to_string()
}

fn from_json(source: &str, text: &str) -> Option<LookupAnswer> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let text = |key: &str| value[key].as_str().map(Into::into);
    let mut answer = LookupAnswer::from_source(source);
    answer.score = value["score"].as_u64().and_then(|s| u8::try_from(s).ok());
    answer.votes = value["votes"].as_u64().and_then(|v| u32::try_from(v).ok()).unwrap_or_default();
    (answer.label, answer.name, answer.link) = (text("label"), text("name"), text("link"));
    (answer.score.is_some() || answer.name.is_some()).then_some(answer)
}
