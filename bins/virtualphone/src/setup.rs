//! From the configuration to the parts of the phone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use address_book::calendar::Calendar;
use address_book::source::{Place, Watched};
use call_bridge::phone::{ContactServer, Contacts, PhoneSettings};
use call_bridge::remote::Owners;
use callblock::Failure;
use phone_number::{Numbering, ShownNumber};
use secret::{PasswordHash, Secret};

use crate::args::Args;
use crate::config::{Config, login};
use crate::fritz_books;
use callblock::config::ConfigFile as _;

/// How often servers are asked.
const REFRESH: Duration = Duration::from_secs(15 * 60);

/// Configuration, folder, and what is made of them.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) folder: PathBuf,
    pub(crate) numbering: Numbering,
    credentials: Option<PathBuf>,
}

/// The folder if none is named.
pub(crate) fn folder(args: &Args) -> PathBuf {
    // Files that settings name stand in it, whatever folder somebody is in.
    let folder = named_folder(args);
    std::path::absolute(&folder).unwrap_or(folder)
}

fn named_folder(args: &Args) -> PathBuf {
    let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(dir) = &args.dir {
        return dir.clone();
    }
    if let Some(state) = named("STATE_DIRECTORY") {
        return state;
    }
    named("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| named("HOME").map(|home| home.join(".local/share")))
        .map_or_else(|| PathBuf::from("virtualphone"), |data| data.join("virtualphone"))
}

/// The configuration file that the options name, or the one in the folder.
pub(crate) fn config_file(args: &Args) -> PathBuf {
    args.config.clone().unwrap_or_else(|| folder(args).join("virtualphone.toml"))
}

/// A mistake in the configuration.
pub(crate) fn config_failure(text: impl std::fmt::Display) -> Failure {
    Failure::new(Failure::CONFIG, text)
}

impl Setup {
    /// Reads the configuration; without a file, that of a first run.
    pub(crate) fn open(args: &Args) -> Result<Self, Failure> {
        let file = config_file(args);
        let config = if file.exists() || args.config.is_some() {
            Config::read(&file).map_err(config_failure)?
        } else {
            Config::default()
        };
        let numbering = config.numbering().map_err(config_failure)?;
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        Ok(Self { config, folder: folder(args), numbering, credentials })
    }

    /// Makes the folder if it is not there.
    pub(crate) fn make_folder(&self) -> Result<(), Failure> {
        let contacts = self.contacts_folder();
        for folder in [&self.folder, &contacts] {
            std::fs::create_dir_all(folder).map_err(|e| {
                Failure::new(Failure::IO, format!("{}: cannot be made: {e}", folder.display()))
            })?;
        }
        Ok(())
    }

    pub(crate) fn contacts_folder(&self) -> PathBuf {
        self.config.contacts.folder.clone().unwrap_or_else(|| self.folder.join("contacts"))
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("calls.db")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join("control")
    }

    /// A secret from its file.
    pub(crate) fn secret(&self, file: &Path) -> Result<Secret, Failure> {
        Secret::from_file(file, self.credentials.as_deref()).map_err(config_failure)
    }

    /// The contacts.
    pub(crate) fn contacts(&self) -> Result<Contacts, Failure> {
        let section = &self.config.contacts;
        let servers = section
            .servers
            .iter()
            .map(|server| {
                let login = login(
                    server.user.as_deref(),
                    server.password_file.as_deref(),
                    self.credentials.as_deref(),
                )?;
                Ok(ContactServer {
                    group: server.group.clone(),
                    place: Place::Dav { url: server.url.clone(), login },
                })
            })
            .collect::<Result<Vec<_>, String>>()
            .map_err(config_failure)?;
        let boxes = section.fritzbox.iter().map(|fritz_box| ContactServer {
            group: fritz_box.group.clone(),
            place: Place::Own(fritz_books::place(fritz_box, &self.folder, &self.numbering)),
        });
        let servers = servers.into_iter().chain(boxes).collect();
        let every = section.refresh.map_or(REFRESH, |s| s.0);
        let cache = Some(self.folder.join("cache"));
        Contacts::new(self.contacts_folder(), servers, every, cache, &self.numbering)
            .map_err(|e| Failure::new(Failure::SOFTWARE, e))
    }

    /// The calendar, if there is one.
    pub(crate) fn calendar(&self) -> Result<Option<Watched<Calendar>>, Failure> {
        let Some(place) = self.config.calendar_place(self.credentials.as_deref()).map_err(config_failure)?
        else {
            return Ok(None);
        };
        let zone = self.config.zone().map_err(config_failure)?;
        let every = self.config.calendar.refresh.map_or(REFRESH, |s| s.0);
        let cache = Some(self.folder.join("cache"));
        Watched::start(vec![place], every, cache, Calendar::reader(zone))
            .map(Some)
            .map_err(|e| Failure::new(Failure::SOFTWARE, e))
    }

    /// The password of owners for a time, if there are any.
    pub(crate) fn temporary_owners(&self) -> Result<Option<PasswordHash>, Failure> {
        let Some(owners) = &self.config.temporary_owners else { return Ok(None) };
        let no_hash = || {
            config_failure("[temporary-owners]: password-hash is no hash; `virtualphone password` makes one")
        };
        PasswordHash::read(&owners.password_hash).map(Some).ok_or_else(no_hash)
    }

    /// Everything else that the phone is set up with.
    pub(crate) fn phone(&self) -> Result<PhoneSettings, Failure> {
        let config = &self.config;
        let temporary = config.temporary_owners.as_ref();
        let fixed = config.telegram.as_ref().map(|t| t.owners.clone()).unwrap_or_default();
        let lasts = temporary.map_or(Duration::from_secs(24 * 3600), |t| t.lasts.0);
        Ok(PhoneSettings {
            bridge: config.bridge(),
            remote: config.remote(),
            owners: Owners::new(fixed, Vec::new(), self.temporary_owners()?, lasts),
            defaults: config.defaults().map_err(config_failure)?,
            reject_after: config.calls.reject_after.0,
            numbering: self.numbering.clone(),
            state_dir: self.folder.clone(),
            log: self.log(),
            sms_owners: config.remote.sms_owners.iter().filter_map(|n| ShownNumber::new(n)).collect(),
            tell_spammers: config.calls.tell_spammers,
            line: "mobile".into(),
        })
    }

    /// The stick.
    pub(crate) fn gsm(&self) -> Result<gsm_modem::Settings, Failure> {
        let mut settings = self.config.gsm().map_err(config_failure)?;
        if let Some(file) = &self.config.stick.pin_file {
            let pin = self.secret(file)?;
            settings.pin = Some(gsm_modem::Pin::new(pin.reveal()).ok_or_else(|| {
                config_failure(format!("{}: a PIN has four to eight digits", file.display()))
            })?);
        }
        settings.state_dir = Some(self.folder.clone());
        Ok(settings)
    }
}
