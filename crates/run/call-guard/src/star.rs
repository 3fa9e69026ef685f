//! The star key in raw audio.

/// Hears the star key: 941 and 1209 Hz together.
#[derive(Debug, Default)]
pub(crate) struct StarEar {}

impl StarEar {
    /// Whether the key was pressed in what was heard so far.
    pub(crate) fn hears(&mut self, _samples: &[i16]) -> bool {
        false
    }
}
