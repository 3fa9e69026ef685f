//! Asking for four digits of a hash: about three thousand numbers share them.

use std::time::Duration;

use call_event::LookupAnswer;
use serde::Deserialize;

use super::{NAME, PhoneInfo, Server, answer, hash};
use crate::{Error, Query};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Bucket {
    numbers: Vec<PhoneInfo>,
    range10: Vec<Range>,
    range100: Vec<Range>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Range {
    prefix: String,
    votes: i64,
}

/// Asks for the bucket and looks for the number in it, here.
pub(crate) fn by_prefix(
    server: &Server,
    query: &Query,
    timeout: Duration,
) -> Result<Option<LookupAnswer>, Error> {
    let short = |text: &str| hash(text).chars().take(4).collect::<String>();
    let number = query.e164();
    let cut = |n: usize| number.get(..number.len().saturating_sub(n)).unwrap_or(number);
    let path = format!(
        "/check-prefix?sha1={}&prefix10={}&prefix100={}",
        short(number),
        short(cut(1)),
        short(cut(2))
    );
    let text = server.get(&path, None, timeout)?.ok(NAME)?;
    let bucket: Bucket = serde_json::from_str(&text)
        .map_err(|e| Error::BadAnswer { source_name: NAME.into(), why: e.to_string().into() })?;
    let mut info = bucket.numbers.into_iter().find(|n| n.phone == number).unwrap_or_default();
    let ranges = bucket.range10.iter().chain(&bucket.range100);
    let range =
        ranges.filter(|r| !r.prefix.is_empty() && number.starts_with(&r.prefix)).map(|r| r.votes).max();
    info.votes_wildcard = info.votes_wildcard.max(range.unwrap_or(0));
    Ok(answer(&info, &server.settings, query))
}
