//! A house with a log, lists and recordings, its page, and somebody who asks.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use call_event::{Decision, GuardCommand, GuardNews, GuardNotice, GuardReply, GuardStatus, LookupAnswer};
use call_log::{CallLog, CallRecord, Mark, Message};
use call_screen::{ListKind, ListSettings, RuleSettings, Screen, ScreenSettings};
use call_web::{House, Rules, WebServer, WebSettings};
use crossbeam_channel::{Receiver, Sender, unbounded};
use phone_number::{Caller, Numbering, ShownNumber};
use serde_json::Value;

/// The name of a caller who tries to be a script.
pub const SCRIPT: &str = "<script>alert(1)</script>";
/// A caller who is on the deny list.
pub const LISTED: &str = "03023125666";

/// What the page is told.
pub struct FakeHouse {
    dir: PathBuf,
    pub asked: Mutex<Vec<GuardCommand>>,
    pub changes: Mutex<usize>,
    news: Receiver<Arc<GuardNotice>>,
}

impl House for FakeHouse {
    fn ask(&self, command: GuardCommand) -> Option<GuardReply> {
        let reply = match &command {
            GuardCommand::Status => {
                GuardReply::Status(GuardStatus { version: "1".into(), ..GuardStatus::default() })
            }
            GuardCommand::HangUp { .. } => GuardReply::Refused { reason: "nobody calls".into() },
            _ => GuardReply::Done { text: "done".into() },
        };
        self.asked.lock().unwrap().push(command);
        Some(reply)
    }

    fn news(&self) -> Option<Receiver<Arc<GuardNotice>>> {
        Some(self.news.clone())
    }

    fn log(&self) -> PathBuf {
        self.dir.join("callblock.db")
    }

    fn recordings(&self) -> Vec<PathBuf> {
        vec![self.dir.join("rec")]
    }

    fn rules(&self) -> Result<Rules, String> {
        let numbering = Numbering::new("DE", Some("030")).unwrap();
        let mut settings = ScreenSettings::default();
        settings.lists.push(ListSettings::new(ListKind::Deny, self.dir.join("deny.csv")));
        settings.rules.push(RuleSettings {
            name: "withheld".into(),
            caller: vec!["withheld".into()],
            ..RuleSettings::default()
        });
        let (screen, _) = Screen::new(&settings, numbering.clone(), &self.dir).map_err(|e| e.to_string())?;
        Ok(Rules { screen: Arc::new(screen), settings, numbering, folder: self.dir.clone() })
    }

    fn list_changed(&self) {
        *self.changes.lock().unwrap() += 1;
    }

    fn look_up(&self, number: &str) -> Vec<LookupAnswer> {
        let mut answer = LookupAnswer::from_source("a friend");
        answer.name = Some(number.into());
        vec![answer]
    }

    fn simulated(&self) -> Vec<String> {
        vec!["home".into()]
    }

    fn simulate(&self, line: &str, number: &str, _name: &str) -> Result<String, String> {
        (line == "home").then(|| format!("{number} calls")).ok_or_else(|| "no such line".into())
    }
}

/// A page that is served, and who asks it.
pub struct Page {
    pub dir: tempfile::TempDir,
    pub house: Arc<FakeHouse>,
    pub news: Sender<Arc<GuardNotice>>,
    pub server: WebServer,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct Session {
    pub address: SocketAddr,
    pub cookie: String,
    pub csrf: String,
}

/// Reads one answer up to the end of the connection.
pub fn answer_of(mut stream: TcpStream) -> Reply {
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut all = Vec::new();
    // What was said before a reset counts.
    let _ = stream.read_to_end(&mut all);
    let end = all.windows(4).position(|w| w == b"\r\n\r\n").expect("an answer has a head");
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head, body: all[end + 4..].to_vec() }
}

/// Sends bytes and reads the answer.
pub fn raw(address: SocketAddr, bytes: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(address).unwrap();
    let _ = stream.write_all(bytes);
    answer_of(stream)
}

/// A request with any headers.
pub fn send(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if headers.iter().all(|(name, _)| *name != "Host") {
        text.push_str(&format!("Host: {address}\r\n"));
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    raw(address, &[text.as_bytes(), body].concat())
}

impl Session {
    fn of(address: SocketAddr, reply: &Reply) -> Self {
        let cookie = reply.header("set-cookie").expect("a cookie").split(';').next().unwrap().to_owned();
        Self { address, cookie, csrf: reply.json()["csrf"].as_str().unwrap().to_owned() }
    }

    /// Logs in.
    pub fn with_password(address: SocketAddr, password: &str) -> Self {
        let body = serde_json::json!({ "password": password }).to_string();
        let reply = send(address, "POST", "/api/login", &[], body.as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.text());
        Self::of(address, &reply)
    }

    pub fn get(&self, path: &str) -> Reply {
        send(self.address, "GET", path, &[("Cookie", &self.cookie)], b"")
    }

    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let all = [&[("Cookie", self.cookie.as_str())], headers].concat();
        send(self.address, "GET", path, &all, b"")
    }

    pub fn change(&self, method: &str, path: &str, body: &str) -> Reply {
        let headers = [("Cookie", self.cookie.as_str()), ("X-Csrf-Token", self.csrf.as_str())];
        send(self.address, method, path, &headers, body.as_bytes())
    }

    pub fn post(&self, path: &str, body: &str) -> Reply {
        self.change("POST", path, body)
    }
}

/// Settings for a port that is free.
pub fn settings() -> WebSettings {
    WebSettings { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..WebSettings::default() }
}

/// A call that came a few minutes before the end of 2026's third week.
pub fn call(number: &str, name: &str, blocked: bool) -> CallRecord {
    let at = SystemTime::now() - Duration::from_secs(3600);
    let mut call = CallRecord::new(at, "home");
    call.caller = ShownNumber::new(number).map(Caller::Number);
    call.name = Some(name.into());
    if blocked {
        call.mark = Mark::Blocked;
        call.decision = Decision::Block;
        call.action = "hang-up".into();
    } else {
        call.decision = Decision::Ring;
        call.action = "ring".into();
    }
    call.stage = "deny".into();
    call.rule = "deny.csv:1".into();
    call.reason = "listed".into();
    call.steps = vec!["not on an allow list".into(), "listed".into()];
    call
}

impl Page {
    pub fn new() -> Self {
        Self::with(settings())
    }

    pub fn with(settings: WebSettings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path();
        fs::create_dir(path.join("rec")).unwrap();
        fs::write(
            path.join("deny.csv"),
            format!("{LISTED},Solar\n0900*,Expensive\nnot a number at all!!,x\n"),
        )
        .unwrap();
        fs::write(path.join("secret.wav"), b"RIFF secret").unwrap();
        let samples: Vec<i16> = (0..8000).map(|n| i16::try_from(n % 200 * 100).unwrap()).collect();
        telephone_audio::write_wav(path.join("rec/one.wav"), &samples).unwrap();
        telephone_audio::write_wav(path.join("rec/mail.wav"), &samples).unwrap();
        furnish(path);
        let (news, from) = unbounded();
        let house = Arc::new(FakeHouse {
            dir: path.to_owned(),
            asked: Mutex::default(),
            changes: Mutex::default(),
            news: from,
        });
        let server = WebServer::start(&settings, Arc::clone(&house) as Arc<dyn House>).unwrap();
        Self { dir, house, news, server }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The owner on this machine, where no password is needed.
    pub fn owner(&self) -> Session {
        let reply = send(self.address(), "GET", "/api/session", &[], b"");
        Session::of(self.address(), &reply)
    }

    /// A piece of news.
    pub fn tell(&self, seq: u64) {
        let news = GuardNews::MessageWaiting { waiting: seq.is_multiple_of(2) };
        let at_ms = i64::try_from(seq).unwrap();
        self.news.send(Arc::new(GuardNotice { seq, at_ms, line: "home".into(), news })).unwrap();
    }
}

/// Calls 1 to 4: listed with a recording, a script, one whose recording lies elsewhere, one whose is a way out.
fn furnish(path: &Path) {
    let mut log = CallLog::open(&path.join("callblock.db")).unwrap();
    let mut first = call(LISTED, "Sunny Solar", true);
    first.recording = Some(path.join("rec/one.wav"));
    log.record(&first).unwrap();
    log.record(&call("03023125777", SCRIPT, true)).unwrap();
    let mut elsewhere = call("03023125001", "Anna", false);
    elsewhere.recording = Some(path.join("secret.wav"));
    log.record(&elsewhere).unwrap();
    let mut way_out = call("03023125002", "Ben", false);
    way_out.recording = Some(path.join("rec/../secret.wav"));
    log.record(&way_out).unwrap();
    let mail = Message::voice_mail(&way_out, path.join("rec/mail.wav"), Duration::from_secs(1), 16_044);
    log.record_message(&mail).unwrap();
    let stolen = Message::voice_mail(&elsewhere, path.join("secret.wav"), Duration::from_secs(1), 11);
    log.record_message(&stolen).unwrap();
}
