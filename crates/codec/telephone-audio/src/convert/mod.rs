//! Any sound file becomes a greeting.

mod check;
mod decode;

pub use check::{Check, Trouble, check};
pub use decode::{Sound, decode};

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Async, FixedAsync, Resampler as _, SincInterpolationParameters, WindowFunction};

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
    let ratio = f64::from(SAMPLE_RATE) / f64::from(sound.rate);
    // So long that what lies above 4 kHz is gone, however much higher the rate was.
    let filter = SincInterpolationParameters::new(1024, WindowFunction::BlackmanHarris2);
    let mut resampler =
        Async::<f32>::new_sinc(ratio, 1.0, &filter, 1024, 1, FixedAsync::Input).map_err(failed)?;
    let frames = sound.samples.len();
    let input = SequentialSlice::new(&sound.samples[..], 1, frames)
        .map_err(|_| Error::Setting("the sound is too long"))?;
    let output = resampler
        .process_all(&input, frames, None)
        .map_err(|_| Error::Setting("its sample rate cannot be converted to 8000"))?;
    Ok(output.take_data())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f32, rate: u32) -> Sound {
        let samples =
            (0..rate).map(|n| (n as f32 * hertz / rate as f32 * std::f32::consts::TAU).sin()).collect();
        Sound { rate, channels: 1, samples }
    }

    #[test]
    fn what_a_telephone_carries_stays_and_what_it_cannot_carry_is_gone() {
        for rate in [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000] {
            let mean_square = |hertz: f32| {
                let out = resample(&tone(hertz, rate)).unwrap();
                assert!(out.len().abs_diff(8000) <= 1, "{} samples of a second at {rate}", out.len());
                let middle = &out[1000..7000];
                middle.iter().map(|x| x * x).sum::<f32>() / middle.len() as f32
            };
            for hertz in [100.0, 1000.0, 3000.0, 3400.0] {
                let kept = mean_square(hertz);
                assert!((0.45..0.55).contains(&kept), "{hertz} Hz at {rate}: {kept}");
            }
            if rate > 10_000 {
                // Otherwise it would come back as a lower tone.
                let gone = mean_square(5000.0);
                assert!(gone < 5e-6, "5000 Hz at {rate}: {gone}");
            }
        }
    }
}
