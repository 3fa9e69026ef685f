//! `callblock sound convert`: any sound file becomes a greeting.

use std::path::{Path, PathBuf};

use telephone_audio::convert::{ConvertSettings, Sound, decode, for_telephone};
use telephone_audio::{Format, WavRecorder};

use super::failed;
use crate::Failure;

/// Options of `callblock sound convert`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The sound: wav, mp3, flac or ogg.
    pub input: PathBuf,
    /// The WAV file to make of it.
    pub output: PathBuf,
    /// How loud the spoken parts shall be, in dBm0.
    #[arg(long, default_value_t = -18.0, allow_negative_numbers = true)]
    pub level: f32,
    /// Keep the silence at the start and end.
    #[arg(long)]
    pub keep_silence: bool,
    /// How the samples are stored: s16 or u8.
    #[arg(long, default_value = "s16")]
    pub format: Format,
}

/// Converts.
pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if !(-50.0..=0.0).contains(&options.level) {
        return Err(Failure::new(
            Failure::USAGE,
            "--level must lie between -50 and 0 dBm0; -18 suits most lines",
        ));
    }
    let settings = ConvertSettings { level: options.level, trim: !options.keep_silence };
    let sound = decode(&options.input).map_err(failed)?;
    let seconds = save(&sound, settings, &options.output, options.format)?;
    println!("{}: {seconds:.1} s, 8000 samples a second, one channel", options.output.display());
    Ok(())
}

/// Writes the sound as a line plays it; how many seconds it is.
pub(super) fn save(
    sound: &Sound,
    settings: ConvertSettings,
    output: &Path,
    format: Format,
) -> Result<f64, Failure> {
    let samples = for_telephone(sound, settings).map_err(failed)?;
    if samples.is_empty() {
        return Err(Failure::new(Failure::DATA, "the sound is nothing but silence; check its volume"));
    }
    // Under another name first, so that a greeting in use is never half a greeting.
    let mut partial = output.as_os_str().to_owned();
    partial.push(".part");
    let partial = PathBuf::from(partial);
    let written = (|| {
        let mut recorder = WavRecorder::create_as(&partial, format)?;
        recorder.push(&samples)?;
        recorder.finish()
    })();
    let moved = written.map_err(failed).and_then(|_| {
        std::fs::rename(&partial, output)
            .map_err(|e| Failure::new(Failure::IO, format!("{}: {e}", output.display())))
    });
    if moved.is_err() {
        // It may not even have been made; nothing depends on it.
        let _ = std::fs::remove_file(&partial);
    }
    moved.map(|()| samples.len() as f64 / 8000.0)
}
