//! The cordless handsets, and which phone book each shows.

use crate::tr064::service::ON_TEL;
use crate::{BookAt, Error, FritzBox};

/// A DECT handset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handset {
    /// Its number at the box.
    pub id: u16,
    /// Its name.
    pub name: Box<str>,
    /// The position of the phone book that it shows.
    pub book: Option<u16>,
}

impl FritzBox {
    /// All handsets.
    ///
    /// # Errors
    ///
    /// The box cannot be reached, or refuses.
    pub fn handsets(&self) -> Result<Vec<Handset>, Error> {
        let reply = self.tr064.call(ON_TEL, "GetDECTHandsetList", &[])?;
        let ids = reply.field("NewDectIDList")?.split(',').filter_map(|id| id.trim().parse::<u16>().ok());
        ids.take(64)
            .map(|id| {
                let reply =
                    self.tr064.call(ON_TEL, "GetDECTHandsetInfo", &[("NewDectID", &id.to_string())])?;
                Ok(Handset {
                    id,
                    name: reply.field("NewHandsetName")?.into(),
                    book: reply.field("NewPhonebookID")?.trim().parse().ok(),
                })
            })
            .collect()
    }

    /// Lets a handset show another phone book.
    ///
    /// # Errors
    ///
    /// The box refuses.
    pub fn set_handset_book(&self, handset: u16, book: &BookAt) -> Result<(), Error> {
        let arguments =
            [("NewDectID", &*handset.to_string()), ("NewPhonebookID", &*book.position.to_string())];
        self.tr064.call(ON_TEL, "SetDECTHandsetPhonebook", &arguments)?;
        Ok(())
    }
}
