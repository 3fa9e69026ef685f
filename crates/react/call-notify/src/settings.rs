//! What the configuration says of the notices: `[[notify.mail]]`, `[[notify.webhook]]` and so on.

use std::path::{Path, PathBuf};

use crossbeam_channel::Sender;
use secret::Secret;
use serde::Deserialize;

use crate::notifier::Sink;
use crate::{Asked, SinkError, When};

/// All sinks. Each kind may stand several times.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct NotifySettings {
    /// Which summaries are told: `daily`, `weekly`.
    pub summaries: Vec<crate::Period>,
    /// At which hour of the day summaries are told; 8 if not said.
    pub summary_hour: Option<u8>,
    /// Pages on the web that tell more of a number, with `{e164}` or `{digits}` in its place. Nobody is asked: they
    /// stand in the notice for people to follow.
    pub links: Option<Vec<String>>,
    /// By mail.
    #[cfg(feature = "mail")]
    pub mail: Vec<crate::sink::mail::MailSettings>,
    /// By Telegram.
    #[cfg(feature = "telegram-notices")]
    pub telegram: Vec<crate::sink::telegram::TelegramSettings>,
    /// By MQTT, for home automation.
    #[cfg(feature = "mqtt")]
    pub mqtt: Vec<crate::sink::mqtt::MqttSettings>,
    /// By a request to a web server; also ntfy and Gotify.
    #[cfg(feature = "webhook")]
    pub webhook: Vec<crate::sink::webhook::WebhookSettings>,
    /// By running a program.
    #[cfg(feature = "command")]
    pub command: Vec<crate::sink::command::CommandSettings>,
    /// By a line on the network, as jcblock sends it.
    #[cfg(feature = "udp")]
    pub udp: Vec<crate::sink::udp::UdpSettings>,
    /// On this machine's desktop.
    #[cfg(feature = "desktop")]
    pub desktop: Vec<crate::sink::desktop::DesktopSettings>,
    /// To NCID clients.
    #[cfg(feature = "ncid")]
    pub ncid: Option<crate::ncid::NcidSettings>,
}

pub(crate) type Opened = (String, When, Box<dyn Sink>);

/// Told where the configuration names no pages.
const LINKS: [&str; 1] = ["https://phoneblock.net/phoneblock/nums/{e164}"];

impl NotifySettings {
    /// The pages that tell more of this number; none of one that is not known in international form.
    pub fn links_of(&self, e164: &str) -> Vec<String> {
        let digits: String = e164.chars().filter(char::is_ascii_digit).collect();
        if digits.is_empty() || !e164.starts_with('+') {
            return Vec::new();
        }
        let fill = |page: &str| page.replace("{e164}", &format!("+{digits}")).replace("{digits}", &digits);
        match &self.links {
            Some(pages) => pages.iter().map(|page| fill(page)).collect(),
            None => LINKS.iter().map(|page| fill(page)).collect(),
        }
    }

    /// True if nothing is set.
    pub fn is_empty(&self) -> bool {
        self.names().is_empty()
    }

    /// How many of the last calls are shown to who asks what was, at the most.
    pub fn calls_remembered(&self) -> usize {
        #[cfg(feature = "ncid")]
        return self.ncid.as_ref().map_or(0, crate::ncid::NcidSettings::most_remembered);
        #[cfg(not(feature = "ncid"))]
        0
    }

    /// The files that the settings name, secrets above all: a program takes them as standing beside its own.
    pub fn files(&mut self) -> Vec<&mut PathBuf> {
        let mut files: Vec<&mut PathBuf> = Vec::new();
        #[cfg(feature = "mail")]
        for mail in &mut self.mail {
            files.extend([&mut mail.ca_file, &mut mail.password_file].into_iter().flatten());
        }
        #[cfg(feature = "telegram-notices")]
        for telegram in &mut self.telegram {
            files.push(&mut telegram.token_file);
            files.extend(&mut telegram.offset_file);
        }
        #[cfg(feature = "mqtt")]
        for mqtt in &mut self.mqtt {
            files.extend(&mut mqtt.password_file);
        }
        #[cfg(feature = "webhook")]
        for webhook in &mut self.webhook {
            files.extend([&mut webhook.key_file, &mut webhook.token_file].into_iter().flatten());
        }
        files
    }

    /// The sinks' names, as `callblock notify test` takes them.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut add = |kind: &str, count: usize| names.extend((0..count).map(|i| numbered(kind, i)));
        #[cfg(feature = "mail")]
        add("mail", self.mail.len());
        #[cfg(feature = "telegram-notices")]
        add("telegram", self.telegram.len());
        #[cfg(feature = "mqtt")]
        add("mqtt", self.mqtt.len());
        #[cfg(feature = "webhook")]
        add("webhook", self.webhook.len());
        #[cfg(feature = "command")]
        add("command", self.command.len());
        #[cfg(feature = "udp")]
        add("udp", self.udp.len());
        #[cfg(feature = "desktop")]
        add("desktop", self.desktop.len());
        #[cfg(feature = "ncid")]
        add("ncid", usize::from(self.ncid.is_some()));
        names
    }

    /// Opens every sink.
    pub(crate) fn open(&self, ask: &Sender<Asked>, past: &[crate::Notice]) -> Result<Vec<Opened>, SinkError> {
        let mut sinks: Vec<Opened> = Vec::new();
        macro_rules! open {
            ($feature:literal, $kind:literal, $list:expr, $open:expr) => {
                #[cfg(feature = $feature)]
                for (i, settings) in $list.iter().enumerate() {
                    let programs = matches!($kind, "mqtt" | "udp" | "ncid");
                    let when = if programs { settings.when.for_programs() } else { settings.when.clone() };
                    sinks.push((numbered($kind, i), when, Box::new($open(settings)?)));
                }
            };
        }
        open!("mail", "mail", self.mail, crate::sink::mail::Mail::open);
        open!("telegram-notices", "telegram", self.telegram, |s| crate::sink::telegram::TelegramSink::open(
            s, ask
        ));
        open!("mqtt", "mqtt", self.mqtt, |s| crate::sink::mqtt::Mqtt::open(s, ask));
        open!("webhook", "webhook", self.webhook, crate::sink::webhook::Webhook::open);
        open!("command", "command", self.command, crate::sink::command::CommandSink::open);
        open!("udp", "udp", self.udp, crate::sink::udp::Udp::open);
        open!("desktop", "desktop", self.desktop, crate::sink::desktop::desktop);
        open!("ncid", "ncid", self.ncid, |s| crate::ncid::NcidServer::open(s, ask, past));
        let _ = (ask, past);
        Ok(sinks)
    }

    /// Sends one notice by the sink of this name, waits for the outcome, and says it.
    ///
    /// # Errors
    ///
    /// There is no such sink, or it failed.
    pub fn tell_one(&self, name: &str, notice: &crate::Notice) -> Result<(), SinkError> {
        let (ask, _asked) = crossbeam_channel::bounded(1);
        let mut sink =
            self.only(name).open(&ask, &[])?.into_iter().next().ok_or_else(|| SinkError::Settings {
                sink: name.into(),
                why: format!("there is none of this name; there are: {}", self.names().join(", ")),
            })?;
        let links = self.links_of(&notice.e164);
        sink.2.tell(&crate::Notice { links, ..notice.clone() })
    }

    /// These settings without all other sinks.
    fn only(&self, name: &str) -> Self {
        let mut one = Self::default();
        macro_rules! pick {
            ($feature:literal, $kind:literal, $field:ident) => {
                #[cfg(feature = $feature)]
                for (i, settings) in self.$field.iter().enumerate() {
                    if numbered($kind, i) == name {
                        one.$field.push(settings.clone());
                    }
                }
            };
        }
        pick!("mail", "mail", mail);
        pick!("telegram-notices", "telegram", telegram);
        pick!("mqtt", "mqtt", mqtt);
        pick!("webhook", "webhook", webhook);
        pick!("command", "command", command);
        pick!("udp", "udp", udp);
        pick!("desktop", "desktop", desktop);
        #[cfg(feature = "ncid")]
        if name == "ncid" {
            one.ncid.clone_from(&self.ncid);
        }
        one
    }
}

/// `mail`, and from the second on `mail-2`.
fn numbered(kind: &str, i: usize) -> String {
    if i == 0 { kind.into() } else { format!("{kind}-{}", i + 1) }
}

/// Reads a secret that stands in a file, by the settings' `…-file`.
pub(crate) fn secret(sink: &str, file: Option<&Path>) -> Result<Option<Secret>, SinkError> {
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    file.map(|file| Secret::from_file(file, credentials.as_deref()))
        .transpose()
        .map_err(|e| SinkError::Settings { sink: sink.into(), why: e.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_named_for_numbers_only_and_carry_nothing_else() {
        let usual = NotifySettings::default();
        assert_eq!(usual.links_of("+493023125555"), ["https://phoneblock.net/phoneblock/nums/+493023125555"]);
        assert!(usual.links_of("").is_empty() && usual.links_of("withheld").is_empty());
        let pages = vec!["https://a.example/{digits}".into(), "https://b.example/?q={e164}".into()];
        let own = NotifySettings { links: Some(pages), ..NotifySettings::default() };
        let told = own.links_of("+49302/?x=<script>1");
        assert_eq!(told, ["https://a.example/493021", "https://b.example/?q=+493021"]);
        let none = NotifySettings { links: Some(Vec::new()), ..NotifySettings::default() };
        assert!(none.links_of("+493023125555").is_empty());
    }
}
