//! What is wrong with a sound file.

use std::fmt;
use std::path::Path;

use super::{Sound, decode};
use crate::{Error, SAMPLE_RATE, WavReader, dbm0_of_power};

/// Something about a file that a caller would hear, or that keeps a line from playing it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Trouble {
    /// It is no WAV file that a line plays as it is: another kind of file, or coded otherwise.
    NotPlayable,
    /// It has another rate than 8,000.
    Rate(u32),
    /// It has several channels.
    Channels(usize),
    /// It holds nothing but silence.
    Silent,
    /// Its spoken parts are too soft (dBm0).
    Soft(f32),
    /// Its spoken parts are too loud (dBm0).
    Loud(f32),
    /// So many samples are cut off at the largest value.
    Clipped(usize),
    /// It has an offset: a click at its start and end (part of the full scale).
    Offset(f32),
    /// It begins with so many seconds of silence.
    LateStart(f32),
    /// It is so many seconds long.
    Long(f32),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPlayable => f.write_str("not a WAV file that a telephone line can play"),
            Self::Rate(rate) => write!(f, "{rate} samples a second instead of 8000"),
            Self::Channels(n) => write!(f, "{n} channels instead of one"),
            Self::Silent => f.write_str("nothing but silence"),
            Self::Soft(dbm0) => write!(f, "too soft ({dbm0:.0} dBm0; -18 is right)"),
            Self::Loud(dbm0) => write!(f, "too loud ({dbm0:.0} dBm0; -18 is right)"),
            Self::Clipped(n) => write!(f, "distorted: {n} samples are cut off; record it softer"),
            Self::Offset(part) => write!(f, "an offset of {:.0} % makes it click", part * 100.0),
            Self::LateStart(s) => write!(f, "begins with {s:.1} s of silence"),
            Self::Long(s) => write!(f, "{s:.0} s long: few callers listen for so long"),
        }
    }
}

impl Trouble {
    /// Whether `callblock sound convert` mends it.
    pub fn mended_by_convert(self) -> bool {
        !matches!(self, Self::Silent | Self::Clipped(_) | Self::Long(_))
    }
}

/// What a file is, and what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// How long it is, in seconds.
    pub seconds: f32,
    /// Samples in a second.
    pub rate: u32,
    /// Its channels.
    pub channels: usize,
    /// The level of its spoken parts, in dBm0.
    pub level: f32,
    /// What is wrong; empty if nothing is.
    pub troubles: Vec<Trouble>,
}

/// Looks at a sound file.
///
/// # Errors
///
/// If it cannot be opened or decoded at all.
pub fn check(path: impl AsRef<Path>) -> Result<Check, Error> {
    let path = path.as_ref();
    let sound = decode(path)?;
    let mut troubles = Vec::new();
    if sound.rate == SAMPLE_RATE && WavReader::open(path).is_err() {
        troubles.push(Trouble::NotPlayable);
    }
    Ok(look_at(&sound, troubles))
}

fn look_at(sound: &Sound, mut troubles: Vec<Trouble>) -> Check {
    let Sound { samples, rate, channels } = sound;
    let seconds = samples.len() as f32 / *rate as f32;
    if *rate != SAMPLE_RATE {
        troubles.push(Trouble::Rate(*rate));
    }
    if *channels != 1 {
        troubles.push(Trouble::Channels(*channels));
    }
    let mean = samples.iter().map(|&x| f64::from(x)).sum::<f64>() / samples.len() as f64;
    if mean.abs() > 0.02 {
        troubles.push(Trouble::Offset(mean as f32));
    }
    let frame = (*rate as usize / 50).max(1);
    let power = |frame: &[f32]| {
        let square: f32 = frame.iter().map(|x| (x - mean as f32) * (x - mean as f32)).sum();
        square / frame.len() as f32 * 32_768.0 * 32_768.0
    };
    let powers: Vec<f32> = samples.chunks(frame).map(power).collect();
    let loudest = powers.iter().copied().fold(0.0, f32::max);
    let spoken: Vec<f32> = powers.iter().copied().filter(|&p| p * 100.0 >= loudest).collect();
    let level = dbm0_of_power(spoken.iter().sum::<f32>() / spoken.len().max(1) as f32);
    if level < -55.0 {
        troubles.push(Trouble::Silent);
    } else {
        if level < -28.0 {
            troubles.push(Trouble::Soft(level));
        } else if level > -9.0 {
            troubles.push(Trouble::Loud(level));
        }
        let late = powers.iter().take_while(|&&p| dbm0_of_power(p) < -50.0).count() as f32 / 50.0;
        if late > 1.0 {
            troubles.push(Trouble::LateStart(late));
        }
    }
    let clipped = samples.windows(3).filter(|w| w.iter().all(|x| x.abs() >= 0.997)).count();
    if clipped > 10 {
        troubles.push(Trouble::Clipped(clipped));
    }
    if seconds > 60.0 {
        troubles.push(Trouble::Long(seconds));
    }
    Check { seconds, rate: *rate, channels: *channels, level, troubles }
}
