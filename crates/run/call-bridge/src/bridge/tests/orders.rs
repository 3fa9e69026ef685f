//! Any order of events: no leg without an owner, no wait without an end.

use proptest::prelude::*;

use super::*;

// --- random orders

/// One thing that happens to the bridge.
#[derive(Debug, Clone)]
enum Step {
    Offered,
    State(usize, u8),
    End(usize, u8),
    /// The stick does what it was last told to dial.
    Dialled,
    DialFailed,
    RefusedJoin,
    Decide(usize, u8),
    Call,
    Close,
    Pass(u16),
    Due,
    Down,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Offered),
        6 => (any::<usize>(), 0..6u8).prop_map(|(i, s)| Step::State(i, s)),
        3 => (any::<usize>(), 0..4u8).prop_map(|(i, r)| Step::End(i, r)),
        4 => Just(Step::Dialled),
        1 => Just(Step::DialFailed),
        1 => Just(Step::RefusedJoin),
        4 => (any::<usize>(), 0..4u8).prop_map(|(i, p)| Step::Decide(i, p)),
        2 => Just(Step::Call),
        1 => Just(Step::Close),
        2 => any::<u16>().prop_map(Step::Pass),
        2 => Just(Step::Due),
        1 => Just(Step::Down),
    ]
}

fn state(n: u8) -> LegState {
    [
        LegState::Dialing,
        LegState::Alerting,
        LegState::Incoming,
        LegState::Waiting,
        LegState::Active,
        LegState::Held,
    ][usize::from(n % 6)]
}

fn check(scene: &Scene) -> Result<(), TestCaseError> {
    let bridge = &scene.bridge;
    let own = bridge.own_legs();
    for id in bridge.legs.keys() {
        let owners = usize::from(own.contains(id))
            + usize::from(bridge.waiting.contains_key(id))
            + usize::from(bridge.ending.contains_key(id))
            + usize::from(bridge.foreign.contains(id));
        prop_assert_eq!(owners, 1, "{:?} has {} owners in {:?}", id, owners, bridge);
    }
    prop_assert_eq!(
        bridge.phase == Phase::Idle,
        bridge.until.is_none(),
        "a phase without an end: {:?}",
        bridge
    );
    prop_assert_eq!(bridge.phase == Phase::Idle, bridge.talk.is_none());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn no_leg_without_an_owner_and_no_wait_without_an_end(steps in prop::collection::vec(step(), 1..60)) {
        let mut scene = Scene::with(|s| s.backup = Some(BACKUP.into()));
        let mut dials: Vec<u32> = Vec::new();
        for step in steps {
            let legs: Vec<Leg> = scene.bridge.legs().cloned().collect();
            let pick = |i: usize| (!legs.is_empty()).then(|| legs[i % legs.len()].clone());
            match step {
                Step::Offered => {
                    let mut leg = scene.leg(Direction::Incoming, CALLER, None);
                    leg.state = if legs.is_empty() { LegState::Incoming } else { LegState::Waiting };
                    scene.report(&leg);
                }
                Step::State(i, s) => if let Some(mut leg) = pick(i) {
                    let s = state(s);
                    leg.joined = s == LegState::Active && legs.len() > 1;
                    scene.become_(&mut leg, s);
                },
                Step::End(i, r) => if let Some(leg) = pick(i) {
                    scene.end(&leg, [LegEnd::HungUp, LegEnd::Busy, LegEnd::NoAnswer, LegEnd::ByUs][usize::from(r % 4)].clone());
                },
                Step::Dialled => if let Some(tag) = dials.pop() {
                    let leg = scene.leg(Direction::Outgoing, OWNER, Some(tag));
                    scene.report(&leg);
                },
                Step::DialFailed => if let Some(tag) = dials.pop() {
                    scene.bridge.handle_event(scene.now, &GsmEvent::DialFailed { tag, reason: LegEnd::Busy });
                },
                Step::RefusedJoin => scene.bridge.handle_event(
                    scene.now,
                    &GsmEvent::Refused { command: Box::new(GsmCommand::Join), reason: "no".into() },
                ),
                Step::Decide(i, p) => if let Some(leg) = pick(i) {
                    let plan = match p % 4 {
                        0 | 1 => forward(),
                        2 => reject(),
                        _ => Plan::Ring { why: "test".into() },
                    };
                    scene.decide(&leg, plan);
                },
                Step::Call => scene.bridge.command(
                    scene.now,
                    BridgeCommand::Call { to: OTHER.into(), from: OWNER.into() },
                ),
                Step::Close => scene.bridge.command(scene.now, BridgeCommand::Close),
                Step::Pass(s) => scene.pass(Duration::from_millis(u64::from(s))),
                Step::Due => if scene.drain().is_some() { scene.pass_until_due() },
                Step::Down => {
                    for leg in &legs {
                        scene.end(leg, LegEnd::DeviceLost);
                    }
                    scene.bridge.handle_event(scene.now, &GsmEvent::Down { reason: "x".into(), retry_in: Duration::ZERO });
                }
            }
            scene.drain();
            dials.extend(scene.sent.drain(..).filter_map(|c| match c {
                GsmCommand::Dial { tag, .. } => Some(tag),
                _ => None,
            }));
            check(&scene)?;
        }
        // With a stick that says nothing any more, the bridge comes to rest by itself.
        for _ in 0..400 {
            if scene.drain().is_none() { break; }
            scene.pass_until_due();
            check(&scene)?;
        }
        prop_assert_eq!(scene.drain(), None, "it never comes to rest: {:?}", scene.bridge);
    }
}
