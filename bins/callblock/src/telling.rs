//! The guard's news become notices, and what people ask by button, topic or NCID client becomes commands.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use call_event::{CallNews, Decision, GuardNews, GuardNotice};
use call_guard::GuardHandle;
use call_log::{CallLog, CallRecord, Direction, LogWriter, Message, MessageKind, Query};
use call_notify::{Happening, Notice, Notifier};

use crate::{Failure, Home};

/// How many notices may wait while sinks are handed theirs; handing over never waits for a network.
const WAITING: usize = 1024;

/// Starts the sinks and the threads between them and the guard. Nothing is started if nothing is set.
///
/// # Errors
///
/// A setting of a sink is wrong.
pub(crate) fn start(home: &Home, guard: &GuardHandle) -> Result<(), Failure> {
    let (settings, folder, database) = (&home.config.notify, &home.folder, home.database());
    let shared = home.config.log.server.is_some();
    if settings.is_empty() {
        return Ok(());
    }
    let past = last_calls(&database, settings.calls_remembered());
    let notifier = Notifier::start_after(settings, &past)
        .map_err(|e| Failure::new(Failure::CONFIG, format!("[notify]: {e}")))?;
    let notifier = Arc::new(notifier);
    crate::housekeeping::start_summaries(settings, &notifier, database.clone())?;
    let failed =
        |e: std::io::Error| Failure::new(Failure::SOFTWARE, format!("no thread for the notices: {e}"));
    let (asked, undelivered) = (notifier.asked().clone(), notifier.undelivered().clone());
    let stream = guard.hub().subscribe(WAITING);
    let recordings = folder.recordings();
    let tell = move || {
        for notice in stream.notices() {
            if let Some(notice) = notice_of(&notice, &recordings) {
                notifier.tell(&notice);
            }
        }
    };
    thread::Builder::new().name("notices".into()).spawn(tell).map_err(failed)?;
    let (guard, calls) = (guard.clone(), database.clone());
    let obey = move || {
        for asked in asked {
            log::info!("{} asks: {}", asked.by, asked.wish.redacted());
            let answer = crate::answers::answer(&asked.wish, &guard, &calls);
            if let Err(why) = &answer {
                log::warn!("{}: not done: {why}", asked.by);
            }
            asked.answer(answer);
        }
    };
    thread::Builder::new().name("wishes".into()).spawn(obey).map_err(failed)?;
    let report = move || {
        let log = if shared { LogWriter::open_for_delivery(database) } else { LogWriter::open(database) };
        for lost in undelivered {
            log::warn!("a notice was not delivered by {}: {}", lost.sink, lost.why);
            let mut message = Message::new(MessageKind::Notice, lost.notice.at, &lost.notice.line);
            if let Some(who) = [&lost.notice.e164, &lost.notice.number].into_iter().find(|n| !n.is_empty()) {
                message.who.clone_from(who);
            }
            message.name = Some(lost.notice.name.clone()).filter(|n| !n.is_empty());
            message.note = format!("{} did not get \"{}\": {}", lost.sink, lost.notice.headline(), lost.why);
            log.message(message);
        }
    };
    thread::Builder::new().name("undelivered".into()).spawn(report).map_err(failed)?;
    Ok(())
}

/// The last calls of the log, the oldest first. A log that cannot be read is reported by who writes it.
fn last_calls(database: &std::path::Path, most: usize) -> Vec<Notice> {
    let limit = u32::try_from(most).unwrap_or(u32::MAX);
    if limit == 0 || !database.exists() {
        return Vec::new();
    }
    let page = CallLog::open_read_only(database)
        .and_then(|mut log| log.page(&Query { limit, ..Query::default() }))
        .inspect_err(|e| log::warn!("NCID clients do not see earlier calls: {}", e.full_text()));
    let calls = page.map(|page| page.calls).unwrap_or_default();
    calls.iter().rev().map(|logged| notice_of_past(&logged.call)).collect()
}

/// What was told of a call that is in the log.
fn notice_of_past(call: &CallRecord) -> Notice {
    let outgoing = call.direction == Direction::Out;
    let event = match call.decision {
        _ if outgoing => Happening::Ended,
        Decision::Block => Happening::Blocked,
        Decision::Ring => Happening::Ringing,
    };
    Notice {
        number: call.number().unwrap_or_else(|| call.who()).to_owned(),
        e164: call.e164.clone().unwrap_or_default(),
        name: call.name.clone().unwrap_or_default(),
        area: call.area.clone().unwrap_or_default(),
        called: call.called.clone().unwrap_or_default(),
        waiting: call.waiting,
        outgoing,
        seconds: call.answered_for.as_secs(),
        ..Notice::new(event, call.at, &call.line)
    }
}

/// The notice that a piece of news is worth, if any.
fn notice_of(news: &GuardNotice, recordings: &std::path::Path) -> Option<Notice> {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(news.at_ms).unwrap_or(0));
    let plain = |event| Notice::new(event, at, &news.line);
    Some(match &news.news {
        GuardNews::Decided(call) => {
            let event = if call.decision == "block" { Happening::Blocked } else { Happening::Ringing };
            of_call(plain(event), call, recordings)
        }
        GuardNews::Ended(call) => {
            let message = call.action == "voice-mail" && call.recording.is_some();
            of_call(plain(if message { Happening::VoiceMail } else { Happening::Ended }), call, recordings)
        }
        GuardNews::MessageWaiting { waiting } => {
            let text = if *waiting { "messages are waiting" } else { "no messages are waiting" };
            Notice { text: text.into(), ..plain(Happening::MessageWaiting) }
        }
        GuardNews::ListChanged { list, entry, added, by } => Notice {
            number: entry.clone(),
            added_to: if *added { list.clone() } else { String::new() },
            text: format!(
                "{entry} {} the {list} list ({by})",
                if *added { "is now on" } else { "is no longer on" }
            ),
            ..plain(Happening::ListChanged)
        },
        GuardNews::LineUp { device } => Notice { text: device.clone(), ..plain(Happening::LineUp) },
        GuardNews::LineDown { reason, .. } => Notice { text: reason.clone(), ..plain(Happening::LineDown) },
        _ => return None,
    })
}

fn of_call(notice: Notice, call: &CallNews, recordings: &std::path::Path) -> Notice {
    let mark = match (call.decision.as_str(), call.stage.as_str()) {
        ("block", _) => 'B',
        (_, "allow" | "permit") => 'W',
        _ => '-',
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a call lasts less than a year"
    )]
    let seconds = call.answered_s.max(0.0) as u64;
    Notice {
        call: call.call.to_string(),
        number: call.caller.clone(),
        e164: call.e164.clone().unwrap_or_default(),
        name: call.name.clone().unwrap_or_default(),
        area: call.area.clone().unwrap_or_default(),
        called: call.called.clone().unwrap_or_default(),
        decision: call.decision.clone(),
        action: call.action.clone(),
        stage: call.stage.clone(),
        rule: call.rule.clone(),
        reason: call.reason.clone(),
        steps: call.steps.clone(),
        waiting: call.waiting,
        outgoing: call.outgoing,
        mark,
        seconds,
        recording: call.recording.as_ref().map(|name| -> PathBuf { recordings.join(name) }),
        text: call.outcome.clone(),
        ..notice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_call_is_told_once_when_decided_and_once_when_over() {
        let call = CallNews { decision: "block".into(), caller: "5550100".into(), ..CallNews::default() };
        let told =
            |news| notice_of(&GuardNotice { seq: 1, at_ms: 5, line: "home".into(), news }, "/rec".as_ref());
        let notice = told(GuardNews::Decided(call.clone())).expect("told");
        assert_eq!((notice.event, notice.mark, notice.number.as_str()), (Happening::Blocked, 'B', "5550100"));
        let message = CallNews { action: "voice-mail".into(), recording: Some("a.wav".into()), ..call };
        let notice = told(GuardNews::Ended(message)).expect("told");
        assert_eq!(notice.event, Happening::VoiceMail);
        assert_eq!(notice.recording.as_deref(), Some("/rec/a.wav".as_ref()));
        assert!(told(GuardNews::Ring { call: 1, count: 1 }).is_none());
    }

    #[test]
    fn the_calls_of_the_log_are_known_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("calls.db");
        assert!(last_calls(&path, 100).is_empty(), "no log yet");
        let mut log = CallLog::open(&path).expect("a log");
        for (second, number) in [(1, "5550100"), (2, "5550101"), (3, "5550102")] {
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000 + second);
            let mut call = CallRecord::new(at, "home");
            call.caller = Some(phone_number::Caller::from_line(number.as_bytes()));
            call.decision = if second == 2 { Decision::Block } else { Decision::Ring };
            call.direction = if second == 3 { Direction::Out } else { Direction::In };
            log.record(&call).expect("written");
        }
        let told: Vec<(Happening, String, bool)> =
            last_calls(&path, 100).into_iter().map(|n| (n.event, n.number, n.outgoing)).collect();
        assert_eq!(
            told,
            [
                (Happening::Ringing, "5550100".into(), false),
                (Happening::Blocked, "5550101".into(), false),
                (Happening::Ended, "5550102".into(), true)
            ]
        );
        assert_eq!(last_calls(&path, 1)[0].number, "5550102", "the newest");
        assert!(last_calls(&path, 0).is_empty());
    }
}
