//! Names of areas, and which area codes exist.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use crate::Error;

/// Area codes of one country, or prefixes of the world, with their names.
///
/// Comes with all German areas; [`Areas::from_official_csv`] reads a newer list.
#[derive(Debug, Clone)]
pub struct Areas {
    /// The names, one a line; the bundled ones stay where they are in the program.
    text: Cow<'static, str>,
    /// The codes in their order, each with the place of its name: eight bytes for an area.
    rows: Vec<(Code, u32)>,
    longest: usize,
    shortest: usize,
}

/// Up to eight digits, four bits each from the left, so that codes sort as their texts do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Code(u32);

impl Code {
    const MAX_LEN: usize = 8;

    /// `None` if these are no digits, none at all or too many.
    fn new(digits: &[u8]) -> Option<Self> {
        let plain =
            !digits.is_empty() && digits.len() <= Self::MAX_LEN && digits.iter().all(u8::is_ascii_digit);
        let places = (0..Self::MAX_LEN).map(|place| digits.get(place).map_or(0, |digit| digit - b'0' + 1));
        plain.then(|| Self(places.fold(0, |code, place| code << 4 | u32::from(place))))
    }
}

static GERMAN: LazyLock<Arc<Areas>> =
    LazyLock::new(|| Arc::new(Areas::bundled(include_str!("../data/areas-49.tsv"))));
static WORLD: LazyLock<Areas> = LazyLock::new(|| Areas::bundled(include_str!("../data/areas.tsv")));

impl Areas {
    /// The German areas that come with the program.
    pub fn german() -> Arc<Self> {
        GERMAN.clone()
    }

    pub(crate) fn bundled_german() -> &'static Self {
        &GERMAN
    }

    /// Areas of countries other than Germany, by the digits after `+`.
    pub(crate) fn world() -> &'static Self {
        &WORLD
    }

    fn bundled(table: &'static str) -> Self {
        let mut rows = Vec::with_capacity(table.bytes().filter(|&byte| byte == b'\n').count());
        let mut at = 0;
        for line in table.split_inclusive('\n') {
            if let Some((code, _)) = line.split_once('\t').filter(|_| !line.starts_with('#')) {
                rows.extend(Code::new(code.as_bytes()).zip(u32::try_from(at + code.len() + 1).ok()));
            }
            at += line.len();
        }
        Self::of(table.into(), rows)
    }

    fn of(text: Cow<'static, str>, mut rows: Vec<(Code, u32)>) -> Self {
        if !rows.is_sorted_by(|a, b| a.0 < b.0) {
            // Of areas that stand there twice the last one counts.
            rows.sort_unstable_by_key(|&(code, at)| (code, std::cmp::Reverse(at)));
            rows.dedup_by_key(|row| row.0);
        }
        let lengths = || rows.iter().map(|(code, _)| Code::MAX_LEN - code.0.trailing_zeros() as usize / 4);
        let (longest, shortest) = (lengths().max().unwrap_or(0), lengths().min().unwrap_or(usize::MAX));
        Self { text, rows, longest, shortest }
    }

    /// Reads the list of area codes that the German Federal Network Agency publishes: code, name and `1` if it
    /// is in use, separated by semicolons, in UTF-8 or Latin-1.
    ///
    /// ```
    /// let table = b"Ortsnetzkennzahl;Ortsnetzname;KennzeichenAktiv\n30;Berlin;1\n33927;Linum;0\n\x1a";
    /// let areas = phone_number::Areas::from_official_csv(table).unwrap();
    /// assert_eq!(areas.find("3023125555"), Some(("30", "Berlin")));
    /// assert_eq!(areas.len(), 1);
    /// ```
    ///
    /// # Errors
    ///
    /// The first line that is not of that form, or that the table holds no area at all: a table that is damaged
    /// would make callers from the missing areas look false.
    pub fn from_official_csv(bytes: &[u8]) -> Result<Self, Error> {
        let text: Cow<'_, str> = match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => bytes.iter().map(|&b| char::from(b)).collect::<String>().into(),
        };
        let mut names = String::with_capacity(text.len());
        let mut rows = Vec::new();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim_end_matches(['\r', '\u{1a}']);
            let bad = |reason: &str| Error::BadTable { line: index + 1, reason: reason.into() };
            let mut fields = line.split(';').map(str::trim);
            let (code, name, active) = (fields.next().unwrap_or_default(), fields.next(), fields.next());
            let header = index == 0 && !code.starts_with(|c: char| c.is_ascii_digit());
            if line.is_empty() || header {
                continue;
            }
            let name = name.filter(|n| !n.is_empty()).ok_or_else(|| bad("no name of an area"))?;
            if active.is_some_and(|active| active == "0") {
                continue;
            }
            let code = code.trim_start_matches('0');
            let row =
                Code::new(code.as_bytes()).filter(|_| code.len() <= 6).zip(u32::try_from(names.len()).ok());
            rows.push(row.ok_or_else(|| bad("not an area code"))?);
            names += name;
            names.push('\n');
        }
        if rows.is_empty() {
            return Err(Error::BadTable { line: 1, reason: "no area in use is in it".into() });
        }
        Ok(Self::of(names.into(), rows))
    }

    /// How many areas there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The area that a national number without trunk prefix belongs to: its code and name. The longest code
    /// wins.
    pub fn find<'n>(&self, national: &'n str) -> Option<(&'n str, &str)> {
        (self.shortest..=self.longest.min(national.len())).rev().find_map(|len| {
            let code = national.get(..len)?;
            let wanted = Code::new(code.as_bytes())?;
            let row = self.rows.binary_search_by_key(&wanted, |row| row.0).ok()?;
            Some((code, self.text.get(self.rows[row].1 as usize..)?.lines().next()?))
        })
    }
}
