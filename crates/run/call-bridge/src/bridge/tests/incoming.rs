//! A caller rings: forwarded, rejected, held, joined, let go.

use super::*;

#[test]
fn a_call_is_announced_held_forwarded_joined_and_ended_by_the_caller() {
    let mut scene = Scene::new();
    let (caller, owner) = scene.together();
    scene.pass(Duration::from_secs(60));
    scene.end(&caller, LegEnd::HungUp);
    assert_eq!(scene.sent(), [GsmCommand::HangUp(owner.id)]);
    scene.end(&owner, LegEnd::ByUs);
    let ended = scene.ended();
    assert_eq!((ended.outcome, ended.joined_for), (Outcome::Talked, Some(Duration::from_secs(60))));
    assert!(scene.sms().is_empty(), "no SMS after people spoke");
    scene.idle();
}

#[test]
fn defect_11_whoever_ends_a_call_that_was_joined_no_sms_is_sent() {
    for first in 0..2 {
        let mut scene = Scene::new();
        let (caller, owner) = scene.together();
        let (ends, stays) = if first == 0 { (&caller, &owner) } else { (&owner, &caller) };
        scene.end(ends, LegEnd::HungUp);
        scene.end(stays, LegEnd::ByUs);
        assert!(scene.sms().is_empty());
    }
}

#[test]
fn when_the_owner_hangs_up_the_caller_is_let_go() {
    let mut scene = Scene::new();
    let (caller, owner) = scene.together();
    scene.end(&owner, LegEnd::HungUp);
    assert_eq!(scene.sent(), [GsmCommand::HangUp(caller.id)]);
    scene.end(&caller, LegEnd::ByUs);
    assert_eq!(scene.ended().outcome, Outcome::Talked);
    scene.idle();
}

#[test]
fn a_rejected_caller_is_rejected_and_written_to() {
    let mut scene = Scene::new();
    let caller = scene.rings();
    scene.decide(&caller, reject());
    assert_eq!(scene.sent(), [GsmCommand::Reject(caller.id)]);
    scene.end(&caller, LegEnd::ByUs);
    assert_eq!(scene.sms(), [AutoAnswer::NotAccepted]);
    scene.idle();
}

#[test]
fn a_spammer_gets_no_sms() {
    let mut scene = Scene::new();
    let caller = scene.rings();
    scene.decide(&caller, Plan::Reject { why: "spam".into(), after: Duration::ZERO, no_sms: true });
    scene.end(&caller, LegEnd::ByUs);
    assert!(scene.sms().is_empty());
}

#[test]
fn a_withheld_caller_gets_no_sms() {
    let mut scene = Scene::new();
    let mut caller = scene.leg(Direction::Incoming, "", None);
    caller.number = Some(Caller::Withheld);
    scene.report(&caller);
    scene.decide(&caller, reject());
    scene.end(&caller, LegEnd::ByUs);
    assert!(scene.sms().is_empty());
}

#[test]
fn no_sms_where_the_settings_name_none() {
    let mut scene = Scene::with(|s| (s.sms_not_accepted, s.sms_early_hang_up) = (None, None));
    let caller = scene.rings();
    scene.decide(&caller, reject());
    scene.end(&caller, LegEnd::ByUs);
    assert!(scene.sms().is_empty());
}

#[test]
fn a_reject_may_leave_the_owner_time_to_take_the_call() {
    let mut scene = Scene::new();
    let caller = scene.rings();
    let later = Plan::Reject { why: "unknown".into(), after: Duration::from_secs(20), no_sms: false };
    scene.decide(&caller, later.clone());
    assert!(scene.sent().is_empty());
    scene.decide(&caller, forward());
    assert_eq!(scene.sent(), [GsmCommand::Answer(caller.id)]);

    let mut scene = Scene::new();
    let caller = scene.rings();
    scene.decide(&caller, later);
    scene.pass(Duration::from_secs(20));
    assert_eq!(scene.sent(), [GsmCommand::Reject(caller.id)]);
}

#[test]
fn a_decision_that_never_comes_rings_the_telephone_that_always_may() {
    let mut scene = Scene::with(|s| s.when_undecided = Some(OWNER.into()));
    let caller = scene.rings();
    scene.pass(Duration::from_secs(3));
    assert_eq!(scene.sent(), [GsmCommand::Answer(caller.id)]);

    let mut scene = Scene::new();
    let caller = scene.rings();
    scene.pass(Duration::from_secs(3));
    assert!(scene.sent().is_empty(), "it rings on");
    scene.pass_until_due();
    assert_eq!(scene.sent(), [GsmCommand::Reject(caller.id)], "but not for ever");
}

#[test]
fn a_caller_who_hangs_up_while_it_rings_is_told_and_nothing_is_sent() {
    let mut scene = Scene::new();
    let caller = scene.rings();
    scene.end(&caller, LegEnd::Missed);
    assert_eq!(scene.ended().outcome, Outcome::CallerGaveUp);
    assert!(scene.sms().is_empty());
    assert!(scene.sent().is_empty());
    scene.idle();
}

#[test]
fn a_caller_who_hangs_up_on_hold_frees_the_owner_and_gets_an_sms() {
    let mut scene = Scene::new();
    let (caller, owner) = scene.fetching();
    scene.end(&caller, LegEnd::HungUp);
    assert_eq!(scene.sent(), [GsmCommand::HangUp(owner.id)]);
    assert_eq!(scene.sms(), [AutoAnswer::EarlyHangUp]);
    scene.end(&owner, LegEnd::ByUs);
    assert_eq!(scene.ended().outcome, Outcome::EarlyHangUp);
    scene.idle();
}

#[test]
fn a_caller_who_hangs_up_before_the_stick_shows_the_second_call_leaves_nothing_ringing() {
    let mut scene = Scene::new();
    let mut caller = scene.rings();
    scene.decide(&caller, forward());
    scene.become_(&mut caller, LegState::Active);
    let sent = scene.sent();
    let Some(GsmCommand::Dial { tag, .. }) = sent.last() else { panic!("{sent:?}") };
    scene.end(&caller, LegEnd::HungUp);
    assert_eq!(scene.sent(), [GsmCommand::HangUpAll]);
    let late = scene.leg(Direction::Outgoing, OWNER, Some(*tag));
    scene.report(&late);
    assert_eq!(scene.sent(), [GsmCommand::HangUp(late.id)], "a leg that comes late is ended");
    scene.pass_until_due();
    assert_eq!(scene.sent(), [GsmCommand::HangUp(late.id)], "and once more if it stays");
    scene.end(&late, LegEnd::ByUs);
    scene.idle();
}

#[test]
fn defect_12_a_busy_owner_does_not_drop_the_caller_while_another_telephone_is_left() {
    for reason in [LegEnd::Busy, LegEnd::Refused, LegEnd::NoAnswer, LegEnd::Network(Some(38))] {
        let mut scene = Scene::with(|s| s.backup = Some(BACKUP.into()));
        let (caller, owner) = scene.fetching();
        scene.end(&owner, reason.clone());
        let mut backup = scene.dialled(BACKUP);
        assert!(scene.told().iter().any(|e| matches!(e, BridgeEvent::TargetFailed { .. })));
        scene.become_(&mut backup, LegState::Active);
        assert_eq!(scene.sent(), [GsmCommand::Join], "{reason:?}");
        scene.end(&backup, LegEnd::HungUp);
        assert_eq!(scene.sent(), [GsmCommand::HangUp(caller.id)]);
    }
}

#[test]
fn defect_12_with_no_telephone_left_the_caller_is_let_go_and_written_to() {
    for (reason, outcome) in [
        (LegEnd::Busy, Outcome::OwnerBusy),
        (LegEnd::Refused, Outcome::OwnerBusy),
        (LegEnd::NoAnswer, Outcome::OwnerNoAnswer),
        (LegEnd::Network(None), Outcome::OwnerUnreachable),
    ] {
        let mut scene = Scene::new();
        let (caller, owner) = scene.fetching();
        scene.end(&owner, reason);
        assert_eq!(scene.sent(), [GsmCommand::HangUp(caller.id)]);
        assert_eq!(scene.sms(), [AutoAnswer::NotAccepted]);
        scene.end(&caller, LegEnd::ByUs);
        assert_eq!(scene.ended().outcome, outcome);
        scene.idle();
    }
}

#[test]
fn a_dial_that_comes_to_nothing_is_like_a_telephone_that_cannot_be_reached() {
    let mut scene = Scene::new();
    let mut caller = scene.rings();
    scene.decide(&caller, forward());
    scene.become_(&mut caller, LegState::Active);
    let sent = scene.sent();
    let Some(GsmCommand::Dial { tag, .. }) = sent.last() else { panic!("{sent:?}") };
    let failed = GsmEvent::DialFailed { tag: *tag, reason: LegEnd::Network(None) };
    scene.bridge.handle_event(scene.now, &failed);
    assert!(scene.sent().contains(&GsmCommand::HangUp(caller.id)));
    scene.end(&caller, LegEnd::ByUs);
    assert_eq!(scene.ended().outcome, Outcome::OwnerUnreachable);
}

#[test]
fn the_caller_is_never_on_hold_without_a_limit() {
    let mut scene = Scene::with(|s| s.backup = Some(BACKUP.into()));
    let (caller, owner) = scene.fetching();
    scene.pass(Duration::from_secs(30));
    let sent = scene.sent();
    assert_eq!(sent[0], GsmCommand::HangUp(owner.id));
    assert!(matches!(&sent[1], GsmCommand::Dial { number, .. } if &**number == BACKUP));
    scene.end(&owner, LegEnd::ByUs);
    scene.pass(Duration::from_secs(30));
    assert!(scene.sent().contains(&GsmCommand::HangUp(caller.id)));
}

#[test]
fn a_join_that_the_network_refuses_is_tried_twice_and_then_both_are_let_go() {
    let mut scene = Scene::new();
    let (caller, mut owner) = scene.fetching();
    scene.become_(&mut owner, LegState::Active);
    assert_eq!(scene.sent(), [GsmCommand::Join]);
    let refused = GsmEvent::Refused { command: Box::new(GsmCommand::Join), reason: "not allowed".into() };
    scene.bridge.handle_event(scene.now, &refused);
    assert_eq!(scene.sent(), [GsmCommand::Join]);
    scene.bridge.handle_event(scene.now, &refused);
    assert_eq!(scene.sent(), [GsmCommand::HangUp(caller.id), GsmCommand::HangUp(owner.id)]);
    assert_eq!(scene.sms(), [AutoAnswer::NotAccepted]);
    scene.end(&caller, LegEnd::ByUs);
    scene.end(&owner, LegEnd::ByUs);
    let ended = scene.ended();
    assert!(matches!(&ended.outcome, Outcome::Failed(why) if why.contains("conferences")), "{ended:?}");
}

#[test]
fn a_join_without_an_answer_is_tried_again_and_then_given_up() {
    let mut scene = Scene::new();
    let (_, mut owner) = scene.fetching();
    scene.become_(&mut owner, LegState::Active);
    scene.sent();
    scene.pass_until_due();
    assert_eq!(scene.sent(), [GsmCommand::Join]);
    scene.pass_until_due();
    assert_eq!(scene.sent().len(), 2, "both are hung up");
}

#[test]
fn one_who_goes_while_they_are_being_joined_takes_the_other_along() {
    for (first, outcome, sms) in [
        (true, Outcome::EarlyHangUp, AutoAnswer::EarlyHangUp),
        (false, Outcome::OwnerGone, AutoAnswer::NotAccepted),
    ] {
        let mut scene = Scene::new();
        let (caller, mut owner) = scene.fetching();
        scene.become_(&mut owner, LegState::Active);
        let (gone, left) = if first { (&caller, &owner) } else { (&owner, &caller) };
        scene.sent();
        scene.end(gone, LegEnd::HungUp);
        assert_eq!(scene.sent(), [GsmCommand::HangUp(left.id)]);
        assert_eq!(scene.sms(), [sms]);
        scene.end(left, LegEnd::ByUs);
        assert_eq!(scene.ended().outcome, outcome);
        scene.idle();
    }
}

#[test]
fn a_stick_that_cannot_answer_is_told() {
    let mut scene = Scene::new();
    let caller = scene.rings();
    scene.decide(&caller, forward());
    let command = Box::new(GsmCommand::Answer(caller.id));
    scene.bridge.handle_event(scene.now, &GsmEvent::Refused { command, reason: "no voice".into() });
    scene.end(&caller, LegEnd::Missed);
    assert!(matches!(scene.ended().outcome, Outcome::Failed(why) if why.contains("no voice")));
    scene.idle();
}

#[test]
fn a_stick_that_answers_never_is_given_up() {
    let mut scene = Scene::new();
    let caller = scene.rings();
    scene.decide(&caller, forward());
    scene.sent();
    scene.pass_until_due();
    assert_eq!(scene.sent(), [GsmCommand::HangUp(caller.id)]);
}

#[test]
fn the_owner_may_send_away_a_caller_who_is_on_hold_already() {
    let mut scene = Scene::new();
    let (caller, owner) = scene.fetching();
    scene.decide(&caller, reject());
    assert_eq!(scene.sent(), [GsmCommand::HangUp(caller.id), GsmCommand::HangUp(owner.id)]);
}

#[test]
fn a_button_pressed_too_late_says_so() {
    let mut scene = Scene::new();
    let caller = scene.rings();
    scene.end(&caller, LegEnd::Missed);
    scene.told();
    scene.decide(&caller, forward());
    assert!(matches!(&scene.told()[..], [BridgeEvent::Refused { .. }]));
    assert!(scene.sent().is_empty());
}

#[test]
fn the_same_telephone_is_not_tried_twice() {
    let mut scene = Scene::with(|s| s.backup = Some(OWNER.into()));
    let (caller, owner) = scene.fetching();
    scene.end(&owner, LegEnd::Busy);
    assert_eq!(scene.sent(), [GsmCommand::HangUp(caller.id)]);
}
