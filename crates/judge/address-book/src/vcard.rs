//! vCard files as phones, mail programs and servers write them, versions 2.1, 3.0 and 4.0.
//!
//! Each card stands for itself: one that cannot be read is named and left out, its neighbours stay.

use calcard::vcard::{VCard, VCardEntry, VCardParameterName, VCardProperty, VCardValue};
use phone_number::ShownNumber;

use crate::Problem;

/// The longest file that is read. An address book of fifty thousand people is below it.
pub const MAX_BYTES: usize = 64 << 20;
/// Numbers kept of one card; boxes allow nine.
const MAX_NUMBERS: usize = 64;

/// What a card says of one person, company or service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Card {
    /// The name to show.
    pub name: Box<str>,
    /// The numbers in the order of the card.
    pub numbers: Vec<CardNumber>,
    /// The card's categories; some programs keep groups there.
    pub categories: Vec<Box<str>>,
    /// The card's own id, where it has one.
    pub uid: Option<Box<str>>,
}

/// One number of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardNumber {
    /// The number, without extensions and pauses.
    pub number: ShownNumber,
    /// What kind the card calls it: `cell`, `home`, `work`, `fax` and the like.
    pub kind: Option<Box<str>>,
}

/// Reads every card of a file; what cannot be read is told with its line.
///
/// ```
/// let (cards, problems) = address_book::vcard::read(
///     b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Erika Muster\r\nTEL;TYPE=CELL:0152 28817386\r\nEND:VCARD\r\n");
/// assert!(problems.is_empty());
/// assert_eq!(&*cards[0].name, "Erika Muster");
/// assert_eq!(cards[0].numbers[0].number.as_str(), "015228817386");
/// ```
pub fn read(bytes: &[u8]) -> (Vec<Card>, Vec<Problem>) {
    let mut cards = Vec::new();
    let mut problems = Vec::new();
    if bytes.len() > MAX_BYTES {
        problems.push(Problem::new(0, format!("the file is longer than {} MB", MAX_BYTES >> 20)));
        return (cards, problems);
    }
    for (line, text) in split_cards(bytes, &mut problems) {
        match read_card(&text) {
            Ok(Some(card)) => cards.push(card),
            Ok(None) => {}
            Err(why) => problems.push(Problem::new(line, why)),
        }
    }
    (cards, problems)
}

/// Writes a card that [`read`] reads; empty if there is no number in it. Each number comes with its kind, which may be
/// empty.
///
/// ```
/// use address_book::vcard;
/// let number = phone_number::ShownNumber::new("030 23125001").unwrap();
/// let text = vcard::write("Müller; Söhne", [(&number, "home")]);
/// let (cards, _) = vcard::read(text.as_bytes());
/// assert_eq!((&*cards[0].name, cards[0].numbers[0].kind.as_deref()), ("Müller; Söhne", Some("home")));
/// ```
pub fn write<'a>(name: &str, numbers: impl IntoIterator<Item = (&'a ShownNumber, &'a str)>) -> String {
    let mut escaped = String::with_capacity(name.len());
    for c in name.trim().chars() {
        match c {
            '\\' | ',' | ';' => escaped.extend(['\\', c]),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    let mut lines = String::new();
    for (number, kind) in numbers {
        let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).collect();
        let parameter = if kind.is_empty() { String::new() } else { format!(";TYPE={kind}") };
        lines.push_str(&format!("TEL{parameter}:{}\r\n", number.as_str()));
    }
    if lines.is_empty() {
        return lines;
    }
    let name = if escaped.is_empty() { "?" } else { &escaped };
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\n{lines}END:VCARD\r\n")
}

/// Cuts a file into cards, unfolded and as text, each with the number of its first line.
fn split_cards(bytes: &[u8], problems: &mut Vec<Problem>) -> Vec<(usize, String)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut cards = Vec::new();
    let mut open: Option<(usize, String)> = None;
    let mut depth = 0usize;
    for (number, line) in unfold(bytes) {
        let word = text_of(line.trim_ascii()).to_ascii_uppercase();
        if word == "BEGIN:VCARD" {
            // A card within a card (2.1's AGENT) belongs to the outer one and is passed over, but a
            // second card at the place of a lost END is a card of its own.
            if depth == 1 && open.as_ref().is_some_and(|(_, text)| !ends_in_agent(text)) {
                if let Some((begun, _)) = open.take() {
                    problems.push(Problem::new(begun, "the card has no END:VCARD"));
                }
                depth = 0;
            }
            depth += 1;
            if depth == 1 {
                open = Some((number, String::from("BEGIN:VCARD\r\n")));
            }
            continue;
        }
        if word == "END:VCARD" {
            depth = depth.saturating_sub(1);
            if depth == 0
                && let Some((begun, mut text)) = open.take()
            {
                text.push_str("END:VCARD\r\n");
                cards.push((begun, text));
            }
            continue;
        }
        if depth == 1
            && let Some((_, text)) = &mut open
        {
            text.push_str(&text_of(&line));
            text.push_str("\r\n");
        }
    }
    if let Some((begun, _)) = open {
        problems.push(Problem::new(begun, "the file ends inside this card"));
    }
    cards
}

fn ends_in_agent(text: &str) -> bool {
    text.lines().last().is_some_and(|l| l.trim_end().to_ascii_uppercase().starts_with("AGENT"))
}

/// Joins folded lines on the bytes, before they are read as text, because a fold may cut a character;
/// yields each line with the number of its first part.
fn unfold(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
    for (index, raw) in bytes.split(|&b| b == b'\n').enumerate() {
        let line = raw.strip_suffix(b"\r").unwrap_or(raw);
        let soft_break =
            lines.last().is_some_and(|(_, last)| last.ends_with(b"=") && is_quoted_printable(last));
        match (lines.last_mut(), line.first()) {
            (Some((_, last)), _) if soft_break => {
                last.pop();
                last.extend_from_slice(line.trim_ascii_start());
            }
            (Some((_, last)), Some(b' ' | b'\t')) if !last.is_empty() => last.extend_from_slice(&line[1..]),
            _ => lines.push((index + 1, line.to_vec())),
        }
    }
    lines
}

fn is_quoted_printable(line: &[u8]) -> bool {
    let head = line.split(|&b| b == b':').next().unwrap_or_default();
    head.to_ascii_uppercase().windows(16).any(|w| w == b"QUOTED-PRINTABLE")
}

fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().map(|&b| char::from(b)).collect(),
    }
}

/// Reads one card. `None` for cards that describe a group or have no number.
fn read_card(text: &str) -> Result<Option<Card>, String> {
    let card = VCard::parse(text).map_err(|_| "this is no vCard that can be read".to_owned())?;
    if is_group(&card) {
        return Ok(None);
    }
    let mut numbers = Vec::new();
    let mut unread = 0usize;
    for entry in card.properties(&VCardProperty::Tel) {
        for text in entry.values.iter().filter_map(VCardValue::as_text) {
            match telephone(text) {
                Some(number) if numbers.len() < MAX_NUMBERS => {
                    let number = CardNumber { number, kind: kind_of(&card, entry) };
                    if !numbers.contains(&number) {
                        numbers.push(number);
                    }
                }
                Some(_) => {}
                None => unread += 1,
            }
        }
    }
    let Some(name) = name_of(&card) else {
        return if numbers.is_empty() { Ok(None) } else { Err("the card has numbers but no name".into()) };
    };
    if numbers.is_empty() {
        return if unread == 0 {
            Ok(None)
        } else {
            Err(format!("{name}: none of the {unread} numbers can be dialled"))
        };
    }
    let categories = card
        .properties(&VCardProperty::Categories)
        .flat_map(|entry| entry.values.iter())
        .flat_map(|value| match value {
            VCardValue::Component(parts) => parts.clone(),
            other => other.as_text().map(str::to_owned).into_iter().collect(),
        })
        .filter_map(|text| clean(&text))
        .collect();
    Ok(Some(Card { name, numbers, categories, uid: card.uid().and_then(clean) }))
}

fn is_group(card: &VCard) -> bool {
    card.entries.iter().any(|entry| {
        let of_kind = match &entry.name {
            VCardProperty::Kind => true,
            VCardProperty::Other(name) => name.eq_ignore_ascii_case("X-ADDRESSBOOKSERVER-KIND"),
            _ => false,
        };
        of_kind
            && entry.values.first().is_some_and(|value| match value {
                VCardValue::Kind(kind) => format!("{kind:?}").eq_ignore_ascii_case("group"),
                other => other.as_text().is_some_and(|t| t.trim().eq_ignore_ascii_case("group")),
            })
    })
}

/// The name to show: FN, else made of N, else the company, else the nickname.
fn name_of(card: &VCard) -> Option<Box<str>> {
    let first_text = |property: &VCardProperty| -> Option<Box<str>> {
        card.properties(property).flat_map(|e| e.values.iter()).find_map(|value| match value {
            VCardValue::Component(parts) => parts.iter().find_map(|p| clean(p)),
            other => other.as_text().and_then(clean),
        })
    };
    first_text(&VCardProperty::Fn)
        .or_else(|| {
            let entry = card.property(&VCardProperty::N)?;
            let parts: Vec<String> = entry
                .values
                .iter()
                .map(|v| match v {
                    VCardValue::Component(parts) => parts.join(" "),
                    other => other.as_text().unwrap_or_default().to_owned(),
                })
                .collect();
            // The card gives family; given; additional; prefixes; suffixes. People say prefix first.
            let at = |i: usize| parts.get(i).map(String::as_str).unwrap_or_default();
            clean(&[at(3), at(1), at(2), at(0), at(4)].join(" "))
        })
        .or_else(|| first_text(&VCardProperty::Org))
        .or_else(|| first_text(&VCardProperty::Nickname))
}

/// One line of readable text, or nothing.
fn clean(text: &str) -> Option<Box<str>> {
    call_event::CallerName::from_line(text.as_bytes()).map(|name| name.as_str().into())
}

/// Reads what cards hold as a telephone number: `tel:` addresses, extensions, pauses, `(0)`.
pub(crate) fn telephone(text: &str) -> Option<ShownNumber> {
    let text = text.trim();
    let text = match text.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => &text[4..],
        _ => text,
    };
    // What follows a pause, a wait or an extension mark is dialled later and is no part of the number.
    let end = text
        .char_indices()
        .find(|&(i, c)| i > 0 && matches!(c, ',' | ';' | 'p' | 'P' | 'w' | 'W' | 'x' | 'X' | 'e' | 'E'))
        .map_or(text.len(), |(i, _)| i);
    let mut text = text[..end].to_owned();
    if text.starts_with('+') || text.starts_with("00") {
        text = text.replace("(0)", "");
    }
    let kept: String = text.chars().filter(|c| !matches!(c, '(' | ')' | '\u{202a}'..='\u{202e}' | '\u{200e}' | '\u{200f}' | '\u{2010}'..='\u{2015}')).collect();
    ShownNumber::new(&kept)
}

/// What the card calls a number: its TYPE, its bare 2.1 parameter, or the label beside it.
fn kind_of(card: &VCard, entry: &VCardEntry) -> Option<Box<str>> {
    const KNOWN: [&str; 9] = ["cell", "mobile", "iphone", "fax", "home", "work", "pager", "main", "other"];
    let mut said: Vec<String> = Vec::new();
    for parameter in &entry.params {
        match &parameter.name {
            VCardParameterName::Type => {
                if let Some(text) = parameter.value.as_text() {
                    said.extend(text.split(',').map(|t| t.trim().to_ascii_lowercase()));
                }
            }
            VCardParameterName::Other(name) => said.push(name.to_ascii_lowercase()),
            _ => {}
        }
    }
    if let Some(kind) = KNOWN.iter().find(|k| said.iter().any(|s| s == *k)) {
        return Some((*kind).into());
    }
    let group = entry.group.as_deref()?;
    let label = card.entries.iter().find(|e| {
        e.group.as_deref().is_some_and(|g| g.eq_ignore_ascii_case(group))
            && matches!(&e.name, VCardProperty::Other(n) if n.eq_ignore_ascii_case("X-ABLabel"))
    })?;
    let text = label.values.first()?.as_text()?;
    let text = text.strip_prefix("_$!<").and_then(|t| t.strip_suffix(">!$_")).unwrap_or(text);
    clean(&text.to_ascii_lowercase())
}
