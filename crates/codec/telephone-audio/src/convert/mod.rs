//! Any sound file becomes a greeting.

mod check;
mod decode;

pub use check::{Check, Trouble, check};
pub use decode::{Sound, decode};

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler as _};

use crate::{Error, SAMPLE_RATE, set_level, trim_silence};

/// How a sound is made fit for the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConvertSettings {
    /// How loud its spoken parts shall be, in dBm0.
    pub level: f32,
    /// Cut silence off its start and end.
    pub trim: bool,
}

impl Default for ConvertSettings {
    fn default() -> Self {
        Self { level: -18.0, trim: true }
    }
}

/// Softer than this is silence when a sound is trimmed.
const SILENCE: f32 = -50.0;

/// A decoded sound for a telephone line: 8,000 samples a second, trimmed, at the wanted level.
///
/// # Errors
///
/// If its rate is none that can be converted.
pub fn for_telephone(sound: &Sound, settings: ConvertSettings) -> Result<Vec<i16>, Error> {
    let at_rate = resample(sound)?;
    let loudest = at_rate.iter().fold(0.0f32, |m, x| m.max(x.abs())).max(1.0);
    let mean = at_rate.iter().map(|&x| f64::from(x)).sum::<f64>() / at_rate.len().max(1) as f64;
    let mut samples: Vec<i16> = at_rate
        .iter()
        .map(|x| ((x - mean as f32) / loudest * 32_000.0).round().clamp(-32_768.0, 32_767.0) as i16)
        .collect();
    set_level(&mut samples, settings.level);
    if settings.trim {
        samples = trim_silence(&samples, SILENCE, 800).to_vec();
    }
    Ok(samples)
}

fn resample(sound: &Sound) -> Result<Vec<f32>, Error> {
    if sound.rate == SAMPLE_RATE || sound.samples.is_empty() {
        return Ok(sound.samples.clone());
    }
    let failed = |_| Error::Setting("its sample rate cannot be converted to 8000");
    let mut resampler = Fft::<f32>::new(sound.rate as usize, SAMPLE_RATE as usize, 1024, 1, FixedSync::Both)
        .map_err(failed)?;
    let frames = sound.samples.len();
    let input = SequentialSlice::new(&sound.samples[..], 1, frames)
        .map_err(|_| Error::Setting("the sound is too long"))?;
    let output = resampler
        .process_all(&input, frames, None)
        .map_err(|_| Error::Setting("its sample rate cannot be converted to 8000"))?;
    Ok(output.take_data())
}
