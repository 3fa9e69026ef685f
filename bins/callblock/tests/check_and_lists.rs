//! `callblock check`, `list`, `numbers` and `replay` as a user runs them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use call_event::Decision;
use call_log::{CallLog, CallRecord};
use phone_number::Caller;
use serde_json::Value;
use tempfile::TempDir;

fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let config = "[numbers]\ncountry = \"DE\"\narea = \"030\"\n[screen]\nrule-set = [\"fbcallrouter\"]\n\
                  timezone = \"Europe/Berlin\"\n[[screen.rule]]\nname = \"night\"\ntime = [\"22:00-07:00\"]\naction = \"voice-mail\"\n";
    fs::write(home.path().join("callblock.toml"), config).unwrap();
    home
}

fn callblock(home: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_callblock"))
        .args(["--dir", home.to_str().unwrap(), "--config", home.join("callblock.toml").to_str().unwrap()])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn good(home: &Path, args: &[&str]) -> String {
    let output = callblock(home, args, "");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    text(&output)
}

fn values(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_five_test_numbers_get_their_verdicts() {
    let home = home();
    let noon = ["check", "--json", "--at", "2026-11-20 12:00"];
    let numbers = "03681443300750\n0207565747377\n0618107162530\n004433456778\n\n";
    let output = callblock(home.path(), &noon, numbers);
    assert!(output.status.success());
    let verdicts: Vec<(String, String, bool)> = values(&text(&output))
        .iter()
        .map(|v| {
            let word = |key: &str| v[key].as_str().unwrap().to_owned();
            assert!(!v["steps"].as_array().unwrap().is_empty() && !word("reason").is_empty());
            (word("decision"), word("rule"), v["asks-others"].as_bool().unwrap())
        })
        .collect();
    let expected = [
        ("ring", "default", true),
        ("block", "no-such-area", false),
        ("block", "bad-subscriber-number", false),
        ("block", "foreign", false),
        ("ring", "withheld", false),
    ];
    let expected = expected.map(|(decision, rule, asks)| (decision.to_owned(), rule.to_owned(), asks));
    assert_eq!(verdicts, expected);
    let rated = good(home.path(), &[&noon[..], &["--rated", "8/20", "03681443300750"]].concat());
    assert_eq!(values(&rated)[0]["stage"], "lookup");
}

#[test]
fn the_moment_counts_in_the_configured_zone() {
    let home = home();
    for (at, decision) in
        [("2026-07-01 21:59", "ring"), ("2026-07-01 22:00", "block"), ("2026-07-01T20:00:00Z", "block")]
    {
        let out = good(home.path(), &["check", "--json", "--at", at, "03023125555"]);
        assert_eq!(values(&out)[0]["decision"], decision, "{at}");
    }
    let output = callblock(home.path(), &["check", "--at", "2026-03-29 02:30", "1"], "");
    assert_eq!(output.status.code(), Some(64));
}

#[test]
fn pycallblocks_options_work_as_in_run() {
    let home = home();
    fs::write(home.path().join("callblock.toml"), "").unwrap();
    let list = home.path().join("list.csv");
    fs::write(&list, "01234,\n56789,Ben\n5055034455,\"Look, there's a comma\"\n").unwrap();
    let list = list.to_str().unwrap();
    let decision = |option: &str, number: &str| {
        let out = good(home.path(), &["check", "--json", option, list, number]);
        values(&out)[0]["decision"].as_str().unwrap().to_owned()
    };
    assert_eq!(decision("-b", "56789"), "block");
    assert_eq!(decision("-b", "156789"), "ring");
    assert_eq!(decision("-b", "1234"), "ring");
    assert_eq!(decision("-w", "56789"), "ring");
    assert_eq!(decision("-w", "1234"), "block");
    let out = good(home.path(), &["check", "-b", list, "5055034455"]);
    assert!(out.contains("listed as \"Look, there's a comma\""), "{out}");
}

#[test]
fn an_entry_is_added_found_judged_and_removed() {
    let home = home();
    let home = home.path();
    good(home, &["list", "add", "030 23125555", "--name", "Solar", "--expires", "30d"]);
    good(home, &["list", "add", "--allow", "03023125556", "--name", "Friend"]);
    let found = good(home, &["list", "find", "+493023125555", "--json"]);
    assert_eq!(values(&found)[0]["by"], "command line");
    let judged = good(home, &["check", "--json", "0049 30 23125555", "--at", "2026-11-20 12:00"]);
    assert_eq!(values(&judged)[0]["decision"], "block");
    let judged = good(home, &["check", "--json", "03023125555", "--at", "2999-11-20 12:00"]);
    assert_eq!(values(&judged)[0]["decision"], "ring");
    good(home, &["list", "remove", "+49 (0)30 23125555"]);
    assert_eq!(callblock(home, &["list", "remove", "03023125555"], "").status.code(), Some(65));
    assert_eq!(callblock(home, &["list", "find", "03023125555"], "").status.code(), Some(65));
    assert_eq!(good(home, &["list", "export", "--allow", "--format", "plain"]), "03023125556  # Friend\n");
    // The list can simply be named.
    good(home, &["list", "add", "030 23125557", "allow"]);
    good(home, &["list", "remove", "030 23125556", "allow"]);
    assert_eq!(good(home, &["list", "export", "allow", "--format", "plain"]), "030 23125557\n");
    good(home, &["list", "add", "030 23125558", "--list", home.join("own.txt").to_str().unwrap()]);
    assert!(fs::read_to_string(home.join("own.txt")).unwrap().contains("030 23125558"));
    assert_eq!(
        callblock(home, &["list", "add", "030 1", "allow", "--list", "x.csv"], "").status.code(),
        Some(64)
    );
}

#[test]
fn a_program_that_waits_for_each_answer_gets_it_and_odd_bytes_are_no_end() {
    use std::io::{BufRead as _, BufReader};
    let home = home();
    let mut child = Command::new(env!("CARGO_BIN_EXE_callblock"))
        .args(["--dir", home.path().to_str().unwrap(), "check", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for (shown, caller) in [(&b"03023125555\n"[..], "03023125555"), (b"\xff\xfe0\x00\n", "unavailable")] {
        input.write_all(shown).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(values(&line)[0]["caller"], caller);
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_list_is_brought_in_checked_and_compiled() {
    let home = home();
    let home = home.path();
    let mut csv = String::new();
    for i in 0..5_000 {
        writeln!(csv, "0302312{i:04},Caller {i}").unwrap();
    }
    csv += "not a number,x\n";
    let file = home.join("many.csv");
    fs::write(&file, csv).unwrap();
    let file = file.to_str().unwrap();
    let checked = callblock(home, &["list", "check", file], "");
    assert_eq!(checked.status.code(), Some(65));
    assert!(text(&checked).contains("many.csv:5001: \"not a number\" is not a telephone number"));
    let report = good(home, &["list", "import", file]);
    assert!(report.contains("5000 entries added, 0 stood there already, 1 not readable"), "{report}");
    assert!(good(home, &["list", "import", file]).contains("0 entries added, 5000 stood there already"));
    let compiled = home.join("many.cbl");
    let report = callblock(home, &["list", "compile", file, compiled.to_str().unwrap()], "");
    let problems = String::from_utf8_lossy(&report.stderr);
    assert!(problems.contains("many.csv:5001: \"not a number\""), "{problems}");
    assert!(text(&report).contains("5000 numbers and 0 patterns"), "{}", text(&report));
    let config = format!(
        "[numbers]\ncountry = \"DE\"\n[[screen.list]]\nfile = \"{}\"\nkind = \"deny\"\n",
        compiled.display()
    );
    fs::write(home.join("callblock.toml"), config).unwrap();
    let judged = good(home, &["check", "--json", "03023120042"]);
    assert_eq!(values(&judged)[0]["reason"], "listed as \"Caller 42\"");
    assert_eq!(values(&judged)[0]["rule"], "many.cbl:43");
}

#[test]
fn a_newer_table_of_areas_is_used_and_a_broken_one_is_not() {
    let home = home();
    let home = home.path();
    let mut table = String::from("Ortsnetzkennzahl;Ortsnetzname;KennzeichenAktiv\n30;Spreeathen;1\n");
    for code in 4000..8000 {
        writeln!(table, "{code};Ort {code};1").unwrap();
    }
    let file = home.join("table.csv");
    fs::write(&file, &table).unwrap();
    good(home, &["numbers", "update", file.to_str().unwrap()]);
    let shown = good(home, &["numbers", "show", "--json", "03023125555"]);
    assert_eq!(values(&shown)[0]["area"], "Spreeathen");
    fs::write(&file, "30;Berlin;1\n").unwrap();
    assert_eq!(callblock(home, &["numbers", "update", file.to_str().unwrap()], "").status.code(), Some(65));
    good(home, &["numbers", "reset"]);
    let shown = good(home, &["numbers", "show", "--json", "03023125555"]);
    assert_eq!(values(&shown)[0]["area"], "Berlin");
}

#[test]
fn logged_calls_run_through_todays_rules() {
    let home = home();
    let home = home.path();
    let database = home.join("calls.db");
    let mut log = CallLog::open(&database).unwrap();
    // A November noon in Berlin, so that the night rule does not meddle.
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_172_400);
    for (index, number) in ["03023125555", "0207565747377", "015228817386"].iter().enumerate() {
        let mut record = CallRecord::new(noon + Duration::from_secs(60 * index as u64), "home");
        record.caller = Some(Caller::from_line(number.as_bytes()));
        record.decision = Decision::Ring;
        record.reason = "nothing spoke against it".into();
        log.record(&record).unwrap();
    }
    drop(log);
    let out = good(home, &["replay", "--json", "--log", database.to_str().unwrap()]);
    let changed = values(&out);
    assert_eq!(changed.len(), 1, "{out}");
    assert_eq!(changed[0]["caller"], "0207565747377");
    assert_eq!(changed[0]["now"]["rule"], "no-such-area");
    let out = good(home, &["replay", "--log", database.to_str().unwrap()]);
    assert!(out.contains("3 calls, 1 would go otherwise"), "{out}");
    assert_eq!(callblock(home, &["replay", "--log", "/nowhere/calls.db"], "").status.code(), Some(66));
}

#[test]
fn numbers_are_shown_for_another_line_too() {
    let home = home();
    let french = good(home.path(), &["numbers", "show", "--country", "FR", "0123456789", "--json"]);
    let value: Value = serde_json::from_str(&french).unwrap();
    assert_eq!((value["e164"].as_str(), value["country"].as_str()), (Some("+33123456789"), Some("FR")));
    let munich = good(home.path(), &["numbers", "show", "--area", "089", "23125555"]);
    assert!(munich.contains("+498923125555"), "{munich}");
    let on_call = good(home.path(), &["numbers", "show", "116117"]);
    assert!(!on_call.contains("doubt"), "the doctor on call calls back from it: {on_call}");
    let wrong = callblock(home.path(), &["numbers", "show", "--country", "Atlantis", "1"], "");
    assert_eq!(wrong.status.code(), Some(78));
}

#[test]
fn two_numbers_written_as_one_are_named_with_the_way_to_write_a_range() {
    let home = home();
    let file = home.path().join("ranges.txt");
    fs::write(&file, "03020100 - 03020199\n+493020200-+493020299\n03020300..03020399\n").unwrap();
    let output = callblock(home.path(), &["list", "check", file.to_str().unwrap()], "");
    let said = text(&output);
    assert_eq!(said.matches("a range is written FIRST..LAST").count(), 2, "{said}");
    assert!(said.contains("ranges.txt:2:") && !said.contains("ranges.txt:3:"), "{said}");
}
