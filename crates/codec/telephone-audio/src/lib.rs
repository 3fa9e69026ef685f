#![doc = include_str!("../README.md")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sound is arithmetic between integers and floats; every narrowing here is of a clamped or bounded value"
)]
#![allow(clippy::excessive_precision, reason = "constants are written with seven digits throughout")]
#![allow(
    clippy::needless_range_loop,
    reason = "the same index runs through several arrays, one place a tone"
)]

#[cfg(feature = "convert")]
pub mod convert;
pub mod country;
pub mod dtmf;
mod error;
pub mod format;
pub mod generate;
pub mod goertzel;
mod heard;
mod level;
mod listener;
pub mod machine;
pub mod meter;
pub mod star;
pub mod tones;
pub mod voice;
#[cfg(feature = "voice-message")]
mod voice_message;
pub mod wav;

pub use country::{Country, Progress, ProgressTone};
pub use dtmf::DtmfReceiver;
pub use error::Error;
pub use format::{Decoder, Encoder, Format};
pub use heard::{Heard, Tone, What};
pub use level::{
    FULL_SCALE_DBM0, SAMPLE_RATE, amplitude, dbm0_of_power, level, millis, power_of_dbm0, seconds, set_level,
    trim_silence,
};
pub use listener::{Listener, ListenerSettings};
#[cfg(feature = "voice-message")]
pub use voice_message::{VoiceMessage, VoiceMessageMaker};
pub use wav::{WavReader, WavRecorder, read_wav, write_wav};
