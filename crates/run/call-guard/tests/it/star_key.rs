//! jcblock's star key.

use std::time::Duration;

use call_event::{Action, EndReason, LineCommand, LineEvent};
use call_guard::{ActionSettings, CallMark, StarKeySettings};

use crate::line::Line;

fn line(star_key: StarKeySettings) -> Line {
    Line::new(
        Action::Ring { rings: None },
        ActionSettings { star_key: Some(star_key), ..ActionSettings::default() },
    )
}

fn listen(line: &Line) -> usize {
    line.commands.iter().filter(|c| matches!(c, LineCommand::ListenIn { .. })).count()
}

#[test]
fn seven_seconds_without_a_ring_open_the_ear() {
    let mut line = line(StarKeySettings::default());
    line.call_comes();
    line.seconds(5);
    line.ring(2);
    line.seconds(6);
    assert_eq!(listen(&line), 0);
    line.seconds(1);
    assert_eq!(line.commands, [LineCommand::ListenIn { clicks: (3, 2), at_most: Duration::from_secs(10) }]);
    line.seconds(2);
    line.press('*');
    line.seconds(20);
    assert_eq!(line.learned.len(), 1);
    assert!(!line.learned[0].allow);
    let call = line.one_call();
    assert_eq!(call.mark(), CallMark::StarKey);
    assert_eq!(call.facts.rings, 2);
}

#[test]
fn the_line_may_notice_the_end_of_the_ringing_first() {
    let mut line = line(StarKeySettings::default());
    line.call_comes();
    line.seconds(3);
    line.event_now(|call| LineEvent::Ended {
        call,
        reason: EndReason::AnsweredElsewhere,
        answered_for: Duration::ZERO,
    });
    assert_eq!(listen(&line), 1);
    line.seconds(30);
    let call = line.one_call();
    assert_eq!(call.ended, EndReason::AnsweredElsewhere);
    assert_eq!(call.mark(), CallMark::Passed);
}

#[test]
fn other_keys_do_nothing() {
    let mut line = line(StarKeySettings::default());
    line.call_comes();
    line.seconds(8);
    line.press('5');
    line.press('#');
    line.seconds(20);
    assert!(line.learned.is_empty());
    line.one_call();
}

#[test]
fn with_an_answering_machine_only_some_rings_count() {
    for (rings, wanted) in [(1, 0), (2, 1), (3, 1), (4, 0)] {
        let mut line = line(StarKeySettings { rings: (2, 3), ..StarKeySettings::default() });
        line.call_comes();
        for count in 2..=rings {
            line.seconds(5);
            line.ring(count);
        }
        line.seconds(10);
        assert_eq!(listen(&line), wanted, "{rings} rings");
    }
}

#[test]
fn a_press_without_a_number_enters_nothing() {
    let mut line = line(StarKeySettings::default());
    let mut call = line.incoming();
    call.caller = Some(phone_number::Caller::Withheld);
    line.ring(1);
    line.event(LineEvent::Call(call));
    line.seconds(8);
    line.press('*');
    line.seconds(20);
    assert!(line.learned.is_empty(), "no entry may block every caller without a number");
    line.one_call();
}

#[test]
fn a_lost_device_ends_the_listening() {
    let mut line = line(StarKeySettings::default());
    line.call_comes();
    line.seconds(8);
    line.event(LineEvent::Down { reason: "unplugged".into(), retry_in: Duration::from_secs(1) });
    line.one_call();
}
