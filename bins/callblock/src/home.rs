//! Which configuration and which folder a command works on.

use std::path::{Path, PathBuf};

use call_guard::GuardFolder;

use crate::config::{Config, ConfigError, ConfigFile as _};
use crate::{Failure, Global};

/// The configuration and the folder that a command works on.
#[derive(Debug, Clone)]
pub struct Home {
    /// The configuration; the defaults where no file is.
    pub config: Config,
    /// The file it was read from.
    pub config_file: Option<PathBuf>,
    /// The folder with log, lists, sounds and recordings.
    pub folder: GuardFolder,
}

impl Home {
    /// Reads the configuration that the options name, or else the one in the folder, or else
    /// `/etc/callblock.toml`, or else none. Makes nothing.
    ///
    /// # Errors
    ///
    /// The file cannot be read or has a mistake.
    pub fn open(global: &Global) -> Result<Self, Failure> {
        // In full: what lies in the folder is named to other programs and threads, and in the log.
        let named = global.dir.as_ref().map(|dir| std::path::absolute(dir).unwrap_or_else(|_| dir.clone()));
        let usual = named.clone().unwrap_or_else(usual_folder);
        let config_file = match &global.config {
            Some(file) => Some(file.clone()),
            None => [GuardFolder::new(&usual).config(), PathBuf::from("/etc/callblock.toml")]
                .into_iter()
                .find(|file| file.exists()),
        };
        let config = match &config_file {
            Some(file) => Config::read(file).map_err(|e| Failure::new(Failure::CONFIG, e))?,
            None => Config::default(),
        };
        let folder = named.or_else(|| config.guard.dir.clone()).unwrap_or(usual);
        // The log names recordings by their whole paths, whatever folder somebody reads it in.
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        Ok(Self { config, config_file, folder: GuardFolder::new(folder) })
    }

    /// The text, behind file and line if it is about a value in the configuration; it may be about the command line.
    pub(crate) fn where_it_stands(&self, text: String) -> String {
        let source =
            self.config_file.as_ref().and_then(|file| Some((file, std::fs::read_to_string(file).ok()?)));
        let found = source.and_then(|(file, source)| ConfigError::at_value(file, &source, &text));
        found.map_or(text, |error| error.to_string())
    }

    /// The database of calls.
    pub fn database(&self) -> PathBuf {
        self.config.log.database.clone().unwrap_or_else(|| self.folder.log())
    }
}

/// The folder if none is named: what the service manager gives, or the user's own.
fn usual_folder() -> PathBuf {
    let named = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(state) = named("STATE_DIRECTORY") {
        return state;
    }
    if let Some(data) = named("XDG_DATA_HOME").filter(|path| path.is_absolute()) {
        return data.join("callblock");
    }
    let home = named("HOME").or_else(|| named("USERPROFILE"));
    home.map_or_else(|| Path::new("callblock").to_owned(), |home| home.join(".local/share/callblock"))
}
