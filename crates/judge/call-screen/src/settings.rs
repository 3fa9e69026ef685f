//! What a configuration says about screening. These are plain values that mirror the file; [`Screen::new`]
//! checks them.
//!
//! [`Screen::new`]: crate::Screen::new

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Which calls ring if nothing else decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Every call rings that no list or rule blocks.
    #[default]
    BlockListed,
    /// Only calls ring that an allow list or a rule lets through.
    AllowListed,
    /// Every call rings; what would have happened stands in the reason.
    LogOnly,
}

/// Everything that decides whether a call may ring.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ScreenSettings {
    /// Which calls ring if nothing else decides.
    pub mode: Mode,
    /// What is done with a blocked call where list or rule say nothing else; `hang-up` if absent.
    pub action: Option<String>,
    /// After how many rings the voice mail takes a call that may ring; never if absent.
    pub rings: Option<u32>,
    /// How long after a call to an emergency number every call rings; `60m` if absent, `0` for never.
    pub emergency_callback: Option<String>,
    /// How long a caller rings freely who passed the challenge; `30d` if absent.
    pub challenge_lasts: Option<String>,
    /// The time zone of the rules, such as `Europe/Berlin`; the computer's own if absent.
    pub timezone: Option<String>,
    /// A calendar file (iCalendar, or lines of `YYYY-MM-DD name`) with the days that count as `holiday`.
    pub holidays: Option<PathBuf>,
    /// The lists.
    #[serde(rename = "list")]
    pub lists: Vec<ListSettings>,
    /// The rules, asked in this order; the first that fits decides.
    #[serde(rename = "rule")]
    pub rules: Vec<RuleSettings>,
    /// Rules that come with the program, asked after one's own: `fbcallrouter`, `fbcallrouter-allow-foreign`.
    pub rule_set: Vec<String>,
    /// What counts as a bad reputation; look-ups are not asked if absent.
    pub lookup: Option<LookupSettings>,
}

impl ScreenSettings {
    /// The rules of a set that comes with the program, and what it holds for a bad reputation.
    pub(crate) fn shipped(name: &str) -> Result<Self, String> {
        let (text, without) = match name {
            "fbcallrouter" => (include_str!("../rules/fbcallrouter.toml"), None),
            "fbcallrouter-allow-foreign" => (include_str!("../rules/fbcallrouter.toml"), Some("foreign")),
            _ => {
                return Err(format!(
                    "no rule set {name:?}; there are fbcallrouter and fbcallrouter-allow-foreign"
                ));
            }
        };
        let mut set: Self = toml::from_str(text).map_err(|error| format!("rule set {name}: {error}"))?;
        set.rules.retain(|rule| Some(rule.name.as_str()) != without);
        Ok(set)
    }
}

/// Whether those on a list may ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListKind {
    /// They always ring.
    Allow,
    /// They are blocked.
    Deny,
}

/// How a list file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListFormat {
    /// By the file's name and its first lines.
    #[default]
    Auto,
    /// pycallblock: `number,name`, quotes as in CSV, the name may be empty. Further columns: who entered it, when,
    /// and until when it holds.
    Csv,
    /// jcblock `.dat`: a key that ends with `?`, a date column, `++++++` for permanent.
    Jcblock,
    /// callattendant: CSV with a heading line `PhoneNo,Name,Reason,…`, or its database, of whose two lists the one
    /// of the setting's kind is read.
    Callattendant,
    /// NCID `ncidd.blacklist`, `ncidd.whitelist`: one item a line, `^` for beginnings.
    Ncid,
    /// One pattern a line, `#` begins a comment.
    Plain,
    /// vCard: every number of every card.
    Vcard,
    /// JSON: numbers, or objects with `number`, `name`, `by`, `added`, `expires`.
    Json,
    /// Made by `callblock list compile`; searched in the file.
    Compiled,
}

/// Which field of a call the keys of a jcblock list are looked for in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchField {
    /// Number or name.
    #[default]
    Any,
    /// The number as shown.
    Number,
    /// The name as sent.
    Name,
    /// The whole record with date and time, as jcblock itself did.
    Record,
}

/// One list of numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ListSettings {
    /// Its name; the file's name if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The file.
    pub file: PathBuf,
    /// Whether those on it may ring.
    pub kind: ListKind,
    /// How it is written.
    #[serde(default)]
    pub format: ListFormat,
    /// What is done with those on it; the general action if absent. Only for deny lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Where the keys of a jcblock list are looked for.
    #[serde(default, rename = "match")]
    pub field: MatchField,
    /// The lines it holds for; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Write the date of the last match back into a jcblock list.
    #[serde(default)]
    pub write_back: bool,
    /// Drop entries of a jcblock list that were not matched for that long, such as `275d`; never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drop_unused_after: Option<String>,
}

impl ListSettings {
    /// A list of that kind in that file, all else as usual.
    pub fn new(kind: ListKind, file: impl Into<PathBuf>) -> Self {
        Self {
            name: None,
            file: file.into(),
            kind,
            format: ListFormat::Auto,
            action: None,
            field: MatchField::Any,
            lines: Vec::new(),
            write_back: false,
            drop_unused_after: None,
        }
    }

    /// The name it goes by in reasons.
    pub fn shown_name(&self) -> String {
        self.name.clone().unwrap_or_else(|| {
            self.file.file_name().map_or_else(|| "list".into(), |name| name.to_string_lossy().into_owned())
        })
    }
}

/// A rule: all conditions that are given must hold. Within one condition, one of its values is enough.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RuleSettings {
    /// Its name, which stands in the log.
    pub name: String,
    /// What is done with the call, such as `ring`, `hang-up`, `record:60`; see [`read_action`](crate::read_action).
    pub action: Option<String>,
    /// `number`, `withheld`, `unavailable`, `none` (the line said nothing at all).
    pub caller: Vec<String>,
    /// `domestic`, `foreign`, `local`, `short`, `emergency`, `test`, `internal`, `odd`.
    pub kind: Vec<String>,
    /// What speaks against the number: `no-such-country`, `no-such-area`, `subscriber-zero`, `national-zero`,
    /// `too-short`, `too-long`, `unassigned-mobile`, `cannot-call`, `disguised-mobile`, `second-number`, `invalid`;
    /// `suspect` for a caller ID that is damaged or forged; `any` for any of them.
    pub doubt: Vec<String>,
    /// Countries: `GR`, `+30`.
    pub country: Vec<String>,
    /// All countries but these; numbers without country do not fit.
    pub country_not: Vec<String>,
    /// Numbers as in lists: `0900*`, `030?1`, `+4930100..+4930199`, `/regular expression/`.
    pub number: Vec<String>,
    /// Names: `SOLAR*`, `/V[0-9]{14}/`; letters in any case.
    pub caller_name: Vec<String>,
    /// Called so often within a time, this call included.
    pub repeated: Option<RepeatedSettings>,
    /// Times of day: `22:00-07:00`.
    pub time: Vec<String>,
    /// Days: `mon` to `sun`, `weekday`, `weekend`, `holiday`, `not-holiday`. A time that passes midnight belongs to
    /// the day on which it begins.
    pub days: Vec<String>,
    /// The time zone of this rule; the general one if absent.
    pub timezone: Option<String>,
    /// The own numbers that were called (MSN).
    pub called: Vec<String>,
    /// The lines.
    pub line: Vec<String>,
}

/// How often within a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RepeatedSettings {
    /// The rule fits from this call on.
    pub calls: u32,
    /// Within that time, such as `10m`.
    pub within: String,
}

/// What counts as a bad reputation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LookupSettings {
    /// From this score on (1 good, 9 bad).
    #[serde(default = "six")]
    pub score: u8,
    /// With at least so many votes.
    #[serde(default = "three")]
    pub votes: u32,
    /// What is done with such a caller; the general action if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}

fn six() -> u8 {
    6
}

fn three() -> u32 {
    3
}

impl Default for LookupSettings {
    fn default() -> Self {
        Self { score: six(), votes: three(), action: None }
    }
}
