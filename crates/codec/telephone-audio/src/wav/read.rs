//! WAV files of any telephone format, as 16-bit samples.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};

use super::header::Header;
use crate::format::{Decoder, Format, ImaDecoder};
use crate::{Error, SAMPLE_RATE};

/// Reads a WAV file of 8,000 samples a second in pieces: PCM of 8 to 32 bits, float, µ-law, A-law and IMA
/// ADPCM; several channels are mixed to one.
///
/// A file that a crash cut short is read as far as it goes.
#[derive(Debug)]
pub struct WavReader {
    path: PathBuf,
    format: String,
    source: Source,
}

enum Source {
    Integer { samples: hound::WavIntoSamples<BufReader<File>, i32>, bits: u16, channels: u16 },
    Float { samples: hound::WavIntoSamples<BufReader<File>, f32>, channels: u16 },
    Companded { file: BufReader<File>, decoder: Decoder, channels: u16, left: u64 },
    Ima { file: BufReader<File>, block: usize, left: u64 },
    Ended,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Integer { .. } => "Integer",
            Self::Float { .. } => "Float",
            Self::Companded { .. } => "Companded",
            Self::Ima { .. } => "Ima",
            Self::Ended => "Ended",
        })
    }
}

/// The most channels that are mixed; more than that is not a sound for a telephone.
const MOST_CHANNELS: u16 = 8;
/// Samples are handed on in pieces of this many at the least.
const PIECE: usize = 8_192;

impl WavReader {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, is no WAV file, or does not have 8,000 samples a second.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let failed = |e| Error::file(path, e);
        let not = |reason: String| Error::NotTelephone { path: path.into(), reason };
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        let header = Header::read(&mut file)
            .map_err(failed)?
            .map_err(|reason| Error::NotWav { path: path.into(), reason })?;
        if header.rate != SAMPLE_RATE {
            return Err(not(format!("it has {} samples a second, a telephone line has 8000", header.rate)));
        }
        if !(1..=MOST_CHANNELS).contains(&header.channels) {
            return Err(not(format!("it has {} channels", header.channels)));
        }
        let (format, source) = match header.tag {
            6 | 7 => {
                let format = if header.tag == 6 { Format::ALaw } else { Format::MuLaw };
                let decoder = Decoder::new(format);
                let source =
                    Source::Companded { file, decoder, channels: header.channels, left: header.data };
                (format!("8-bit {}", if header.tag == 6 { "A-law" } else { "\u{b5}-law" }), source)
            }
            0x11 if header.channels == 1 && (5..=8192).contains(&header.block) => {
                ("IMA ADPCM".into(), Source::Ima { file, block: header.block.into(), left: header.data })
            }
            0x11 => return Err(not("its IMA ADPCM has several channels or odd blocks".into())),
            1 | 3 | 0xfffe => {
                file.rewind().map_err(failed)?;
                let reader = hound::WavReader::new(file).map_err(|e| match e {
                    hound::Error::IoError(e) => Error::file(path, e),
                    e => Error::NotWav { path: path.into(), reason: e.to_string() },
                })?;
                let spec = reader.spec();
                let channels = spec.channels;
                match spec.sample_format {
                    hound::SampleFormat::Int => (
                        format!("{}-bit PCM", spec.bits_per_sample),
                        Source::Integer {
                            samples: reader.into_samples(),
                            bits: spec.bits_per_sample,
                            channels,
                        },
                    ),
                    hound::SampleFormat::Float => {
                        ("float".into(), Source::Float { samples: reader.into_samples(), channels })
                    }
                }
            }
            tag => {
                return Err(not(format!("its sound is coded in a way ({tag:#06x}) that is not read here")));
            }
        };
        Ok(Self { path: path.into(), format, source })
    }

    /// How the samples are stored, in words.
    pub fn format(&self) -> &str {
        &self.format
    }

    /// Appends the next piece, a second or so, to `out`. `false` at the end.
    ///
    /// # Errors
    ///
    /// If the file cannot be read further.
    pub fn read(&mut self, out: &mut Vec<i16>) -> Result<bool, Error> {
        let before = out.len();
        let ended = match &mut self.source {
            Source::Ended => true,
            Source::Integer { samples, bits, channels } => {
                let bits = u32::from(*bits);
                mix(samples, *channels, out, |x: i64| {
                    let wide = if bits <= 16 { x << (16 - bits) } else { x >> (bits - 16) };
                    wide.clamp(i16::MIN.into(), i16::MAX.into()) as i16
                })
            }
            Source::Float { samples, channels } => {
                let mut scaled = samples.map(|x| x.map(|x| (x.clamp(-1.0, 1.0) * 32_767.0) as i32));
                mix(&mut scaled, *channels, out, |x| x as i16)
            }
            Source::Companded { file, decoder, channels, left } => {
                let mut bytes = Vec::new();
                let wanted = (*left).min(PIECE as u64 * u64::from(*channels));
                file.take(wanted).read_to_end(&mut bytes).map_err(|e| Error::file(&self.path, e))?;
                *left = left.saturating_sub(bytes.len() as u64);
                if *channels == 1 {
                    decoder.decode(&bytes, out);
                } else {
                    let mut all = Vec::new();
                    decoder.decode(&bytes, &mut all);
                    out.extend(all.chunks_exact(usize::from(*channels)).map(|frame| {
                        let sum: i32 = frame.iter().map(|&x| i32::from(x)).sum();
                        (sum / i32::from(*channels)) as i16
                    }));
                }
                bytes.is_empty()
            }
            Source::Ima { file, block, left } => {
                let mut bytes = Vec::new();
                let wanted = (*left).min((PIECE / *block).max(1) as u64 * *block as u64);
                file.take(wanted).read_to_end(&mut bytes).map_err(|e| Error::file(&self.path, e))?;
                *left = left.saturating_sub(bytes.len() as u64);
                for block in bytes.chunks(*block) {
                    decode_ima_block(block, out);
                }
                bytes.is_empty()
            }
        };
        if ended {
            self.source = Source::Ended;
        }
        Ok(out.len() > before)
    }
}

/// One block of a WAV file: its first sample and step stand in its head, whole.
fn decode_ima_block(block: &[u8], out: &mut Vec<i16>) {
    let [low, high, step, _, codes @ ..] = block else { return };
    let first = i16::from_le_bytes([*low, *high]);
    let mut decoder = ImaDecoder::starting_at(first, *step);
    out.push(first);
    for &byte in codes {
        out.push(decoder.decode(byte & 0x0f));
        out.push(decoder.decode(byte >> 4));
    }
}

/// Takes a piece of samples, mixing the channels. `true` at the end or at the first damage: what was whole is
/// kept.
fn mix(
    samples: &mut impl Iterator<Item = hound::Result<i32>>,
    channels: u16,
    out: &mut Vec<i16>,
    narrow: impl Fn(i64) -> i16,
) -> bool {
    for _ in 0..PIECE {
        let mut sum = 0i64;
        for _ in 0..channels {
            match samples.next() {
                Some(Ok(x)) => sum += i64::from(x),
                Some(Err(_)) | None => return true,
            }
        }
        out.push(narrow(sum / i64::from(channels)));
    }
    false
}

/// The whole of a WAV file as samples of a telephone line.
///
/// # Errors
///
/// As [`WavReader::open`] and [`WavReader::read`].
pub fn read_wav(path: impl AsRef<Path>) -> Result<Vec<i16>, Error> {
    let mut reader = WavReader::open(path)?;
    let mut samples = Vec::new();
    while reader.read(&mut samples)? {}
    Ok(samples)
}

/// How many channels a WAV file has.
#[cfg(feature = "convert")]
pub(crate) fn channels(path: &Path) -> Option<usize> {
    let mut file = BufReader::new(File::open(path).ok()?);
    Header::read(&mut file).ok()?.ok().map(|header| header.channels.into())
}
