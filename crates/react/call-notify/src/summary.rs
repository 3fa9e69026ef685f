//! When the day's and the week's summary are due.

use serde::Deserialize;

/// A span of time that is summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// The day before, each morning.
    Daily,
    /// The seven days before, on Monday morning.
    Weekly,
}

impl Period {
    /// How many days it covers.
    pub fn days(self) -> i64 {
        match self {
            Self::Daily => 1,
            Self::Weekly => 7,
        }
    }
}

/// Says once a day what is due.
#[derive(Debug, Clone)]
pub struct SummaryClock {
    periods: Vec<Period>,
    minute: u16,
    done: i64,
}

impl SummaryClock {
    /// Due at this minute of the day. What was due earlier on the day that it starts is not made up for.
    pub fn new(periods: &[Period], minute: u16, today: i64, now: u16) -> Self {
        Self { periods: periods.to_vec(), minute, done: if now >= minute { today } else { today - 1 } }
    }

    /// What is due on this day (any count of days), of this weekday (0 for Monday), at this minute.
    pub fn due(&mut self, day: i64, weekday: u8, minute: u16) -> Vec<Period> {
        if day <= self.done || minute < self.minute {
            return Vec::new();
        }
        self.done = day;
        self.periods.iter().copied().filter(|p| *p == Period::Daily || weekday == 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_due_once() {
        let mut clock = SummaryClock::new(&[Period::Daily, Period::Weekly], 480, 10, 500);
        assert!(clock.due(10, 6, 1400).is_empty(), "started after the hour");
        assert!(clock.due(11, 0, 479).is_empty());
        assert_eq!(clock.due(11, 0, 480), [Period::Daily, Period::Weekly]);
        assert!(clock.due(11, 0, 481).is_empty());
        assert_eq!(clock.due(13, 2, 900), [Period::Daily], "late is better than never");
        assert!(clock.due(12, 1, 900).is_empty(), "a clock that is set back repeats nothing");
    }
}
