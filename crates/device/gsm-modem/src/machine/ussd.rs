//! Codes for the network, such as `*100#`, and what it answers.

use std::time::Instant;

use at_codec::gsm::{Ask, Ussd};

use super::{Job, Machine, clean_text};
use crate::{GsmCommand, GsmEvent};

impl Machine {
    pub(super) fn send_ussd(&mut self, now: Instant, code: Box<str>) {
        let legal = code.len() <= 160 && !code.chars().any(|c| c.is_control() || c == '"');
        let text = if self.ussd_packed { Ussd::packed(&code).ok() } else { Some(code.to_string()) };
        match text.filter(|_| legal) {
            Some(text) => self.ask(now, Ask::new(format!("AT+CUSD=1,\"{text}\",15")), Job::Ussd(code)),
            None => self.refuse(GsmCommand::Ussd(code), "no such code can be sent"),
        }
    }

    pub(super) fn ussd_came(&mut self, ussd: &Ussd) {
        let mut text = ussd.decoded(self.ussd_packed);
        if text.is_empty() {
            text = match ussd.stage {
                2 => "ended by the network".into(),
                3 => "answered by another device".into(),
                4 => "the network does not know this code".into(),
                5 => "the network did not answer in time".into(),
                _ => return,
            };
        }
        let text = clean_text(&text).into();
        self.tell(GsmEvent::Ussd { text, answer_expected: ussd.stage == 1 });
    }
}
