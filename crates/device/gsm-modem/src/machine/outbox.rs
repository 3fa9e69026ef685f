//! Sending messages: in parts, one at a time, between everything else; and what the network reports of them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use at_codec::gsm::{
    Address, Ask, Composer, Encoded, Final, Outcome, Pdu, StatusReport, Validity, sent_reference,
};

use super::{Job, Machine};
use crate::{GsmEvent, SmsFate};

/// The most messages that wait to be sent.
const MOST_WAITING: usize = 64;
/// The most parts whose fate is awaited.
const MOST_AWAITED: usize = 1024;
/// How often a part is tried when the network has trouble.
const TRIES: u8 = 4;
/// How long to wait between the tries.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// A message on its way out.
#[derive(Debug)]
struct Outgoing {
    reference: u64,
    to: Box<str>,
    parts: VecDeque<Encoded>,
    total: u8,
    tries: u8,
}

/// A part that the network has taken.
#[derive(Debug)]
struct Awaited {
    reference: u64,
    to: Box<str>,
    network_reference: u8,
    done: bool,
}

/// What waits to be sent, and what has been.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Outgoing>,
    sending: bool,
    again_at: Option<Instant>,
    awaited: VecDeque<Awaited>,
    next_concat: u16,
}

impl Outbox {
    pub(super) fn follow(&mut self, before: &mut Self) {
        self.awaited = std::mem::take(&mut before.awaited);
        self.next_concat = before.next_concat;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.again_at
    }
}

impl Machine {
    pub(super) fn send_sms(&mut self, now: Instant, to: &str, text: &str, reference: u64) {
        let failed = |reason: String| GsmEvent::SmsFailed { reference, reason: reason.into() };
        if !self.info.sms {
            self.tell(failed("this stick does not send messages in PDU mode".into()));
            return;
        }
        if self.outbox.waiting.len() >= MOST_WAITING {
            self.tell(failed("too many messages wait to be sent already".into()));
            return;
        }
        let composer = Composer {
            want_report: self.settings.sms_reports,
            validity: Some(Validity::lasting(self.settings.sms_validity)),
            ..Composer::new()
        };
        self.outbox.next_concat = self.outbox.next_concat.wrapping_add(1);
        let concat = self.outbox.next_concat;
        let composed = Address::number(to).and_then(|address| {
            let parts = composer.compose(&address, text, concat)?;
            parts.into_iter().map(|part| Pdu::Submit(part).encode()).collect::<Result<VecDeque<_>, _>>()
        });
        match composed {
            Ok(parts) => {
                let total = u8::try_from(parts.len()).unwrap_or(u8::MAX);
                self.outbox.waiting.push_back(Outgoing { reference, to: to.into(), parts, total, tries: 0 });
                self.send_part(now);
            }
            Err(error) => self.tell(failed(error.to_string())),
        }
    }

    pub(super) fn outbox_due(&mut self, now: Instant) {
        if self.outbox.again_at.take_if(|at| *at <= now).is_some() {
            self.send_part(now);
        }
    }

    fn send_part(&mut self, now: Instant) {
        if self.outbox.sending || self.outbox.again_at.is_some() {
            return;
        }
        let Some(part) = self.outbox.waiting.front().and_then(|sms| sms.parts.front()) else { return };
        let ask = Ask::new(format!("AT+CMGS={}", part.length())).with_body(part.hex());
        self.outbox.sending = true;
        self.ask(now, ask, Job::SendPart);
    }

    pub(super) fn part_sent(&mut self, now: Instant, lines: &[String], outcome: &Outcome) {
        self.outbox.sending = false;
        let Some(sms) = self.outbox.waiting.front_mut() else { return };
        if outcome.is_ok() {
            sms.parts.pop_front();
            sms.tries = 0;
            let (reference, to, total, done) =
                (sms.reference, sms.to.clone(), sms.total, sms.parts.is_empty());
            if let Some(network_reference) = lines.iter().find_map(|line| sent_reference(line)) {
                if self.outbox.awaited.len() == MOST_AWAITED {
                    self.outbox.awaited.pop_front();
                }
                self.outbox.awaited.push_back(Awaited { reference, to, network_reference, done: false });
            }
            if done {
                self.outbox.waiting.pop_front();
                self.tell(GsmEvent::SmsSent { reference, parts: total });
            }
        } else {
            sms.tries += 1;
            // Only what passes by itself is tried again. A part without a reply may have been sent: it is not.
            let passes = matches!(
                outcome,
                Outcome::Final(Final::Message(Some(38 | 41 | 42 | 47 | 314 | 331 | 332), _))
                    | Outcome::Final(Final::Equipment(Some(14 | 30 | 31), _))
            );
            if passes && sms.tries < TRIES {
                self.outbox.again_at = Some(now + TRY_AGAIN);
                return;
            }
            let reference = sms.reference;
            self.outbox.waiting.pop_front();
            let reason = match outcome {
                Outcome::TimedOut => "the stick did not take the message".to_owned(),
                other => other.reason(),
            };
            self.tell(GsmEvent::SmsFailed { reference, reason: reason.into() });
        }
        self.send_part(now);
    }

    pub(super) fn report_of_sms(&mut self, report: &StatusReport) {
        let awaited = &mut self.outbox.awaited;
        // References come round after 256; the number tells, and of two the later is meant.
        let ends_alike = |a: &str, b: &str| {
            let digits =
                |s: &str| -> Vec<u8> { s.bytes().filter(u8::is_ascii_digit).rev().take(7).collect() };
            digits(a) == digits(b)
        };
        let to = report.to.to_string();
        let at =
            awaited.iter().rposition(|a| a.network_reference == report.reference && ends_alike(&a.to, &to));
        let Some(at) = at else { return };
        let (reference, to) = (awaited[at].reference, awaited[at].to.clone());
        let fate = match report.status {
            0..=31 => {
                awaited[at].done = true;
                if awaited.iter().any(|a| a.reference == reference && !a.done)
                    || self.outbox.waiting.iter().any(|sms| sms.reference == reference)
                {
                    return;
                }
                SmsFate::Delivered
            }
            32..=63 => SmsFate::Trying(report.status),
            status => SmsFate::Failed(status),
        };
        if !matches!(fate, SmsFate::Trying(_)) {
            self.outbox.awaited.retain(|a| a.reference != reference);
        }
        self.tell(GsmEvent::SmsReport { reference, to, fate });
    }

    pub(super) fn outbox_lost(&mut self) {
        for sms in std::mem::take(&mut self.outbox.waiting) {
            let reason = "the stick was lost";
            self.tell(GsmEvent::SmsFailed { reference: sms.reference, reason: reason.into() });
        }
    }
}
