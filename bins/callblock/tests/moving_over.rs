//! Moving over from other programs, the first configuration, and the service's files.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn callblock(dir: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_callblock")).arg("--dir").arg(dir).args(words).output().unwrap()
}

fn text(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

fn good(dir: &Path, words: &[&str]) -> String {
    let out = callblock(dir, words);
    assert!(out.status.success(), "{words:?}: {}", text(&out));
    text(&out)
}

#[test]
fn init_writes_a_configuration_that_is_good() {
    let dir = tempfile::tempdir().unwrap();
    let said = good(dir.path(), &["init", "--device", "/dev/ttyACM7", "--country", "DE"]);
    assert!(said.contains("Next: callblock check-config"), "{said}");
    let config = fs::read_to_string(dir.path().join("callblock.toml")).unwrap();
    assert!(config.contains("device = \"/dev/ttyACM7\"") && config.contains("country = \"DE\""));
    assert!(good(dir.path(), &["check-config"]).contains("good"));
    let again = callblock(dir.path(), &["init"]);
    assert_eq!(again.status.code(), Some(65), "it does not write over a file: {}", text(&again));
}

#[test]
fn init_finds_the_country_out_and_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let found = |language: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callblock"));
        command.arg("--dir").arg(dir.path()).args(["init", "--force"]).env("TZ", "UTC");
        text(&command.env("LC_ALL", language).output().unwrap())
    };
    assert!(found("de_AT.UTF-8").contains("Country of the line: AT, by the language settings"));
    assert!(fs::read_to_string(dir.path().join("callblock.toml")).unwrap().contains("\ncountry = \"AT\""));
    for neither in ["C.UTF-8", "POSIX", "de", "de_at", "_"] {
        let said = Command::new(env!("CARGO_BIN_EXE_callblock"))
            .arg("--dir")
            .arg(dir.path())
            .args(["init", "--force"])
            .env_remove("LANG")
            .env_remove("LC_TELEPHONE")
            .env("TZ", "UTC")
            .env("LC_ALL", neither)
            .output()
            .unwrap();
        assert!(text(&said).contains("Name the country of the line"), "{neither}: {}", text(&said));
    }
}

#[test]
fn every_key_of_the_template_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let template = good(dir.path(), &["init", "--print", "--country", "DE", "--device", "/dev/ttyACM0"]);
    // Every key that stands there as a comment is a real one.
    let all: String = template
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.contains(" = ") && !rest.contains(": ") => {
                format!("{rest}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let all = all.replace("kind = \"allow\"\n#\n", "kind = \"allow\"\n");
    // A hash that stood there would be a password that everybody knows.
    let hash = good(dir.path(), &["init", "--print"]).contains("$argon2id$...");
    assert!(hash, "the template shows where the hash goes, and none");
    let made =
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let all = all.replace("$argon2id$...", made);
    let file = dir.path().join("all.toml");
    fs::write(&file, &all).unwrap();
    let said = good(dir.path(), &["check-config", file.to_str().unwrap()]);
    assert!(said.contains("good"), "{said}\n{all}");
}

#[test]
fn mistakes_name_file_line_key_and_remedy() {
    let dir = tempfile::tempdir().unwrap();
    for (config, wanted) in [
        (
            "[guard]\ntimezone = \"UTC\"\n\n[[line]]\ndevcie = \"x\"\n",
            ":5: unknown key \"devcie\" in [[line]]; did you mean \"device\"?",
        ),
        ("[actions]\nsilence = \"soon\"\n", ":2: \"soon\" is no time"),
        ("[guard]\ntimezone = \"Mars\"\n", ":2: there is no time zone \"Mars\""),
        ("[screen]\naction = \"shout\"\n", "\"shout\" is no action"),
        ("[[line]]\nname = \"a\"\n[[line]]\nname = \"a\"\n", "two lines are named \"a\""),
        ("[[line]]\ncountry = \"XX\"\n", "\"XX\"; there are:"),
        ("[screen]\nmode = \"all\"\n", "is not possible in [screen]; write one of: block-listed"),
        ("[challenge]\ntries = 0\n", ":2: a caller has 1 to 9 tries"),
        ("[guard\n", ":1: "),
    ] {
        let file = dir.path().join("wrong.toml");
        fs::write(&file, config).unwrap();
        let out = callblock(dir.path(), &["check-config", file.to_str().unwrap()]);
        let said = text(&out);
        assert_eq!(out.status.code(), Some(78), "{config}: {said}");
        assert!(said.contains(wanted) && said.contains("wrong.toml"), "{config}: {said}");
    }
}

#[test]
fn pycallblocks_user_takes_everything_along() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = |name: &str| old.path().join(name);
    fs::create_dir(path("play")).unwrap();
    fs::create_dir(path("rec")).unwrap();
    fs::write(path("block.csv"), "5055034455,\"Look, there's a comma\"\n").unwrap();
    fs::write(path("friends.csv"), "777,Anna\n").unwrap();
    fs::write(path("play/hello.wav"), b"RIFF").unwrap();
    fs::write(path("rec/2020-01-01 00-00-00+0000 777.wav"), b"RIFF").unwrap();
    let unit = format!(
        "[Service]\nExecStart=/usr/bin/pycallblock --device /dev/ttyACM3 -p -d 60 -s 5 --timezone Europe/Berlin -b \"{}\" -w {}\n",
        path("block.csv").display(),
        path("friends.csv").display()
    );
    fs::write(path("pycallblock.service"), unit).unwrap();
    let said = good(new.path(), &["import", "pycallblock", old.path().to_str().unwrap()]);
    assert!(said.contains("took") && said.contains("recordings stay"), "{said}");
    let config = fs::read_to_string(new.path().join("callblock.toml")).unwrap();
    for wanted in [
        "/dev/ttyACM3",
        "Europe/Berlin",
        "duplex:60s",
        "silence = 5",
        "withheld",
        "lists/block.csv",
        "lists/friends.csv",
    ] {
        assert!(config.contains(wanted), "{wanted} in\n{config}\n{said}");
    }
    assert!(new.path().join("play/hello.wav").exists());
    good(new.path(), &["check-config"]);
    let checked = good(new.path(), &["check", "--json", "5055034455"]);
    assert!(checked.contains("\"block\""), "{checked}");
    let checked = good(new.path(), &["check", "--json", "777"]);
    assert!(checked.contains("\"ring\""), "{checked}");
}

#[test]
fn jcblocks_lists_keep_their_meaning() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(
        old.path().join("blacklist.dat"),
        format!("{:19}062210        *-KEY ENTRY\n{:19}++++++        islands\n", "6035551212?", "NMBR = 809?"),
    )
    .unwrap();
    fs::write(old.path().join("whitelist.dat"), format!("{:19}------        a friend\n", "6035550100?"))
        .unwrap();
    fs::write(
        old.path().join("callerID.dat"),
        "B-DATE = 062210--TIME = 1452--NMBR = 6035551212--NAME = Cell Phone   NM--\n",
    )
    .unwrap();
    let said = good(new.path(), &["import", "jcblock", old.path().to_str().unwrap()]);
    assert!(said.contains("1 call "), "{said}");
    good(new.path(), &["check-config"]);
    for (number, wanted) in
        [("6035551212", "block"), ("8095550100", "block"), ("6035550100", "ring"), ("1", "ring")]
    {
        let checked = good(new.path(), &["check", "--json", number]);
        assert!(checked.contains(&format!("\"{wanted}\"")), "{number}: {checked}");
    }
}

#[test]
fn ncids_lists_and_port_are_taken() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(old.path().join("ncidd.blacklist"), "\"5550100\" # nuisance\n").unwrap();
    fs::write(old.path().join("ncidd.whitelist"), "\"5550199\"\n").unwrap();
    fs::write(
        old.path().join("ncidd.conf"),
        "# comment\nset ttyport = /dev/ttyACM5\nset hangup = 2\nset verbose = 1\n",
    )
    .unwrap();
    let said = good(new.path(), &["import", "ncid", old.path().to_str().unwrap()]);
    assert!(said.contains("verbose has no counterpart"), "{said}");
    let config = fs::read_to_string(new.path().join("callblock.toml")).unwrap();
    assert!(config.contains("/dev/ttyACM5") && config.contains("\"fax\""), "{config}");
    assert!(good(new.path(), &["check", "--json", "5550100"]).contains("\"block\""));
}

#[test]
fn nothing_to_take_is_said() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let out = callblock(new.path(), &["import", "jcblock", old.path().to_str().unwrap()]);
    assert_eq!(out.status.code(), Some(65), "{}", text(&out));
    let out = callblock(new.path(), &["import", "jcblock", "/no/such/folder"]);
    assert_eq!(out.status.code(), Some(66), "{}", text(&out));
}

#[test]
fn the_service_shows_what_it_would_write() {
    let dir = tempfile::tempdir().unwrap();
    let said = good(dir.path(), &["service", "install", "--print", "--program", "/usr/bin/callblock"]);
    for wanted in [
        "ExecStart=/usr/bin/callblock run",
        "Type=notify",
        "WatchdogSec=",
        "NoNewPrivileges=yes",
        "ID_MM_DEVICE_IGNORE",
        "u callblock",
    ] {
        assert!(said.contains(wanted), "{wanted} in {said}");
    }
    assert!(good(dir.path(), &["service", "remove", "--print"]).contains("callblock.service"));
}

#[test]
fn callattendants_lists_are_taken_over_or_read_where_they_are() {
    let (old, new, beside) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let database = old.path().join("callattendant.db");
    // As callattendant makes them.
    let theirs = rusqlite::Connection::open(&database).unwrap();
    theirs
        .execute_batch(
            "CREATE TABLE CallLog (CallLogID INTEGER PRIMARY KEY AUTOINCREMENT, Name TEXT, Number TEXT, Action TEXT, \
             Reason TEXT, Date TEXT, Time TEXT, SystemDateTime TEXT); \
             CREATE TABLE Whitelist (PhoneNo TEXT PRIMARY KEY, Name TEXT, Reason TEXT, SystemDateTime TEXT); \
             CREATE TABLE Blacklist (PhoneNo TEXT PRIMARY KEY, Name TEXT, Reason TEXT, SystemDateTime TEXT); \
             INSERT INTO Whitelist VALUES ('2025550101', 'MUM', 'family', '2026-01-02 03:04:05.678901'); \
             INSERT INTO Blacklist VALUES ('2025550102', 'SPAMMER, \"the\" one', 'Caller dialed * key', \
             '2026-01-02 03:04:05'), ('2025550103', NULL, NULL, NULL), ('', 'nobody', '', ''); \
             INSERT INTO CallLog VALUES (1, 'SPAMMER', '2025550102', 'Blocked', 'Robocall', '20-Nov', '01:00 PM', \
             '2026-11-20 13:00:00');",
        )
        .unwrap();
    let numbers = "[numbers]\ncountry = \"US\"\n";
    for dir in [&new, &beside] {
        fs::write(dir.path().join("callblock.toml"), numbers).unwrap();
    }
    let place = database.to_str().unwrap();
    let said = good(new.path(), &["import", "callattendant", place]);
    assert!(
        said.contains("1 call ") && said.contains("the allow list") && said.contains("the deny list"),
        "{said}"
    );
    assert!(good(new.path(), &["log"]).contains("2025550102"));

    fs::write(
        beside.path().join("callblock.toml"),
        format!(
            "{numbers}[[screen.list]]\nfile = {place:?}\nkind = \"deny\"\n[[screen.list]]\nfile = {place:?}\nkind = \"allow\"\n"
        ),
    )
    .unwrap();
    for dir in [&new, &beside] {
        good(dir.path(), &["check-config"]);
        let judged = |number: &str| -> serde_json::Value {
            let said = good(dir.path(), &["check", "--json", number]);
            serde_json::from_str(said.lines().find(|line| line.starts_with('{')).unwrap()).unwrap()
        };
        assert_eq!(judged("2025550101")["decision"], "ring");
        assert!(judged("2025550101").to_string().contains("MUM"));
        assert_eq!(judged("2025550102")["decision"], "block");
        assert!(judged("2025550102").to_string().contains("SPAMMER, \\\"the\\\" one"));
        assert_eq!(judged("2025550103")["decision"], "block");
        assert_eq!(judged("2025550104")["decision"], "ring");
    }
    // What callattendant adds from then on counts where its database is the list.
    theirs.execute("INSERT INTO Blacklist (PhoneNo) VALUES ('2025550104')", []).unwrap();
    assert!(good(beside.path(), &["check", "--json", "2025550104"]).contains("\"block\""));
    let before = fs::read(&database).unwrap();
    good(beside.path(), &["list", "find", "2025550104"]);
    assert_eq!(fs::read(&database).unwrap(), before, "it is only read");
    let taken = callblock(new.path(), &["list", "import", place]);
    assert!(text(&taken).contains("callblock import callattendant"), "{}", text(&taken));
}
