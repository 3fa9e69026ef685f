//! The messages of a simulated stick: its store, sending, receiving, status reports, USSD.

use std::time::{Duration, Instant};

use at_codec::gsm::{Address, Alphabet, Composer, Deliver, Pdu, StatusReport, Timestamp, Ussd, to_hex};

use super::profile::Maker;
use super::stick::{Fault, Later, Seen, Stick};

/// How long the network takes to report what became of a message.
const REPORT_AFTER: Duration = Duration::from_secs(2);
/// How long the next part of a long message takes.
const PART_AFTER: Duration = Duration::from_millis(800);

/// A stored message.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    /// 0 unread, 1 read, 2 written and not sent, 3 sent.
    pub(super) state: u8,
    /// Octets behind the service centre.
    pub(super) length: usize,
    pub(super) hex: String,
}

/// The stamp of everything that the simulated network sends: its clock stands still.
const STAMP: Timestamp =
    Timestamp { year: 2026, month: 11, day: 20, hour: 12, minute: 0, second: 0, quarters: 4 };

impl Stick {
    /// Somebody sends a text, in parts if it is long. `lost` names parts, from 1, that never arrive.
    /// False if the text or the sender cannot be sent.
    pub fn sms_in(&mut self, from: &str, text: &str, lost: &[u8]) -> bool {
        let sender = Address::number(from).ok().or_else(|| Address::word(from));
        let Some(sender) = sender else { return false };
        let reference = self.next_concat;
        self.next_concat = self.next_concat.wrapping_add(1) & 0xff;
        let Ok(parts) = Composer::new().compose(&sender, text, reference) else { return false };
        for (n, part) in (0u32..).zip(parts) {
            if part.header.part.is_some_and(|p| lost.contains(&p.number)) {
                continue;
            }
            let pdu = Pdu::Deliver(Deliver {
                centre: Address::number(&self.centre).ok(),
                more: false,
                flags: 0,
                from: sender.clone(),
                protocol: 0,
                coding: part.coding,
                sent_at: STAMP,
                header: part.header,
                content: part.content,
            });
            let Ok(encoded) = pdu.encode() else { return false };
            match self.clock {
                Some(now) if n > 0 => {
                    let later = Later::Pdu { length: encoded.length(), hex: encoded.hex() };
                    self.later(now + PART_AFTER * n, later);
                }
                _ => self.pdu_in(encoded.length(), encoded.hex()),
            }
        }
        true
    }

    /// A message arrives as a PDU, whatever it holds.
    pub fn pdu_in(&mut self, length: usize, hex: String) {
        match self.cnmi[1] {
            2 => self.event(&format!("+CMT: ,{length}\r\n{hex}")),
            announce => {
                let Some(index) = self.put(Stored { state: 0, length, hex }) else {
                    if self.profile.maker == Maker::Huawei {
                        self.event("^SMMEMFULL:\"SM\"");
                    }
                    return;
                };
                if announce == 1 {
                    self.event(&format!("+CMTI: \"SM\",{index}"));
                }
            }
        }
    }

    fn put(&mut self, message: Stored) -> Option<u16> {
        let room = u16::try_from(self.profile.store).unwrap_or(u16::MAX);
        let index = (0..room).find(|n| !self.store.contains_key(n))?;
        self.store.insert(index, message);
        Some(index)
    }

    /// How many messages the SIM holds.
    pub fn stored(&self) -> usize {
        self.store.len()
    }

    /// `AT+CMGS`: the digits are here.
    pub(super) fn send_message(&mut self, now: Instant, length: usize, hex: &str) {
        if let Fault::SmsFails(number) = self.fault {
            self.line(&format!("+CMS ERROR: {number}"));
            return;
        }
        let Ok(Pdu::Submit(sms)) = Pdu::decode_hex(hex) else {
            self.line("+CMS ERROR: 304");
            return;
        };
        let whole = Pdu::Submit(sms.clone()).encode();
        if whole.is_ok_and(|encoded| encoded.length() != length) {
            self.line("+CMS ERROR: 304");
            return;
        }
        if self.network != 1 && self.network != 5 {
            self.line("+CMS ERROR: 331");
            return;
        }
        let reference = self.next_reference;
        self.next_reference = self.next_reference.wrapping_add(1);
        let to = sms.to.to_string();
        if sms.want_report {
            self.later(now + REPORT_AFTER, Later::Report { reference, to: to.clone() });
        }
        let text = sms.content.text(&sms.header).unwrap_or_default();
        self.sees(Seen::Sms { to, text });
        self.line(&format!("+CMGS: {reference}"));
        self.ok();
    }

    pub(super) fn report_arrives(&mut self, _now: Instant, reference: u8, to: &str) {
        let Ok(to) = Address::number(to) else { return };
        let pdu = Pdu::StatusReport(StatusReport {
            centre: Address::number(&self.centre).ok(),
            flags: 0x04,
            reference,
            to,
            sent_at: STAMP,
            done_at: STAMP,
            status: 0,
        });
        let Ok(encoded) = pdu.encode() else { return };
        match self.cnmi[3] {
            1 => self.event(&format!("+CDS: {}\r\n{}", encoded.length(), encoded.hex())),
            2 => {
                let message = Stored { state: 0, length: encoded.length(), hex: encoded.hex() };
                if let Some(index) = self.put(message) {
                    self.event(&format!("+CDSI: \"SM\",{index}"));
                }
            }
            _ => {}
        }
    }

    pub(super) fn read_message(&mut self, index: &str) {
        let Ok(index) = index.parse::<u16>() else {
            self.line("+CMS ERROR: 321");
            return;
        };
        let huawei = self.profile.maker == Maker::Huawei;
        match self.store.get_mut(&index) {
            Some(message) => {
                let head = format!("+CMGR: {},,{}\r\n{}", message.state, message.length, message.hex);
                message.state = if message.state == 0 { 1 } else { message.state };
                self.line(&head);
                self.ok();
            }
            // Huawei says OK and nothing else.
            None if huawei => self.ok(),
            None => self.line("+CMS ERROR: 321"),
        }
    }

    pub(super) fn list_messages(&mut self, which: &str) {
        if self.profile.list_hangs {
            return;
        }
        let wanted = which.parse::<u8>().unwrap_or(4);
        let lines: Vec<String> = self
            .store
            .iter()
            .filter(|(_, m)| wanted == 4 || m.state == wanted)
            .map(|(n, m)| format!("+CMGL: {n},{},,{}\r\n{}", m.state, m.length, m.hex))
            .collect();
        for line in lines {
            self.line(&line);
        }
        for message in self.store.values_mut().filter(|m| m.state == 0) {
            message.state = 1;
        }
        self.ok();
    }

    pub(super) fn delete_message(&mut self, what: &str) {
        let mut words = what.split(',').map(str::trim);
        let index = words.next().and_then(|w| w.parse::<u16>().ok());
        match words.next().and_then(|w| w.parse::<u8>().ok()).unwrap_or(0) {
            0 => {
                let gone = index.is_some_and(|index| self.store.remove(&index).is_some());
                if !gone && self.profile.maker != Maker::Huawei {
                    self.line("+CMS ERROR: 321");
                    return;
                }
            }
            4 => self.store.clear(),
            1 => self.store.retain(|_, m| m.state != 1),
            2 => self.store.retain(|_, m| !matches!(m.state, 1 | 3)),
            _ => self.store.retain(|_, m| m.state == 0),
        }
        self.ok();
    }

    /// `AT+CMGW`: kept, not sent.
    pub(super) fn store_usage(&self) -> String {
        let (used, total) = (self.store.len(), self.profile.store);
        format!("{used},{total},{used},{total},{used},{total}")
    }

    /// `AT+CUSD=1,"*100#",15`.
    pub(super) fn ussd(&mut self, now: Instant, code: &str) {
        let code = if self.ussd_packed {
            let ussd = Ussd { stage: 0, text: code.into(), coding: Some(15) };
            ussd.decoded(true)
        } else {
            code.to_owned()
        };
        self.sees(Seen::Ussd(code.clone()));
        self.ok();
        let (stage, text) = match code.as_str() {
            "*100#" => (0, "Balance: 12.34 GBP"),
            "*101#" => (1, "1 Balance\n2 Bonus"),
            "1" if self.ussd_open => (0, "Balance: 12.34 GBP"),
            "2" if self.ussd_open => (0, "1234"),
            _ => (4, ""),
        };
        self.ussd_open = stage == 1;
        let text = if self.ussd_packed {
            Alphabet::default()
                .encode(text)
                .map(|septets| to_hex(&at_codec::gsm::pack(&septets, 0)))
                .unwrap_or_default()
        } else {
            text.to_owned()
        };
        let line = if stage == 4 { "+CUSD: 4".into() } else { format!("+CUSD: {stage},\"{text}\",15") };
        self.later(now + Duration::from_millis(1500), Later::Say(line));
    }
}
