//! Recording a call.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::format::Format;
use crate::{Error, SAMPLE_RATE};

/// The header is brought up to date every so many samples: a second.
pub const FLUSH_EVERY: u64 = SAMPLE_RATE as u64;

/// Writes a recording while it happens. If the program or the power dies, all but the last second can be
/// played, for the header is brought up to date every second.
pub struct WavRecorder {
    path: PathBuf,
    format: Format,
    writer: Option<hound::WavWriter<BufWriter<File>>>,
    written: u64,
    unflushed: u64,
}

impl std::fmt::Debug for WavRecorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WavRecorder").field("path", &self.path).field("written", &self.written).finish()
    }
}

impl WavRecorder {
    /// Creates the file, 16 bits a sample. An existing file is replaced.
    ///
    /// # Errors
    ///
    /// If it cannot be created.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::create_as(path, Format::PcmS16)
    }

    /// Creates the file with the samples in `format`, [`Format::PcmS16`] or [`Format::PcmU8`].
    ///
    /// # Errors
    ///
    /// If it cannot be created, or the format is another.
    pub fn create_as(path: impl AsRef<Path>, format: Format) -> Result<Self, Error> {
        let path = path.as_ref();
        let bits_per_sample = match format {
            Format::PcmS16 => 16,
            Format::PcmU8 => 8,
            _ => return Err(Error::Setting("recordings are written as u8 or s16")),
        };
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: SAMPLE_RATE,
            bits_per_sample,
            sample_format: hound::SampleFormat::Int,
        };
        let file = File::create(path).map_err(|e| Error::file(path, e))?;
        let mut this = Self {
            path: path.into(),
            format,
            writer: Some(hound::WavWriter::new(BufWriter::new(file), spec).map_err(|e| failed(path, e))?),
            written: 0,
            unflushed: 0,
        };
        this.flush()?;
        Ok(this)
    }

    /// Where the recording is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many samples it holds.
    pub fn len(&self) -> u64 {
        self.written
    }

    /// Whether nothing was recorded yet.
    pub fn is_empty(&self) -> bool {
        self.written == 0
    }

    /// Adds samples.
    ///
    /// # Errors
    ///
    /// If the disk is full or gone; what was written before stays readable.
    pub fn push(&mut self, samples: &[i16]) -> Result<(), Error> {
        let mut rest = samples;
        while !rest.is_empty() {
            let until_flush = usize::try_from(FLUSH_EVERY - self.unflushed).unwrap_or(1);
            let (now, later) = rest.split_at(rest.len().min(until_flush));
            self.write(now)?;
            rest = later;
            if self.unflushed >= FLUSH_EVERY {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Completes the file and returns the number of samples in it.
    ///
    /// # Errors
    ///
    /// If the header cannot be written.
    pub fn finish(mut self) -> Result<u64, Error> {
        if let Some(writer) = self.writer.take() {
            writer.finalize().map_err(|e| failed(&self.path, e))?;
        }
        Ok(self.written)
    }

    fn write(&mut self, samples: &[i16]) -> Result<(), Error> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        for &x in samples {
            let sample = if self.format == Format::PcmU8 {
                i16::from(crate::format::u8_from_linear(x)) - 128
            } else {
                x
            };
            writer.write_sample(sample).map_err(|e| failed(&self.path, e))?;
        }
        self.written += samples.len() as u64;
        self.unflushed += samples.len() as u64;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.unflushed = 0;
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.flush().map_err(|e| failed(&self.path, e))
    }
}

fn failed(path: &Path, error: hound::Error) -> Error {
    let source = match error {
        hound::Error::IoError(e) => e,
        e => io::Error::other(e.to_string()),
    };
    Error::file(path, source)
}

/// Writes a whole sound to a WAV file, 16 bits a sample.
///
/// # Errors
///
/// If the file cannot be written.
pub fn write_wav(path: impl AsRef<Path>, samples: &[i16]) -> Result<(), Error> {
    let mut recorder = WavRecorder::create(path)?;
    recorder.push(samples)?;
    recorder.finish().map(drop)
}
