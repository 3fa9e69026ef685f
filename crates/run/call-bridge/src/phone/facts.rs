//! What the desk asks to answer its askers.

use std::path::Path;

use address_book::AddressBook;
use address_book::calendar::Calendar;
use call_log::{CallLog, Query, Span};
use chrono::Utc;
use phone_number::{Numbering, ShownNumber};

use super::notices::with_name;
use crate::policy::Policy;
use crate::remote::Facts;

/// The facts of a moment.
pub(super) struct Now<'a> {
    pub(super) policy: Policy<'a>,
    pub(super) log: &'a Path,
    pub(super) status: &'a str,
}

impl Now<'_> {
    fn contacts(&self) -> &AddressBook {
        self.policy.contacts
    }

    fn read_log<T>(
        &self,
        read: impl FnOnce(&mut CallLog) -> Result<T, call_log::LogError>,
    ) -> Result<T, String> {
        CallLog::open_read_only(self.log)
            .and_then(|mut log| read(&mut log))
            .map_err(|e| format!("The log cannot be read: {}", e.full_text()))
    }
}

impl Facts for Now<'_> {
    fn numbering(&self) -> &Numbering {
        self.policy.numbering
    }

    fn contacts_count(&self) -> usize {
        self.contacts().contacts().len()
    }

    fn search(&self, part: &str) -> Vec<(String, String, Vec<String>)> {
        self.contacts()
            .search(part)
            .map(|contact| {
                let numbers = contact.card.numbers.iter().map(|n| n.number.as_str().to_owned()).collect();
                (contact.card.name.to_string(), contact.group.to_string(), numbers)
            })
            .collect()
    }

    fn named(&self, number: &str) -> String {
        with_name(self.contacts(), number)
    }

    fn telephone_for(&self, number: &str, master: Option<&str>) -> Option<String> {
        let number = ShownNumber::new(number)?;
        let policy = Policy { master, ..self.policy };
        policy.telephone_for(Utc::now(), &number).map(Into::into)
    }

    fn log(&self, calls: usize) -> String {
        let limit = u32::try_from(calls).unwrap_or(100);
        let page = self.read_log(|log| log.page(&Query { limit, ..Query::default() }));
        match page {
            Err(why) => why,
            Ok(page) if page.calls.is_empty() => "No calls yet.".into(),
            Ok(page) => page
                .calls
                .iter()
                .map(|logged| {
                    let call = &logged.call;
                    let who = call.number().map_or_else(|| call.who().to_owned(), |n| self.named(n));
                    let arrow = if call.direction == call_log::Direction::In { "<-" } else { "->" };
                    format!("{} {arrow} {who}: {}", call.wall_time(), call.ending)
                })
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }

    fn statistics(&self) -> String {
        match self.read_log(|log| log.statistics(&Span { top: 5, ..Span::default() })) {
            Err(why) => why,
            Ok(statistics) => {
                let mut lines = vec![format!(
                    "{} calls, {} of them not accepted",
                    statistics.total.calls, statistics.total.blocked
                )];
                lines.extend(
                    statistics
                        .callers
                        .iter()
                        .map(|top| format!("{}: {} calls", self.named(&top.who), top.count.calls)),
                );
                lines.join("\n")
            }
        }
    }

    fn status(&self) -> String {
        self.status.to_owned()
    }
}

/// For callers who only have a calendar at hand.
impl std::fmt::Debug for Now<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let events: &Calendar = self.policy.calendar;
        write!(f, "Now({:?}, {} events)", self.policy.contacts, events.len())
    }
}
