//! The phone books of a FRITZ!Box as groups of contacts.

use std::path::Path;

use address_book::source::OwnPlace;
use address_book::vcard;
use fritz_box::{Error, FritzBox, FritzBoxSettings};
use phone_number::{Numbering, ShownNumber};

use crate::config::FritzBoxSection;

/// How a box is reached. The password is read with every question, so that a new one needs no restart.
fn settings(section: &FritzBoxSection, folder: &Path) -> FritzBoxSettings {
    let mut settings = FritzBoxSettings::at(&section.address);
    settings.user = section.user.as_str().into();
    settings.password_file = Some(section.password_file.clone());
    settings.encrypted = section.encrypted;
    if let Some(port) = section.port {
        if section.encrypted { settings.tr064_tls_port = port } else { settings.tr064_port = port }
    }
    // Letters and digits only: the address must not lead out of the folder.
    let name: String =
        section.address.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    settings.certificate_file = section.encrypted.then(|| folder.join(format!("certificate-{name}")));
    settings
}

/// The book as a place that is asked in the background.
pub(crate) fn place(section: &FritzBoxSection, folder: &Path, numbering: &Numbering) -> OwnPlace {
    let address = format!("fritzbox://{}/{}", section.address, section.book);
    let (settings, book, numbering) = (settings(section, folder), section.book.clone(), numbering.clone());
    OwnPlace::new(address, move || {
        let fritz_box = FritzBox::new(&settings).map_err(|e| e.to_string())?;
        let ask = || -> Result<_, Error> {
            let at = fritz_box.find_book(&book)?;
            // The book's own numbers are written as they are dialled where the box is.
            let numbering = fritz_box.locate().unwrap_or_else(|_| numbering.clone());
            Ok((fritz_box.book(&at)?, numbering))
        };
        let (book, numbering) = ask().map_err(|e| e.to_string())?;
        let cards = book.contacts.iter().map(|contact| {
            let numbers: Vec<_> = contact
                .numbers
                .iter()
                // What stands for many numbers cannot be called.
                .filter(|n| !n.is_internal() && !n.is_wildcard())
                .filter_map(|n| {
                    let shown = ShownNumber::new(&n.number)?;
                    let whole = numbering.resolve(&shown);
                    Some((ShownNumber::new(whole.as_str()).unwrap_or(shown), n.kind.word()))
                })
                .collect();
            vcard::write(&contact.name, numbers.iter().map(|(number, kind)| (number, *kind)))
        });
        Ok(vec![cards.collect::<String>().into_bytes()])
    })
}
