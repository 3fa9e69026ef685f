//! How a FRITZ!Box is reached and what it is to be used for: the `[fritzbox]` section of the configuration.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use call_monitor::LogFiles;
use phone_number::Numbering;
use secret::Secret;
use serde::Deserialize;

use crate::Error;

/// A phone book, by its name or by its position in the box's list (0 is the first).
///
/// Positions shift when books are added or removed, so a position is looked up once and kept as a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(untagged)]
pub enum BookName {
    /// The position that the box gives it.
    Position(u16),
    /// The name that the owner gave it.
    Name(Box<str>),
}

impl BookName {
    /// Reads what a person typed: a number is a position, anything else a name.
    pub fn from_text(text: &str) -> Self {
        text.trim().parse().map_or_else(|_| Self::Name(text.trim().into()), Self::Position)
    }
}

impl fmt::Display for BookName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(n) => write!(f, "{n}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// What is done with a caller who is not to ring again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockBy {
    /// Entered in the deny book, which the box is set up to reject.
    #[default]
    DenyBook,
    /// Entered in the box's own call barring.
    CallBarring,
    /// Nothing is written; the notices tell.
    Notice,
}

/// What kind of number a new contact gets in a phone book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberType {
    /// Private.
    Home,
    /// Mobile.
    Mobile,
    /// At work.
    Work,
    /// Fax at work.
    FaxWork,
    /// Fax at home.
    FaxHome,
    /// Anything else.
    #[default]
    Other,
}

impl NumberType {
    /// The word in the box's files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Mobile => "mobile",
            Self::Work => "work",
            Self::FaxWork => "fax_work",
            Self::FaxHome => "fax_home",
            Self::Other => "other",
        }
    }

    /// Reads the word; what is not known is [`NumberType::Other`].
    pub fn from_word(word: &str) -> Self {
        [Self::Home, Self::Mobile, Self::Work, Self::FaxWork, Self::FaxHome]
            .into_iter()
            .find(|t| t.word() == word)
            .unwrap_or_default()
    }
}

/// How numbers that are written into a phone book are labelled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct NewContact {
    /// The name of a blocked number's entry.
    pub name: Box<str>,
    /// Whether date and time are put after the name.
    pub time_stamp: bool,
    /// What kind of number it gets.
    pub number_type: NumberType,
}

impl Default for NewContact {
    fn default() -> Self {
        Self { name: "blocked by callblock".into(), time_stamp: true, number_type: NumberType::Other }
    }
}

/// Where the raw lines of the call monitor are kept, if they are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RawLog {
    /// The folder.
    pub folder: PathBuf,
    /// A file a day (the default) or one file for all.
    #[serde(default = "yes")]
    pub daily: bool,
    /// Whether the last three digits of each number are hidden (the default).
    #[serde(default = "yes")]
    pub redacted: bool,
}

impl RawLog {
    /// How the lines are spread over files.
    pub fn files(&self) -> LogFiles {
        if self.daily { LogFiles::Daily } else { LogFiles::One }
    }
}

fn yes() -> bool {
    true
}

/// Everything about one FRITZ!Box.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct FritzBoxSettings {
    /// The name that notices and the log give this line.
    pub line: Box<str>,
    /// Name or address of the box.
    pub address: Box<str>,
    /// The call monitor's port.
    pub monitor_port: u16,
    /// The port of TR-064 without encryption.
    pub tr064_port: u16,
    /// The port of TR-064 with encryption.
    pub tr064_tls_port: u16,
    /// Whether TR-064 is spoken encrypted. The box's certificate is remembered when it is first seen.
    pub encrypted: bool,
    /// Where the box's certificate is remembered; without it only this run remembers.
    pub certificate_file: Option<PathBuf>,
    /// A user of the box with the right to "voice messages, fax messages, FRITZ!App Fon and the call list".
    /// Without a user only the call monitor is read.
    pub user: Box<str>,
    /// The user's password; better kept in `password-file`.
    pub password: Option<Secret>,
    /// A file that holds the password.
    pub password_file: Option<PathBuf>,
    /// Books whose numbers may always ring.
    pub allow_books: Vec<BookName>,
    /// Books whose numbers are unwanted; blocked numbers are entered into the first one.
    pub deny_books: Vec<BookName>,
    /// A book into which numbers are entered that a reverse search found a name for.
    pub new_contact_book: Option<BookName>,
    /// How often the books are read again, in hours. 24 if not set, at least one.
    pub refresh_hours: u32,
    /// What is done with unwanted callers.
    pub block_by: BlockBy,
    /// How entries made by callblock are labelled.
    pub contact: NewContact,
    /// Own numbers (MSN) that are guarded; empty for all.
    pub own_numbers: Vec<Box<str>>,
    /// The area code of the box, such as `030`; asked from the box if not set.
    pub area_code: Option<Box<str>>,
    /// The country code of the box, such as `49`; asked from the box if not set.
    pub country_code: Option<Box<str>>,
    /// Numbers that take the place of the next callers' one after the other, if the guard is started with
    /// `--test-numbers`; an empty one is a withheld number.
    pub test_numbers: Vec<Box<str>>,
    /// Whether they do so now.
    #[serde(skip)]
    pub test_now: bool,
    /// Keep the raw lines of the call monitor.
    pub raw_log: Option<RawLog>,
    /// How often the connection to the call monitor is made anew though it seems well, in minutes; 0 for never.
    pub reconnect_minutes: u32,
}

impl Default for FritzBoxSettings {
    fn default() -> Self {
        Self {
            line: "fritzbox".into(),
            address: "fritz.box".into(),
            monitor_port: 1012,
            tr064_port: 49000,
            tr064_tls_port: 49443,
            encrypted: false,
            certificate_file: None,
            user: "".into(),
            password: None,
            password_file: None,
            allow_books: vec![BookName::Position(0)],
            deny_books: Vec::new(),
            new_contact_book: None,
            refresh_hours: 24,
            block_by: BlockBy::default(),
            contact: NewContact::default(),
            own_numbers: Vec::new(),
            area_code: None,
            country_code: None,
            test_numbers: Vec::new(),
            test_now: false,
            raw_log: None,
            reconnect_minutes: 120,
        }
    }
}

impl FritzBoxSettings {
    /// The box at this address, everything else as most people want it.
    pub fn at(address: &str) -> Self {
        Self { address: address.into(), ..Self::default() }
    }

    /// The password, from the settings or from the file named there. `None` if neither is set.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is empty.
    pub fn password(&self) -> Result<Option<Secret>, Error> {
        match (&self.password, &self.password_file) {
            (Some(password), _) => Ok(Some(password.clone())),
            (None, Some(file)) => {
                let folder = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
                Secret::from_file(file, folder.as_deref()).map(Some).map_err(Error::Password)
            }
            (None, None) => Ok(None),
        }
    }

    /// Where the box is, as far as the settings say; Germany if they say nothing.
    pub fn numbering(&self) -> Numbering {
        let country = self.country_code.as_deref().unwrap_or("DE");
        Numbering::new(country, self.area_code.as_deref()).unwrap_or_else(|error| {
            log::warn!("{error}; numbers without an area code are compared as they stand");
            Numbering::new(country, None).unwrap_or_default()
        })
    }

    /// How long the books are good for.
    pub fn refresh(&self) -> Duration {
        Duration::from_secs(3600 * u64::from(self.refresh_hours.max(1)))
    }

    /// Whether calls to this own number are guarded. Boxes report it with or without its area code.
    pub fn guards(&self, own_number: &str) -> bool {
        self.own_numbers.is_empty()
            || self.own_numbers.iter().any(|n| own_number.ends_with(&**n) || n.ends_with(own_number))
    }
}
