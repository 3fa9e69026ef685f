//! Calls followed through lines: one call is one record.

use call_monitor::{Call, CallTracker, Change, Direction, End, Extension, Line, parse};

fn follow(lines: &[&str]) -> Vec<Change> {
    let mut tracker = CallTracker::new();
    let entries = lines.iter().map(|line| match parse(line.as_bytes()) {
        Line::Entry(entry) => entry,
        Line::Unknown(text) => panic!("{text:?}"),
    });
    entries.flat_map(|entry| tracker.handle(&entry)).collect()
}

fn ended(changes: &[Change]) -> Vec<&Call> {
    changes.iter().filter_map(|c| if let Change::Ended(call) = c { Some(call) } else { None }).collect()
}

#[test]
fn a_call_from_ring_to_end() {
    let changes = follow(&[
        "17.06.20 10:28:29;RING;0;03023125952;69001;SIP0;",
        "17.06.20 10:28:43;CONNECT;0;11;03023125952;",
        "17.06.20 10:30:31;DISCONNECT;0;109;",
    ]);
    let [call] = ended(&changes)[..] else { panic!("{changes:?}") };
    assert_eq!((call.direction, call.seconds, call.end), (Direction::Incoming, 109, Some(End::Disconnected)));
    assert_eq!(call.answered_by.unwrap().to_string(), "DECT 2");
    assert_eq!(call.line.as_deref(), Some("SIP0"));
}

#[test]
fn a_call_within_the_house_is_one_call() {
    let changes = follow(&[
        "16.06.20 17:55:05;CALL;1;13;732001;69002;SIP0;",
        "16.06.20 17:55:06;RING;2;07191732001;69002;SIP0;",
        "16.06.20 17:55:09;CONNECT;2;10;07191732001;",
        "16.06.20 17:55:09;CONNECT;1;13;69002;",
        "16.06.20 17:55:15;DISCONNECT;2;6;",
        "16.06.20 17:55:16;DISCONNECT;1;6;",
    ]);
    let [call] = ended(&changes)[..] else { panic!("{changes:?}") };
    assert_eq!((call.direction, call.seconds), (Direction::InHouse, 6));
    assert_eq!((call.placed_from, call.answered_by), (Some(Extension(13)), Some(Extension(10))));
    assert!(!changes.iter().any(|c| matches!(c, Change::Stray(_))), "{changes:?}");
}

/// As it was published, with its CALL line missing.
#[test]
fn a_call_within_the_house_whose_begin_was_missed_is_one_call_too() {
    let changes = follow(&[
        "16.06.20 17:55:06;RING;2;07191732001;69002;SIP0;",
        "16.06.20 17:55:09;CONNECT;2;10;07191732001;",
        "16.06.20 17:55:09;CONNECT;1;13;69002;",
        "16.06.20 17:55:15;DISCONNECT;2;6;",
        "16.06.20 17:55:16;DISCONNECT;1;6;",
    ]);
    let [call] = ended(&changes)[..] else { panic!("{changes:?}") };
    assert_eq!((call.direction, call.placed_from), (Direction::InHouse, Some(Extension(13))));
    assert!(!changes.iter().any(|c| matches!(c, Change::Stray(_))), "{changes:?}");
}

#[test]
fn an_id_that_is_used_again_ends_the_call_before() {
    let changes = follow(&[
        "16.06.20 17:55:06;RING;0;03023125001;69002;SIP0;",
        "16.06.20 18:55:06;RING;0;03023125002;69002;SIP0;",
        "16.06.20 18:55:16;DISCONNECT;0;0;",
        "16.06.20 18:55:17;DISCONNECT;5;7;",
    ]);
    let ends: Vec<_> =
        ended(&changes).iter().map(|c| (c.caller.as_deref().unwrap(), c.end.unwrap())).collect();
    assert_eq!(ends, [("03023125001", End::Missed), ("03023125002", End::Disconnected)]);
    assert_eq!(changes.last(), Some(&Change::Stray(5)));
}

#[test]
fn two_calls_at_once_are_two_calls() {
    let changes = follow(&[
        "16.06.20 17:55:06;RING;0;;69001;SIP0;",
        "16.06.20 17:55:07;CALL;1;13;69002;03023125002#;SIP1;",
        "16.06.20 17:55:08;CONNECT;1;13;03023125002#;",
        "16.06.20 17:55:09;DISCONNECT;0;0;",
        "16.06.20 17:55:19;DISCONNECT;1;11;",
    ]);
    let calls = ended(&changes);
    assert_eq!((calls[0].caller.as_deref(), calls[0].direction), (None, Direction::Incoming));
    assert_eq!((calls[1].called.as_deref(), calls[1].seconds), (Some("03023125002"), 11));
}

#[test]
fn more_calls_than_a_box_has_are_not_followed_for_ever() {
    let mut tracker = CallTracker::new();
    for id in 0..1000u16 {
        let line = format!("16.06.20 17:55:06;RING;{id};03023125001;69002;SIP0;");
        let Line::Entry(entry) = parse(line.as_bytes()) else { panic!() };
        tracker.handle(&entry);
        assert!(tracker.open().count() <= CallTracker::MAX_OPEN);
    }
}
