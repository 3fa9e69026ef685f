//! The box's own answering machines and their messages.

use call_monitor::Stamp;
use roxmltree::Node;

use crate::tr064::service::TAM;
use crate::tr064::{document, local_path};
use crate::{Error, FritzBox};

/// One of the box's answering machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweringMachine {
    /// 0 for the first.
    pub index: u16,
    /// Its name.
    pub name: Box<str>,
    /// Whether it answers calls.
    pub on: bool,
}

/// A message on an answering machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The answering machine.
    pub machine: u16,
    /// The message's own number there.
    pub index: u32,
    /// Who called; `None` if withheld.
    pub caller: Option<Box<str>>,
    /// The caller's name, if a phone book knows it.
    pub name: Option<Box<str>>,
    /// The own number that was called.
    pub called: Option<Box<str>>,
    /// When, to the minute.
    pub at: Option<Stamp>,
    /// Not listened to yet.
    pub new: bool,
    /// How long, in minutes.
    pub minutes: u32,
    url: Option<Box<str>>,
}

fn field<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let found = node.children().find(|n| n.has_tag_name(name))?;
    found.text().map(str::trim).filter(|text| !text.is_empty())
}

impl FritzBox {
    /// All answering machines.
    ///
    /// # Errors
    ///
    /// The box cannot be reached, or refuses.
    pub fn answering_machines(&self) -> Result<Vec<AnsweringMachine>, Error> {
        let reply = self.tr064.call(TAM, "GetList", &[])?;
        let doc = document("the list of answering machines", reply.field("NewTAMList")?)?;
        Ok(doc
            .descendants()
            .filter(|n| n.has_tag_name("Item"))
            .filter_map(|item| {
                Some(AnsweringMachine {
                    index: field(item, "Index")?.parse().ok()?,
                    name: field(item, "Name").unwrap_or_default().into(),
                    on: field(item, "Enable") == Some("1"),
                })
            })
            .collect())
    }

    /// The messages on one of them.
    ///
    /// # Errors
    ///
    /// The box cannot be reached, or refuses.
    pub fn messages(&self, machine: u16) -> Result<Vec<Message>, Error> {
        let reply = self.tr064.call(TAM, "GetMessageList", &[("NewIndex", &machine.to_string())])?;
        let url = reply.field("NewURL")?;
        let text = self.tr064.fetch_text(url)?;
        let doc = document("the list of messages", &text)?;
        // The messages are fetched with the same session as their list.
        let session = url.split(['?', '&']).find(|p| p.starts_with("sid=")).unwrap_or_default();
        Ok(doc
            .descendants()
            .filter(|n| n.has_tag_name("Message"))
            .filter_map(|node| {
                let path = field(node, "Path").and_then(local_path);
                let date = field(node, "Date").and_then(|d| Stamp::parse(format!("{d}:00").as_bytes()));
                let minutes = field(node, "Duration").and_then(|d| {
                    let (hours, minutes) = d.split_once(':')?;
                    hours.parse::<u32>().ok()?.checked_mul(60)?.checked_add(minutes.parse().ok()?)
                });
                Some(Message {
                    machine,
                    index: field(node, "Index")?.parse().ok()?,
                    caller: field(node, "Number").map(Into::into),
                    name: field(node, "Name").map(Into::into),
                    called: field(node, "Called").map(Into::into),
                    at: date,
                    new: field(node, "New") == Some("1"),
                    minutes: minutes.unwrap_or_default(),
                    url: path.map(|p| format!("{p}&{session}").into()),
                })
            })
            .collect())
    }

    /// A message's sound, a WAV file.
    ///
    /// # Errors
    ///
    /// The message has no sound any more, or the box refuses.
    pub fn message_sound(&self, message: &Message) -> Result<Vec<u8>, Error> {
        let url = message.url.as_deref().ok_or_else(|| Error::NoEntry {
            what: message.index.to_string().into(),
            book: format!("answering machine {}", message.machine).into(),
        })?;
        self.tr064.fetch(url)
    }

    /// Marks a message as listened to, or as new.
    ///
    /// # Errors
    ///
    /// The box refuses.
    pub fn mark_message(&self, message: &Message, heard: bool) -> Result<(), Error> {
        let arguments = [
            ("NewIndex", &*message.machine.to_string()),
            ("NewMessageIndex", &*message.index.to_string()),
            ("NewMarkedAsRead", if heard { "1" } else { "0" }),
        ];
        self.tr064.call(TAM, "MarkMessage", &arguments)?;
        Ok(())
    }

    /// Deletes a message.
    ///
    /// # Errors
    ///
    /// The box refuses.
    pub fn delete_message(&self, message: &Message) -> Result<(), Error> {
        let arguments =
            [("NewIndex", &*message.machine.to_string()), ("NewMessageIndex", &*message.index.to_string())];
        self.tr064.call(TAM, "DeleteMessage", &arguments)?;
        Ok(())
    }

    /// Switches an answering machine on or off.
    ///
    /// # Errors
    ///
    /// The box refuses.
    pub fn set_answering_machine(&self, machine: u16, on: bool) -> Result<(), Error> {
        let arguments = [("NewIndex", &*machine.to_string()), ("NewEnable", if on { "1" } else { "0" })];
        self.tr064.call(TAM, "SetEnable", &arguments)?;
        Ok(())
    }
}
