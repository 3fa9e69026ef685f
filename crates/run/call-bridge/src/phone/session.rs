//! The loop.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use address_book::calendar::Calendar;
use address_book::source::Watched;
use call_log::{LogWriter, Message, MessageKind};
use chrono::Utc;
use crossbeam_channel::{Receiver, after, never, select, tick};
use gsm_modem::{GsmCommand, GsmEvent, GsmLine, LegId, ReceivedSms, SmsFate, SmsSender};
use phone_number::{Caller, ShownNumber};

use super::facts::Now;
use super::{Contacts, Inbound, Inlets, Lists, Messenger, Outbound, PhoneSettings, journal, notices};
use crate::policy::Policy;
use crate::remote::{About, Asker, Button, ButtonAction, Channel, Deed, Desk, Note, StateFile};
use crate::{Bridge, BridgeCommand, BridgeEvent, Output, Plan};

/// How often files are looked at for changes.
const LOOK: Duration = Duration::from_secs(30);
/// How long lines to and from the stick are gathered before they are shown.
const GATHER: Duration = Duration::from_secs(2);
/// How long calls may take to end when the phone stops.
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// Asked-for SMS and raw commands whose askers are remembered.
const MAX_ASKED: usize = 64;

/// The virtual phone at work.
pub struct Phone {
    settings: PhoneSettings,
    line: GsmLine,
    bridge: Bridge,
    desk: Desk,
    contacts: Contacts,
    calendar: Option<Watched<Calendar>>,
    no_calendar: Calendar,
    lists: Box<dyn Lists>,
    messengers: Vec<Messenger>,
    log: LogWriter,
    state: StateFile,
    status: Status,
    /// What people call the caller of a leg, until the conversation is over.
    callers: HashMap<LegId, String>,
    /// Why the last call was decided as it was.
    last_reason: String,
    /// Who asked for an SMS, by its reference.
    sms: HashMap<u64, (Asker, String)>,
    next_sms: u64,
    /// Who asked for a raw command, in order.
    raw: Vec<(String, Asker)>,
    lines: Vec<String>,
    lines_since: Option<Instant>,
}

#[derive(Debug, Default)]
struct Status {
    stick: String,
    network: String,
    operator: String,
    signal: Option<i16>,
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Phone({:?})", self.bridge)
    }
}

impl Phone {
    /// Puts the parts together. The state of the last run is read; if it is damaged, that is told and the phone
    /// starts with that of a first run.
    pub fn new(
        settings: PhoneSettings,
        line: GsmLine,
        contacts: Contacts,
        calendar: Option<Watched<Calendar>>,
        lists: Box<dyn Lists>,
        messengers: Vec<Messenger>,
    ) -> Self {
        let state = StateFile::new(&settings.state_dir);
        let mut last = state.read().unwrap_or_else(|error| {
            log::error!("{error}");
            state.read().unwrap_or_default()
        });
        let now = Utc::now();
        last.temporary_owners.retain(|t| now < t.until);
        let mut owners = settings.owners.clone();
        owners.take_back(last.temporary_owners.clone());
        if last.verbose {
            let _ = line.commands.try_send(GsmCommand::ShowLines(true));
        }
        let desk = Desk::new(settings.remote.clone(), owners, last, seed());
        Self {
            bridge: Bridge::new(settings.bridge.clone()),
            desk,
            log: LogWriter::open(settings.log.clone()),
            state,
            settings,
            line,
            contacts,
            calendar,
            no_calendar: Calendar::default(),
            lists,
            messengers,
            status: Status::default(),
            callers: HashMap::new(),
            last_reason: String::new(),
            sms: HashMap::new(),
            next_sms: 1,
            raw: Vec::new(),
            lines: Vec::new(),
            lines_since: None,
        }
    }

    /// Works until it is stopped; every call is ended then.
    pub fn run(mut self, inlets: &Inlets) {
        let look = tick(LOOK);
        let mut inbound = inlets.inbound.clone();
        self.refresh();
        loop {
            let due = self.settle(inlets);
            let wait: Receiver<Instant> = match due {
                Some(at) => after(at.saturating_duration_since(Instant::now())),
                None => never(),
            };
            select! {
                recv(self.line.events) -> event => match event {
                    Ok(event) => self.gsm(event),
                    Err(_) => return,
                },
                recv(inbound) -> message => match message {
                    Ok(message) => self.inbound(message),
                    // Without messengers the phone still takes calls.
                    Err(_) => inbound = never(),
                },
                recv(inlets.stop) -> _ => break,
                recv(look) -> _ => self.refresh(),
                recv(wait) -> _ => self.bridge.handle_timeout(Instant::now()),
            }
        }
        self.stop(inlets);
    }

    fn stop(mut self, inlets: &Inlets) {
        self.bridge.command(Instant::now(), BridgeCommand::Close);
        self.settle(inlets);
        self.order(GsmCommand::ShutDown { within: STOP_WITHIN });
        let end = Instant::now() + STOP_WITHIN + Duration::from_secs(1);
        while let Ok(event) = self.line.events.recv_deadline(end) {
            self.gsm(event);
            self.settle(inlets);
        }
        self.log.flush(Duration::from_secs(2));
    }

    /// Does what the bridge wants; gives when it wants to be asked again.
    fn settle(&mut self, inlets: &Inlets) -> Option<Instant> {
        loop {
            match self.bridge.poll_output() {
                Output::Transmit(command) => self.order(command),
                Output::Event(event) => {
                    if let Some(watch) = &inlets.watch {
                        // A terminal that does not keep up misses lines; calls do not wait for it.
                        let _ = watch.try_send(event.clone());
                    }
                    self.told(event);
                }
                Output::Timeout(at) => {
                    let lines = self.lines_since.map(|since| since + GATHER);
                    if lines.is_some_and(|at| at <= Instant::now()) {
                        self.show_lines();
                        continue;
                    }
                    return at.into_iter().chain(lines).min();
                }
            }
        }
    }

    fn order(&self, command: GsmCommand) {
        if let Err(error) = self.line.commands.try_send(command) {
            log::error!("the stick takes no commands: {error}");
        }
    }

    fn refresh(&mut self) {
        self.lists.refresh();
        match self.contacts.refresh() {
            Ok(None) => {}
            Ok(Some(problems)) => {
                for problem in &problems {
                    log::warn!("{problem}");
                }
                for shared in self.contacts.book().shared_numbers() {
                    log::warn!(
                        "{} stands in two groups; {} decides, not {}",
                        shared.number.redacted(),
                        shared.owner,
                        shared.other
                    );
                }
            }
            Err(error) => log::warn!("{error}; the contacts read before stay in use"),
        }
    }

    fn now<R>(&mut self, work: impl FnOnce(&mut Desk, &Now<'_>) -> R) -> R {
        let snapshot = self.calendar.as_ref().map(Watched::current);
        let status = self.status_text();
        let log: PathBuf = self.settings.log.clone();
        let master = self.desk.master_phone().map(str::to_owned);
        let now = Now {
            policy: Policy {
                contacts: self.contacts.book(),
                calendar: snapshot.as_ref().map_or(&self.no_calendar, |s| &s.value),
                numbering: &self.settings.numbering,
                master: master.as_deref(),
                defaults: &self.settings.defaults,
                reject_after: self.settings.reject_after,
            },
            log: &log,
            status: &status,
        };
        work(&mut self.desk, &now)
    }

    // --- what people send

    fn inbound(&mut self, inbound: Inbound) {
        let now = Utc::now();
        let deeds = match inbound {
            Inbound::Message { asker, text, reply_to } => {
                self.now(|desk, facts| desk.message(now, facts, &asker, &text, reply_to))
            }
            Inbound::Pressed { asker, data } => {
                self.now(|desk, facts| desk.pressed(now, facts, &asker, &data))
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

    fn do_deed(&mut self, deed: Deed) {
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

    fn send_sms(&mut self, to: &str, text: String, asker: Option<Asker>) {
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

    // --- what the stick reports

    fn gsm(&mut self, event: GsmEvent) {
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

    fn show_lines(&mut self) {
        self.lines_since = None;
        let text = std::mem::take(&mut self.lines).join("\n");
        if !text.is_empty() {
            self.tell(&Note::text(text));
        }
    }

    fn received(&mut self, sms: &ReceivedSms) {
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

    fn is_sms_owner(&self, number: &ShownNumber) -> bool {
        let spelled = |n: &ShownNumber| self.settings.numbering.resolve(n);
        self.settings.sms_owners.iter().any(|owner| spelled(owner) == spelled(number))
    }

    // --- what the bridge tells

    fn told(&mut self, event: BridgeEvent) {
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

    fn incoming(&mut self, leg: LegId, caller: Option<&Caller>, waiting: bool) {
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

    fn buttons(&mut self, leg: LegId, number: Option<&ShownNumber>, waiting: bool) -> Vec<Button> {
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

    fn caller_of(&self, leg: LegId) -> String {
        self.callers.get(&leg).cloned().unwrap_or_else(|| "a caller".into())
    }

    // --- sending

    fn named(&self, number: &str) -> String {
        notices::with_name(self.contacts.book(), number)
    }

    fn answer(&mut self, asker: &Asker, note: Note) {
        if asker.channel == Channel::Sms {
            let text: String = note.text.chars().take(600).collect();
            self.send_sms(&asker.reply_to.clone(), text, None);
            return;
        }
        self.send(asker.channel, Outbound::Note { to: asker.reply_to.clone(), note });
    }

    fn tell(&self, note: &Note) {
        self.tell_but(note, None);
    }

    fn tell_but(&self, note: &Note, except: Option<i64>) {
        for messenger in self.messengers.iter().filter(|m| m.news) {
            for owner in self.desk.owners(Utc::now()).into_iter().filter(|id| Some(*id) != except) {
                let outbound = Outbound::Note { to: owner.to_string(), note: note.clone() };
                if messenger.to.try_send(outbound).is_err() {
                    log::warn!("{:?} does not keep up; a notice is lost", messenger.channel);
                }
            }
        }
    }

    fn send(&self, channel: Channel, outbound: Outbound) {
        let Some(messenger) = self.messengers.iter().find(|m| m.channel == channel) else { return };
        if messenger.to.try_send(outbound).is_err() {
            log::warn!("{channel:?} does not keep up; an answer is lost");
        }
    }

    fn status_text(&self) -> String {
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

/// A number that differs from run to run.
fn seed() -> u64 {
    fastrand::u64(..)
}
