//! Millions of numbers in memory: fifteen bytes each, found with two memory accesses, entered as they are read.

use phone_number::NumberKey;

/// An odd constant that spreads keys evenly over all values.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A key in the order of the table. Reversible, so that two numbers never fall together; never 0.
#[inline]
pub(crate) fn spread(key: NumberKey) -> u64 {
    let bits = key.to_bits();
    (bits ^ (bits >> 32)).wrapping_mul(SPREAD)
}

/// Numbers, each with the line that it stands on.
///
/// A spread key has its home at the place that its share of all values says, and stands there or at the next free
/// place behind it. Four of five places are taken at most, so a search mostly reads one cache line of keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct NumberTable {
    /// 0 where nothing stands.
    keys: Vec<u64>,
    lines: Vec<u32>,
    count: usize,
    repeated: usize,
}

impl NumberTable {
    /// Room for so many numbers. The memory costs nothing until numbers stand in it.
    pub(crate) fn with_capacity(numbers: usize) -> Self {
        let places = if numbers == 0 { 0 } else { numbers + numbers / 4 + 4 };
        Self { keys: vec![0; places], lines: vec![0; places], count: 0, repeated: 0 }
    }

    #[inline]
    fn home(&self, key: u64) -> usize {
        // Less than the number of places, which is a usize.
        #[expect(clippy::cast_possible_truncation, reason = "a share of the places")]
        let home = ((u128::from(key) * self.keys.len() as u128) >> 64) as usize;
        home
    }

    /// Where the key stands, or else the free place for it. There must be a free one.
    #[inline]
    fn place(&self, key: u64) -> usize {
        let mut at = self.home(key);
        loop {
            let there = self.keys[at];
            if there == key || there == 0 {
                return at;
            }
            at += 1;
            if at == self.keys.len() {
                at = 0;
            }
        }
    }

    /// Adds a number. Of equal numbers, the one on the first line stays.
    #[inline]
    pub(crate) fn add(&mut self, key: NumberKey, line: u32) {
        if (self.count + 1) * 5 > self.keys.len() * 4 {
            self.resize((self.count + 1).max(12) * 3 / 2);
        }
        let key = spread(key);
        let at = self.place(key);
        if self.keys[at] == 0 {
            self.keys[at] = key;
            self.lines[at] = line;
            self.count += 1;
        } else {
            self.lines[at] = self.lines[at].min(line);
            self.repeated += 1;
        }
    }

    /// Gives back the memory that turned out not to be needed.
    pub(crate) fn fit(&mut self) {
        if self.keys.len() > 2 * self.count + 16 {
            self.resize(self.count);
        }
    }

    #[cold]
    fn resize(&mut self, numbers: usize) {
        let mut next = Self::with_capacity(numbers);
        for (&key, &line) in self.keys.iter().zip(&self.lines).filter(|(key, _)| **key != 0) {
            let at = next.place(key);
            next.keys[at] = key;
            next.lines[at] = line;
        }
        self.keys = next.keys;
        self.lines = next.lines;
    }

    /// The line that a number stands on.
    #[inline]
    pub(crate) fn find(&self, key: NumberKey) -> Option<u32> {
        if self.count == 0 {
            return None;
        }
        let key = spread(key);
        let at = self.place(key);
        (self.keys[at] == key).then(|| self.lines[at])
    }

    /// How many numbers there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// How many were added that stood there already.
    pub(crate) fn repeated(&self) -> usize {
        self.repeated
    }

    /// The bytes of memory that it takes.
    pub(crate) fn memory(&self) -> usize {
        self.keys.capacity() * 8 + self.lines.capacity() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_found_on_its_first_line_and_no_other() {
        let mut random = fastrand::Rng::with_seed(7);
        for count in [1usize, 2, 7, 8, 9, 100, 10_000] {
            for expected in [0, count / 2, count, count * 10] {
                let texts: Vec<String> =
                    (0..count).map(|_| format!("+49{}", random.u32(1_000..50_000))).collect();
                let keys: Vec<NumberKey> =
                    texts.iter().map(|t| NumberKey::new(t.as_bytes()).unwrap()).collect();
                let mut table = NumberTable::with_capacity(expected);
                for (&key, line) in keys.iter().zip(1..) {
                    table.add(key, line);
                }
                table.fit();
                assert_eq!(table.len() + table.repeated(), count);
                for (index, key) in keys.iter().enumerate() {
                    let first = keys.iter().position(|k| k == key).unwrap();
                    assert_eq!(
                        table.find(*key),
                        Some(u32::try_from(first).unwrap() + 1),
                        "{index} of {count}"
                    );
                }
                assert_eq!(table.find(NumberKey::new(b"+4999999999").unwrap()), None);
                assert!(table.memory() <= (2 * table.len() + 20) * 12, "{count}: {}", table.memory());
            }
        }
    }

    #[test]
    fn an_empty_table_holds_nothing_and_a_later_line_does_not_push_an_earlier_one_out() {
        let key = NumberKey::new(b"+493023125555").unwrap();
        let mut table = NumberTable::default();
        assert_eq!(table.find(key), None);
        table.fit();
        table.add(key, 9);
        table.add(key, 3);
        table.add(key, 5);
        assert_eq!((table.find(key), table.len(), table.repeated()), (Some(3), 1, 2));
    }
}
