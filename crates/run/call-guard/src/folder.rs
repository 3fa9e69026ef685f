//! The guard's folder: log, lists, sounds, recordings, and the lock that keeps a second guard out.

use std::fs::{self, File, TryLockError};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::GuardError;

/// Where everything of one guard lies.
///
/// ```
/// let folder = call_guard::GuardFolder::new("/var/lib/callblock");
/// assert_eq!(folder.recordings().to_str(), Some("/var/lib/callblock/rec"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardFolder {
    path: PathBuf,
}

/// Keeps other guards off a folder for as long as it lives.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl GuardFolder {
    /// The folder at that path; nothing is made yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database of calls.
    pub fn log(&self) -> PathBuf {
        self.path.join("callblock.db")
    }

    /// Sounds for duplex, one at random on silence.
    pub fn play(&self) -> PathBuf {
        self.path.join("play")
    }

    /// Phrases that keep callers busy, in the order of their names.
    pub fn phrases(&self) -> PathBuf {
        self.path.join("phrases")
    }

    /// Recordings and messages.
    pub fn recordings(&self) -> PathBuf {
        self.path.join("rec")
    }

    /// Lists.
    pub fn lists(&self) -> PathBuf {
        self.path.join("lists")
    }

    /// The deny list that star key, web page and commands write to.
    pub fn deny_list(&self) -> PathBuf {
        self.lists().join("deny.csv")
    }

    /// The allow list that web page and commands write to.
    pub fn allow_list(&self) -> PathBuf {
        self.lists().join("allow.csv")
    }

    /// The configuration that is read when none is named.
    pub fn config(&self) -> PathBuf {
        self.path.join("callblock.toml")
    }

    /// Where a running guard takes commands.
    pub fn socket(&self) -> PathBuf {
        self.path.join("control.sock")
    }

    /// What a running guard keeps locked.
    pub fn lock_file(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// Makes what is missing. What callers said is for the owner's eyes only.
    ///
    /// # Errors
    ///
    /// A folder cannot be made.
    pub fn make(&self) -> Result<(), GuardError> {
        for path in [self.path.clone(), self.play(), self.phrases(), self.recordings(), self.lists()] {
            make_private(&path).map_err(|source| GuardError::Make { path, source })?;
        }
        Ok(())
    }

    /// Keeps every other guard off this folder.
    ///
    /// # Errors
    ///
    /// Another guard holds it, or the file cannot be made.
    pub fn lock(&self) -> Result<FolderLock, GuardError> {
        let path = self.lock_file();
        let failed = |source| GuardError::Make { path: path.clone(), source };
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut process = String::new();
                let _ = (&file).take(32).read_to_string(&mut process);
                return Err(GuardError::Running {
                    path: self.path.clone(),
                    process: process.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).map_err(failed)?;
        file.write_all(format!("{}\n", std::process::id()).as_bytes()).map_err(failed)?;
        Ok(FolderLock { _file: file })
    }

    /// The WAV files of a folder in the order of their names, as many as anybody can want.
    pub fn sounds_in(folder: &Path) -> Vec<PathBuf> {
        const MOST: usize = 10_000;
        let Ok(entries) = fs::read_dir(folder) else {
            return Vec::new();
        };
        let mut files: Vec<PathBuf> = entries
            .take(MOST)
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("wav")))
            .collect();
        files.sort();
        files
    }
}

#[cfg(unix)]
fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o750).create(path)
}

#[cfg(not(unix))]
fn make_private(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)
}
