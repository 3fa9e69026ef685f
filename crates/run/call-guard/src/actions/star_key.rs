//! The star key: somebody answered an unwanted call, presses `*`, and the caller is on the deny list.

use std::time::Duration;

use call_event::{LineCommand, LineEvent};

use super::{CallAction, Hand};
use crate::flow::{CallMark, FlowOutput};
use crate::learned::Learned;
use crate::settings::{Ear, StarKeySettings};

/// Takes over a call that rang and rings no more: somebody answered it, or the caller gave up.
pub(crate) struct StarKey {
    settings: StarKeySettings,
    heard: bool,
}

impl StarKey {
    pub(crate) fn new(settings: StarKeySettings) -> Self {
        Self { settings, heard: false }
    }

    /// Whether a call that rang that often is listened to.
    pub(crate) fn wanted(settings: &StarKeySettings, rings: u32) -> bool {
        (settings.rings.0..=settings.rings.1).contains(&rings)
    }
}

impl CallAction for StarKey {
    fn begin(&mut self, hand: &mut Hand<'_>) {
        let at_most = self.settings.listen;
        hand.limit_to(at_most + Duration::from_secs(10));
        hand.wait(at_most + Duration::from_secs(3));
        match &self.settings.ear {
            Ear::Line => hand.command(LineCommand::ListenIn { clicks: self.settings.clicks, at_most }),
            Ear::Command(command) => {
                let (call, command) = (hand.call.id, command.clone());
                hand.out.push_back(FlowOutput::Listen { call, command, at_most });
            }
        }
    }

    fn event(&mut self, event: &LineEvent, hand: &mut Hand<'_>) {
        match event {
            LineEvent::Digit { digit: '*', .. } if !self.heard => {
                self.heard = true;
                hand.facts.mark = CallMark::StarKey;
                if let Some(learned) = Learned::deny(hand.call, "star key") {
                    hand.out.push_back(FlowOutput::Learn(learned));
                }
            }
            LineEvent::Listening { on: false, .. } | LineEvent::Refused { .. } => hand.facts.listened = true,
            _ => {}
        }
    }

    fn timeout(&mut self, hand: &mut Hand<'_>) {
        hand.facts.listened = true;
    }

    fn outlives_ringing(&self) -> bool {
        true
    }
}
