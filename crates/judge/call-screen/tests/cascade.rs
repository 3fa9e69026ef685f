//! The shipped cascade of fbcallrouter, number by number.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::path::Path;
use std::time::SystemTime;

use call_event::{CallId, Decision, IncomingCall, LineId, LookupAnswer, Verdict};
use call_screen::{Memory, Screen, ScreenSettings};
use phone_number::{Caller, Numbering};

fn screen(set: &str) -> Screen {
    let settings = ScreenSettings { rule_set: vec![set.into()], ..ScreenSettings::default() };
    Screen::new(&settings, Numbering::new("DE", Some("030")).unwrap(), Path::new(".")).unwrap().0
}

fn judge(screen: &Screen, shown: &str, answer: Option<&LookupAnswer>) -> (IncomingCall, Verdict) {
    let mut call = IncomingCall::new(CallId(1), LineId::new("home"), SystemTime::UNIX_EPOCH);
    // A FRITZ!Box shows a withheld number as nothing at all.
    call.caller = Some(if shown.is_empty() { Caller::Withheld } else { Caller::from_line(shown.as_bytes()) });
    let verdict = screen.judge(&call, &Memory::new(), answer);
    (call, verdict)
}

#[test]
fn each_number_gets_its_verdict_and_reason() {
    use Decision::{Block, Ring};
    let known = [
        // The five test numbers of fbcallrouter's configuration; the first is for the rating sites.
        ("03681443300750", Ring, "default"),
        ("0207565747377", Block, "no-such-area"),
        ("0618107162530", Block, "bad-subscriber-number"),
        ("004433456778", Block, "foreign"),
        ("", Ring, "withheld"),
        // Ordinary callers.
        ("03023125555", Ring, "default"),
        ("+493023125555", Ring, "default"),
        ("00493023125555", Ring, "default"),
        ("0049 (0)30 23125555", Ring, "default"),
        ("23125555", Ring, "default"),
        ("06990009123", Ring, "default"),
        ("04066969123", Ring, "default"),
        ("02214710123", Ring, "default"),
        ("08999998123", Ring, "default"),
        ("015228817386", Ring, "default"),
        ("015112345678", Ring, "default"),
        ("01602345678", Ring, "default"),
        ("016212345678", Ring, "default"),
        ("017912345678", Ring, "default"),
        ("04651123456", Ring, "default"),
        ("07602123456", Ring, "default"),
        ("08001110111", Ring, "default"),
        ("08000123456", Ring, "default"),
        ("032221234567", Ring, "default"),
        ("070012345678", Ring, "default"),
        ("03335112345", Ring, "default"),
        ("0301234567890", Ring, "default"),
        // From the house.
        ("**610", Ring, "internal"),
        ("**9", Ring, "internal"),
        // Without a number.
        ("P", Ring, "withheld"),
        ("O", Ring, "withheld"),
        ("0000000000", Ring, "withheld"),
        // No such area or network.
        ("0999912345", Block, "no-such-area"),
        ("02112", Block, "length"),
        ("0500123456", Block, "no-such-area"),
        ("06000123456", Block, "no-such-area"),
        ("01541234567", Block, "no-such-area"),
        ("015801234567", Block, "no-such-area"),
        ("015440123456", Block, "no-such-area"),
        ("0100123456", Block, "no-such-area"),
        // Nobody can call from these.
        ("09001123456", Block, "no-such-area"),
        ("01371234567", Block, "no-such-area"),
        ("01901234567", Block, "no-such-area"),
        ("01805123456", Block, "shared-cost"),
        ("11833", Block, "no-such-area"),
        ("110", Block, "no-such-area"),
        ("112", Block, "no-such-area"),
        // Services of social value and the authorities may show their short numbers, and do.
        ("116117", Ring, "default"),
        ("115", Ring, "default"),
        // The number in the area begins with zero.
        ("03001234567", Block, "bad-subscriber-number"),
        ("08901234567", Block, "bad-subscriber-number"),
        ("06181012345", Block, "bad-subscriber-number"),
        // Mobiles in disguise: own area, 49, mobile.
        ("03049170123456", Block, "disguised-mobile"),
        ("030491701234567", Block, "disguised-mobile"),
        ("030491522881738", Block, "disguised-mobile"),
        // A second number in brackets.
        ("03023125555(015228817386)", Block, "second-number"),
        ("015228817386(03023125555)", Block, "second-number"),
        // Too short, too long.
        ("0301234", Block, "length"),
        ("03012345678901234", Block, "length"),
        ("0152197227804", Block, "length"),
        ("017012345678901", Block, "length"),
        // Abroad.
        ("00302101234567", Block, "foreign"),
        ("+447700900123", Block, "foreign"),
        ("+12025550123", Block, "foreign"),
        ("+41446681800", Block, "foreign"),
        ("+210123456789", Block, "foreign"),
        ("000123456789", Block, "unknown-country"),
        ("+0123456789", Block, "unknown-country"),
    ];
    assert!(known.len() >= 60);
    let screen = screen("fbcallrouter");
    let wrong: Vec<String> = known
        .iter()
        .filter_map(|&(shown, decision, rule)| {
            let (_, verdict) = judge(&screen, shown, None);
            let right = verdict.decision() == decision && &*verdict.reason.rule == rule;
            (!right).then(|| format!("{shown}: {rule} expected, got {:?}", verdict.reason))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn foreign_numbers_are_screened_where_they_may_ring() {
    use Decision::{Block, Ring};
    let known = [
        ("+447700900123", Ring, "default"),
        ("00302101234567", Ring, "default"),
        ("+390612345678", Ring, "default"),
        ("+12025550123", Ring, "default"),
        ("+44123", Block, "length-of-foreign-number"),
        ("+4412345678901234", Block, "length-of-foreign-number"),
        ("+210123456789", Block, "unknown-country"),
        ("+999123456", Block, "unknown-country"),
        // fbcallrouter found "0" and "000", not "0123".
        ("+33012345678", Block, "foreign-area-zero"),
        ("+33023456789", Block, "foreign-area-zero"),
        ("0207565747377", Block, "no-such-area"),
    ];
    let screen = screen("fbcallrouter-allow-foreign");
    for (shown, decision, rule) in known {
        let (_, verdict) = judge(&screen, shown, None);
        assert_eq!((verdict.decision(), &*verdict.reason.rule), (decision, rule), "{shown}");
    }
}

#[test]
fn ratings_are_asked_for_when_no_rule_fits() {
    let screen = screen("fbcallrouter");
    let (call, verdict) = judge(&screen, "03681443300750", None);
    assert_eq!(screen.wants_lookup(&call, &verdict).unwrap().as_str(), "+493681443300750");
    let bad = LookupAnswer { score: Some(8), votes: 20, ..LookupAnswer::from_source("tellows") };
    let (_, verdict) = judge(&screen, "03681443300750", Some(&bad));
    assert_eq!((verdict.decision(), &*verdict.reason.rule), (Decision::Block, "tellows"));
    let few = LookupAnswer { votes: 2, ..bad.clone() };
    assert_eq!(judge(&screen, "03681443300750", Some(&few)).1.decision(), Decision::Ring);
    let (call, verdict) = judge(&screen, "0207565747377", None);
    assert_eq!(screen.wants_lookup(&call, &verdict), None);
    let (call, verdict) = judge(&screen, "", None);
    assert_eq!(screen.wants_lookup(&call, &verdict), None);
}

#[test]
fn an_unknown_rule_set_is_named() {
    let settings = ScreenSettings { rule_set: vec!["fbcall".into()], ..ScreenSettings::default() };
    let error = Screen::new(&settings, Numbering::unknown(), Path::new(".")).unwrap_err().to_string();
    assert!(error.contains("fbcallrouter-allow-foreign"), "{error}");
}
