//! One entry a line: plain lists and NCID's.

use phone_number::Numbering;

use super::super::pattern::Pattern;
use super::super::{Builder, MARK_EVERY, Note};
use super::{decode, numbered_lines};

/// Reads `pattern # comment` on each line.
pub(super) fn read_plain(bytes: &[u8], builder: &mut Builder<'_>) {
    let mut at = 0;
    for (number, line) in numbered_lines(bytes) {
        if (number as usize - 1).is_multiple_of(MARK_EVERY) {
            builder.marks.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        at += line.len() + 1 + usize::from(bytes.get(at + line.len()) == Some(&b'\r'));
        if let Some(key) = builder.numbering.key(line) {
            builder.patterns.add_key(key, number);
            continue;
        }
        let text = decode(line);
        let (pattern, _) = split_comment(&text);
        if !pattern.is_empty() {
            builder.entry(pattern, number, Note::default());
        }
    }
}

/// A comment begins with `#` at the beginning of a line or behind a space.
pub(crate) fn split_comment(line: &str) -> (&str, &str) {
    if let Some(comment) = line.trim_start().strip_prefix('#') {
        return ("", comment.trim());
    }
    let begin = line
        .char_indices()
        .zip(line.chars().skip(1))
        .find(|((_, c), next)| c.is_whitespace() && *next == '#');
    match begin {
        Some(((at, c), _)) => (line[..at].trim(), line[at + c.len_utf8() + 1..].trim()),
        None => (line.trim(), ""),
    }
}

/// What stands beside the entry on a line.
pub(super) fn note(line: &[u8]) -> Note {
    Note::named(split_comment(&decode(line)).1)
}

/// Reads `ncidd.blacklist` and `ncidd.whitelist`: an item a line, quoted if it has spaces; `^` for a beginning, a
/// leading `1?` for a 1 that may be missing; `#= name` behind an item.
pub(super) fn read_ncid(bytes: &[u8], builder: &mut Builder<'_>) {
    for (number, line) in numbered_lines(bytes) {
        let text = decode(line);
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (item, rest) = match text.strip_prefix('"') {
            Some(quoted) => match quoted.split_once('"') {
                Some(parts) => parts,
                None => {
                    builder.problem(number, "a quote is opened but never closed");
                    continue;
                }
            },
            None => text.split_once(char::is_whitespace).unwrap_or((text, "")),
        };
        let comment = rest.trim().trim_start_matches('#').trim_start_matches('=').trim();
        let patterns = ncid_patterns(item, builder.numbering);
        let mut added = false;
        for pattern in patterns {
            match pattern {
                Ok(pattern) => {
                    builder.patterns.add(pattern, number);
                    added = true;
                }
                Err(reason) => builder.problem(number, reason),
            }
        }
        if added {
            builder.collect(number, item);
            builder.notes.insert(number, Note::named(if comment.is_empty() { item } else { comment }));
        }
    }
}

fn ncid_patterns(item: &str, numbering: &Numbering) -> Vec<Result<Pattern, String>> {
    let (begins, rest) = match item.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, item),
    };
    let (optional_one, rest) = match rest.strip_prefix("1?") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let digits = !rest.is_empty()
        && rest.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'*' | b'#'));
    if !digits {
        let whole = if optional_one { format!("1{rest}") } else { rest.to_owned() };
        let name = if begins { format!("{whole}*") } else { whole };
        return vec![Pattern::name(&name)];
    }
    let star = if begins { "*" } else { "" };
    let mut patterns = vec![Pattern::read(&format!("{rest}{star}"), numbering)];
    if optional_one {
        let with_one = Pattern::read(&format!("1{rest}{star}"), numbering);
        if with_one != patterns[0] {
            patterns.push(with_one);
        }
    }
    patterns
}
