//! What must survive a restart, in one small file that is replaced whole.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::owners::TemporaryOwner;

/// What must survive a restart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct State {
    /// The telephone that takes calls, if it was set by command.
    pub master_phone: Option<String>,
    /// Each line to and from the stick is shown.
    pub verbose: bool,
    /// Owners for a time.
    pub temporary_owners: Vec<TemporaryOwner>,
}

/// Why the state could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The file cannot be read or written.
    #[error("{}: {what}; check free space and permissions", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What failed.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The file is damaged.
    #[error("{}: damaged ({why}); it was put aside as {}", path.display(), aside.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where it is now.
        aside: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// The file.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
}

impl StateFile {
    /// A file in this folder.
    pub fn new(folder: &Path) -> Self {
        Self { path: folder.join("state.json") }
    }

    /// Reads it; without a file, the state of a first start.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is damaged; then it is put aside and the next read gives a first start's.
    pub fn read(&self) -> Result<State, StateError> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(State::default()),
            Err(source) => {
                return Err(StateError::Io { path: self.path.clone(), what: "cannot be read", source });
            }
        };
        serde_json::from_slice(&text).map_err(|e| {
            let aside = self.path.with_extension("damaged");
            // If it cannot be put aside, the next write replaces it.
            let _ = fs::rename(&self.path, &aside);
            StateError::Damaged { path: self.path.clone(), aside, why: e.to_string() }
        })
    }

    /// Replaces it whole: after a crash it is the old one or the new one, never half.
    ///
    /// # Errors
    ///
    /// It cannot be written; the old one stays.
    pub fn write(&self, state: &State) -> Result<(), StateError> {
        let failed = |source| StateError::Io { path: self.path.clone(), what: "cannot be written", source };
        let text = serde_json::to_vec_pretty(state).map_err(|e| failed(e.into()))?;
        let new = self.path.with_extension("new");
        let mut file = fs::File::create(&new).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&new, &self.path).map_err(failed)
    }
}
