//! What the guard does beside guarding: it forgets what is to be forgotten, and sums up the day and the week.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use call_event::counted;
use call_log::{CallLog, Day, Retention, Span, local_offset};
use call_notify::{Happening, Notice, Notifier, NotifySettings, Period, SummaryClock};

use crate::Failure;
use crate::config::LogSection;

/// How often it is looked whether something is to be forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// How often it is looked whether a summary is due.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// When summaries are told if nothing is said.
const USUAL_HOUR: u8 = 8;

fn failed(error: &std::io::Error) -> Failure {
    Failure::new(Failure::SOFTWARE, format!("no thread for the housekeeping: {error}"))
}

/// Forgets now and every hour, if anything is to be forgotten.
pub(crate) fn start_forgetting(settings: &LogSection, database: PathBuf) -> Result<(), Failure> {
    let retention = Retention {
        keep_for: settings.keep_for.map(|s| s.0),
        keep_calls: settings.keep_calls,
        keep_recordings: settings.keep_recordings_mb.map(|mb| mb.saturating_mul(1_000_000)),
        keep_recordings_for: settings.keep_recordings_for.map(|s| s.0),
        anonymise_after: settings.anonymise_after.map(|s| s.0),
    };
    if retention == Retention::default() {
        return Ok(());
    }
    let forget = move || {
        loop {
            let done = CallLog::open(&database).and_then(|mut log| log.forget(&retention, SystemTime::now()));
            match done {
                Ok(done) if done == call_log::Forgotten::default() => {}
                Ok(done) => log::info!(
                    "forgotten: {}, {}, {}; made anonymous: {}",
                    counted(done.calls, "call"),
                    counted(done.messages, "message"),
                    counted(done.recordings, "recording"),
                    counted(done.anonymised, "call")
                ),
                Err(error) => log::warn!("{}; tried again in an hour", error.full_text()),
            }
            thread::sleep(FORGET_EVERY);
        }
    };
    thread::Builder::new().name("forgetting".into()).spawn(forget).map(drop).map_err(|e| failed(&e))
}

/// Tells the summaries that are wanted.
pub(crate) fn start_summaries(
    settings: &NotifySettings,
    notifier: &Arc<Notifier>,
    database: PathBuf,
) -> Result<(), Failure> {
    if settings.summaries.is_empty() {
        return Ok(());
    }
    let hour = settings.summary_hour.unwrap_or(USUAL_HOUR);
    if hour > 23 {
        return Err(Failure::new(Failure::CONFIG, "[notify]: summary-hour lies between 0 and 23"));
    }
    let (today, minute) = wall_clock(SystemTime::now());
    let mut clock = SummaryClock::new(&settings.summaries, u16::from(hour) * 60, count(today), minute);
    let notifier = Arc::clone(notifier);
    let sum_up = move || {
        loop {
            let now = SystemTime::now();
            let (today, minute) = wall_clock(now);
            let weekday = u8::try_from(today.weekday()).unwrap_or(0);
            for period in clock.due(count(today), weekday, minute) {
                match CallLog::open_read_only(&database).and_then(|mut log| summary(&mut log, period, today))
                {
                    Ok(text) => {
                        notifier.tell(&Notice { text, ..Notice::new(Happening::Summary, now, "") });
                    }
                    Err(error) => log::warn!("no summary: {}", error.full_text()),
                }
            }
            thread::sleep(LOOK_EVERY);
        }
    };
    thread::Builder::new().name("summaries".into()).spawn(sum_up).map(drop).map_err(|e| failed(&e))
}

/// Day and minute on this machine's wall clock.
fn wall_clock(now: SystemTime) -> (Day, u16) {
    let offset = local_offset(now);
    let time = call_log::wall_time(now, offset);
    let part = |at: std::ops::Range<usize>| time.get(at).and_then(|t| t.parse::<u16>().ok()).unwrap_or(0);
    (Day::of(now, offset), part(11..13) * 60 + part(14..16))
}

/// Any count of days will do, as long as it grows by one each day.
fn count(day: Day) -> i64 {
    let since = day.start_utc().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs() / 86_400).unwrap_or(0)
}

/// The days before today in words.
fn summary(log: &mut CallLog, period: Period, today: Day) -> Result<String, call_log::LogError> {
    let span =
        Span { from: Some(today.plus(-period.days())), until: Some(today.plus(-1)), line: None, top: 5 };
    let found = log.statistics(&span)?;
    let when = match period {
        Period::Daily => "Yesterday".to_owned(),
        Period::Weekly => "In the last seven days".to_owned(),
    };
    let mut text =
        format!("{when}: {}, {} of them blocked.\n", counted(found.total.calls, "call"), found.total.blocked);
    let unheard = log.unheard()?;
    if unheard > 0 {
        text.push_str(&format!("Not heard yet: {}.\n", counted(unheard, "message")));
    }
    if !found.causes.is_empty() {
        text.push_str("\nWhat decided:\n");
        for (cause, count) in &found.causes {
            text.push_str(&format!(
                "- {cause}: {}, {} blocked\n",
                counted(count.calls, "call"),
                count.blocked
            ));
        }
    }
    if !found.callers.is_empty() {
        text.push_str("\nWho called most:\n");
        for caller in &found.callers {
            let name = caller.name.as_deref().unwrap_or("");
            text.push_str(&format!("- {} {name}: {}\n", caller.who, caller.count.calls));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use call_log::CallRecord;

    use super::*;

    #[test]
    fn a_summary_counts_the_days_before_today() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut log = CallLog::open(&folder.path().join("calls.db")).expect("a log");
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000);
        for days in [0_u64, 1, 1, 5] {
            let mut call = CallRecord::new(noon - Duration::from_secs(86_400 * days), "home");
            call.offset_minutes = 0;
            log.record(&call).expect("written");
        }
        let today = Day::of(noon, 0);
        assert!(
            summary(&mut log, Period::Daily, today).expect("read").starts_with("Yesterday: 2 calls, 0 of")
        );
        assert!(summary(&mut log, Period::Weekly, today).expect("read").contains(": 3 calls"));
    }
}
