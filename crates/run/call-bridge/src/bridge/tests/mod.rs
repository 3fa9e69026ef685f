//! Every row of the table of states in `docs/virtual-phone.md`, in virtual time, and random orders of events.

mod ending;
mod incoming;
mod orders;
mod outgoing;
mod waiting;

use std::time::{Duration, Instant};

use gsm_modem::{Direction, GsmCommand, GsmEvent, Leg, LegEnd, LegId, LegState};
use phone_number::Caller;

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

fn calling(scene: &mut Scene) -> Leg {
    let command = BridgeCommand::Call { to: OTHER.into(), from: OWNER.into() };
    scene.bridge.command(scene.now, command);
    scene.dialled(OWNER)
}
