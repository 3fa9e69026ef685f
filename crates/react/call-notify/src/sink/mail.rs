//! By mail.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport as _};
use serde::Deserialize;

use crate::notifier::Sink;
use crate::settings::secret;
use crate::{Notice, SinkError, Template, When};

/// How the connection to the mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// STARTTLS; a server without it gets no mail.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// None: for a server on this machine.
    None,
}

/// `[[notify.mail]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MailSettings {
    /// The mail server.
    pub server: String,
    /// Its port; 587 with STARTTLS, 465 with TLS, 25 without, unless said.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is secured.
    #[serde(default)]
    pub security: Security,
    /// A file with the certificate of the server's own authority, in PEM.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The name to log in with.
    #[serde(default)]
    pub user: Option<String>,
    /// The file with the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// The sender, `callblock <guard@example.org>`.
    pub from: String,
    /// The receivers.
    pub to: Vec<String>,
    /// The subject.
    #[serde(default)]
    pub subject: Option<Template>,
    /// The text.
    #[serde(default)]
    pub text: Option<Template>,
    /// Recordings are attached.
    #[serde(default = "yes")]
    pub attach_recording: bool,
    /// Which notices.
    #[serde(default)]
    pub when: When,
}

fn yes() -> bool {
    true
}

/// How long the mail server may take for one step.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest recording that is attached: many servers refuse more.
const MOST_ATTACHED: u64 = 10_000_000;

/// Sends mail.
pub(crate) struct Mail {
    transport: SmtpTransport,
    from: Mailbox,
    to: Vec<Mailbox>,
    settings: MailSettings,
}

impl Mail {
    pub(crate) fn open(settings: &MailSettings) -> Result<Self, SinkError> {
        let wrong = |why: String| SinkError::Settings { sink: "mail".into(), why };
        let mailbox = |text: &String| {
            text.parse::<Mailbox>().map_err(|e| wrong(format!("\"{text}\" is not a mail address: {e}")))
        };
        if settings.to.is_empty() {
            return Err(wrong("nobody to send to".into()));
        }
        let tls = || -> Result<TlsParameters, SinkError> {
            let mut parameters = TlsParameters::builder(settings.server.clone());
            if let Some(file) = &settings.ca_file {
                let pem = std::fs::read(file).map_err(|e| wrong(format!("{}: {e}", file.display())))?;
                let certificate =
                    Certificate::from_pem(&pem).map_err(|e| wrong(format!("{}: {e}", file.display())))?;
                parameters = parameters.add_root_certificate(certificate);
            }
            parameters.build_rustls().map_err(|e| wrong(e.to_string()))
        };
        let (tls, usual) = match settings.security {
            Security::Starttls => (Tls::Required(tls()?), 587),
            Security::Tls => (Tls::Wrapper(tls()?), 465),
            Security::None => (Tls::None, 25),
        };
        let mut builder = SmtpTransport::builder_dangerous(&settings.server)
            .port(settings.port.unwrap_or(usual))
            .tls(tls)
            .timeout(Some(PATIENCE));
        match (&settings.user, secret("mail", settings.password_file.as_deref())?) {
            (Some(user), Some(password)) => {
                if settings.security == Security::None
                    && settings.server != "localhost"
                    && settings.server != "127.0.0.1"
                {
                    return Err(wrong(
                        "a password is not sent without TLS; set security to starttls or tls".into(),
                    ));
                }
                builder = builder.credentials(Credentials::new(user.clone(), password.reveal().into()));
            }
            (None, None) => {}
            _ => return Err(wrong("user and password-file belong together".into())),
        }
        Ok(Self {
            transport: builder.build(),
            from: mailbox(&settings.from)?,
            to: settings.to.iter().map(mailbox).collect::<Result<_, _>>()?,
            settings: settings.clone(),
        })
    }

    fn message(&self, notice: &Notice) -> Result<Message, String> {
        let subject = match &self.settings.subject {
            Some(template) => template.fill(notice),
            None => notice.headline(),
        };
        // A subject is one line; names come from strangers.
        let subject: String =
            subject.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
        let text = match &self.settings.text {
            Some(template) => template.fill(notice),
            None => notice.full_text(),
        };
        let millis = notice.at.duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_millis());
        // The same notice keeps its name when it is sent again; mail without a name looks like spam.
        let id = format!(
            "<{millis}-{}-{}@{}>",
            notice.event.word(),
            token(&notice.call),
            self.from.email.domain()
        );
        let mut builder =
            Message::builder().from(self.from.clone()).subject(subject).date_now().message_id(Some(id));
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        let recording =
            notice.recording.as_ref().filter(|_| self.settings.attach_recording).and_then(|file| {
                let small = std::fs::metadata(file).is_ok_and(|m| m.is_file() && m.len() <= MOST_ATTACHED);
                let bytes = small.then(|| std::fs::read(file).ok()).flatten()?;
                Some((file.file_name()?.to_string_lossy().into_owned(), bytes))
            });
        let plain = SinglePart::plain(text);
        match recording {
            Some((name, bytes)) => {
                let kind = ContentType::parse("audio/x-wav").map_err(|e| e.to_string())?;
                let parts =
                    MultiPart::mixed().singlepart(plain).singlepart(Attachment::new(name).body(bytes, kind));
                builder.multipart(parts)
            }
            None => builder.singlepart(plain),
        }
        .map_err(|e| e.to_string())
    }
}

impl Sink for Mail {
    fn tell(&mut self, notice: &Notice) -> Result<(), SinkError> {
        let to = format!("the mail server {}", self.settings.server);
        let message = self.message(notice).map_err(|why| SinkError::Refused { to: to.clone(), why })?;
        match self.transport.send(&message) {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(SinkError::Refused { to, why: text(&error) }),
            Err(error) => Err(SinkError::Unreachable { to, why: text(&error) }),
        }
    }
}

/// What may stand in a mail's name.
fn token(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).take(40).collect()
}

/// The error with all that caused it.
fn text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // Some texts hold their cause already.
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
