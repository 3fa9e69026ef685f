//! Signal, registration and the network's name: told when they change.

use std::time::Instant;

use at_codec::gsm::{Ask, Network};

use super::{Job, Machine};
use crate::{GsmEvent, Registration};

impl Machine {
    pub(super) fn new_signal(&mut self, signal: Option<i16>) {
        if self.signal != Some(signal) {
            self.signal = Some(signal);
            if self.up {
                self.tell(GsmEvent::Signal(signal));
            }
        }
    }

    pub(super) fn new_registration(&mut self, now: Instant, network: Option<Network>) {
        let Some(network) = network else { return };
        let registration = match network {
            Network::None => Registration::NotRegistered,
            Network::Home => Registration::Home,
            Network::Searching => Registration::Searching,
            Network::Denied => Registration::Denied,
            Network::Roaming => Registration::Roaming,
            Network::SmsOnly => Registration::SmsOnly,
            Network::EmergencyOnly => Registration::EmergencyOnly,
            _ => Registration::Unknown,
        };
        if self.registration != Some(registration) {
            self.registration = Some(registration);
            if self.up {
                self.tell(GsmEvent::Registration(registration));
                self.ask(now, Ask::new("AT+COPS?"), Job::Operator);
            }
        }
    }

    pub(super) fn new_operator(&mut self, lines: &[String]) {
        let Some(name) = lines.iter().find_map(|line| at_codec::gsm::operator(line)) else { return };
        if self.info.operator.as_deref() != Some(name.as_str()) {
            self.info.operator = Some(name.clone().into());
            if self.up {
                self.tell(GsmEvent::Operator(name.into()));
            }
        }
    }
}
