//! A house with a simulated modem and the program `callblock` guarding it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use call_event::{GuardCommand, GuardReply, GuardStatus};
use call_log::{CallLog, LoggedCall};
use line_sim::voice_modem::{CONEXANT, CallerScript, Settings, SimModem};

/// What the house needs by default: one line, two lists.
const CONFIGURATION: &str = r#"
[[line]]
name = "home"
device = "@DEVICE@"
ring-gap = "900ms"
no-caller-id = "700ms"
probe-every = "2s"

[[screen.list]]
file = "lists/blocked.csv"
kind = "deny"
"#;

/// The number on the list of the blocked.
pub const BLOCKED: &str = "5550100";
/// A number on no list.
pub const STRANGER: &str = "5550155";

pub struct House {
    pub dir: tempfile::TempDir,
    pub sim: SimModem,
    program: Option<Child>,
}

/// A caller who rings every 300 ms and is shown at once.
pub fn caller(number: &str) -> CallerScript {
    let mut script =
        CallerScript::number(number).name("A CALLER").rings(4).cadence(Duration::from_millis(300));
    script.delay = Duration::from_millis(60);
    script
}

impl House {
    /// A house whose blocked callers get this action; `more` stands at the end of its configuration.
    pub fn new(action: &str, more: &str) -> Self {
        Self::with_modem(action, more, Settings { seed: 3, ..Settings::of(&CONEXANT) })
    }

    pub fn with_modem(action: &str, more: &str, settings: Settings) -> Self {
        let house = Self {
            dir: tempfile::tempdir().unwrap(),
            sim: SimModem::start(settings).unwrap(),
            program: None,
        };
        fs::create_dir_all(house.path("lists")).unwrap();
        fs::write(house.path("lists/blocked.csv"), format!("{BLOCKED},Blocked\n")).unwrap();
        let screen = format!("[screen]\naction = \"{action}\"\n");
        let device = house.sim.path().display().to_string();
        let text = CONFIGURATION
            .replace("@DEVICE@", &device)
            .replace("[[screen.list]]", &format!("{screen}\n[[screen.list]]"));
        fs::write(house.path("callblock.toml"), format!("{text}\n{more}")).unwrap();
        house
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// `callblock` with the house's folder.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callblock"));
        command.arg("--dir").arg(self.dir.path()).stdin(Stdio::null());
        command
    }

    /// Starts guarding and waits until the line is up.
    pub fn guard(&mut self) {
        self.guard_with(&["run"]);
    }

    pub fn guard_with(&mut self, words: &[&str]) {
        self.start(words);
        self.wait_until("the line is up", |status| status.lines.iter().all(|line| line.health == "up"));
    }

    /// Starts guarding.
    pub fn start(&mut self, words: &[&str]) {
        let log = fs::File::create(self.path("stderr.txt")).unwrap();
        let child = self.command().args(words).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        self.program = Some(child);
    }

    pub fn process(&self) -> u32 {
        self.program.as_ref().unwrap().id()
    }

    pub fn signal(&self, signal: &str) {
        let process = self.process().to_string();
        assert!(Command::new("kill").args(["-s", signal, &process]).status().unwrap().success());
    }

    /// Waits for the program's end.
    pub fn wait_for_end(&mut self, within: Duration) -> std::process::ExitStatus {
        let until = Instant::now() + within;
        let program = self.program.as_mut().unwrap();
        loop {
            if let Some(status) = program.try_wait().unwrap() {
                self.program = None;
                return status;
            }
            assert!(Instant::now() < until, "the program does not end within {within:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn ask(&self, command: &GuardCommand) -> GuardReply {
        call_guard::ask(&self.path("control.sock"), command)
            .unwrap_or_else(|e| panic!("{e}\n{}", self.said()))
    }

    pub fn said(&self) -> String {
        fs::read_to_string(self.path("stderr.txt")).unwrap_or_default()
    }

    pub fn status(&self) -> Option<GuardStatus> {
        match call_guard::ask(&self.path("control.sock"), &GuardCommand::Status) {
            Ok(GuardReply::Status(status)) => Some(status),
            _ => None,
        }
    }

    pub fn wait_until(&self, what: &str, wanted: impl Fn(&GuardStatus) -> bool) -> GuardStatus {
        let until = Instant::now() + Duration::from_secs(40);
        loop {
            if let Some(status) = self.status()
                && wanted(&status)
            {
                return status;
            }
            if Instant::now() > until {
                let log: String = self
                    .sim
                    .log()
                    .iter()
                    .rev()
                    .take(40)
                    .rev()
                    .map(|e| format!("\n{:?} {}", e.at, e.event))
                    .collect();
                panic!("{what}: not within 40 s\n{:#?}\n{}\n{log}", self.status(), self.said());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Lets a call come and waits until it is in the guard's memory and the line on-hook; calls so far: `count`.
    pub fn call(&self, script: CallerScript, count: u64) -> GuardStatus {
        let until = Instant::now() + Duration::from_secs(20);
        while !self.sim.ring(script.clone()) {
            assert!(Instant::now() < until, "the line never becomes free\n{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
        self.wait_until(&format!("call {count} is over"), |status| status.counts.calls >= count)
    }

    pub fn on_hook(&self) {
        let status = self.sim.wait_for(Duration::from_secs(20), |status| !status.off_hook);
        status.unwrap_or_else(|e| panic!("the line stays off-hook: {e}\n{}", self.said()));
    }

    /// Waits until the modem shows callers and is told nothing more: after each call it is reset and set up anew.
    pub fn set_up_again(&self) {
        let until = Instant::now() + Duration::from_secs(20);
        let mut told = None;
        loop {
            let status = self.sim.wait_for(Duration::from_secs(20), |status| status.shows_callers);
            let status = status.unwrap_or_else(|e| panic!("callers are shown no more: {e}\n{}", self.said()));
            if told.replace(status.commands) == Some(status.commands) {
                return;
            }
            assert!(Instant::now() < until, "the modem is set up without end\n{}", self.said());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The calls in the log, the first first, once there are that many.
    pub fn logged(&self, count: usize) -> Vec<LoggedCall> {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let calls = CallLog::open_read_only(&self.path("callblock.db"))
                .and_then(|mut log| log.calls_after(0, 100))
                .unwrap_or_default();
            if calls.len() >= count {
                return calls;
            }
            assert!(Instant::now() < until, "only {} calls are in the log\n{}", calls.len(), self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn stop(&mut self) {
        if self.program.is_some() {
            self.signal("TERM");
            assert!(self.wait_for_end(Duration::from_secs(5)).success(), "{}", self.said());
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(program) = &mut self.program {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

/// Samples of a sound that is nowhere like itself, so that any piece lost or doubled shows.
pub fn sound(path: &Path, seconds: f64) -> Vec<i16> {
    let mut random = fastrand::Rng::with_seed(11);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
    let samples: Vec<i16> = (0..(seconds * 8000.0) as usize).map(|_| random.i16(-12_000..12_000)).collect();
    telephone_audio::write_wav(path, &samples).unwrap();
    samples
}
