//! What a modem is, what it can do, and what is to be done about it.

use std::path::{Path, PathBuf};

use at_codec::profile::{COUNTRIES, Country, CountrySetting};

use crate::Findings;

/// What asks a modem for its country.
pub(crate) const QUESTION: &str = "AT+GCI?";

/// A modem, looked over.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CheckUp {
    /// Its port.
    pub port: PathBuf,
    /// Its own words.
    pub words: String,
    /// The name of its profile.
    pub profile: &'static str,
    /// The command that switched caller ID on.
    pub caller_id: Option<&'static str>,
    /// The country that it is set to, in a few words.
    pub country: String,
    /// The form of sound that is used.
    pub voice: Option<String>,
    /// The class in which it would answer as a fax machine.
    pub fax: Option<&'static str>,
    /// What it is good for.
    pub verdict: &'static str,
    /// What is to be done.
    pub remedies: Vec<String>,
}

impl CheckUp {
    /// Draws the conclusions. `gci` is what the modem said when it was asked for its country.
    pub(crate) fn new(port: &Path, findings: &Findings, country: Option<&Country>, gci: &[u8]) -> Self {
        let Findings { info, words, profile, caller_id, sound_forms, sound_form, fax, .. } = findings.clone();
        let tells_country = profile.country != CountrySetting::None;
        let set_to = gci_country(gci);
        let country_text = match (country, &set_to) {
            (Some(country), _) if tells_country => format!("set to {}", country.code),
            (_, Some(set)) => format!("set to {set}"),
            (_, None) if tells_country => "not set".into(),
            _ => "cannot be set on this make".into(),
        };
        let mut remedies = Vec::new();
        if caller_id.is_none() {
            remedies.push("It takes no caller-ID command: use another modem to screen calls.".into());
        }
        if tells_country && country.is_none() {
            remedies.push(
                "Name the country of the line (`--country`, or `country` in the configuration): \
                 without it caller IDs may not show."
                    .into(),
            );
        }
        if !info.voice && caller_id.is_some() {
            remedies.push(if profile.voice && !sound_forms.is_empty() {
                "It offers no form of sound that is understood; it can still end calls.".into()
            } else {
                "It cannot play or record; it can end calls.".into()
            });
        }
        if caller_id.is_some() {
            remedies.push(
                "Call the line once: if the telephone rings and `callblock log` shows no number, ask the telephone \
                 company whether caller ID is switched on, then try another country."
                    .into(),
            );
        }
        Self {
            port: port.to_path_buf(),
            words,
            profile: profile.name,
            caller_id,
            country: country_text,
            voice: info
                .voice
                .then(|| sound_form.map(|form| format!("{} ({})", form.name, form.id)).unwrap_or_default()),
            fax: fax.map(|class| class.value()),
            verdict: match (caller_id.is_some(), info.voice) {
                (true, true) => "can screen, can speak",
                (true, false) => "can screen; caller ID only",
                (false, true) => "can speak, cannot screen",
                (false, false) => "cannot screen",
            },
            remedies,
        }
    }

    /// The same for people, line by line.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            format!("port       {}", self.port.display()),
            format!(
                "modem      {}",
                if self.words.is_empty() { "says nothing of itself" } else { &self.words }
            ),
            format!("profile    {}", self.profile),
            format!(
                "caller ID  {}",
                self.caller_id.map_or_else(|| "no".into(), |command| format!("yes, by {command}"))
            ),
            format!("country    {}", self.country),
            format!(
                "voice      {}",
                self.voice.as_deref().map_or_else(|| "no".into(), |form| format!("yes, {form}"))
            ),
            format!(
                "fax        {}",
                self.fax.map_or_else(|| "no".into(), |class| format!("yes, class {class}"))
            ),
            format!("verdict    {}", self.verdict),
        ];
        lines.extend(self.remedies.iter().map(|remedy| format!("- {remedy}")));
        lines
    }
}

/// The country that the modem says it is set to.
fn gci_country(reply: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(reply);
    let value = text.lines().find_map(|line| {
        let line = line.trim();
        let value = line.strip_prefix("+GCI:").unwrap_or(line).trim();
        (value.len() == 2 && value.bytes().all(|b| b.is_ascii_hexdigit())).then(|| value.to_owned())
    })?;
    let named: Vec<&str> =
        COUNTRIES.iter().filter(|c| c.gci.eq_ignore_ascii_case(&value)).map(|c| c.code).collect();
    Some(if named.is_empty() { value } else { format!("{} ({value})", named.join("/")) })
}
