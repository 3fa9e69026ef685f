//! `callblock check-config`: says whether a configuration can be used, and what is wrong.

use std::path::{Path, PathBuf};

use crate::config::{Config, ConfigError, ConfigFile as _};
use crate::{Failure, Global, Home, guarding};

/// Options of `callblock check-config`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The files; without any, the one that `callblock run` would read.
    pub files: Vec<PathBuf>,
}

/// Checks each file; the first mistake of each is told.
pub(crate) fn run(global: &Global, options: &Options) -> Result<(), Failure> {
    let files = if options.files.is_empty() {
        let home = Home::open(global)?;
        vec![home.config_file.ok_or_else(|| {
            Failure::new(Failure::NO_INPUT, "there is no configuration file; `callblock init` writes one")
        })?]
    } else {
        options.files.clone()
    };
    let mut wrong = Vec::new();
    for file in files {
        let checked = Config::read(&file)
            .map_err(|e| e.to_string())
            .and_then(|config| guarding::check(&config).map_err(|e| mistake(&file, &e)));
        match checked {
            Ok(notes) => {
                println!("{}: good", file.display());
                for note in notes {
                    println!("{}: note: {note}", file.display());
                }
            }
            Err(text) => wrong.push(text),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure::new(Failure::CONFIG, wrong.join("\n"))) }
}

/// What is wrong, with its line if the text tells the value.
fn mistake(file: &Path, text: &str) -> String {
    let source = std::fs::read_to_string(file).unwrap_or_default();
    ConfigError::at_value(file, &source, text).unwrap_or_else(|| ConfigError::in_file(file, text)).to_string()
}
