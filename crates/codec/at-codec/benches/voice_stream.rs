//! How fast a voice stream is taken apart and shielded, one byte in 256 escaped.

use at_codec::voice::{VoiceDecoder, VoicePiece, shield, shield_into};
use divan::counter::BytesCount;

const SIZE: usize = 1 << 20;

fn main() {
    divan::main();
}

/// Sound with one DLE in 256 bytes, as silence with some noise holds it.
fn sound() -> Vec<u8> {
    let mut state = 1u32;
    (0..SIZE)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let byte = state.to_be_bytes()[0];
            if n % 256 == 77 {
                0x10
            } else if byte == 0x10 {
                0x11
            } else {
                byte
            }
        })
        .collect()
}

fn shielded() -> Vec<u8> {
    let mut out = Vec::new();
    shield_into(&sound(), &mut out);
    out
}

/// Slices of the input, nothing copied: what the driver does.
#[divan::bench]
fn decode_without_copying(bencher: divan::Bencher<'_, '_>) {
    let stream = shielded();
    bencher.counter(BytesCount::new(stream.len())).bench_local(|| {
        let mut decoder = VoiceDecoder::new();
        let mut input = divan::black_box(stream.as_slice());
        let mut bytes = 0;
        while let Some(piece) = decoder.next(&mut input) {
            if let VoicePiece::Audio(audio) = piece {
                bytes += audio.len();
            }
        }
        assert_eq!(bytes, SIZE);
        bytes
    });
}

/// The same, copied together.
#[divan::bench]
fn decode_into_one_buffer(bencher: divan::Bencher<'_, '_>) {
    let stream = shielded();
    let mut out = Vec::with_capacity(SIZE);
    bencher.counter(BytesCount::new(stream.len())).bench_local(|| {
        let mut decoder = VoiceDecoder::new();
        let mut input = divan::black_box(stream.as_slice());
        out.clear();
        while let Some(piece) = decoder.next(&mut input) {
            if let VoicePiece::Audio(audio) = piece {
                out.extend_from_slice(audio);
            }
        }
        out.len()
    });
}

/// Slices of the input, nothing copied.
#[divan::bench]
fn shield_without_copying(bencher: divan::Bencher<'_, '_>) {
    let sound = sound();
    bencher
        .counter(BytesCount::new(SIZE))
        .bench_local(|| shield(divan::black_box(&sound)).map(<[u8]>::len).sum::<usize>());
}

/// The same, copied together: what the driver does.
#[divan::bench]
fn shield_into_one_buffer(bencher: divan::Bencher<'_, '_>) {
    let sound = sound();
    let mut out = Vec::with_capacity(SIZE + SIZE / 64);
    bencher.counter(BytesCount::new(SIZE)).bench_local(|| {
        out.clear();
        shield_into(divan::black_box(&sound), &mut out);
        out.len()
    });
}
