//! What a line says.

use std::borrow::Cow;
use std::fmt;

use crate::{Extension, Stamp};

/// A field's text as the box sent it. Boxes send Latin-1, and nothing promises even that, so it is bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Text<'a>(pub &'a [u8]);

impl<'a> Text<'a> {
    /// The bytes as sent.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Whether the field was empty: a withheld number, where a number belongs.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The text: UTF-8 if it is that, else read as Latin-1.
    pub fn to_text(self) -> Cow<'a, str> {
        match std::str::from_utf8(self.0) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(self.0.iter().map(|&b| char::from(b)).collect()),
        }
    }

    /// The dialled number without the `#` that boxes behind another box put at its end.
    pub fn without_hash(self) -> Self {
        Text(self.0.strip_suffix(b"#").unwrap_or(self.0))
    }

    /// A number shown as `A(B)`, taken apart: what the caller claims, and what the network says.
    ///
    /// ```
    /// use call_monitor::Text;
    /// let (claimed, network) = Text(b"03023125555(015228817386)").pair();
    /// assert_eq!(claimed.as_bytes(), b"03023125555");
    /// assert_eq!(network.unwrap().as_bytes(), b"015228817386");
    /// assert_eq!(Text(b"03023125555").pair().1, None);
    /// ```
    pub fn pair(self) -> (Self, Option<Self>) {
        let Some(open) = memchr::memchr(b'(', self.0) else { return (self, None) };
        let (claimed, rest) = self.0.split_at(open);
        let inner = rest.get(1..).unwrap_or_default();
        (Text(claimed), Some(Text(inner.strip_suffix(b")").unwrap_or(inner))))
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Text(text.as_bytes())
    }
}

impl fmt::Debug for Text<'_> {
    /// Debug output lands in logs, so the last three digits are hidden.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", phone_number::redact(&self.0.escape_ascii().to_string()))
    }
}

/// What happened. `id` names a call for as long as it lasts; the box uses it again afterwards, and a call within
/// the house has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event<'a> {
    /// Somebody calls.
    Ring {
        /// The call.
        id: u16,
        /// Who calls; empty if the number is withheld. May be a pair, see [`Text::pair`].
        caller: Text<'a>,
        /// The own number that was called, as it is set up in the box: often without an area code.
        called: Text<'a>,
        /// The line, such as `SIP1`, `ISDN`, `POTS`; empty if the box did not say.
        line: Text<'a>,
    },
    /// Somebody in the house calls.
    Call {
        /// The call.
        id: u16,
        /// The telephone it is placed from.
        extension: Extension,
        /// The own number that it is placed with.
        own: Text<'a>,
        /// The number dialled, maybe with a `#` at its end, see [`Text::without_hash`].
        remote: Text<'a>,
        /// The line.
        line: Text<'a>,
    },
    /// A call is answered.
    Connect {
        /// The call.
        id: u16,
        /// The telephone in the house.
        extension: Extension,
        /// The other side; empty if it is withheld.
        remote: Text<'a>,
    },
    /// A call is over.
    Disconnect {
        /// The call.
        id: u16,
        /// How long it was answered; 0 if it was not.
        seconds: u32,
    },
}

impl Event<'_> {
    /// The call that it is about.
    pub fn id(&self) -> u16 {
        match *self {
            Self::Ring { id, .. }
            | Self::Call { id, .. }
            | Self::Connect { id, .. }
            | Self::Disconnect { id, .. } => id,
        }
    }
}

/// One understood line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry<'a> {
    /// When, by the box's clock.
    pub stamp: Stamp,
    /// What.
    pub event: Event<'a>,
}

/// One line, understood or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Line<'a> {
    /// It was understood.
    Entry(Entry<'a>),
    /// It was not: an event of a later firmware, a line cut in two, or not the box's at all.
    Unknown(Text<'a>),
}

impl Line<'_> {
    /// Writes the line as a box sends it, with the last `;` and CRLF.
    ///
    /// ```
    /// let line = b"17.06.20 10:28:43;CONNECT;0;11;03023125952;\r\n";
    /// let mut again = Vec::new();
    /// call_monitor::parse(line).write_to(&mut again);
    /// assert_eq!(again, line);
    /// ```
    pub fn write_to(&self, out: &mut Vec<u8>) {
        match self {
            Self::Entry(entry) => entry.write_to(out),
            Self::Unknown(text) => {
                out.extend_from_slice(text.0);
                out.extend_from_slice(b"\r\n");
            }
        }
    }
}

impl Entry<'_> {
    /// Writes the line as a box sends it, with the last `;` and CRLF.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        let mut head = |name: &str, id: u16| {
            out.extend_from_slice(format!("{};{name};{id};", self.stamp).as_bytes());
        };
        let fields: [&[u8]; 3] = match &self.event {
            Event::Ring { id, caller, called, line } => {
                head("RING", *id);
                [caller.0, called.0, line.0]
            }
            Event::Call { id, extension, own, remote, line } => {
                head("CALL", *id);
                out.extend_from_slice(format!("{};", extension.0).as_bytes());
                [own.0, remote.0, line.0]
            }
            Event::Connect { id, extension, remote } => {
                head("CONNECT", *id);
                out.extend_from_slice(format!("{};", extension.0).as_bytes());
                out.extend_from_slice(remote.0);
                out.extend_from_slice(b";\r\n");
                return;
            }
            Event::Disconnect { id, seconds } => {
                head("DISCONNECT", *id);
                out.extend_from_slice(format!("{seconds};\r\n").as_bytes());
                return;
            }
        };
        for field in fields {
            out.extend_from_slice(field);
            out.push(b';');
        }
        out.extend_from_slice(b"\r\n");
    }
}
