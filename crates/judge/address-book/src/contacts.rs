//! Contacts and their groups: whose number is it?

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use phone_number::ShownNumber;

use crate::vcard::{self, Card};
use crate::{Error, Problem};

/// One person or company, in one group.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contact {
    /// The group: the name of the file or book that the contact stands in.
    pub group: Arc<str>,
    /// Name, numbers and categories.
    pub card: Card,
}

/// Turns a number into the form by which two spellings of the same number are found to be the same,
/// such as E.164. Given by whoever knows the country and area of the line.
pub type Spelling = Arc<dyn Fn(&ShownNumber) -> Box<str> + Send + Sync>;

/// All contacts, found by number and by name.
///
/// Where two groups hold the same number, the group that comes first by name owns it, and
/// [`AddressBook::shared_numbers`] names both.
#[derive(Clone)]
pub struct AddressBook {
    contacts: Vec<Contact>,
    by_number: HashMap<Box<str>, usize>,
    shared: Vec<SharedNumber>,
    spelling: Spelling,
}

impl std::fmt::Debug for AddressBook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AddressBook({} contacts, {} numbers)", self.contacts.len(), self.by_number.len())
    }
}

/// A number that stands in two groups, so that a rule for one of them would surprise.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedNumber {
    /// The number.
    pub number: ShownNumber,
    /// The group whose rules hold for it.
    pub owner: Arc<str>,
    /// The other group.
    pub other: Arc<str>,
}

impl AddressBook {
    /// An empty book.
    pub fn new(spelling: Spelling) -> Self {
        Self { contacts: Vec::new(), by_number: HashMap::new(), shared: Vec::new(), spelling }
    }

    /// Adds a group's cards. Groups must come in the order in which they own shared numbers.
    pub fn add_group(&mut self, group: &str, cards: impl IntoIterator<Item = Card>) {
        let group: Arc<str> = group.into();
        for card in cards {
            let index = self.contacts.len();
            for number in &card.numbers {
                let key = (self.spelling)(&number.number);
                match self.by_number.get(&key) {
                    None => {
                        self.by_number.insert(key, index);
                    }
                    Some(&owner) => {
                        let owner = Arc::clone(
                            &self
                                .contacts
                                .get(owner)
                                .map_or_else(|| Arc::clone(&group), |c| Arc::clone(&c.group)),
                        );
                        if owner != group {
                            self.shared.push(SharedNumber {
                                number: number.number.clone(),
                                owner,
                                other: Arc::clone(&group),
                            });
                        }
                    }
                }
            }
            self.contacts.push(Contact { group: Arc::clone(&group), card });
        }
    }

    /// Whose number is it?
    pub fn find(&self, number: &ShownNumber) -> Option<&Contact> {
        self.by_number.get(&(self.spelling)(number)).and_then(|&i| self.contacts.get(i))
    }

    /// All contacts whose name holds the text, upper and lower case alike, in the order of the groups.
    pub fn search<'a>(&'a self, part: &str) -> impl Iterator<Item = &'a Contact> + use<'a> {
        let part = folded(part);
        self.contacts.iter().filter(move |c| folded(&c.card.name).contains(&part))
    }

    /// Every contact.
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// The groups in their order.
    pub fn groups(&self) -> Vec<Arc<str>> {
        let mut groups: Vec<Arc<str>> = self.contacts.iter().map(|c| Arc::clone(&c.group)).collect();
        groups.dedup();
        groups
    }

    /// Numbers that stand in more than one group.
    pub fn shared_numbers(&self) -> &[SharedNumber] {
        &self.shared
    }
}

/// Names as people compare them: case and runs of spaces do not matter.
pub(crate) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

/// A folder in which each `.vcf` file is a group.
#[derive(Debug)]
pub struct ContactFolder {
    folder: PathBuf,
    seen: Vec<(PathBuf, Option<SystemTime>, u64)>,
}

impl ContactFolder {
    /// A folder that is read on the first [`ContactFolder::changed`].
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), seen: Vec::new() }
    }

    /// Whether a file was added, changed or removed since the last read.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn changed(&self) -> Result<bool, Error> {
        Ok(self.list()? != self.seen)
    }

    /// Reads every file anew. A file that cannot be read is a problem, not an error: the others are used.
    ///
    /// # Errors
    ///
    /// The folder itself cannot be read.
    pub fn read(&mut self, spelling: Spelling) -> Result<(AddressBook, Vec<Problem>), Error> {
        let list = self.list()?;
        let mut book = AddressBook::new(spelling);
        let mut problems = Vec::new();
        for (path, _, _) in &list {
            match fs::read(path) {
                Ok(bytes) => {
                    let (cards, wrong) = vcard::read(&bytes);
                    problems.extend(wrong.into_iter().map(|p| p.of(path)));
                    let group = path.file_stem().unwrap_or_default().to_string_lossy();
                    book.add_group(&group, cards);
                }
                Err(e) => problems.push(Problem::new(0, format!("cannot be read: {e}")).of(path)),
            }
        }
        self.seen = list;
        Ok((book, problems))
    }

    /// Puts a group's file in place, under a name made of the group's; the old one is replaced whole.
    ///
    /// # Errors
    ///
    /// The text is no address book, the name cannot be a group's, or the file cannot be written.
    pub fn replace(&self, group: &str, bytes: &[u8]) -> Result<usize, Error> {
        let name =
            group_name(group).ok_or_else(|| Error::GroupName { name: group.escape_debug().to_string() })?;
        let (cards, problems) = vcard::read(bytes);
        if cards.is_empty() {
            return Err(Error::NoContacts {
                why: problems
                    .first()
                    .map_or_else(|| "no card with a number in it".into(), ToString::to_string),
            });
        }
        let path = self.folder.join(format!("{name}.vcf"));
        let new = self.folder.join(format!(".{name}.vcf.new"));
        let failed = |source: io::Error| Error::Write { path: path.clone(), source };
        fs::create_dir_all(&self.folder).map_err(failed)?;
        fs::write(&new, bytes).and_then(|()| fs::rename(&new, &path)).map_err(failed)?;
        Ok(cards.len())
    }

    fn list(&self) -> Result<Vec<(PathBuf, Option<SystemTime>, u64)>, Error> {
        let failed = |source: io::Error| Error::Read { path: self.folder.clone(), source };
        let mut list = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let is_group = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("vcf"))
                && path.file_name().is_some_and(|n| !n.to_string_lossy().starts_with('.'));
            if is_group {
                let meta = fs::metadata(&path).ok();
                list.push((path, meta.as_ref().and_then(|m| m.modified().ok()), meta.map_or(0, |m| m.len())));
            }
        }
        list.sort();
        Ok(list)
    }
}

/// A group's name out of what a stranger calls a file: letters, digits, spaces, `-` and `_` only, so that
/// it can never lead out of the folder.
///
/// ```
/// assert_eq!(address_book::group_name("Family.vcf").as_deref(), Some("Family"));
/// assert_eq!(address_book::group_name("../../etc/passwd"), None);
/// ```
pub fn group_name(text: &str) -> Option<String> {
    let text = match text.len().checked_sub(4).and_then(|at| text.split_at_checked(at)) {
        Some((stem, dot)) if dot.eq_ignore_ascii_case(".vcf") => stem,
        _ => text,
    }
    .trim();
    let fits = !text.is_empty()
        && text.chars().count() <= 64
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    fits.then(|| text.to_owned())
}

/// The folder of a file that was just given, for messages.
impl AsRef<Path> for ContactFolder {
    fn as_ref(&self) -> &Path {
        &self.folder
    }
}
