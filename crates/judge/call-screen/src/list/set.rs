//! The parts of a list that are not plain numbers: beginnings, ranges, expressions, names, countries.

use std::collections::HashMap;

use phone_number::{NumberKey, NumberKind};
use regex::RegexSet;

use super::pattern::{Candidate, Pattern};
use super::table::NumberTable;

/// Patterns, each with the line that it stands on; all of them are searched at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct PatternSet {
    numbers: NumberTable,
    long: HashMap<Box<str>, u32>,
    prefixes: NumberTable,
    /// Bit n is set if beginnings of n characters are there.
    prefix_lengths: u32,
    foreign_prefixes: Vec<(NumberKey, u32)>,
    foreign: Option<u32>,
    /// By their first number; the third is the greatest last number up to here.
    ranges: Vec<(NumberKey, NumberKey, NumberKey, u32)>,
    expressions: Option<(RegexSet, Vec<u32>)>,
    names: Option<(RegexSet, Vec<u32>)>,
    countries: HashMap<&'static str, u32>,
    entries: usize,
}

/// Collects patterns.
#[derive(Debug, Default)]
pub(crate) struct PatternCollector {
    set: PatternSet,
    expressions: Vec<(String, u32)>,
    names: Vec<(String, u32)>,
}

impl PatternCollector {
    /// Room for so many numbers.
    pub(crate) fn with_capacity(numbers: usize) -> Self {
        let set = PatternSet { numbers: NumberTable::with_capacity(numbers), ..PatternSet::default() };
        Self { set, ..Self::default() }
    }

    /// Adds one number.
    #[inline]
    pub(crate) fn add_key(&mut self, key: NumberKey, line: u32) {
        self.set.numbers.add(key, line);
    }

    /// Adds a pattern.
    pub(crate) fn add(&mut self, pattern: Pattern, line: u32) {
        match pattern {
            Pattern::Number(key) => self.add_key(key, line),
            Pattern::LongNumber(text) => {
                self.set.long.entry(text).or_insert(line);
            }
            Pattern::Prefix { beginning, foreign_only: true } => {
                self.set.foreign_prefixes.push((beginning, line));
            }
            Pattern::Prefix { beginning, foreign_only: false } => {
                self.set.prefix_lengths |= 1 << beginning.len();
                self.set.prefixes.add(beginning, line);
            }
            Pattern::Foreign => self.set.foreign = Some(self.set.foreign.map_or(line, |l| l.min(line))),
            Pattern::Range(first, last) => self.set.ranges.push((first, last, last, line)),
            Pattern::Expression(expression) => self.expressions.push((expression, line)),
            Pattern::Name(expression) => self.names.push((expression, line)),
            Pattern::Country(code) => {
                self.set.countries.entry(code).or_insert(line);
            }
        }
    }

    /// Makes the set; gives back how many numbers were there twice.
    pub(crate) fn finish(self) -> Result<(PatternSet, usize), String> {
        let mut set = self.set;
        set.numbers.fit();
        set.prefixes.fit();
        set.ranges.sort_unstable_by_key(|range| (range.0, range.3));
        let mut greatest = None;
        for range in &mut set.ranges {
            greatest = greatest.max(Some(range.1));
            range.2 = greatest.unwrap_or(range.1);
        }
        set.expressions = expressions(self.expressions)?;
        set.names = expressions(self.names)?;
        set.entries = set.numbers.len()
            + set.long.len()
            + set.prefixes.len()
            + set.foreign_prefixes.len()
            + usize::from(set.foreign.is_some())
            + set.ranges.len()
            + set.expressions.as_ref().map_or(0, |e| e.1.len())
            + set.names.as_ref().map_or(0, |e| e.1.len())
            + set.countries.len();
        let repeated = set.numbers.repeated();
        Ok((set, repeated))
    }
}

fn expressions(list: Vec<(String, u32)>) -> Result<Option<(RegexSet, Vec<u32>)>, String> {
    if list.is_empty() {
        return Ok(None);
    }
    let (texts, lines): (Vec<_>, Vec<_>) = list.into_iter().unzip();
    // Each alone was checked; together they may need more room. The search must stay within its automaton.
    let set = regex::RegexSetBuilder::new(texts)
        .size_limit(1 << 28)
        .dfa_size_limit(1 << 26)
        .build()
        .map_err(|_| "too many or too large regular expressions".to_owned())?;
    Ok(Some((set, lines)))
}

impl PatternSet {
    /// Whether it holds names.
    pub(crate) fn minds_names(&self) -> bool {
        self.names.is_some()
    }

    /// The line of the entry that fits, asked in this order: number, longest beginning, range, expression, name,
    /// country, any foreign number.
    pub(crate) fn find(&self, who: &Candidate<'_>) -> Option<u32> {
        self.find_number(who).or_else(|| find_expression(self.names.as_ref(), who.name, ""))
    }

    #[inline]
    pub(crate) fn contains(&self, key: NumberKey) -> bool {
        self.numbers.find(key).is_some()
    }

    fn find_number(&self, who: &Candidate<'_>) -> Option<u32> {
        let number = who.number?;
        let foreign = number.kind() == NumberKind::Foreign;
        let found = match who.key {
            None => self.long.get(number.as_str()).copied(),
            Some(key) => self
                .numbers
                .find(key)
                .or_else(|| self.find_prefix(key))
                .or_else(|| self.find_range(key))
                .or_else(|| foreign.then(|| self.find_foreign_prefix(key)).flatten()),
        };
        found
            .or_else(|| find_expression(self.expressions.as_ref(), number.as_str(), who.shown))
            .or_else(|| number.country().and_then(|c| self.countries.get(c.calling_code()).copied()))
            .or_else(|| self.foreign.filter(|_| foreign))
    }

    fn find_prefix(&self, key: NumberKey) -> Option<u32> {
        let mut lengths = self.prefix_lengths & ((2 << key.len()) - 1);
        while lengths != 0 {
            let length = 31 - lengths.leading_zeros();
            if let Some(line) = self.prefixes.find(key.prefix(length as usize)) {
                return Some(line);
            }
            lengths &= !(1 << length);
        }
        None
    }

    fn find_foreign_prefix(&self, key: NumberKey) -> Option<u32> {
        self.foreign_prefixes.iter().find(|(beginning, _)| key.starts_with(*beginning)).map(|&(_, line)| line)
    }

    fn find_range(&self, key: NumberKey) -> Option<u32> {
        let after = self.ranges.partition_point(|range| range.0 <= key);
        let before = self.ranges[..after].iter().rev();
        // Once no range up to here reaches so far, none before does.
        let mut reaching = before.take_while(|range| range.2 >= key);
        reaching.find(|range| range.1 >= key && range.0.len() == key.len()).map(|range| range.3)
    }

    /// How many patterns there are.
    pub(crate) fn len(&self) -> usize {
        self.entries
    }

    /// The bytes of memory that the numbers take.
    pub(crate) fn memory(&self) -> usize {
        self.numbers.memory() + self.prefixes.memory()
    }
}

/// The first line of the expressions that fit one of two texts.
fn find_expression(set: Option<&(RegexSet, Vec<u32>)>, text: &str, other: &str) -> Option<u32> {
    let (set, lines) = set?;
    let first = |text: &str| {
        // Most callers fit none, which is found out without any allocation.
        (!text.is_empty() && set.is_match(text)).then(|| set.matches(text).iter().next()).flatten()
    };
    let index = first(text).or_else(|| (other != text).then(|| first(other)).flatten())?;
    lines.get(index).copied()
}
