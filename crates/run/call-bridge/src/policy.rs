//! Who takes a call: calendar, contacts, what is known of the number, and the three defaults.
//!
//! Asked in this order, the first that says something decides:
//!
//! 1. An own telephone calls: never joined with itself.
//! 2. A calendar event for the contact, then one for the contact's group: forwarded to its location.
//! 3. A contact without such an event: [`Defaults::out_of_hours`].
//! 4. A withheld or unavailable number: [`Defaults::unknown`].
//! 5. A number that a list or look-up names as unwanted: sent away.
//! 6. Everybody else: [`Defaults::not_in_group`].

use address_book::calendar::{Calendar, NamedBy};
use address_book::{AddressBook, Contact};
use chrono::{DateTime, Utc};
use phone_number::{Caller, Numbering, ShownNumber};

use crate::Plan;

use std::time::Duration;

/// What is done where neither contact nor calendar says anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Otherwise {
    /// The master phone takes the call, whichever that is now.
    Master,
    /// This telephone takes the call.
    Number(Box<str>),
    /// The caller is sent away.
    Reject,
}

/// The three defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// For callers who hide their number, or whose number the network does not know.
    pub unknown: Otherwise,
    /// For callers who are in no group.
    pub not_in_group: Otherwise,
    /// For contacts whose group or name has no event now.
    pub out_of_hours: Otherwise,
}

impl Default for Defaults {
    /// The telephone rings: a call too many is better than one missed.
    fn default() -> Self {
        Self { unknown: Otherwise::Master, not_in_group: Otherwise::Master, out_of_hours: Otherwise::Master }
    }
}

/// All that is asked, as it stands now.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// The contacts.
    pub contacts: &'a AddressBook,
    /// The calendar.
    pub calendar: &'a Calendar,
    /// How numbers are written here.
    pub numbering: &'a Numbering,
    /// The owner's telephone; none if none is set yet.
    pub master: Option<&'a str>,
    /// The three defaults.
    pub defaults: &'a Defaults,
    /// How long a caller who is sent away rings before, so that the owner can take the call.
    pub reject_after: Duration,
}

/// What was decided, and by whom the call is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision<'a> {
    /// What is done.
    pub plan: Plan,
    /// The contact, if the number is one's.
    pub contact: Option<&'a Contact>,
    /// An event that names the caller but has no number to forward to.
    pub warnings: Vec<Box<str>>,
}

impl<'a> Policy<'a> {
    /// Who takes this caller's call at that moment. `unwanted` is what a list or look-up says against the
    /// number; it does not count for contacts.
    pub fn decide(
        &self,
        now: DateTime<Utc>,
        caller: Option<&Caller>,
        unwanted: Option<&str>,
    ) -> Decision<'a> {
        let number = caller.and_then(Caller::number);
        let contact = number.and_then(|n| self.contacts.find(n));
        if number.is_some_and(|n| self.master.is_some_and(|m| self.same(n, m))) {
            let why = "it is your own telephone; use /call to be connected with somebody";
            return self.made(contact, Plan::Reject { why: why.into(), after: Duration::ZERO, no_sms: true });
        }
        let Some(contact) = contact else {
            return self.stranger(number, unwanted);
        };
        let name = &contact.card.name;
        let mut decision = match self.calendar.forward(now, contact) {
            Some(forward) => {
                let who = match forward.by {
                    NamedBy::Contact => format!("{name} by name"),
                    _ => format!("{name}, group {}", contact.group),
                };
                let why = format!("event \"{}\" ({who})", forward.event);
                let to = forward.to.as_str();
                self.made(Some(contact), self.forward_unless_self(number, to, why))
            }
            None => {
                let why = format!("no event for {name} or group {} now", contact.group);
                self.made(Some(contact), self.otherwise(&self.defaults.out_of_hours, number, why))
            }
        };
        decision.warnings = self.calendar.without_number(now, contact).into_iter().map(|p| p.text).collect();
        decision
    }

    /// The telephone that takes a number's calls now, for `/getmasterphonefromnumber`.
    pub fn telephone_for(&self, now: DateTime<Utc>, number: &ShownNumber) -> Option<Box<str>> {
        let by_rule = self
            .contacts
            .find(number)
            .and_then(|contact| self.calendar.forward(now, contact))
            .map(|forward| forward.to.as_str().into());
        by_rule.or_else(|| self.master.map(Into::into))
    }

    fn stranger(&self, number: Option<&ShownNumber>, unwanted: Option<&str>) -> Decision<'a> {
        let plan = match (number, unwanted) {
            (None, _) => {
                self.otherwise(&self.defaults.unknown, number, "the number is hidden or unknown".into())
            }
            (Some(_), Some(why)) => Plan::Reject { why: why.into(), after: self.reject_after, no_sms: true },
            (Some(_), None) => {
                self.otherwise(&self.defaults.not_in_group, number, "the number is in no group".into())
            }
        };
        self.made(None, plan)
    }

    fn otherwise(&self, default: &Otherwise, number: Option<&ShownNumber>, why: String) -> Plan {
        match (default, self.master) {
            (Otherwise::Number(to), _) => self.forward_unless_self(number, to, why),
            (Otherwise::Master, Some(master)) => self.forward_unless_self(number, master, why),
            (Otherwise::Master, None) => {
                Plan::Ring { why: format!("{why}, and no master phone is set (/setmasterphone)").into() }
            }
            (Otherwise::Reject, _) => {
                Plan::Reject { why: why.into(), after: self.reject_after, no_sms: false }
            }
        }
    }

    /// A call is never joined with the telephone that it comes from.
    fn forward_unless_self(&self, number: Option<&ShownNumber>, to: &str, why: String) -> Plan {
        if number.is_some_and(|n| self.same(n, to)) {
            let why = format!("{why}, but it would be forwarded to the telephone that it comes from");
            return Plan::Reject { why: why.into(), after: Duration::ZERO, no_sms: true };
        }
        Plan::Forward { to: vec![to.into()], why: why.into() }
    }

    fn same(&self, number: &ShownNumber, other: &str) -> bool {
        ShownNumber::new(other).is_some_and(|other| {
            *number == other
                || self.numbering.resolve(number).as_str() == self.numbering.resolve(&other).as_str()
        })
    }

    fn made(&self, contact: Option<&'a Contact>, plan: Plan) -> Decision<'a> {
        Decision { plan, contact, warnings: Vec::new() }
    }
}
