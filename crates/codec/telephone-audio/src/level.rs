//! Levels in dBm0, and time counted in samples.
//!
//! The digital milliwatt fixes the scale: a full-scale sine wave is +3.14 dBm0.

/// Samples in a second, on every telephone line.
pub const SAMPLE_RATE: u32 = 8_000;

/// The level of the loudest undistorted sine wave, in dBm0.
#[allow(clippy::approx_constant, reason = "the standard says 3.14, and does not mean pi")]
pub const FULL_SCALE_DBM0: f32 = 3.14;

/// So many milliseconds, in samples.
pub const fn millis(ms: u64) -> u64 {
    ms * SAMPLE_RATE as u64 / 1000
}

/// So many samples, in seconds.
pub fn seconds(samples: u64) -> f64 {
    samples as f64 / f64::from(SAMPLE_RATE)
}

/// The peak of a sine wave at that level, in sample values.
///
/// ```
/// assert!((telephone_audio::amplitude(3.14) - 32767.0).abs() < 1.0);
/// ```
pub fn amplitude(dbm0: f32) -> f32 {
    32_767.0 * 10f32.powf((dbm0 - FULL_SCALE_DBM0) / 20.0)
}

/// The level of a signal of that mean square (sample values squared). Silence gives -96 dBm0.
pub fn dbm0_of_power(mean_square: f32) -> f32 {
    const FULL: f32 = 32_767.0 * 32_767.0 / 2.0;
    (10.0 * (mean_square / FULL).max(1e-12).log10() + FULL_SCALE_DBM0).max(-96.0)
}

/// The mean square of a signal at that level; the inverse of [`dbm0_of_power`].
pub fn power_of_dbm0(dbm0: f32) -> f32 {
    const FULL: f32 = 32_767.0 * 32_767.0 / 2.0;
    FULL * 10f32.powf((dbm0 - FULL_SCALE_DBM0) / 10.0)
}

/// The level of these samples in dBm0, any DC offset left out.
pub fn level(samples: &[i16]) -> f32 {
    if samples.is_empty() {
        return -96.0;
    }
    let n = samples.len() as f64;
    let (sum, square) = samples.iter().fold((0i64, 0i64), |(s, q), &x| {
        let x = i64::from(x);
        (s + x, q + x * x)
    });
    let mean = sum as f64 / n;
    dbm0_of_power((square as f64 / n - mean * mean) as f32)
}

/// Brings the spoken parts of a recording to `target` dBm0, without clipping.
///
/// Pauses do not count: the level is that of the 20 ms frames within 20 dB of the loudest. Returns the gain
/// that was applied, in dB; nothing happens to silence.
pub fn set_level(samples: &mut [i16], target: f32) -> f32 {
    let frames: Vec<f32> = samples.chunks(160).map(|c| power_of_dbm0(level(c))).collect();
    let loudest = frames.iter().copied().fold(0.0, f32::max);
    if dbm0_of_power(loudest) < -70.0 {
        return 0.0;
    }
    let spoken: Vec<f32> = frames.into_iter().filter(|&p| p * 100.0 >= loudest).collect();
    let now = dbm0_of_power(spoken.iter().sum::<f32>() / spoken.len() as f32);
    let peak = samples.iter().map(|x| x.unsigned_abs()).max().unwrap_or(1).max(1);
    // Loud peaks decide, not the wish: a greeting that clips is harder to understand than a soft one.
    let gain = 10f32.powf((target - now) / 20.0).min(32_000.0 / f32::from(peak));
    for x in samples.iter_mut() {
        *x = (f32::from(*x) * gain).round().clamp(-32_768.0, 32_767.0) as i16;
    }
    20.0 * gain.log10()
}

/// The part of a recording between the first and the last sound louder than `below` dBm0, with
/// `margin` samples kept on both sides. Empty if nothing is that loud.
pub fn trim_silence(samples: &[i16], below: f32, margin: usize) -> &[i16] {
    const FRAME: usize = 80;
    let mut sounding = samples
        .chunks(FRAME)
        .enumerate()
        .filter(|(_, frame)| level(frame) > below)
        .map(|(i, frame)| (i * FRAME, i * FRAME + frame.len()));
    let Some((first, mut end)) = sounding.next() else { return &[] };
    if let Some((_, last_end)) = sounding.next_back() {
        end = last_end;
    }
    &samples[first.saturating_sub(margin)..(end + margin).min(samples.len())]
}
