//! A line with a voice modem.

use std::path::PathBuf;
use std::time::Duration;

use call_event::LineId;
use serde::Deserialize;

use super::span::Span;

/// A line with a voice modem.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LineSection {
    /// What the line is called in log and notices.
    #[serde(default = "home")]
    pub name: String,
    /// The serial port, best by `/dev/serial/by-id/`. Without it the first modem that is found.
    #[serde(default)]
    pub device: Option<PathBuf>,
    /// The port's speed; USB modems do not care.
    #[serde(default)]
    pub baud: Option<u32>,
    /// The make of modem, if it is not to be found out.
    #[serde(default)]
    pub profile: Option<String>,
    /// The country of the line (`US`, `DE` ...), which decides how it sends caller IDs.
    #[serde(default)]
    pub country: Option<String>,
    /// Commands sent after each reset beside the usual.
    #[serde(default)]
    pub extra_commands: Vec<String>,
    /// A caller ID is complete after so long nothing.
    #[serde(default)]
    pub quiet_gap: Option<Span>,
    /// After the first ring for so long no caller ID, and none will come.
    #[serde(default)]
    pub no_caller_id: Option<Span>,
    /// After the last ring for so long none, and the caller has given up.
    #[serde(default)]
    pub ring_gap: Option<Span>,
    /// Between two looks whether the modem is still there.
    #[serde(default)]
    pub probe_every: Option<Span>,
    /// Whether telephones on the modem's second socket hear the first ring.
    #[serde(default)]
    pub first_ring: FirstRing,
    /// The command that parts the second socket from the line, for `first-ring = "silent"`.
    #[serde(default)]
    pub phones_apart: Option<String>,
    /// The command that joins it again.
    #[serde(default)]
    pub phones_joined: Option<String>,
}

/// Whether telephones on the modem's second socket hear the first ring.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirstRing {
    /// They do.
    #[default]
    Heard,
    /// They are kept from the line until a call may ring, where the modem can do that.
    Silent,
}

fn home() -> String {
    "home".into()
}

impl Default for LineSection {
    fn default() -> Self {
        Self {
            name: home(),
            device: None,
            baud: None,
            profile: None,
            country: None,
            extra_commands: Vec::new(),
            quiet_gap: None,
            no_caller_id: None,
            ring_gap: None,
            probe_every: None,
            first_ring: FirstRing::Heard,
            phones_apart: None,
            phones_joined: None,
        }
    }
}

impl LineSection {
    /// After the last ring for so long none, and the caller has given up.
    pub(super) fn ring_gap(&self) -> Duration {
        self.ring_gap.map_or_else(|| voice_modem::Settings::new(LineId::new("")).ring_gap, |span| span.0)
    }

    /// What no type can say.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.name.is_empty() || self.name.len() > 64 || self.name.chars().any(char::is_control) {
            return Err("a line's name has 1 to 64 letters".into());
        }
        let sent = self.extra_commands.iter().chain(&self.phones_apart).chain(&self.phones_joined);
        for command in sent {
            if !command.to_ascii_uppercase().starts_with("AT") || command.contains(char::is_control) {
                return Err(format!(
                    "the command \"{}\" does not begin with AT, or is no single line",
                    command.escape_debug()
                ));
            }
        }
        if self.first_ring == FirstRing::Heard && self.phones_apart.is_some() {
            return Err("phones-apart does nothing without first-ring = \"silent\"".into());
        }
        Ok(())
    }
}
