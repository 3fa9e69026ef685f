//! `callblock check-config`: says whether a configuration can be used, and what is wrong.

use std::path::PathBuf;

use crate::config::{Config, ConfigFile as _};
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
            .and_then(|config| guarding::check(&config).map_err(|e| format!("{}: {e}", file.display())));
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
