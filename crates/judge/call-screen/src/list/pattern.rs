//! What an entry of a list means: one number, a beginning, a range, a name.

use phone_number::{Country, NumberKey, Numbering, PhoneNumber, ShownNumber};

/// What one entry of a list or rule fits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Pattern {
    /// One number.
    Number(NumberKey),
    /// A number with more digits than any, by its text.
    LongNumber(Box<str>),
    /// All numbers with that beginning.
    Prefix {
        beginning: NumberKey,
        /// Only numbers of other countries: `004*` does not mean one's own +49.
        foreign_only: bool,
    },
    /// All numbers of other countries: `00*`, `+*`.
    Foreign,
    /// From the first to the last, of the same length.
    Range(NumberKey, NumberKey),
    /// A regular expression over the number.
    Expression(String),
    /// A regular expression over the name.
    Name(String),
    /// All numbers of a country, by its calling code.
    Country(&'static str),
}

impl Pattern {
    /// Reads an entry: `030 23125555`, `0900*`, `030?125`, `03023100..03023199`, `/^\+49900/`, `name:SOLAR*`,
    /// `name:/V[0-9]{14}/`, `country:GR`.
    pub(crate) fn read(text: &str, numbering: &Numbering) -> Result<Self, String> {
        let text = text.trim();
        if let Some(expression) = delimited(text) {
            return check(expression).map(Self::Expression);
        }
        if let Some(name) = strip_word(text, "name:") {
            return Self::name(name);
        }
        if let Some(country) = strip_word(text, "country:") {
            let country =
                Country::find(country).ok_or_else(|| format!("no country has the code {country:?}"))?;
            return Ok(Self::Country(country.calling_code()));
        }
        if let Some((first, last)) = text.split_once("..") {
            return Self::range(first, last, numbering);
        }
        Self::number(text, numbering)
    }

    /// A pattern over names: `*` and `?` stand for any letters and any letter; `/…/` is an expression.
    pub(crate) fn name(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("no name behind \"name:\"".into());
        }
        let expression = match delimited(text) {
            Some(expression) => expression.to_owned(),
            None => format!("^{}$", wildcards(text, ".*", ".")),
        };
        check(&expression).map(|e| Self::Name(format!("(?i:{e})")))
    }

    fn range(first: &str, last: &str, numbering: &Numbering) -> Result<Self, String> {
        let key = |text: &str| numbering.read(text.trim()).and_then(|number| number.key());
        match (key(first), key(last)) {
            (Some(first), Some(last)) if first.len() != last.len() => {
                Err("both ends of a range must have the same number of digits".into())
            }
            (Some(first), Some(last)) if first > last => Err("the range ends before it begins".into()),
            (Some(first), Some(last)) => Ok(Self::Range(first, last)),
            _ => Err("a range needs two numbers, such as 03023100..03023199".into()),
        }
    }

    fn number(text: &str, numbering: &Numbering) -> Result<Self, String> {
        let not_a_number = || {
            let mut shown: String = text.chars().take(40).collect();
            if shown.len() < text.len() {
                shown.push('…');
            }
            format!("{shown:?} is not a telephone number")
        };
        // A star at the end behind a digit or sign means a beginning; `**610` is a telephone in the house.
        let body = text.strip_suffix('*').filter(|body| !body.ends_with('*') || body.len() > 2);
        let inner = body.unwrap_or(text);
        let wild = inner.contains('?') || inner.trim_start_matches('*').contains('*') && body.is_some();
        if wild {
            let cleaned: String = inner.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '/')).collect();
            let digits =
                cleaned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'?' | b'*' | b'+' | b'#'));
            if !digits || !cleaned.bytes().any(|b| b.is_ascii_digit()) {
                return Err(not_a_number());
            }
            let lead: String = cleaned.chars().take_while(|c| !matches!(c, '?' | '*')).collect();
            let placed = beginning(&lead, numbering).map_or_else(|| lead.clone(), |b| b.text);
            let rest = wildcards(&cleaned[lead.len()..], "[0-9]*", "[0-9]");
            let tail = if body.is_some() { "" } else { "$" };
            return Ok(Self::Expression(format!("^{}{rest}{tail}", regex::escape(&placed))));
        }
        if let Some(body) = body {
            let cleaned: String =
                body.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '/' | '(' | ')')).collect();
            if matches!(cleaned.as_str(), "+" | "00") {
                return Ok(Self::Foreign);
            }
            let Some(found) = beginning(&cleaned, numbering) else { return Err(not_a_number()) };
            return match NumberKey::new(found.text.as_bytes()) {
                Some(beginning) => Ok(Self::Prefix { beginning, foreign_only: found.foreign_only }),
                None => Err(not_a_number()),
            };
        }
        let number = numbering.read(text).ok_or_else(not_a_number)?;
        let second = text.get(1..).is_some_and(|rest| rest.contains('+'));
        match number.key() {
            Some(key) if !second => Ok(Self::Number(key)),
            // Two numbers that were written as one would never fit anybody.
            _ if second || text.contains(['-', '\u{2013}']) => {
                Err(format!("{text:?} is too long for one number; a range is written FIRST..LAST"))
            }
            _ => Ok(Self::LongNumber(number.as_str().into())),
        }
    }
}

struct Beginning {
    text: String,
    foreign_only: bool,
}

/// What the beginning of a number is in the one form of all numbers.
fn beginning(text: &str, numbering: &Numbering) -> Option<Beginning> {
    ShownNumber::new(text)?;
    let own = numbering.country().map(|country| country.calling_code());
    let international =
        text.strip_prefix('+').or_else(|| text.strip_prefix("00").filter(|r| !r.starts_with('0')));
    if let Some(digits) = international {
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) || digits.starts_with('0') {
            return None;
        }
        let foreign_only = own.is_some_and(|own| own.starts_with(digits) && own != digits);
        return Some(Beginning { text: format!("+{digits}"), foreign_only });
    }
    let plain = Beginning { text: text.to_owned(), foreign_only: false };
    let Some(country) = numbering.country().filter(|_| text.bytes().all(|b| b.is_ascii_digit())) else {
        return Some(plain);
    };
    let home = |national: &str| Beginning {
        text: format!("+{}{national}", country.calling_code()),
        foreign_only: false,
    };
    match country.trunk_prefix() {
        "0" => match text.strip_prefix('0') {
            Some(national) => Some(home(national)),
            // Short codes stand as they are; what is left is a number in the own area.
            None if text.len() < 3 || is_short_lead(text, country) || numbering.area().is_empty() => {
                Some(plain)
            }
            None => Some(home(&format!("{}{text}", numbering.area()))),
        },
        trunk => {
            let national =
                text.strip_prefix(trunk).filter(|n| !trunk.is_empty() && !n.is_empty()).unwrap_or(text);
            Some(home(national))
        }
    }
}

/// Whether all numbers with that beginning may be short codes of the country.
fn is_short_lead(text: &str, country: &Country) -> bool {
    (0..=3).any(|more| {
        [b'0', b'1', b'5', b'9'].iter().any(|&digit| {
            let filled: String = text.chars().chain(std::iter::repeat_n(char::from(digit), more)).collect();
            country.is_short(&filled) || country.is_emergency(&filled)
        })
    })
}

/// What stands between two slashes.
fn delimited(text: &str) -> Option<&str> {
    text.strip_prefix('/')?.strip_suffix('/').filter(|inner| !inner.is_empty())
}

fn strip_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    text.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word)).map(|_| text[word.len()..].trim())
}

fn check(expression: &str) -> Result<String, String> {
    match regex::RegexBuilder::new(expression).size_limit(1 << 20).build() {
        Ok(_) => Ok(expression.to_owned()),
        Err(regex::Error::CompiledTooBig(_)) => Err("the regular expression is too large".into()),
        Err(error) => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            Err(format!("not a regular expression: {last}"))
        }
    }
}

/// A text with `*` and `?` as a regular expression.
fn wildcards(text: &str, many: &str, one: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '*' => out.push_str(many),
            '?' => out.push_str(one),
            _ => out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    out
}

/// A caller as patterns see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'c> {
    /// The number in its one form.
    pub(crate) number: Option<&'c PhoneNumber>,
    /// The number packed.
    pub(crate) key: Option<NumberKey>,
    /// The number as shown; empty if none was.
    pub(crate) shown: &'c str,
    /// The name as sent; empty if none was.
    pub(crate) name: &'c str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Pattern, String> {
        Pattern::read(text, &Numbering::new("DE", Some("30")).unwrap())
    }

    fn key(text: &str) -> NumberKey {
        NumberKey::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn entries_mean_what_people_write() {
        let known = [
            ("030 23125555", Pattern::Number(key("+493023125555"))),
            ("+49 30 23125555", Pattern::Number(key("+493023125555"))),
            ("**610", Pattern::Number(key("**610"))),
            ("11833", Pattern::Number(key("11833"))),
            ("0900*", Pattern::Prefix { beginning: key("+49900"), foreign_only: false }),
            ("+44*", Pattern::Prefix { beginning: key("+44"), foreign_only: false }),
            ("0044 77*", Pattern::Prefix { beginning: key("+4477"), foreign_only: false }),
            ("004*", Pattern::Prefix { beginning: key("+4"), foreign_only: true }),
            ("118*", Pattern::Prefix { beginning: key("118"), foreign_only: false }),
            ("2312*", Pattern::Prefix { beginning: key("+49302312"), foreign_only: false }),
            ("00*", Pattern::Foreign),
            ("+*", Pattern::Foreign),
            ("030?55", Pattern::Expression("^\\+4930[0-9]55$".into())),
            ("030*55*", Pattern::Expression("^\\+4930[0-9]*55".into())),
            ("03023100..03023199", Pattern::Range(key("+493023100"), key("+493023199"))),
            ("/^\\+49900/", Pattern::Expression("^\\+49900".into())),
            ("name:Solar*", Pattern::Name("(?i:^Solar.*$)".into())),
            ("country:GR", Pattern::Country("30")),
        ];
        for (text, pattern) in known {
            assert_eq!(read(text), Ok(pattern), "{text}");
        }
    }

    #[test]
    fn what_means_nothing_is_said() {
        for text in ["hello", "", "/(/", "*", "030..", "03023..030231", "name:", "country:XX", "+0*", "a*b?"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
