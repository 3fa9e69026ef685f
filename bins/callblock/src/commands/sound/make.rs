//! `callblock sound make`: the ready sounds, made when they are wanted.

use std::path::PathBuf;

use telephone_audio::generate::{READY_SOUNDS, ReadySound};
use telephone_audio::{Country, write_wav};

use super::failed;
use crate::Failure;

/// Options of `callblock sound make`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Which sounds; all of them if none is named.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// The folder they go to.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub to: PathBuf,
    /// Whose tones they have.
    #[arg(long, value_name = "CC", default_value = "ITU")]
    pub country: Country,
    /// Only say which there are.
    #[arg(long)]
    pub list: bool,
}

/// Makes them.
pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if options.list {
        for sound in READY_SOUNDS {
            println!("{:14} {}", sound.name, sound.purpose);
        }
        return Ok(());
    }
    let mut sounds = Vec::new();
    for name in &options.names {
        sounds.push(ReadySound::named(name).ok_or_else(|| {
            let names: Vec<&str> = READY_SOUNDS.iter().map(|s| s.name).collect();
            Failure::new(
                Failure::USAGE,
                format!("no sound is called `{name}`; there are {}", names.join(", ")),
            )
        })?);
    }
    if sounds.is_empty() {
        sounds.extend(READY_SOUNDS);
    }
    std::fs::create_dir_all(&options.to)
        .map_err(|e| Failure::new(Failure::IO, format!("{}: {e}", options.to.display())))?;
    for sound in sounds {
        let path = options.to.join(sound.name).with_extension("wav");
        write_wav(&path, &sound.samples(options.country)).map_err(failed)?;
        println!("{}: {}", path.display(), sound.purpose);
    }
    Ok(())
}
