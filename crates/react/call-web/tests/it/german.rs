//! The German page has a sentence for each that the judge and the guard can give.

use std::path::Path;
use std::time::{Duration, SystemTime};

use call_event::{
    Action, CallId, CallerName, Decision, EndReason, IncomingCall, LineId, LookupAnswer, Stage, Suspicion,
};
use call_screen::{LookupSettings, Memory, Mode, RuleSettings, Screen, ScreenSettings, sentences};
use phone_number::{Caller, Doubt, Numbering};
use regex::Regex;
use serde_json::{Map, Value};

/// The table of the page.
fn german() -> Map<String, Value> {
    let module = include_str!("../../page/js/german.js");
    let table = &module[module.find("= {").unwrap() + 2..=module.rfind('}').unwrap()];
    serde_json::from_str(table).expect("the table is JSON")
}

/// Puts a sentence into German as the page does; `None` if it has none.
fn translate(table: &Map<String, Value>, text: &str) -> Option<String> {
    if let Some(found) = table.get(text) {
        return Some(found.as_str().unwrap().to_owned());
    }
    table.iter().filter(|(sentence, _)| sentence.contains("{}")).find_map(|(sentence, there)| {
        let parts: Vec<String> = sentence.split("{}").map(regex::escape).collect();
        let found = Regex::new(&format!("(?s)^{}$", parts.join("(.+?)"))).unwrap().captures(text)?;
        let mut out = there.as_str().unwrap().to_owned();
        for n in 1..found.len() {
            out = out.replace(&format!("{{{n}}}"), &found[n]);
            let again = format!("{{{n}!}}");
            if out.contains(&again) {
                out = out.replace(&again, &translate(table, &found[n])?);
            }
        }
        Some(out)
    })
}

#[test]
fn every_sentence_of_the_judge_is_there_in_german() {
    let table = german();
    let mut all: Vec<String> = sentences::ALL.iter().map(|s| (*s).to_owned()).collect();
    all.extend(Doubt::ALL.map(|doubt| doubt.to_string()));
    let suspicions = [Suspicion::Contradiction, Suspicion::Forged, Suspicion::Damaged];
    all.extend(suspicions.map(|suspicion| suspicion.to_string()));
    let stages = [Stage::Permit, Stage::Allow, Stage::Deny, Stage::Rule, Stage::Lookup, Stage::Default];
    all.extend(stages.map(|stage| stage.word().to_owned()));
    let second = Duration::from_secs(1);
    let actions = [
        Action::Ring { rings: None },
        Action::HangUp,
        Action::Fax,
        Action::Message(None),
        Action::Record(second),
        Action::Transmit(second),
        Action::Duplex(second),
        Action::VoiceMail,
        Action::Challenge { digit: '5' },
        Action::KeepBusy,
        Action::Forward("110".into()),
        Action::Bar,
    ];
    all.extend(actions.iter().map(|action| action.word().to_owned()));
    let ends = [
        EndReason::NotAnswered,
        EndReason::AnsweredElsewhere,
        EndReason::CallerGone,
        EndReason::HungUp,
        EndReason::LimitReached,
        EndReason::Busy,
        EndReason::NoAnswer,
        EndReason::NoDialTone,
        EndReason::Rejected,
        EndReason::DeviceLost("unplugged".into()),
    ];
    all.extend(ends.iter().map(EndReason::to_string));
    let missing: Vec<&String> =
        all.iter().filter(|s| !table.contains_key(*s) && translate(&table, s).is_none()).collect();
    assert!(missing.is_empty(), "without a German sentence: {missing:#?}");
    for (sentence, there) in &table {
        let there = there.as_str().unwrap();
        let places = sentence.matches("{}").count();
        for n in 1..=places {
            let kept = there.contains(&format!("{{{n}}}")) || there.contains(&format!("{{{n}!}}"));
            assert!(kept, "{sentence}: place {n} is lost in German");
        }
        assert!(!there.contains(&format!("{{{}", places + 1)), "{sentence}: a place too many in German");
    }
}

fn call(number: &[u8]) -> IncomingCall {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_000_000);
    let mut call = IncomingCall::new(CallId(0), LineId::new("home"), at);
    call.caller = Some(Caller::from_line(number));
    call
}

/// Judgements of every stage, as they really come.
#[test]
fn what_is_really_judged_reads_german_throughout() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("deny.csv"), "03023125666,Sunny: Solar\n03023125667,\n").unwrap();
    std::fs::write(folder.path().join("allow.csv"), "03023125001,Anna\n").unwrap();
    let list = |kind, file: &str| call_screen::ListSettings::new(kind, Path::new(file).to_owned());
    let rule = |name: &str| RuleSettings { name: name.into(), ..RuleSettings::default() };
    let mut settings = ScreenSettings {
        lists: vec![
            list(call_screen::ListKind::Allow, "allow.csv"),
            list(call_screen::ListKind::Deny, "deny.csv"),
        ],
        rules: vec![
            RuleSettings { doubt: vec!["no-such-country".into(), "too-short".into()], ..rule("odd: ones") },
            RuleSettings { caller_name: vec!["Sales*".into()], ..rule("sales") },
            RuleSettings { caller: vec!["withheld".into()], ..rule("withheld") },
        ],
        lookup: Some(LookupSettings::default()),
        ..ScreenSettings::default()
    };
    let mut bad = LookupAnswer::from_source("a friend");
    (bad.score, bad.votes) = (Some(9), 100);
    let mut labelled = bad.clone();
    labelled.label = Some("sales".into());
    let mut waiting = call(b"03023125001");
    waiting.waiting = true;
    let mut suspect = call(b"03023125001");
    suspect.suspect = Some(Suspicion::Forged);
    let mut named = call(b"03023125999");
    named.name = CallerName::from_line(b"Sales Team");
    let calls = [
        (waiting, None),
        (suspect, None),
        (named, None),
        (call(b"P"), None),
        (call(b"+99912345678"), None),
        (call(b"03023125001"), None),
        (call(b"03023125666"), None),
        (call(b"03023125667"), None),
        (call(b"03023125999"), None),
        (call(b"03023125999"), Some(&bad)),
        (call(b"03023125999"), Some(&labelled)),
    ];
    let table = german();
    let mut blocked = 0;
    for mode in [Mode::BlockListed, Mode::AllowListed, Mode::LogOnly] {
        settings.mode = mode;
        let numbering = Numbering::new("DE", Some("030")).unwrap();
        let (screen, _) = Screen::new(&settings, numbering, folder.path()).unwrap();
        for (call, answer) in &calls {
            let explained = screen.explain(call, &Memory::new(), *answer);
            let reason = &explained.verdict.reason.text;
            assert!(translate(&table, reason).is_some(), "{reason}");
            for step in &explained.steps {
                assert!(translate(&table, &step.outcome).is_some(), "{}", step.outcome);
            }
            blocked += usize::from(explained.verdict.decision() == Decision::Block);
        }
    }
    assert!(blocked > 10, "too little was blocked for this to mean anything: {blocked}");
    let nested = "would be blocked (hang-up): rule \"odd: ones\": it is too short";
    assert_eq!(
        translate(&table, nested).unwrap(),
        "würde abgewehrt (auflegen): Regel „odd: ones“: sie ist zu kurz"
    );
}

/// What the interface refuses, by its table, and what really comes of wrong entries and lists.
#[test]
fn every_refusal_reads_german() {
    let table = german();
    for refusal in call_web::refusals::ALL.iter().filter(|r| r.text != "{}") {
        assert!(table.contains_key(refusal.text), "without a German sentence: {}", refusal.text);
    }
    let page = crate::house::Page::new();
    let owner = page.owner();
    let lists = owner.get("/api/lists").json();
    let path = format!("/api/lists/{}", lists["lists"][0]["name"].as_str().unwrap());
    let entries = [
        "Anna",
        "name:",
        "country:XX",
        "03012345..0301",
        "03012346..03012345",
        "a..b",
        "/(/",
        "/(a{999}){999}/",
        "030\n1",
    ];
    for entry in entries {
        let given = serde_json::json!({ "entry": entry }).to_string();
        let said = owner.post(&format!("{path}/entries"), &given);
        let text = said.json()["error"].as_str().unwrap().to_owned();
        assert_eq!((said.status, said.json()["code"].as_str()), (409, Some("bad-entry")), "{entry}: {text}");
        let inner = text.strip_prefix("that entry cannot be taken: ").unwrap();
        assert!(translate(&table, inner).is_some(), "{inner}");
    }
    let given = [
        "Anna,x\n".into(),
        "\"030,x\n".into(),
        "{".to_owned(),
        "[[1], {}]".into(),
        "{\"a\": 1}".into(),
        format!("{}\n", "5551212            ?xxxxxx").repeat(3),
    ];
    for text in given {
        let said = owner.post(&format!("{path}/preview"), &text).json();
        let problems = said["problems"].as_array().unwrap();
        assert!(!problems.is_empty(), "{text}");
        for problem in problems {
            let problem = problem.as_str().unwrap();
            assert!(problem.starts_with("line "), "{problem}");
            let reason = problem.split_once(": ").unwrap().1;
            assert!(translate(&table, reason).is_some() && translate(&table, problem).is_some(), "{problem}");
        }
    }
    assert_eq!(owner.get("/api/calls/99").json()["code"], "no-call");
}
