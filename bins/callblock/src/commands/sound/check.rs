//! `callblock sound check`: what is wrong with a sound file.

use std::path::PathBuf;

use serde_json::json;
use telephone_audio::convert::check;

use super::failed;
use crate::Failure;

/// Options of `callblock sound check`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The sound files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// One JSON line a file.
    #[arg(long)]
    pub json: bool,
}

/// Checks; fails if a file is not fit.
pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let mut unfit = 0;
    for file in &options.files {
        let found = check(file).map_err(failed)?;
        let troubles: Vec<String> = found.troubles.iter().map(ToString::to_string).collect();
        unfit += usize::from(!troubles.is_empty());
        let name = file.display();
        if options.json {
            let line = json!({
                "file": name.to_string(),
                "ok": troubles.is_empty(),
                "seconds": (found.seconds * 100.0).round() / 100.0,
                "rate": found.rate,
                "channels": found.channels,
                "level": (found.level * 10.0).round() / 10.0,
                "troubles": troubles,
            });
            println!("{line}");
        } else if troubles.is_empty() {
            println!("{name}: fine ({:.1} s, {:.0} dBm0)", found.seconds, found.level);
        } else {
            for trouble in &troubles {
                println!("{name}: {trouble}");
            }
            if found.troubles.iter().any(|t| t.mended_by_convert()) {
                println!("{name}: `callblock sound convert {name} OUT.wav` makes it right");
            }
        }
    }
    match unfit {
        0 => Ok(()),
        n => Err(Failure::new(Failure::DATA, format!("{n} of {} files not fit", options.files.len()))),
    }
}
