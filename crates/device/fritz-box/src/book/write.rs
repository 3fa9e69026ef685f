//! Phone book entries as the box takes them.

use std::fmt::Write as _;
use std::ops::Range;

use super::contact::{Contact, ContactNumber};
use crate::Error;
use crate::tr064::{document, escape};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";

impl Contact {
    /// The entry as XML, to be handed to the box.
    pub(crate) fn to_xml(&self) -> String {
        let mut out = format!(
            "{HEAD}<Envelope><contact><category>{}</category><person><realName>{}</realName></person>{}\
             <services /><setup />",
            u8::from(self.important),
            escape(&self.name),
            telephony(&self.numbers),
        );
        if let Some(id) = self.unique_id {
            let _ = write!(out, "<uniqueid>{id}</uniqueid>");
        }
        out.push_str("</contact></Envelope>");
        out
    }
}

/// An entry of the box with another name and other numbers, and with everything else in it as it was: mail addresses,
/// pictures and ring tones are not ours to lose.
pub(crate) fn changed(entry: &str, contact: &Contact) -> Result<String, Error> {
    let doc = document("a phone book entry", entry)?;
    let node = doc
        .descendants()
        .find(|n| n.has_tag_name("contact"))
        .ok_or_else(|| Error::Xml { what: "a phone book entry".into(), why: "there is none in it".into() })?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let person = node.children().find(|n| n.has_tag_name("person"));
    let name = person.and_then(|p| p.children().find(|n| n.has_tag_name("realName")));
    let new_name = format!("<realName>{}</realName>", escape(&contact.name));
    match (name, person) {
        (Some(name), _) => edits.push((name.range(), new_name)),
        (None, Some(person)) => edits.push((person.range(), format!("<person>{new_name}</person>"))),
        (None, None) => {}
    }
    // Internal numbers are not shown to callers of this library, so they are taken over from the entry.
    let old = node.children().find(|n| n.has_tag_name("telephony"));
    let mut numbers = telephony_open(contact.numbers.len());
    for (id, number) in contact.numbers.iter().enumerate() {
        number_xml(&mut numbers, number, id);
    }
    for kept in old.iter().flat_map(|t| t.children()) {
        if kept.has_tag_name("number") && kept.text().is_some_and(|t| t.trim().starts_with(['*', '#'])) {
            numbers.push_str(&entry[kept.range()]);
        }
    }
    numbers.push_str("</telephony>");
    match old {
        Some(old) => edits.push((old.range(), numbers)),
        None => {
            let end = node.last_child().map_or_else(|| node.range().end, |n| n.range().end);
            edits.push((end..end, numbers));
        }
    }
    // Without its number the box would take the entry for a new one.
    if let (Some(id), None) = (contact.unique_id, node.children().find(|n| n.has_tag_name("uniqueid"))) {
        let end = node.last_child().map_or_else(|| node.range().end, |n| n.range().end);
        edits.push((end..end, format!("<uniqueid>{id}</uniqueid>")));
    }
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = format!("{HEAD}<Envelope>");
    let mut at = node.range().start;
    for (range, text) in &edits {
        out.push_str(&entry[at..range.start]);
        out.push_str(text);
        at = range.end;
    }
    out.push_str(&entry[at..node.range().end]);
    out.push_str("</Envelope>");
    Ok(out)
}

fn telephony_open(count: usize) -> String {
    format!("<telephony nid=\"{count}\">")
}

fn telephony(numbers: &[ContactNumber]) -> String {
    let mut out = telephony_open(numbers.len());
    for (id, number) in numbers.iter().enumerate() {
        number_xml(&mut out, number, id);
    }
    out.push_str("</telephony>");
    out
}

fn number_xml(out: &mut String, number: &ContactNumber, id: usize) {
    let _ =
        write!(out, "<number type=\"{}\" prio=\"{}\" id=\"{id}\"", number.kind.word(), u8::from(number.main));
    for (name, value) in [("quickdial", &number.quick_dial), ("vanity", &number.vanity)] {
        if let Some(value) = value {
            let _ = write!(out, " {name}=\"{}\"", escape(value));
        }
    }
    let _ = write!(out, ">{}</number>", escape(&number.number));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NumberType, PhoneBook};

    const BOOK: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<phonebooks>\n<phonebook name=\"Telefonbuch\">\
        <timestamp>1592300000</timestamp><contact>\n<category>1</category><person>\
        <realName>M\u{fc}ller &amp; S\u{f6}hne</realName><imageURL>file:///x.jpg</imageURL></person>\
        <telephony\nnid=\"3\"><number type=\"home\" quickdial=\"1\" vanity=\"MUELLER\" prio=\"1\" id=\"0\">030 23125 \
        001</number><number type=\"mobile\" prio=\"0\" id=\"1\">0152 28817386</number><number type=\"intern\" \
        prio=\"0\" id=\"2\">**610</number></telephony><services nid=\"1\"><email id=\"0\">a@example.org</email>\
        </services><setup /><uniqueid>17</uniqueid></contact></phonebook></phonebooks>";

    #[test]
    fn a_book_is_read_with_umlauts_and_without_internal_numbers() {
        let book = PhoneBook::parse(BOOK).unwrap();
        assert_eq!(&*book.name, "Telefonbuch");
        let [contact] = &*book.contacts else { panic!("{book:?}") };
        assert_eq!(
            (&*contact.name, contact.unique_id, contact.important),
            ("M\u{fc}ller & S\u{f6}hne", Some(17), true)
        );
        assert_eq!(contact.numbers.len(), 2);
        assert_eq!(contact.numbers[0].quick_dial.as_deref(), Some("1"));
        assert_eq!(contact.numbers[1].kind, NumberType::Mobile);
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let mut contact = PhoneBook::parse(BOOK).unwrap().contacts.remove(0);
        assert_eq!(Contact::parse(&contact.to_xml()).unwrap(), contact);
        contact.name = "<\"'&>".into();
        assert_eq!(Contact::parse(&contact.to_xml()).unwrap(), contact);
    }

    #[test]
    fn a_change_keeps_mail_pictures_and_internal_numbers() {
        let entry = &BOOK[BOOK.find("<contact>").unwrap()..BOOK.find("</phonebook>").unwrap()];
        let mut contact = Contact::parse(entry).unwrap();
        contact.name = "M\u{fc}ller & Tochter".into();
        contact.numbers.push(ContactNumber::new("030 23125 002", NumberType::Work));
        let text = changed(entry, &contact).unwrap();
        for kept in ["a@example.org", "file:///x.jpg", ">**610<", "<setup />", "Tochter", "<uniqueid>17<"] {
            assert!(text.contains(kept), "{kept} in {text}");
        }
        assert_eq!(Contact::parse(&text).unwrap(), contact);
    }

    #[test]
    fn any_text_is_read_or_refused() {
        bolero::check!().for_each(|bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let _ = PhoneBook::parse(&text);
            let _ = changed(&format!("<contact>{text}</contact>"), &Contact::default());
        });
    }
}
