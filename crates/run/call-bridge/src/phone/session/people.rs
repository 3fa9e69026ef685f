//! What people send, and what is sent to them.

use std::time::{Instant, SystemTime};

use call_log::{Message, MessageKind};
use chrono::Utc;
use gsm_modem::GsmCommand;

use super::{MAX_ASKED, Phone};
use crate::phone::{Inbound, Outbound, notices};
use crate::remote::{Asker, Channel, Deed, Note};

impl Phone {
    // --- what people send

    pub(super) fn inbound(&mut self, inbound: Inbound) {
        let now = Utc::now();
        let deeds = match inbound {
            Inbound::Message { asker, text, reply_to } => {
                self.now(|desk, facts| desk.message(now, facts, &asker, &text, reply_to))
            }
            Inbound::Pressed { asker, data } => {
                self.now(|desk, facts| desk.pressed(now, facts, &asker, &data))
            }
            Inbound::Contact { asker, name, numbers } => {
                self.now(|desk, facts| desk.contact(now, facts, &asker, &name, &numbers))
            }
            Inbound::FileOffered { asker, name, size, handle } => {
                match self.desk.may_send_file(now, &asker, &name, size) {
                    Ok(_) => {
                        let channel = asker.channel;
                        self.send(channel, Outbound::Fetch { asker, name, handle });
                        Vec::new()
                    }
                    Err(deeds) => deeds,
                }
            }
            Inbound::File { asker, name, bytes } => self.desk.file(now, &asker, &name, bytes),
            Inbound::Sent { chat, message, about } => {
                self.desk.sent(&chat, message, about);
                Vec::new()
            }
        };
        for deed in deeds {
            self.do_deed(deed);
        }
    }

    pub(super) fn do_deed(&mut self, deed: Deed) {
        match deed {
            Deed::Answer(asker, note) => self.answer(&asker, note),
            Deed::TellOwners { note, except } => self.tell_but(&note, except),
            Deed::Bridge(command) => self.bridge.command(Instant::now(), command),
            Deed::SendSms { to, text, asker } => {
                self.send_sms(&to, text, Some(asker));
            }
            Deed::Raw { command, asker } => {
                if self.raw.len() >= MAX_ASKED {
                    self.raw.remove(0);
                }
                self.raw.push((command.clone(), asker));
                self.order(GsmCommand::Raw(command.into()));
            }
            Deed::ShowLines(on) => self.order(GsmCommand::ShowLines(on)),
            Deed::Save(state) => {
                if let Err(error) = self.state.write(&state) {
                    log::error!("{error}");
                }
            }
            Deed::ReplaceContacts { group, bytes, asker } => {
                let text = match self.contacts.replace(&group, &bytes) {
                    Ok(count) => format!(
                        "Loaded {count} contacts for the group {group} ({} registered)",
                        self.contacts.book().contacts().len()
                    ),
                    Err(error) => error.to_string(),
                };
                self.answer(&asker, Note::text(text));
            }
            Deed::List { number, deny, asker } => {
                let by = format!("{:?} {}", asker.channel, asker.id).to_lowercase();
                let text = self.lists.add(&number, deny, &by).unwrap_or_else(|why| why);
                self.answer(&asker, Note::text(text));
            }
            Deed::Audit { by, what, allowed } => {
                let text = format!("{by} {what}{}", if allowed { "" } else { " (refused)" });
                log::info!("remote: {text}");
                let mut message = Message::new(MessageKind::Notice, SystemTime::now(), &self.settings.line);
                message.note = format!("remote: {text}");
                self.log.message(message);
            }
        }
    }

    pub(super) fn send_sms(&mut self, to: &str, text: String, asker: Option<Asker>) {
        let reference = self.next_sms;
        self.next_sms += 1;
        if let Some(asker) = asker {
            if self.sms.len() >= MAX_ASKED
                && let Some(oldest) = self.sms.keys().min().copied()
            {
                self.sms.remove(&oldest);
            }
            self.sms.insert(reference, (asker, to.to_owned()));
        }
        self.order(GsmCommand::SendSms { to: to.into(), text: text.into(), reference });
    }

    // --- sending

    pub(super) fn named(&self, number: &str) -> String {
        notices::with_name(self.contacts.book(), number)
    }

    pub(super) fn answer(&mut self, asker: &Asker, note: Note) {
        if asker.channel == Channel::Sms {
            let text: String = note.text.chars().take(600).collect();
            self.send_sms(&asker.reply_to.clone(), text, None);
            return;
        }
        self.send(asker.channel, Outbound::Note { to: asker.reply_to.clone(), note });
    }

    pub(super) fn tell(&self, note: &Note) {
        self.tell_but(note, None);
    }

    pub(super) fn tell_but(&self, note: &Note, except: Option<i64>) {
        for messenger in self.messengers.iter().filter(|m| m.news) {
            for owner in self.desk.owners(Utc::now()).into_iter().filter(|id| Some(*id) != except) {
                let outbound = Outbound::Note { to: owner.to_string(), note: note.clone() };
                if messenger.to.try_send(outbound).is_err() {
                    log::warn!("{:?} does not keep up; a notice is lost", messenger.channel);
                }
            }
        }
    }

    pub(super) fn send(&self, channel: Channel, outbound: Outbound) {
        let Some(messenger) = self.messengers.iter().find(|m| m.channel == channel) else { return };
        if messenger.to.try_send(outbound).is_err() {
            log::warn!("{channel:?} does not keep up; an answer is lost");
        }
    }

    pub(super) fn status_text(&self) -> String {
        let stick = if self.status.stick.is_empty() { "no stick" } else { &self.status.stick };
        let signal = self.status.signal.map_or_else(|| "unknown".into(), |dbm| format!("{dbm} dBm"));
        let calls: Vec<String> = self
            .bridge
            .legs()
            .map(|leg| {
                format!("{}: {:?}", notices::who(self.contacts.book(), leg.number.as_ref()), leg.state)
            })
            .collect();
        let calls = if calls.is_empty() { "none".into() } else { calls.join("; ") };
        let health = self.log.health();
        let log = health.failing.map_or_else(|| "in order".into(), |why| format!("failing: {why}"));
        format!(
            "Stick: {stick}\nNetwork: {} {}\nSignal: {signal}\nCalls: {calls}\nLog: {log}",
            self.status.operator, self.status.network
        )
    }
}
