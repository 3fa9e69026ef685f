//! The hours at which calls are allowed.

use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Days, Local, NaiveDateTime, NaiveTime, Weekday};

/// Hours of certain days of the week, by the local clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hours {
    days: [bool; 7],
    from: NaiveTime,
    /// Not included. Before `from`: the next morning. `None`: midnight.
    to: Option<NaiveTime>,
}

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text}: write hours as 09:00-18:00 or mon-fri/09:00-18:00");
        let (days, hours) = text.split_once('/').unwrap_or(("mon-sun", text));
        let (from, to) = hours.split_once('-').ok_or_else(wrong)?;
        let clock = |t: &str| NaiveTime::parse_from_str(t.trim(), "%H:%M").map_err(|_| wrong());
        let from = clock(from)?;
        let to = if to.trim() == "24:00" { None } else { Some(clock(to)?) };
        let mut set = [false; 7];
        for part in days.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let day = |d: &str| d.trim().parse::<Weekday>().map_err(|_| wrong());
            let (mut day, last) = (day(first)?, day(last)?);
            loop {
                set[day.num_days_from_monday() as usize] = true;
                if day == last {
                    break;
                }
                day = day.succ();
            }
        }
        if Some(from) == to {
            return Err(wrong());
        }
        Ok(Self { days: set, from, to })
    }
}

impl Hours {
    /// Whether calls are allowed then.
    pub(crate) fn allow(&self, at: NaiveDateTime) -> bool {
        let on = |day: Weekday| self.days[day.num_days_from_monday() as usize];
        let (today, time) = (at.weekday(), at.time());
        match self.to {
            Some(to) if to <= self.from => {
                (on(today) && time >= self.from) || (on(today.pred()) && time < to)
            }
            Some(to) => on(today) && time >= self.from && time < to,
            None => on(today) && time >= self.from,
        }
    }
}

/// The next time, from then on, at which one of them allows calls. Without any hours: at once.
pub(crate) fn next_allowed(hours: &[Hours], at: DateTime<Local>) -> DateTime<Local> {
    if hours.is_empty() || hours.iter().any(|h| h.allow(at.naive_local())) {
        return at;
    }
    (0..8)
        .flat_map(|days| hours.iter().map(move |h| (days, h)))
        .filter_map(|(days, h)| {
            let date = at.date_naive().checked_add_days(Days::new(days))?;
            // In the hour that the clock skips in spring there is no such time; the next one counts.
            let start = date.and_time(h.from).and_local_timezone(Local).earliest()?;
            (start > at && h.allow(start.naive_local())).then_some(start)
        })
        .min()
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    #[test]
    fn days_and_hours() {
        // 2026-11-20 is a Friday.
        let office: Hours = "mon-fri/09:00-18:00".parse().unwrap();
        assert!(office.allow(at("2026-11-20 09:00")));
        assert!(!office.allow(at("2026-11-20 18:00")));
        assert!(!office.allow(at("2026-11-21 12:00")));
        let night: Hours = "fri/22:00-02:00".parse().unwrap();
        assert!(night.allow(at("2026-11-20 23:00")) && night.allow(at("2026-11-21 01:59")));
        assert!(!night.allow(at("2026-11-20 01:00")) && !night.allow(at("2026-11-21 22:30")));
        let late: Hours = "20:00-24:00".parse().unwrap();
        assert!(late.allow(at("2026-11-20 23:59")) && !late.allow(at("2026-11-20 00:00")));
        for wrong in ["", "9", "09:00", "moo/09:00-10:00", "09:00-09:00", "25:00-26:00"] {
            assert!(wrong.parse::<Hours>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_next_time_that_is_allowed() {
        let hours: Vec<Hours> =
            vec!["mon-fri/09:00-18:00".parse().unwrap(), "sat/10:00-12:00".parse().unwrap()];
        let local = |text| at(text).and_local_timezone(Local).unwrap();
        assert_eq!(next_allowed(&hours, local("2026-11-20 12:00")), local("2026-11-20 12:00"));
        assert_eq!(next_allowed(&hours, local("2026-11-20 19:00")), local("2026-11-21 10:00"));
        assert_eq!(next_allowed(&hours, local("2026-11-21 12:00")), local("2026-11-23 09:00"));
        assert_eq!(next_allowed(&[], local("2026-11-21 12:00")), local("2026-11-21 12:00"));
    }
}
