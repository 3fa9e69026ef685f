//! Where the demo keeps what it makes: a new folder of the user's own. Nothing is ever deleted or replaced.

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use call_guard::{FolderLock, GuardFolder};

use super::scene;
use crate::Failure;

/// So many demos may lie beside each other.
const MOST: u32 = 10_000;

/// The folder that was named, or a new one.
pub(super) fn prepare(named: Option<&Path>) -> Result<(GuardFolder, FolderLock), Failure> {
    let folder = GuardFolder::new(match named {
        Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        None => new_folder()?,
    });
    if let Some(file) = scene::would_replace(&folder) {
        let text = format!(
            "{} is not the demo's, and would be replaced; leave --dir out, or name an empty folder with it",
            file.display()
        );
        return Err(Failure::new(Failure::CANNOT_CREATE, text));
    }
    folder.make().map_err(|e| Failure::new(Failure::IO, e))?;
    let lock = folder.lock().map_err(|e| Failure::new(Failure::TEMPORARY, e))?;
    Ok((folder, lock))
}

/// `demo-1` in the user's folder for what may be deleted at any time, or the next number that is free.
fn new_folder() -> Result<PathBuf, Failure> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let own = named("XDG_CACHE_HOME").or_else(|| named("HOME").map(|home| home.join(".cache")));
    if let Some(own) = own.map(|cache| cache.join("callblock"))
        && private().recursive(true).create(&own).is_ok()
    {
        for number in 1..=MOST {
            let path = own.join(format!("demo-{number}"));
            match private().create(&path) {
                Ok(()) => return Ok(path),
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(_) => break,
            }
        }
    }
    // Who has no such folder gets one that was not there before and that nobody else can look into.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos();
    let path = std::env::temp_dir().join(format!("callblock-demo-{}-{now}", std::process::id()));
    private().create(&path).map_err(|e| {
        Failure::new(Failure::IO, format!("{}: {e}; name a folder with --dir", path.display()))
    })?;
    Ok(path)
}

#[cfg(unix)]
fn private() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private() -> DirBuilder {
    DirBuilder::new()
}
