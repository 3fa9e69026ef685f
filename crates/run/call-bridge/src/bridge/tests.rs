//! Every row of the table of states in `docs/virtual-phone.md`, in virtual time, and random orders of events.

use std::time::{Duration, Instant};

use gsm_modem::{Direction, GsmCommand, GsmEvent, Leg, LegEnd, LegId, LegState};
use phone_number::Caller;
use proptest::prelude::*;

use super::{Bridge, Output, Phase};
use crate::{AutoAnswer, BridgeCommand, BridgeEvent, Conversation, Outcome, Plan, Settings};

const CALLER: &str = "+493023125001";
const OWNER: &str = "+4915228817386";
const BACKUP: &str = "+493023125002";
const OTHER: &str = "+493023125003";

/// The bridge with a stick that we play, and a clock of our own.
struct Scene {
    bridge: Bridge,
    now: Instant,
    sent: Vec<GsmCommand>,
    told: Vec<BridgeEvent>,
    next_leg: u32,
}

impl Scene {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings {
            sms_early_hang_up: Some("sorry".into()),
            sms_not_accepted: Some("later".into()),
            ..Settings::default()
        };
        change(&mut settings);
        Self { bridge: Bridge::new(settings), now: Instant::now(), sent: vec![], told: vec![], next_leg: 0 }
    }

    fn drain(&mut self) -> Option<Instant> {
        loop {
            match self.bridge.poll_output() {
                Output::Transmit(command) => self.sent.push(command),
                Output::Event(event) => self.told.push(event),
                Output::Timeout(at) => return at,
            }
        }
    }

    fn sent(&mut self) -> Vec<GsmCommand> {
        self.drain();
        std::mem::take(&mut self.sent)
    }

    fn told(&mut self) -> Vec<BridgeEvent> {
        self.drain();
        std::mem::take(&mut self.told)
    }

    fn leg(&mut self, direction: Direction, number: &str, tag: Option<u32>) -> Leg {
        self.next_leg += 1;
        let state = if direction == Direction::Incoming { LegState::Incoming } else { LegState::Dialing };
        Leg {
            id: LegId(self.next_leg),
            direction,
            state,
            joined: false,
            number: Some(Caller::from_line(number.as_bytes())),
            name: None,
            tag,
        }
    }

    fn report(&mut self, leg: &Leg) {
        self.bridge.handle_event(self.now, &GsmEvent::Leg(leg.clone()));
        self.drain();
    }

    fn become_(&mut self, leg: &mut Leg, state: LegState) {
        leg.state = state;
        self.report(leg);
    }

    fn end(&mut self, leg: &Leg, reason: LegEnd) {
        let event = GsmEvent::LegEnded { leg: leg.clone(), reason, answered_for: Duration::ZERO };
        self.bridge.handle_event(self.now, &event);
        self.drain();
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.bridge.handle_timeout(self.now);
        self.drain();
    }

    /// Lets exactly the time pass that the bridge asked for.
    fn pass_until_due(&mut self) {
        let at = self.drain().expect("the bridge waits for something");
        self.now = self.now.max(at);
        self.bridge.handle_timeout(self.now);
        self.drain();
    }

    fn decide(&mut self, leg: &Leg, plan: Plan) {
        self.bridge.command(self.now, BridgeCommand::Decide { leg: leg.id, plan });
        self.drain();
    }

    fn rings(&mut self) -> Leg {
        let leg = self.leg(Direction::Incoming, CALLER, None);
        self.report(&leg);
        leg
    }

    /// A caller who is on hold while the owner's telephone rings.
    fn fetching(&mut self) -> (Leg, Leg) {
        let mut caller = self.rings();
        self.decide(&caller, forward());
        assert_eq!(self.sent(), [GsmCommand::Answer(caller.id)]);
        self.become_(&mut caller, LegState::Active);
        let owner = self.dialled(OWNER);
        self.become_(&mut caller, LegState::Held);
        (caller, owner)
    }

    /// The leg of the last dial.
    fn dialled(&mut self, number: &str) -> Leg {
        let sent = self.sent();
        let Some(GsmCommand::Dial { number: dialled, tag, .. }) = sent.last().cloned() else {
            panic!("nothing dialled: {sent:?}")
        };
        assert_eq!(&*dialled, number);
        let leg = self.leg(Direction::Outgoing, number, Some(tag));
        self.report(&leg);
        leg
    }

    /// Two who hear each other.
    fn together(&mut self) -> (Leg, Leg) {
        let (mut caller, mut owner) = self.fetching();
        self.become_(&mut owner, LegState::Active);
        assert_eq!(self.sent(), [GsmCommand::Join]);
        caller.joined = true;
        owner.joined = true;
        self.become_(&mut caller, LegState::Active);
        self.report(&owner);
        assert!(self.told().iter().any(|e| matches!(e, BridgeEvent::Joined { .. })));
        (caller, owner)
    }

    fn ended(&mut self) -> Conversation {
        let told = self.told();
        let ended: Vec<_> = told
            .iter()
            .filter_map(|e| match e {
                BridgeEvent::Ended(conversation) => Some(conversation.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(ended.len(), 1, "{told:?}");
        self.told = told.into_iter().filter(|e| !matches!(e, BridgeEvent::Ended(_))).collect();
        ended.into_iter().next().unwrap()
    }

    fn sms(&mut self) -> Vec<AutoAnswer> {
        let told = self.told();
        told.iter()
            .filter_map(|e| match e {
                BridgeEvent::AnswerBySms { kind, to, .. } => {
                    assert_eq!(&**to, CALLER);
                    Some(*kind)
                }
                _ => None,
            })
            .collect()
    }

    fn idle(&mut self) {
        assert_eq!(self.drain(), None, "nothing is waited for");
        assert!(self.bridge.is_idle());
    }
}

fn forward() -> Plan {
    Plan::Forward { to: vec![OWNER.into()], why: "test".into() }
}

fn reject() -> Plan {
    Plan::Reject { why: "test".into(), after: Duration::ZERO, no_sms: false }
}

// --- incoming

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

// --- outgoing

fn calling(scene: &mut Scene) -> Leg {
    let command = BridgeCommand::Call { to: OTHER.into(), from: OWNER.into() };
    scene.bridge.command(scene.now, command);
    scene.dialled(OWNER)
}

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
