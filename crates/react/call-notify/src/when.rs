//! Which notices a sink takes, and when.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::{Happening, Notice};

/// Which notices a sink takes; what is not said does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct When {
    /// These happenings only; none named: blocked calls, voice mail, messages at the network, lines that
    /// fail or work again, and summaries. Programs - MQTT, NCID and UDP - get all.
    pub events: Vec<Happening>,
    /// On these lines only.
    pub lines: Vec<String>,
    /// Of calls with this verdict only: `ring`, `block`.
    pub decisions: Vec<String>,
    /// Decided by a list or rule whose name begins like this.
    pub rules: Vec<String>,
    /// Quiet times, such as `22:00-07:00` or `sat,sun 00:00-10:00`. What happens then is told afterwards.
    pub quiet: Vec<QuietTime>,
    /// What happens in a quiet time is not told at all.
    pub quiet_forgets: bool,
}

impl When {
    /// Whether the sink takes this notice.
    pub fn takes(&self, notice: &Notice) -> bool {
        if notice.event == Happening::Test {
            return true;
        }
        let event = if self.events.is_empty() {
            matches!(
                notice.event,
                Happening::Blocked
                    | Happening::VoiceMail
                    | Happening::MessageWaiting
                    | Happening::LineDown
                    | Happening::LineUp
                    | Happening::Summary
            )
        } else {
            self.events.contains(&notice.event)
        };
        let any = |wanted: &[String], is: &str| {
            wanted.is_empty() || is.is_empty() || wanted.iter().any(|w| w == is)
        };
        event
            && any(&self.lines, &notice.line)
            && any(&self.decisions, &notice.decision)
            // What is no call was decided by nothing.
            && (self.rules.is_empty()
                || notice.decision.is_empty()
                || self.rules.iter().any(|r| notice.rule.starts_with(r.as_str())))
    }

    /// The same for a sink that programs listen to, which want to know of everything unless it is said otherwise.
    pub fn for_programs(&self) -> Self {
        let mut all = self.clone();
        if all.events.is_empty() {
            all.events = Happening::ALL.into();
        }
        all
    }

    /// Whether it is quiet at this minute of this day (0 for Monday).
    pub fn is_quiet(&self, weekday: u8, minute: u16) -> bool {
        self.quiet.iter().any(|q| q.covers(weekday, minute))
    }
}

/// A quiet time on some days. One that ends before it begins runs on into the next day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietTime {
    days: [bool; 7],
    from: u16,
    until: u16,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl QuietTime {
    fn covers(&self, weekday: u8, minute: u16) -> bool {
        let on = |day: u8| self.days[usize::from(day % 7)];
        if self.from < self.until {
            on(weekday) && (self.from..self.until).contains(&minute)
        } else {
            (on(weekday) && minute >= self.from) || (on(weekday + 6) && minute < self.until)
        }
    }
}

/// Why a text is no quiet time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a quiet time; write it as 22:00-07:00 or sat,sun 00:00-10:00")]
pub struct NotAQuietTime(String);

impl FromStr for QuietTime {
    type Err = NotAQuietTime;

    fn from_str(text: &str) -> Result<Self, NotAQuietTime> {
        let read = || {
            let (days, hours) = text.trim().rsplit_once(' ').unwrap_or_else(|| ("", text.trim()));
            let (from, until) = hours.split_once('-')?;
            let minute = |text: &str| {
                let (h, m) = text.trim().split_once(':')?;
                let (h, m): (u16, u16) = (h.parse().ok()?, m.parse().ok()?);
                (m < 60 && (h < 24 || (h == 24 && m == 0))).then_some(h * 60 + m)
            };
            let mut on = [days.is_empty(); 7];
            for day in days.split([',', ' ']).filter(|d| !d.is_empty()) {
                on[DAYS.iter().position(|d| d.eq_ignore_ascii_case(day))?] = true;
            }
            Some(Self { days: on, from: minute(from)?, until: minute(until)? })
        };
        read().ok_or_else(|| NotAQuietTime(text.into()))
    }
}

impl<'de> Deserialize<'de> for QuietTime {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn a_quiet_night_runs_into_the_next_day() {
        let night: QuietTime = "fri,sat 22:00-07:00".parse().unwrap();
        assert!(night.covers(4, 22 * 60) && night.covers(5, 6 * 60 + 59) && night.covers(6, 0));
        assert!(!night.covers(4, 6 * 60) && !night.covers(5, 7 * 60) && !night.covers(0, 0));
        let noon: QuietTime = "12:00-13:30".parse().unwrap();
        assert!((0..7).all(|d| noon.covers(d, 12 * 60) && !noon.covers(d, 13 * 60 + 30)));
        for wrong in ["", "22-7", "25:00-07:00", "foo 22:00-07:00", "22:00-07:61"] {
            assert!(wrong.parse::<QuietTime>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn filters_take_what_they_name() {
        let mut notice = Notice::new(Happening::Blocked, SystemTime::UNIX_EPOCH, "home");
        notice.decision = "block".into();
        notice.rule = "blacklist.csv:7".into();
        let all = When::default();
        assert!(all.takes(&notice));
        assert!(!When { events: vec![Happening::VoiceMail], ..all.clone() }.takes(&notice));
        assert!(When { lines: vec!["home".into()], ..all.clone() }.takes(&notice));
        assert!(!When { lines: vec!["office".into()], ..all.clone() }.takes(&notice));
        assert!(!When { decisions: vec!["ring".into()], ..all.clone() }.takes(&notice));
        assert!(When { rules: vec!["blacklist".into()], ..all.clone() }.takes(&notice));
        assert!(!When { rules: vec!["other".into()], ..all.clone() }.takes(&notice));
        let down = Notice::new(Happening::LineDown, SystemTime::UNIX_EPOCH, "home");
        assert!(When { rules: vec!["other".into()], ..all.clone() }.takes(&down), "no call, no rule");
        notice.event = Happening::Ringing;
        assert!(!all.takes(&notice), "that the telephone rings is heard");
        notice.event = Happening::Test;
        assert!(When { lines: vec!["office".into()], ..all }.takes(&notice));
    }

    #[test]
    fn programs_hear_of_everything_and_people_of_what_matters() {
        let ended = Notice::new(Happening::Ended, SystemTime::UNIX_EPOCH, "home");
        assert!(!When::default().takes(&ended) && When::default().for_programs().takes(&ended));
        let only = When { events: vec![Happening::Blocked], ..When::default() };
        assert!(!only.for_programs().takes(&ended), "what is said holds for programs too");
    }
}
