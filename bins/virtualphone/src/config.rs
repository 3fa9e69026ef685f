//! The configuration file: every key, read once, checked whole.

use std::path::{Path, PathBuf};
use std::time::Duration;

use address_book::source::Place;
use call_bridge::policy::{Defaults, Otherwise};
use call_bridge::remote::{DialLimits, RemoteSettings};
use call_bridge::{Limits, Settings};
use callblock::config::{ConfigError, ConfigFile, Span};
use fritz_box::BookName;
use phone_number::{Numbering, ShownNumber};
use secret::Secret;
use serde::Deserialize;

/// What `init` writes.
pub(crate) const TEMPLATE: &str = include_str!("template.toml");

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) stick: StickSection,
    pub(crate) numbers: NumbersSection,
    pub(crate) calls: CallsSection,
    pub(crate) sms: SmsSection,
    pub(crate) contacts: ContactsSection,
    pub(crate) calendar: CalendarSection,
    pub(crate) lists: ListsSection,
    pub(crate) telegram: Option<TelegramSection>,
    pub(crate) temporary_owners: Option<TemporaryOwnersSection>,
    pub(crate) remote: RemoteSection,
}

/// Which stick.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct StickSection {
    pub(crate) port: Option<PathBuf>,
    pub(crate) event_port: Option<PathBuf>,
    pub(crate) event_interface: Option<u8>,
    pub(crate) port_list: Option<PathBuf>,
    pub(crate) port_folder: Option<PathBuf>,
    pub(crate) imei: Option<String>,
    pub(crate) usb: Option<String>,
    pub(crate) pin_file: Option<PathBuf>,
}

/// The numbering plan at home.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct NumbersSection {
    pub(crate) country: Option<String>,
    pub(crate) area: Option<String>,
}

/// Who takes calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct CallsSection {
    pub(crate) master_phone: Option<String>,
    pub(crate) backup_phone: Option<String>,
    pub(crate) unknown: String,
    pub(crate) not_in_group: String,
    pub(crate) out_of_hours: String,
    pub(crate) reject_after: Span,
    pub(crate) hide_own_number: Option<bool>,
    pub(crate) tell_spammers: bool,
    pub(crate) owner_rings: Span,
    pub(crate) other_rings: Span,
    pub(crate) longest: Span,
}

impl Default for CallsSection {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            master_phone: None,
            backup_phone: None,
            unknown: "master".into(),
            not_in_group: "master".into(),
            out_of_hours: "master".into(),
            reject_after: Span(Duration::from_secs(15)),
            hide_own_number: None,
            tell_spammers: true,
            owner_rings: Span(limits.owner_rings),
            other_rings: Span(limits.other_rings),
            longest: Span(limits.longest),
        }
    }
}

/// SMS that answer callers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct SmsSection {
    pub(crate) early_hang_up: Option<String>,
    pub(crate) not_accepted: Option<String>,
}

/// Contacts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ContactsSection {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) refresh: Option<Span>,
    #[serde(rename = "carddav")]
    pub(crate) servers: Vec<CardDavSection>,
    pub(crate) fritzbox: Vec<FritzBoxSection>,
}

/// A CardDAV collection that is a group.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct CardDavSection {
    pub(crate) group: String,
    pub(crate) url: String,
    pub(crate) user: Option<String>,
    pub(crate) password_file: Option<PathBuf>,
}

/// A phone book of a FRITZ!Box that is a group.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct FritzBoxSection {
    pub(crate) group: String,
    #[serde(default = "fritz_box_address")]
    pub(crate) address: String,
    /// Of TR-064; the usual one if not set.
    pub(crate) port: Option<u16>,
    #[serde(default)]
    pub(crate) encrypted: bool,
    pub(crate) user: String,
    pub(crate) password_file: PathBuf,
    /// By name, or by position from 0 on.
    #[serde(default = "first_book")]
    pub(crate) book: BookName,
}

fn fritz_box_address() -> String {
    "fritz.box".into()
}

fn first_book() -> BookName {
    BookName::Position(0)
}

/// The calendar.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct CalendarSection {
    pub(crate) file: Option<PathBuf>,
    pub(crate) url: Option<String>,
    pub(crate) url_file: Option<PathBuf>,
    pub(crate) caldav: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) password_file: Option<PathBuf>,
    pub(crate) refresh: Option<Span>,
    pub(crate) time_zone: Option<String>,
}

/// Lists that speak against or for a number.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ListsSection {
    pub(crate) deny: Vec<PathBuf>,
    pub(crate) allow: Vec<PathBuf>,
    pub(crate) spammers_url: Option<String>,
    pub(crate) spammers_refresh: Option<Span>,
}

/// The bot.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct TelegramSection {
    pub(crate) token_file: PathBuf,
    pub(crate) owners: Vec<i64>,
    #[serde(default)]
    pub(crate) base_url: Option<String>,
}

/// Owners for a time.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct TemporaryOwnersSection {
    pub(crate) password_hash: String,
    #[serde(default = "a_day")]
    pub(crate) lasts: Span,
    #[serde(default)]
    pub(crate) tell_wrong_password: bool,
}

fn a_day() -> Span {
    Span(Duration::from_secs(24 * 3600))
}

/// What may be done from afar.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct RemoteSection {
    pub(crate) raw_commands: bool,
    pub(crate) socket: bool,
    pub(crate) sms_owners: Vec<String>,
    pub(crate) calls_an_hour: Option<usize>,
    pub(crate) sms_an_hour: Option<usize>,
    pub(crate) sms_a_day: Option<usize>,
    pub(crate) denied_prefixes: Vec<String>,
    pub(crate) allowed_prefixes: Vec<String>,
    pub(crate) own_country_only: bool,
}

impl ConfigFile for Config {
    const PROGRAM: &str = "virtualphone";

    fn check(&self, path: &Path, source: &str) -> Result<(), ConfigError> {
        let wrong = |key: &str, text: String| Err(ConfigError::at_key(path, source, key, text));
        if let Err(e) = self.numbering() {
            return wrong("country", e);
        }
        for (key, text) in [
            ("unknown", &self.calls.unknown),
            ("not-in-group", &self.calls.not_in_group),
            ("out-of-hours", &self.calls.out_of_hours),
        ] {
            if let Err(why) = otherwise(text) {
                return wrong(key, why);
            }
        }
        for (key, number) in
            [("master-phone", &self.calls.master_phone), ("backup-phone", &self.calls.backup_phone)]
        {
            if number.as_deref().is_some_and(|n| ShownNumber::new(n).is_none()) {
                return wrong(
                    key,
                    "this is no telephone number; write it with country code, such as +39...".into(),
                );
            }
        }
        if let Some(bad) = self.remote.sms_owners.iter().find(|n| ShownNumber::new(n).is_none()) {
            return wrong("sms-owners", format!("\"{bad}\" is no telephone number"));
        }
        if let Err(why) = self.zone() {
            return wrong("time-zone", why);
        }
        if let Err(why) = self.gsm() {
            return wrong("usb", why);
        }
        let calendars = [
            self.calendar.file.is_some(),
            self.calendar.url.is_some(),
            self.calendar.url_file.is_some(),
            self.calendar.caldav.is_some(),
        ];
        if calendars.iter().filter(|set| **set).count() > 1 {
            return wrong("calendar", "give one of file, url, url-file and caldav".into());
        }
        if let Some(telegram) = &self.telegram
            && telegram.owners.is_empty()
        {
            let text = "name at least one owner; write /getid to the bot to see your id";
            return wrong("owners", text.into());
        }
        Ok(())
    }

    /// Paths are meant beside the file.
    fn resolve(&mut self, folder: &Path) {
        let files = [
            self.stick.pin_file.as_mut(),
            self.stick.port_list.as_mut(),
            self.stick.port_folder.as_mut(),
            self.contacts.folder.as_mut(),
            self.calendar.file.as_mut(),
            self.calendar.url_file.as_mut(),
            self.calendar.password_file.as_mut(),
            self.telegram.as_mut().map(|t| &mut t.token_file),
        ];
        let lists = self.lists.deny.iter_mut().chain(&mut self.lists.allow);
        let servers = self.contacts.servers.iter_mut().filter_map(|s| s.password_file.as_mut());
        let boxes = self.contacts.fritzbox.iter_mut().map(|b| &mut b.password_file);
        for path in files.into_iter().flatten().chain(lists).chain(servers).chain(boxes) {
            // A bare name of a secret may stand in the service manager's folder of credentials.
            if path.is_relative() && folder.join(&*path).exists() || path.components().count() > 1 {
                *path = folder.join(&*path);
            }
        }
    }
}

impl Config {
    /// How numbers are written here.
    pub(crate) fn numbering(&self) -> Result<Numbering, String> {
        match &self.numbers.country {
            None => Ok(Numbering::unknown()),
            Some(country) => Numbering::new(country, self.numbers.area.as_deref()).map_err(|e| e.to_string()),
        }
    }

    /// The zone that the calendar's times without one are in.
    pub(crate) fn zone(&self) -> Result<chrono_tz::Tz, String> {
        let name = self.calendar.time_zone.as_deref().unwrap_or("UTC");
        name.parse().map_err(|_| format!("\"{name}\" is no time zone; write one such as Europe/Rome"))
    }

    /// The stick.
    pub(crate) fn gsm(&self) -> Result<gsm_modem::Settings, String> {
        use gsm_modem::Stick;
        let section = &self.stick;
        let stick = match (&section.port, &section.imei, &section.usb) {
            (_, Some(imei), _) => Stick::Imei(imei.as_str().into()),
            (Some(port), None, _) => Stick::Port(port.clone()),
            (None, None, Some(usb)) => usb_ids(usb).ok_or_else(|| {
                format!(
                    "\"{usb}\" are no USB ids; write them as lsusb does: 12d1:1001, and the interface behind \
                         them if it matters: 12d1:1001:00"
                )
            })?,
            (None, None, None) => Stick::Port("/dev/ttyUSB0".into()),
        };
        let mut settings = gsm_modem::Settings::new(stick);
        settings.event_port.clone_from(&section.event_port);
        settings.event_interface = section.event_interface;
        if let Some(list) = &section.port_list {
            settings.ports.class.clone_from(list);
        }
        if let Some(folder) = &section.port_folder {
            settings.ports.devices.clone_from(folder);
        }
        Ok(settings)
    }

    /// The bridge.
    pub(crate) fn bridge(&self) -> Settings {
        let calls = &self.calls;
        let boxed = |text: &Option<String>| text.as_deref().filter(|t| !t.is_empty()).map(Into::into);
        Settings {
            limits: Limits {
                owner_rings: calls.owner_rings.0,
                other_rings: calls.other_rings.0,
                longest: calls.longest.0,
                ..Limits::default()
            },
            when_undecided: boxed(&calls.master_phone),
            backup: boxed(&calls.backup_phone),
            hide_own_number: calls.hide_own_number,
            sms_early_hang_up: boxed(&self.sms.early_hang_up),
            sms_not_accepted: boxed(&self.sms.not_accepted),
        }
    }

    /// The three defaults.
    pub(crate) fn defaults(&self) -> Result<Defaults, String> {
        Ok(Defaults {
            unknown: otherwise(&self.calls.unknown)?,
            not_in_group: otherwise(&self.calls.not_in_group)?,
            out_of_hours: otherwise(&self.calls.out_of_hours)?,
        })
    }

    /// The desk.
    pub(crate) fn remote(&self) -> RemoteSettings {
        let remote = &self.remote;
        let usual = DialLimits::default();
        RemoteSettings {
            raw_commands: remote.raw_commands,
            limits: DialLimits {
                calls_an_hour: remote.calls_an_hour.unwrap_or(usual.calls_an_hour),
                sms_an_hour: remote.sms_an_hour.unwrap_or(usual.sms_an_hour),
                sms_a_day: remote.sms_a_day.unwrap_or(usual.sms_a_day),
                also_denied: remote.denied_prefixes.clone(),
                allowed: remote.allowed_prefixes.clone(),
                own_country_only: remote.own_country_only,
            },
            default_master: self.calls.master_phone.clone(),
            tell_wrong_password: self.temporary_owners.as_ref().is_some_and(|t| t.tell_wrong_password),
        }
    }

    /// Where the calendar is, if there is one.
    pub(crate) fn calendar_place(&self, credentials: Option<&Path>) -> Result<Option<Place>, String> {
        let section = &self.calendar;
        let login = login(section.user.as_deref(), section.password_file.as_deref(), credentials)?;
        Ok(if let Some(file) = &section.file {
            Some(Place::File(file.clone()))
        } else if let Some(url) = &section.caldav {
            Some(Place::Dav { url: url.clone(), login })
        } else if let Some(file) = &section.url_file {
            let url = Secret::from_file(file, credentials).map_err(|e| e.to_string())?;
            Some(Place::Url { url: url.reveal().to_owned(), login })
        } else {
            section.url.as_ref().map(|url| Place::Url { url: url.clone(), login })
        })
    }
}

/// User and password of a server.
pub(crate) fn login(
    user: Option<&str>,
    password_file: Option<&Path>,
    credentials: Option<&Path>,
) -> Result<Option<(String, Secret)>, String> {
    match (user, password_file) {
        (Some(user), Some(file)) => {
            let password = Secret::from_file(file, credentials).map_err(|e| e.to_string())?;
            Ok(Some((user.to_owned(), password)))
        }
        (None, None) => Ok(None),
        _ => Err("user and password-file belong together".into()),
    }
}

fn otherwise(text: &str) -> Result<Otherwise, String> {
    match text.trim() {
        "master" => Ok(Otherwise::Master),
        "reject" => Ok(Otherwise::Reject),
        number => match ShownNumber::new(number) {
            Some(number) => Ok(Otherwise::Number(number.as_str().into())),
            None => Err(format!("write \"master\", \"reject\" or a telephone number, not \"{number}\"")),
        },
    }
}

/// `12d1:1001`, or with the interface behind: `12d1:1001:00`.
fn usb_ids(text: &str) -> Option<gsm_modem::Stick> {
    let hex = |text: &str| u16::from_str_radix(text.trim(), 16).ok();
    let mut parts = text.split(':');
    let (vendor, product) = (hex(parts.next()?)?, hex(parts.next()?)?);
    let interface = match parts.next() {
        Some(interface) => Some(u8::try_from(hex(interface)?).ok()?),
        None => None,
    };
    parts.next().is_none().then_some(gsm_modem::Stick::Usb { vendor, product, interface })
}
