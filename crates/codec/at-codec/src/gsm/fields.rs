//! The fields of a line such as `+CLIP: "+27821231234",145,,,,0`, however badly it is quoted.

/// The most fields that are kept of a line.
const MOST: usize = 40;

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'a> {
    /// Without quotes and outer spaces.
    pub(super) text: &'a str,
    /// It stood in quotes.
    pub(super) quoted: bool,
}

impl Field<'_> {
    pub(super) fn number<T: std::str::FromStr>(self) -> Option<T> {
        self.text.parse().ok()
    }
}

/// Splits at commas outside quotes. A quote that is never closed ends at the next comma, one that was never
/// opened is dropped.
pub(super) fn fields(mut rest: &str) -> Vec<Field<'_>> {
    let mut out = Vec::new();
    loop {
        rest = rest.trim_start();
        let (field, behind) = match rest.strip_prefix('"') {
            Some(inner) => {
                // A closing quote is one with a comma or the end behind it: names hold quotes too.
                let close = inner.char_indices().find(|&(at, c)| {
                    c == '"' && {
                        let behind = inner[at + 1..].trim_start();
                        behind.is_empty() || behind.starts_with(',')
                    }
                });
                match close {
                    Some((at, _)) => {
                        (Field { text: &inner[..at], quoted: true }, inner[at + 1..].trim_start())
                    }
                    None => {
                        let end = inner.find(',').unwrap_or(inner.len());
                        (Field { text: inner[..end].trim(), quoted: true }, &inner[end..])
                    }
                }
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let text = rest[..end].trim();
                (Field { text: text.strip_suffix('"').unwrap_or(text), quoted: false }, &rest[end..])
            }
        };
        if out.len() < MOST {
            out.push(field);
        }
        match behind.strip_prefix(',') {
            Some(next) => rest = next,
            None => return out,
        }
    }
}

/// What stands behind a name such as `+CLIP:`, in any case; the space behind the colon may be missing.
pub(super) fn behind<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let head = line.get(..name.len())?;
    if !head.eq_ignore_ascii_case(name) {
        return None;
    }
    line[name.len()..].trim_start().strip_prefix(':').map(str::trim)
}
