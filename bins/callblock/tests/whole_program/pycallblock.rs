//! pycallblock's users change one word.

use std::process::Command;

use call_event::GuardStatus;

use crate::house::{House, caller};

/// Starts with these words and no configuration, lets this number call, tells what became of it.
fn outcome(words: &[&str], lists: &[(&str, &str)], number: &str) -> GuardStatus {
    let mut house = House::new("hang-up", "");
    std::fs::remove_file(house.path("callblock.toml")).unwrap();
    for (name, text) in lists {
        std::fs::write(house.path(name), text).unwrap();
    }
    let device = house.sim.path().display().to_string();
    let mut all: Vec<String> = vec!["--device".into(), device];
    all.extend(words.iter().map(|word| match lists.iter().find(|(name, _)| name == word) {
        Some((name, _)) => house.path(name).display().to_string(),
        None => (*word).to_owned(),
    }));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    house.guard_with(&all);
    let status = house.call(caller(number), 1);
    house.on_hook();
    house.stop();
    status
}

fn decision(words: &[&str], lists: &[(&str, &str)], number: &str) -> String {
    outcome(words, lists, number).last_calls[0].decision.clone()
}

const BLACK: (&str, &str) = ("black.csv", "01234,\n56789,Ben\n5055034455,\"Look, there's a comma\"\n");
const WHITE: (&str, &str) = ("white.csv", "777,Anna\n56789,Ben\n");

#[test]
fn lists_mean_what_they_mean_there() {
    type Row = (&'static [&'static str], &'static [(&'static str, &'static str)], &'static str, &'static str);
    let rows: [Row; 8] = [
        (&["-b", "black.csv"], &[BLACK], "5055034455", "block"),
        (&["-b", "black.csv"], &[BLACK], "4444", "ring"),
        (&["-w", "white.csv"], &[WHITE], "777", "ring"),
        (&["-w", "white.csv"], &[WHITE], "4444", "block"),
        (&["-w", "white.csv", "-b", "black.csv"], &[WHITE, BLACK], "56789", "ring"),
        (&["-w", "white.csv", "-b", "black.csv"], &[WHITE, BLACK], "4444", "ring"),
        (&["-b", "empty.csv"], &[("empty.csv", "")], "4444", "ring"),
        (&["-w", "empty.csv"], &[("empty.csv", "")], "4444", "block"),
    ];
    let runs = rows.map(|(words, lists, number, wanted)| {
        std::thread::spawn(move || (words, number, wanted, decision(words, lists, number)))
    });
    for run in runs {
        let (words, number, wanted, found) = run.join().unwrap();
        assert_eq!(found, wanted, "{words:?} {number}");
    }
}

#[test]
fn private_numbers_are_blocked_on_demand() {
    let runs = [(true, "block"), (false, "ring")].map(|(private, wanted)| {
        std::thread::spawn(move || {
            let words: &[&str] = if private { &["-p", "-b", "black.csv"] } else { &["-b", "black.csv"] };
            (decision(words, &[BLACK], "P"), wanted)
        })
    });
    for run in runs {
        let (found, wanted) = run.join().unwrap();
        assert_eq!(found, wanted);
    }
}

#[test]
fn block_actions_take_their_letters() {
    let rows: [(&[&str], &str); 5] = [
        (&["-b", "black.csv"], "hang-up"),
        (&["-b", "black.csv", "-f"], "fax"),
        (&["-b", "black.csv", "-r", "1"], "record"),
        (&["-b", "black.csv", "-d", "1", "-s", "0.5"], "duplex"),
        (&["-b", "black.csv", "-t", "1"], "transmit"),
    ];
    let runs = rows.map(|(words, wanted)| {
        std::thread::spawn(move || (outcome(words, &[BLACK], "01234").last_calls[0].action.clone(), wanted))
    });
    for run in runs {
        let (found, wanted) = run.join().unwrap();
        assert_eq!(found, wanted);
    }
}

#[test]
fn wrong_words_are_refused_with_a_reason() {
    for (words, code, why) in [
        (&["-s", "0"][..], 64, "greater than 0"),
        (&["-f", "-m", "-a", "x.wav"], 64, "cannot be used with"),
        (&["-m"], 64, "--audio-file"),
        (&["--device"], 64, "a value is required"),
        (&["--timezone", "Mars/Olympus", "--device", "/dev/null"], 78, "there is no time zone"),
        (&["-b", "no-such.csv", "--device", "/dev/null"], 66, "the list no-such.csv: "),
        (&["-w", "no-such.csv", "--device", "/dev/null"], 66, "the list no-such.csv: "),
        (&["-m", "-a", "no-such.wav", "--device", "/dev/null"], 66, "the sound no-such.wav is not there"),
        (&["-m", "-a", "Cargo.toml", "--device", "/dev/null"], 65, "`callblock sound convert`"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let out = Command::new(env!("CARGO_BIN_EXE_callblock"))
            .arg("--dir")
            .arg(dir.path())
            .args(words)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(code), "{words:?}: {said}");
        assert!(said.contains(why), "{words:?}: {said}");
    }
}
