//! What a box is asked for, in the words of those who telephone.

mod barring;
mod books;
mod calls;
mod dialling;
mod handsets;
mod messages;

use std::sync::{PoisonError, RwLock};

use phone_number::Numbering;

pub use books::{Added, BookAt};
pub use calls::{CallKind, ListedCall};
pub use dialling::OwnNumber;
pub use handsets::Handset;
pub use messages::{AnsweringMachine, Message};

use crate::tr064::{Confirmation, SecondFactor, Tr064, service};
use crate::{Error, FritzBoxSettings};

/// A FRITZ!Box, asked by TR-064. Every call of a method is one or a few questions to the box and waits for them.
///
/// ```no_run
/// use fritz_box::{FritzBox, FritzBoxSettings};
/// let mut settings = FritzBoxSettings::at("fritz.box");
/// settings.user = "guard".into();
/// settings.password_file = Some("/etc/callblock/fritzbox".into());
/// let fritz_box = FritzBox::new(&settings)?;
/// for book in fritz_box.books()? {
///     println!("{}: {}", book.position, book.name);
/// }
/// # Ok::<(), fritz_box::Error>(())
/// ```
#[derive(Debug)]
pub struct FritzBox {
    tr064: Tr064,
    numbering: RwLock<Numbering>,
    /// Whether the settings, or the box, said where it is.
    area_set: bool,
    country_set: bool,
}

impl FritzBox {
    /// A box by its settings. Asks nothing yet.
    ///
    /// # Errors
    ///
    /// The password cannot be read, or encryption is wanted and not built in.
    pub fn new(settings: &FritzBoxSettings) -> Result<Self, Error> {
        Ok(Self {
            tr064: Tr064::new(settings)?,
            numbering: RwLock::new(settings.numbering()),
            area_set: settings.area_code.is_some(),
            country_set: settings.country_code.is_some(),
        })
    }

    /// Its model and firmware.
    ///
    /// # Errors
    ///
    /// As with every question: the box cannot be reached, or refuses.
    pub fn device(&self) -> Result<String, Error> {
        self.tr064.device()
    }

    /// Where the box is, for comparing numbers. See [`FritzBox::locate`].
    pub fn numbering(&self) -> Numbering {
        self.numbering.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the box for its country and area code, where the settings leave them out.
    ///
    /// # Errors
    ///
    /// The box cannot be reached. A box that keeps its area code to itself is no error.
    pub fn locate(&self) -> Result<Numbering, Error> {
        let now = self.numbering();
        let country = match now.country() {
            Some(country) if self.country_set => country.iso().to_owned(),
            known => self
                .country_code()?
                .filter(|code| Numbering::new(code, None).is_ok())
                .unwrap_or_else(|| known.map_or("DE", |c| c.iso()).to_owned()),
        };
        let area = if self.area_set { Some(now.area().to_owned()) } else { self.area_code()? };
        if let Ok(found) = Numbering::new(&country, area.as_deref()) {
            *self.numbering.write().unwrap_or_else(PoisonError::into_inner) = found;
        }
        Ok(self.numbering())
    }

    fn area_code(&self) -> Result<Option<String>, Error> {
        let asked = self.tr064.call(service::VOIP, "X_AVM-DE_GetVoIPCommonAreaCode", &[]);
        let area = match absent(asked)? {
            Some(reply) => reply.field("NewX_AVM-DE_OKZ")?.to_owned(),
            None => match absent(self.tr064.call(service::VOIP, "GetVoIPCommonAreaCode", &[]))? {
                Some(reply) => reply.field("NewVoIPAreaCode")?.trim_start_matches('0').to_owned(),
                None => String::new(),
            },
        };
        Ok(Some(area).filter(|a| !a.is_empty()))
    }

    fn country_code(&self) -> Result<Option<String>, Error> {
        let asked = self.tr064.call(service::VOIP, "X_AVM-DE_GetVoIPCommonCountryCode", &[]);
        let Some(reply) = absent(asked)? else { return Ok(None) };
        let code = reply.field("NewX_AVM-DE_LKZ")?.trim_start_matches(['0', '+']).to_owned();
        Ok(Some(code).filter(|c| !c.is_empty()))
    }

    /// A number in the one form in which numbers are compared. `None` if it is none.
    pub(crate) fn key(&self, number: &str) -> Option<Box<str>> {
        let numbering = self.numbering.read().unwrap_or_else(PoisonError::into_inner);
        let start = number.strip_suffix('*').unwrap_or(number);
        numbering.read(start).map(|n| n.as_str().into())
    }

    /// Begins the confirmation that the box wants after [`Fault::SECOND_FACTOR_NEEDED`](crate::Fault); the answer says
    /// what to do. To be asked for with [`FritzBox::confirmation`] every two seconds.
    ///
    /// # Errors
    ///
    /// The box cannot be reached, or confirms something else just now.
    pub fn begin_confirmation(&self) -> Result<SecondFactor, Error> {
        self.tr064.begin_confirmation()
    }

    /// Whether somebody confirmed.
    ///
    /// # Errors
    ///
    /// The box cannot be reached.
    pub fn confirmation(&self) -> Result<Confirmation, Error> {
        self.tr064.confirmation()
    }

    /// Ends the confirmation.
    pub fn end_confirmation(&self) {
        self.tr064.end_confirmation();
    }
}

/// An action that this box does not have, or that the user may not use, is no answer rather than an error.
fn absent<T>(asked: Result<T, Error>) -> Result<Option<T>, Error> {
    match asked {
        Ok(reply) => Ok(Some(reply)),
        Err(Error::NoAction { .. } | Error::Fault { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
