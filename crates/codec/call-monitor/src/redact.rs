//! Lines that strangers may read.

use crate::{Entry, Event, Line, Text, parse};

/// The line with the last three digits of each number in it as `xxx`, the box's own numbers too.
///
/// A line that is not understood loses the last three digits of each field that has more than three, save the
/// first, which is a date.
///
/// ```
/// let line = call_monitor::redact_line(b"16.06.20 12:25:42;RING;0;01755290123;732001;SIP1;");
/// assert_eq!(line, b"16.06.20 12:25:42;RING;0;01755290xxx;732xxx;SIP1;");
/// ```
pub fn redact_line(line: &[u8]) -> Vec<u8> {
    match parse(line) {
        Line::Entry(Entry { stamp, event }) => {
            let mut held = [const { Vec::new() }; 2];
            let event = redact_event(event, &mut held);
            let mut out = Vec::with_capacity(line.len());
            Entry { stamp, event }.write_to(&mut out);
            out.truncate(out.len() - b"\r\n".len());
            out
        }
        Line::Unknown(Text(body)) => {
            let mut out = Vec::with_capacity(body.len());
            for (i, field) in body.split(|&b| b == b';').enumerate() {
                if i > 0 {
                    out.push(b';');
                }
                if i > 0 && field.iter().filter(|b| b.is_ascii_digit()).count() > 3 {
                    out.extend(number(field));
                } else {
                    out.extend_from_slice(field);
                }
            }
            out
        }
    }
}

fn redact_event<'a>(event: Event<'_>, held: &'a mut [Vec<u8>; 2]) -> Event<'a> {
    let [a, b] = held;
    match event {
        Event::Ring { id, caller, called, line } => {
            (*a, *b) = (number(caller.0), number(called.0));
            Event::Ring { id, caller: Text(a), called: Text(b), line: known_line(line) }
        }
        Event::Call { id, extension, own, remote, line } => {
            (*a, *b) = (number(own.0), number(remote.0));
            Event::Call { id, extension, own: Text(a), remote: Text(b), line: known_line(line) }
        }
        Event::Connect { id, extension, remote } => {
            *a = number(remote.0);
            Event::Connect { id, extension, remote: Text(a) }
        }
        Event::Disconnect { id, seconds } => Event::Disconnect { id, seconds },
    }
}

/// A line's name is kept only if it is one that boxes have: a surplus number could stand there.
fn known_line(line: Text<'_>) -> Text<'static> {
    const NAMES: [&str; 22] = [
        "SIP0", "SIP1", "SIP2", "SIP3", "SIP4", "SIP5", "SIP6", "SIP7", "SIP8", "SIP9", "SIP10", "SIP11",
        "SIP12", "SIP13", "SIP14", "SIP15", "SIP16", "SIP17", "SIP18", "SIP19", "ISDN", "POTS",
    ];
    NAMES.into_iter().find(|n| n.as_bytes() == line.0).map_or(Text(b""), Text::from)
}

/// Both halves of a pair `A(B)` are redacted.
fn number(field: &[u8]) -> Vec<u8> {
    let (claimed, network) = Text(field).pair();
    let hide = |t: Text<'_>| {
        // Byte by byte, so that Latin-1 stays what it was.
        let mut left = 3;
        let mut out = t.0.to_vec();
        for b in out.iter_mut().rev() {
            if left > 0 && b.is_ascii_digit() {
                *b = b'x';
                left -= 1;
            } else if *b == b'x' && left > 0 {
                left -= 1;
            }
        }
        out
    };
    let mut out = hide(claimed);
    if let Some(network) = network {
        out.push(b'(');
        out.extend(hide(network));
        out.push(b')');
    }
    out
}
