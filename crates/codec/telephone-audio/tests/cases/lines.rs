//! Tones on lines, and twelve conditions of a line with somebody on it.

use telephone_audio::generate::{self, SitCode, ToneSequence};
use telephone_audio::{Country, Progress};

use super::sounds::Speech;
use super::{Dice, add_noise, add_tone, rms_of, to_samples};

/// A tone on a line, and where it is.
#[derive(Debug, Clone)]
pub struct ToneCase {
    pub name: String,
    pub samples: Vec<i16>,
}

/// The same sequence with every frequency off by so much: played a little faster.
fn off_by(sequence: ToneSequence, percent: f32, ms: usize) -> Vec<f32> {
    // Made at eight times the rate and read with a stride, so that the reading adds no tone of its own.
    let stride = f64::from(1.0 + percent / 100.0);
    let needed = (ms as f64 * 8.0 * stride) as usize + 2;
    let mut source: Vec<f32> = sequence.take(needed).map(f32::from).collect();
    source.resize(needed, 0.0);
    if percent == 0.0 {
        source.truncate(ms * 8);
        return source;
    }
    (0..ms * 8)
        .map(|n| {
            let at = n as f64 * stride;
            cubic(&source, at)
        })
        .collect()
}

/// Cubic interpolation: its errors are far below the noise of these cases at telephone tones.
fn cubic(source: &[f32], at: f64) -> f32 {
    let i = at as usize;
    let t = (at - i as f64) as f32;
    let get = |k: isize| source.get((i as isize + k).max(0) as usize).copied().unwrap_or(0.0);
    let (a, b, c, d) = (get(-1), get(0), get(1), get(2));
    b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
}

/// A tone at a level, off by a part, with noise so many dB below it (none if infinite).
pub fn on_a_line(
    sequence: ToneSequence,
    level: f32,
    percent: f32,
    snr: f32,
    ms: usize,
    seed: u64,
) -> Vec<i16> {
    let mut sound = vec![0.0; 4000];
    sound.extend(off_by(sequence, percent, ms));
    sound.extend([0.0; 4000]);
    if snr.is_finite() {
        add_noise(&mut sound, rms_of(level - snr), seed);
    }
    to_samples(&sound)
}

/// Fax and modem tones, twelve cases at each level.
pub fn fax_cases(make: impl Fn(f32) -> ToneSequence, level: f32, ms: usize) -> Vec<Vec<i16>> {
    let mut all = Vec::new();
    for percent in [-1.0, 0.0, 1.0] {
        for snr in [f32::INFINITY, 20.0] {
            for seed in 0..2 {
                all.push(on_a_line(make(level), level, percent, snr, ms, seed + 40));
            }
        }
    }
    all
}

/// The levels of the table.
pub const LEVELS: [f32; 7] = [-10.0, -15.0, -20.0, -25.0, -30.0, -35.0, -40.0];

/// Every call-progress tone of every country at every level: what it is, its name, its sound.
pub fn progress_cases() -> impl Iterator<Item = (Country, Progress, String, Vec<i16>)> {
    Country::ALL.into_iter().flat_map(|country| {
        country.tones().iter().flat_map(move |tone| {
            LEVELS.into_iter().flat_map(move |level| {
                [-1.0, 0.0, 1.0].into_iter().flat_map(move |percent| {
                    [f32::INFINITY, 20.0].into_iter().map(move |snr| {
                        let sequence = generate::progress(country, tone.meaning, level);
                        let ms = if tone.cadence.iter().any(|&ms| ms >= 1000) { 12_000 } else { 6000 };
                        let name = format!("{country} {} {level} dBm0 {percent:+} % {snr} dB", tone.meaning);
                        let power = level + 10.0 * (tone.frequencies.len() as f32).log10();
                        (country, tone.meaning, name, on_a_line(sequence, power, percent, snr, ms, 50))
                    })
                })
            })
        })
    })
}

/// Every code at every level.
pub fn sit_cases() -> Vec<(SitCode, String, Vec<i16>)> {
    let mut all = Vec::new();
    for code in SitCode::ALL {
        for level in [-10.0, -15.0, -20.0, -25.0, -30.0] {
            for percent in [-1.0, 0.0, 1.0] {
                for snr in [f32::INFINITY, 20.0] {
                    let name = format!("{code} {level} dBm0 {percent:+} % {snr} dB");
                    let sound = on_a_line(generate::sit(code, level), level, percent, snr, 1500, 60);
                    all.push((code, name, sound));
                }
            }
        }
    }
    all
}

/// A line with somebody on it: the sound, and the pauses between the words as (start, end) in samples.
#[derive(Debug, Clone)]
pub struct Talk {
    pub name: &'static str,
    pub samples: Vec<i16>,
    pub pauses: Vec<(u64, u64)>,
}

/// What is on the line besides the voice: DC in steps of eight bits, hum (Hz, dBm0), noise (dBm0).
type Condition = (&'static str, f32, Option<(f32, f32)>, Option<f32>);

/// The twelve conditions.
pub const CONDITIONS: [Condition; 12] = [
    ("clean", 0.0, None, None),
    ("DC +6", 6.0, None, None),
    ("DC -20", -20.0, None, None),
    ("50 Hz hum -35", 0.0, Some((50.0, -35.0)), None),
    ("50 Hz hum -25", 0.0, Some((50.0, -25.0)), None),
    ("60 Hz hum -25", 0.0, Some((60.0, -25.0)), None),
    ("noise -60", 0.0, None, Some(-60.0)),
    ("noise -50", 0.0, None, Some(-50.0)),
    ("noise -45", 0.0, None, Some(-45.0)),
    ("noise -40", 0.0, None, Some(-40.0)),
    ("noise -50, 50 Hz hum -30, DC +6", 6.0, Some((50.0, -30.0)), Some(-50.0)),
    ("noise -45, 60 Hz hum -30, DC -3", -3.0, Some((60.0, -30.0)), Some(-45.0)),
];

/// Ten minutes or so of somebody talking in bursts of 1 to 6 s with pauses of 0.5 to 6 s, 8 bits.
pub fn talk(condition: Condition, minutes: usize, seed: u64) -> Talk {
    let (name, dc, hum, noise) = condition;
    let mut dice = Dice::new(seed);
    let length = minutes * 60 * 8000;
    let mut sound = vec![0.0; length];
    let mut at = 8000;
    while at + 8 * 8000 < length {
        let level = dice.between(-26.0, -12.0);
        let burst = (dice.between(1.0, 6.0) * 8000.0) as usize;
        speak(&mut sound[at..at + burst], level, dice.next());
        at += burst + (dice.between(0.5, 6.0) * 8000.0) as usize;
    }
    // What is no louder than the line itself cannot be heard on it, nor by whom it is meant for.
    let audible = noise.map_or(-45.0, |noise| (noise + 5.0).max(-45.0));
    let pauses = pauses(&sound, audible);
    if let Some((hz, dbm0)) = hum {
        add_tone(&mut sound, 0, length, hz, dbm0, 0.0);
        add_tone(&mut sound, 0, length, 3.0 * hz, dbm0 - 20.0, 1.0);
    }
    if let Some(dbm0) = noise {
        add_noise(&mut sound, rms_of(dbm0), seed + 1);
    }
    sound.iter_mut().for_each(|x| *x += dc * 256.0);
    Talk { name, samples: super::eight_bits(&to_samples(&sound)), pauses }
}

/// Speaks at a level, the voice's own pauses cut short.
fn speak(out: &mut [f32], dbm0: f32, seed: u64) {
    let mut voice = Speech::new(seed, -16.0);
    let mut frame = [0.0; 160];
    let mut at = 0;
    let mut soft = 0;
    while at + 160 <= out.len() {
        frame.iter_mut().for_each(|x| *x = voice.next_sample());
        let energy: f32 = frame.iter().map(|x| x * x).sum();
        soft = if energy > 160.0 * rms_of(-40.0).powi(2) { 0 } else { soft + 1 };
        if soft > 8 {
            continue;
        }
        out[at..at + 160].copy_from_slice(&frame);
        at += 160;
    }
    let power: f32 = out.iter().map(|x| x * x).sum::<f32>() / out.len() as f32;
    let gain = rms_of(dbm0) / power.sqrt();
    out.iter_mut().for_each(|x| *x *= gain);
}

/// Where the clean sound is not audible for half a second or more; what comes before the first word and after the last is none.
/// Less than 80 ms of sound by itself is a click, not a word.
fn pauses(clean: &[f32], audible: f32) -> Vec<(u64, u64)> {
    let limit = 160.0 * rms_of(audible).powi(2);
    let mut loud: Vec<bool> =
        clean.chunks(160).map(|frame| frame.iter().map(|x| x * x).sum::<f32>() > limit).collect();
    let mut at = 0;
    while at < loud.len() {
        let run = loud[at..].iter().take_while(|&&l| l == loud[at]).count();
        if loud[at] && run < 4 {
            loud[at..at + run].fill(false);
        }
        at += run;
    }
    let (mut pauses, mut at) = (Vec::new(), 0);
    while at < loud.len() {
        let run = loud[at..].iter().take_while(|&&l| l == loud[at]).count();
        if !loud[at] && run >= 25 && at > 0 && at + run < loud.len() {
            pauses.push((at as u64 * 160, (at + run) as u64 * 160));
        }
        at += run;
    }
    pauses
}
