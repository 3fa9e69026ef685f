//! The chunks in front of the samples, for the formats that hound does not read.

use std::io::{self, Read, Seek, SeekFrom};

/// What the `fmt ` chunk says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// 1 PCM, 3 float, 6 A-law, 7 µ-law, 0x11 IMA ADPCM, 0xfffe extensible.
    pub(super) tag: u16,
    pub(super) channels: u16,
    pub(super) rate: u32,
    pub(super) block: u16,
    pub(super) bits: u16,
    /// How many bytes of sound follow; what was never patched in a crash counts as endless.
    pub(super) data: u64,
}

impl Header {
    /// Reads up to the first byte of sound. `Err` carries what is missing.
    pub(super) fn read(file: &mut (impl Read + Seek)) -> io::Result<Result<Self, String>> {
        let mut riff = [0; 12];
        if !filled(file, &mut riff)? || &riff[..4] != b"RIFF" || &riff[8..] != b"WAVE" {
            return Ok(Err("it does not begin with RIFF and WAVE".into()));
        }
        let mut format = None;
        // A file of more than a few chunks before the sound is no file that a telephone program wrote.
        for _ in 0..64 {
            let mut chunk = [0; 8];
            if !filled(file, &mut chunk)? {
                break;
            }
            let size = u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
            match &chunk[..4] {
                b"fmt " => {
                    let mut body = [0; 16];
                    if size < 16 || !filled(file, &mut body)? {
                        return Ok(Err("its fmt chunk is too short".into()));
                    }
                    let word = |at: usize| u16::from_le_bytes([body[at], body[at + 1]]);
                    format = Some(Self {
                        tag: word(0),
                        channels: word(2),
                        rate: u32::from_le_bytes([body[4], body[5], body[6], body[7]]),
                        block: word(12),
                        bits: word(14),
                        data: 0,
                    });
                    file.seek(SeekFrom::Current(i64::from(size - 16) + i64::from(size & 1)))?;
                }
                b"data" => {
                    let Some(format) = format else {
                        return Ok(Err("its sound stands before its fmt chunk".into()));
                    };
                    let data = if size == 0 || size >= 0xffff_ff00 { u64::MAX } else { u64::from(size) };
                    return Ok(Ok(Self { data, ..format }));
                }
                _ => {
                    file.seek(SeekFrom::Current(i64::from(size) + i64::from(size & 1)))?;
                }
            }
        }
        Ok(Err("it holds no sound".into()))
    }
}

/// Fills the buffer, or says that the file ended before.
fn filled(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e),
    }
}
