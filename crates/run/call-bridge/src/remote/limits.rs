//! How often, and which numbers, may be called and written to from afar.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use phone_number::{NumberKind, Numbering, ShownNumber};

/// Numbers that cost, or that nobody should reach from afar, as they begin in E.164 without the `+`:
/// German premium, televoting, enquiry and service numbers; the like in the neighbouring countries and the
/// USA; satellite and international premium networks.
const DENIED: [&str; 30] = [
    "49900", "49137", "49138", "49118", "49180", "4919", "43900", "43901", "43930", "43931", "41900",
    "41901", "41906", "39144", "39166", "39178", "39199", "3989", "3389", "44871", "44872", "44873", "449",
    "4470", "3480", "1900", "870", "881", "882", "979",
];

/// How often and whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialLimits {
    /// Calls in an hour.
    pub calls_an_hour: usize,
    /// SMS in an hour.
    pub sms_an_hour: usize,
    /// SMS in a day.
    pub sms_a_day: usize,
    /// Further prefixes that are denied, in E.164 without the `+`.
    pub also_denied: Vec<String>,
    /// Prefixes that are allowed although they would be denied.
    pub allowed: Vec<String>,
    /// Only numbers of the own country.
    pub own_country_only: bool,
}

impl Default for DialLimits {
    fn default() -> Self {
        Self {
            calls_an_hour: 20,
            sms_an_hour: 20,
            sms_a_day: 100,
            also_denied: Vec::new(),
            allowed: Vec::new(),
            own_country_only: false,
        }
    }
}

/// Why a number is not called or written to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Denied {
    /// It cannot be read.
    #[error("\"{0}\" is no telephone number")]
    NotANumber(String),
    /// A code, an emergency or service number.
    #[error("{0} is an emergency number, a service or a code; dial it on a telephone")]
    Special(String),
    /// A prefix that costs.
    #[error(
        "numbers that begin with +{0} are switched off, for they can be expensive; allow them in the configuration (allowed-prefixes)"
    )]
    Prefix(String),
    /// Another country's.
    #[error("numbers of other countries are switched off (own-country-only)")]
    Foreign,
    /// Too many.
    #[error("that were enough for now; the next one goes at {0}")]
    TooMany(String),
}

/// What was dialled and written lately.
#[derive(Debug, Clone, Default)]
pub struct Dialled {
    calls: VecDeque<DateTime<Utc>>,
    sms: VecDeque<DateTime<Utc>>,
}

impl Dialled {
    /// Whether a call may be placed; counts it.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn call(
        &mut self,
        now: DateTime<Utc>,
        limits: &DialLimits,
        numbering: &Numbering,
        number: &str,
    ) -> Result<Box<str>, Denied> {
        let number = reachable(limits, numbering, number)?;
        room(&mut self.calls, now, limits.calls_an_hour, TimeDelta::hours(1))?;
        self.calls.push_back(now);
        Ok(number)
    }

    /// Whether an SMS of so many parts may be sent; counts them.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn sms(
        &mut self,
        now: DateTime<Utc>,
        limits: &DialLimits,
        numbering: &Numbering,
        number: &str,
        parts: usize,
    ) -> Result<Box<str>, Denied> {
        let number = reachable(limits, numbering, number)?;
        for _ in 0..parts.max(1) {
            room(&mut self.sms, now, limits.sms_a_day, TimeDelta::days(1))?;
            let hour = now - TimeDelta::hours(1);
            let lately: Vec<_> = self.sms.iter().filter(|at| **at > hour).collect();
            if lately.len() >= limits.sms_an_hour {
                let next = lately.first().map_or(now, |at| **at) + TimeDelta::hours(1);
                return Err(Denied::TooMany(next.format("%H:%M UTC").to_string()));
            }
            self.sms.push_back(now);
        }
        Ok(number)
    }
}

fn room(
    past: &mut VecDeque<DateTime<Utc>>,
    now: DateTime<Utc>,
    limit: usize,
    span: TimeDelta,
) -> Result<(), Denied> {
    while past.front().is_some_and(|at| *at <= now - span) {
        past.pop_front();
    }
    if past.len() >= limit {
        let next = past.front().map_or(now, |at| *at + span);
        return Err(Denied::TooMany(next.format("%Y-%m-%d %H:%M UTC").to_string()));
    }
    Ok(())
}

/// The number to dial, if it is one that may be reached from afar.
fn reachable(limits: &DialLimits, numbering: &Numbering, text: &str) -> Result<Box<str>, Denied> {
    let shown = ShownNumber::new(text)
        .filter(|n| n.as_str().bytes().any(|b| b.is_ascii_digit()))
        .ok_or_else(|| Denied::NotANumber(text.escape_debug().take(40).collect()))?;
    let number = numbering.resolve(&shown);
    match number.kind() {
        NumberKind::Domestic | NumberKind::Foreign => {}
        _ => return Err(Denied::Special(shown.as_str().to_owned())),
    }
    let digits = number.as_str().trim_start_matches('+');
    if !limits.allowed.iter().any(|p| digits.starts_with(p.trim_start_matches('+'))) {
        let denied = DENIED
            .iter()
            .copied()
            .chain(limits.also_denied.iter().map(|p| p.trim_start_matches('+')))
            .filter(|p| !p.is_empty())
            .find(|p| digits.starts_with(p));
        if let Some(prefix) = denied {
            return Err(Denied::Prefix(prefix.to_owned()));
        }
        if limits.own_country_only && number.kind() == NumberKind::Foreign {
            return Err(Denied::Foreign);
        }
    }
    Ok(number.as_str().into())
}
