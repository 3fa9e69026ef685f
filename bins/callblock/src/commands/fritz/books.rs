//! Phone books, barring and handsets on the command line.

use fritz_box::{Added, Contact, ContactNumber, FritzBox, NumberType, PhoneBook};
use serde_json::json;

use super::Desk;
use super::table::{plain, print, print_json};
use crate::Failure;

impl Desk {
    pub(super) fn books(&self) -> Result<(), Failure> {
        let books = self.ask(FritzBox::books)?;
        if self.json {
            let list: Vec<_> =
                books.iter().map(|b| json!({"position": b.position, "name": b.name})).collect();
            return print_json(&json!(list));
        }
        let rows: Vec<_> = books.iter().map(|b| vec![b.position.to_string(), plain(&b.name)]).collect();
        print(&["POSITION", "NAME"], &rows);
        Ok(())
    }

    fn read(&self, name: &str) -> Result<PhoneBook, Failure> {
        if name == "barred" {
            return self.ask(FritzBox::barred);
        }
        let at = self.book_at(name)?;
        self.ask(|f| f.book(&at))
    }

    pub(super) fn book(&self, name: &str) -> Result<(), Failure> {
        let book = self.read(name)?;
        self.show(book.contacts.iter().map(|c| (None, c)))
    }

    fn show<'a>(
        &self,
        contacts: impl Iterator<Item = (Option<&'a str>, &'a Contact)>,
    ) -> Result<(), Failure> {
        if self.json {
            let list: Vec<_> = contacts
                .map(|(book, c)| {
                    let numbers: Vec<_> = c
                        .numbers
                        .iter()
                        .map(|n| json!({"number": n.number, "kind": n.kind.word(), "wildcard": n.is_wildcard()}))
                        .collect();
                    let mut value =
                        json!({"id": c.unique_id, "name": c.name, "important": c.important, "numbers": numbers});
                    if let (Some(book), Some(object)) = (book, value.as_object_mut()) {
                        object.insert("book".into(), json!(book));
                    }
                    value
                })
                .collect();
            return print_json(&json!(list));
        }
        let mut headings = vec!["ID", "NAME", "NUMBERS"];
        let mut rows = Vec::new();
        for (book, contact) in contacts {
            let numbers: Vec<_> =
                contact.numbers.iter().map(|n| format!("{} ({})", plain(&n.number), n.kind.word())).collect();
            let id = contact.unique_id.map(|id| id.to_string()).unwrap_or_default();
            let mut row = vec![id, plain(&contact.name), numbers.join(", ")];
            if let Some(book) = book {
                headings = vec!["BOOK", "ID", "NAME", "NUMBERS"];
                row.insert(0, plain(book));
            }
            rows.push(row);
        }
        print(&headings, &rows);
        Ok(())
    }

    pub(super) fn find(&self, what: &str, book: Option<&str>) -> Result<(), Failure> {
        self.locate()?;
        let mut books = Vec::new();
        match book {
            Some(name) => books.push((name.to_owned(), self.read(name)?)),
            None => {
                for at in self.ask(FritzBox::books)? {
                    books.push((at.name.to_string(), self.ask(|f| f.book(&at))?));
                }
                books.push(("barred".into(), self.ask(FritzBox::barred)?));
            }
        }
        let found: Vec<_> = books
            .iter()
            .flat_map(|(name, book)| {
                self.fritz_box.find(book, what).into_iter().map(move |c| (Some(name.as_str()), c))
            })
            .collect();
        if found.is_empty() {
            return Err(Failure::new(
                Failure::DATA,
                format!("`{}` stands in none of the books", plain(what)),
            ));
        }
        self.show(found.into_iter())
    }

    pub(super) fn add(&self, book: &str, name: &str, numbers: &[String]) -> Result<(), Failure> {
        self.locate()?;
        let at = self.book_at(book)?;
        let contact = Contact::new(name, numbers.iter().map(|n| number(n)));
        let added = self.ask(|f| f.add(&at, &contact))?;
        self.tell_added(&added, &at.name)
    }

    fn tell_added(&self, added: &Added, book: &str) -> Result<(), Failure> {
        match added {
            Added::Written(id) if self.json => print_json(&json!({"written": id})),
            Added::AlreadyThere(c) if self.json => print_json(&json!({"already-there": c.unique_id})),
            Added::Written(id) => {
                println!("entered in {book} as {id}");
                Ok(())
            }
            Added::AlreadyThere(contact) => {
                println!("it stands in {book} already, as `{}`", plain(&contact.name));
                Ok(())
            }
        }
    }

    /// The one contact that is meant.
    fn one<'a>(&self, book: &'a PhoneBook, what: &str) -> Result<&'a Contact, Failure> {
        match self.fritz_box.find(book, what).as_slice() {
            [contact] => Ok(contact),
            [] => Err(Failure::new(Failure::DATA, format!("`{}` does not stand there", plain(what)))),
            several => {
                let names: Vec<_> = several.iter().map(|c| plain(&c.name)).collect();
                Err(Failure::new(
                    Failure::DATA,
                    format!("several are meant: {}; say more of the name or give a number", names.join(", ")),
                ))
            }
        }
    }

    pub(super) fn change(
        &self,
        book: &str,
        what: &str,
        name: Option<String>,
        add: &[String],
        remove: &[String],
    ) -> Result<(), Failure> {
        self.locate()?;
        let at = self.book_at(book)?;
        let read = self.ask(|f| f.book(&at))?;
        let mut contact = self.one(&read, what)?.clone();
        if let Some(name) = name {
            contact.name = name.into();
        }
        for gone in remove {
            let alone = Contact::new("", contact.numbers.iter().cloned());
            let position = alone.numbers.iter().position(|n| {
                let one = PhoneBook { name: "".into(), contacts: vec![Contact::new("", [n.clone()])] };
                !self.fritz_box.find(&one, gone).is_empty()
            });
            let position = position.ok_or_else(|| {
                Failure::new(Failure::DATA, format!("`{}` has no number {gone}", contact.name))
            })?;
            contact.numbers.remove(position);
        }
        contact.numbers.extend(add.iter().map(|n| number(n)));
        self.ask(|f| f.change(&at, &contact))?;
        println!("changed `{}` in {}", plain(&contact.name), at.name);
        Ok(())
    }

    pub(super) fn remove(&self, book: &str, what: &str) -> Result<(), Failure> {
        self.locate()?;
        let at = self.book_at(book)?;
        let read = self.ask(|f| f.book(&at))?;
        let contact = self.one(&read, what)?;
        let id = contact.unique_id.unwrap_or_default();
        self.ask(|f| f.remove(&at, id))?;
        println!("removed `{}` from {}", plain(&contact.name), at.name);
        Ok(())
    }

    pub(super) fn bar(&self, numbers: &[String], name: &str) -> Result<(), Failure> {
        self.locate()?;
        let contact = Contact::new(name, numbers.iter().map(|n| number(n)));
        let added = self.ask(|f| f.bar(&contact))?;
        self.tell_added(&added, "the call barring")
    }

    pub(super) fn unbar(&self, what: &str) -> Result<(), Failure> {
        self.locate()?;
        let barred = self.ask(FritzBox::barred)?;
        let contact = self.one(&barred, what)?;
        let id = contact.unique_id.unwrap_or_default();
        self.ask(|f| f.unbar(id))?;
        println!("`{}` may ring again", plain(what));
        Ok(())
    }

    pub(super) fn handsets(&self, set: Option<u16>, book: Option<&str>) -> Result<(), Failure> {
        if let (Some(handset), Some(book)) = (set, book) {
            let at = self.book_at(book)?;
            self.ask(|f| f.set_handset_book(handset, &at))?;
        }
        let handsets = self.ask(FritzBox::handsets)?;
        let books = self.ask(FritzBox::books)?;
        let name = |position: Option<u16>| {
            books
                .iter()
                .find(|b| Some(b.position) == position)
                .map(|b| b.name.to_string())
                .unwrap_or_default()
        };
        if self.json {
            let list: Vec<_> =
                handsets.iter().map(|h| json!({"id": h.id, "name": h.name, "book": name(h.book)})).collect();
            return print_json(&json!(list));
        }
        let rows: Vec<_> =
            handsets.iter().map(|h| vec![h.id.to_string(), plain(&h.name), plain(&name(h.book))]).collect();
        print(&["ID", "NAME", "BOOK"], &rows);
        Ok(())
    }
}

/// `mobile:0152...` or `0152...`.
fn number(text: &str) -> ContactNumber {
    match text.split_once(':') {
        Some((kind, number)) => ContactNumber::new(number.trim(), NumberType::from_word(kind.trim())),
        None => ContactNumber::new(text.trim(), NumberType::Home),
    }
}
