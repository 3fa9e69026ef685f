//! WAV files: read in pieces, written so that a crash costs at most the last second.

mod header;
mod read;
mod record;

#[cfg(feature = "convert")]
pub(crate) use read::channels;
pub use read::{WavReader, read_wav};
pub use record::{FLUSH_EVERY, WavRecorder, write_wav};
