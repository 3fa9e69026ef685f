//! What a log must do, whichever database holds it. Each scenario gets an empty log.

pub(crate) mod many;

use std::time::{Duration, SystemTime};

use call_event::{Action, Decision, Reason, Stage, Verdict};
use call_log::{
    Answer, CallLog, CallRecord, Cursor, Day, Direction, ListChange, Mark, Message, MessageKind, Query,
    Retention, Span,
};
use phone_number::Caller;

/// One scenario and its name.
pub(crate) type Scenario = (&'static str, fn(&mut CallLog));

/// All of them.
pub(crate) const ALL: &[Scenario] = &[
    ("a_call_comes_back_as_it_was_written", a_call_comes_back_as_it_was_written),
    ("a_later_writing_changes_the_same_call", a_later_writing_changes_the_same_call),
    ("pages_follow_one_another_without_gap_or_repeat", pages_follow_one_another_without_gap_or_repeat),
    ("filters_find_what_they_say", filters_find_what_they_say),
    ("hostile_texts_are_only_texts", hostile_texts_are_only_texts),
    ("rare_calls_are_found_page_by_page", rare_calls_are_found_page_by_page),
    (
        "statistics_count_the_same_before_and_after_counting",
        statistics_count_the_same_before_and_after_counting,
    ),
    ("a_change_after_counting_moves_the_tallies", a_change_after_counting_moves_the_tallies),
    ("statistics_of_some_days_and_one_line", statistics_of_some_days_and_one_line),
    ("messages_are_heard_and_deleted", messages_are_heard_and_deleted),
    ("list_changes_stand_in_order_and_make_the_list", list_changes_stand_in_order_and_make_the_list),
    ("answers_expire", answers_expire),
    ("old_calls_are_forgotten_and_still_counted", old_calls_are_forgotten_and_still_counted),
    ("only_so_many_calls_are_kept", only_so_many_calls_are_kept),
    ("anonymous_calls_tell_nobody", anonymous_calls_tell_nobody),
    ("calls_together_are_all_there_or_none", calls_together_are_all_there_or_none),
    ("exports_hold_every_call", exports_hold_every_call),
    (
        "each_filter_finds_what_a_look_at_each_call_finds",
        many::each_filter_finds_what_a_look_at_each_call_finds,
    ),
    ("statistics_of_any_span_are_those_of_its_calls", many::statistics_of_any_span_are_those_of_its_calls),
    ("what_is_forgotten_is_found_nowhere", many::what_is_forgotten_is_found_nowhere),
];

/// 20 November 2026, 12:00 UTC, a Friday.
pub(crate) fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000)
}

pub(crate) fn call(minutes: u64, number: &str) -> CallRecord {
    let mut call = CallRecord::new(noon() + Duration::from_secs(60 * minutes), "home");
    call.offset_minutes = 60;
    call.caller = Some(Caller::from_line(number.as_bytes()));
    call
}

fn blocked(mut call: CallRecord, rule: &str) -> CallRecord {
    call.decide(&Verdict {
        action: Action::HangUp,
        reason: Reason { stage: Stage::Deny, rule: rule.into(), text: "listed".into() },
    });
    call
}

fn a_call_comes_back_as_it_was_written(log: &mut CallLog) {
    let mut full = blocked(call(0, "+4930 23125-555"), "blacklist.csv:3");
    full.site = "office".into();
    full.e164 = Some("+493023125555".into());
    full.name = Some("J\u{f6}rg '\"; DROP TABLE calls; --".into());
    full.area = Some("Berlin".into());
    full.called = Some("03023125777".into());
    full.waiting = true;
    full.suspect = Some("a line was forged inside it".into());
    full.line_time = Some("1120 1300".into());
    full.raw = vec![0, 255, 10, 13, 128];
    full.steps = vec!["not allowed".into(), "listed".into()];
    full.ending = "we hung up".into();
    full.rings = 2;
    full.answered_for = Duration::from_millis(12_345);
    full.digits = "1*#".into();
    full.recording = Some("/var/lib/callblock/rec/1.wav".into());
    full.recording_bytes = 98_804;
    let mut withheld = call(1, "P");
    withheld.mark = Mark::Star;
    withheld.direction = Direction::Out;
    let mut nothing = call(2, "O");
    nothing.caller = None;
    for wanted in [full, withheld, call(3, "O"), nothing] {
        let id = log.record(&wanted).unwrap();
        assert_eq!(log.call(id).unwrap().unwrap().call, wanted);
        assert_eq!(log.call_by_key(&wanted.key).unwrap().unwrap().id, id);
    }
    assert_eq!(log.call(999).unwrap(), None);
    assert_eq!(log.last_id().unwrap(), 4);
    assert_eq!(log.calls_after(2, 10).unwrap().len(), 2);
    assert_eq!(log.calls_since("+493023125555", noon()).unwrap(), 1);
    assert_eq!(log.calls_since("+493023125555", noon() + Duration::from_secs(1)).unwrap(), 0);
}

fn a_later_writing_changes_the_same_call(log: &mut CallLog) {
    let mut one = call(0, "03023125555");
    let id = log.record(&one).unwrap();
    one.rings = 4;
    one.mark = Mark::Star;
    one.ending = "not answered".into();
    assert_eq!(log.record(&one).unwrap(), id);
    assert_eq!(log.call(id).unwrap().unwrap().call, one);
    assert_eq!(log.page(&Query::default()).unwrap().calls.len(), 1);
    assert_eq!(log.uncounted().unwrap(), 1);
}

fn pages_follow_one_another_without_gap_or_repeat(log: &mut CallLog) {
    // Several calls share each time: the number must break the tie.
    let wanted: Vec<i64> = (0..97).map(|i| log.record(&call(i / 7, "03023125555")).unwrap()).collect();
    let mut seen = Vec::new();
    let mut query = Query { limit: 10, ..Query::default() };
    loop {
        let page = log.page(&query).unwrap();
        seen.extend(page.calls.iter().map(|c| c.id));
        let Some(next) = page.next else { break };
        assert_eq!(next.to_string().parse::<Cursor>(), Ok(next));
        query.after = Some(next);
    }
    seen.reverse();
    assert_eq!(seen, wanted);
    assert!("1;2".parse::<Cursor>().is_err());
}

fn filters_find_what_they_say(log: &mut CallLog) {
    let mut anna = call(0, "03023125555");
    anna.name = Some("Anna 100%".into());
    anna.e164 = Some("+493023125555".into());
    let mut spam = blocked(call(1, "0152 28817386"), "blacklist.csv:3");
    spam.line = "office".into();
    spam.area = Some("Germany, mobile".into());
    spam.recording = Some("x.wav".into());
    let withheld = call(2, "P");
    for call in [&anna, &spam, &withheld] {
        log.record(call).unwrap();
    }
    let mut find = |query: Query| -> Vec<u64> {
        let page = log.page(&query).unwrap();
        assert_eq!(page.next, None);
        page.calls.iter().map(|c| c.call.at.duration_since(noon()).unwrap().as_secs() / 60).collect()
    };
    let query = Query::default;
    assert_eq!(find(query()), [2, 1, 0]);
    assert_eq!(find(Query { who: Some("+493023125555".into()), ..query() }), [0]);
    assert_eq!(find(Query { who: Some("withheld".into()), ..query() }), [2]);
    assert_eq!(find(Query { search: Some("aNNa".into()), ..query() }), [0]);
    assert_eq!(find(Query { search: Some("100%".into()), ..query() }), [0]);
    assert_eq!(find(Query { search: Some("%".into()), ..query() }), [0], "no wildcard");
    assert_eq!(find(Query { search: Some("2881".into()), ..query() }), [1]);
    assert_eq!(find(Query { line: Some("office".into()), ..query() }), [1]);
    assert_eq!(find(Query { mark: Some(Mark::Blocked), ..query() }), [1]);
    assert_eq!(find(Query { mark: Some(Mark::Passed), line: Some("home".into()), ..query() }), [2, 0]);
    assert_eq!(find(Query { decision: Some(Decision::Ring), ..query() }), [2, 0]);
    assert_eq!(find(Query { action: Some("hang-up".into()), ..query() }), [1]);
    assert_eq!(find(Query { stage: Some("deny".into()), ..query() }), [1]);
    assert_eq!(find(Query { rule: Some("blacklist.csv:3".into()), ..query() }), [1]);
    assert_eq!(find(Query { area: Some("Germany, mobile".into()), ..query() }), [1]);
    assert_eq!(find(Query { direction: Some(Direction::Out), ..query() }), [0; 0]);
    assert_eq!(find(Query { with_recording: true, ..query() }), [1]);
    assert_eq!(find(Query { site: Some("nowhere".into()), ..query() }), [0; 0]);
    let minute = |m: u64| Some(noon() + Duration::from_secs(60 * m));
    assert_eq!(find(Query { from: minute(1), until: minute(2), ..query() }), [1]);
}

fn hostile_texts_are_only_texts(log: &mut CallLog) {
    for hostile in
        ["'; DELETE FROM calls; --", "\\", "%_", "<script>alert(1)</script>", "?1", "$1", "\u{202e}x"]
    {
        let mut one = call(0, "03023125555");
        one.name = Some(hostile.into());
        one.rule = hostile.into();
        log.record(&one).unwrap();
        let found = log.page(&Query { search: Some(hostile.into()), ..Query::default() }).unwrap();
        assert_eq!(found.calls.len(), 1, "{hostile:?}");
        assert_eq!(found.calls[0].call.name.as_deref(), Some(hostile));
        let by_rule = log.page(&Query { rule: Some(hostile.into()), ..Query::default() }).unwrap();
        assert_eq!(by_rule.calls.len(), 1, "{hostile:?}");
    }
}

fn rare_calls_are_found_page_by_page(log: &mut CallLog) {
    let mut rare = call(0, "03023125555");
    rare.name = Some("Needle".into());
    log.together(|log| {
        log.put_call(&rare)?;
        for i in 1..=25_000 {
            log.put_call(&call(i, "0152 28817386"))?;
        }
        Ok(())
    })
    .unwrap();
    let mut query = Query { search: Some("needle".into()), ..Query::default() };
    let mut pages = 0;
    let found = loop {
        let page = log.page(&query).unwrap();
        pages += 1;
        if !page.calls.is_empty() {
            break page.calls;
        }
        query.after = Some(page.next.expect("more of the log to look at"));
    };
    assert_eq!(found[0].call, rare);
    assert!(pages > 1, "one page does not look at the whole log");
    let mut all = 0;
    log.each_call(&Query { search: Some("Needle".into()), ..Query::default() }, |_| {
        all += 1;
        Ok::<_, call_log::LogError>(())
    })
    .unwrap();
    assert_eq!(all, 1);
}

fn some_calls(log: &mut CallLog) {
    for day in 0..3_u64 {
        for n in 0..5_u64 {
            let mut one = call(day * 1440 + n * 61, &format!("030 23125 {:03}", n % 2));
            one.answered_for = Duration::from_millis(1500);
            one.area = Some("Berlin".into());
            if n == 0 {
                one = blocked(one, "blacklist.csv:7");
                one.line = "office".into();
            }
            log.record(&one).unwrap();
        }
    }
    let mut out = call(0, "110");
    out.direction = Direction::Out;
    log.record(&out).unwrap();
}

fn statistics_count_the_same_before_and_after_counting(log: &mut CallLog) {
    some_calls(log);
    let before = log.statistics(&Span::default()).unwrap();
    assert_eq!((before.total.calls, before.total.blocked), (15, 3));
    assert_eq!(before.total.answered_for, Duration::from_millis(15 * 1500));
    let days: Vec<_> = before.days.iter().map(|(d, c)| (d.to_string(), c.calls)).collect();
    assert_eq!(days, [("2026-11-20".into(), 5), ("2026-11-21".into(), 5), ("2026-11-22".into(), 5)]);
    assert_eq!(before.weekdays.map(|c| c.calls), [0, 0, 0, 0, 5, 5, 5]);
    assert_eq!(before.hours[13].calls, 3, "noon in UTC is one o'clock at the line");
    assert_eq!(before.hours[14].calls, 3);
    assert_eq!(before.causes[0].0, "default");
    assert_eq!((before.causes[1].0.as_str(), before.causes[1].1.calls), ("deny blacklist.csv", 3));
    assert_eq!(before.areas[0].0, "Berlin");
    assert_eq!((before.callers[0].who.as_str(), before.callers[0].count.calls), ("03023125000", 9));
    assert_eq!(before.callers[1].count.calls, 6);
    assert_eq!(log.uncounted().unwrap(), 16);
    log.count_all_new().unwrap();
    assert_eq!(log.uncounted().unwrap(), 0);
    assert_eq!(log.statistics(&Span::default()).unwrap(), before);
    // Half counted, half not.
    some_calls(log);
    let both = log.statistics(&Span::default()).unwrap();
    assert_eq!(both.total.calls, 30);
    assert_eq!(both.callers[0].count.calls, 18);
    log.count_all_new().unwrap();
    assert_eq!(log.statistics(&Span::default()).unwrap(), both);
}

fn a_change_after_counting_moves_the_tallies(log: &mut CallLog) {
    let mut one = call(0, "03023125555");
    log.record(&one).unwrap();
    log.count_all_new().unwrap();
    one = blocked(one, "web:anna");
    one.area = Some("Berlin".into());
    one.answered_for = Duration::from_secs(3);
    log.record(&one).unwrap();
    let now = log.statistics(&Span::default()).unwrap();
    assert_eq!((now.total.calls, now.total.blocked), (1, 1));
    assert_eq!(now.causes.len(), 1);
    assert_eq!(now.causes[0].0, "deny web:anna");
    assert_eq!(now.areas, [("Berlin".to_owned(), now.total)]);
    assert_eq!(now.callers[0].count, now.total);
}

fn statistics_of_some_days_and_one_line(log: &mut CallLog) {
    some_calls(log);
    let day: Day = "2026-11-21".parse().unwrap();
    for counted in [false, true] {
        if counted {
            log.count_all_new().unwrap();
        }
        let one = log.statistics(&Span { from: Some(day), until: Some(day), ..Span::default() }).unwrap();
        assert_eq!((one.total.calls, one.total.blocked, one.days.len()), (5, 1, 1));
        assert_eq!(one.hours.iter().map(|c| c.calls).sum::<u64>(), 5);
        assert_eq!(one.callers.iter().map(|c| c.count.calls).sum::<u64>(), 5);
        let office = log.statistics(&Span { line: Some("office".into()), ..Span::default() }).unwrap();
        assert_eq!((office.total.calls, office.total.blocked), (3, 3));
        assert_eq!(office.callers[0].count.calls, 3);
        assert_eq!(office.causes.len(), 1);
        let top = log.statistics(&Span { top: 1, ..Span::default() }).unwrap();
        assert_eq!((top.causes.len(), top.callers.len()), (1, 1));
    }
}

fn messages_are_heard_and_deleted(log: &mut CallLog) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.wav");
    std::fs::write(&file, b"RIFF").unwrap();
    let mut from = call(0, "03023125555");
    from.recording = Some(file.clone());
    from.recording_bytes = 4;
    let call_id = log.record(&from).unwrap();
    let message = Message::voice_mail(&from, file.clone(), Duration::from_secs(8), 4);
    let id = log.record_message(&message).unwrap();
    assert_eq!(log.record_message(&message).unwrap(), id, "the same one again");
    log.record_message(&Message::new(MessageKind::Waiting, noon(), "home")).unwrap();
    assert_eq!(log.messages(None, 10).unwrap().len(), 2);
    let mail = log.messages(Some(MessageKind::VoiceMail), 10).unwrap();
    assert_eq!(mail, [Message { id, ..message }]);
    assert_eq!(log.unheard().unwrap(), 1);
    assert!(log.mark_heard(id, Some(noon())).unwrap());
    assert_eq!(log.unheard().unwrap(), 0);
    assert!(!log.mark_heard(999, None).unwrap());
    assert!(log.delete_message(id).unwrap());
    assert!(!log.delete_message(id).unwrap());
    assert!(!file.exists());
    assert_eq!(log.call(call_id).unwrap().unwrap().call.recording, None);
}

fn list_changes_stand_in_order_and_make_the_list(log: &mut CallLog) {
    let at = |s| noon() + Duration::from_secs(s);
    let mut first = ListChange::new(at(0), "deny", true, "0900*", "web");
    first.name = "premium".into();
    first.expires = Some(at(1000));
    let second = ListChange::new(at(1), "deny", true, "03023125555", "star key");
    let third = ListChange::new(at(2), "deny", false, "0900*", "web");
    for change in [&first, &second, &third, &second] {
        log.record_list_change(change).unwrap();
    }
    let all = log.list_changes_after(0, 100).unwrap();
    assert_eq!(all.len(), 3, "a change written twice is one change");
    assert_eq!(all[0], ListChange { id: all[0].id, ..first.clone() });
    assert_eq!(log.list_changes_after(all[1].id, 100).unwrap().len(), 1);
    let entries = log.list_entries("deny").unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].entry.as_str(), entries[0].by.as_str()), ("03023125555", "star key"));
    // A removal that comes late does not undo what was done after it.
    log.record_list_change(&ListChange::new(at(0), "deny", false, "03023125555", "late site")).unwrap();
    assert_eq!(log.list_entries("deny").unwrap().len(), 1);
    assert!(log.list_entries("allow").unwrap().is_empty());
}

fn answers_expire(log: &mut CallLog) {
    let mut answer = Answer {
        source: "phoneblock".into(),
        number: "+493023125555".into(),
        at: noon(),
        expires: noon() + Duration::from_secs(60),
        answer: "{\"votes\":4}".into(),
    };
    log.record_answer(&answer).unwrap();
    answer.answer = "{\"votes\":5}".into();
    log.record_answer(&answer).unwrap();
    assert_eq!(log.answer("phoneblock", "+493023125555", noon()).unwrap(), Some(answer.clone()));
    assert_eq!(log.answers(noon(), 10).unwrap(), [answer.clone()]);
    assert_eq!(log.answer("phoneblock", "+493023125555", answer.expires).unwrap(), None);
    assert_eq!(log.answer("other", "+493023125555", noon()).unwrap(), None);
    log.forget(&Retention::default(), answer.expires).unwrap();
    assert!(log.answers(noon(), 10).unwrap().is_empty());
}

const DAY: Duration = Duration::from_secs(86_400);

fn old_calls_are_forgotten_and_still_counted(log: &mut CallLog) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.wav");
    std::fs::write(&file, [0; 10]).unwrap();
    let mut old = call(0, "03023125555");
    old.recording = Some(file.clone());
    log.record(&old).unwrap();
    log.record(&call(1440 * 20, "0152 28817386")).unwrap();
    let retention = Retention { keep_for: Some(10 * DAY), ..Retention::default() };
    let gone = log.forget(&retention, noon() + 20 * DAY).unwrap();
    assert_eq!((gone.calls, gone.recordings), (1, 1));
    assert!(!file.exists());
    assert_eq!(log.page(&Query::default()).unwrap().calls.len(), 1);
    let statistics = log.statistics(&Span::default()).unwrap();
    assert_eq!(statistics.total.calls, 2);
    assert_eq!(statistics.callers.len(), 1, "the caller is forgotten");
    assert_eq!(log.forget(&retention, noon() + 20 * DAY).unwrap().calls, 0);
}

fn only_so_many_calls_are_kept(log: &mut CallLog) {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..10 {
        let mut one = call(i, "03023125555");
        let file = folder.path().join(format!("{i}.wav"));
        std::fs::write(&file, [0; 100]).unwrap();
        one.recording = Some(file);
        one.recording_bytes = 100;
        log.record(&one).unwrap();
    }
    let gone =
        log.forget(&Retention { keep_recordings: Some(450), ..Retention::default() }, noon() + DAY).unwrap();
    assert_eq!((gone.calls, gone.recordings), (0, 6));
    assert!(folder.path().join("6.wav").exists() && !folder.path().join("5.wav").exists());
    let gone = log.forget(&Retention { keep_calls: Some(3), ..Retention::default() }, noon() + DAY).unwrap();
    assert_eq!((gone.calls, gone.recordings), (7, 1));
    let left: Vec<i64> = log.page(&Query::default()).unwrap().calls.iter().map(|c| c.id).collect();
    assert_eq!(left, [10, 9, 8]);
    log.forget(&Retention { keep_calls: Some(0), ..Retention::default() }, noon() + DAY).unwrap();
    assert!(log.page(&Query::default()).unwrap().calls.is_empty());
}

fn anonymous_calls_tell_nobody(log: &mut CallLog) {
    let mut old = blocked(call(0, "03023125555"), "blacklist.csv:3");
    old.e164 = Some("+493023125555".into());
    old.name = Some("Anna".into());
    old.area = Some("Berlin".into());
    old.raw = b"NMBR=03023125555".to_vec();
    old.digits = "1234".into();
    let id = log.record(&old).unwrap();
    log.record(&call(1440 * 20, "03023125555")).unwrap();
    let retention = Retention { anonymise_after: Some(10 * DAY), ..Retention::default() };
    assert_eq!(log.forget(&retention, noon() + 20 * DAY).unwrap().anonymised, 1);
    assert_eq!(log.forget(&retention, noon() + 20 * DAY).unwrap().anonymised, 0, "only once");
    let now = log.call(id).unwrap().unwrap().call;
    let text = format!("{now:?} {:?} {:?}", now.number(), now.e164);
    assert!(!text.contains("5555") && !text.contains("Anna") && !text.contains("1234"), "{text}");
    assert_eq!((now.area.as_deref(), now.decision), (Some("Berlin"), Decision::Block));
    let mut csv = Vec::new();
    log.export_csv(&Query { until: Some(noon() + DAY), ..Query::default() }, &mut csv).unwrap();
    assert!(!String::from_utf8(csv).unwrap().contains("5555"));
}

fn calls_together_are_all_there_or_none(log: &mut CallLog) {
    let failed = log.together(|log| {
        log.put_call(&call(0, "03023125555"))?;
        Err::<(), _>(call_log::LogError::Unexpected { place: "here".into(), what: "a stop".into() })
    });
    assert!(failed.is_err());
    assert!(log.page(&Query::default()).unwrap().calls.is_empty());
    assert_eq!(log.uncounted().unwrap(), 0);
    log.record(&call(0, "03023125555")).unwrap();
    assert_eq!(log.page(&Query::default()).unwrap().calls.len(), 1);
}

fn exports_hold_every_call(log: &mut CallLog) {
    log.together(|log| (0..2500).try_for_each(|i| log.put_call(&call(i, "03023125555")).map(drop))).unwrap();
    let (mut csv, mut json) = (Vec::new(), Vec::new());
    assert_eq!(log.export_csv(&Query::default(), &mut csv).unwrap(), 2500);
    assert_eq!(log.export_json(&Query::default(), &mut json).unwrap(), 2500);
    assert_eq!(csv::Reader::from_reader(&csv[..]).records().filter(Result::is_ok).count(), 2500);
    let first: serde_json::Value =
        serde_json::from_slice(json.split(|b| *b == b'\n').next().unwrap()).unwrap();
    assert_eq!(first["number"], "03023125555");
    assert_eq!(first["mark"], "-");
    assert_eq!(first["local-time"], "2026-11-22 06:39:00");
}
