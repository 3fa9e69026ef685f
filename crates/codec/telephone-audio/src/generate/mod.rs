//! Making the sounds of a telephone line.

mod sequence;
mod signals;

pub use sequence::{Part, ToneSequence};
pub use signals::{
    READY_SOUNDS, ReadySound, SitCode, ansam, beep, bell_answer, busy, ced, ced_with_reversals, cng,
    data_calling, digits, dtmf_frequencies, progress, ringback, silence, sit,
};
