//! How many samples a second each detector hears and each format codes.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark fails by panicking")]

use divan::Bencher;
use divan::counter::ItemsCount;
use telephone_audio::dtmf::DtmfReceiver;
use telephone_audio::tones::{ProgressDetector, SingleToneDetector};
use telephone_audio::voice::VoiceDetector;
use telephone_audio::{Country, Decoder, Encoder, Format, Listener, ListenerSettings, generate};

fn main() {
    divan::main();
}

/// Five seconds: digits, then busy tone, then silence.
fn line() -> Vec<i16> {
    let mut line: Vec<i16> = generate::digits("0123456789ABCD*#", -10.0, 50, 50).collect();
    line.extend(generate::busy(Country::Us, -20.0).samples(2000));
    line.resize(40_000, 0);
    line
}

/// As a live line does: 20 ms at a time.
fn pieces(bencher: Bencher<'_, '_>, mut listen: impl FnMut(&[i16])) {
    let line = line();
    bencher.counter(ItemsCount::new(line.len())).bench_local(|| line.chunks(160).for_each(&mut listen));
}

#[divan::bench]
fn digits(bencher: Bencher<'_, '_>) {
    let mut receiver = DtmfReceiver::new();
    pieces(bencher, |piece| {
        receiver.push(piece, |event| {
            divan::black_box(event);
        });
    });
}

#[divan::bench]
fn digits_of_sixteen_lines(bencher: Bencher<'_, '_>) {
    let line = line();
    let mut receivers = vec![DtmfReceiver::new(); 16];
    bencher.counter(ItemsCount::new(16 * line.len())).bench_local(|| {
        for piece in line.chunks(160) {
            for receiver in &mut receivers {
                receiver.push(piece, |event| {
                    divan::black_box(event);
                });
            }
        }
    });
}

#[divan::bench]
fn call_progress(bencher: Bencher<'_, '_>) {
    let mut detector = ProgressDetector::new(Country::Us);
    pieces(bencher, |piece| {
        detector.push(piece, |event| {
            divan::black_box(event);
        });
    });
}

#[divan::bench]
fn fax_and_modem_tones(bencher: Bencher<'_, '_>) {
    let mut detector = SingleToneDetector::new();
    pieces(bencher, |piece| {
        detector.push(piece, |event| {
            divan::black_box(event);
        });
    });
}

#[divan::bench]
fn voice_and_silence(bencher: Bencher<'_, '_>) {
    let mut detector = VoiceDetector::new();
    pieces(bencher, |piece| {
        detector.push(piece, |event| {
            divan::black_box(event);
        });
    });
}

#[divan::bench]
fn everything(bencher: Bencher<'_, '_>) {
    let mut listener = Listener::new(ListenerSettings::for_country(Country::Us));
    pieces(bencher, |piece| {
        listener.push(piece, |heard| {
            divan::black_box(heard);
        });
    });
}

#[divan::bench(args = [Format::PcmU8, Format::PcmS16, Format::MuLaw, Format::ALaw, Format::ImaAdpcm])]
fn encode(bencher: Bencher<'_, '_>, format: Format) {
    let (line, mut bytes) = (line(), Vec::new());
    bencher.counter(ItemsCount::new(line.len())).bench_local(|| {
        bytes.clear();
        Encoder::new(format).encode(divan::black_box(&line), &mut bytes);
        bytes.len()
    });
}

#[divan::bench(args = [Format::PcmU8, Format::PcmS16, Format::MuLaw, Format::ALaw, Format::ImaAdpcm])]
fn decode(bencher: Bencher<'_, '_>, format: Format) {
    let (mut bytes, mut samples) = (Vec::new(), Vec::new());
    Encoder::new(format).encode(&line(), &mut bytes);
    bencher.counter(ItemsCount::new(40_000usize)).bench_local(|| {
        samples.clear();
        Decoder::new(format).decode(divan::black_box(&bytes), &mut samples);
        samples.len()
    });
}
