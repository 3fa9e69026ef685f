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

    /// A mistake whose text quotes the value that is wrong: the last of its quoted words that the file holds as a
    /// value names the line. `None` if the file holds none of them: the mistake stands elsewhere.
    pub fn at_value(path: &Path, source: &str, text: &str) -> Option<Self> {
        let quoted: Vec<&str> = text.split('"').skip(1).step_by(2).filter(|word| !word.is_empty()).collect();
        let holds = |line: &str, word: &str| {
            let line = line.trim_start();
            // The whole value, or what stands behind a colon in it: `record:0`.
            let ends = ['"', '\''].map(|quote| format!("{word}{quote}"));
            let begins = |before: &str| before.ends_with(['"', '\'', ':']);
            !line.starts_with(['#', '['])
                && ends.iter().any(|end| line.match_indices(end.as_str()).any(|(at, _)| begins(&line[..at])))
        };
        let number =
            quoted.iter().rev().find_map(|word| source.lines().position(|line| holds(line, word)))?;
        Some(Self { path: path.to_owned(), line: Some(number + 1), text: text.to_owned() })
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
        .find(|line| line.starts_with('[') && line.contains(']'))
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
    match first.split_once(", expected ") {
        Some((found, expected)) => format!("{found}{place}; write {}", in_words(expected)),
        None => format!("{first}{place}"),
    }
}

/// What a key takes, where the parser names a type of the program.
fn in_words(expected: &str) -> &str {
    match expected.split(' ').next().unwrap_or(expected) {
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "struct" | "map" => "a section of that name, such as [name] and its keys below",
        "sequence" | "a" if expected.ends_with("sequence") => "a list, such as [\"one\", \"two\"]",
        "string" | "a" if expected.ends_with("string") => "a text in quotation marks",
        "path" => "a path in quotation marks",
        "boolean" | "a" if expected.ends_with("boolean") => "true or false",
        _ => expected,
    }
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
    fn what_a_key_takes_is_told_in_words() {
        let plain = |message: &str| plain(message, "[log]");
        assert_eq!(
            plain("invalid type: string \"x\", expected u32"),
            "invalid type: string \"x\" in [log]; write a whole number"
        );
        assert!(
            plain("invalid type: integer `3`, expected a string")
                .ends_with("; write a text in quotation marks")
        );
        assert!(
            plain("invalid type: string \"a\", expected a sequence")
                .ends_with("; write a list, such as [\"one\", \"two\"]")
        );
        assert!(plain("invalid type: integer `1`, expected a boolean").ends_with("; write true or false"));
        assert!(plain("unclosed table, expected `]`").ends_with("in [log]; write `]`"));
    }

    #[test]
    fn a_wrong_value_is_looked_for() {
        let source =
            "# \"foo\"\n[[line]]\nname = \"a\"\n[[screen.rule]]\nname = 'night'\ntime = [\"25:00\"]\n";
        let line = |text: &str| ConfigError::at_value(Path::new("x"), source, text).and_then(|e| e.line);
        assert_eq!(line("rule \"night\": \"25:00\" is no time of day"), Some(6));
        assert_eq!(line("rule \"night\": nothing fits"), Some(5));
        assert_eq!(line("there is no \"foo\""), None, "a comment is no value");
        assert_eq!(line("it cannot be read"), None);
        let source = "[screen]\naction = \"record:0\"\n";
        let timed = ConfigError::at_value(Path::new("x"), source, "\"0\" is no time");
        assert_eq!(timed.and_then(|e| e.line), Some(2));
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
