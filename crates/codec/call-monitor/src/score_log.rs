//! The log of a blocker as the Airport1 tools write it: one line for each decision.

use std::fmt;

use crate::Stamp;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rate {
    /// It stands in an allow list.
    Whitelist,
    /// It stands in a deny list.
    Blacklist,
    /// It was rated and passed.
    Pass,
    /// It was rated and blocked.
    Block,
}

impl Rate {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Whitelist, "WHITELIST"),
        (Self::Blacklist, "BLACKLIST"),
        (Self::Pass, "PASS"),
        (Self::Block, "BLOCK"),
    ];
}

/// Who was asked, as the bits of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Method(pub u8);

impl Method {
    /// Nobody outside was asked: a phone book or the numbering plan decided.
    pub const NONE: Self = Self(0);
    /// A rating site.
    pub const RATING: Self = Self(1);
    /// A reverse search.
    pub const REVERSE_SEARCH: Self = Self(2);
}

/// One line: `date time;RATE;method;number;"name";score;comments;searches;`.
///
/// ```
/// use call_monitor::ScoreEntry;
/// let line = r#"20.06.20 12:30:00;BLOCK;1;03023125555;"a ""good"" offer";8;12;340;"#;
/// let entry = ScoreEntry::parse(line).unwrap();
/// assert_eq!((entry.score, &*entry.name), (8, "a \"good\" offer"));
/// assert_eq!(entry.to_string(), line);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreEntry {
    /// When.
    pub stamp: Stamp,
    /// What was decided.
    pub rate: Rate,
    /// By what.
    pub method: Method,
    /// The caller; empty if withheld.
    pub number: Box<str>,
    /// The name, if one was found.
    pub name: Box<str>,
    /// 1 (good) to 9 (bad); 0 if nobody rated it.
    pub score: u8,
    /// How many rated it.
    pub comments: u32,
    /// How many asked for it.
    pub searches: u32,
}

impl ScoreEntry {
    /// Reads a line; `None` if it is not one of these.
    pub fn parse(line: &str) -> Option<Self> {
        let mut fields = Vec::with_capacity(8);
        let mut rest = line.trim_end();
        while !rest.is_empty() && fields.len() < 8 {
            let (field, after) = field(rest)?;
            fields.push(field);
            rest = after;
        }
        // The tools write ratings only where they asked for one.
        let [stamp, rate, method, number, name, rating @ ..] = fields.as_slice() else { return None };
        let count = |at: usize| match rating.get(at).map(String::as_str) {
            None | Some("" | "None") => Some(0),
            Some(text) => text.parse::<u32>().ok(),
        };
        Some(Self {
            stamp: Stamp::parse(stamp.as_bytes())?,
            rate: Rate::ALL.iter().find(|(_, w)| w == rate)?.0,
            method: Method(method.parse().ok()?),
            number: number.as_str().into(),
            name: name.as_str().into(),
            score: u8::try_from(count(0)?).ok()?,
            comments: count(1)?,
            searches: count(2)?,
        })
    }
}

/// A field up to its `;`, and what follows. Quotes keep semicolons; two quotes are one.
fn field(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        return match text.split_once(';') {
            Some((field, rest)) => Some((field.into(), rest)),
            None => Some((text.into(), "")),
        };
    };
    let mut out = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '"' {
            out.push(c);
        } else if chars.next_if(|&(_, next)| next == '"').is_some() {
            out.push('"');
        } else {
            let rest = quoted.get(at + 1..)?;
            return match rest.strip_prefix(';') {
                Some(rest) => Some((out, rest)),
                None => rest.is_empty().then_some((out, "")),
            };
        }
    }
    None
}

impl fmt::Display for ScoreEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = Rate::ALL.iter().find(|(r, _)| *r == self.rate).map_or("-", |r| r.1);
        let method = self.method.0;
        // A name is whatever a stranger chose; it must not end the line or the field.
        let name: String = self.name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let number: String =
            self.number.chars().filter(|c| !c.is_control() && *c != ';' && *c != '"').collect();
        write!(
            f,
            "{};{rate};{method};{number};\"{}\";{};{};{};",
            self.stamp,
            name.replace('"', "\"\""),
            self.score,
            self.comments,
            self.searches
        )
    }
}
