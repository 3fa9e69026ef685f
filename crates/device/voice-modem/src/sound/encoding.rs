//! Samples to the bytes that the modem was told to use, and back.

use at_codec::profile::Encoding;
use telephone_audio::{Decoder, Encoder, Format};

/// Both directions of one stream.
#[derive(Debug, Clone)]
pub(crate) struct Coder {
    encoder: Encoder,
    decoder: Decoder,
}

fn format_of(encoding: Encoding) -> Option<Format> {
    Some(match encoding {
        Encoding::Unsigned8 => Format::PcmU8,
        Encoding::Linear16 => Format::PcmS16,
        Encoding::MuLaw => Format::MuLaw,
        Encoding::ALaw => Format::ALaw,
        Encoding::ImaAdpcm => Format::ImaAdpcm,
        _ => return None,
    })
}

impl Coder {
    pub(crate) fn new(encoding: Encoding) -> Self {
        // Only forms that `can` allows are ever chosen.
        let format = format_of(encoding).unwrap_or(Format::PcmU8);
        Self { encoder: Encoder::new(format), decoder: Decoder::new(format) }
    }

    /// Forms that this coder can do.
    pub(crate) fn can(encoding: Encoding) -> bool {
        format_of(encoding).is_some()
    }

    pub(crate) fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) {
        self.encoder.encode(samples, out);
    }

    pub(crate) fn decode(&mut self, bytes: &[u8], out: &mut Vec<i16>) {
        self.decoder.decode(bytes, out);
    }
}
