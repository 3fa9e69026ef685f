//! One line to one value.

use crate::{Entry, Event, Extension, Line, Stamp, Text};

/// Reads one line, with or without its end. Never fails, never allocates.
///
/// The last `;` may be missing, further fields are left alone, and the caller may be empty. A line whose own number
/// does not begin like a number is not understood rather than misread: lines of other shapes are about on the net.
///
/// ```
/// use call_monitor::{Event, Line, parse};
/// let Line::Entry(entry) = parse(b"28.08.10 10:22:07;RING;0;;1235;ISDN;\r\n") else { panic!() };
/// assert!(matches!(entry.event, Event::Ring { id: 0, caller, .. } if caller.is_empty()));
/// ```
#[inline]
pub fn parse(line: &[u8]) -> Line<'_> {
    let body = without_end(line);
    match entry(body) {
        Some(entry) => Line::Entry(entry),
        None => Line::Unknown(Text(body)),
    }
}

fn without_end(mut line: &[u8]) -> &[u8] {
    while let [rest @ .., b'\n' | b'\r'] = line {
        line = rest;
    }
    line
}

#[inline]
fn entry(line: &[u8]) -> Option<Entry<'_>> {
    let mut fields = Fields { rest: Some(line) };
    let stamp = Stamp::parse(fields.next()?)?;
    let event = match fields.next()? {
        b"RING" => Event::Ring {
            id: id(fields.next()?)?,
            caller: Text(fields.next()?),
            called: own_number(fields.next()?)?,
            line: Text(fields.next().unwrap_or_default()),
        },
        b"CALL" => Event::Call {
            id: id(fields.next()?)?,
            extension: Extension(id(fields.next()?)?),
            own: own_number(fields.next()?)?,
            remote: Text(fields.next()?),
            line: Text(fields.next().unwrap_or_default()),
        },
        b"CONNECT" => Event::Connect {
            id: id(fields.next()?)?,
            extension: Extension(id(fields.next()?)?),
            remote: Text(fields.next().unwrap_or_default()),
        },
        b"DISCONNECT" => Event::Disconnect { id: id(fields.next()?)?, seconds: number(fields.next()?)? },
        _ => return None,
    };
    Some(Entry { stamp, event })
}

/// What stands between the semicolons.
struct Fields<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        match memchr::memchr(b';', rest) {
            Some(at) => {
                self.rest = rest.get(at + 1..);
                rest.get(..at)
            }
            None => {
                self.rest = None;
                Some(rest)
            }
        }
    }
}

#[inline]
fn number(digits: &[u8]) -> Option<u32> {
    // Nine digits fit without a check for overflow.
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let mut value = 0;
    for &b in digits {
        let digit = b.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u32::from(digit);
    }
    Some(value)
}

#[inline]
fn id(digits: &[u8]) -> Option<u16> {
    number(digits).and_then(|n| u16::try_from(n).ok())
}

/// An own number is never empty, and begins with a digit, a `+`, `*` or `#`, or with the `x` of a redacted line.
#[inline]
fn own_number(field: &[u8]) -> Option<Text<'_>> {
    matches!(field.first(), Some(b'0'..=b'9' | b'+' | b'*' | b'#' | b'x' | b'(' | b'<'))
        .then_some(Text(field))
}
