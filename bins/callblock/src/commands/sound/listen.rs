//! `callblock sound listen`: everything that is heard in a recording.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use telephone_audio::{Country, Heard, Listener, ListenerSettings, WavReader, What, seconds};

use super::{failed, printed};
use crate::Failure;

/// Options of `callblock sound listen`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The recordings.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Whose call-progress tones to listen for: ITU, US, DE, UK, FR, IT, ES, CH, AT, AU or JP.
    #[arg(long, value_name = "CC", default_value = "ITU")]
    pub country: Country,
    /// One JSON line an event.
    #[arg(long)]
    pub json: bool,
    /// Pauses of so many seconds are reported as silence.
    #[arg(long, default_value_t = 1.0, value_name = "SECONDS")]
    pub silence: f64,
}

/// Something that was heard, as it is printed.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    start: u64,
    end: Option<u64>,
    event: &'static str,
    /// What exactly: its key and its value.
    detail: Option<(&'static str, String)>,
}

/// Listens.
pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if !(0.1..=3600.0).contains(&options.silence) {
        return Err(Failure::new(Failure::USAGE, "--silence must lie between 0.1 and 3600 seconds"));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    for file in &options.files {
        let lines = listen(file, options)?;
        let name = (options.files.len() > 1).then(|| file.display().to_string());
        printed(print(&mut out, &lines, name.as_deref(), options.json))?;
    }
    printed(out.flush())
}

fn listen(file: &Path, options: &Options) -> Result<Vec<Line>, Failure> {
    let mut reader = WavReader::open(file).map_err(failed)?;
    let mut settings = ListenerSettings::for_country(options.country);
    // Bounded above, so the product is small.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0.1 to 3600 seconds")]
    let silence = (options.silence * 8000.0) as u64;
    settings.silence = silence;
    let mut listener = Listener::new(settings);
    let (mut lines, mut samples) = (Vec::new(), Vec::new());
    while reader.read(&mut samples).map_err(failed)? {
        listener.push(&samples, |heard| note(&mut lines, heard));
        samples.clear();
    }
    listener.finish(|heard| note(&mut lines, heard));
    lines.sort_by_key(|line| line.start);
    Ok(lines)
}

fn note(lines: &mut Vec<Line>, heard: Heard) {
    let mut add = |event, start, end, detail| lines.push(Line { start, end, event, detail });
    match heard.what {
        What::Digit { digit, start, end, .. } => {
            add("dtmf", start, Some(end), Some(("digit", digit.to_string())));
        }
        What::Tone { tone, start } => add("tone", start, None, Some(("name", tone.to_string()))),
        What::ToneEnded { tone, start, end } => {
            let name = tone.to_string();
            let is_it = |l: &&mut Line| {
                l.event == "tone" && l.start == start && l.detail.as_ref().is_some_and(|d| d.1 == name)
            };
            if let Some(line) = lines.iter_mut().rev().find(is_it) {
                line.end = Some(end);
            }
        }
        What::Sit { code, start, end } => add("sit", start, Some(end), Some(("code", code.to_string()))),
        What::Voice { start } => {
            close(lines, "silence", start);
            lines.push(Line { start, end: None, event: "voice", detail: None });
        }
        What::Silence { start } => {
            close(lines, "voice", start);
            lines.push(Line { start, end: None, event: "silence", detail: None });
        }
        _ => {}
    }
}

/// What went on until now ends; two voices with a short pause between them are one.
fn close(lines: &mut [Line], event: &str, end: u64) {
    if let Some(line) = lines.iter_mut().rev().find(|l| l.event == event && l.end.is_none()) {
        line.end = Some(end);
    }
}

fn print(out: &mut impl Write, lines: &[Line], file: Option<&str>, json: bool) -> io::Result<()> {
    let mut voice_is_on = false;
    for line in lines {
        // A voice that goes on after a pause too short to be silence is the same voice.
        match line.event {
            "voice" if voice_is_on => continue,
            "voice" => voice_is_on = true,
            "silence" => voice_is_on = false,
            _ => {}
        }
        if json {
            writeln!(out, "{}", line.json(file))?;
        } else {
            line.print(out, file)?;
        }
    }
    Ok(())
}

/// Hundredths are as fine as it is heard.
fn rounded(at: u64) -> f64 {
    (seconds(at) * 100.0).round() / 100.0
}

impl Line {
    /// Written by hand, so that the keys stand in the order in which people read them.
    fn json(&self, file: Option<&str>) -> String {
        let mut line = format!("{{\"t\":{},\"event\":{}", json!(rounded(self.start)), json!(self.event));
        if let Some((key, value)) = &self.detail {
            line += &format!(",{}:{}", json!(key), json!(value));
        }
        if let Some(end) = self.end {
            line += &format!(",\"end\":{}", json!(rounded(end)));
        }
        if let Some(file) = file {
            line += &format!(",\"file\":{}", json!(file));
        }
        line + "}"
    }

    fn print(&self, out: &mut impl Write, file: Option<&str>) -> io::Result<()> {
        if let Some(file) = file {
            write!(out, "{file}: ")?;
        }
        write!(out, "{:9.2} ", rounded(self.start))?;
        match self.end {
            Some(end) => write!(out, "{:9.2}  ", rounded(end))?,
            None => write!(out, "{:9}  ", "")?,
        }
        let detail = self.detail.as_ref().map_or("", |d| &d.1);
        writeln!(out, "{:8} {detail}", self.event)
    }
}
