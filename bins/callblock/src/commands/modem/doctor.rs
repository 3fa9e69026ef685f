//! `callblock modem doctor`: what a modem is, what it can do, and what is to be done about it.

use std::path::PathBuf;

use at_codec::ModemProfile;
use at_codec::profile::{COUNTRIES, Country};
use voice_modem::{CheckUp, VoiceModem};

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
    let report = check_up(settings)?;
    if options.json {
        print_json(&report);
    } else {
        for line in report.lines() {
            println!("{line}");
        }
    }
    Ok(())
}

/// Asks a modem.
pub(crate) fn check_up(settings: voice_modem::Settings) -> Result<CheckUp, Failure> {
    let mut modem = VoiceModem::open(settings).map_err(|error| super::failure(&error))?;
    modem.check_up().map_err(|error| super::failure(&error))
}

fn print_json(report: &CheckUp) {
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
