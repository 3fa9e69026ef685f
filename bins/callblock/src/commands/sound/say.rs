//! `callblock sound say`: a greeting from a text.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use telephone_audio::Format;
use telephone_audio::convert::{ConvertSettings, decode};

use super::{convert, failed};
use crate::Failure;

/// Options of `callblock sound say`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What to say; `-` reads it from standard input.
    pub text: String,
    /// The WAV file to make.
    pub output: PathBuf,
    /// The language or voice of espeak-ng, such as `en-gb` or `de`.
    #[arg(long, default_value = "en")]
    pub voice: String,
    /// A voice file of piper; without one espeak-ng speaks.
    #[arg(long, value_name = "MODEL.onnx")]
    pub piper: Option<PathBuf>,
    /// How loud it shall be, in dBm0.
    #[arg(long, default_value_t = -18.0, allow_negative_numbers = true)]
    pub level: f32,
}

/// The longest text: ten minutes of speech.
const MOST_TEXT: u64 = 10_000;

/// Speaks.
pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let mut text = options.text.clone();
    if text == "-" {
        text.clear();
        io::stdin()
            .take(MOST_TEXT)
            .read_to_string(&mut text)
            .map_err(|e| Failure::new(Failure::IO, format!("standard input: {e}")))?;
    }
    if text.trim().is_empty() {
        return Err(Failure::new(Failure::USAGE, "there is nothing to say: the text is empty"));
    }
    let mut spoken = options.output.as_os_str().to_owned();
    spoken.push(".spoken.wav");
    let spoken = PathBuf::from(spoken);
    let made = speak(options, &text, &spoken).and_then(|()| {
        let sound = decode(&spoken).map_err(failed)?;
        let settings = ConvertSettings { level: options.level, trim: true };
        convert::save(&sound, settings, &options.output, Format::PcmS16)
    });
    // It may not have been made at all; nothing depends on it.
    let _ = std::fs::remove_file(&spoken);
    println!("{}: {:.1} s", options.output.display(), made?);
    Ok(())
}

fn speak(options: &Options, text: &str, to: &Path) -> Result<(), Failure> {
    let mut command;
    let program = if let Some(model) = &options.piper {
        command = Command::new("piper");
        command.arg("--model").arg(model).arg("--output_file").arg(to);
        "piper"
    } else {
        command = Command::new("espeak-ng");
        // The text comes by standard input, never as an argument: it may begin with a dash.
        command.arg("-v").arg(&options.voice).arg("-w").arg(to).arg("--stdin");
        "espeak-ng"
    };
    let remedy = match program {
        "piper" => "install piper (`pip install piper-tts`) or leave --piper out to use espeak-ng",
        _ => "install it (`apt install espeak-ng`), or give a voice file to --piper",
    };
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(|e| {
            Failure::new(Failure::UNAVAILABLE, format!("{program} does not start ({e}); {remedy}"))
        })?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends early says why below.
        let _ = stdin.write_all(text.as_bytes());
    }
    let output =
        child.wait_with_output().map_err(|e| Failure::new(Failure::IO, format!("{program}: {e}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let why = said.lines().next().unwrap_or("it gave no reason");
    Err(Failure::new(Failure::UNAVAILABLE, format!("{program} failed: {why}")))
}
