//! Recordings: to be heard, moved about in, kept, and seen as a wave form.

use std::fs::File;
use std::path::Path;

use serde_json::json;
use telephone_audio::wav::WavReader;

use super::{Answer, Api};
use crate::http::{Body, Request, Response};
use crate::refusals;

/// Points of a wave form.
const POINTS: usize = 400;
/// The longest recording of which a wave form is made: six hours.
const MAX_SAMPLES: usize = 8000 * 3600 * 6;

impl Api {
    pub(super) fn call_sound(&self, request: &Request, id: i64) -> Answer {
        let call = self.logged(id)?.call;
        sound(request, &self.recording(call.recording)?)
    }

    pub(super) fn message_sound(&self, request: &Request, id: i64) -> Answer {
        sound(request, &self.recording(self.message_of(id)?.file)?)
    }

    pub(super) fn call_wave(&self, id: i64) -> Answer {
        let call = self.logged(id)?.call;
        wave(&self.recording(call.recording)?)
    }

    pub(super) fn message_wave(&self, id: i64) -> Answer {
        wave(&self.recording(self.message_of(id)?.file)?)
    }
}

fn sound(request: &Request, path: &Path) -> Answer {
    let gone = |e: std::io::Error| refusals::BAD_RECORDING.with(&[&e]);
    let file = File::open(path).map_err(gone)?;
    let size = file.metadata().map_err(gone)?.len();
    let mut response = Response::bytes("audio/wav", Vec::new())
        .with("Accept-Ranges", "bytes".into())
        .with("Cache-Control", "private, no-store".into());
    if request.asked("download").is_some() {
        // Only what every file system and header can hold.
        let name: String = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || " +-_.".contains(c) { c } else { '_' })
            .collect();
        response = response.with("Content-Disposition", format!("attachment; filename=\"{name}\""));
    }
    let (from, length) = match request.header("range").map(|r| range(r, size)) {
        None => (0, size),
        Some(Some((from, to))) => {
            response.status = 206;
            response = response.with("Content-Range", format!("bytes {from}-{to}/{size}"));
            (from, to - from + 1)
        }
        Some(None) => {
            let refused = refusals::NO_PART.answer();
            return Err(refused.with("Content-Range", format!("bytes */{size}")));
        }
    };
    response.body = Body::File(file, from, length);
    Ok(response)
}

/// The first and last byte that are wanted.
fn range(text: &str, size: u64) -> Option<(u64, u64)> {
    let (from, to) = text.trim().strip_prefix("bytes=")?.split(',').next()?.trim().split_once('-')?;
    let last = size.checked_sub(1)?;
    let (from, to) = match (from, to) {
        ("", tail) => (size.saturating_sub(tail.parse().ok()?), last),
        (from, "") => (from.parse().ok()?, last),
        (from, to) => (from.parse().ok()?, to.parse::<u64>().ok()?.min(last)),
    };
    (from <= to && from < size).then_some((from, to))
}

fn wave(path: &Path) -> Answer {
    let odd = |e: telephone_audio::Error| refusals::BAD_RECORDING.with(&[&e]);
    let mut reader = WavReader::open(path).map_err(odd)?;
    // Peaks of 10 ms first, so that an hour takes little memory.
    let mut peaks: Vec<u16> = Vec::new();
    let mut piece = Vec::new();
    let mut total = 0;
    loop {
        piece.clear();
        // A recording that a crash cut short is shown as far as it goes.
        let more = reader.read(&mut piece).unwrap_or(false);
        total += piece.len();
        peaks.extend(piece.chunks(80).map(|c| c.iter().map(|s| s.unsigned_abs()).max().unwrap_or_default()));
        if !more || total > MAX_SAMPLES {
            break;
        }
    }
    let points = POINTS.min(peaks.len()).max(1);
    let shown: Vec<f64> = (0..points)
        .map(|i| {
            let part = &peaks[i * peaks.len() / points..(i + 1) * peaks.len() / points];
            let peak = part.iter().copied().max().unwrap_or_default();
            (f64::from(peak) / 327.68).round() / 100.0
        })
        .collect();
    #[allow(clippy::cast_precision_loss, reason = "a recording has fewer than 2^52 samples")]
    let seconds = total as f64 / 8000.0;
    Ok(Response::json(&json!({ "peaks": shown, "seconds": seconds })))
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn parts_of_a_file() {
        for (asked, part) in [
            ("bytes=0-", Some((0, 99))),
            ("bytes=10-19", Some((10, 19))),
            ("bytes=90-500", Some((90, 99))),
            ("bytes=-10", Some((90, 99))),
            ("bytes=-500", Some((0, 99))),
            ("bytes=0-4, 8-9", Some((0, 4))),
            ("bytes=100-", None),
            ("bytes=9-3", None),
            ("bytes=-0", None),
            ("bytes=a-b", None),
            ("lines=1-2", None),
        ] {
            assert_eq!(range(asked, 100), part, "{asked}");
        }
        assert_eq!(range("bytes=0-", 0), None);
    }
}
