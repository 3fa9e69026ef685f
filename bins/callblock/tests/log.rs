//! `callblock log`, `stats` and `messages` as a user runs them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use call_event::{Action, Reason, Stage, Verdict};
use call_log::{CallLog, CallRecord, Message, Query};
use phone_number::Caller;

fn callblock(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_callblock"))
        .arg("--dir")
        .arg(folder)
        .args(arguments)
        .env("TZ", "Europe/Berlin")
        .output()
        .unwrap()
}

fn text(folder: &Path, arguments: &[&str]) -> String {
    let out = callblock(folder, arguments);
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn some_calls(folder: &Path) {
    let mut log = CallLog::open(&folder.join("callblock.db")).unwrap();
    for i in 0..40 {
        let mut call =
            CallRecord::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000 + i * 3600), "home");
        call.offset_minutes = 60;
        call.caller = Some(Caller::from_line(format!("03023125{:03}", i % 5).as_bytes()));
        call.name = Some(if i == 39 { "Evil\u{1b}[31m <b>".into() } else { format!("Caller {i}") });
        call.steps = vec!["on no allow list".into()];
        if i % 4 == 0 {
            call.decide(&Verdict {
                action: Action::HangUp,
                reason: Reason { stage: Stage::Deny, rule: "blacklist.csv:9".into(), text: "listed".into() },
            });
        }
        log.record(&call).unwrap();
    }
}

#[test]
fn the_log_is_shown_filtered_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let none = callblock(folder.path(), &["log"]);
    assert_eq!(none.status.code(), Some(66));
    assert!(String::from_utf8_lossy(&none.stderr).contains("no call log"));
    some_calls(folder.path());

    let table = text(folder.path(), &["log"]);
    assert_eq!(table.lines().count(), 26, "{table}");
    assert!(table.contains("Caller 38") && !table.contains('\u{1b}'), "{table}");
    assert!(text(folder.path(), &["log", "-n", "1", "--explain"]).contains("on no allow list"));

    let json = text(folder.path(), &["log", "--json", "--blocked", "--all"]);
    assert_eq!(json.lines().count(), 10);
    for line in json.lines() {
        let call: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(call["decision"], "block");
        assert_eq!(call["rule"], "blacklist.csv:9");
    }
    let csv = text(folder.path(), &["log", "--csv", "--number", "03023125 001", "-n", "100"]);
    assert_eq!(csv.lines().count(), 9);
    assert_eq!(text(folder.path(), &["log", "--csv", "--all"]).lines().count(), 41);
    assert_eq!(text(folder.path(), &["log", "--json", "--search", "caller 3", "--all"]).lines().count(), 10);
    assert_eq!(text(folder.path(), &["log", "--json", "--mark", "-", "--all"]).lines().count(), 30);
    let since = text(folder.path(), &["log", "--json", "--since", "2026-11-22", "--all"]);
    assert_eq!(since.lines().count(), 5, "from midnight in Berlin on");
    assert_eq!(callblock(folder.path(), &["log", "--since", "soon"]).status.code(), Some(64));
    assert!(text(folder.path(), &["log", "check"]).contains("sound"));
}

#[test]
fn statistics_are_tables_json_and_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    some_calls(folder.path());
    let picture = folder.path().join("stats.svg");
    let table = text(folder.path(), &["stats", "--svg", picture.to_str().unwrap()]);
    assert!(table.starts_with("40 calls, 10 blocked (25 %)"), "{table}");
    assert!(table.contains("deny blacklist.csv") && table.contains("Calls by weekday"), "{table}");
    let svg = std::fs::read_to_string(&picture).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("2026-11-20: "), "{svg}");
    let json: serde_json::Value = serde_json::from_str(&text(folder.path(), &["stats", "--json"])).unwrap();
    assert_eq!(json["total"]["calls"], 40);
    assert_eq!(json["callers"][0]["calls"], 8);
    let one = text(folder.path(), &["stats", "--json", "--since", "2026-11-21", "--until", "2026-11-21"]);
    let json: serde_json::Value = serde_json::from_str(&one).unwrap();
    assert_eq!(json["total"]["calls"], 24);
    assert!(text(folder.path(), &["stats", "--redact"]).contains("03023125xxx"));
}

#[test]
fn voice_mail_is_listed_played_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    some_calls(folder.path());
    let sound = folder.path().join("message.wav");
    std::fs::write(&sound, b"RIFF....").unwrap();
    let mut log = CallLog::open(&folder.path().join("callblock.db")).unwrap();
    let call = log.page(&Query::default()).unwrap().calls[3].call.clone();
    let id =
        log.record_message(&Message::voice_mail(&call, sound.clone(), Duration::from_secs(7), 8)).unwrap();
    let id = id.to_string();
    drop(log);
    assert!(text(folder.path(), &["messages"]).contains("03023125001"));
    let copy = folder.path().join("copy.wav");
    text(folder.path(), &["messages", "play", &id, "--to", copy.to_str().unwrap()]);
    assert_eq!(std::fs::read(&copy).unwrap(), b"RIFF....");
    assert_eq!(text(folder.path(), &["messages", "list", "--new"]), "No messages.\n");
    text(folder.path(), &["messages", "unheard", &id]);
    text(folder.path(), &["messages", "play", &id, "--with", "true"]);
    text(folder.path(), &["messages", "delete", &id]);
    assert!(!sound.exists());
    assert_eq!(callblock(folder.path(), &["messages", "delete", &id]).status.code(), Some(66));
}

#[test]
fn a_number_is_found_however_it_is_typed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("callblock.toml"), "[numbers]\ncountry = \"DE\"\narea = \"030\"\n")
        .unwrap();
    let mut log = CallLog::open(&folder.path().join("callblock.db")).unwrap();
    let mut call = CallRecord::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000), "home");
    call.caller = Some(Caller::from_line(b"03023125555"));
    call.e164 = Some("+493023125555".into());
    log.record(&call).unwrap();
    // One that was logged without an international form.
    call = CallRecord::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_060), "home");
    call.caller = Some(Caller::from_line(b"03023125556"));
    log.record(&call).unwrap();
    for typed in [
        "03023125555",
        "030 23125-555",
        "+49 30 23125555",
        "0049 30 23125555",
        "(030) 23125555",
        "23125555",
        "03023125556",
    ] {
        assert_eq!(text(folder.path(), &["log", "--json", "--number", typed]).lines().count(), 1, "{typed}");
    }
    assert!(text(folder.path(), &["log", "--number", "030 23125557"]).contains("No calls."));
}

#[test]
fn the_logs_of_other_programs_are_taken_over_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();

    rusqlite::Connection::open(file("pycallblock.db"))
        .unwrap()
        .execute_batch(
            "CREATE TABLE call_log (timestamp INTEGER NOT NULL, number TEXT NOT NULL, name TEXT, \
             blocked INTEGER NOT NULL, PRIMARY KEY(timestamp)); \
             INSERT INTO call_log VALUES (1795176000, '03023125555', 'Anna', 0), (1795176060, 'P', 'P', 1);",
        )
        .unwrap();
    rusqlite::Connection::open(file("callattendant.db"))
        .unwrap()
        .execute_batch(
            "CREATE TABLE CallLog (CallLogID INTEGER PRIMARY KEY AUTOINCREMENT, Name TEXT, Number TEXT, Action TEXT, \
             Reason TEXT, Date TEXT, Time TEXT, SystemDateTime TEXT); \
             CREATE TABLE Message (MessageID INTEGER PRIMARY KEY AUTOINCREMENT, CallLogID INTEGER, Played BOOLEAN, \
             Filename TEXT, DateTime TEXT); \
             INSERT INTO CallLog VALUES (1, 'SPAMMER', '5550100', 'Blocked', 'Robocall', '20-Nov', '01:00 PM', \
             '2026-11-20 13:00:00'), (2, 'x', '5550101', 'Permitted', '', '', '', 'garbage'), \
             (3, 'MUM', '5550102', 'Permitted', 'family', '20-Nov', '01:00 PM', '2026-11-20 13:01:00'); \
             INSERT INTO Message VALUES (1, 3, 0, '/nowhere/message.wav', '2026-11-20 13:01:30');",
        )
        .unwrap();
    std::fs::write(
        file("callerID.dat"),
        "B-DATE = 022510--TIME = 1824--NMBR = 885--NAME = O--\n\n\
         *-DATE = 022610--TIME = 0901--NMBR = 5550103--NAME = ROBO CALLER--\n\
         --DATE = 022610--TIME = 0901--NMBR = O--NAME = O--\n\
         --DATE = 022610--TIME = 0901--NMBR = O--NAME = O--\n\
         nonsense\nW-DATE = 139910--TIME = 0901--NMBR = 1--NAME = O--\n",
    )
    .unwrap();
    std::fs::write(
        file("cidcall.log"),
        "CID: *DATE*11202026*TIME*1300*LINE*POTS*NMBR*5550104*MESG*NONE*NAME*NO NAME*\n\
         HUP: *DATE*11202026*TIME*1301*LINE*-*NMBR*PRIVATE*MESG*NONE*NAME*X*\n\
         OUT: *DATE*11202026*TIME*1302*LINE*-*NMBR*5550105*MESG*NONE*NAME*X*\n\
         END: *HTYPE*BYE*DATE*11202026*TIME*1303*\nCID: *DATE*99999999*TIME*1303*NMBR*1*\n",
    )
    .unwrap();

    for (name, calls, messages, bad) in [
        ("pycallblock.db", 2, 0, 0),
        ("callattendant.db", 2, 1, 1),
        ("callerID.dat", 4, 0, 2),
        ("cidcall.log", 3, 0, 1),
    ] {
        let import = |_: u8| -> serde_json::Value {
            serde_json::from_str(&text(folder.path(), &["log", "import", "--json", &file(name)])).unwrap()
        };
        let first = import(1);
        assert_eq!(first["calls"], calls, "{first}");
        assert_eq!(first["messages"], messages, "{first}");
        assert_eq!(first["bad-count"], bad, "{first}");
        let second = import(2);
        assert_eq!((&second["calls"], &second["known"]), (&0.into(), &(calls + messages).into()), "{second}");
    }
    let all = text(folder.path(), &["log", "--all", "--json"]);
    assert_eq!(all.lines().count(), 11);
    let find = |number: &str| -> serde_json::Value {
        let line = text(folder.path(), &["log", "--json", "--number", number]);
        serde_json::from_str(line.lines().next().unwrap()).unwrap()
    };
    assert_eq!(find("03023125555")["at"], "2026-11-20T12:00:00.000Z");
    assert_eq!(find("5550100")["at"], "2026-11-20T12:00:00.000Z", "one o'clock in Berlin");
    assert_eq!(find("5550100")["reason"], "Robocall");
    assert_eq!(find("5550102")["mark"], "W");
    assert_eq!(find("5550103")["mark"], "*");
    assert_eq!(find("885")["local-time"], "2010-02-25 18:24:00");
    assert_eq!(find("5550104")["line"], "POTS");
    assert_eq!(find("5550105")["direction"], "out");
    let unknown = callblock(folder.path(), &["log", "import", &file("callblock.db")]);
    assert_eq!(unknown.status.code(), Some(65));
}

#[test]
fn forgetting_needs_to_be_told_what() {
    let folder = tempfile::tempdir().unwrap();
    some_calls(folder.path());
    assert_eq!(callblock(folder.path(), &["log", "forget"]).status.code(), Some(64));
    let done: serde_json::Value =
        serde_json::from_str(&text(folder.path(), &["log", "forget", "--keep-calls", "15", "--json"]))
            .unwrap();
    assert_eq!(done["calls"], 25);
    assert_eq!(text(folder.path(), &["log", "--all", "--json"]).lines().count(), 15);
}

#[test]
fn a_log_that_another_version_wrote_is_an_error_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    some_calls(folder.path());
    let file = folder.path().join("callblock.db");
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 77).unwrap();
    let out = callblock(folder.path(), &["log"]);
    assert_eq!(out.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&out.stderr).contains("update the program"));
}

#[test]
fn following_shows_new_calls() {
    use std::io::{BufRead as _, BufReader};
    let folder = tempfile::tempdir().unwrap();
    some_calls(folder.path());
    let mut child = Command::new(env!("CARGO_BIN_EXE_callblock"))
        .arg("--dir")
        .arg(folder.path())
        .args(["log", "--follow", "--json", "-n", "1"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("Evil"));
    let mut log = CallLog::open(&folder.path().join("callblock.db")).unwrap();
    let mut call = CallRecord::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000), "home");
    call.name = Some("brand new".into());
    log.record(&call).unwrap();
    assert!(lines.next().unwrap().unwrap().contains("brand new"));
    child.kill().unwrap();
    child.wait().unwrap();
}
