//! What a caller says, and the forms in which a modem passes sound on.

use std::path::{Path, PathBuf};

use crate::Error;

/// Samples in a second on a telephone line.
pub const RATE: u32 = 8000;

/// What a caller lets the line hear.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Sound {
    /// Bytes that the modem passes on as they are, whatever form of sound is selected.
    Bytes(Vec<u8>),
    /// Samples: mono, 8,000 a second, signed 16 bit.
    Samples(Vec<i16>),
    /// A WAV file with 8,000 samples a second; of several channels the first is taken.
    Wav(PathBuf),
    /// Pure tones, all at once, for so many milliseconds.
    Tones {
        /// Their frequencies in hertz.
        hertz: Vec<f64>,
        /// How long.
        milliseconds: u32,
    },
    /// Silence for so many milliseconds.
    Silence(u32),
}

impl Sound {
    /// The samples, or the bytes that pass unchanged.
    pub(crate) fn load(self) -> Result<Loaded, Error> {
        Ok(match self {
            Self::Bytes(bytes) => Loaded::Bytes(bytes),
            Self::Samples(samples) => Loaded::Samples(samples),
            Self::Wav(path) => Loaded::Samples(read_wav(&path)?),
            Self::Tones { hertz, milliseconds } => Loaded::Samples(tones(&hertz, milliseconds)),
            Self::Silence(milliseconds) => Loaded::Samples(tones(&[], milliseconds)),
        })
    }
}

/// A sound that is ready to be played.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Loaded {
    Bytes(Vec<u8>),
    Samples(Vec<i16>),
}

fn read_wav(path: &Path) -> Result<Vec<i16>, Error> {
    let failed = |reason: String| Error::File { path: path.to_owned(), reason: reason.into() };
    let mut reader = hound::WavReader::open(path).map_err(|e| failed(e.to_string()))?;
    let spec = reader.spec();
    if spec.sample_rate != RATE || spec.sample_format != hound::SampleFormat::Int {
        return Err(failed(format!(
            "{} samples a second; the line takes whole numbers, {RATE} a second",
            spec.sample_rate
        )));
    }
    let shift = i32::from(spec.bits_per_sample) - 16;
    reader
        .samples::<i32>()
        .step_by(usize::from(spec.channels.max(1)))
        .map(|sample| {
            let sample = sample.map_err(|e| failed(e.to_string()))?;
            let sample = if shift >= 0 { sample >> shift } else { sample << -shift };
            Ok(i16::try_from(sample).unwrap_or(if sample < 0 { i16::MIN } else { i16::MAX }))
        })
        .collect()
}

/// Tones at once, together at a third of full scale.
pub(crate) fn tones(hertz: &[f64], milliseconds: u32) -> Vec<i16> {
    let count = u64::from(milliseconds) * u64::from(RATE) / 1000;
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small numbers")]
    (0..count)
        .map(|n| {
            let t = n as f64 / f64::from(RATE);
            let sum: f64 = hertz.iter().map(|f| (std::f64::consts::TAU * f * t).sin()).sum();
            (sum * 11_000.0 / hertz.len().max(1) as f64) as i16
        })
        .collect()
}

/// The two tones of a key.
pub(crate) fn key_tones(key: char) -> Option<[f64; 2]> {
    let place = "123A456B789C*0#D".find(key)?;
    Some([[697.0, 770.0, 852.0, 941.0][place / 4], [1209.0, 1336.0, 1477.0, 1633.0][place % 4]])
}

/// A form in which samples are bytes on the serial port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coding {
    /// One byte a sample, 128 is silence.
    Unsigned8,
    /// One byte a sample, 0 is silence.
    Signed8,
    /// Two bytes a sample, the lower first.
    Signed16,
    /// G.711 mu-law.
    MuLaw,
    /// G.711 A-law.
    ALaw,
    /// Four bits a sample, the first in the lower half of the byte.
    ImaAdpcm,
}

impl Coding {
    /// Bits that a sample takes.
    pub fn bits(self) -> u32 {
        match self {
            Self::ImaAdpcm => 4,
            Self::Signed16 => 16,
            _ => 8,
        }
    }
}

/// Turns samples into bytes and back; ADPCM needs to remember what went before.
#[derive(Debug, Clone)]
pub(crate) struct Coder {
    coding: Coding,
    value: i32,
    index: i32,
    half: Option<u8>,
}

impl Coder {
    pub(crate) fn new(coding: Coding) -> Self {
        Self { coding, value: 0, index: 0, half: None }
    }

    /// Adds the bytes of one sample.
    pub(crate) fn encode(&mut self, sample: i16, out: &mut Vec<u8>) {
        match self.coding {
            Coding::Unsigned8 => out.push(sample.to_be_bytes()[0] ^ 0x80),
            Coding::Signed8 => out.push(sample.to_be_bytes()[0]),
            Coding::Signed16 => out.extend_from_slice(&sample.to_le_bytes()),
            Coding::MuLaw => out.push(mu_law(sample)),
            Coding::ALaw => out.push(a_law(sample)),
            Coding::ImaAdpcm => {
                let code = self.adpcm_code(i32::from(sample));
                match self.half.take() {
                    Some(low) => out.push(low | (code << 4)),
                    None => self.half = Some(code),
                }
            }
        }
    }

    /// The samples of these bytes.
    pub(crate) fn decode(&mut self, bytes: &[u8]) -> Vec<i16> {
        match self.coding {
            Coding::Unsigned8 => bytes.iter().map(|b| i16::from_be_bytes([b ^ 0x80, 0])).collect(),
            Coding::Signed8 => bytes.iter().map(|b| i16::from_be_bytes([*b, 0])).collect(),
            Coding::Signed16 => {
                bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
            }
            Coding::MuLaw => bytes.iter().map(|b| from_mu_law(*b)).collect(),
            Coding::ALaw => bytes.iter().map(|b| from_a_law(*b)).collect(),
            Coding::ImaAdpcm => bytes
                .iter()
                .flat_map(|b| [b & 15, b >> 4])
                .map(|code| {
                    self.adpcm_step(code);
                    clamp(self.value)
                })
                .collect(),
        }
    }

    fn adpcm_code(&mut self, sample: i32) -> u8 {
        let step = STEPS[usize::try_from(self.index).unwrap_or(0)];
        let mut difference = sample - self.value;
        let mut code = 0u8;
        if difference < 0 {
            code = 8;
            difference = -difference;
        }
        for (bit, part) in [(4u8, step), (2, step / 2), (1, step / 4)] {
            if difference >= part {
                code |= bit;
                difference -= part;
            }
        }
        self.adpcm_step(code);
        code
    }

    fn adpcm_step(&mut self, code: u8) {
        let step = STEPS[usize::try_from(self.index).unwrap_or(0)];
        let mut difference = step / 8;
        for (bit, part) in [(4u8, step), (2, step / 2), (1, step / 4)] {
            if code & bit != 0 {
                difference += part;
            }
        }
        self.value += if code & 8 != 0 { -difference } else { difference };
        self.value = i32::from(clamp(self.value));
        self.index = (self.index + [-1, -1, -1, -1, 2, 4, 6, 8][usize::from(code & 7)]).clamp(0, 88);
    }
}

fn clamp(value: i32) -> i16 {
    i16::try_from(value).unwrap_or(if value < 0 { i16::MIN } else { i16::MAX })
}

/// The step sizes of IMA ADPCM.
const STEPS: [i32; 89] = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88,
    97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658,
    724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660,
    4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818,
    18500, 20350, 22385, 24623, 27086, 29794, 32767,
];

fn mu_law(sample: i16) -> u8 {
    let sign: u8 = if sample < 0 { 0x80 } else { 0 };
    let magnitude = sample.unsigned_abs().min(32_635) + 132;
    // The highest bit set is between 7 and 14.
    let exponent = u8::try_from(15 - magnitude.leading_zeros()).unwrap_or(7) - 7;
    let mantissa = u8::try_from((magnitude >> (exponent + 3)) & 15).unwrap_or(0);
    !(sign | (exponent << 4) | mantissa)
}

fn from_mu_law(byte: u8) -> i16 {
    let byte = !byte;
    let magnitude = ((i16::from(byte & 15) << 3) + 132) << ((byte >> 4) & 7);
    if byte & 0x80 != 0 { 132 - magnitude } else { magnitude - 132 }
}

fn a_law(sample: i16) -> u8 {
    let (sign, magnitude) =
        if sample >= 0 { (0x80u8, sample.unsigned_abs()) } else { (0, (!sample).unsigned_abs()) };
    let coded = if magnitude < 256 {
        u8::try_from(magnitude >> 4).unwrap_or(15)
    } else {
        let exponent = u8::try_from(15 - magnitude.leading_zeros()).unwrap_or(8) - 7;
        (exponent << 4) | u8::try_from((magnitude >> (exponent + 3)) & 15).unwrap_or(0)
    };
    (coded | sign) ^ 0x55
}

fn from_a_law(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let exponent = (byte >> 4) & 7;
    let mantissa = i16::from(byte & 15) << 4;
    let magnitude = if exponent == 0 { mantissa + 8 } else { (mantissa + 264) << (exponent - 1) };
    if byte & 0x80 != 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_of_g711() {
        assert_eq!((mu_law(0), mu_law(-32_768), mu_law(32_767)), (0xFF, 0x00, 0x80));
        assert_eq!((a_law(0), a_law(-1), a_law(32_767), a_law(-32_768)), (0xD5, 0x55, 0xAA, 0x2A));
        for byte in 0..=255u8 {
            assert_eq!(a_law(from_a_law(byte)), byte);
            // Mu-law has two zeros.
            let wanted = if byte == 0x7F { 0xFF } else { byte };
            assert_eq!(mu_law(from_mu_law(byte)), wanted);
        }
    }

    #[test]
    fn a_tone_survives_every_coding() {
        let tone = tones(&[440.0], 200);
        for coding in [
            Coding::Unsigned8,
            Coding::Signed8,
            Coding::Signed16,
            Coding::MuLaw,
            Coding::ALaw,
            Coding::ImaAdpcm,
        ] {
            let mut bytes = Vec::new();
            let mut coder = Coder::new(coding);
            tone.iter().for_each(|s| coder.encode(*s, &mut bytes));
            assert_eq!(bytes.len() * 8, tone.len() * coding.bits() as usize);
            let back = Coder::new(coding).decode(&bytes);
            let worst = tone.iter().zip(&back).skip(100).map(|(a, b)| (a - b).abs()).max().unwrap();
            assert!(worst < 1500, "{coding:?}: {worst}");
        }
    }

    #[test]
    fn every_key_has_two_tones() {
        let keys: std::collections::HashSet<_> =
            "0123456789*#ABCD".chars().map(|k| key_tones(k).unwrap().map(f64::to_bits)).collect();
        assert_eq!(keys.len(), 16);
        assert_eq!(key_tones('5'), Some([770.0, 1336.0]));
        assert_eq!(key_tones('x'), None);
    }
}
