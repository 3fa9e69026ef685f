//! Files of lists: replaced as a whole, and held while they are edited.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::FileStamp;
use crate::Error;

/// Writes a file so that every reader sees the old contents or the new ones, whole.
///
/// # Errors
///
/// If it cannot be written; the old file is then as it was.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(path, |file| file.write_all(bytes))
}

pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<(), Error> {
    // A link stays a link; what it leads to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let failed = |source| Error::Write { path: target.clone(), source };
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let draft = target.with_file_name(name);
    let written = (|| {
        let mut file = File::create(&draft)?;
        if let Ok(old) = fs::metadata(&target) {
            file.set_permissions(old.permissions())?;
        }
        write(&mut file)?;
        file.sync_all()?;
        fs::rename(&draft, &target)
    })();
    written.map_err(|error| {
        // Nobody needs the half-written draft, and there may be none.
        let _ = fs::remove_file(&draft);
        failed(error)
    })
}

/// A list file that nobody else edits while this is held.
pub(super) struct Held {
    pub(super) file: File,
}

impl Held {
    pub(super) fn open(path: &Path, create: bool) -> Result<Self, Error> {
        let failed = |source| Error::Read { path: path.to_owned(), source };
        loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(create)
                .truncate(false)
                .open(path)
                .map_err(failed)?;
            file.lock().map_err(failed)?;
            // Whoever held it before may have put a new file in its place.
            if FileStamp::of_file(&file) == FileStamp::of(path) {
                return Ok(Self { file });
            }
        }
    }

    pub(super) fn bytes(&mut self, path: &Path) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0)).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        self.file.read_to_end(&mut bytes).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Ok(bytes)
    }
}
