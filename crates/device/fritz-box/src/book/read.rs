//! Phone books as the box exports them.

use roxmltree::Node;

use super::contact::{Contact, ContactNumber, PhoneBook};
use crate::tr064::document;
use crate::{Error, NumberType};

impl PhoneBook {
    /// Reads a phone book file. Contacts that make no sense are left out, the rest is read.
    ///
    /// # Errors
    ///
    /// The file is not XML.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let doc = document("a phone book", text)?;
        let book = doc.root_element().descendants().find(|n| n.has_tag_name("phonebook"));
        let Some(book) = book else {
            return Err(Error::Xml {
                what: "a phone book".into(),
                why: "there is no phone book in it".into(),
            });
        };
        Ok(Self {
            name: book.attribute("name").unwrap_or_default().into(),
            contacts: book.children().filter(|n| n.has_tag_name("contact")).map(contact).collect(),
        })
    }
}

impl Contact {
    /// Reads one entry, as the box gives it for a change.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let doc = document("a phone book entry", text)?;
        doc.descendants().find(|n| n.has_tag_name("contact")).map(contact).ok_or_else(|| Error::Xml {
            what: "a phone book entry".into(),
            why: "there is none in it".into(),
        })
    }
}

fn contact(node: Node<'_, '_>) -> Contact {
    let mut out = Contact::default();
    for child in node.children().filter(Node::is_element) {
        match child.tag_name().name() {
            "category" => out.important = child.text().is_some_and(|t| t.trim() == "1"),
            "person" => {
                let name = child.children().find(|n| n.has_tag_name("realName"));
                out.name = name.and_then(|n| n.text()).unwrap_or_default().trim().into();
            }
            "telephony" => {
                out.numbers = child
                    .children()
                    .filter(|n| n.has_tag_name("number"))
                    .filter_map(number)
                    .filter(|n| !n.is_internal())
                    .collect();
            }
            "uniqueid" => out.unique_id = child.text().and_then(|t| t.trim().parse().ok()),
            _ => {}
        }
    }
    out
}

fn number(node: Node<'_, '_>) -> Option<ContactNumber> {
    let text = node.text()?.trim();
    if text.is_empty() {
        return None;
    }
    let given = |name: &str| node.attribute(name).filter(|v| !v.is_empty()).map(Into::into);
    Some(ContactNumber {
        number: text.into(),
        kind: NumberType::from_word(node.attribute("type").unwrap_or_default()),
        quick_dial: given("quickdial"),
        vanity: given("vanity"),
        main: node.attribute("prio") == Some("1"),
    })
}
