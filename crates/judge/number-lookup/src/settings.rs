//! The `[lookup]` section of the configuration. Nothing is asked that does not stand here.

use std::path::PathBuf;

use secret::Secret;
use serde::Deserialize;

use crate::{Error, ListFormat};

/// Who is asked about unknown callers. Empty: nobody.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LookupSettings {
    /// How long is waited for answers, in milliseconds; 1500 if not set, before the second ring.
    pub deadline_ms: Option<u32>,
    /// How long an answer is good for, in hours; 24 if not set.
    pub good_for_hours: Option<u32>,
    /// Rating sites and directories by name: `tellows`, `werruft`, `cleverdialer`, `telefonspion`,
    /// `werhatangerufen`, `dasoertliche`, or files of your own ending in `.toml`.
    pub sites: Vec<String>,
    /// The PhoneBlock community.
    pub phoneblock: Option<PhoneBlockSettings>,
    /// Your own commands and servers.
    #[serde(rename = "plug-in")]
    pub plug_ins: Vec<PlugInSettings>,
    /// Lists to be downloaded.
    #[serde(rename = "list")]
    pub lists: Vec<ListSettings>,
}

/// How PhoneBlock is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhoneBlockMode {
    /// The list is kept here and brought up to date once a day: no number of a caller leaves the house.
    #[default]
    List,
    /// Four digits of the number's hash are sent, which about three thousand numbers share.
    Prefix,
}

/// The PhoneBlock community.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PhoneBlockSettings {
    /// The token of your account (`pbt_…`); better in `token-file`.
    #[serde(default)]
    pub token: Option<Secret>,
    /// A file with the token.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// How it is asked.
    #[serde(default)]
    pub mode: PhoneBlockMode,
    /// From so many votes a number counts.
    #[serde(default = "four")]
    pub votes: u32,
    /// From so many votes a whole range of numbers counts.
    #[serde(default = "ten")]
    pub range_votes: u32,
    /// Tell PhoneBlock of numbers that were blocked because of it. Off unless you say so.
    #[serde(default)]
    pub report: bool,
    /// Another server, for tests.
    #[serde(default)]
    pub url: Option<String>,
}

fn four() -> u32 {
    4
}

fn ten() -> u32 {
    10
}

impl PhoneBlockSettings {
    pub(crate) fn token(&self) -> Result<Secret, Error> {
        let wrong = |why: String| Error::Settings { place: "[lookup.phoneblock]".into(), why: why.into() };
        match (&self.token, &self.token_file) {
            (Some(token), _) => Ok(token.clone()),
            (None, Some(file)) => {
                let folder = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
                Secret::from_file(file, folder.as_deref()).map_err(|e| wrong(e.to_string()))
            }
            (None, None) => {
                Err(wrong("give `token-file`; make a token in your account at phoneblock.net".into()))
            }
        }
    }

    pub(crate) fn url(&self) -> &str {
        self.url.as_deref().unwrap_or("https://phoneblock.net/phoneblock/api").trim_end_matches('/')
    }
}

/// A source of your own, asked by a command or at a URL. It answers with JSON:
/// `{"score": 8, "votes": 12, "name": "...", "label": "...", "link": "..."}`, each of them may be left out;
/// `{}` for a number that it does not know.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PlugInSettings {
    /// Its name in log and notices.
    pub name: String,
    /// The command and its arguments; `{e164}`, `{digits}` and `{national}` are replaced.
    #[serde(default)]
    pub command: Vec<String>,
    /// The URL; the same are replaced.
    #[serde(default)]
    pub url: Option<String>,
}

/// A list to be downloaded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ListSettings {
    /// Its name in log and notices.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// How it is written.
    #[serde(default)]
    pub format: ListFormat,
    /// How often it is downloaded, in hours; 24 if not set.
    #[serde(default)]
    pub every_hours: Option<u32>,
    /// What the numbers on it are rated, 1 to 9; 9 if not set.
    #[serde(default)]
    pub score: Option<u8>,
}
