//! A line of the configuration becomes a driver.

use at_codec::profile::{COUNTRIES, Country, ModemProfile, PROFILES};
use call_event::LineId;
use call_guard::{LineEnds, LineStarter};
use voice_modem::{SecondSocket, Settings, VoiceModem};

use crate::config::{FirstRing, LineSection};

/// A line's settings as the driver takes them.
///
/// # Errors
///
/// What is not known, and what is.
pub(crate) fn settings(line: &LineSection) -> Result<Settings, String> {
    let mut settings = Settings::new(LineId::new(&line.name));
    settings.port.clone_from(&line.device);
    settings.profile = line.profile.as_deref().map(profile).transpose()?;
    settings.country = line.country.as_deref().map(country).transpose()?;
    settings.extra_commands.clone_from(&line.extra_commands);
    settings.quiet_gap = line.quiet_gap.map(|span| span.0);
    if line.first_ring == FirstRing::Silent {
        let usual = SecondSocket::default();
        settings.second_socket = Some(SecondSocket {
            apart: line.phones_apart.clone().unwrap_or(usual.apart),
            joined: line.phones_joined.clone().unwrap_or(usual.joined),
        });
    }
    if let Some(baud) = line.baud {
        settings.baud = baud;
    }
    for (set, own) in [
        (&mut settings.no_caller_id, line.no_caller_id),
        (&mut settings.ring_gap, line.ring_gap),
        (&mut settings.probe_every, line.probe_every),
    ] {
        if let Some(span) = own {
            *set = span.0;
        }
    }
    Ok(settings)
}

fn profile(name: &str) -> Result<&'static ModemProfile, String> {
    ModemProfile::by_name(name).ok_or_else(|| {
        let known: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
        format!("there is no modem profile \"{name}\"; there are: {}", known.join(", "))
    })
}

fn country(code: &str) -> Result<&'static Country, String> {
    Country::by_code(code).ok_or_else(|| {
        let known: Vec<&str> = COUNTRIES.iter().map(|country| country.code).collect();
        format!("no caller-ID settings are known for the country \"{code}\"; there are: {}", known.join(", "))
    })
}

/// What starts the line's driver.
///
/// # Errors
///
/// What is not known, and what is.
pub(crate) fn starter(line: &LineSection) -> Result<LineStarter, String> {
    let settings = settings(line)?;
    Ok(Box::new(move || {
        let line = VoiceModem::spawn(settings.clone());
        Ok(LineEnds { events: line.events, commands: line.commands })
    }))
}
