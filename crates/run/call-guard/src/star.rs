//! The star key in raw audio.

use telephone_audio::DtmfReceiver;
use telephone_audio::star::{StarKey, StarSettings};

/// Hears the star key: 941 and 1209 Hz together, as a telephone sends it.
#[derive(Debug)]
pub(crate) struct StarEar {
    digits: DtmfReceiver,
    key: StarKey,
}

impl Default for StarEar {
    fn default() -> Self {
        Self { digits: DtmfReceiver::new(), key: StarKey::new(StarSettings::default()) }
    }
}

impl StarEar {
    /// Whether the key was pressed in these samples.
    pub(crate) fn hears(&mut self, samples: &[i16]) -> bool {
        let mut heard = false;
        let key = &mut self.key;
        self.digits.push(samples, |event| heard |= key.digit(&event).is_some());
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use telephone_audio::generate::digits;

    #[test]
    fn only_the_star_key_is_heard_in_pieces_of_any_size() {
        for (keys, heard) in [("*", true), ("123456789#0", false), ("5*", true), ("", false)] {
            let sound: Vec<i16> = digits(keys, -12.0, 100, 100).pause(200).collect();
            for size in [80, 333, 8000] {
                let mut ear = StarEar::default();
                let found = sound.chunks(size).any(|chunk| ear.hears(chunk));
                assert_eq!(found, heard, "{keys:?} in pieces of {size}");
            }
        }
    }
}
