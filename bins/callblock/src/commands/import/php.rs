//! A PHP array as data: read, never run.

/// A value of a PHP array.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    /// Keys are kept as text; entries without one have none.
    List(Vec<(Option<String>, Self)>),
}

impl Value {
    /// The entry under a key.
    pub(super) fn get(&self, key: &str) -> &Self {
        const NOTHING: Value = Value::Null;
        match self {
            Self::List(entries) => {
                entries.iter().find(|(k, _)| k.as_deref() == Some(key)).map_or(&NOTHING, |(_, value)| value)
            }
            _ => &NOTHING,
        }
    }

    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub(super) fn flag(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            Self::Number(number) => Some(*number != 0.0),
            _ => None,
        }
    }

    pub(super) fn values(&self) -> Vec<&Self> {
        match self {
            Self::List(entries) => entries.iter().map(|(_, value)| value).collect(),
            Self::Null => Vec::new(),
            single => vec![single],
        }
    }
}

/// Arrays within arrays are read no deeper than that.
const DEPTH: usize = 16;

/// The first array of a PHP file. Everything that is no literal is a mistake.
pub(super) fn parse(source: &str) -> Result<Value, String> {
    let mut reader = Reader { rest: source, source };
    // Up to the array there is `<?php`, comments, `return` or `$config =`.
    loop {
        reader.skip_space();
        if reader.rest.is_empty() {
            return Err("there is no array in it".into());
        }
        if reader.rest.starts_with('[') || reader.starts_array() {
            return reader.value(0);
        }
        reader.rest = reader.rest.strip_prefix("<?php").unwrap_or_else(|| {
            let mut chars = reader.rest.chars();
            chars.next();
            chars.as_str()
        });
    }
}

struct Reader<'a> {
    rest: &'a str,
    source: &'a str,
}

impl<'a> Reader<'a> {
    fn wrong<T>(&self, what: &str) -> Result<T, String> {
        let read = self.source.len() - self.rest.len();
        let line = self.source.get(..read).map_or(0, |text| text.matches('\n').count()) + 1;
        Err(format!("line {line}: {what}"))
    }

    fn skip_space(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let after = if self.rest.starts_with("//") || self.rest.starts_with('#') {
                self.rest.split_once('\n').map_or("", |(_, after)| after)
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                comment.split_once("*/").map_or("", |(_, after)| after)
            } else {
                return;
            };
            self.rest = after;
        }
    }

    fn starts_array(&self) -> bool {
        self.rest.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("array"))
            && self.rest[5..].trim_start().starts_with('(')
    }

    fn take(&mut self, word: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        self.skip_space();
        if depth > DEPTH {
            return self.wrong("arrays too deep");
        }
        if self.starts_array() {
            self.rest = self.rest[5..].trim_start();
            self.rest = &self.rest[1..];
            return self.list(")", depth);
        }
        if self.take("[") {
            return self.list("]", depth);
        }
        if let Some(quote) = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            return self.text(quote).map(Value::Text);
        }
        let end =
            self.rest.find(|c: char| !(c.is_alphanumeric() || "+-._".contains(c))).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        let value = match word.to_ascii_lowercase().as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            number => match number.parse() {
                Ok(number) => Value::Number(number),
                Err(_) => return self.wrong("only texts, numbers, true, false, null and arrays are read"),
            },
        };
        self.rest = rest;
        Ok(value)
    }

    fn list(&mut self, end: &str, depth: usize) -> Result<Value, String> {
        let mut entries = Vec::new();
        loop {
            if self.take(end) {
                return Ok(Value::List(entries));
            }
            let first = self.value(depth + 1)?;
            if self.take("=>") {
                let value = self.value(depth + 1)?;
                entries.push((first.text(), value));
            } else {
                entries.push((None, first));
            }
            if !self.take(",")
                && !{
                    self.skip_space();
                    self.rest.starts_with(end)
                }
            {
                return self.wrong("a comma is missing");
            }
        }
    }

    fn text(&mut self, quote: char) -> Result<String, String> {
        let mut out = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, next)) if next == quote || next == '\\' => out.push(next),
                    Some((_, 'n')) if quote == '"' => out.push('\n'),
                    Some((_, next)) => out.extend(['\\', next]),
                    None => break,
                },
                c if c == quote => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(out);
                }
                c => out.push(c),
            }
        }
        self.wrong("a text has no end")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_in_both_notations() {
        let value = parse(
            "<?php\n// it's a comment\nreturn [\n  'a' => 'it\\'s', # x\n  \"b\" => array(1, -2.5, 'c' => [true, NULL],),\n];",
        )
        .unwrap();
        assert_eq!(value.get("a").text().as_deref(), Some("it's"));
        assert_eq!(value.get("b").values()[1].number(), Some(-2.5));
        assert_eq!(value.get("b").get("c").values()[0].flag(), Some(true));
    }

    #[test]
    fn code_is_refused_and_never_run() {
        for code in
            ["<?php return ['a' => getenv('X')];", "<?php return ['a' => 'b' . 'c'];", "<?php exit;", "['a"]
        {
            assert!(parse(code).is_err(), "{code}");
        }
        assert!(parse(&"[".repeat(100_000)).is_err());
    }
}
