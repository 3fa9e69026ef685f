//! `callblock sound meter`: how strong each tone is, for setting levels.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use telephone_audio::meter::{METER_TONES, Meter, Reading};
use telephone_audio::{Decoder, Format, WavReader, seconds};

use super::{failed, printed};
use crate::Failure;

/// Options of `callblock sound meter`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// A recording, or `-` for samples from standard input, 8000 a second
    /// (`arecord -q -t raw -f S16_LE -r 8000 | callblock sound meter -`).
    #[arg(default_value = "-")]
    pub input: PathBuf,
    /// How samples from standard input are coded: s16, u8, mulaw, alaw or ima.
    #[arg(long, default_value = "s16")]
    pub format: Format,
    /// Show every tone, not only those of the star key.
    #[arg(long)]
    pub all: bool,
}

/// The two tones of the star key, by their place among the meter's tones.
const STAR: [usize; 2] = [3, 4];

/// Measures until the input ends.
pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let mut meter = Meter::new();
    let mut out = io::stdout().lock();
    let mut result = Ok(());
    let mut show = |samples: &[i16]| {
        meter.push(samples, |reading| {
            if result.is_ok() {
                result = print(&mut out, &reading, options.all);
            }
        });
        result.is_ok()
    };
    if options.input == Path::new("-") {
        let mut decoder = Decoder::new(options.format);
        let (mut bytes, mut samples) = ([0; 640], Vec::new());
        loop {
            let n = match io::stdin().lock().read(&mut bytes) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(Failure::new(Failure::IO, format!("standard input: {e}"))),
            };
            decoder.decode(&bytes[..n], &mut samples);
            if !show(&samples) {
                break;
            }
            samples.clear();
        }
    } else {
        let mut reader = WavReader::open(&options.input).map_err(failed)?;
        let mut samples = Vec::new();
        while reader.read(&mut samples).map_err(failed)? && show(&samples) {
            samples.clear();
        }
    }
    printed(result)
}

fn print(out: &mut impl Write, reading: &Reading, all: bool) -> io::Result<()> {
    let key = reading.digit.map_or(String::new(), |digit| format!("  key {digit}"));
    writeln!(
        out,
        "{:7.1} s  level {:4.0} dBm0  floor {:4.0} dBm0  peak {:3.0} %{key}",
        seconds(reading.at),
        reading.level,
        reading.floor,
        reading.peak * 100.0
    )?;
    let shown = (0..METER_TONES.len()).filter(|tone| all || STAR.contains(tone));
    for tone in shown {
        let magnitude = reading.relative(tone);
        let detected = if magnitude >= 1.0 { "TRUE" } else { "FALSE" };
        writeln!(out, "  {:6.0} Hz: rel mag= {magnitude:11.5}  detection={detected}", METER_TONES[tone])?;
    }
    if reading.star {
        writeln!(out, "  *-KEY press detected")?;
    }
    writeln!(out)?;
    out.flush()
}
