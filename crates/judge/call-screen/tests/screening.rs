//! Precedence, modes, memory, rules and schedules.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::fs;
use std::time::{Duration, SystemTime};

use call_event::{
    Action, CallId, CallerName, Decision, IncomingCall, LineId, LookupAnswer, Stage, Suspicion,
};
use call_screen::{Memory, Screen, ScreenSettings};
use chrono::{DateTime, TimeZone as _, Utc};
use phone_number::{Caller, Numbering};
use tempfile::TempDir;

struct Line {
    folder: TempDir,
    screen: Screen,
}

fn line(toml: &str) -> Line {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("allow.csv"), "03011111,Friend\n0302*,Own town\nname:DOCTOR*,\n").unwrap();
    fs::write(folder.path().join("deny.csv"), "03011111,Also denied\n03033333,Solar\n0900*,Premium\n")
        .unwrap();
    fs::write(folder.path().join("empty.csv"), "").unwrap();
    fs::write(folder.path().join("holidays.txt"), "2026-12-25 Christmas\n# none\n2026-10-03 Unity\n")
        .unwrap();
    let yearly = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Christmas\r\n\
                  DTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    fs::write(folder.path().join("holidays.ics"), yearly).unwrap();
    let settings: ScreenSettings = toml::from_str(toml).unwrap();
    let (screen, _) =
        Screen::new(&settings, Numbering::new("DE", Some("030")).unwrap(), folder.path()).unwrap();
    Line { folder, screen }
}

const BOTH: &str =
    "[[list]]\nfile = \"allow.csv\"\nkind = \"allow\"\n[[list]]\nfile = \"deny.csv\"\nkind = \"deny\"\n";

fn call(shown: &str) -> IncomingCall {
    let mut call = IncomingCall::new(
        CallId(1),
        LineId::new("home"),
        Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap().into(),
    );
    call.caller = (shown != "none").then(|| Caller::from_line(shown.as_bytes()));
    call
}

fn rule_of(line: &Line, call: &IncomingCall) -> (Decision, String) {
    let verdict = line.screen.judge(call, &Memory::new(), None);
    let explained = line.screen.explain(call, &Memory::new(), None);
    assert_eq!(explained.verdict, verdict);
    assert_eq!(explained.steps.iter().filter(|step| step.decided).count(), 1, "{:?}", explained.steps);
    (verdict.decision(), verdict.reason.rule.to_string())
}

fn verdict(line: &Line, shown: &str) -> (Decision, String) {
    rule_of(line, &call(shown))
}

fn ring(rule: &str) -> (Decision, String) {
    (Decision::Ring, rule.into())
}

fn block(rule: &str) -> (Decision, String) {
    (Decision::Block, rule.into())
}

#[test]
fn permits_go_before_allow_before_deny_before_rules_before_look_ups() {
    let line = line(&format!(
        "{BOTH}[[rule]]\nname = \"town\"\nnumber = [\"0303*\", \"0304*\"]\naction = \"record:60\"\n[lookup]\n"
    ));
    assert_eq!(verdict(&line, "03011111"), ring("allow.csv:1"));
    assert_eq!(verdict(&line, "03033333"), block("deny.csv:2"));
    assert_eq!(verdict(&line, "03044444"), block("town"));
    assert_eq!(verdict(&line, "03055555"), ring("default"));
    let action = line.screen.judge(&call("03044444"), &Memory::new(), None).action;
    assert_eq!(action, Action::Record(Duration::from_secs(60)));

    let bad = LookupAnswer { score: Some(9), votes: 9, ..LookupAnswer::from_source("phoneblock") };
    let judged = |shown: &str| line.screen.judge(&call(shown), &Memory::new(), Some(&bad)).reason.stage;
    assert_eq!(judged("03011111"), Stage::Allow);
    assert_eq!(judged("03044444"), Stage::Rule);
    assert_eq!(judged("03055555"), Stage::Lookup);

    let mut memory = Memory::new();
    let denied = call("03033333");
    memory.permit_next(denied.at, Duration::from_secs(60));
    let verdict = line.screen.judge(&denied, &memory, None);
    assert_eq!((verdict.decision(), &*verdict.reason.rule), (Decision::Ring, "permit-next"));
    memory.record(&line.screen, &denied, &verdict);
    assert_eq!(line.screen.judge(&denied, &memory, None).decision(), Decision::Block);
    memory.emergency_called(denied.at, line.screen.emergency_callback());
    assert_eq!(&*line.screen.judge(&denied, &memory, None).reason.rule, "emergency-callback");
    let mut later = denied.clone();
    later.at += Duration::from_secs(3_601);
    assert_eq!(line.screen.judge(&later, &memory, None).decision(), Decision::Block);
    assert!(
        line.screen.is_emergency("112")
            && line.screen.is_emergency("110")
            && !line.screen.is_emergency("11833")
    );
}

#[test]
fn a_suspect_caller_id_matches_no_allow_entry() {
    let line = line(BOTH);
    let mut forged = call("03011111");
    forged.suspect = Some(Suspicion::Forged);
    assert_eq!(rule_of(&line, &forged), block("deny.csv:1"));
    let mut forged = call("0302000");
    forged.suspect = Some(Suspicion::Contradiction);
    assert_eq!(rule_of(&line, &forged), ring("default"));
}

#[test]
fn a_waiting_call_is_never_blocked() {
    let line = line(BOTH);
    let mut waiting = call("03033333");
    waiting.waiting = true;
    assert_eq!(rule_of(&line, &waiting), ring("waiting"));
}

#[test]
fn modes_and_empty_lists() {
    let allow =
        |file: &str| format!("mode = \"allow-listed\"\n[[list]]\nfile = \"{file}\"\nkind = \"allow\"\n");
    assert_eq!(verdict(&line(&allow("allow.csv")), "03011111"), ring("allow.csv:1"));
    assert_eq!(verdict(&line(&allow("allow.csv")), "03055555"), block("not-listed"));
    assert_eq!(verdict(&line(&allow("empty.csv")), "03011111"), block("not-listed"));
    // A list that cannot be read must not silence the telephone.
    assert_eq!(verdict(&line(&allow("missing.csv")), "03011111"), ring("list-missing"));
    assert_eq!(
        verdict(&line("[[list]]\nfile = \"empty.csv\"\nkind = \"deny\"\n"), "03011111"),
        ring("default")
    );
    let log_only = line(&format!("mode = \"log-only\"\n{BOTH}"));
    assert_eq!(verdict(&log_only, "03033333"), ring("deny.csv:2"));
    let text = log_only.screen.judge(&call("03033333"), &Memory::new(), None).reason.text;
    assert_eq!(&*text, "would be blocked (hang-up): listed as \"Solar\"");
}

#[test]
fn names_lines_and_called_numbers() {
    let line = line(&format!(
        "{BOTH}[[rule]]\nname = \"office\"\nline = [\"office\"]\naction = \"voice-mail\"\n\
         [[rule]]\nname = \"fax number\"\ncalled = [\"987654\"]\naction = \"fax\"\n\
         [[rule]]\nname = \"lottery\"\ncaller-name = [\"*lott*\", \"/^V[0-9]{{5}}/\"]\n"
    ));
    let mut named = call("03055555");
    named.name = CallerName::from_line(b"Doctor Who");
    assert_eq!(rule_of(&line, &named), ring("allow.csv:3"));
    named.name = CallerName::from_line(b"The LOTTERY");
    assert_eq!(rule_of(&line, &named), block("lottery"));
    named.name = CallerName::from_line(b"V42317490200001");
    assert_eq!(rule_of(&line, &named), block("lottery"));
    named.line = LineId::new("office");
    assert_eq!(rule_of(&line, &named), block("office"));
    let mut fax = call("03055555");
    fax.called = Some("987654".into());
    assert_eq!(rule_of(&line, &fax), block("fax number"));
}

#[test]
fn callers_without_a_number_each_have_their_class() {
    let line = line(
        "[[rule]]\nname = \"withheld\"\ncaller = [\"withheld\"]\naction = \"challenge:7\"\n\
         [[rule]]\nname = \"unavailable\"\ncaller = [\"unavailable\"]\naction = \"message\"\n\
         [[rule]]\nname = \"silent\"\ncaller = [\"none\"]\naction = \"keep-busy\"\n",
    );
    assert_eq!(verdict(&line, "P"), block("withheld"));
    assert_eq!(verdict(&line, "O"), block("unavailable"));
    assert_eq!(verdict(&line, "none"), block("silent"));
    assert_eq!(verdict(&line, "03055555"), ring("default"));
}

#[test]
fn repeated_calls_ring_through_or_are_blocked() {
    let line = line(
        "mode = \"allow-listed\"\n[[rule]]\nname = \"urgent\"\nrepeated = { calls = 3, within = \"5m\" }\naction = \"ring\"\n",
    );
    let mut memory = Memory::new();
    let mut decisions = Vec::new();
    for minute in [0, 1, 2, 20, 21] {
        let mut again = call("03055555");
        again.at += Duration::from_secs(60 * minute);
        let verdict = line.screen.judge(&again, &memory, None);
        memory.record(&line.screen, &again, &verdict);
        // Judged anew, it is still the same call.
        assert_eq!(line.screen.judge(&again, &memory, None).decision(), verdict.decision());
        decisions.push(verdict.decision());
    }
    use Decision::{Block, Ring};
    assert_eq!(decisions, [Block, Block, Ring, Block, Block]);
}

#[test]
fn who_passes_the_challenge_rings_for_a_time() {
    let line = line("[[rule]]\nname = \"town\"\nnumber = [\"030*\"]\naction = \"challenge\"\n");
    let mut memory = Memory::new();
    let mut caller = call("03055555");
    let key = line.screen.place(&caller).unwrap().key().unwrap();
    memory.challenge_passed(key, caller.at + line.screen.challenge_lasts());
    assert_eq!(&*line.screen.judge(&caller, &memory, None).reason.rule, "challenge-passed");
    caller.suspect = Some(Suspicion::Damaged);
    assert_eq!(line.screen.judge(&caller, &memory, None).decision(), Decision::Block);
    caller.suspect = None;
    caller.at += Duration::from_secs(31 * 86_400);
    assert_eq!(line.screen.judge(&caller, &memory, None).decision(), Decision::Block);
}

fn at(text: &str) -> SystemTime {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc).into()
}

#[test]
fn times_are_right_on_the_days_on_which_clocks_change() {
    // Zone, moment, and whether it lies between 02:30 and 03:30 by the clock on the wall.
    let known = [
        // Berlin: forward on 2026-03-29 from 02:00 to 03:00, back on 2026-10-25 from 03:00 to 02:00.
        ("Europe/Berlin", "2026-03-29T00:45:00Z", false),
        ("Europe/Berlin", "2026-03-29T01:00:00Z", true),
        ("Europe/Berlin", "2026-03-29T01:29:59Z", true),
        ("Europe/Berlin", "2026-03-29T01:30:00Z", false),
        ("Europe/Berlin", "2026-10-25T00:29:59Z", false),
        ("Europe/Berlin", "2026-10-25T00:30:00Z", true),
        ("Europe/Berlin", "2026-10-25T01:00:00Z", false),
        ("Europe/Berlin", "2026-10-25T01:30:00Z", true),
        ("Europe/Berlin", "2026-10-25T02:29:59Z", true),
        ("Europe/Berlin", "2026-10-25T02:30:00Z", false),
        // New York: forward on 2026-03-08, back on 2026-11-01, both at 02:00.
        ("America/New_York", "2026-03-08T06:59:59Z", false),
        ("America/New_York", "2026-03-08T07:00:00Z", true),
        ("America/New_York", "2026-03-08T07:30:00Z", false),
        ("America/New_York", "2026-11-01T05:45:00Z", false),
        ("America/New_York", "2026-11-01T06:45:00Z", false),
        ("America/New_York", "2026-11-01T07:30:00Z", true),
        ("America/New_York", "2026-11-01T08:30:00Z", false),
        // Lord Howe Island moves by half an hour: forward on 2026-10-04, back on 2026-04-05, both at 02:00.
        ("Australia/Lord_Howe", "2026-10-03T15:29:59Z", false),
        ("Australia/Lord_Howe", "2026-10-03T15:30:00Z", true),
        ("Australia/Lord_Howe", "2026-10-03T16:30:00Z", false),
        ("Australia/Lord_Howe", "2026-04-04T15:15:00Z", false),
        ("Australia/Lord_Howe", "2026-04-04T16:00:00Z", true),
        ("Australia/Lord_Howe", "2026-04-04T17:00:00Z", false),
    ];
    for (zone, moment, holds) in known {
        let line =
            line(&format!("timezone = \"{zone}\"\n[[rule]]\nname = \"night\"\ntime = [\"02:30-03:30\"]\n"));
        let mut caller = call("03055555");
        caller.at = at(moment);
        let expected = if holds { block("night") } else { ring("default") };
        assert_eq!(rule_of(&line, &caller), expected, "{moment} in {zone}");
    }
}

#[test]
fn nights_belong_to_the_day_on_which_they_begin_and_holidays_count() {
    for file in ["holidays.txt", "holidays.ics"] {
        let line = line(&format!(
            "timezone = \"Europe/Berlin\"\nholidays = \"{file}\"\n\
             [[rule]]\nname = \"saturday night\"\ntime = [\"22:00-07:00\"]\ndays = [\"sat\"]\n\
             [[rule]]\nname = \"christmas\"\ndays = [\"holiday\"]\n\
             [[rule]]\nname = \"office hours\"\ntime = [\"09:00-17:00\"]\ndays = [\"weekday\", \"not-holiday\"]\naction = \"ring\"\n"
        ));
        let known = [
            ("2026-11-21T21:30:00+01:00", ring("default")),
            ("2026-11-21T22:00:00+01:00", block("saturday night")),
            ("2026-11-22T06:59:00+01:00", block("saturday night")),
            ("2026-11-22T07:00:00+01:00", ring("default")),
            ("2026-11-22T22:30:00+01:00", ring("default")),
            ("2026-12-25T00:00:00+01:00", block("christmas")),
            ("2026-12-25T23:59:59+01:00", block("christmas")),
            ("2026-12-26T00:00:00+01:00", ring("default")),
            ("2026-11-20T09:00:00+01:00", ring("office hours")),
            ("2026-11-20T17:00:00+01:00", ring("default")),
        ];
        for (moment, expected) in known {
            let mut caller = call("03055555");
            caller.at = at(moment);
            assert_eq!(rule_of(&line, &caller), expected, "{moment} with {file}");
        }
    }
}

#[test]
fn numbers_that_cannot_exist_are_invalid_in_every_build() {
    let line = line("[[rule]]\nname = \"no such number\"\ndoubt = [\"invalid\"]");
    for (shown, invalid) in [
        ("03023125555", false),
        ("015228817386", false),
        ("+442079460000", false),
        ("110", false),
        ("**610", false),
        ("withheld", false),
        ("0207565747377", true),
        ("01523", true),
        ("004433456778", true),
        ("+9991234567", true),
        ("030231255551234567", true),
    ] {
        let decision = verdict(&line, shown).0;
        assert_eq!(decision == Decision::Block, invalid, "{shown}");
    }
}

#[test]
fn settings_that_mean_nothing_are_named() {
    let known = [
        ("action = \"shout\"", "shout"),
        ("timezone = \"Mars/Olympus\"", "Mars/Olympus"),
        ("[[rule]]\nname = \"a\"", "has no condition"),
        ("[[rule]]\nname = \"a\"\ncaller = [\"hidden\"]", "withheld"),
        ("[[rule]]\nname = \"a\"\ndoubt = [\"odd\"]", "no-such-area"),
        ("[[rule]]\nname = \"a\"\ncountry = [\"XX\"]", "XX"),
        ("[[rule]]\nname = \"a\"\ntime = [\"25:00-26:00\"]", "22:00-07:00"),
        ("[[rule]]\nname = \"a\"\ndays = [\"holiday\"]", "no file of holidays"),
        ("[[rule]]\nname = \"a\"\nnumber = [\"/(/\"]", "regular expression"),
        ("[[rule]]\nname = \"a\"\nrepeated = { calls = 1, within = \"5m\" }", "2 to 32"),
        ("[[list]]\nfile = \"deny.csv\"\nkind = \"deny\"\naction = \"x\"", "deny.csv"),
    ];
    for (toml, part) in known {
        let settings: ScreenSettings = toml::from_str(toml).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let error = Screen::new(&settings, Numbering::unknown(), folder.path()).unwrap_err().to_string();
        assert!(error.contains(part), "{toml}: {error}");
    }
    assert!(toml::from_str::<ScreenSettings>("colour = 1").is_err());
    assert!(toml::from_str::<ScreenSettings>("[[rule]]\ncolour = 1").is_err());
}

#[test]
fn a_changed_list_counts_from_the_next_call() {
    let mut line = line(BOTH);
    assert_eq!(verdict(&line, "03055555"), ring("default"));
    fs::write(line.folder.path().join("deny.csv"), "03055555,New\n").unwrap();
    let (lists, report) = line.screen.lists().reload(line.screen.numbering());
    assert_eq!(report.len(), 1);
    line.screen.set_lists(lists);
    assert_eq!(verdict(&line, "03055555"), block("deny.csv:1"));
}

#[test]
fn the_second_number_is_looked_up_too() {
    let line = line(BOTH);
    assert_eq!(verdict(&line, "03055555(03033333)"), block("deny.csv:2"));
    assert_eq!(verdict(&line, "03055555(03011111)"), ring("allow.csv:1"));
}

#[test]
fn a_single_voice_does_not_hide_what_ten_say() {
    let line = line("[lookup]\nscore = 6\nvotes = 3\n");
    let answer =
        |score, votes| LookupAnswer { score: Some(score), votes, ..LookupAnswer::from_source("site") };
    let answers = [answer(9, 1), answer(7, 10), answer(2, 50)];
    let worst = line.screen.worst(&answers);
    assert_eq!(worst.map(|a| a.votes), Some(10));
    let verdict = line.screen.judge(&call("03012345678"), &Memory::new(), worst);
    assert_eq!((verdict.decision(), verdict.reason.stage), (Decision::Block, Stage::Lookup));
    let mild = [answer(9, 1), answer(2, 50)];
    let verdict = line.screen.judge(&call("03012345678"), &Memory::new(), line.screen.worst(&mild));
    assert_eq!(verdict.decision(), Decision::Ring);
}
