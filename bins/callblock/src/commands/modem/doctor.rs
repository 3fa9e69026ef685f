//! `callblock modem doctor`: what a modem is, what it can do, and what is to be done about it.

use std::path::PathBuf;
use std::time::Duration;

use at_codec::ModemProfile;
use at_codec::profile::{COUNTRIES, Country, CountrySetting};
use voice_modem::{Findings, VoiceModem};

use crate::Failure;

/// Options of `callblock modem doctor`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The modem's port. Without it: the first modem found.
    port: Option<PathBuf>,
    /// The country of the line, by its two letters.
    #[arg(long, value_name = "CC")]
    country: Option<String>,
    /// The make of modem, if it is not to be found out.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
}

struct Report {
    port: PathBuf,
    words: String,
    profile: &'static str,
    caller_id: Option<&'static str>,
    country: String,
    voice: Option<String>,
    fax: Option<&'static str>,
    verdict: &'static str,
    remedies: Vec<String>,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let mut settings = super::settings(options.port.as_ref());
    if let Some(code) = &options.country {
        let country = Country::by_code(code).ok_or_else(|| {
            let known: Vec<&str> = COUNTRIES.iter().map(|country| country.code).collect();
            Failure::new(Failure::USAGE, format!("unknown country `{code}`; known are {}", known.join(" ")))
        })?;
        settings.country = Some(country);
    }
    if let Some(name) = &options.profile {
        let profile = ModemProfile::by_name(name).ok_or_else(|| {
            let known: Vec<&str> = at_codec::profile::PROFILES.iter().map(|profile| profile.name).collect();
            Failure::new(Failure::USAGE, format!("unknown profile `{name}`; known are {}", known.join(" ")))
        })?;
        settings.profile = Some(profile);
    }
    let country = settings.country;
    let mut modem = VoiceModem::open(settings).map_err(|error| super::failure(&error))?;
    let asked = modem.ask("AT+GCI?", Duration::from_secs(2)).map_err(|error| super::failure(&error))?;
    let report = report(&modem, country, &asked);
    if options.json {
        print_json(&report);
    } else {
        for line in lines(&report) {
            println!("{line}");
        }
    }
    Ok(())
}

fn report(modem: &VoiceModem, country: Option<&Country>, gci: &[u8]) -> Report {
    let Findings { info, words, profile, caller_id, sound_forms, sound_form, fax, .. } =
        modem.findings().clone();
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
    Report {
        port: modem.port().to_path_buf(),
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

/// What the doctor says, line by line.
fn lines(report: &Report) -> Vec<String> {
    let mut lines = vec![
        format!("port       {}", report.port.display()),
        format!(
            "modem      {}",
            if report.words.is_empty() { "says nothing of itself" } else { &report.words }
        ),
        format!("profile    {}", report.profile),
        format!(
            "caller ID  {}",
            report.caller_id.map_or_else(|| "no".into(), |command| format!("yes, by {command}"))
        ),
        format!("country    {}", report.country),
        format!(
            "voice      {}",
            report.voice.as_deref().map_or_else(|| "no".into(), |form| format!("yes, {form}"))
        ),
        format!(
            "fax        {}",
            report.fax.map_or_else(|| "no".into(), |class| format!("yes, class {class}"))
        ),
        format!("verdict    {}", report.verdict),
    ];
    lines.extend(report.remedies.iter().map(|remedy| format!("- {remedy}")));
    lines
}

/// Asks a modem, and says what the doctor says.
#[cfg(feature = "web")]
pub(crate) fn findings(settings: voice_modem::Settings) -> Result<Vec<String>, Failure> {
    let country = settings.country;
    let mut modem = VoiceModem::open(settings).map_err(|error| super::failure(&error))?;
    let asked = modem.ask("AT+GCI?", Duration::from_secs(2)).map_err(|error| super::failure(&error))?;
    Ok(lines(&report(&modem, country, &asked)))
}

fn print_json(report: &Report) {
    let value = serde_json::json!({
        "port": report.port,
        "modem": report.words,
        "profile": report.profile,
        "caller_id": report.caller_id,
        "country": report.country,
        "voice": report.voice,
        "fax": report.fax,
        "verdict": report.verdict,
        "remedies": report.remedies,
    });
    println!("{value}");
}
