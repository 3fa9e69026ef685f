//! The PhoneBlock community: a list that is kept here, or a question that tells nobody which number it is about.

mod community;
mod prefix;

use std::sync::OnceLock;
use std::time::Duration;

use call_event::LookupAnswer;
use secret::Secret;
use serde::Deserialize;
use sha1::{Digest as _, Sha1};

pub use community::Community;
pub(crate) use prefix::by_prefix;

use crate::http::{Page, Question, ask};
use crate::{Error, PhoneBlockSettings, Query};

pub(crate) const NAME: &str = "phoneblock";

/// The hash under which PhoneBlock knows a number: SHA-1 of `+49…`, in capital hexadecimal digits.
///
/// ```
/// assert_eq!(
///     number_lookup::phone_block::hash("+4917650642602"),
///     "3D1D76F0C3664E1E818C6ECCFD8843AD1F4091CC"
/// );
/// ```
pub fn hash(e164: &str) -> String {
    Sha1::digest(e164.as_bytes()).iter().map(|b| format!("{b:02X}")).collect()
}

/// What PhoneBlock says of a number. Fields that are not needed are not read; ratings that are not known are bad
/// ones, since new kinds of nuisance are invented and new kinds of legitimacy are not.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PhoneInfo {
    pub(crate) phone: String,
    pub(crate) votes: i64,
    pub(crate) votes_wildcard: i64,
    pub(crate) rating: String,
    pub(crate) white_listed: bool,
    pub(crate) black_listed: bool,
    pub(crate) label: Option<String>,
}

/// PhoneBlock's verdict in our terms. The order is the one that PhoneBlock documents: the own white list, the own black
/// list, votes for the number, votes for its range.
pub(crate) fn answer(info: &PhoneInfo, settings: &PhoneBlockSettings, query: &Query) -> Option<LookupAnswer> {
    let enough = |votes: i64, least: u32| u32::try_from(votes).ok().filter(|v| *v >= least && *v > 0);
    let (score, votes) = if info.white_listed {
        (1, u32::MAX)
    } else if info.black_listed {
        (9, u32::MAX)
    } else if let Some(votes) = enough(info.votes, settings.votes) {
        (score(&info.rating), votes)
    } else {
        (score(&info.rating).max(7), enough(info.votes_wildcard, settings.range_votes)?)
    };
    let mut answer = LookupAnswer::from_source(NAME);
    answer.score = Some(score);
    answer.votes = votes;
    let word = info.rating.split_once('_').map_or(info.rating.as_str(), |(_, word)| word).to_lowercase();
    answer.label = info.label.as_deref().or(Some(word.as_str())).filter(|l| !l.is_empty()).map(Into::into);
    answer.link = Some(format!("https://phoneblock.net/phoneblock/nums/{}", query.e164()).into());
    Some(answer)
}

fn score(rating: &str) -> u8 {
    match rating {
        "A_LEGITIMATE" => 1,
        "B_MISSED" => 6,
        "D_POLL" => 7,
        "F_GAMBLE" | "G_FRAUD" => 9,
        _ => 8,
    }
}

/// A server of PhoneBlock, with the account's token.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) settings: PhoneBlockSettings,
    token: OnceLock<Secret>,
}

impl Server {
    pub(crate) fn new(settings: PhoneBlockSettings) -> Self {
        Self { settings, token: OnceLock::new() }
    }

    fn token(&self) -> Result<&Secret, Error> {
        if let Some(token) = self.token.get() {
            return Ok(token);
        }
        let token = self.settings.token()?;
        Ok(self.token.get_or_init(|| token))
    }

    pub(crate) fn get(&self, path: &str, max: Option<u64>, timeout: Duration) -> Result<Page, Error> {
        let url = format!("{}{path}", self.settings.url());
        let bearer = Some(self.token()?.reveal());
        ask(NAME, &Question { url: &url, bearer, max, ..Question::default() }, timeout)
    }

    /// Tells PhoneBlock that a number was blocked because of it. Only if the owner agreed; at most twenty a day are
    /// taken.
    pub(crate) fn report(&self, query: &Query) -> Result<(), Error> {
        if !self.settings.report {
            return Ok(());
        }
        let url = format!("{}/report-call/{}", self.settings.url(), query.fill("{e164}"));
        let bearer = Some(self.token()?.reveal());
        let question = Question { url: &url, bearer, post: Some(""), max: None };
        ask(NAME, &question, Duration::from_secs(20))?.ok(NAME).map(drop)
    }
}
