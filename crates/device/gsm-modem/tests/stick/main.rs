//! The machine against the simulated stick, in virtual time.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

mod calls;
mod defects;
mod guard;
mod messages;
mod orders;
mod setup;

use std::time::{Duration, Instant};

use gsm_modem::{
    GsmCommand, GsmEvent, Leg, LegEnd, LegId, LegState, Machine, MachineOutput, Port, ReceivedSms, Settings,
};
use line_sim::gsm::{Seen, SimCard, Stick, StickOutput, StickProfile};

/// The machine and the stick, joined; time passes only as the test says.
struct Pair {
    now: Instant,
    machine: Machine,
    stick: Stick,
    events: Vec<GsmEvent>,
    seen: Vec<Seen>,
    /// Every line sent to the stick.
    sent: Vec<String>,
    lost: Option<Box<str>>,
    pin_notes: Vec<bool>,
    /// How many bytes the stick's output is cut into; 0 for not at all.
    cut: usize,
}

impl Pair {
    /// A stick as it is bought, and a machine that has just opened its port.
    fn cold(profile: StickProfile, card: SimCard, settings: Settings, may_try_pin: bool) -> Self {
        let now = Instant::now();
        Self {
            now,
            machine: Machine::new(now, settings, may_try_pin),
            stick: Stick::new(profile, card),
            events: Vec::new(),
            seen: Vec::new(),
            sent: Vec::new(),
            lost: None,
            pin_notes: Vec::new(),
            cut: 0,
        }
    }

    /// Set up, and its first events taken.
    fn up(profile: StickProfile) -> Self {
        let mut pair = Self::cold(profile, SimCard::default(), Settings::at_port("sim"), true);
        pair.run(5);
        assert!(pair.machine.is_up(), "{:?} {:?}", pair.lost, pair.sent);
        pair.events.clear();
        pair.sent.clear();
        pair
    }

    /// Lets bytes flow until both are quiet at this moment.
    fn pump(&mut self) {
        loop {
            let mut quiet = true;
            loop {
                match self.machine.poll_output() {
                    MachineOutput::Transmit(bytes) => {
                        self.sent.push(String::from_utf8_lossy(&bytes).trim().to_owned());
                        self.stick.handle_bytes(self.now, &bytes);
                        quiet = false;
                    }
                    MachineOutput::Event(event) => self.events.push(event),
                    MachineOutput::Lost(reason) => {
                        self.lost = Some(reason);
                        self.machine.handle_loss(self.now);
                    }
                    MachineOutput::PinTried => self.pin_notes.push(false),
                    MachineOutput::PinRight => self.pin_notes.push(true),
                    MachineOutput::Timeout(_) => break,
                }
            }
            loop {
                match self.stick.poll_output() {
                    StickOutput::Transmit(bytes) => {
                        let size = if self.cut == 0 { bytes.len().max(1) } else { self.cut };
                        for piece in bytes.chunks(size) {
                            self.machine.handle_bytes(self.now, Port::Control, piece);
                        }
                        quiet = false;
                    }
                    StickOutput::TransmitEvent(bytes) => {
                        self.machine.handle_bytes(self.now, Port::Events, &bytes);
                        quiet = false;
                    }
                    StickOutput::Seen(seen) => self.seen.push(seen),
                    StickOutput::Timeout(_) => break,
                }
            }
            if quiet {
                return;
            }
        }
    }

    fn next(&mut self) -> Option<Instant> {
        let machine = match self.machine.poll_output() {
            MachineOutput::Timeout(at) => at,
            other => panic!("not pumped dry: {other:?}"),
        };
        let stick = match self.stick.poll_output() {
            StickOutput::Timeout(at) => at,
            other => panic!("not pumped dry: {other:?}"),
        };
        [machine, stick].into_iter().flatten().min()
    }

    /// Lets so many seconds pass.
    fn run(&mut self, seconds: u64) {
        self.run_for(Duration::from_secs(seconds));
    }

    fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        let mut steps = 0;
        self.pump();
        while let Some(next) = self.next()
            && next <= until
        {
            steps += 1;
            assert!(
                steps < 20_000,
                "time stands still; sent last: {:?}",
                self.sent.iter().rev().take(5).collect::<Vec<_>>()
            );
            self.now = self.now.max(next);
            self.machine.handle_timeout(self.now);
            self.stick.handle_timeout(self.now);
            self.pump();
        }
        self.now = until;
        self.machine.handle_timeout(self.now);
        self.stick.handle_timeout(self.now);
        self.pump();
    }

    fn command(&mut self, command: GsmCommand) {
        self.commands([command]);
    }

    /// All of them at once, before the stick has answered any.
    fn commands<const N: usize>(&mut self, commands: [GsmCommand; N]) {
        for command in commands {
            self.machine.command(self.now, command);
        }
        self.pump();
    }

    fn call_in(&mut self, number: Option<&str>) {
        assert!(self.stick.call_in(self.now, number));
        self.pump();
    }

    /// The calls as the events so far tell them, and that they tell them in order.
    fn legs(&self) -> Vec<Leg> {
        let mut legs: Vec<Leg> = Vec::new();
        let mut over: Vec<LegId> = Vec::new();
        for event in &self.events {
            match event {
                GsmEvent::Leg(leg) => {
                    assert!(!over.contains(&leg.id), "{leg:?} after its end");
                    match legs.iter_mut().find(|l| l.id == leg.id) {
                        Some(old) => *old = leg.clone(),
                        None => legs.push(leg.clone()),
                    }
                }
                GsmEvent::LegEnded { leg, .. } => {
                    assert!(legs.iter().any(|l| l.id == leg.id), "{leg:?} ends without a beginning");
                    assert!(!over.contains(&leg.id), "{leg:?} ends twice");
                    over.push(leg.id);
                    legs.retain(|l| l.id != leg.id);
                }
                GsmEvent::Ring { leg, .. } | GsmEvent::SoundLost(leg) => {
                    assert!(legs.iter().any(|l| l.id == *leg), "{event:?} of no call");
                }
                _ => {}
            }
        }
        legs
    }

    fn leg(&self, number: &str) -> Leg {
        self.legs()
            .into_iter()
            .find(|l| l.number.as_ref().is_some_and(|c| c.to_string() == number))
            .unwrap_or_else(|| panic!("no call with {number}: {:?}", self.events))
    }

    fn state(&self, number: &str) -> LegState {
        self.leg(number).state
    }

    fn ends(&self) -> Vec<LegEnd> {
        self.events
            .iter()
            .filter_map(|e| match e {
                GsmEvent::LegEnded { reason, .. } => Some(reason.clone()),
                _ => None,
            })
            .collect()
    }

    fn sms(&self) -> Vec<ReceivedSms> {
        self.events
            .iter()
            .filter_map(|e| match e {
                GsmEvent::Sms(sms) => Some(sms.clone()),
                _ => None,
            })
            .collect()
    }

    fn refused(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|e| match e {
                GsmEvent::Refused { reason, .. } => Some(&**reason),
                _ => None,
            })
            .collect()
    }
}

fn dial(number: &str, tag: u32) -> GsmCommand {
    GsmCommand::Dial { number: number.into(), hide_own_number: None, tag }
}

fn all_profiles() -> [StickProfile; 3] {
    [StickProfile::huawei(), StickProfile::simcom(), StickProfile::quectel()]
}
