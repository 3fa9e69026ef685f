//! A second caller.

use super::*;

// --- call waiting

#[test]
fn defect_14_a_second_caller_is_announced_and_the_conversation_goes_on() {
    let mut scene = Scene::new();
    let (caller, owner) = scene.together();
    let mut second = scene.leg(Direction::Incoming, OTHER, None);
    second.state = LegState::Waiting;
    scene.report(&second);
    assert!(matches!(&scene.told()[..], [BridgeEvent::Incoming { waiting: true, .. }]));
    scene.decide(&second, forward());
    assert!(scene.sent().is_empty(), "nobody is cut off for a second caller");
    // The first conversation ends: the second caller is a caller like any other now.
    scene.end(&caller, LegEnd::HungUp);
    scene.end(&owner, LegEnd::ByUs);
    assert!(
        scene
            .told()
            .iter()
            .any(|e| matches!(e, BridgeEvent::Incoming { waiting: false, leg, .. } if *leg == second.id))
    );
    scene.sent();
    scene.decide(&second, forward());
    assert_eq!(scene.sent(), [GsmCommand::Answer(second.id)]);
}

#[test]
fn a_waiting_caller_can_be_sent_away_and_does_not_wait_for_ever() {
    let mut scene = Scene::new();
    scene.together();
    let mut second = scene.leg(Direction::Incoming, OTHER, None);
    second.state = LegState::Waiting;
    scene.report(&second);
    scene.decide(&second, reject());
    assert_eq!(scene.sent(), [GsmCommand::Reject(second.id)]);
    scene.end(&second, LegEnd::ByUs);
    let mut third = scene.leg(Direction::Incoming, OTHER, None);
    third.state = LegState::Waiting;
    scene.report(&third);
    scene.pass(Duration::from_secs(90));
    assert_eq!(scene.sent(), [GsmCommand::Reject(third.id)]);
}

#[test]
fn a_waiting_caller_whom_the_stick_connects_by_itself_is_fetched_for_and_not_left_alone() {
    let mut scene = Scene::new();
    let (caller, owner) = scene.together();
    let mut second = scene.leg(Direction::Incoming, OTHER, None);
    second.state = LegState::Waiting;
    scene.report(&second);
    scene.end(&caller, LegEnd::HungUp);
    scene.become_(&mut second, LegState::Active);
    scene.end(&owner, LegEnd::ByUs);
    scene.sent();
    scene.decide(&second, forward());
    let owner = scene.dialled(OWNER);
    scene.end(&second, LegEnd::HungUp);
    assert_eq!(scene.sent(), [GsmCommand::HangUp(owner.id)]);
}
