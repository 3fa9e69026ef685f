//! Any file that symphonia knows: wav, mp3, flac, ogg.

use std::fs::File;
use std::path::Path;

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error as Trouble;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use crate::{Error, SAMPLE_RATE};

/// A sound as its file has it, mixed to one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// -1 to 1.
    pub samples: Vec<f32>,
    /// Samples in a second.
    pub rate: u32,
    /// How many channels the file has.
    pub channels: usize,
}

/// The longest sound that is read, in seconds: no greeting is longer, and a file that claims to be must not
/// fill the memory.
const LONGEST: usize = 3600;

/// Reads a sound file of any kind. What is damaged within it is left out.
///
/// # Errors
///
/// If the file cannot be opened or nothing in it can be decoded.
pub fn decode(path: impl AsRef<Path>) -> Result<Sound, Error> {
    let path = path.as_ref();
    let file = File::open(path).map_err(|e| Error::file(path, e))?;
    // What the line can play needs no decoder; this also reads IMA ADPCM and recordings cut short by a crash.
    if let Ok(samples) = crate::read_wav(path)
        && !samples.is_empty()
    {
        let samples = samples.iter().map(|&x| f32::from(x) / 32_768.0).collect();
        return Ok(Sound { samples, rate: SAMPLE_RATE, channels: channels_of(path) });
    }
    let undecodable = |reason: String| Error::Undecodable { path: path.into(), reason };
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|e| undecodable(e.to_string()))?;
    let track =
        format.default_track(TrackType::Audio).ok_or_else(|| undecodable("it has no sound".into()))?;
    let id = track.id;
    let parameters = track
        .codec_params
        .as_ref()
        .and_then(|p| p.audio())
        .ok_or_else(|| undecodable("its sound is coded in an unknown way".into()))?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|e| undecodable(e.to_string()))?;

    let mut sound = Sound { samples: Vec::new(), rate: 0, channels: 0 };
    let mut piece: Vec<f32> = Vec::new();
    while let Ok(Some(packet)) = format.next_packet() {
        if packet.track_id != id {
            continue;
        }
        let buffer = match decoder.decode(&packet) {
            Ok(buffer) => buffer,
            Err(Trouble::DecodeError(_)) => continue,
            Err(_) => break,
        };
        let (rate, channels) = (buffer.spec().rate(), buffer.spec().channels().count());
        if sound.rate == 0 {
            (sound.rate, sound.channels) = (rate, channels);
        }
        // A file that changes its rate midway is read up to there.
        if rate != sound.rate || channels == 0 || sound.samples.len() > LONGEST * rate as usize {
            break;
        }
        piece.clear();
        buffer.copy_to_vec_interleaved(&mut piece);
        sound
            .samples
            .extend(piece.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32));
    }
    if sound.samples.is_empty() || sound.rate == 0 {
        return Err(undecodable("no sound could be read from it".into()));
    }
    sound.samples.iter_mut().filter(|x| !x.is_finite()).for_each(|x| *x = 0.0);
    Ok(sound)
}

fn channels_of(path: &Path) -> usize {
    crate::wav::channels(path).unwrap_or(1)
}
