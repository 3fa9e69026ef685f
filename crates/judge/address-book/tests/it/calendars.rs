//! Who takes the call now: repetition, exceptions, zones, summer time.

use std::sync::Arc;

use address_book::calendar::{Calendar, NamedBy};
use address_book::{AddressBook, Contact, vcard};
use chrono::{DateTime, Utc};

fn calendar(events: &str) -> Calendar {
    let (calendar, problems) = read(events);
    assert!(problems.is_empty(), "{problems:?}");
    calendar
}

fn read(events: &str) -> (Calendar, Vec<String>) {
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.replace('\n', "\r\n"));
    let (calendar, problems) = Calendar::read(text.as_bytes(), chrono_tz::Europe::Rome);
    (calendar, problems.iter().map(ToString::to_string).collect())
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:1@test\nSUMMARY:Family\nLOCATION:+39 0577 123456\n{lines}\nEND:VEVENT\n")
}

fn at(time: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(time).unwrap().with_timezone(&Utc)
}

fn on(calendar: &Calendar, time: &str) -> bool {
    calendar.at(at(time)).next().is_some()
}

fn check(calendar: &Calendar, times: &[(&str, bool)]) {
    for (time, expected) in times {
        assert_eq!(on(calendar, time), *expected, "{time}");
    }
}

fn contact(name: &str, group: &str) -> Contact {
    let mut book = AddressBook::new(Arc::new(|n| n.as_str().into()));
    let card = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nTEL:1\r\nEND:VCARD\r\n");
    book.add_group(group, vcard::read(card.as_bytes()).0);
    book.contacts()[0].clone()
}

#[test]
fn begun_and_not_yet_over() {
    let calendar = calendar(&event("DTSTART:20260316T080000Z\nDTEND:20260316T090000Z"));
    check(
        &calendar,
        &[
            ("2026-03-16T07:59:59Z", false),
            ("2026-03-16T08:00:00Z", true),
            ("2026-03-16T08:59:59Z", true),
            ("2026-03-16T09:00:00Z", false),
        ],
    );
}

#[test]
fn weekly_with_exception_and_override_across_summer_time() {
    let weekly = event(
        "DTSTART;TZID=Europe/Rome:20260316T090000\nDTEND;TZID=Europe/Rome:20260316T100000\nRRULE:FREQ=WEEKLY;COUNT=5\nEXDATE;TZID=Europe/Rome:20260330T090000",
    );
    let moved = event(
        "RECURRENCE-ID;TZID=Europe/Rome:20260406T090000\nDTSTART;TZID=Europe/Rome:20260406T100000\nDTEND;TZID=Europe/Rome:20260406T110000",
    );
    let calendar = calendar(&(weekly + &moved));
    check(
        &calendar,
        &[
            ("2026-03-16T08:30:00Z", true),
            ("2026-03-23T08:30:00Z", true),
            ("2026-03-30T07:30:00Z", false),
            ("2026-04-06T07:30:00Z", false),
            ("2026-04-06T08:30:00Z", true),
            ("2026-04-13T07:30:00Z", true),
            ("2026-04-13T08:30:00Z", false),
            ("2026-04-20T07:30:00Z", false),
        ],
    );
}

#[test]
fn an_end_in_utc_keeps_the_last_repetition() {
    let calendar = calendar(&event(
        "DTSTART;TZID=Europe/Rome:20260316T090000\nDTEND;TZID=Europe/Rome:20260316T100000\nRRULE:FREQ=WEEKLY;UNTIL=20260330T070000Z",
    ));
    check(&calendar, &[("2026-03-30T07:30:00Z", true), ("2026-04-06T07:30:00Z", false)]);
}

#[test]
fn an_end_in_utc_on_the_evening_before_stops_in_time() {
    let calendar = calendar(&event(
        "DTSTART;TZID=America/New_York:20260301T020000\nDURATION:PT30M\nRRULE:FREQ=DAILY;UNTIL=20260304T045959Z",
    ));
    check(
        &calendar,
        &[
            ("2026-03-01T07:10:00Z", true),
            ("2026-03-02T07:10:00Z", true),
            ("2026-03-03T07:10:00Z", true),
            ("2026-03-04T07:10:00Z", false),
        ],
    );
}

#[test]
fn an_end_as_wall_time_or_as_a_day() {
    for until in ["20260318T090000", "20260318"] {
        let calendar = calendar(&event(&format!(
            "DTSTART;TZID=Europe/Rome:20260316T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL={until}"
        )));
        check(&calendar, &[("2026-03-18T08:30:00Z", true), ("2026-03-19T08:30:00Z", false)]);
    }
}

#[test]
fn the_hour_that_the_clock_skips_and_the_one_that_comes_twice() {
    let calendar =
        calendar(&event("DTSTART;TZID=Europe/Rome:20260328T023000\nDURATION:PT20M\nRRULE:FREQ=DAILY"));
    check(
        &calendar,
        &[
            ("2026-03-28T01:40:00Z", true),
            ("2026-03-29T01:40:00Z", true), // 02:30 is 03:30 summer time
            ("2026-03-30T00:40:00Z", true),
            ("2026-10-25T00:40:00Z", true), // the first 02:30
            ("2026-10-25T01:40:00Z", false),
        ],
    );
}

#[test]
fn further_dates_and_their_exceptions() {
    let calendar = calendar(&event(
        "DTSTART;TZID=Europe/Rome:20260316T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2\nRDATE;TZID=Europe/Rome:20260401T090000,20260402T090000\nEXDATE;TZID=Europe/Rome:20260401T090000\nEXDATE;VALUE=DATE:20260323",
    ));
    check(
        &calendar,
        &[
            ("2026-03-16T08:30:00Z", true),
            ("2026-03-23T08:30:00Z", false),
            ("2026-04-01T07:30:00Z", false),
            ("2026-04-02T07:30:00Z", true),
        ],
    );
}

#[test]
fn whole_days_are_days_at_home() {
    let calendar = calendar(&event("DTSTART;VALUE=DATE:20260704\nDTEND;VALUE=DATE:20260706"));
    check(
        &calendar,
        &[
            ("2026-07-03T21:59:00Z", false),
            ("2026-07-03T22:01:00Z", true),
            ("2026-07-05T21:59:00Z", true),
            ("2026-07-05T22:01:00Z", false),
        ],
    );
    assert!(on(&self::calendar(&event("DTSTART;VALUE=DATE:20260704")), "2026-07-04T12:00:00Z"));
}

#[test]
fn windows_names_of_zones_and_times_without_one() {
    for start in ["DTSTART;TZID=W. Europe Standard Time:20260704T090000", "DTSTART:20260704T090000"] {
        let calendar = calendar(&event(&format!("{start}\nDURATION:PT1H")));
        check(&calendar, &[("2026-07-04T07:30:00Z", true), ("2026-07-04T09:30:00Z", false)]);
    }
}

#[test]
fn a_rule_that_began_years_ago() {
    let calendar = calendar(&event(
        "DTSTART;TZID=Europe/Rome:20150101T080000\nDURATION:PT10H\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    ));
    check(&calendar, &[("2026-11-20T12:00:00Z", true), ("2026-11-21T12:00:00Z", false)]);
}

#[test]
fn a_cancelled_event_and_a_cancelled_repetition() {
    let cancelled = calendar(&event("STATUS:CANCELLED\nDTSTART:20260316T080000Z\nDURATION:PT1H"));
    assert!(!on(&cancelled, "2026-03-16T08:30:00Z"));
    let weekly = event("DTSTART:20260316T080000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY")
        + &event("STATUS:CANCELLED\nRECURRENCE-ID:20260323T080000Z\nDTSTART:20260323T080000Z\nDURATION:PT1H");
    let weekly = calendar(&weekly);
    check(
        &weekly,
        &[("2026-03-16T08:30:00Z", true), ("2026-03-23T08:30:00Z", false), ("2026-03-30T08:30:00Z", true)],
    );
}

#[test]
fn defect_16_an_event_that_cannot_be_read_switches_off_itself_alone_and_is_named() {
    for (bad, why) in [
        ("DTSTART;TZID=Nowhere/Land:20260316T080000\nDURATION:PT1H", "Nowhere/Land"),
        ("DURATION:PT1H", "no start"),
        ("DTSTART:20260316T080000Z\nDTEND:20260315T080000Z", "ends before"),
        ("DTSTART:20260316T080000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=XX", "rule"),
        ("DTSTART:20260316T080000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;BYMONTHDAY=99", "rule"),
        ("DTSTART:20261316T080000Z\nDURATION:PT1H", "times"),
        (
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260323T080000Z\nDTSTART:20260316T080000Z\nDURATION:PT1H",
            "following",
        ),
    ] {
        let good = event("DTSTART:20260316T080000Z\nDURATION:PT1H");
        let (calendar, problems) =
            read(&(event(bad).replace("1@test", "2@test").replace("Family", "Broken") + &good));
        assert!(
            problems.len() == 1 && problems[0].contains("\"Broken\"") && problems[0].contains(why),
            "{bad}: {problems:?}"
        );
        assert!(on(&calendar, "2026-03-16T08:30:00Z"), "{bad}");
    }
}

#[test]
fn an_event_without_title_or_location_harms_nobody() {
    let (calendar, problems) =
        read("BEGIN:VEVENT\nUID:3\nDTSTART:20260316T080000Z\nDURATION:PT1H\nEND:VEVENT\n");
    assert!(problems.is_empty(), "{problems:?}");
    assert!(calendar.forward(at("2026-03-16T08:30:00Z"), &contact("x", "")).is_none());
}

#[test]
fn what_is_no_calendar_says_so() {
    let (calendar, problems) = Calendar::read(b"<html>Sign in</html>", chrono_tz::UTC);
    assert!(calendar.is_empty());
    assert!(problems[0].to_string().contains("no iCalendar"), "{problems:?}");
}

#[test]
fn defect_15_the_contact_goes_before_the_group_and_names_may_be_joined() {
    let span = "DTSTART:20260316T080000Z\nDURATION:PT1H";
    let group = event(span);
    let person = event(span)
        .replace("SUMMARY:Family", "SUMMARY:Otto, ERIKA  muster")
        .replace("0577 123456", "0577 654321");
    let calendar = calendar(&(group + &person));
    let now = at("2026-03-16T08:30:00Z");
    let forward = calendar.forward(now, &contact("Erika Muster", "Family")).unwrap();
    assert_eq!((forward.to.as_str(), forward.by), ("+390577654321", NamedBy::Contact));
    let forward = calendar.forward(now, &contact("Ben", "FAMILY")).unwrap();
    assert_eq!((forward.to.as_str(), forward.by), ("+390577123456", NamedBy::Group));
    assert!(calendar.forward(now, &contact("Ben", "Work")).is_none());
}

#[test]
fn a_name_that_itself_holds_a_joining_word_is_still_found() {
    let calendar = calendar(
        &event("DTSTART:20260316T080000Z\nDURATION:PT1H").replace("SUMMARY:Family", "SUMMARY:Smith and Sons"),
    );
    assert!(calendar.forward(at("2026-03-16T08:30:00Z"), &contact("Smith and Sons", "x")).is_some());
    assert!(calendar.forward(at("2026-03-16T08:30:00Z"), &contact("Sons", "x")).is_some());
}

#[test]
fn a_location_that_is_no_number_forwards_nowhere_and_is_told() {
    let calendar =
        calendar(&event("DTSTART:20260316T080000Z\nDURATION:PT1H").replace("+39 0577 123456", "Office"));
    let now = at("2026-03-16T08:30:00Z");
    assert!(calendar.forward(now, &contact("Ben", "Family")).is_none());
    assert!(calendar.without_number(now, &contact("Ben", "Family"))[0].to_string().contains("Office"));
}

#[test]
fn a_rule_made_to_be_slow_ends() {
    let (calendar, problems) =
        read(&event("DTSTART:19700101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"));
    assert!(problems[0].contains("more often than every hour"), "{problems:?}");
    assert!(!on(&calendar, "2026-03-16T08:30:00Z"));
    let (calendar, _) =
        read(&event("DTSTART:19700101T000000Z\nDURATION:PT1S\nRRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"));
    assert!(!on(&calendar, "2026-03-16T08:30:00Z"));
}

#[test]
fn every_prefix_and_any_bytes() {
    let text = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", event("DTSTART;TZID=Europe/Rome:20260316T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=5\nEXDATE;TZID=Europe/Rome:20260330T090000").replace('\n', "\r\n"));
    for end in 0..text.len() {
        let (calendar, _) = Calendar::read(&text.as_bytes()[..end], chrono_tz::UTC);
        let _ = on(&calendar, "2026-03-16T08:30:00Z");
    }
    bolero::check!().with_iterations(2000).for_each(|bytes: &[u8]| {
        let mut whole = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260316T080000Z\r\n".to_vec();
        whole.extend_from_slice(bytes);
        whole.extend_from_slice(b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
        for input in [bytes, &whole] {
            let (calendar, _) = Calendar::read(input, chrono_tz::UTC);
            let _ = calendar.at(at("2026-03-16T08:30:00Z")).count();
        }
    });
}
