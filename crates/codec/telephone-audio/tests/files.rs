//! WAV files and sample formats.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]
#![allow(clippy::cast_possible_truncation, reason = "the sizes of these files are known and small")]

use std::path::Path;

use proptest::prelude::*;
use telephone_audio::wav::FLUSH_EVERY;
use telephone_audio::{
    Decoder, Encoder, Error, Format, WavReader, WavRecorder, generate, level, read_wav, set_level,
    trim_silence, write_wav,
};

fn wav(path: &Path, tag: u16, bits: u16, channels: u16, rate: u32, block: u16, data: &[u8]) {
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    for word in [tag, channels] {
        file.extend(word.to_le_bytes());
    }
    file.extend(rate.to_le_bytes());
    file.extend((rate * u32::from(block)).to_le_bytes());
    for word in [block, bits] {
        file.extend(word.to_le_bytes());
    }
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    std::fs::write(path, file).unwrap();
}

#[test]
fn every_telephone_format_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    let sound: Vec<i16> = generate::digits("1234", -12.0, 80, 80).collect();
    for (format, tag) in [(Format::MuLaw, 7), (Format::ALaw, 6), (Format::PcmU8, 1), (Format::PcmS16, 1)] {
        let mut bytes = Vec::new();
        Encoder::new(format).encode(&sound, &mut bytes);
        let bits = format.bits() as u16;
        wav(&path, tag, bits, 1, 8000, bits / 8, &bytes);
        let read = read_wav(&path).unwrap();
        let mut expected = Vec::new();
        Decoder::new(format).decode(&bytes, &mut expected);
        assert_eq!(read, expected, "{format}");
    }
    // A block of IMA ADPCM begins with its first sample, whole.
    let mut block = vec![100, 0, 10, 0];
    block.extend([0x17; 252]);
    wav(&path, 0x11, 4, 1, 8000, 256, &block);
    let read = read_wav(&path).unwrap();
    assert_eq!((read.len(), read[0]), (505, 100));
}

#[test]
fn several_channels_are_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stereo.wav");
    let data: Vec<u8> = [1000i16, 3000, -2000, 0].iter().flat_map(|x| x.to_le_bytes()).collect();
    wav(&path, 1, 16, 2, 8000, 4, &data);
    assert_eq!(read_wav(&path).unwrap(), [2000, -1000]);
}

#[test]
fn what_does_not_fit_says_how_to_mend_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.wav");
    wav(&path, 1, 16, 1, 44_100, 2, &[0; 100]);
    let error = read_wav(&path).unwrap_err();
    assert!(matches!(error, Error::NotTelephone { .. }));
    let text = error.to_string();
    assert!(text.contains("44100 samples a second") && text.contains("sound convert"), "{text}");
    std::fs::write(&path, b"RIFF....WAVE").unwrap();
    assert!(matches!(read_wav(&path), Err(Error::NotWav { .. })));
}

#[test]
fn a_recording_that_was_cut_off_is_a_second_short_at_most() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.wav");
    let mut recorder = WavRecorder::create(&path).unwrap();
    let sound: Vec<i16> = (0..30_001).map(|n| (n % 1000) as i16).collect();
    for piece in sound.chunks(157) {
        recorder.push(piece).unwrap();
        // What a crash would leave behind at this moment.
        let kept = read_wav(&path).unwrap();
        assert!(recorder.len() - (kept.len() as u64) < FLUSH_EVERY, "{} of {}", kept.len(), recorder.len());
        assert_eq!(kept, sound[..kept.len()]);
    }
    // The program dies here: nothing is finished, nothing is dropped.
    std::mem::forget(recorder);
    let kept = read_wav(&path).unwrap();
    assert!(sound.len() - kept.len() <= 8000);

    let mut recorder = WavRecorder::create_as(&path, Format::PcmU8).unwrap();
    recorder.push(&sound).unwrap();
    assert_eq!(recorder.finish().unwrap(), sound.len() as u64);
    assert_eq!(read_wav(&path).unwrap().len(), sound.len());
}

#[test]
fn any_file_is_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("any.wav");
    let mut whole = Vec::new();
    let sound: Vec<i16> = generate::beep(-10.0).collect();
    for tag in [1u16, 6, 7, 0x11] {
        wav(&path, tag, if tag == 1 { 16 } else { 8 }, 1, 8000, 2, &[0x55; 64]);
        let bytes = std::fs::read(&path).unwrap();
        // Every prefix.
        for n in 0..bytes.len() {
            std::fs::write(&path, &bytes[..n]).unwrap();
            let _ = read_wav(&path);
        }
        whole = bytes;
    }
    write_wav(&path, &sound).unwrap();
    assert_eq!(read_wav(&path).unwrap(), sound);
    bolero::check!().with_max_len(256).with_iterations(300).for_each(|bytes: &[u8]| {
        let mut file = whole[..20].to_vec();
        file.extend(bytes);
        std::fs::write(&path, file).unwrap();
        if let Ok(mut reader) = WavReader::open(&path) {
            let mut samples = Vec::new();
            while reader.read(&mut samples).unwrap_or(false) {
                assert!(samples.len() < 100_000);
            }
        }
    });
}

#[test]
fn levels_and_silence() {
    let mut sound: Vec<i16> = generate::silence(700).chain(generate::beep(-30.0)).collect();
    sound.extend(generate::silence(900));
    let kept = trim_silence(&sound, -50.0, 160);
    assert!((3400..3700).contains(&kept.len()), "{}", kept.len());
    let mut kept = kept.to_vec();
    set_level(&mut kept, -18.0);
    assert!((level(&kept[800..2400]) - -18.0).abs() < 0.5);
    assert!(trim_silence(&[0; 800], -50.0, 10).is_empty());
    let mut silence = vec![0; 800];
    assert_eq!(set_level(&mut silence, -18.0), 0.0);
}

proptest! {
    #[test]
    fn every_format_there_and_back(samples in prop::collection::vec(any::<i16>(), 0..400), cut in 1usize..17) {
        for format in Format::ALL {
            let (mut bytes, mut pieces, mut back) = (Vec::new(), Vec::new(), Vec::new());
            Encoder::new(format).encode(&samples, &mut bytes);
            let mut encoder = Encoder::new(format);
            samples.chunks(cut).for_each(|piece| encoder.encode(piece, &mut pieces));
            prop_assert_eq!(&bytes, &pieces);
            let mut decoder = Decoder::new(format);
            bytes.chunks(cut).for_each(|piece| decoder.decode(piece, &mut back));
            let whole = samples.len() - if format == Format::ImaAdpcm { samples.len() % 2 } else { 0 };
            prop_assert_eq!(back.len(), whole);
            if format == Format::PcmS16 {
                prop_assert_eq!(&back, &samples);
            }
            if matches!(format, Format::PcmU8 | Format::MuLaw | Format::ALaw) {
                // What came back goes the same way again.
                let mut again = Vec::new();
                Encoder::new(format).encode(&back, &mut again);
                let mut twice = Vec::new();
                Decoder::new(format).decode(&again, &mut twice);
                prop_assert_eq!(twice, back);
            }
        }
    }
}

#[test]
fn ima_adpcm_follows_speech() {
    let sound: Vec<i16> = generate::digits("159D", -12.0, 200, 50).collect();
    let (mut bytes, mut back) = (Vec::new(), Vec::new());
    Encoder::new(Format::ImaAdpcm).encode(&sound, &mut bytes);
    Decoder::new(Format::ImaAdpcm).decode(&bytes, &mut back);
    let error: Vec<i16> = sound.iter().zip(&back).map(|(a, b)| a.saturating_sub(*b)).collect();
    assert!(level(&error) < level(&sound) - 15.0, "{} against {}", level(&error), level(&sound));
}
