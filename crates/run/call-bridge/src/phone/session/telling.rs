//! What the bridge tells, in words for people and entries for the log.

use std::time::Instant;

use chrono::Utc;
use gsm_modem::LegId;
use phone_number::{Caller, ShownNumber};

use super::Phone;
use crate::phone::{journal, notices};
use crate::remote::{About, Button, ButtonAction, Note};
use crate::{BridgeCommand, BridgeEvent, Plan};

impl Phone {
    // --- what the bridge tells

    pub(super) fn told(&mut self, event: BridgeEvent) {
        match event {
            BridgeEvent::Incoming { leg, caller, waiting, .. } => {
                self.incoming(leg, caller.as_ref(), waiting);
            }
            BridgeEvent::Decided { leg, plan } => {
                self.last_reason = plan.why().to_owned();
                let who = self.caller_of(leg);
                let text = match &plan {
                    Plan::Reject { after, no_sms, why } if after.is_zero() => {
                        if *no_sms && !self.settings.tell_spammers {
                            return;
                        }
                        format!("Call from {who} not accepted: {why}")
                    }
                    Plan::Reject { after, why, .. } => {
                        format!("Call from {who} is not accepted in {} s: {why}", after.as_secs())
                    }
                    Plan::Ring { why } => format!("Call from {who} rings: {why}"),
                    Plan::Forward { .. } => return,
                };
                self.tell(&Note::text(text));
            }
            BridgeEvent::Forwarding { to, .. } => {
                let text =
                    format!("Call forwarded to master phone ({}): {}", self.named(&to), self.last_reason);
                self.tell(&Note::text(text));
            }
            BridgeEvent::TargetFailed { to, why } => {
                self.tell(&Note::text(format!("{} could not take the call: {why}", self.named(&to))));
            }
            BridgeEvent::CallingOther { number } => {
                self.tell(&Note::text(format!("Calling the contact ({})", self.named(&number))));
            }
            BridgeEvent::Joined { .. } => self.tell(&Note::text("Call merged")),
            BridgeEvent::WaitingGone { caller, leg } => {
                self.callers.remove(&leg);
                let who = notices::who(self.contacts.book(), caller.as_ref());
                self.tell(&Note::text(format!("{who} no longer waits")));
            }
            BridgeEvent::AnswerBySms { to, text, .. } => {
                self.tell(&Note::text(format!("SMS to {}: {text}", self.named(&to))));
                self.send_sms(&to, text.into(), None);
            }
            BridgeEvent::Ended(conversation) => {
                let text = notices::ended(self.contacts.book(), &conversation);
                let number = conversation.caller.as_ref().and_then(Caller::number).cloned();
                let number = number.or_else(|| conversation.other.as_deref().and_then(ShownNumber::new));
                let name = number
                    .and_then(|n| self.contacts.book().find(&n))
                    .map(|contact| contact.card.name.to_string());
                let record = journal::record(
                    &self.settings.line,
                    &self.settings.numbering,
                    &conversation,
                    &self.last_reason,
                    name.as_deref(),
                );
                self.log.call(record);
                self.last_reason.clear();
                self.callers.clear();
                self.tell(&Note::text(text));
            }
            BridgeEvent::Refused { why } => self.tell(&Note::text(why)),
            BridgeEvent::Trouble { why } => {
                log::error!("{why}");
                self.tell(&Note::text(why));
            }
            BridgeEvent::ForeignCall { .. } => log::info!("another program uses the stick for a call"),
            BridgeEvent::CallingOwner { .. } => {}
        }
    }

    pub(super) fn incoming(&mut self, leg: LegId, caller: Option<&Caller>, waiting: bool) {
        let number = caller.and_then(Caller::number);
        let unwanted = number.and_then(|n| self.lists.unwanted(n));
        let decision = self.now(|_, now| {
            let decision = now.policy.decide(Utc::now(), caller, unwanted.as_deref());
            (decision.plan, decision.warnings)
        });
        let (plan, warnings) = decision;
        let spam = matches!(plan, Plan::Reject { no_sms: true, .. });
        if !spam || self.settings.tell_spammers {
            let who = notices::who(self.contacts.book(), caller);
            let waits = if waiting { ", who waits while another call is on" } else { "" };
            let kind = if spam { "Incoming call from spammer" } else { "Incoming call from" };
            let buttons = self.buttons(leg, number, waiting);
            let about = number.map(|n| About::Number(n.as_str().to_owned()));
            self.tell(&Note { text: format!("{kind} {who}{waits}"), buttons, about });
        }
        for warning in warnings {
            self.tell(&Note::text(warning));
        }
        self.callers.insert(leg, notices::who(self.contacts.book(), caller));
        self.bridge.command(Instant::now(), BridgeCommand::Decide { leg, plan });
    }

    pub(super) fn buttons(&mut self, leg: LegId, number: Option<&ShownNumber>, waiting: bool) -> Vec<Button> {
        let now = Utc::now();
        let mut buttons = Vec::new();
        if !waiting {
            buttons.push(self.desk.button(now, "Forward to me", ButtonAction::Forward(leg)));
        }
        buttons.push(self.desk.button(now, "Reject", ButtonAction::Reject(leg)));
        if let Some(number) = number {
            let number = number.as_str().to_owned();
            buttons.push(self.desk.button(now, "Block from now on", ButtonAction::Block(number.clone())));
            buttons.push(self.desk.button(now, "Answer by SMS", ButtonAction::WriteSms(number)));
        }
        buttons
    }

    pub(super) fn caller_of(&self, leg: LegId) -> String {
        self.callers.get(&leg).cloned().unwrap_or_else(|| "a caller".into())
    }
}
