//! No view of the page may cost more because the log holds more: each is asked of a log and of one three times as
//! large, and the steps that the database takes are counted.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

use call_event::{Decision, GuardCommand, GuardNotice, GuardReply};
use call_log::{CallLog, CallRecord, Direction};
use crossbeam_channel::Receiver;
use phone_number::Caller;

use super::Api;
use crate::http::{Method, Request, target};
use crate::live::Live;
use crate::{House, Patience, Rules};

struct OnlyALog(PathBuf);

impl House for OnlyALog {
    fn ask(&self, _: GuardCommand) -> Option<GuardReply> {
        None
    }
    fn news(&self) -> Option<Receiver<Arc<GuardNotice>>> {
        None
    }
    fn log(&self) -> PathBuf {
        self.0.clone()
    }
    fn recordings(&self) -> Vec<PathBuf> {
        Vec::new()
    }
    fn rules(&self) -> Result<Rules, String> {
        Err("there are none".into())
    }
}

/// The days of the log, however many calls it holds.
const DAYS: u64 = 120;
/// Calls of the smaller log: more than one page ever looks at.
const CALLS: u64 = 15_000;

/// A log of the same days, callers, areas and reasons, with so many calls. One caller and one reason are rare.
fn log_of(path: &Path, calls: u64) {
    let mut log = CallLog::open(path).unwrap();
    let begin = SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000);
    let record = |i: u64| {
        let at = begin + Duration::from_secs(i * DAYS * 86_400 / calls);
        let mut call = CallRecord::new(at, if i.is_multiple_of(3) { "office" } else { "home" });
        let rare = i == 17;
        let number = if rare { "+4930231250".to_owned() } else { format!("+49221{:07}", i * 7919 % 1500) };
        call.caller = Some(Caller::from_line(number.as_bytes()));
        call.e164 = Some(number);
        call.name = i.is_multiple_of(5).then(|| format!("Caller {}", i % 400));
        call.area = Some(if rare { "Helgoland".into() } else { format!("Area {}", i % 30) });
        if i.is_multiple_of(4) {
            call.decision = Decision::Block;
            call.stage = "deny".into();
            call.rule = format!("list.csv:{}", i % 900);
            call.reason = format!("listed as Pest {}", i % 60);
        }
        if i.is_multiple_of(50) {
            call.direction = Direction::Out;
        }
        if i % 1000 == 7 {
            call.recording = Some(format!("{i}.wav").into());
        }
        call
    };
    log.together(|log| (0..calls).try_for_each(|i| log.put_call(&record(i)).map(drop))).unwrap();
    log.count_all_new().unwrap();
    // As on any day: some are not counted yet.
    for i in 0..20 {
        log.record(&record(calls + i)).unwrap();
    }
}

/// What one question costs, once the answer to it was looked at.
fn effort(api: &Api, question: &str) -> u64 {
    let (path, query) = target(question).unwrap();
    let request = Request {
        method: Method::Get,
        path,
        query,
        headers: std::collections::HashMap::new(),
        body: Vec::new(),
        peer: std::net::Ipv4Addr::LOCALHOST.into(),
    };
    let spent = || api.logs.lock().unwrap().iter().map(CallLog::effort).sum::<u64>();
    let before = spent();
    let answer = match request.path.as_str() {
        "/calls" => api.calls(&request),
        "/statistics" => api.statistics(&request),
        "/messages" => api.messages(),
        _ => api.call(5),
    };
    assert_eq!(answer.unwrap().status, 200, "{question}");
    spent() - before
}

#[test]
fn no_view_costs_more_because_the_log_holds_more() {
    let folder = tempfile::tempdir().unwrap();
    let apis = [1, 3].map(|times| {
        let path = folder.path().join(format!("{times}.db"));
        log_of(&path, CALLS * times);
        let (live, _) = Live::new(None, 1, Patience::default(), Arc::new(AtomicBool::new(false)));
        Api::new(Arc::new(OnlyALog(path)), live)
    });
    let questions = [
        "/calls?limit=50",
        "/calls?limit=50&after=1752000000000-9000",
        "/calls?limit=50&decision=block",
        "/calls?limit=50&decision=block&from=2025-07-01&until=2025-07-02",
        "/calls?limit=50&recording=1",
        "/calls?limit=50&search=pest+7",
        "/calls?limit=50&search=+4930231250",
        "/calls?limit=50&search=helgoland",
        "/calls?limit=50&search=no-such-text",
        "/calls?limit=50&search=zz",
        "/calls?limit=50&line=office",
        "/calls?limit=50&line=nowhere",
        "/calls?limit=50&area=Helgoland",
        "/calls?limit=50&who=%2B4930231250",
        "/calls?limit=50&action=fax",
        "/calls/5",
        "/messages",
        "/statistics",
        "/statistics?line=office",
        "/statistics?from=2025-07-01&until=2025-08-15",
        "/statistics?from=2025-07-01&until=2025-08-15&line=office",
    ];
    for question in questions {
        let [small, large] = [0, 1].map(|i| effort(&apis[i], question));
        println!("{question}: {small} steps, {large} of three times as many calls");
        // The calls of a day that is not over are counted one by one, up to a fixed number. A walk through all calls
        // would cost some hundred thousand steps more.
        let allowed = if question.starts_with("/statistics") { 80_000 } else { 5_000 };
        assert!(
            large < small * 3 / 2 + allowed,
            "{question}: {small} steps, but {large} of a log three times as large"
        );
        assert!(large < 3_000_000, "{question}: {large} steps");
    }
}
