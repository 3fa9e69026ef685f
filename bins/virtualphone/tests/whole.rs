//! The whole program as its owner has it: a stick found by its serial number, with events on a port of their own,
//! Telegram, commands from this machine.

#![allow(missing_docs, reason = "a test's name is its doc")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use call_notify::telegram_mock::{TOKEN, TelegramMock};
use line_sim::gsm::{Deed, Seen, SimCard, SimStick, StickProfile};

const OWNER: i64 = 99_123;
const STRANGER: i64 = 12;
const MASTER: &str = "+4915228817386";
const ERIKA: &str = "+493023125001";
/// No test waits longer.
const LONGEST: Duration = Duration::from_secs(60);

struct World {
    dir: tempfile::TempDir,
    stick: SimStick,
    telegram: TelegramMock,
    program: Child,
    log: Arc<Mutex<String>>,
}

impl World {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |part: &str| dir.path().join(part);
        // What Linux shows of a stick with a silent port, one for commands and one for events.
        for folder in
            ["dev", "class", "usb/1-1/1-1:1.0/ttyUSB0", "usb/1-1/1-1:1.1/ttyUSB1", "usb/1-1/1-1:1.2/ttyUSB2"]
        {
            fs::create_dir_all(at(folder)).unwrap();
        }
        fs::write(at("usb/1-1/idVendor"), "12d1\n").unwrap();
        fs::write(at("usb/1-1/idProduct"), "1001\n").unwrap();
        for n in 0..3 {
            fs::write(at(&format!("usb/1-1/1-1:1.{n}/bInterfaceNumber")), format!("0{n}\n")).unwrap();
            fs::create_dir(at(&format!("class/ttyUSB{n}"))).unwrap();
            symlink(at(&format!("usb/1-1/1-1:1.{n}/ttyUSB{n}")), at(&format!("class/ttyUSB{n}/device")))
                .unwrap();
        }
        let (control, events) = (at("dev/ttyUSB1"), at("dev/ttyUSB2"));
        let stick =
            SimStick::plug_in_pair(StickProfile::huawei(), SimCard::default(), Some(&control), &events)
                .unwrap();
        let telegram = TelegramMock::start().unwrap();
        telegram.open_chat(OWNER);
        fs::create_dir(at("contacts")).unwrap();
        let card = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Erika\r\nTEL:{ERIKA}\r\nEND:VCARD\r\n");
        fs::write(at("contacts/Family.vcf"), card).unwrap();
        fs::write(at("telegram-token"), format!("{TOKEN}\n")).unwrap();
        fs::write(
            at("virtualphone.toml"),
            format!(
                "[stick]\nimei = \"{}\"\nevent-interface = 2\nport-list = \"./class\"\nport-folder = \"./dev\"\n\
                 [numbers]\ncountry = \"DE\"\narea = \"030\"\n[calls]\nmaster-phone = \"{MASTER}\"\n\
                 [telegram]\ntoken-file = \"telegram-token\"\nowners = [{OWNER}]\nbase-url = \"{}\"\n\
                 [remote]\nsocket = true\n",
                StickProfile::huawei().imei,
                telegram.url(),
            ),
        )
        .unwrap();
        let mut program = command(dir.path(), &["-v", "run"]).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, seen) = (BufReader::new(program.stderr.take().unwrap()).lines(), Arc::clone(&log));
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                seen.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Self { dir, stick, telegram, program, log }
    }

    /// Waits until the owner was told this.
    fn told(&self, what: &str) {
        let told = self.telegram.wait_for(LONGEST, |all| {
            all.iter().any(|r| {
                r.fields["chat_id"] == OWNER && r.fields["text"].as_str().is_some_and(|t| t.contains(what))
            })
        });
        assert!(
            told,
            "not told {what:?}, only {:#?}\n{}",
            self.telegram.texts(OWNER),
            self.log.lock().unwrap()
        );
    }

    /// Waits until the network sees this.
    fn seen(&self, wanted: &Seen) {
        let until = Instant::now() + LONGEST;
        let mut all = Vec::new();
        while let Ok(seen) = self.stick.seen.recv_deadline(until) {
            if seen == *wanted {
                return;
            }
            all.push(seen);
        }
        panic!("never {wanted:?}, only {all:?}\n{}", self.log.lock().unwrap());
    }

    fn virtualphone(&self, words: &[&str]) -> Output {
        command(self.dir.path(), words).output().unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn command(dir: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_virtualphone"));
    command.arg("--dir").arg(dir).args(words).current_dir(dir).env_remove("STATE_DIRECTORY");
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn an_owner_runs_the_phone_from_telegram_and_from_this_machine() {
    let mut world = World::start();
    world.told("Service is running");

    // A call in: told, forwarded, joined, ended, and no stranger can do anything about it.
    world.stick.deed(Deed::Call(Some(ERIKA.into())));
    world.seen(&Seen::Dialled(MASTER.into()));
    world.told("Erika");
    world.telegram.write(STRANGER, STRANGER, "/close");
    world.seen(&Seen::Joined(vec![ERIKA.into(), MASTER.into()]));
    world.stick.deed(Deed::HangUp(ERIKA.into()));
    world.seen(&Seen::Ended(MASTER.into(), true));
    let stranger = world.telegram.texts(STRANGER);
    assert_eq!(stranger, ["You are no owner of this telephone. /getid tells your id."]);

    // Messages both ways.
    world.stick.deed(Deed::Sms { from: ERIKA.into(), text: "Are you _there_?".into(), lost: Vec::new() });
    world.told("Are you _there_?");
    world.telegram.write(OWNER, OWNER, "/getid");
    world.told("99123");
    world.telegram.write(OWNER, OWNER, "/sms 03023125001 On my way");
    world.seen(&Seen::Sms { to: ERIKA.into(), text: "On my way".into() });

    // The same commands from this machine, for people and programs.
    let sent = world.virtualphone(&["send", "getmasterphone"]);
    assert!(sent.status.success() && said(&sent).contains(MASTER), "{}", said(&sent));
    let sent = world.virtualphone(&["send", "getmasterphone", "--json"]);
    let answer: serde_json::Value = serde_json::from_slice(&sent.stdout).unwrap();
    assert_eq!(answer["command"], "getmasterphone");
    assert!(answer["answer"].as_str().unwrap().ends_with(MASTER), "{answer}");
    let sent = world.virtualphone(&["send", "/getcontactscount"]);
    assert!(said(&sent).contains("1 phone contacts"), "{}", said(&sent));
    let sent = world.virtualphone(&["sms", "030 23125001", "and", "here"]);
    assert!(sent.status.success(), "{}", said(&sent));
    world.seen(&Seen::Sms { to: ERIKA.into(), text: "and here".into() });
    let sent = world.virtualphone(&["call", "030 23125001"]);
    assert!(sent.status.success(), "{}", said(&sent));
    world.seen(&Seen::Joined(vec![MASTER.into(), ERIKA.into()]));
    let sent = world.virtualphone(&["send", "close"]);
    assert!(sent.status.success(), "{}", said(&sent));
    world.seen(&Seen::Ended(ERIKA.into(), true));

    // A second phone stays out of the folder; the first one ends in order.
    let second = world.virtualphone(&["run"]);
    assert_eq!(second.status.code(), Some(75), "{}", said(&second));
    let pid = world.program.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(world.program.wait().unwrap().success());
    assert!(world.telegram.refusals().is_empty(), "{:?}", world.telegram.refusals());
}
