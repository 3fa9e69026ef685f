//! A recording as a voice message: Opus in an Ogg file, which messengers play in place, at an eighth of the size.
//!
//! Speech of a telephone line fits Opus' lowest band, so only that part of the codec is used.

mod ogg;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use ropus::celt::range_coder::RangeEncoder;
use ropus::silk::encoder::{SilkEncControlStruct, SilkEncoder, silk_encode, silk_init_encoder_top};

use self::ogg::OggFile;
use crate::{Error, SAMPLE_RATE, WavReader};

/// Bits a second: no listener tells it from the recording.
const BIT_RATE: i32 = 16_000;
/// Samples of one packet: 20 ms.
const FRAME: usize = 160;
/// Opus counts in ticks of 48,000 a second.
const TICKS_PER_SAMPLE: u64 = 6;
const TICKS_PER_PACKET: u64 = FRAME as u64 * TICKS_PER_SAMPLE;
/// How much the codec delays the sound, which a player is to pass over.
const DELAY_TICKS: u16 = 312;
/// The first byte of each packet: lowest band, 20 ms, one channel, one frame (RFC 6716, 3.1).
const KIND: u8 = 1 << 3;
/// The most bytes of one packet: it then takes one place in the table of a page. Speech takes about 40.
const MOST_BYTES: usize = 250;

/// A voice message that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceMessage {
    /// The Ogg file.
    pub ogg: Vec<u8>,
    /// How long it plays.
    pub length: Duration,
}

impl VoiceMessage {
    /// Makes one of a recording; `None` if that is empty, or longer than `longest`.
    ///
    /// # Errors
    ///
    /// If the file is no WAV file of a telephone line, or cannot be read.
    pub fn of_wav(path: impl AsRef<Path>, longest: Duration) -> Result<Option<Self>, Error> {
        let mut reader = WavReader::open(path)?;
        let mut maker = VoiceMessageMaker::new();
        let mut piece = Vec::new();
        while reader.read(&mut piece)? {
            maker.push(&piece)?;
            piece.clear();
            if maker.length() > longest {
                return Ok(None);
            }
        }
        maker.push(&piece)?;
        let length = maker.length();
        if length.is_zero() || length > longest { Ok(None) } else { maker.finish().map(Some) }
    }
}

/// Makes a voice message of samples as they come.
pub struct VoiceMessageMaker {
    encoder: Box<SilkEncoder>,
    wishes: SilkEncControlStruct,
    file: OggFile,
    /// What does not fill a packet yet.
    rest: Vec<i16>,
    samples: u64,
}

impl std::fmt::Debug for VoiceMessageMaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VoiceMessageMaker").field("samples", &self.samples).finish_non_exhaustive()
    }
}

impl Default for VoiceMessageMaker {
    fn default() -> Self {
        Self::new()
    }
}

impl VoiceMessageMaker {
    /// An empty message.
    pub fn new() -> Self {
        let mut encoder = Box::new(SilkEncoder::new());
        silk_init_encoder_top(&mut encoder, 1);
        let rate = SAMPLE_RATE as i32;
        let wishes = SilkEncControlStruct {
            api_sample_rate: rate,
            max_internal_sample_rate: rate,
            min_internal_sample_rate: rate,
            desired_internal_sample_rate: rate,
            payload_size_ms: 20,
            bit_rate: BIT_RATE,
            complexity: 8,
            max_bits: (MOST_BYTES as i32 - 1) * 8,
            ..SilkEncControlStruct::default()
        };
        let file = OggFile::new(SAMPLE_RATE, DELAY_TICKS);
        Self { encoder, wishes, file, rest: Vec::with_capacity(FRAME), samples: 0 }
    }

    /// How long the message is so far.
    pub fn length(&self) -> Duration {
        Duration::from_millis(self.samples * 1000 / u64::from(SAMPLE_RATE))
    }

    /// Appends sound.
    ///
    /// # Errors
    ///
    /// If the codec takes it not, which no sound is known to bring about.
    pub fn push(&mut self, samples: &[i16]) -> Result<(), Error> {
        self.samples += samples.len() as u64;
        self.code(samples)
    }

    /// The message, complete.
    ///
    /// # Errors
    ///
    /// As for [`Self::push`].
    pub fn finish(mut self) -> Result<VoiceMessage, Error> {
        let end = u64::from(DELAY_TICKS) + self.samples * TICKS_PER_SAMPLE;
        // Silence behind the sound carries what the codec still holds back.
        while self.file.packets() * TICKS_PER_PACKET < end {
            let lacking = FRAME - self.rest.len();
            self.code(&vec![0; lacking])?;
        }
        let length = self.length();
        Ok(VoiceMessage { ogg: self.file.finish(end), length })
    }

    fn code(&mut self, mut samples: &[i16]) -> Result<(), Error> {
        loop {
            let (now, later) = samples.split_at(samples.len().min(FRAME - self.rest.len()));
            self.rest.extend(now);
            samples = later;
            if self.rest.len() < FRAME {
                return Ok(());
            }
            let packet = self.packet()?;
            self.file.push(packet, TICKS_PER_PACKET);
            self.rest.clear();
        }
    }

    fn packet(&mut self) -> Result<Vec<u8>, Error> {
        let mut packet = vec![0; MOST_BYTES];
        packet[0] = KIND;
        let mut coder = RangeEncoder::new(&mut packet[1..]);
        let (mut bytes, frame, active) = (0, FRAME as i32, 1);
        match silk_encode(
            &mut self.encoder,
            &mut self.wishes,
            &self.rest,
            frame,
            &mut coder,
            &mut bytes,
            0,
            active,
        ) {
            0 => {}
            code => return Err(Error::VoiceMessage(code)),
        }
        // Room beyond the last bit would be read as a second layer.
        let used = 1 + usize::try_from((coder.tell() + 7) / 8).unwrap_or(0);
        coder.done();
        packet.truncate(used.min(MOST_BYTES));
        Ok(packet)
    }
}
