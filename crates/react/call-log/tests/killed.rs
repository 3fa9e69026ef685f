//! Killed at any moment, the log opens again and holds every call that was reported as logged. This
//! program runs itself as the writer and kills it, again and again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use call_log::{CallKey, CallLog, CallRecord, Durability, LogNews, LogWriter, Query, Span, WriterLimits};
use phone_number::Caller;

const FILE: &str = "CALL_LOG_TEST_FILE";
const KILLS: u32 = 220;

fn main() {
    if let Ok(file) = std::env::var(FILE) {
        write_until_killed(Path::new(&file));
    }
    nothing_reported_is_missing_after_many_kills();
    two_processes_share_one_log();
    println!("test result: ok. the log survived {KILLS} kills, and two processes at once");
}

fn some_call() -> CallRecord {
    let mut call = CallRecord::new(SystemTime::now(), "home");
    call.caller = Some(Caller::from_line(format!("03023125{:03}", fastrand::u32(0..1000)).as_bytes()));
    call
}

/// Tells each call's key as soon as the log reports it as logged.
fn write_until_killed(file: &Path) -> ! {
    let mut out = std::io::stdout();
    let durability = if fastrand::bool() { Durability::Crash } else { Durability::PowerLoss };
    if fastrand::bool() {
        let file = file.to_owned();
        let writer = LogWriter::start(move || CallLog::open_with(&file, durability), WriterLimits::default());
        loop {
            for _ in 0..fastrand::u8(1..20) {
                let mut call = some_call();
                writer.call(call.clone());
                call.rings += 1;
                writer.call(call);
            }
            while let Ok(news) = writer.news().recv_timeout(Duration::from_millis(50)) {
                if let LogNews::Logged { key, .. } = news {
                    writeln!(out, "{key}").unwrap();
                }
                if writer.news().is_empty() {
                    break;
                }
            }
        }
    }
    let mut log = CallLog::open_with(file, durability).unwrap();
    loop {
        let mut call = some_call();
        log.record(&call).unwrap();
        writeln!(out, "{}", call.key).unwrap();
        if fastrand::u8(..) < 20 {
            log.count_new().unwrap();
        }
        call.digits = "1".into();
        log.record(&call).unwrap();
    }
}

fn start(file: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap()).env(FILE, file).stdout(Stdio::piped()).spawn().unwrap()
}

/// Kills it after it has told so many keys and a moment more; gives all keys that it told. What is not a
/// whole line was never told.
fn kill_after(child: &mut Child, keys: usize) -> Vec<CallKey> {
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut told = Vec::new();
    let mut line = String::new();
    let mut killed = false;
    loop {
        if !killed && told.len() >= keys {
            std::thread::sleep(Duration::from_micros(fastrand::u64(0..4_000)));
            child.kill().unwrap();
            killed = true;
        }
        line.clear();
        if reader.read_line(&mut line).unwrap() == 0 {
            child.wait().unwrap();
            return told;
        }
        if let Some(key) = line.strip_suffix('\n') {
            told.push(key.parse().unwrap());
        }
    }
}

fn held(file: &Path) -> HashSet<CallKey> {
    let mut log = CallLog::open(file).unwrap();
    let mut held = HashSet::new();
    log.each_call(&Query::default(), |call| {
        assert!(held.insert(call.call.key), "{} is there twice", call.call.key);
        Ok::<_, call_log::LogError>(())
    })
    .unwrap();
    held
}

fn nothing_reported_is_missing_after_many_kills() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calls.sqlite");
    let mut reported = Vec::new();
    for kill in 0..KILLS {
        let mut child = start(&file);
        // From before the first write, while the log is opened, to well within the writing.
        reported.extend(kill_after(&mut child, fastrand::usize(0..20)));
        // The next writer finds what the kill left, mostly unopened by anybody else.
        if kill % 50 == 49 {
            let held = held(&file);
            assert!(reported.iter().all(|key| held.contains(key)), "a reported call is missing");
        }
    }
    assert!(reported.len() > 500, "only {} calls were written between the kills", reported.len());
    let held = held(&file);
    let missing = reported.iter().filter(|key| !held.contains(key)).count();
    assert_eq!(missing, 0, "of {} reported calls", reported.len());
    let mut log = CallLog::open(&file).unwrap();
    log.check().unwrap();
    assert_eq!(log.statistics(&Span::default()).unwrap().total.calls, held.len() as u64);
    log.count_all_new().unwrap();
    assert_eq!(log.statistics(&Span::default()).unwrap().total.calls, held.len() as u64);
    println!("{} calls reported as logged over {KILLS} kills, all of {} there", reported.len(), held.len());
}

fn two_processes_share_one_log() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calls.sqlite");
    let (mut first, mut second) = (start(&file), start(&file));
    let reported = std::thread::scope(|scope| {
        // While one is listened to, the other writes on: nobody may be shut out.
        let other = scope.spawn(|| kill_after(&mut second, 100));
        let mut keys = kill_after(&mut first, 100);
        keys.extend(other.join().unwrap());
        keys
    });
    assert!(reported.len() >= 200);
    let held = held(&file);
    assert!(reported.iter().all(|key| held.contains(key)));
    CallLog::open(&file).unwrap().check().unwrap();
}
