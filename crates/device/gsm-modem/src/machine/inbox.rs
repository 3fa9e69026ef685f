//! Receiving messages: stored by the stick, read, told, and deleted once they are kept.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use at_codec::gsm::{
    Address, Ask, Deliver, Joined, Outcome, Parts, Pdu, StoredHeader, Taken, allows, store_usage,
};
use call_event::CallerName;
use phone_number::Caller;

use super::{Job, Machine, clean_text};
use crate::{GsmEvent, ReceivedSms, SmsId, SmsSender};

/// The most messages that are told and not kept yet.
const MOST_TOLD: usize = 1024;
/// The most places of a store that are read one by one.
const MOST_PLACES: u16 = 500;

/// A place in a store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    memory: Box<str>,
    index: u16,
}

/// A message at a place. The place may be emptied and filled anew; then this one is no longer there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    place: Place,
    serial: u64,
}

/// The message that was read at a place.
#[derive(Debug)]
struct Known {
    serial: u64,
    hex: Box<str>,
}

/// What came in and is not deleted yet.
#[derive(Debug)]
pub(super) struct Inbox {
    /// The store that the stick reads from now.
    memory: Box<str>,
    parts: Parts<Option<Slot>>,
    told: BTreeMap<SmsId, Vec<Slot>>,
    /// Places whose messages are known: told, or parts of one that is not complete. The same message may be listed
    /// and announced; told twice it would be deleted twice, and the second time it is another one.
    known: BTreeMap<Place, Known>,
    next_serial: u64,
    to_read: VecDeque<Place>,
    to_delete: Vec<Slot>,
    reading: bool,
    /// Another store is being selected: until that is answered, no place means anything.
    switching: bool,
    next_id: u64,
    announce: [u16; 5],
    /// While reading one place after the other: how many messages are still to be found.
    still_to_find: Option<u16>,
}

impl Inbox {
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            memory: "SM".into(),
            parts: Parts::new(patience),
            told: BTreeMap::new(),
            known: BTreeMap::new(),
            next_serial: 1,
            to_read: VecDeque::new(),
            to_delete: Vec::new(),
            reading: false,
            switching: false,
            next_id: 1,
            announce: [2, 1, 0, 1, 0],
            still_to_find: None,
        }
    }

    pub(super) fn follow(&mut self, before: &Self) {
        self.next_id = before.next_id;
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.parts.deadline()
    }

    pub(super) fn selected(&mut self, memory: &str, lines: &[String]) {
        self.memory = memory.into();
        log::debug!("messages are kept in {memory}: {:?}", lines.iter().find_map(|l| store_usage(l)));
    }

    /// Chooses how messages are announced from what the stick offers; the likes of 2,1,0,1,0.
    pub(super) fn choose_announcement(&mut self, lists: &[Vec<String>], reports: bool) {
        let wishes: [&[u16]; 5] =
            [&[2, 1], &[1, 2], &[0, 2], if reports { &[1, 2, 0] } else { &[0] }, &[0, 1]];
        for (n, wish) in wishes.iter().enumerate() {
            self.announce[n] = match lists.get(n) {
                Some(list) => wish.iter().copied().find(|&w| allows(list, w)).unwrap_or(0),
                None => wish[0],
            };
        }
    }

    pub(super) fn announce_command(&self) -> String {
        let words = self.announce.map(|n| n.to_string());
        format!("AT+CNMI={}", words.join(","))
    }
}

impl Machine {
    pub(super) fn message_announced(&mut self, now: Instant, memory: Box<str>, index: Option<u16>) {
        if !self.settings.sms {
            return;
        }
        let memory = if memory.is_empty() { self.inbox.memory.clone() } else { memory };
        match index {
            Some(index) => {
                let place = Place { memory, index };
                // One that is known too: it may have been emptied and filled anew.
                if !self.inbox.to_read.contains(&place) {
                    self.inbox.to_read.push_back(place);
                }
                self.read_next(now);
            }
            None => self.sweep(now),
        }
    }

    /// Looks through the whole store: for what came while nobody listened.
    pub(super) fn sweep(&mut self, now: Instant) {
        if !self.up || !self.settings.sms || !self.info.sms {
            return;
        }
        if self.profile.list_hangs {
            self.ask(now, Ask::new("AT+CPMS?"), Job::Usage);
        } else {
            self.ask(now, Ask::new("AT+CMGL=4"), Job::ListSms);
        }
    }

    pub(super) fn usage_known(&mut self, now: Instant, lines: &[String]) {
        let Some((used, total)) = lines.iter().find_map(|line| store_usage(line)) else { return };
        if used == 0 {
            return;
        }
        let known = u16::try_from(self.inbox.known.len()).unwrap_or(u16::MAX);
        self.inbox.still_to_find = Some(used.saturating_sub(known));
        // Some stores count from 0, some from 1.
        for index in 0..=total.min(MOST_PLACES) {
            let place = Place { memory: self.inbox.memory.clone(), index };
            if !self.inbox.known.contains_key(&place) && !self.inbox.to_read.contains(&place) {
                self.inbox.to_read.push_back(place);
            }
        }
        self.read_next(now);
    }

    pub(super) fn messages_listed(&mut self, now: Instant, lines: &[String], outcome: &Outcome) {
        if !outcome.is_ok() && lines.is_empty() {
            if *outcome == Outcome::TimedOut || self.inbox.still_to_find.is_none() {
                // Some sticks list nothing and yet read each.
                self.ask(now, Ask::new("AT+CPMS?"), Job::Usage);
            }
            return;
        }
        let mut lines = lines.iter();
        while let Some(line) = lines.next() {
            let Some(StoredHeader { index: Some(index), received, .. }) = StoredHeader::read(line) else {
                continue;
            };
            let Some(hex) = lines.next() else { break };
            if received != Some(false) {
                let place = Place { memory: self.inbox.memory.clone(), index };
                self.take_pdu(now, hex, Some(place));
            }
        }
    }

    fn read_next(&mut self, now: Instant) {
        if self.inbox.reading {
            return;
        }
        if self.inbox.still_to_find == Some(0) {
            self.inbox.still_to_find = None;
            self.inbox.to_read.clear();
        }
        let next =
            self.inbox.to_read.front().or_else(|| self.inbox.to_delete.first().map(|slot| &slot.place));
        let Some(place) = next.cloned() else {
            self.inbox.still_to_find = None;
            return;
        };
        self.inbox.reading = true;
        if place.memory == self.inbox.memory {
            self.inbox.to_read.pop_front();
            let ask = Ask::new(format!("AT+CMGR={}", place.index));
            self.ask(now, ask, Job::ReadSms(place));
        } else {
            self.inbox.switching = true;
            let ask = Ask::new(format!("AT+CPMS=\"{}\"", place.memory));
            self.ask(now, ask, Job::SelectStore(place.memory));
        }
    }

    pub(super) fn store_selected(&mut self, now: Instant, memory: Box<str>, outcome: &Outcome) {
        self.inbox.reading = false;
        self.inbox.switching = false;
        if outcome.is_ok() {
            self.inbox.memory = memory;
        } else {
            // Quectel announces reports as being where they are not; they come directly as well.
            self.inbox.to_read.retain(|place| place.memory != memory);
            self.inbox.to_delete.retain(|slot| slot.place.memory != memory);
        }
        self.delete(now, Vec::new());
        self.read_next(now);
    }

    pub(super) fn message_read(&mut self, now: Instant, place: Place, lines: &[String], outcome: &Outcome) {
        self.inbox.reading = false;
        let header = lines.iter().position(|line| StoredHeader::read(line).is_some());
        if outcome.is_ok()
            && let Some(at) = header
            && let Some(hex) = lines.get(at + 1)
        {
            if let Some(left) = &mut self.inbox.still_to_find {
                *left = left.saturating_sub(1);
            }
            let received = StoredHeader::read(&lines[at]).and_then(|h| h.received);
            if received != Some(false) {
                self.take_pdu(now, hex, Some(place));
            }
        }
        self.read_next(now);
    }

    /// A message or a report that is stored nowhere.
    pub(super) fn pdu_came(&mut self, now: Instant, report: bool, hex: &str) {
        self.take_pdu(now, hex, None);
        if !report {
            // Without it the network sends it again; where it is not wanted it does no harm.
            self.ask(now, Ask::new("AT+CNMA"), Job::Quiet);
        }
    }

    fn take_pdu(&mut self, now: Instant, hex: &str, place: Option<Place>) {
        let slot = match place {
            Some(place) => {
                let again = self.inbox.known.get(&place).is_some_and(|known| *known.hex == *hex);
                if again || self.inbox.told.len() >= MOST_TOLD {
                    return;
                }
                let serial = self.inbox.next_serial;
                self.inbox.next_serial += 1;
                self.inbox.known.insert(place.clone(), Known { serial, hex: hex.into() });
                Some(Slot { place, serial })
            }
            None => None,
        };
        match Pdu::decode_hex(hex) {
            Ok(Pdu::Deliver(sms)) => match self.inbox.parts.take(now, sms, slot) {
                Taken::Joined(joined) => self.tell_sms(*joined),
                Taken::Waiting => {}
                Taken::Repeated(slot) => self.delete(now, slot.into_iter().collect()),
            },
            Ok(Pdu::StatusReport(report)) => {
                self.report_of_sms(&report);
                self.delete(now, slot.into_iter().collect());
            }
            // Written by us or by another program: left alone.
            Ok(Pdu::Submit(_)) => {}
            Err(error) => {
                log::warn!("a message cannot be read: {error}");
                let text = format!("[a message that cannot be read: {}]", clean_text(hex));
                let from = SmsSender::Number(Caller::Unavailable);
                let kept = slot.into_iter().collect();
                self.tell_received(from, text, None, None, (1, false, false), kept);
            }
        }
    }

    pub(super) fn inbox_due(&mut self, now: Instant) {
        while let Some(joined) = self.inbox.parts.give_up(now) {
            self.tell_sms(joined);
        }
    }

    fn tell_sms(&mut self, joined: Joined<Option<Slot>>) {
        let Joined { first, text, data, sent_at, total, incomplete, kept } = joined;
        let Deliver { from, coding, .. } = first;
        let from = match &from {
            Address::Word(word) => CallerName::from_line(word.as_bytes())
                .map_or(SmsSender::Number(Caller::Unavailable), SmsSender::Word),
            number => SmsSender::Number(Caller::from_line(number.to_string().as_bytes())),
        };
        let text = clean_text(&text.unwrap_or_default());
        let kept = kept.into_iter().flatten().collect();
        let flash = coding.class() == Some(0);
        let about = (total, incomplete, flash);
        self.tell_received(from, text, data.map(Into::into), Some(sent_at.to_string().into()), about, kept);
    }

    fn tell_received(
        &mut self,
        from: SmsSender,
        text: String,
        data: Option<Box<[u8]>>,
        sent_at: Option<Box<str>>,
        (parts, incomplete, flash): (u8, bool, bool),
        kept: Vec<Slot>,
    ) {
        let id = SmsId(self.inbox.next_id);
        self.inbox.next_id += 1;
        self.inbox.told.insert(id, kept);
        let sms = ReceivedSms { id, from, text, data, sent_at, parts, incomplete, flash };
        self.tell(GsmEvent::Sms(sms));
    }

    pub(super) fn sms_kept(&mut self, now: Instant, id: SmsId) {
        if let Some(slots) = self.inbox.told.remove(&id)
            && self.settings.delete_kept_sms
        {
            self.delete(now, slots);
        }
    }

    /// Deletes at once what is in the store that is selected, and the rest when its store is: a place number sent
    /// to the wrong store would delete a message that nobody has read. So would one of a message that is gone.
    fn delete(&mut self, now: Instant, slots: Vec<Slot>) {
        let known = &self.inbox.known;
        let there = |slot: &Slot| known.get(&slot.place).is_some_and(|known| known.serial == slot.serial);
        self.inbox.to_delete.extend(slots.into_iter().filter(there));
        if self.inbox.switching {
            return;
        }
        let memory = self.inbox.memory.clone();
        let (here, elsewhere): (Vec<Slot>, Vec<Slot>) = std::mem::take(&mut self.inbox.to_delete)
            .into_iter()
            .partition(|slot| slot.place.memory == memory);
        self.inbox.to_delete = elsewhere;
        for slot in here {
            let ask = Ask::new(format!("AT+CMGD={}", slot.place.index));
            self.ask(now, ask, Job::DeleteSms(slot));
        }
        if self.inbox.to_read.is_empty() && !self.inbox.to_delete.is_empty() {
            self.read_next(now);
        }
    }

    /// From here on the place may hold another message; what was read before belongs to the old one.
    pub(super) fn message_deleted(&mut self, slot: &Slot) {
        if self.inbox.known.get(&slot.place).is_some_and(|known| known.serial == slot.serial) {
            self.inbox.known.remove(&slot.place);
        }
    }
}
