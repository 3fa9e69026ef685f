//! Placing calls from one of the box's telephones, and the own numbers.

use crate::tr064::document;
use crate::tr064::service::VOIP;
use crate::{Error, FritzBox};

/// One of the own numbers (MSN).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnNumber {
    /// The number as it is set up, often without an area code.
    pub number: Box<str>,
    /// Its name, if it has one.
    pub name: Box<str>,
    /// `eVoIP`, `eISDN`, `ePOTS`.
    pub kind: Box<str>,
}

impl FritzBox {
    /// Calls a number: the chosen telephone rings, and when it is picked up the number is dialled. The dialling help
    /// must be switched on in the box (Telephony > Calls > Dialing Help).
    ///
    /// # Errors
    ///
    /// The box refuses: usually the dialling help is off.
    pub fn dial(&self, number: &str) -> Result<(), Error> {
        let dialled: String = number.chars().filter(|c| !" -/.()".contains(*c)).collect();
        let right = |c: char| c.is_ascii_digit() || matches!(c, '+' | '*' | '#');
        if dialled.is_empty() || dialled.len() > 64 || !dialled.chars().all(right) {
            return Err(Error::NotANumber(number.into()));
        }
        let dialled = match dialled.strip_prefix('+') {
            Some(rest) => format!("00{rest}"),
            None => dialled,
        };
        self.tr064.call(VOIP, "X_AVM-DE_DialNumber", &[("NewX_AVM-DE_PhoneNumber", &dialled)])?;
        Ok(())
    }

    /// Ends the call that was placed with [`FritzBox::dial`]. A box has no way to end a call that rings in.
    ///
    /// # Errors
    ///
    /// The box cannot be reached, or refuses.
    pub fn hang_up(&self) -> Result<(), Error> {
        self.tr064.call(VOIP, "X_AVM-DE_DialHangup", &[])?;
        Ok(())
    }

    /// The telephone that [`FritzBox::dial`] uses; empty if none is chosen.
    ///
    /// # Errors
    ///
    /// The box cannot be reached, or refuses.
    pub fn dialling_telephone(&self) -> Result<String, Error> {
        let reply = self.tr064.call(VOIP, "X_AVM-DE_DialGetConfig", &[])?;
        reply.field("NewX_AVM-DE_PhoneName").map(str::to_owned)
    }

    /// Chooses the telephone for [`FritzBox::dial`], by a name out of [`FritzBox::telephones`]. Boxes want a second
    /// factor for that.
    ///
    /// # Errors
    ///
    /// The box refuses.
    pub fn set_dialling_telephone(&self, name: &str) -> Result<(), Error> {
        self.tr064.call(VOIP, "X_AVM-DE_DialSetConfig", &[("NewX_AVM-DE_PhoneName", name)])?;
        Ok(())
    }

    /// The telephones that can be chosen for dialling.
    ///
    /// # Errors
    ///
    /// The box cannot be reached, or refuses.
    pub fn telephones(&self) -> Result<Vec<String>, Error> {
        let mut out = Vec::new();
        // The box ends the list by a fault; it never has more telephones than that.
        for index in 1..=64 {
            match self.tr064.call(VOIP, "X_AVM-DE_GetPhonePort", &[("NewIndex", &index.to_string())]) {
                Ok(reply) => out.push(reply.field("NewX_AVM-DE_PhoneName")?.to_owned()),
                Err(Error::Fault { .. }) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(out)
    }

    /// The own numbers.
    ///
    /// # Errors
    ///
    /// The box cannot be reached, or refuses.
    pub fn own_numbers(&self) -> Result<Vec<OwnNumber>, Error> {
        let reply = self.tr064.call(VOIP, "X_AVM-DE_GetNumbers", &[])?;
        let doc = document("the list of own numbers", reply.field("NewNumberList")?)?;
        Ok(doc
            .descendants()
            .filter(|n| n.has_tag_name("Item"))
            .map(|item| {
                let of = |name: &str| -> Box<str> {
                    item.children()
                        .find(|n| n.has_tag_name(name))
                        .and_then(|n| n.text())
                        .unwrap_or_default()
                        .trim()
                        .into()
                };
                OwnNumber { number: of("Number"), name: of("Name"), kind: of("Type") }
            })
            .filter(|own| !own.number.is_empty())
            .collect())
    }
}
