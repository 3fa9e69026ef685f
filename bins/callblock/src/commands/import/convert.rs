//! Configurations of other programs turned into one of callblock's, to be shown or written to a new file.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::Failure;

/// One configuration file.
#[derive(Debug, Clone, clap::Args)]
pub struct ConfigFile {
    /// The file.
    file: PathBuf,
    /// Write the configuration to this file instead of showing it; passwords go into files beside it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Larger files are no configurations.
const MAX_BYTES: u64 = 1 << 20;

/// A configuration, and the secrets that stood in it, each with the name of the file that it belongs into.
pub(super) type Converted = (String, Vec<(&'static str, String)>);

/// What a reader makes of a file.
pub(super) type Reader = fn(&str) -> Result<Converted, String>;

/// Reads and shows or writes.
pub(super) fn convert(config: &ConfigFile, read: Reader) -> Result<(), Failure> {
    let missing = |e| Failure::new(Failure::NO_INPUT, format!("{}: {e}", config.file.display()));
    let wrong = |e: String| Failure::new(Failure::DATA, format!("{}: {e}", config.file.display()));
    if std::fs::metadata(&config.file).map_err(missing)?.len() > MAX_BYTES {
        return Err(wrong("too large for a configuration".into()));
    }
    let bytes = std::fs::read(&config.file).map_err(missing)?;
    let (text, secrets) = read(&String::from_utf8_lossy(&bytes)).map_err(wrong)?;
    match &config.out {
        None => {
            print!("{text}");
            if !secrets.is_empty() {
                eprintln!("passwords are not shown: with --out FILE they are put into files beside FILE");
            }
            Ok(())
        }
        Some(out) => {
            write(out, &text, false)?;
            println!("{}", out.display());
            for (name, secret) in secrets {
                let beside = out.with_file_name(name);
                write(&beside, &format!("{secret}\n"), true)?;
                println!("{}", beside.display());
            }
            Ok(())
        }
    }
}

/// Writes a new file; one that is there is not overwritten.
fn write(path: &Path, text: &str, secret: bool) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    let failed = |e: std::io::Error| {
        let there = e.kind() == std::io::ErrorKind::AlreadyExists;
        let remedy = if there { "; move it away, or name another file" } else { "" };
        Failure::new(Failure::IO, format!("{}: {e}{remedy}", path.display()))
    };
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
