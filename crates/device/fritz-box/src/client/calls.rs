//! The box's own list of the last calls.

use call_monitor::{Extension, Stamp};

use crate::tr064::service::ON_TEL;
use crate::tr064::{document, local_path};
use crate::{Error, FritzBox};

/// What became of a listed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallKind {
    /// Somebody called and was answered.
    Incoming,
    /// Somebody called and was not answered.
    Missed,
    /// Somebody in the house called.
    Outgoing,
    /// Somebody called and is being spoken with.
    IncomingNow,
    /// The box itself rejected the caller.
    Rejected,
    /// Somebody in the house calls.
    OutgoingNow,
    /// Something that later firmware may list.
    Other(u16),
}

impl CallKind {
    fn from_type(number: u16) -> Self {
        match number {
            1 => Self::Incoming,
            2 => Self::Missed,
            3 => Self::Outgoing,
            9 => Self::IncomingNow,
            10 => Self::Rejected,
            11 => Self::OutgoingNow,
            n => Self::Other(n),
        }
    }

    /// Whether the other side called.
    pub fn is_incoming(self) -> bool {
        matches!(self, Self::Incoming | Self::Missed | Self::IncomingNow | Self::Rejected)
    }

    /// Whether it goes on.
    pub fn is_now(self) -> bool {
        matches!(self, Self::IncomingNow | Self::OutgoingNow)
    }

    /// The word for tables and `--json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Incoming => "incoming",
            Self::Missed => "missed",
            Self::Outgoing => "outgoing",
            Self::IncomingNow => "incoming now",
            Self::Rejected => "rejected",
            Self::OutgoingNow => "outgoing now",
            Self::Other(_) => "other",
        }
    }
}

/// One call of the box's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCall {
    /// Counts up with every call, until the list is cleared.
    pub id: u32,
    /// What became of it.
    pub kind: CallKind,
    /// The other side's number; `None` if withheld.
    pub remote: Option<Box<str>>,
    /// The own number.
    pub own: Option<Box<str>>,
    /// The other side's name, if a phone book knows it.
    pub name: Option<Box<str>>,
    /// The telephone, by the name that the owner gave it.
    pub device: Option<Box<str>>,
    /// The telephone, by its number.
    pub extension: Option<Extension>,
    /// When, to the minute; the seconds are 0.
    pub at: Option<Stamp>,
    /// How long, in minutes: the box rounds up.
    pub minutes: u32,
    /// A message or fax that came of it; path and query at the box.
    pub recording: Option<Box<str>>,
}

impl ListedCall {
    /// Whether one of the box's answering machines took it.
    pub fn is_message(&self) -> bool {
        self.kind == CallKind::Incoming && self.extension.is_some_and(Extension::is_answering_machine)
    }
}

impl FritzBox {
    /// The last calls, the newest first.
    ///
    /// # Errors
    ///
    /// The box cannot be reached, or refuses.
    pub fn calls(&self, at_most: u32) -> Result<Vec<ListedCall>, Error> {
        let reply = self.tr064.call(ON_TEL, "GetCallList", &[])?;
        let url = reply.field("NewCallListURL")?;
        let mark = if url.contains('?') { '&' } else { '?' };
        parse(&self.tr064.fetch_text(&format!("{url}{mark}max={at_most}"))?)
    }
}

/// Reads a call list file.
pub(crate) fn parse(text: &str) -> Result<Vec<ListedCall>, Error> {
    let doc = document("the call list", text)?;
    Ok(doc.descendants().filter(|n| n.has_tag_name("Call")).filter_map(call).collect())
}

fn call(node: roxmltree::Node<'_, '_>) -> Option<ListedCall> {
    let field = |name: &str| {
        let found = node.children().find(|n| n.has_tag_name(name))?;
        found.text().map(str::trim).filter(|text| !text.is_empty())
    };
    let kind = CallKind::from_type(field("Type")?.parse().ok()?);
    let (remote, own) = if kind.is_incoming() {
        (field("Caller"), field("CalledNumber").or_else(|| field("Called")))
    } else {
        (field("Called"), field("CallerNumber").or_else(|| field("Caller")))
    };
    let minutes = field("Duration").and_then(|d| {
        let (hours, minutes) = d.split_once(':')?;
        hours.parse::<u32>().ok()?.checked_mul(60)?.checked_add(minutes.parse().ok()?)
    });
    Some(ListedCall {
        id: field("Id")?.parse().ok()?,
        kind,
        remote: remote.map(Into::into),
        own: own.map(|o| o.split_once(':').map_or(o, |(_, number)| number.trim()).into()),
        name: field("Name").map(Into::into),
        device: field("Device").map(Into::into),
        extension: field("Port").and_then(|p| p.parse().ok()).map(Extension),
        at: field("Date").and_then(|d| Stamp::parse(format!("{d}:00").as_bytes())),
        minutes: minutes.unwrap_or_default(),
        recording: field("Path").and_then(local_path).map(Into::into),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_call_is_read() {
        let text = "<?xml version=\"1.0\" encoding=\"utf-8\"?><root><timestamp>1</timestamp>\
            <Call><Id>7</Id><Type>10</Type><Caller>03023125555</Caller><Called>SIP: 23125001</Called>\
            <CalledNumber>23125001</CalledNumber><Name></Name><Numbertype>sip</Numbertype><Device></Device>\
            <Port>-1</Port><Date>16.06.20 12:25</Date><Duration>0:00</Duration><Count></Count><Path /></Call>\
            <Call><Id>6</Id><Type>3</Type><Caller>SIP: 23125001</Caller><Called>015228817386</Called>\
            <CallerNumber>23125001</CallerNumber><Name>Anna</Name><Device>Kitchen</Device><Port>10</Port>\
            <Date>16.06.20 11:00</Date><Duration>1:05</Duration></Call>\
            <Call><Id>5</Id><Type>1</Type><Caller></Caller><Called>23125001</Called><Port>40</Port>\
            <Date>16.06.20 10:00</Date><Duration>0:01</Duration>\
            <Path>/download.lua?path=/data/tam/rec/rec.0.000</Path></Call>\
            <Call><Id>x</Id><Type>1</Type></Call></root>";
        let calls = parse(text).unwrap();
        assert_eq!(calls.len(), 3);
        assert_eq!((calls[0].kind, calls[0].own.as_deref()), (CallKind::Rejected, Some("23125001")));
        assert_eq!((calls[1].minutes, calls[1].remote.as_deref()), (65, Some("015228817386")));
        assert_eq!(calls[1].own.as_deref(), Some("23125001"));
        assert!(calls[2].is_message() && calls[2].remote.is_none());
        assert_eq!(calls[2].at.unwrap().to_string(), "16.06.20 10:00:00");
    }

    #[test]
    fn any_text_is_read_or_refused() {
        bolero::check!().for_each(|bytes: &[u8]| {
            let _ = parse(&String::from_utf8_lossy(bytes));
        });
    }
}
