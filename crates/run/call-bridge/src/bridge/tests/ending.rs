//! The end of calls, whatever brings it about.

use super::*;

// --- closing, faults

#[test]
fn defect_13_each_leg_is_ended_once_and_the_record_is_written_once() {
    let mut scene = Scene::new();
    let (caller, owner) = scene.together();
    scene.end(&caller, LegEnd::HungUp);
    scene.end(&owner, LegEnd::HungUp);
    assert_eq!(scene.sent(), [GsmCommand::HangUp(owner.id)]);
    scene.ended();
    scene.end(&owner, LegEnd::HungUp);
    assert!(scene.told().is_empty() && scene.sent().is_empty());
}

#[test]
fn close_ends_everything_also_who_waits() {
    let mut scene = Scene::new();
    let (caller, owner) = scene.together();
    let mut second = scene.leg(Direction::Incoming, OTHER, None);
    second.state = LegState::Waiting;
    scene.report(&second);
    scene.bridge.command(scene.now, BridgeCommand::Close);
    assert_eq!(
        scene.sent(),
        [GsmCommand::Reject(second.id), GsmCommand::HangUp(caller.id), GsmCommand::HangUp(owner.id)]
    );
    for leg in [&second, &caller, &owner] {
        scene.end(leg, LegEnd::ByUs);
    }
    assert_eq!(scene.ended().outcome, Outcome::Closed);
    scene.idle();
    scene.bridge.command(scene.now, BridgeCommand::Close);
    assert_eq!(
        scene.sent(),
        [GsmCommand::HangUpAll],
        "also when the stick has calls that we know nothing of"
    );
}

#[test]
fn a_stick_that_does_not_hang_up_is_asked_twice_and_then_reported() {
    let mut scene = Scene::new();
    scene.together();
    scene.bridge.command(scene.now, BridgeCommand::Close);
    scene.sent();
    scene.pass_until_due();
    assert_eq!(scene.sent(), [GsmCommand::HangUpAll]);
    scene.pass_until_due();
    assert!(scene.told().iter().any(|e| matches!(e, BridgeEvent::Trouble { .. })));
    assert_eq!(scene.drain(), None);
}

#[test]
fn a_stick_that_dies_between_any_two_steps_leaves_nothing_behind() {
    for step in 0..6 {
        let mut scene = Scene::new();
        match step {
            0 => drop(scene.rings()),
            1 => {
                let caller = scene.rings();
                scene.decide(&caller, forward());
            }
            2 => drop(scene.fetching()),
            3 => {
                let (_, mut owner) = scene.fetching();
                scene.become_(&mut owner, LegState::Active);
            }
            4 => drop(scene.together()),
            _ => drop(calling(&mut scene)),
        }
        let legs: Vec<Leg> = scene.bridge.legs().cloned().collect();
        for leg in &legs {
            scene.end(leg, LegEnd::DeviceLost);
        }
        scene
            .bridge
            .handle_event(scene.now, &GsmEvent::Down { reason: "gone".into(), retry_in: Duration::ZERO });
        assert_eq!(scene.ended().outcome, Outcome::DeviceLost, "step {step}");
        assert!(scene.sms().is_empty());
        scene.idle();
        scene.sent();
        let next = scene.rings();
        scene.decide(&next, forward());
        assert_eq!(scene.sent(), [GsmCommand::Answer(next.id)], "the next call is handled");
    }
}

#[test]
fn a_conversation_has_a_longest_time() {
    let mut scene = Scene::new();
    scene.together();
    scene.pass(Duration::from_secs(4 * 3600));
    assert_eq!(scene.sent().len(), 2);
}

#[test]
fn a_call_of_another_program_is_left_alone() {
    let mut scene = Scene::new();
    let foreign = scene.leg(Direction::Outgoing, OTHER, None);
    scene.report(&foreign);
    assert!(scene.sent().is_empty());
    assert!(matches!(&scene.told()[..], [BridgeEvent::ForeignCall { .. }]));
    scene.end(&foreign, LegEnd::HungUp);
    scene.idle();
}
