//! The recording of a call, as a WAV file that is whole even after a crash.

use std::path::PathBuf;
use std::time::Duration;

use call_event::{CallId, LineEvent};
use telephone_audio::{SAMPLE_RATE, WavRecorder};

use crate::session::Recording;

/// Writes what the session wants recorded. A disk that fails ends the recording, never the call.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    open: Option<(CallId, PathBuf, WavRecorder)>,
}

impl Recorder {
    /// Does what is asked; gives the event of a recording that is complete.
    pub(crate) fn handle(&mut self, what: Recording) -> Option<LineEvent> {
        match what {
            Recording::Begin(call, file) => {
                let ended = self.end();
                match WavRecorder::create(&file) {
                    Ok(recorder) => self.open = Some((call, file, recorder)),
                    Err(error) => log::error!("cannot record: {error}"),
                }
                ended
            }
            Recording::Samples(samples) => {
                if let Some((_, file, recorder)) = &mut self.open
                    && let Err(error) = recorder.push(&samples)
                {
                    log::error!("{}: the recording ends early: {error}", file.display());
                    return self.end();
                }
                None
            }
            Recording::End => self.end(),
        }
    }

    fn end(&mut self) -> Option<LineEvent> {
        let (call, file, recorder) = self.open.take()?;
        let samples = recorder.len();
        if let Err(error) = recorder.finish() {
            log::error!("{}: {error}", file.display());
        }
        let length = Duration::from_micros(samples * 1_000_000 / u64::from(SAMPLE_RATE));
        Some(LineEvent::Recorded { call, file, length })
    }
}
