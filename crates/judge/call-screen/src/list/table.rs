//! Millions of numbers in memory: twelve bytes each, found with two memory accesses.

use std::mem;

use phone_number::NumberKey;

/// An odd constant that spreads keys evenly over all values.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A key in the order of the table. Reversible, so that two numbers never fall together.
#[inline]
pub(crate) fn spread(key: NumberKey) -> u64 {
    let bits = key.to_bits();
    (bits ^ (bits >> 32)).wrapping_mul(SPREAD)
}

/// Numbers, each with the line that it stands on.
///
/// The keys are spread evenly, then put into buckets of about eight by their first bits; `starts` says where each
/// bucket begins. A search reads one place of `starts` and one or two cache lines of keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct NumberTable {
    keys: Vec<u64>,
    lines: Vec<u32>,
    starts: Vec<u32>,
    shift: u32,
}

impl NumberTable {
    /// Builds the table in place from keys made by [`spread`] and their lines. Of equal numbers, the one on the
    /// first line stays; gives back how many were dropped.
    pub(crate) fn build(mut keys: Vec<u64>, mut lines: Vec<u32>) -> (Self, usize) {
        debug_assert_eq!(keys.len(), lines.len());
        if keys.is_empty() {
            return (Self::default(), 0);
        }
        let bits = bucket_bits(keys.len());
        let shift = 64 - bits;
        let bucket = |key: u64| bucket_of(key, shift);
        let mut ends = vec![0u32; (1 << bits) + 1];
        for &key in &keys {
            ends[bucket(key) + 1] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        // Each key goes to the next free place of its bucket; what stood there is carried on.
        let mut next = ends.clone();
        for home in 0..ends.len() - 1 {
            while next[home] < ends[home + 1] {
                let mut at = next[home] as usize;
                let mut key = keys[at];
                let mut line = lines[at];
                loop {
                    let target = bucket(key);
                    if target == home {
                        break;
                    }
                    at = next[target] as usize;
                    next[target] += 1;
                    mem::swap(&mut key, &mut keys[at]);
                    mem::swap(&mut line, &mut lines[at]);
                }
                let at = next[home] as usize;
                keys[at] = key;
                lines[at] = line;
                next[home] += 1;
            }
        }
        drop(next);
        let mut table = Self { keys, lines, starts: ends, shift };
        let dropped = table.drop_repeated();
        (table, dropped)
    }

    /// Keeps the first line of each number.
    fn drop_repeated(&mut self) -> usize {
        let mut kept = 0usize;
        let mut begin = 0usize;
        for bucket in 0..self.starts.len() - 1 {
            let end = self.starts[bucket + 1] as usize;
            let new_begin = kept;
            for at in begin..end {
                let (key, line) = (self.keys[at], self.lines[at]);
                match self.keys[new_begin..kept].iter().position(|&k| k == key) {
                    Some(index) => {
                        let first = &mut self.lines[new_begin + index];
                        *first = line.min(*first);
                    }
                    None => {
                        self.keys[kept] = key;
                        self.lines[kept] = line;
                        kept += 1;
                    }
                }
            }
            // `kept` counts at most the keys, whose number fits.
            self.starts[bucket + 1] = u32::try_from(kept).unwrap_or(u32::MAX);
            begin = end;
        }
        let dropped = self.keys.len() - kept;
        self.keys.truncate(kept);
        self.lines.truncate(kept);
        dropped
    }

    /// The line that a number stands on.
    #[inline]
    pub(crate) fn find(&self, key: NumberKey) -> Option<u32> {
        if self.keys.is_empty() {
            return None;
        }
        let wanted = spread(key);
        let bucket = bucket_of(wanted, self.shift);
        let (begin, end) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        let index = self.keys[begin..end].iter().position(|&k| k == wanted)?;
        Some(self.lines[begin + index])
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The bytes of memory that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.keys.capacity() * 8 + self.lines.capacity() * 4 + self.starts.capacity() * 4
    }

    pub(crate) fn parts(&self) -> (&[u64], &[u32], &[u32], u32) {
        (&self.keys, &self.lines, &self.starts, self.shift)
    }
}

/// How many bits of a spread key choose its bucket, for so many keys.
fn bucket_bits(keys: usize) -> u32 {
    (usize::BITS - (keys / 8).leading_zeros()).clamp(1, 28)
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a bucket has at most 28 bits")]
pub(crate) fn bucket_of(spread: u64, shift: u32) -> usize {
    (spread >> shift) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_found_on_its_first_line_and_no_other() {
        let mut random = fastrand::Rng::with_seed(7);
        for count in [1usize, 2, 7, 8, 9, 100, 10_000] {
            let texts: Vec<String> =
                (0..count).map(|_| format!("+49{}", random.u32(1_000..50_000))).collect();
            let keys: Vec<NumberKey> = texts.iter().map(|t| NumberKey::new(t.as_bytes()).unwrap()).collect();
            let lines: Vec<u32> = (1..).take(count).collect();
            let (table, dropped) = NumberTable::build(keys.iter().map(|&k| spread(k)).collect(), lines);
            assert_eq!(table.len() + dropped, count);
            for (index, key) in keys.iter().enumerate() {
                let first = keys.iter().position(|k| k == key).unwrap();
                assert_eq!(table.find(*key), Some(u32::try_from(first).unwrap() + 1), "{index} of {count}");
            }
            assert_eq!(table.find(NumberKey::new(b"+4999999999").unwrap()), None);
        }
    }
}
