//! The box's own call barring: numbers in it never ring.

use super::books::{Added, missing};
use crate::book::{Contact, PhoneBook};
use crate::tr064::service::ON_TEL;
use crate::{Error, FritzBox};

const BARRING: &str = "the call barring";

impl FritzBox {
    /// Everything that is barred.
    ///
    /// # Errors
    ///
    /// The box cannot be reached, or refuses.
    pub fn barred(&self) -> Result<PhoneBook, Error> {
        let reply = self.tr064.call(ON_TEL, "GetCallBarringList", &[])?;
        PhoneBook::parse(&self.tr064.fetch_text(reply.field("NewPhonebookURL")?)?)
    }

    /// Bars the numbers of a contact that are not barred yet, and looks whether they are.
    ///
    /// # Errors
    ///
    /// Nothing was barred, or the box wants a second factor.
    pub fn bar(&self, contact: &Contact) -> Result<Added, Error> {
        let barred = self.barred()?;
        let mut fresh = Contact { unique_id: None, ..contact.clone() };
        let mut found = None;
        for number in &contact.numbers {
            self.key(&number.number).ok_or_else(|| Error::NotANumber(number.number.clone()))?;
            if let Some(old) = self.find(&barred, &number.number).first() {
                fresh.numbers.retain(|n| n != number);
                found = Some((*old).clone());
            }
        }
        if let (true, Some(old)) = (fresh.numbers.is_empty(), found) {
            return Ok(Added::AlreadyThere(old));
        }
        let reply =
            self.tr064.call(ON_TEL, "SetCallBarringEntry", &[("NewPhonebookEntryData", &fresh.to_xml())])?;
        let id = reply.field("NewPhonebookEntryUniqueID")?.trim().parse().unwrap_or_default();
        let barred = self.barred()?;
        match fresh.numbers.iter().find(|n| self.find(&barred, &n.number).is_empty()) {
            Some(lost) => Err(Error::NotWritten { number: lost.number.clone(), book: BARRING.into() }),
            None => Ok(Added::Written(id)),
        }
    }

    /// Takes an entry out of the barring.
    ///
    /// # Errors
    ///
    /// There is no such entry, or the box wants a second factor.
    pub fn unbar(&self, unique_id: u32) -> Result<(), Error> {
        let id = unique_id.to_string();
        let no_entry = || Error::NoEntry { what: id.as_str().into(), book: BARRING.into() };
        self.tr064
            .call(ON_TEL, "DeleteCallBarringEntryUID", &[("NewPhonebookEntryUniqueID", &id)])
            .map_err(|e| missing(e, no_entry))?;
        Ok(())
    }
}
