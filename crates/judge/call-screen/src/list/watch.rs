//! Notices that a list's file changed.

use std::fs::{self, File, Metadata};
use std::path::Path;
use std::time::SystemTime;

/// The state of a file: two stamps are equal only if the file was not changed or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStamp {
    modified: Option<SystemTime>,
    length: u64,
    identity: u64,
}

impl FileStamp {
    /// The file's state now; `None` if it is not there.
    pub fn of(path: &Path) -> Option<Self> {
        Some(Self::of_metadata(&fs::metadata(path).ok()?))
    }

    /// The state of an open file.
    pub(crate) fn of_file(file: &File) -> Option<Self> {
        Some(Self::of_metadata(&file.metadata().ok()?))
    }

    fn of_metadata(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let identity = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let identity = 0;
        Self { modified: metadata.modified().ok(), length: metadata.len(), identity }
    }
}
