//! Tones other than digits: call progress, special information tones, faxes, modems, beeps.

mod progress;
mod single;
mod sit;
mod spectrum;
mod transform;

pub use progress::{ProgressDetector, ProgressEvent};
pub use single::{SingleToneDetector, SingleToneEvent};
pub use sit::{SitDetector, SitEvent};
pub use spectrum::{Frame, Peak, Spectrum};
