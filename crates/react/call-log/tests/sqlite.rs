//! The scenarios on SQLite, and what only a file can suffer.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

mod scenarios;

use std::path::Path;
use std::time::Duration;

use call_log::{CallLog, LogError, LogNews, LogWriter, Query, Span, WriterLimits};
use scenarios::call;

#[test]
fn every_scenario_holds() {
    for (name, scenario) in scenarios::ALL {
        println!("{name}");
        let folder = tempfile::tempdir().unwrap();
        scenario(&mut CallLog::open(&folder.path().join("calls.sqlite")).unwrap());
    }
}

fn raw(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).unwrap()
}

#[test]
fn a_reader_sees_what_the_writer_has_committed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.sqlite");
    assert!(matches!(CallLog::open_read_only(&path), Err(LogError::Open { .. })));
    let mut writer = CallLog::open(&path).unwrap();
    let mut reader = CallLog::open_read_only(&path).unwrap();
    writer.record(&call(0, "03023125555")).unwrap();
    assert_eq!(reader.page(&Query::default()).unwrap().calls.len(), 1);
    assert_eq!(reader.statistics(&Span::default()).unwrap().total.calls, 1);
    assert!(matches!(reader.record(&call(1, "1")), Err(LogError::ReadOnly { .. })));
    writer.check().unwrap();
}

#[test]
fn a_log_from_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.sqlite");
    drop(CallLog::open(&path).unwrap());
    raw(&path).pragma_update(None, "user_version", 99).unwrap();
    let error = CallLog::open(&path).unwrap_err();
    assert!(matches!(error, LogError::Newer { found: 99, .. }), "{error}");
    assert!(error.to_string().contains("update the program"), "{error}");
    assert!(matches!(CallLog::open_read_only(&path), Err(LogError::Newer { .. })));
}

#[test]
fn a_log_of_an_earlier_version_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.sqlite");
    let calls = scenarios::many::mixed(&mut fastrand::Rng::with_seed(1), 1200);
    let mut log = CallLog::open(&path).unwrap();
    scenarios::many::write(&mut log, &calls[..900]);
    log.count_all_new().unwrap();
    scenarios::many::write(&mut log, &calls[900..]);
    let before = log.statistics(&Span::default()).unwrap();
    drop(log);
    // What layout 3 added goes, what it took away comes back.
    raw(&path)
        .execute_batch(
            "DROP TABLE words; DROP TABLE properties; DROP TABLE places; DROP TABLE sums; DROP TABLE summed; \
             DELETE FROM meta WHERE name = 'unplaced'; CREATE INDEX calls_by_line ON calls (line, at, id); \
             CREATE INDEX calls_by_mark ON calls (mark, at, id); PRAGMA user_version = 2",
        )
        .unwrap();
    let mut log = CallLog::open(&path).unwrap();
    scenarios::many::same_as_each_call(&mut log, &calls);
    assert_eq!(log.statistics(&Span::default()).unwrap(), before);
    log.count_all_new().unwrap();
    scenarios::many::same_as_each_call(&mut log, &calls);
    assert_eq!(log.statistics(&Span::default()).unwrap(), before);
}

#[test]
fn another_programs_database_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    raw(&path).execute_batch("CREATE TABLE call_log (x)").unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = CallLog::open(&path).unwrap_err();
    assert!(matches!(error, LogError::Foreign { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_log_is_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.sqlite");
    std::fs::write(&path, [b'x'; 8192]).unwrap();
    assert!(matches!(CallLog::open(&path), Err(LogError::Corrupt { .. })));

    let path = folder.path().join("calls2.sqlite");
    let mut log = CallLog::open(&path).unwrap();
    log.together(|log| (0..2000).try_for_each(|i| log.put_call(&call(i, "03023125555")).map(drop))).unwrap();
    drop(log);
    let mut bytes = std::fs::read(&path).unwrap();
    // The first page, with the layout, stays; the middle of the file is overwritten.
    let middle = bytes.len() / 2;
    bytes[8192..middle].fill(0xee);
    std::fs::write(&path, bytes).unwrap();
    let found = CallLog::open(&path).and_then(|mut log| log.check());
    assert!(matches!(found, Err(LogError::Corrupt { .. })), "{found:?}");
}

#[test]
fn a_log_locked_by_another_program_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.sqlite");
    drop(CallLog::open(&path).unwrap());
    let mut log = CallLog::open(&path).unwrap();
    let other = raw(&path);
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = log.record(&call(0, "03023125555")).unwrap_err();
    assert!(matches!(error, LogError::Locked { .. }) && error.is_temporary(), "{error}");
    other.execute_batch("ROLLBACK").unwrap();
    log.record(&call(0, "03023125555")).unwrap();
}

#[test]
fn a_full_disk_is_said_and_survived() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.sqlite");
    drop(CallLog::open(&path).unwrap());
    // The writer's own connections may grow the file by so few pages that it is full at once.
    let limits =
        WriterLimits { first_retry: Duration::from_millis(20), kept: 3000, ..WriterLimits::default() };
    let full = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let (seen, place) = (std::sync::Arc::clone(&full), path.clone());
    let writer = LogWriter::start(
        move || {
            if seen.load(std::sync::atomic::Ordering::SeqCst) {
                return Err(LogError::Full { place: "calls.sqlite".into(), source: "no space left".into() });
            }
            CallLog::open(&place)
        },
        limits,
    );
    for i in 0..100 {
        assert!(writer.call(call(i, "03023125555")));
    }
    match writer.news().recv_timeout(Duration::from_secs(20)).unwrap() {
        LogNews::Failing(text) => assert!(text.contains("the disk is full"), "{text}"),
        other => panic!("{other:?}"),
    }
    assert!(writer.health().failing.is_some());
    full.store(false, std::sync::atomic::Ordering::SeqCst);
    assert!(writer.flush(Duration::from_secs(20)));
    let news: Vec<LogNews> = writer.news().try_iter().collect();
    assert_eq!(news.iter().filter(|n| matches!(n, LogNews::Logged { .. })).count(), 100);
    assert_eq!(
        CallLog::open_read_only(&path)
            .unwrap()
            .page(&Query { limit: 200, ..Query::default() })
            .unwrap()
            .calls
            .len(),
        100
    );
}

#[test]
fn what_is_kept_in_memory_is_bounded_and_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.sqlite");
    let place = path.clone();
    let mut tries = 0;
    let (go, gate) = crossbeam_channel::bounded::<()>(1);
    let writer = LogWriter::start(
        move || {
            tries += 1;
            if tries == 1 {
                // Everything is handed over while the log cannot be opened.
                gate.recv().unwrap();
                return Err(LogError::ReadOnly { place: "calls.sqlite".into(), source: "test".into() });
            }
            CallLog::open(&place)
        },
        WriterLimits { kept: 50, first_retry: Duration::from_millis(300), ..WriterLimits::default() },
    );
    for i in 0..200 {
        assert!(writer.call(call(i, "03023125555")));
    }
    go.send(()).unwrap();
    assert!(writer.flush(Duration::from_secs(20)));
    let health = writer.health();
    assert!(health.lost > 0 && health.waiting == 0, "{health:?}");
    let newest = CallLog::open_read_only(&path).unwrap().page(&Query::default()).unwrap().calls;
    assert_eq!(newest[0].call.at, call(199, "1").at, "the newest are kept");
}

#[test]
fn one_entry_that_cannot_be_written_does_not_hold_up_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.sqlite");
    drop(CallLog::open(&path).unwrap());
    raw(&path)
        .execute_batch("CREATE TRIGGER bad BEFORE INSERT ON calls WHEN NEW.name = 'bad' BEGIN SELECT raise(ABORT, 'no'); END")
        .unwrap();
    let place = path.clone();
    let limits = WriterLimits { first_retry: Duration::from_millis(5), ..WriterLimits::default() };
    let writer = LogWriter::start(move || CallLog::open(&place), limits);
    for i in 0..30 {
        let mut one = call(i, "03023125555");
        one.name = (i == 10).then(|| "bad".into());
        writer.call(one);
    }
    assert!(writer.flush(Duration::from_secs(20)));
    drop(writer);
    assert_eq!(CallLog::open(&path).unwrap().page(&Query::default()).unwrap().calls.len(), 29);
}

#[test]
fn a_dropped_writer_writes_what_was_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.sqlite");
    let writer = LogWriter::open(path.clone());
    let mut one = call(0, "03023125555");
    for rings in 0..50 {
        one.rings = rings;
        writer.call(one.clone());
    }
    drop(writer);
    let calls = CallLog::open(&path).unwrap().page(&Query::default()).unwrap().calls;
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].call.rings, 49);
}

#[test]
fn a_site_brings_its_calls_to_the_other_log_once_and_lists_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = CallLog::open(&folder.path().join("server.sqlite")).unwrap();
    let mut sites: Vec<CallLog> = ["a", "b"]
        .iter()
        .map(|name| {
            let mut log = CallLog::open(&folder.path().join(format!("{name}.sqlite"))).unwrap();
            log.keep_for_delivery();
            log
        })
        .collect();
    for (i, site) in sites.iter_mut().enumerate() {
        for n in 0..300 {
            let mut one = call(n, "03023125555");
            site.record(&one).unwrap();
            one.rings = 3;
            site.record(&one).unwrap();
        }
        let change = call_log::ListChange::new(scenarios::noon(), "deny", true, &format!("0900{i}*"), "web");
        site.record_list_change(&change).unwrap();
    }
    for (name, site) in ["a", "b"].iter().zip(&mut sites) {
        while site.deliver(&mut server, name).unwrap() > 0 {}
        assert_eq!(site.undelivered().unwrap(), 0);
    }
    // Delivered again after the note was lost with the connection: nothing is there twice.
    let again = sites[0].page(&Query::default()).unwrap().calls;
    sites[0].record(&again[0].call).unwrap();
    while sites[0].deliver(&mut server, "a").unwrap() > 0 {}
    assert_eq!(server.statistics(&Span::default()).unwrap().total.calls, 600);
    let from_a = Query { site: Some("a".into()), limit: 1000, ..Query::default() };
    assert_eq!(server.page(&from_a).unwrap().calls.len(), 300);
    assert!(server.page(&from_a).unwrap().calls.iter().all(|c| c.call.rings == 3));
    for (i, site) in sites.iter_mut().enumerate() {
        let new = site.fetch_list_changes(&mut server).unwrap();
        assert_eq!(new.len(), 1);
        assert_eq!(new[0].entry, format!("0900{}*", 1 - i));
        assert!(site.fetch_list_changes(&mut server).unwrap().is_empty());
        assert_eq!(site.list_entries("deny").unwrap().len(), 2);
        assert_eq!(site.undelivered().unwrap(), 0, "what came from the server does not go back");
    }
}
