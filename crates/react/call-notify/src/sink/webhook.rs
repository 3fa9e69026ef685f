//! By a request to a web server: JSON with a signature, or in the words of ntfy and Gotify.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use hmac::{Hmac, Mac as _};
use secret::Secret;
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

use crate::notifier::Sink;
use crate::settings::secret;
use crate::{Happening, Notice, SinkError, Template, When};

/// Whose words are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// The notice as JSON.
    #[default]
    Json,
    /// ntfy: the address is that of the topic.
    Ntfy,
    /// Gotify: the address is that of the server; the token that of the application.
    Gotify,
}

/// `[[notify.webhook]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WebhookSettings {
    /// The address, `https://…`.
    pub url: String,
    /// Whose words are used.
    #[serde(default)]
    pub preset: Preset,
    /// The file with the key of the signature.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
    /// The file with the token by which the server knows us.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// The text, for ntfy and Gotify.
    #[serde(default)]
    pub text: Option<Template>,
    /// Which notices.
    #[serde(default)]
    pub when: When,
}

/// Sends the request.
#[derive(Debug)]
pub(crate) struct Webhook {
    settings: WebhookSettings,
    key: Option<Secret>,
    token: Option<Secret>,
    agent: ureq::Agent,
    /// The server, for messages: an address may hold a secret.
    to: String,
}

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(20);

impl Webhook {
    pub(crate) fn open(settings: &WebhookSettings) -> Result<Self, SinkError> {
        let wrong = |why: &str| SinkError::Settings { sink: "webhook".into(), why: why.into() };
        let rest = settings
            .url
            .strip_prefix("https://")
            .or_else(|| settings.url.strip_prefix("http://"))
            .ok_or_else(|| wrong("the address begins with neither https:// nor http://"))?;
        let host = rest.split(['/', '?']).next().unwrap_or(rest);
        let host = host.rsplit('@').next().unwrap_or(host);
        let token = secret("webhook", settings.token_file.as_deref())?;
        if settings.preset == Preset::Gotify && token.is_none() {
            return Err(wrong(
                "Gotify needs the application's token; put it into a file and name that as token-file",
            ));
        }
        Ok(Self {
            to: host.into(),
            key: secret("webhook", settings.key_file.as_deref())?,
            token,
            agent: ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(PATIENCE))
                // A signed notice goes where it was meant to go, and nowhere else.
                .max_redirects(0)
                .user_agent(concat!("callblock/", env!("CARGO_PKG_VERSION")))
                .build()
                .new_agent(),
            settings: settings.clone(),
        })
    }

    fn text(&self, notice: &Notice) -> String {
        match &self.settings.text {
            Some(template) => template.fill(notice),
            None if notice.text.is_empty() => format!("{}\n{}", notice.headline(), notice.reason),
            None => notice.text.clone(),
        }
    }
}

impl Sink for Webhook {
    fn tell(&mut self, notice: &Notice) -> Result<(), SinkError> {
        let refused = |why: String| SinkError::Refused { to: self.to.clone(), why };
        let urgent = matches!(notice.event, Happening::LineDown | Happening::VoiceMail);
        let (url, body) = match self.settings.preset {
            Preset::Json => (self.settings.url.clone(), serde_json::to_vec(notice)),
            Preset::Ntfy => {
                let (base, topic) = self
                    .settings
                    .url
                    .trim_end_matches('/')
                    .rsplit_once('/')
                    .ok_or_else(|| refused("the address has no topic at its end".into()))?;
                let body = json!({
                    "topic": topic,
                    "title": notice.headline(),
                    "message": self.text(notice),
                    "priority": if urgent { 4 } else { 3 },
                    "tags": [notice.event.word()],
                });
                (base.to_owned(), serde_json::to_vec(&body))
            }
            Preset::Gotify => {
                let body = json!({
                    "title": notice.headline(),
                    "message": self.text(notice),
                    "priority": if urgent { 7 } else { 4 },
                });
                (format!("{}/message", self.settings.url.trim_end_matches('/')), serde_json::to_vec(&body))
            }
        };
        let body = body.map_err(|e| refused(e.to_string()))?;
        let mut request = self.agent.post(&url).content_type("application/json");
        match (&self.token, self.settings.preset) {
            (Some(token), Preset::Gotify) => request = request.header("X-Gotify-Key", token.reveal()),
            (Some(token), _) => {
                request = request.header("Authorization", format!("Bearer {}", token.reveal()));
            }
            (None, _) => {}
        }
        if let Some(key) = &self.key {
            let time = seconds(notice_time());
            request = request
                .header("X-Callblock-Time", time.to_string())
                .header("X-Callblock-Signature", format!("sha256={}", signature(key, time, &body)));
        }
        let response = request.send(&body[..]).map_err(|e| SinkError::Unreachable {
            to: self.to.clone(),
            why: e.to_string().replace(&self.settings.url, "its address"),
        })?;
        match response.status().as_u16() {
            200..=299 => Ok(()),
            429 | 503 => {
                let wait = response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok());
                Err(SinkError::Wait {
                    to: self.to.clone(),
                    wait: Duration::from_secs(wait.unwrap_or(60_u64).clamp(1, 3600)),
                })
            }
            status @ (408 | 500..) => {
                Err(SinkError::Unreachable { to: self.to.clone(), why: format!("status {status}") })
            }
            status => Err(refused(format!("status {status}; check address and token"))),
        }
    }
}

fn notice_time() -> SystemTime {
    SystemTime::now()
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// HMAC-SHA-256 over the time, a dot and the body: who has the key knows that the notice is ours, and the
/// time keeps an old one from being sent again.
fn signature(key: &Secret, time: u64, body: &[u8]) -> String {
    // Any length of key will do for HMAC, so that this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.reveal().as_bytes()) else { return String::new() };
    mac.update(time.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_hmac_sha_256() {
        // openssl: printf '1795176000.{}' | openssl dgst -sha256 -hmac tiger
        assert_eq!(
            signature(&Secret::new("tiger"), 1_795_176_000, b"{}"),
            include_str!("../../fixtures/webhook/signature.hex").trim()
        );
    }
}
