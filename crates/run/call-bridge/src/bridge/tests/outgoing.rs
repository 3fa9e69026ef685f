//! Calls by command.

use super::*;

// --- outgoing

#[test]
fn the_owner_calls_somebody() {
    let mut scene = Scene::new();
    let mut owner = calling(&mut scene);
    scene.become_(&mut owner, LegState::Alerting);
    assert!(scene.sent().is_empty());
    scene.become_(&mut owner, LegState::Active);
    let mut other = scene.dialled(OTHER);
    scene.become_(&mut owner, LegState::Held);
    scene.become_(&mut other, LegState::Active);
    assert_eq!(scene.sent(), [GsmCommand::Join]);
    scene.become_(&mut owner, LegState::Active);
    assert!(scene.told().iter().any(|e| matches!(e, BridgeEvent::Joined { .. })));
    scene.end(&other, LegEnd::HungUp);
    assert_eq!(scene.sent(), [GsmCommand::HangUp(owner.id)]);
    scene.end(&owner, LegEnd::ByUs);
    assert_eq!(scene.ended().outcome, Outcome::Talked);
    scene.idle();
}

#[test]
fn defect_18_every_end_of_an_outgoing_call_is_told() {
    for (reason, outcome) in [
        (LegEnd::Busy, Outcome::OwnerBusy),
        (LegEnd::NoAnswer, Outcome::OwnerNoAnswer),
        (LegEnd::Network(Some(1)), Outcome::OwnerUnreachable),
    ] {
        let mut scene = Scene::new();
        let owner = calling(&mut scene);
        scene.end(&owner, reason);
        assert_eq!(scene.ended().outcome, outcome);
        assert!(scene.sms().is_empty());
        scene.idle();
    }
    for (reason, outcome) in [
        (LegEnd::Busy, Outcome::OtherBusy),
        (LegEnd::Refused, Outcome::OtherRefused),
        (LegEnd::NoAnswer, Outcome::OtherNoAnswer),
        (LegEnd::Network(Some(1)), Outcome::OtherUnreachable),
    ] {
        let mut scene = Scene::new();
        let mut owner = calling(&mut scene);
        scene.become_(&mut owner, LegState::Active);
        let other = scene.dialled(OTHER);
        scene.end(&other, reason);
        assert_eq!(scene.sent(), [GsmCommand::HangUp(owner.id)]);
        scene.end(&owner, LegEnd::ByUs);
        assert_eq!(scene.ended().outcome, outcome);
        scene.idle();
    }
}

#[test]
fn an_owner_who_does_not_answer_or_hangs_up_ends_the_call() {
    let mut scene = Scene::new();
    let owner = calling(&mut scene);
    scene.pass(Duration::from_secs(30));
    assert_eq!(scene.sent(), [GsmCommand::HangUp(owner.id)]);

    let mut scene = Scene::new();
    let mut owner = calling(&mut scene);
    scene.become_(&mut owner, LegState::Active);
    let other = scene.dialled(OTHER);
    scene.end(&owner, LegEnd::HungUp);
    assert_eq!(scene.sent(), [GsmCommand::HangUp(other.id)]);
    scene.end(&other, LegEnd::ByUs);
    assert_eq!(scene.ended().outcome, Outcome::OwnerGone);

    let mut scene = Scene::new();
    let mut owner = calling(&mut scene);
    scene.become_(&mut owner, LegState::Active);
    scene.dialled(OTHER);
    scene.pass(Duration::from_secs(60));
    assert_eq!(scene.sent().len(), 2, "both are hung up");
}

#[test]
fn a_second_call_by_command_is_refused_while_one_is_on() {
    let mut scene = Scene::new();
    scene.rings();
    scene.told();
    let command = BridgeCommand::Call { to: OTHER.into(), from: OWNER.into() };
    scene.bridge.command(scene.now, command);
    assert!(matches!(&scene.told()[..], [BridgeEvent::Refused { why }] if why.contains("/close")));
    assert!(scene.sent().is_empty());
}

#[test]
fn a_call_right_after_one_whose_telephone_still_rings_is_placed() {
    let mut scene = Scene::new();
    let mut caller = scene.rings();
    scene.decide(&caller, forward());
    scene.become_(&mut caller, LegState::Active);
    let sent = scene.sent();
    let Some(GsmCommand::Dial { tag, .. }) = sent.last() else { panic!("{sent:?}") };
    scene.end(&caller, LegEnd::HungUp);
    assert_eq!(scene.ended().outcome, Outcome::EarlyHangUp);
    assert_eq!(scene.sent(), [GsmCommand::HangUpAll]);

    // The owner's telephone shows only now, and is let go.
    let late = scene.leg(Direction::Outgoing, OWNER, Some(*tag));
    scene.report(&late);
    assert_eq!(scene.sent(), [GsmCommand::HangUp(late.id)]);
    let owner = calling(&mut scene);
    scene.end(&late, LegEnd::ByUs);
    assert_ne!(owner.tag, late.tag);
    let refused =
        scene.told().into_iter().find(|e| matches!(e, BridgeEvent::Refused { .. } | BridgeEvent::Ended(_)));
    assert_eq!(refused, None);
}
