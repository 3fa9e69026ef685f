//! What is wrong with a configuration: file, line, key, and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

/// A mistake in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub path: PathBuf,
    /// The line, where the mistake has one.
    pub line: Option<usize>,
    /// What is wrong and how to mend it.
    pub text: String,
}

impl ConfigError {
    /// A mistake that belongs to no line.
    pub fn in_file(path: &Path, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, text: text.into() }
    }

    /// A mistake at a key, which is looked for in the text to name its line: `key` alone, `[table` for a heading, or
    /// `[table]key`, which means the heading where the key is not written.
    pub fn at_key(path: &Path, source: &str, key: &str, text: impl Into<String>) -> Self {
        let (table, key) = match key.strip_prefix('[').map(|rest| rest.split_once(']').unwrap_or((rest, "")))
        {
            Some((table, key)) => (Some(table), key),
            None => (None, key),
        };
        let (mut heading, mut inside) = (None, table.is_none());
        let mut line = None;
        for (number, text) in (1..).zip(source.lines().map(str::trim)) {
            let is = |word: &str, ends: &[char]| {
                text.trim_start_matches('[')
                    .strip_prefix(word)
                    .is_some_and(|rest| rest.trim_start().starts_with(ends))
            };
            if text.starts_with('[') {
                inside = table.is_none_or(|table| is(table, &[']']));
                if inside && table.is_some() {
                    heading = heading.or(Some(number));
                }
            }
            if inside && !key.is_empty() && is(key, &['=', ']', '.']) {
                line = line.or(Some(number));
            }
        }
        Self { path: path.to_owned(), line: line.or(heading), text: text.into() }
    }

    /// What the parser found.
    pub fn from_toml(path: &Path, source: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map(|span| span.start.min(source.len()));
        let line = at.map(|at| source.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1);
        let table = at.map(|at| table_at(&source[..at])).unwrap_or_default();
        Self { path: path.to_owned(), line, text: plain(error.message(), &table) }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.text)
    }
}

impl std::error::Error for ConfigError {}

/// The table that a place in the file lies in, as its heading is written.
fn table_at(before: &str) -> String {
    before
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| line.starts_with('['))
        .map(|line| line.split('#').next().unwrap_or(line).trim().to_owned())
        .unwrap_or_default()
}

/// The parser's words in ours, with a remedy.
fn plain(message: &str, table: &str) -> String {
    let place = if table.is_empty() { String::new() } else { format!(" in {table}") };
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if let Some((unknown, known)) = quoted.split_first() {
        if message.starts_with("unknown field") {
            return match nearest(unknown, known) {
                Some(near) => format!("unknown key \"{unknown}\"{place}; did you mean \"{near}\"?"),
                None if known.is_empty() => format!("unknown key \"{unknown}\"{place}; remove it"),
                None => format!("unknown key \"{unknown}\"{place}; there are: {}", known.join(", ")),
            };
        }
        if message.starts_with("unknown variant") {
            return format!("\"{unknown}\" is not possible{place}; write one of: {}", known.join(", "));
        }
        if message.starts_with("missing field") {
            return format!("the key \"{unknown}\" is missing{place}; add it");
        }
    }
    let first = message.lines().next().unwrap_or(message);
    format!("{first}{place}")
}

/// The known word that is only a slip away.
fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.replace('_', "-");
    let near = known.iter().map(|k| (distance(&word, k), *k)).min()?;
    (near.0 <= 1 + word.len() / 4).then_some(near.1)
}

/// How many letters have to be changed, added or removed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let change = corner + usize::from(ca != *cb);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_strange_word_is_not() {
        assert_eq!(nearest("devcie", &["device", "name"]), Some("device"));
        assert_eq!(nearest("hang_up_pause", &["hang-up-pause", "fax-for"]), Some("hang-up-pause"));
        assert_eq!(nearest("colour", &["device", "name"]), None);
    }

    #[test]
    fn a_key_is_looked_for_in_its_table() {
        let source = "[notify]\nquiet = 1\n\n[[line]]\nname = \"a\"\n[[line]]\n name=\"b\"\n[star-key] # is on\nlisten = 2\n";
        let line = |key: &str| ConfigError::at_key(Path::new("x"), source, key, "").line;
        assert_eq!(line("name"), Some(5));
        assert_eq!(line("[line"), Some(4));
        assert_eq!(line("[star-key"), Some(8));
        assert_eq!(line("[star-key]listen"), Some(9));
        assert_eq!(line("[star-key]quiet"), Some(8), "the heading, where the key is not written");
        assert_eq!(line("[notify]quiet"), Some(2));
        assert_eq!(line("[web]listen"), None);
    }

    #[test]
    fn the_line_and_table_of_a_mistake_are_named() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Line {
            #[allow(dead_code, reason = "only read")]
            device: String,
        }
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct All {
            #[allow(dead_code, reason = "only read")]
            line: Vec<Line>,
        }
        let source = "# a line\n[[line]]\ndevice = \"/dev/ttyACM0\"\ndevcie = \"x\"\n";
        let error = toml::from_str::<All>(source).map(|_| ()).expect_err("it has a slip");
        let error = ConfigError::from_toml(Path::new("callblock.toml"), source, &error);
        assert_eq!(
            error.to_string(),
            "callblock.toml:4: unknown key \"devcie\" in [[line]]; did you mean \"device\"?"
        );
    }
}
