//! What people are told, in words.

use address_book::AddressBook;
use phone_number::{Caller, ShownNumber};

use crate::Conversation;

/// A number with its contact's name.
pub(super) fn with_name(contacts: &AddressBook, number: &str) -> String {
    match ShownNumber::new(number).and_then(|n| contacts.find(&n).map(|c| c.card.name.clone())) {
        Some(name) => format!("'{name}' ({number})"),
        None => number.to_owned(),
    }
}

/// A caller as people call them.
pub(super) fn who(contacts: &AddressBook, caller: Option<&Caller>) -> String {
    match caller.and_then(Caller::number) {
        Some(number) => with_name(contacts, number.as_str()),
        None => match caller {
            Some(Caller::Withheld) => "a hidden number".into(),
            _ => "an unknown number".into(),
        },
    }
}

/// How a conversation went, in a sentence.
pub(super) fn ended(contacts: &AddressBook, conversation: &Conversation) -> String {
    let with = if conversation.inward {
        who(contacts, conversation.caller.as_ref())
    } else {
        conversation.other.as_deref().map_or_else(|| "nobody".into(), |n| with_name(contacts, n))
    };
    match conversation.joined_for {
        Some(time) => {
            let seconds = time.as_secs();
            format!("Call with {with} closed after {}:{:02}", seconds / 60, seconds % 60)
        }
        None => format!("Call with {with} closed: {}", conversation.outcome),
    }
}
