//! On this machine's desktop, by `notify-send`.

use serde::Deserialize;

use super::command::{CommandSettings, CommandSink};
use crate::{Notice, SinkError, Template, When};

/// `[[notify.desktop]]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DesktopSettings {
    /// Which notices.
    pub when: When,
}

/// Opens the sink.
pub(crate) fn desktop(settings: &DesktopSettings) -> Result<Desktop, SinkError> {
    let template = |text: &str| {
        Template::new(text).map_err(|e| SinkError::Settings { sink: "desktop".into(), why: e.to_string() })
    };
    let command = CommandSettings {
        program: "notify-send".into(),
        // The two dashes keep a name that begins with a dash from being an option.
        arguments: vec![
            template("--app-name=callblock")?,
            template("--")?,
            template("{headline}")?,
            template("{reason}")?,
        ],
        seconds: 10,
        when: settings.when.clone(),
    };
    Ok(Desktop(CommandSink::open(&command)?))
}

/// Shows notices on the desktop.
#[derive(Debug)]
pub(crate) struct Desktop(CommandSink);

impl crate::notifier::Sink for Desktop {
    fn tell(&mut self, notice: &Notice) -> Result<(), SinkError> {
        // The text below the headline is read as markup; names come from strangers.
        let harmless = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        self.0.tell(&Notice { reason: harmless(&notice.reason), ..notice.clone() }).map_err(|error| {
            match error {
                SinkError::Refused { to, why } if why.contains("cannot be run") => SinkError::Refused {
                    to,
                    why: "it is not there; install libnotify-bin (Debian) or libnotify".into(),
                },
                error => error,
            }
        })
    }
}
