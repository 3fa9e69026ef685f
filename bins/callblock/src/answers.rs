//! What people ask in a chat, and the words in which they are answered.

use std::path::Path;

use call_event::{GuardCommand, GuardReply, Listed, counted};
use call_guard::GuardHandle;
use call_log::{CallLog, LogError, LoggedCall, Query, Span};
use call_notify::{Answer, Wish};

/// Does what is asked and says what came of it.
pub(crate) fn answer(wish: &Wish, guard: &GuardHandle, log: &Path) -> Answer {
    match wish {
        Wish::Log(calls) => from_log(log, |log| last_calls(log, *calls)),
        Wish::Statistics => from_log(log, statistics),
        wish => match command_of(wish).map(|command| guard.ask(command)) {
            Some(GuardReply::Done { text }) => Ok(text),
            Some(GuardReply::Status(status)) => Ok(crate::commands::status::text_of(&status)),
            Some(GuardReply::Listed { list, by_name }) => Ok(match (list, by_name) {
                (None, _) => "neither".into(),
                (Some(Listed::Allow), false) => "white number".into(),
                (Some(Listed::Allow), true) => "white name".into(),
                (Some(Listed::Deny), false) => "black number".into(),
                (Some(Listed::Deny), true) => "black name".into(),
            }),
            Some(GuardReply::Refused { reason }) => Err(reason),
            _ => Err("the guard does not know this".into()),
        },
    }
}

/// What the guard is to do for a wish.
fn command_of(wish: &Wish) -> Option<GuardCommand> {
    const PERMIT_MINUTES: u32 = 30;
    Some(match wish.clone() {
        Wish::PermitNext => GuardCommand::PermitNext { minutes: PERMIT_MINUTES },
        Wish::BlockLast => GuardCommand::BlockLast,
        Wish::AllowLast => GuardCommand::AllowLast,
        Wish::Block(number) => GuardCommand::Block { number, name: String::new() },
        Wish::Allow(number) => GuardCommand::Allow { number, name: String::new() },
        Wish::Unblock(number) => GuardCommand::Forget { number, list: Some(Listed::Deny) },
        Wish::Disallow(number) => GuardCommand::Forget { number, list: Some(Listed::Allow) },
        Wish::Listed { number, name } => GuardCommand::Listed { number, name },
        Wish::HangUp => GuardCommand::HangUp { line: None },
        Wish::Reload => GuardCommand::Reload,
        Wish::Status => GuardCommand::Status,
        _ => return None,
    })
}

fn from_log(path: &Path, read: impl FnOnce(&mut CallLog) -> Result<String, LogError>) -> Answer {
    CallLog::open_read_only(path)
        .and_then(|mut log| read(&mut log))
        .map_err(|e| format!("the log cannot be read: {}", e.full_text()))
}

fn last_calls(log: &mut CallLog, calls: u16) -> Result<String, LogError> {
    let page = log.page(&Query { limit: calls.into(), ..Query::default() })?;
    let lines: Vec<String> = page.calls.iter().map(line).collect();
    Ok(if lines.is_empty() { "No calls yet.".into() } else { lines.join("\n") })
}

fn line(logged: &LoggedCall) -> String {
    let call = &logged.call;
    let name = call.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
    let why = if call.reason.is_empty() { &call.ending } else { &call.reason };
    format!("{} {} {}{name}: {why}", call.wall_time(), call.mark.letter(), call.who())
}

fn statistics(log: &mut CallLog) -> Result<String, LogError> {
    let found = log.statistics(&Span { top: 5, ..Span::default() })?;
    let mut lines =
        vec![format!("{}, {} of them blocked", counted(found.total.calls, "call"), found.total.blocked)];
    lines.extend(found.causes.iter().map(|(cause, count)| format!("{cause}: {}", count.calls)));
    lines.extend(found.callers.iter().map(|top| {
        let name = top.name.as_deref().unwrap_or("");
        format!("{} {name}: {}", top.who, counted(top.count.calls, "call"))
    }));
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use call_log::CallRecord;

    use super::*;

    #[test]
    fn the_log_in_a_chat_has_the_last_calls_and_counts_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("calls.db");
        assert!(from_log(&path, statistics).expect_err("no log").starts_with("the log cannot be read: "));
        let mut log = CallLog::open(&path).expect("a log");
        assert_eq!(last_calls(&mut log, 3).expect("read"), "No calls yet.");
        for call in 0..5 {
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000 + call);
            let mut record = CallRecord::new(at, "home");
            record.reason = format!("reason {call}");
            log.record(&record).expect("written");
        }
        let text = from_log(&path, |log| last_calls(log, 3)).expect("calls");
        assert!(
            text.contains("reason 4") && text.contains("reason 2") && !text.contains("reason 1"),
            "{text}"
        );
        assert!(from_log(&path, statistics).expect("counts").starts_with("5 calls, 0 of them blocked"));
    }
}
