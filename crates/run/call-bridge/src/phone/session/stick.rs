//! What the stick reports.

use std::time::{Duration, Instant, SystemTime};

use call_log::{Message, MessageKind};
use gsm_modem::{GsmCommand, GsmEvent, ReceivedSms, SmsFate, SmsSender};
use phone_number::ShownNumber;

use super::{Phone, Status};
use crate::phone::{Inbound, notices};
use crate::remote::{About, Asker, Channel, Note};

impl Phone {
    // --- what the stick reports

    pub(super) fn gsm(&mut self, event: GsmEvent) {
        self.bridge.handle_event(Instant::now(), &event);
        match event {
            GsmEvent::Up(info) => {
                self.status.stick = format!("{} {}", info.maker, info.model).trim().to_owned();
                if let Some(operator) = &info.operator {
                    self.status.operator = operator.to_string();
                }
                let mut text = format!("Service is running ({})", self.status.stick);
                if !info.voice {
                    text.push_str("\nThis stick cannot take calls; SMS only.");
                } else if !info.join {
                    text.push_str("\nThis stick cannot join calls; forwarding will fail.");
                }
                self.tell(&Note::text(text));
            }
            GsmEvent::Down { reason, .. } => {
                let was = std::mem::take(&mut self.status.stick);
                self.status = Status::default();
                if was.is_empty() {
                    log::warn!("stick: {reason}");
                } else {
                    self.tell(&Note::text(format!(
                        "The stick is gone: {reason}. It is tried again for ever."
                    )));
                }
            }
            GsmEvent::Signal(signal) => self.status.signal = signal,
            GsmEvent::Registration(registration) => {
                self.status.network = format!("{registration:?}");
                if !registration.usable() {
                    log::warn!("network: {registration:?}");
                }
            }
            GsmEvent::Operator(name) => self.status.operator = name.to_string(),
            GsmEvent::Sms(sms) => self.received(&sms),
            GsmEvent::SmsSent { reference, .. } => {
                if let Some((asker, _)) = self.sms.get(&reference).cloned() {
                    self.answer(&asker, Note::text("SMS message sent"));
                }
            }
            GsmEvent::SmsFailed { reference, reason } => {
                let text = match self.sms.remove(&reference) {
                    Some((asker, to)) => {
                        let text = format!("The SMS to {} was not sent: {reason}", self.named(&to));
                        self.answer(&asker, Note::text(text));
                        return;
                    }
                    None => format!("An automatic SMS was not sent: {reason}"),
                };
                self.tell(&Note::text(text));
            }
            GsmEvent::SmsReport { reference, to, fate } => {
                if let Some((asker, _)) = self.sms.get(&reference).cloned() {
                    let text = match fate {
                        SmsFate::Delivered => format!("The SMS to {} was delivered", self.named(&to)),
                        SmsFate::Trying(_) => {
                            format!("The network still tries to deliver the SMS to {}", self.named(&to))
                        }
                        _ => format!("The SMS to {} could not be delivered", self.named(&to)),
                    };
                    self.answer(&asker, Note::text(text));
                }
            }
            GsmEvent::SmsStoreFull => {
                self.tell(&Note::text(
                    "The stick's store for SMS is full; delete some (/command AT+CMGD=1,1).",
                ));
            }
            GsmEvent::Ussd { text, .. } => self.tell(&Note::text(format!("The network says: {text}"))),
            GsmEvent::Raw { command, lines } => {
                let at = self.raw.iter().position(|(c, _)| **c == *command);
                if let Some(at) = at {
                    let (_, asker) = self.raw.remove(at);
                    self.answer(&asker, Note::text(lines.join("\n")));
                }
            }
            GsmEvent::Line { sent, text } => {
                if self.lines.len() < 200 {
                    self.lines.push(format!("{} {text}", if sent { ">" } else { "<" }));
                }
                self.lines_since.get_or_insert_with(Instant::now);
            }
            GsmEvent::Refused { command, reason } => log::warn!("the stick refused {command:?}: {reason}"),
            GsmEvent::Dropped(count) => log::error!("{count} events of the stick were lost"),
            _ => {}
        }
    }

    pub(super) fn show_lines(&mut self) {
        self.lines_since = None;
        let text = std::mem::take(&mut self.lines).join("\n");
        if !text.is_empty() {
            self.tell(&Note::text(text));
        }
    }

    pub(super) fn received(&mut self, sms: &ReceivedSms) {
        let (from, about) = match &sms.from {
            SmsSender::Number(caller) => {
                let number = caller.number().map(|n| n.as_str().to_owned());
                (notices::who(self.contacts.book(), Some(caller)), number.map(About::Number))
            }
            SmsSender::Word(word) => (word.to_string(), None),
        };
        let text = if sms.data.is_some() { "(data, no text)" } else { sms.text.as_str() };
        let missing = if sms.incomplete { "\n(parts are missing)" } else { "" };
        let mut message = Message::new(MessageKind::Notice, SystemTime::now(), &self.settings.line);
        message.who = match &sms.from {
            SmsSender::Number(caller) => caller.to_string(),
            SmsSender::Word(word) => word.to_string(),
        };
        message.note = format!("SMS: {text}{missing}");
        // Only what is safe on disk may go from the stick.
        if self.log.message(message) && self.log.flush(Duration::from_secs(2)) {
            self.order(GsmCommand::SmsKept(sms.id));
        }
        if let SmsSender::Number(caller) = &sms.from
            && let Some(number) = caller.number()
            && self.is_sms_owner(number)
            && sms.text.trim_start().starts_with('/')
        {
            let asker = Asker { channel: Channel::Sms, id: 0, reply_to: number.as_str().to_owned() };
            self.inbound(Inbound::Message { asker, text: sms.text.clone(), reply_to: None });
            return;
        }
        let note = Note {
            text: format!("Received SMS message from {from}: {text}{missing}"),
            about,
            ..Note::default()
        };
        self.tell(&note);
    }

    pub(super) fn is_sms_owner(&self, number: &ShownNumber) -> bool {
        let spelled = |n: &ShownNumber| self.settings.numbering.resolve(n);
        self.settings.sms_owners.iter().any(|owner| spelled(owner) == spelled(number))
    }
}
