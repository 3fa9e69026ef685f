//! Lists of tens of millions, searched in the file.
//!
//! All numbers are little-endian. A header of 64 bytes: the mark `CBLIST01`, how many numbers (u64), how many bits
//! choose a bucket (u32), zero (u32), the places of four sections (u64 each) and a checksum (u64) over the header
//! before it and over the first section. The sections:
//!
//! 1. where each bucket begins, counted in numbers (u32 each, one more than buckets);
//! 2. the spread keys, bucket by bucket (u64 each);
//! 3. the line of each (u32 each);
//! 4. for each line, where its name begins (u32 each, one more than lines), then the names;
//!
//! and behind them, to the end of the file, the entries that are not plain numbers, as a plain list.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use phone_number::{NumberKey, Numbering};

use super::entry::Problem;
use super::pattern::Pattern;
use super::table::spread;
use crate::Error;

const MARK: &[u8; 8] = b"CBLIST01";
const HEADER: usize = 64;
/// Numbers in a bucket, on average: half a kilobyte, read at once.
const IN_BUCKET: usize = 64;

/// A list of tens of millions of numbers, searched in its file.
#[derive(Debug)]
pub struct CompiledList {
    path: PathBuf,
    file: File,
    starts: Vec<u32>,
    bits: u32,
    count: usize,
    keys_at: u64,
    lines_at: u64,
    names_at: u64,
    line_count: u64,
    patterns: Vec<u8>,
    patterns_at: u64,
}

/// The bucket of a spread key: its first bits, none where there is but one bucket.
fn bucket_of(spread: u64, bits: u32) -> usize {
    // At most 28 bits are left.
    usize::try_from(spread.checked_shr(64 - bits).unwrap_or(0)).unwrap_or(0)
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    let mut done = 0;
    while done < buffer.len() {
        match std::os::windows::fs::FileExt::seek_read(file, &mut buffer[done..], at + done as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => done += n,
        }
    }
    Ok(())
}

/// FNV-1a over eight bytes at a time; finds damage, not malice.
fn checksum(seed: u64, bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(seed ^ 0xcbf2_9ce4_8422_2325, |sum, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        (sum ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
    })
}

impl CompiledList {
    /// Whether the file begins like a compiled list.
    pub fn is_one(path: &Path) -> bool {
        let mut mark = [0; 8];
        File::open(path).and_then(|mut file| file.read_exact(&mut mark)).is_ok_and(|()| &mark == MARK)
    }

    /// Opens a list; reads its header and the table of its buckets, some kilobytes for a million numbers.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is damaged.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Read { path: path.to_owned(), source };
        let damaged =
            |what: &str| Error::format(path, format!("{what}; make it anew with `callblock list compile`"));
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        let mut header = [0; HEADER];
        read_at(&file, &mut header, 0).map_err(|_| damaged("not a compiled list"))?;
        if &header[..8] != MARK {
            return Err(damaged("not a compiled list of this version"));
        }
        let word = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&header[at..at + 8]);
            u64::from_le_bytes(bytes)
        };
        let (count, bits) = (word(8), word(16));
        let (keys_at, lines_at, names_at, patterns_at) = (word(24), word(32), word(40), word(48));
        let plausible = bits <= 28
            && count < 1 << 32
            && keys_at == HEADER as u64 + 4 * ((1 << bits) + 1)
            && lines_at == keys_at + 8 * count
            && names_at == lines_at + 4 * count
            && names_at + 8 <= patterns_at
            && patterns_at <= size
            && size - patterns_at < 1 << 30;
        if !plausible {
            return Err(damaged("its header is damaged, or it was cut short"));
        }
        let mut starts = vec![0; usize::try_from(keys_at).unwrap_or(0) - HEADER];
        read_at(&file, &mut starts, HEADER as u64).map_err(failed)?;
        if checksum(checksum(0, &header[..56]), &starts) != word(56) {
            return Err(damaged("it is damaged"));
        }
        let starts: Vec<u32> =
            starts.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        if starts.last().map(|&last| u64::from(last)) != Some(count) || !starts.is_sorted() {
            return Err(damaged("it is damaged"));
        }
        let mut line_count = [0; 8];
        read_at(&file, &mut line_count, names_at).map_err(failed)?;
        let line_count = u64::from_le_bytes(line_count);
        if line_count > u64::from(u32::MAX) || names_at + 8 + 4 * (line_count + 1) > patterns_at {
            return Err(damaged("it is damaged"));
        }
        let mut patterns = vec![0; usize::try_from(size - patterns_at).unwrap_or(0)];
        read_at(&file, &mut patterns, patterns_at).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            starts,
            // `bits` is at most 28.
            bits: u32::try_from(bits).unwrap_or(28),
            count: usize::try_from(count).unwrap_or(0),
            keys_at,
            lines_at,
            names_at,
            line_count,
            patterns,
            patterns_at,
        })
    }

    /// How many plain numbers it has.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The entries that are not plain numbers, as a plain list.
    pub(crate) fn patterns(&self) -> &[u8] {
        &self.patterns
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Read { path: self.path.clone(), source }
    }

    /// The place of a number among the keys.
    fn place(&self, key: NumberKey) -> Result<Option<u64>, Error> {
        if self.count == 0 {
            return Ok(None);
        }
        let wanted = spread(key);
        let bucket = bucket_of(wanted, self.bits);
        let (begin, end) = (self.starts[bucket], self.starts[bucket + 1]);
        let wanted = wanted.to_le_bytes();
        let mut buffer = [0u8; 8 * 4 * IN_BUCKET];
        let mut at = u64::from(begin);
        while at < u64::from(end) {
            let keys = (u64::from(end) - at).min(4 * IN_BUCKET as u64);
            let bytes = usize::try_from(keys * 8).unwrap_or(buffer.len());
            let part = &mut buffer[..bytes];
            read_at(&self.file, part, self.keys_at + 8 * at).map_err(|source| self.failed(source))?;
            if let Some(index) = part.chunks_exact(8).position(|key| key == wanted) {
                return Ok(Some(at + index as u64));
            }
            at += keys;
        }
        Ok(None)
    }

    /// Whether a number is on it: one read of half a kilobyte.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn contains(&self, key: NumberKey) -> Result<bool, Error> {
        self.place(key).map(|place| place.is_some())
    }

    /// The line of a number in the list that it was made of, and the name beside it.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn find(&self, key: NumberKey) -> Result<Option<(u32, Box<str>)>, Error> {
        let Some(place) = self.place(key)? else { return Ok(None) };
        let mut line = [0; 4];
        read_at(&self.file, &mut line, self.lines_at + 4 * place).map_err(|source| self.failed(source))?;
        let line = u32::from_le_bytes(line);
        Ok(Some((line, self.name(u64::from(line))?)))
    }

    fn name(&self, line: u64) -> Result<Box<str>, Error> {
        if line == 0 || line > self.line_count {
            return Ok(Box::default());
        }
        let mut ends = [0; 8];
        read_at(&self.file, &mut ends, self.names_at + 8 + 4 * (line - 1))
            .map_err(|source| self.failed(source))?;
        let begin = u32::from_le_bytes([ends[0], ends[1], ends[2], ends[3]]);
        let end = u32::from_le_bytes([ends[4], ends[5], ends[6], ends[7]]);
        let names_begin = self.names_at + 8 + 4 * (self.line_count + 1);
        let length = end.saturating_sub(begin).min(1024);
        if names_begin + u64::from(begin) + u64::from(length) > self.patterns_at {
            return Ok(Box::default());
        }
        let mut name = vec![0; length as usize];
        read_at(&self.file, &mut name, names_begin + u64::from(begin))
            .map_err(|source| self.failed(source))?;
        Ok(String::from_utf8_lossy(&name).into())
    }
}

/// One entry of a list that is compiled.
#[derive(Debug)]
pub(crate) struct Compiling<'n> {
    numbering: &'n Numbering,
    /// Spread keys and their lines.
    numbers: Vec<(u64, u32)>,
    /// Where each line's name ends.
    ends: Vec<u32>,
    names: Vec<u8>,
    patterns: String,
    pattern_count: usize,
    /// Numbers whose entry ends some day cannot be in a file that holds for ever.
    skipped: usize,
    file: Arc<str>,
    problems: Vec<Problem>,
}

/// What became of a list that was compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// How many plain numbers are in it.
    pub numbers: usize,
    /// How many other entries: beginnings, expressions, names.
    pub patterns: usize,
    /// How many entries were left out because they end some day.
    pub left_out: usize,
    /// Lines that could not be read and are not in it.
    pub problems: Vec<Problem>,
}

impl<'n> Compiling<'n> {
    pub(crate) fn new(from: &Path, numbering: &'n Numbering) -> Self {
        Self {
            numbering,
            numbers: Vec::new(),
            ends: Vec::new(),
            names: Vec::new(),
            patterns: String::new(),
            pattern_count: 0,
            skipped: 0,
            file: from.display().to_string().into(),
            problems: Vec::new(),
        }
    }

    /// Adds the entry of a line; lines come in their order.
    pub(crate) fn add(&mut self, line: u32, text: &str, name: &str, expires: bool) {
        if expires {
            self.skipped += 1;
            return;
        }
        let read = match self.numbering.key(text.as_bytes()) {
            Some(key) => Ok(Pattern::Number(key)),
            None => Pattern::read(text, self.numbering),
        };
        match read {
            Ok(Pattern::Number(key)) => {
                self.numbers.push((spread(key), line));
                let before = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
                while self.ends.len() + 1 < line as usize {
                    self.ends.push(before);
                }
                let room = usize::try_from(u32::MAX).unwrap_or(usize::MAX) - self.names.len();
                self.names.extend_from_slice(&name.as_bytes()[..name.len().min(room)]);
                self.ends.push(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
            }
            Ok(_) => {
                let name = name.replace(['\n', '\r'], " ");
                self.patterns += &format!("{text}  # {name}\n");
                self.pattern_count += 1;
            }
            Err(reason) if self.problems.len() < super::MOST_PROBLEMS => {
                self.problems.push(Problem { file: self.file.clone(), line, reason: reason.into() });
            }
            Err(_) => {}
        }
    }

    /// Writes the file.
    pub(crate) fn write(self, path: &Path) -> Result<Compiled, Error> {
        let Self { mut numbers, ends, names, patterns, pattern_count, skipped, problems, .. } = self;
        // Buckets are beginnings of keys, so sorted keys stand bucket by bucket. Of equal ones the first line stays.
        numbers.sort_unstable();
        numbers.dedup_by_key(|number| number.0);
        let bits = (usize::BITS - (numbers.len() / IN_BUCKET).leading_zeros()).min(28);
        let mut starts = vec![0u32; (1 << bits) + 1];
        for &(key, _) in &numbers {
            starts[bucket_of(key, bits) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let starts: Vec<u8> = starts.iter().flat_map(|start| start.to_le_bytes()).collect();
        let keys_at = HEADER + starts.len();
        let lines_at = keys_at + 8 * numbers.len();
        let names_at = lines_at + 4 * numbers.len();
        let patterns_at = names_at + 8 + 4 * (ends.len() + 1) + names.len();
        let mut header = [0u8; HEADER];
        header[..8].copy_from_slice(MARK);
        let words = [
            numbers.len() as u64,
            u64::from(bits),
            keys_at as u64,
            lines_at as u64,
            names_at as u64,
            patterns_at as u64,
        ];
        for (place, word) in header[8..56].chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        let sum = checksum(checksum(0, &header[..56]), &starts);
        header[56..].copy_from_slice(&sum.to_le_bytes());
        super::file::replace(path, |file| {
            let mut out = BufWriter::with_capacity(1 << 16, file);
            out.write_all(&header)?;
            out.write_all(&starts)?;
            for (key, _) in &numbers {
                out.write_all(&key.to_le_bytes())?;
            }
            for (_, line) in &numbers {
                out.write_all(&line.to_le_bytes())?;
            }
            out.write_all(&(ends.len() as u64).to_le_bytes())?;
            out.write_all(&0u32.to_le_bytes())?;
            for end in &ends {
                out.write_all(&end.to_le_bytes())?;
            }
            out.write_all(&names)?;
            out.write_all(patterns.as_bytes())?;
            out.flush()
        })?;
        Ok(Compiled { numbers: numbers.len(), patterns: pattern_count, left_out: skipped, problems })
    }
}
