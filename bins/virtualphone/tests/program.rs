//! The program as people use it: what is typed, what is seen, what goes wrong.
#![allow(missing_docs, reason = "a test's name is its doc")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use line_sim::fritz_box::{FritzBoxSim, Setup};

fn virtualphone(dir: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_virtualphone"))
        .arg("--dir")
        .arg(dir)
        .args(words)
        .env_remove("STATE_DIRECTORY")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn configured(config: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("contacts")).unwrap();
    let card = |name: &str, number: &str| {
        format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nTEL:{number}\r\nEND:VCARD\r\n")
    };
    fs::write(dir.path().join("contacts/Family.vcf"), card("Erika Muster", "030 23125001")).unwrap();
    fs::write(
        dir.path().join("contacts/Work.vcf"),
        card("Otto", "+49 30 23125002")
            + &card("E. Muster", "+493023125001")
            + "BEGIN:VCARD\r\nFN:x\r\nTEL:none\r\nEND:VCARD\r\n",
    )
    .unwrap();
    let calendar = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Family\r\nLOCATION:+390577123456\r\n\
        DTSTART;TZID=Europe/Berlin:20260105T080000\r\nDTEND;TZID=Europe/Berlin:20260105T180000\r\n\
        RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    fs::write(dir.path().join("calendar.ics"), calendar).unwrap();
    let whole = format!(
        "[numbers]\ncountry = \"DE\"\narea = \"030\"\n[calendar]\nfile = \"calendar.ics\"\ntime-zone = \"Europe/Berlin\"\n{config}"
    );
    fs::write(dir.path().join("virtualphone.toml"), whole).unwrap();
    dir
}

#[test]
fn init_writes_a_configuration_that_is_in_order_and_never_replaces_one() {
    let dir = tempfile::tempdir().unwrap();
    assert!(virtualphone(dir.path(), &["init"]).status.success());
    let checked = virtualphone(dir.path(), &["check-config"]);
    assert!(checked.status.success() && said(&checked).contains("in order"), "{}", said(&checked));
    let again = virtualphone(dir.path(), &["init"]);
    assert_eq!(again.status.code(), Some(64));
    assert!(said(&again).contains("--force"));
    // Every key that the template shows is one, with the value it shows.
    let shown = said(&virtualphone(dir.path(), &["init", "--print"]));
    let all: String = shown
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest)
                if rest.starts_with('[') || rest.split_once(" = ").is_some_and(|(k, _)| !k.contains(' ')) =>
            {
                rest
            }
            _ => line,
        })
        .filter(|line| {
            !["url = \"https://c", "url-file", "caldav", "port = ", "usb = ", "imei"]
                .iter()
                .any(|k| line.starts_with(k))
        })
        .map(|line| line.to_owned() + "\n")
        .collect();
    fs::write(dir.path().join("virtualphone.toml"), all).unwrap();
    let checked = said(&virtualphone(dir.path(), &["check-config"]));
    assert!(!checked.contains("unknown key") && !checked.contains("virtualphone.toml:"), "{checked}");
}

#[test]
fn mistakes_are_named_with_file_line_key_and_remedy() {
    for (config, expected) in [
        ("[calls]\nunknown = \"maybe\"\n", "write \"master\", \"reject\" or a telephone number"),
        ("[calls]\nmasterphone = \"+39\"\n", "did you mean \"master-phone\"?"),
        ("[calls]\nmaster-phone = \"nobody\"\n", "no telephone number"),
        ("[telegram]\ntoken-file = \"t\"\nowners = []\n", "/getid"),
        ("[stick]\nusb = \"huawei\"\n", "12d1:1001"),
        ("[stick]\nusb = \"12d1:1001:00:0\"\n", "12d1:1001:00"),
        ("[remote]\nsms-owners = [\"x\"]\n", "no telephone number"),
        ("[temporary-owners]\npassword-hash = \"secret\"\n", "virtualphone password"),
        ("[lists]\ndeny = [\"gone.csv\"]\n", "gone.csv is not there"),
        ("[telegram]\ntoken-file = \"gone\"\nowners = [1]\n", "gone"),
        (
            "[[contacts.carddav]]\ngroup = \"G\"\nurl = \"https://dav.example/\"\nuser = \"me\"\npassword-file = \"gone\"\n",
            "gone",
        ),
    ] {
        let dir = configured(config);
        let output = virtualphone(dir.path(), &["check-config"]);
        assert_eq!(output.status.code(), Some(78), "{config}: {}", said(&output));
        assert!(said(&output).contains(expected), "{config}: {}", said(&output));
    }
    let dir = configured("[calls]\nunknown = \"maybe\"\n");
    assert!(said(&virtualphone(dir.path(), &["check-config"])).contains("virtualphone.toml:8:"));
}

#[test]
fn contacts_are_listed_and_what_is_wrong_with_them_is_told() {
    let dir = configured("");
    let output = virtualphone(dir.path(), &["contacts"]);
    let text = said(&output);
    assert!(output.status.success());
    for part in [
        "Erika Muster",
        "Otto",
        "Work.vcf:11: x: none of the 1 numbers",
        "stands in the groups Family and Work",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let found = virtualphone(dir.path(), &["contacts", "otto", "--json"]);
    let line: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(line["numbers"][0], "+493023125002");
}

#[test]
fn without_a_match_it_is_said_and_a_reader_who_stops_early_breaks_nothing() {
    let dir = configured("");
    let none = virtualphone(dir.path(), &["contacts", "nobody"]);
    assert!(none.status.success() && none.stdout.is_empty());
    assert!(said(&none).contains("no contact has \"nobody\""), "{}", said(&none));
    let mut child = Command::new(env!("CARGO_BIN_EXE_virtualphone"))
        .args(["--dir", dir.path().to_str().unwrap(), "contacts"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && !said(&output).contains("panicked"), "{}", said(&output));
    let empty = tempfile::tempdir().unwrap();
    let output = virtualphone(empty.path(), &["contacts"]);
    assert!(said(&output).contains("put .vcf files into"), "{}", said(&output));
}

#[test]
fn a_phone_book_of_a_fritz_box_is_a_group_and_its_last_copy_is_kept() {
    let sim = FritzBoxSim::start(Setup::default()).unwrap();
    sim.add_contact("Telefonbuch", "Jörg; & Anna", &["23125007", "0152 28817386", "030 23126*"]);
    let dir = configured(&format!(
        "[[contacts.fritzbox]]\ngroup = \"Home\"\naddress = \"127.0.0.1\"\nport = {}\nuser = \"guard\"\n\
         password-file = \"./box-password\"\nbook = \"Telefonbuch\"\n",
        sim.tr064_addr().port()
    ));
    let refused = virtualphone(dir.path(), &["check-config"]);
    assert_eq!(refused.status.code(), Some(78), "{}", said(&refused));
    fs::write(dir.path().join("box-password"), "secret\n").unwrap();
    assert!(virtualphone(dir.path(), &["check-config"]).status.success());
    let look = || {
        let output = virtualphone(dir.path(), &["contacts", "anna", "--json"]);
        let line: serde_json::Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
        assert_eq!((&line["name"], &line["group"]), (&"Jörg; & Anna".into(), &"Home".into()));
        assert_eq!(line["numbers"], serde_json::json!(["+493023125007", "+4915228817386"]));
        said(&output)
    };
    let text = look();
    assert!(!text.contains("fritzbox://"), "{text}");
    // The box refuses, then it is gone: the copy serves, and that is said without the password.
    sim.faults(|f| f.wrong_password = true);
    let text = look();
    assert!(text.contains("fritzbox://127.0.0.1/Telefonbuch") && text.contains("last good copy"), "{text}");
    assert!(!text.contains("secret"), "{text}");
    drop(sim);
    assert!(look().contains("last good copy"));
}

#[test]
fn calendar_says_who_takes_a_call_and_why() {
    let dir = configured(
        "[calls]\nmaster-phone = \"+4915228817386\"\nout-of-hours = \"reject\"\nunknown = \"reject\"\n",
    );
    let ask = |number: &str, at: &str| -> serde_json::Value {
        let output = virtualphone(dir.path(), &["calendar", number, "--at", at, "--json"]);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)))
    };
    let day = ask("03023125001", "2026-11-20 12:00");
    assert_eq!((&day["action"], &day["to"]), (&"forward".into(), &"+390577123456".into()));
    assert!(day["reason"].as_str().unwrap().contains("event \"Family\""));
    // The same wall time on both sides of the change of clocks; a Saturday; the evening.
    assert_eq!(ask("23125001", "2026-07-20 17:59")["action"], "forward");
    assert_eq!(ask("23125001", "2026-11-21 12:00")["action"], "reject");
    assert_eq!(ask("23125001", "2026-11-20 18:00")["action"], "reject");
    assert_eq!(ask("withheld", "2026-11-20 12:00")["action"], "reject");
    assert_eq!(ask("+493023125009", "2026-11-20 12:00")["to"], "+4915228817386");
    assert_eq!(ask("015228817386", "2026-11-20 12:00")["action"], "reject");
    for words in [&["calendar", "1", "--at", "noon"][..], &["calendar", "Erika"]] {
        assert_eq!(virtualphone(dir.path(), words).status.code(), Some(64), "{words:?}");
    }
    let broken = fs::read_to_string(dir.path().join("calendar.ics")).unwrap().replace(
        "END:VCALENDAR",
        "BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:Work\r\nDTSTART:soon\r\nEND:VEVENT\r\nEND:VCALENDAR",
    );
    fs::write(dir.path().join("calendar.ics"), broken).unwrap();
    let day = ask("03023125001", "2026-11-20 12:00");
    assert_eq!(day["to"], "+390577123456", "the other event is not touched");
    assert!(day["problems"].to_string().contains("\\\"Work\\\" is switched off"), "{day}");
}

#[test]
fn a_deny_list_speaks_against_strangers() {
    let dir = configured("[calls]\nmaster-phone = \"+4915228817386\"\n[lists]\ndeny = [\"./deny.csv\"]\n");
    fs::write(dir.path().join("deny.csv"), "03023125666,solar panels\n").unwrap();
    let output = virtualphone(dir.path(), &["calendar", "+493023125666"]);
    assert!(said(&output).contains("reject") && said(&output).contains("solar panels"), "{}", said(&output));
}

#[test]
fn the_old_variables_become_a_configuration_with_its_secrets_apart() {
    let dir = tempfile::tempdir().unwrap();
    let bashrc = dir.path().join("bashrc");
    fs::write(
        &bashrc,
        "alias ll='ls -l'\nexport virtualphone_botowner='99123' # me\nexport virtualphone_bottoken=\"12345:AAbb\"\n\
         export virtualphone_defaultcountrycode='+39'\nexport virtualphone_defaultmasterphone='+393401234567'\n\
         export virtualphone_calendarurl='https://calendar.example/ical/private-1/basic.ics'\n\
         export virtualphone_temporaryownerpassword='open sesame'\nexport virtualphone_other='$(touch /tmp/never)'\n",
    )
    .unwrap();
    let into = dir.path().join("new");
    let output =
        virtualphone(dir.path(), &["import", bashrc.to_str().unwrap(), "--into", into.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("virtualphone_other is not known"));
    let config = fs::read_to_string(into.join("virtualphone.toml")).unwrap();
    for secret in ["AAbb", "open sesame", "private-1"] {
        assert!(!config.contains(secret), "{config}");
    }
    assert_eq!(fs::read_to_string(into.join("telegram-token")).unwrap(), "12345:AAbb\n");
    let checked = virtualphone(&into, &["check-config"]);
    assert!(checked.status.success(), "{}", said(&checked));
    assert_eq!(virtualphone(dir.path(), &["import", "/nowhere"]).status.code(), Some(66));
    let again =
        virtualphone(dir.path(), &["import", bashrc.to_str().unwrap(), "--into", into.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(64));
    assert!(said(&again).contains("virtualphone.toml: is there already; move it away"), "{}", said(&again));
}

#[test]
fn a_password_is_hashed_and_a_short_one_refused() {
    let hash = |password: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_virtualphone"))
            .arg("password")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let long = hash("open sesame\n");
    assert!(said(&long).contains("password-hash = \"$argon2id$") && !said(&long).contains("sesame"));
    assert_eq!(hash("short").status.code(), Some(65));
}

#[test]
fn commands_to_a_phone_that_does_not_run_say_how_to_start_it() {
    let dir = configured("");
    for words in [&["send", "status"][..], &["sms", "+493023125001", "hello"], &["call", "+493023125001"]] {
        let output = virtualphone(dir.path(), words);
        assert_eq!(output.status.code(), Some(69));
        assert!(said(&output).contains("socket = true"), "{}", said(&output));
    }
}

#[test]
fn what_is_no_number_is_not_called_or_written_to() {
    let dir = configured("");
    for words in [&["sms", "Erika", "hello"][..], &["call", "+"], &["call", "110", "mine"]] {
        let output = virtualphone(dir.path(), words);
        assert_eq!(output.status.code(), Some(64), "{}", said(&output));
        assert!(said(&output).contains("is no telephone number"), "{}", said(&output));
    }
}

#[test]
fn what_is_no_command_fails_before_it_is_sent() {
    let dir = configured("");
    for (words, said_so) in [
        (&["send", "dance"][..], "there is no command \"/dance\"; /help lists them all"),
        (&["send", "sms", "110"], "write it like this: /sms NUMBER TEXT"),
        (&["send", "/call", "030", "23125001"], "without spaces"),
    ] {
        let output = virtualphone(dir.path(), words);
        assert_eq!(output.status.code(), Some(64), "{}", said(&output));
        assert!(said(&output).contains(said_so), "{}", said(&output));
    }
}

#[test]
fn the_service_is_shown_before_it_is_installed() {
    let text = said(&virtualphone(Path::new("/tmp"), &["service", "install", "--print"]));
    for part in ["Type=notify", "NoNewPrivileges=yes", "ID_MM_PORT_IGNORE", " run\n"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn the_demo_tells_its_story_to_the_end() {
    let output = Command::new(env!("CARGO_BIN_EXE_virtualphone")).arg("demo").output().unwrap();
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    for part in ["Call merged", "solar panels", "Are you in time?", "SMS message sent", "they spoke"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn a_mistake_on_the_command_line_is_told_and_help_is_none() {
    let ends = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_virtualphone")).args(args).output().unwrap().status.code()
    };
    assert_eq!(ends(&["calll"]), Some(64));
    assert_eq!(ends(&["--help"]), Some(0));
}
