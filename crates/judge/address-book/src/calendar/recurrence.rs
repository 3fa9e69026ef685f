//! Events that come again: on the wall clock first, then as moments.

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};

use super::zone::Zone;

/// Repetitions looked at for one question: every hour for more than a century.
const MAX_STEPS: usize = 1_000_000;

/// A rule of repetition.
#[derive(Debug, Clone)]
pub(super) struct Repeats {
    /// The rule with all its times on the wall clock, which the library is told is UTC.
    rules: Vec<rrule::RRuleSet>,
    /// Further starts, as moments.
    pub(super) also: Vec<DateTime<Utc>>,
    /// Starts that fall out, as moments.
    pub(super) except: Vec<DateTime<Utc>>,
    /// Days, on the wall clock, on which it falls out.
    pub(super) except_days: Vec<chrono::NaiveDate>,
}

impl Repeats {
    /// Reads a rule; `until` is already on the wall clock.
    pub(super) fn read(
        rules: &[(String, Option<NaiveDateTime>)],
        start: NaiveDateTime,
    ) -> Result<Self, String> {
        let first = rrule::Tz::UTC.from_utc_datetime(&start);
        let mut sets = Vec::new();
        for (text, until) in rules {
            let mut rule: rrule::RRule<rrule::Unvalidated> =
                text.parse().map_err(|e| format!("its rule {text} cannot be read ({e})"))?;
            if matches!(rule.get_freq(), rrule::Frequency::Minutely | rrule::Frequency::Secondly) {
                return Err("it comes again more often than every hour".into());
            }
            if let Some(until) = until {
                rule = rule.until(rrule::Tz::UTC.from_utc_datetime(until));
            }
            let set = rule.build(first).map_err(|e| format!("its rule {text} makes no sense ({e})"))?;
            sets.push(set.limit());
        }
        Ok(Self { rules: sets, also: Vec::new(), except: Vec::new(), except_days: Vec::new() })
    }

    /// The latest start that is not after `now` and not longer ago than `length`, with the exceptions taken
    /// out; the first start is among the candidates as RFC 5545 has it.
    pub(super) fn latest_start(
        &self,
        zone: Zone,
        first: NaiveDateTime,
        length: TimeDelta,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        // Clocks change by less than a day: a window that much wider misses nothing.
        let from = zone.wall(now) - length - TimeDelta::days(1);
        let to = zone.wall(now) + TimeDelta::days(1);
        let from_rules = self.rules.iter().flat_map(|set| {
            set.into_iter()
                .take(MAX_STEPS)
                .map(|at| at.naive_utc())
                .take_while(|wall| *wall <= to)
                .filter(|wall| *wall >= from)
        });
        std::iter::once(first)
            .chain(from_rules)
            .map(|wall| zone.moment(wall))
            .chain(self.also.iter().copied())
            .filter(|start| *start <= now && now < *start + length)
            .filter(|start| !self.except.contains(start))
            .filter(|start| !self.except_days.contains(&zone.wall(*start).date()))
            .max()
    }
}
