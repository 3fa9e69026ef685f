//! Names of areas, and which area codes exist.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::Error;

/// Area codes of one country, or prefixes of the world, with their names.
///
/// Comes with all German areas; [`Areas::from_official_csv`] reads a newer list.
#[derive(Debug, Clone)]
pub struct Areas {
    /// The bundled tables borrow their text; a table read at run time owns its names.
    names: HashMap<u64, Cow<'static, str>>,
    longest: usize,
    shortest: usize,
}

static GERMAN: LazyLock<Arc<Areas>> =
    LazyLock::new(|| Arc::new(Areas::bundled(include_str!("../data/areas-49.tsv"))));
static WORLD: LazyLock<Areas> = LazyLock::new(|| Areas::bundled(include_str!("../data/areas.tsv")));

impl Areas {
    /// The German areas that come with the program.
    pub fn german() -> Arc<Self> {
        GERMAN.clone()
    }

    /// Areas of countries other than Germany, by the digits after `+`.
    pub(crate) fn world() -> &'static Self {
        &WORLD
    }

    fn empty() -> Self {
        Self { names: HashMap::new(), longest: 0, shortest: usize::MAX }
    }

    fn bundled(table: &'static str) -> Self {
        let mut areas = Self::empty();
        for (code, name) in table.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t')) {
            areas.insert(code, Cow::Borrowed(name));
        }
        areas
    }

    fn insert(&mut self, code: &str, name: Cow<'static, str>) -> bool {
        let Some(packed) = pack(code.as_bytes()) else { return false };
        self.longest = self.longest.max(code.len());
        self.shortest = self.shortest.min(code.len());
        self.names.insert(packed, name);
        true
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
        let mut areas = Self::empty();
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
            if code.len() > 6 || !areas.insert(code, Cow::Owned(name.to_owned())) {
                return Err(bad("not an area code"));
            }
        }
        if areas.names.is_empty() {
            return Err(Error::BadTable { line: 1, reason: "no area in use is in it".into() });
        }
        Ok(areas)
    }

    /// How many areas there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The area that a national number without trunk prefix belongs to: its code and name. The longest code
    /// wins.
    pub fn find<'n>(&self, national: &'n str) -> Option<(&'n str, &str)> {
        (self.shortest..=self.longest.min(national.len())).rev().find_map(|len| {
            let code = national.get(..len)?;
            Some((code, self.names.get(&pack(code.as_bytes())?)?.as_ref()))
        })
    }
}

/// Digits as a number that keeps leading zeros apart; `None` if they are none or too many.
fn pack(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    digits.iter().try_fold(1u64, |packed, &d| d.is_ascii_digit().then(|| packed * 10 + u64::from(d - b'0')))
}
