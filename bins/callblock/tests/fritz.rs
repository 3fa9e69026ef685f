//! `callblock fritz` and `callblock run` with a simulated FRITZ!Box.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use line_sim::fritz_box::{FritzBoxSim, Setup};

fn config(folder: &Path, sim: &FritzBoxSim, more: &str) -> std::path::PathBuf {
    let file = folder.join("callblock.toml");
    let text = format!(
        "[numbers]\ncountry = \"DE\"\narea = \"030\"\n\n[fritzbox]\naddress = \"127.0.0.1\"\nmonitor-port = {}\n\
         tr064-port = {}\nuser = \"guard\"\npassword = \"secret\"\nallow-books = [\"Telefonbuch\"]\n\
         deny-books = [\"Spamnummern\"]\n{more}",
        sim.monitor_addr().port(),
        sim.tr064_addr().port()
    );
    std::fs::write(&file, text).unwrap();
    file
}

fn callblock(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callblock"));
    command.arg("--dir").arg(folder).arg("--config").arg(folder.join("callblock.toml")).args(words);
    command
}

fn run(folder: &Path, words: &[&str]) -> Output {
    callblock(folder, words).output().unwrap()
}

fn shown(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn books_are_shown_and_changed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let sim = FritzBoxSim::start(Setup::default()).unwrap();
    sim.add_contact("Telefonbuch", "Jörg & Anna", &["030 23125001"]);
    config(folder, &sim, "");
    assert!(shown(folder, &["fritz", "books"]).contains("1         Spamnummern"));
    assert!(shown(folder, &["fritz", "book"]).contains("Jörg & Anna"));
    let added =
        shown(folder, &["fritz", "add", "Spamnummern", "Lotto \"24\"", "02214710001", "other:02214710*"]);
    assert!(added.starts_with("entered in Spamnummern"), "{added}");
    let again = shown(folder, &["fritz", "add", "1", "again", "+49 221 4710001"]);
    assert!(again.contains("already"), "{again}");
    let found: serde_json::Value =
        serde_json::from_str(&shown(folder, &["fritz", "find", "02214710555", "--json"])).unwrap();
    assert_eq!(found[0]["book"], "Spamnummern");
    shown(folder, &["fritz", "change", "0", "Anna", "--name", "Anna", "--add-number", "mobile:015228817386"]);
    assert_eq!(sim.contacts("Telefonbuch")[0].1, ["030 23125001", "015228817386"]);
    shown(folder, &["fritz", "remove", "Spamnummern", "Lotto"]);
    assert!(sim.contacts("Spamnummern").is_empty());
    shown(folder, &["fritz", "bar", "03023125555"]);
    assert!(shown(folder, &["fritz", "book", "barred"]).contains("03023125555"));
    shown(folder, &["fritz", "unbar", "+49 30 23125555"]);
    assert!(sim.contacts("").is_empty());
    let call = sim.ring("02214710001", "23125001");
    sim.end(call);
    let calls = shown(folder, &["fritz", "calls"]);
    assert!(calls.contains("missed") && calls.contains("Köln"), "{calls}");
    shown(folder, &["fritz", "dial", "02214710001"]);
    assert_eq!(sim.dialled().as_deref(), Some("02214710001"));
    assert!(shown(folder, &["fritz", "handsets"]).contains("Kitchen"));
    sim.leave_message("015228817386", "Anna", b"RIFF".to_vec());
    assert!(shown(folder, &["fritz", "messages"]).contains("new"));
    let fetched = folder.join("sounds");
    shown(folder, &["fritz", "messages", "--fetch", fetched.to_str().unwrap()]);
    assert_eq!(std::fs::read(fetched.join("message-0-0.wav")).unwrap(), b"RIFF");
    assert!(shown(folder, &["fritz", "test"]).contains("the call monitor is on"));
}

#[test]
fn calls_are_rated_only_by_those_who_are_named_and_answers_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let sim = FritzBoxSim::start(Setup::default()).unwrap();
    sim.add_contact("Telefonbuch", "Aunt", &["03023125002"]);
    for caller in ["02214710001", "02214710001", "03023125002", "03023125003", "**610", ""] {
        sim.end(sim.ring(caller, "23125001"));
    }
    config(folder, &sim, "");
    let nobody = run(folder, &["fritz", "calls", "--ratings"]);
    assert_eq!(nobody.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("[lookup]"));
    std::fs::create_dir_all(folder.join("lists")).unwrap();
    std::fs::write(folder.join("lists/allow.csv"), "03023125003,Uncle\n").unwrap();
    // The source notes whom it was asked about.
    let asked = folder.join("asked");
    let answer = r#"{"score": 8, "votes": 12, "label": "fraud", "name": "Lotto"}"#;
    let more = format!(
        "\n[[lookup.plug-in]]\nname = \"mine\"\ncommand = [\"sh\", \"-c\", \"echo {{e164}} >> {}; echo '{}'\"]\n",
        asked.display(),
        answer.replace('"', "\\\"")
    );
    config(folder, &sim, &more);
    let table = shown(folder, &["fritz", "calls", "--ratings"]);
    assert!(table.contains("RATING") && table.contains("8 of 9 (fraud, mine)"), "{table}");
    assert!(table.contains("Lotto") && table.contains("Aunt"), "{table}");
    let json = shown(folder, &["fritz", "calls", "--ratings", "--json"]);
    let calls: serde_json::Value = serde_json::from_str(&json).unwrap();
    let of = |number: &str| calls.as_array().unwrap().iter().find(|c| c["number"] == number).unwrap();
    assert_eq!(of("02214710001")["ratings"][0]["score"], 8);
    assert_eq!(of("02214710001")["ratings"][0]["votes"], 12);
    assert!(of("03023125002")["ratings"].is_null(), "{json}");
    // Once in all: not twice for two calls, not again by the second command, and nobody from a book or list.
    assert_eq!(std::fs::read_to_string(&asked).unwrap(), "+492214710001\n");
}

#[test]
fn what_goes_wrong_has_a_remedy_and_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let sim = FritzBoxSim::start(Setup::default()).unwrap();
    config(folder, &sim, "");
    let wrong = run(folder, &["fritz", "book", "Nobody"]);
    assert_eq!(wrong.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("0 `Telefonbuch`, 1 `Spamnummern`"));
    sim.faults(|f| f.wrong_password = true);
    let refused = run(folder, &["fritz", "books"]);
    assert_eq!(refused.status.code(), Some(77));
    assert!(!String::from_utf8_lossy(&refused.stderr).contains("secret"));
    drop(sim);
    let gone = run(folder, &["fritz", "books"]);
    assert_eq!(gone.status.code(), Some(69));
    assert!(String::from_utf8_lossy(&gone.stderr).contains("Allow access for applications"));
}

/// A guard that is stopped when the test is over, whatever happens.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_guard_bars_what_its_rules_block_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let sim = FritzBoxSim::start(Setup::default()).unwrap();
    sim.add_contact("Telefonbuch", "Aunt", &["0044 7700 900123"]);
    config(
        folder,
        &sim,
        "test-numbers = [\"00447700900123\", \"004433456778\"]\n\n[screen]\naction = \"bar\"\n\n[[screen.rule]]\n\
         name = \"foreign\"\naction = \"bar\"\nkind = [\"foreign\"]\n",
    );
    let checked = run(folder, &["check-config", folder.join("callblock.toml").to_str().unwrap()]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let mut command = callblock(folder, &["run", "--test-numbers", "--stderr"]);
    let mut guard = Guard(command.stderr(Stdio::piped()).spawn().unwrap());
    // As long as the books are not read, everybody rings.
    let log = BufReader::new(guard.0.stderr.take().unwrap());
    let mut log = log.lines().map_while(Result::ok);
    assert!(log.any(|line| line.contains("phone books of the FRITZ!Box read: 1 numbers")));
    std::thread::spawn(move || log.for_each(|line| eprintln!("{line}")));
    assert!(sim.wait_for_monitors(1));
    // The aunt calls first and stands in the phone book, the second number is a stranger's.
    for _ in 0..2 {
        let call = sim.ring("015228817386", "23125001");
        sim.end(call);
    }
    assert!(sim.wait_for_number("Spamnummern", "004433456778"));
    let barred = sim.contacts("Spamnummern");
    assert_eq!(barred.len(), 1, "{barred:?}");
    assert!(barred[0].0.starts_with("blocked by callblock ("), "{barred:?}");
}

#[test]
fn calls_are_read_out_of_a_file_of_lines() {
    let folder = tempfile::tempdir().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fritz-box/call-monitor.log");
    let output = Command::new(env!("CARGO_BIN_EXE_callblock"))
        .args(["--dir", folder.path().to_str().unwrap(), "fritz", "lines", file.to_str().unwrap()])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("17.06.20 10:28:29 incoming  07191952xxx -> 69xxx 109 s DECT 2"), "{text}");
    assert!(text.contains("in-house"), "{text}");
}

#[test]
fn look_ups_are_tried_and_what_is_broken_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = "[numbers]\ncountry = \"DE\"\n\n[[lookup.plug-in]]\nname = \"mine\"\n\
                command = [\"echo\", '{\"score\": 8, \"votes\": 5, \"name\": \"Lotto\"}']\n";
    std::fs::write(folder.join("callblock.toml"), text).unwrap();
    assert!(shown(folder, &["lookup", "test", "030 23125555"]).contains("8 of 9, 5 votes, Lotto"));
    let broken = format!("{text}\n[[lookup.plug-in]]\nname = \"broken\"\ncommand = [\"false\"]\n");
    std::fs::write(folder.join("callblock.toml"), broken).unwrap();
    let output = run(folder, &["lookup", "test", "030 23125555", "--json"]);
    assert_eq!(output.status.code(), Some(69));
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&list[0]["state"], &list[1]["state"]), (&"known".into(), &"failed".into()));
}
