//! The seeded cases that the accuracy of the detectors is measured with, by the tests and by the script.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::missing_panics_doc,
    reason = "the tests and the accuracy program use different parts of the cases"
)]

pub mod digits;
pub mod lines;
pub mod sounds;

/// Small, seeded and the same everywhere.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to 1.
    pub fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[(self.next() % from.len() as u64) as usize]
    }

    /// Gaussian, of variance 1: four sixteen-bit numbers added up are near enough for a line.
    pub fn gauss(&mut self) -> f32 {
        let z = self.next();
        let sum = (z & 0xffff) + (z >> 16 & 0xffff) + (z >> 32 & 0xffff) + (z >> 48);
        (sum as f32 / 65_536.0 - 2.0) * 1.732
    }
}

/// Rounded as a modem with 8-bit samples does.
pub fn eight_bits(samples: &[i16]) -> Vec<i16> {
    use telephone_audio::format::{linear_from_u8, u8_from_linear};
    samples.iter().map(|&x| linear_from_u8(u8_from_linear(x))).collect()
}

pub fn to_samples(sound: &[f32]) -> Vec<i16> {
    sound.iter().map(|x| x.round().clamp(-32_768.0, 32_767.0) as i16).collect()
}

/// Adds a tone from a sample on for so many.
pub fn add_tone(sound: &mut [f32], from: usize, samples: usize, hz: f32, dbm0: f32, phase: f32) {
    let peak = telephone_audio::amplitude(dbm0);
    let step = f64::from(hz) / 8000.0;
    let end = (from + samples).min(sound.len());
    for (n, x) in sound[from..end].iter_mut().enumerate() {
        let turn = (step * n as f64).fract() as f32 * std::f32::consts::TAU;
        *x += peak * (turn + phase).sin();
    }
}

pub fn add_noise(sound: &mut [f32], rms: f32, seed: u64) {
    let mut dice = Dice::new(seed);
    for x in sound {
        *x += rms * dice.gauss();
    }
}

/// The root mean square of a tone.
pub fn rms_of(dbm0: f32) -> f32 {
    telephone_audio::power_of_dbm0(dbm0).sqrt()
}
