//! The sample formats that voice modems speak (`AT+VSM=?` lists them), each to and from 16 bits.

mod adpcm;
mod g711;

pub use adpcm::{ImaDecoder, ImaEncoder};
pub use g711::{alaw_from_linear, linear_from_alaw, linear_from_mulaw, mulaw_from_linear};

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// How samples are stored or sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// 8 bits unsigned, 128 is silence: what most voice modems send (`+VSM=0` or `1`, "8-bit linear").
    PcmU8,
    /// 16 bits signed, little endian.
    PcmS16,
    /// G.711 µ-law ("ULAW", "mu-law"; North America and Japan).
    MuLaw,
    /// G.711 A-law ("ALAW"; elsewhere).
    ALaw,
    /// IMA ADPCM, four bits a sample, the first sample in the low half of a byte ("IMA ADPCM").
    ImaAdpcm,
}

impl Format {
    /// Every format, in the order of their quality on a line.
    pub const ALL: [Self; 5] = [Self::PcmS16, Self::MuLaw, Self::ALaw, Self::PcmU8, Self::ImaAdpcm];

    /// How many bits one sample takes.
    pub const fn bits(self) -> u32 {
        match self {
            Self::PcmS16 => 16,
            Self::PcmU8 | Self::MuLaw | Self::ALaw => 8,
            Self::ImaAdpcm => 4,
        }
    }

    /// How many bytes a second of sound takes.
    pub const fn bytes_per_second(self) -> u32 {
        crate::SAMPLE_RATE * self.bits() / 8
    }

    /// The format that a modem means by a label of its `+VSM=?` list, such as `"8-BIT LINEAR"`,
    /// `"UNSIGNED PCM"`, `"ULAW"`, `"G.711 A-Law"` or `"IMA ADPCM"`; `None` where it is none of ours
    /// (2-bit and vendor ADPCM, for instance).
    ///
    /// ```
    /// use telephone_audio::Format;
    /// assert_eq!(Format::from_modem_label("UNSIGNED PCM", 8), Some(Format::PcmU8));
    /// assert_eq!(Format::from_modem_label("2-bit ADPCM", 2), None);
    /// ```
    pub fn from_modem_label(label: &str, bits: u32) -> Option<Self> {
        let label = label.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| label.contains(w));
        if has(&["adpcm"]) {
            return (has(&["ima", "dvi"]) && matches!(bits, 0 | 4)).then_some(Self::ImaAdpcm);
        }
        if has(&["ulaw", "u-law", "mulaw", "mu-law", "\u{b5}-law"]) {
            return Some(Self::MuLaw);
        }
        if has(&["alaw", "a-law"]) {
            return Some(Self::ALaw);
        }
        match bits {
            8 if has(&["signed"]) && !has(&["unsigned"]) => None,
            8 if has(&["linear", "pcm", "unsigned"]) => Some(Self::PcmU8),
            16 if has(&["linear", "pcm", "signed"]) => Some(Self::PcmS16),
            _ => None,
        }
    }

    /// The byte that is silence when it is repeated.
    pub const fn silence(self) -> u8 {
        match self {
            Self::PcmU8 => 0x80,
            Self::PcmS16 | Self::ImaAdpcm => 0x00,
            Self::MuLaw => 0xff,
            Self::ALaw => 0xd5,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PcmU8 => "u8",
            Self::PcmS16 => "s16",
            Self::MuLaw => "mulaw",
            Self::ALaw => "alaw",
            Self::ImaAdpcm => "ima",
        })
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(s: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|f| f.to_string() == s).ok_or_else(|| Error::UnknownFormat(s.to_owned()))
    }
}

/// Bytes from a line into samples, in pieces of any size.
#[derive(Debug, Clone)]
pub struct Decoder {
    format: Format,
    half: Option<u8>,
    ima: ImaDecoder,
}

impl Decoder {
    /// A decoder at the start of a stream.
    pub fn new(format: Format) -> Self {
        Self { format, half: None, ima: ImaDecoder::default() }
    }

    /// Appends the samples of these bytes to `out`. Half a sample waits for its other half.
    pub fn decode(&mut self, bytes: &[u8], out: &mut Vec<i16>) {
        match self.format {
            Format::PcmU8 => out.extend(bytes.iter().map(|&b| linear_from_u8(b))),
            Format::MuLaw => out.extend(bytes.iter().map(|&b| linear_from_mulaw(b))),
            Format::ALaw => out.extend(bytes.iter().map(|&b| linear_from_alaw(b))),
            Format::ImaAdpcm => {
                out.reserve(bytes.len() * 2);
                for &b in bytes {
                    out.push(self.ima.decode(b & 0x0f));
                    out.push(self.ima.decode(b >> 4));
                }
            }
            Format::PcmS16 => {
                let mut bytes = bytes;
                if let (Some(low), Some((&high, rest))) = (self.half, bytes.split_first()) {
                    out.push(i16::from_le_bytes([low, high]));
                    self.half = None;
                    bytes = rest;
                }
                let (pairs, odd) = bytes.as_chunks::<2>();
                out.extend(pairs.iter().map(|&p| i16::from_le_bytes(p)));
                if let Some(&low) = odd.first() {
                    self.half = Some(low);
                }
            }
        }
    }
}

/// Samples into the bytes for a line, in pieces of any size.
#[derive(Debug, Clone)]
pub struct Encoder {
    format: Format,
    half: Option<u8>,
    ima: ImaEncoder,
}

impl Encoder {
    /// An encoder at the start of a stream.
    pub fn new(format: Format) -> Self {
        Self { format, half: None, ima: ImaEncoder::default() }
    }

    /// Appends the bytes of these samples to `out`. Half a byte waits for its other half.
    pub fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        match self.format {
            Format::PcmU8 => out.extend(samples.iter().map(|&x| u8_from_linear(x))),
            Format::MuLaw => out.extend(samples.iter().map(|&x| mulaw_from_linear(x))),
            Format::ALaw => out.extend(samples.iter().map(|&x| alaw_from_linear(x))),
            Format::PcmS16 => out.extend(samples.iter().flat_map(|x| x.to_le_bytes())),
            Format::ImaAdpcm => {
                for &x in samples {
                    let code = self.ima.encode(x);
                    match self.half.take() {
                        Some(low) => out.push(low | code << 4),
                        None => self.half = Some(code),
                    }
                }
            }
        }
    }
}

/// An unsigned 8-bit sample, widened.
#[inline]
pub fn linear_from_u8(byte: u8) -> i16 {
    (i16::from(byte) - 128) << 8
}

/// A sample rounded to unsigned 8 bits.
#[inline]
pub fn u8_from_linear(sample: i16) -> u8 {
    ((sample.saturating_add(128) >> 8) + 128) as u8
}
