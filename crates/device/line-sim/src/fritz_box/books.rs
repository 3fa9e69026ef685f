//! Phone books as a box keeps them: each entry is the XML that it was given.

use std::fmt::Write as _;

use super::soap::escape;

/// One phone book, or the barring.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) name: Box<str>,
    /// Kept elsewhere: every write is refused.
    pub(super) mirrored: bool,
    /// Callers in it are rejected.
    pub(super) rejects: bool,
    next_id: u32,
    entries: Vec<(u32, String)>,
}

impl Book {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.into(), mirrored: false, rejects: false, next_id: 1, entries: Vec::new() }
    }

    pub(super) fn add_plain(&mut self, name: &str, numbers: &[&str]) {
        let mut xml = format!(
            "<contact><category>0</category><person><realName>{}</realName></person><telephony nid=\"{}\">",
            escape(name),
            numbers.len()
        );
        for (id, number) in numbers.iter().enumerate() {
            let _ = write!(
                xml,
                "<number type=\"home\" prio=\"{}\" id=\"{id}\">{}</number>",
                u8::from(id == 0),
                escape(number)
            );
        }
        xml.push_str("</telephony><services /><setup /></contact>");
        self.keep(&xml);
    }

    /// Takes an entry: a new one, or another form of the one with the same number. `None` if it is none at all.
    pub(super) fn keep(&mut self, data: &str) -> Option<u32> {
        let doc = roxmltree::Document::parse(data.trim()).ok()?;
        let root = doc.root_element();
        // Clients wrap the entry in various ways; some send the fields without a contact around them.
        let contact = doc.descendants().find(|n| n.has_tag_name("contact")).unwrap_or(root);
        let has = |name: &str| contact.children().find(|n| n.has_tag_name(name));
        has("person")?;
        let id = has("uniqueid").and_then(|n| n.text()).and_then(|t| t.trim().parse::<u32>().ok());
        let mut inner = String::from("<contact>");
        for child in contact.children().filter(|n| n.is_element() && !n.has_tag_name("uniqueid")) {
            inner.push_str(&data.trim()[child.range()]);
        }
        let known = id.and_then(|id| self.entries.iter_mut().find(|(own, _)| *own == id));
        let id = match &known {
            Some((id, _)) => *id,
            None => self.next_id,
        };
        let _ = write!(inner, "<uniqueid>{id}</uniqueid></contact>");
        match known {
            Some(entry) => entry.1 = inner,
            None => {
                self.next_id += 1;
                self.entries.push((id, inner));
            }
        }
        Some(id)
    }

    pub(super) fn entry(&self, id: u32) -> Option<&str> {
        self.entries.iter().find(|(own, _)| *own == id).map(|(_, xml)| xml.as_str())
    }

    pub(super) fn entry_at(&self, position: usize) -> Option<(u32, &str)> {
        self.entries.get(position).map(|(id, xml)| (*id, xml.as_str()))
    }

    pub(super) fn remove(&mut self, id: u32) -> bool {
        let before = self.entries.len();
        self.entries.retain(|(own, _)| *own != id);
        self.entries.len() < before
    }

    /// Names and numbers.
    pub(super) fn contents(&self) -> Vec<(String, Vec<String>)> {
        self.entries.iter().filter_map(|(_, xml)| parts(xml)).collect()
    }

    /// The entry that has a number, compared as it stands, or by its beginning for `1234*`.
    pub(super) fn find(&self, number: &str) -> Option<&str> {
        let matches = |own: &str| match own.strip_suffix('*') {
            Some(start) => number.starts_with(start),
            None => own == number,
        };
        self.entries
            .iter()
            .find(|(_, xml)| parts(xml).is_some_and(|(_, numbers)| numbers.iter().any(|n| matches(n))))
            .map(|(_, xml)| xml.as_str())
    }

    /// The name under which a number stands.
    pub(super) fn name_of(&self, number: &str) -> Option<String> {
        parts(self.find(number)?).map(|(name, _)| name)
    }

    /// The whole book as a box exports it.
    pub(super) fn export(&self, owner: Option<u16>) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<phonebooks>\n");
        match owner {
            Some(owner) => {
                let _ = writeln!(out, "<phonebook owner=\"{owner}\">");
            }
            None => {
                let _ = writeln!(out, "<phonebook name=\"{}\">", escape(&self.name));
            }
        }
        out.push_str("<timestamp>1592300000</timestamp>\n");
        for (_, xml) in &self.entries {
            out.push_str(xml);
            out.push('\n');
        }
        out.push_str("</phonebook>\n</phonebooks>\n");
        out
    }
}

fn parts(xml: &str) -> Option<(String, Vec<String>)> {
    let doc = roxmltree::Document::parse(xml).ok()?;
    let text = |n: roxmltree::Node<'_, '_>| n.text().unwrap_or_default().trim().to_owned();
    let name = doc.descendants().find(|n| n.has_tag_name("realName")).map(text).unwrap_or_default();
    Some((name, doc.descendants().filter(|n| n.has_tag_name("number")).map(text).collect()))
}
