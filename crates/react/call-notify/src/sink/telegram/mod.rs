//! By Telegram, with buttons to block and allow.

mod listener;
mod recording;

use std::collections::HashMap;
use std::path::PathBuf;

use crossbeam_channel::Sender;
use serde::Deserialize;

use crate::notifier::Sink;
use crate::settings::secret;
use crate::telegram::{Bot, Button, Servers, TelegramError};
use crate::{Asked, Happening, Notice, SinkError, Template, When};
use listener::Listener;
use recording::Recording;

/// `[[notify.telegram]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TelegramSettings {
    /// The file with the token that @BotFather gave.
    pub token_file: PathBuf,
    /// The chats to tell; only these people may press buttons and write commands.
    pub chats: Vec<i64>,
    /// The address of the server, if it is not Telegram's own.
    #[serde(default)]
    pub server: Option<String>,
    /// A proxy to go through.
    #[serde(default)]
    pub proxy: Option<String>,
    /// Buttons and commands are heard. No other program may then use the same bot.
    #[serde(default = "yes")]
    pub buttons: bool,
    /// Where it is noted which presses were dealt with.
    #[serde(default)]
    pub offset_file: Option<PathBuf>,
    /// Recordings are sent along, as voice messages.
    #[serde(default = "yes")]
    pub send_recording: bool,
    /// The text.
    #[serde(default)]
    pub text: Option<Template>,
    /// Which notices.
    #[serde(default)]
    pub when: When,
}

fn yes() -> bool {
    true
}

/// What a chat has of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Text,
    Everything,
}

/// Sends messages, and listens for presses in a thread of its own.
pub(crate) struct TelegramSink {
    bot: Bot,
    settings: TelegramSettings,
    /// What each chat has already of the notice that is being told: after a failure only the rest is sent.
    told: HashMap<i64, Told>,
    listener: Option<Listener>,
    ask: Sender<Asked>,
}

/// The largest recording that is sent as a file.
const MOST_SENT: u64 = 20_000_000;

impl TelegramSink {
    pub(crate) fn open(settings: &TelegramSettings, ask: &Sender<Asked>) -> Result<Self, SinkError> {
        let wrong = |why: &str| SinkError::Settings { sink: "telegram".into(), why: why.into() };
        if settings.chats.is_empty() {
            return Err(wrong("no chats to tell; write /start to the bot and put the chat's number here"));
        }
        let token =
            secret("telegram", Some(&settings.token_file))?.ok_or_else(|| wrong("there is no token"))?;
        let mut servers = settings.server.as_deref().map_or_else(Servers::default, Servers::at);
        servers.proxy.clone_from(&settings.proxy);
        let bot = Bot::new(servers, token).map_err(sink_error)?;
        Ok(Self { bot, settings: settings.clone(), told: HashMap::new(), listener: None, ask: ask.clone() })
    }

    fn tell_chat(
        &mut self,
        chat: i64,
        notice: &Notice,
        text: &str,
        recording: Option<&Recording>,
    ) -> Result<(), TelegramError> {
        if !self.told.contains_key(&chat) {
            self.bot.send(chat, text, &self.buttons(notice))?;
            self.told.insert(chat, Told::Text);
        }
        if let Some(recording) = recording {
            recording.send(&self.bot, chat)?;
        }
        self.told.insert(chat, Told::Everything);
        Ok(())
    }

    fn buttons(&self, notice: &Notice) -> Vec<Vec<Button>> {
        let number = if notice.e164.is_empty() { &notice.number } else { &notice.e164 };
        let number = phone_number::ShownNumber::new(number).map(|n| n.as_str().to_owned());
        let call = matches!(
            notice.event,
            Happening::Ringing | Happening::Blocked | Happening::Ended | Happening::VoiceMail
        );
        let Some(number) = number.filter(|_| self.settings.buttons && call) else { return Vec::new() };
        let row =
            [("Block", "block"), ("Allow", "allow")].map(|(s, w)| Button::new(s, &format!("{w} {number}")));
        // Of a number, 64 characters may be kept, and a button holds no more than that together.
        if row.iter().all(|b| b.data.len() <= 64) { vec![row.into()] } else { Vec::new() }
    }
}

impl Sink for TelegramSink {
    fn tell(&mut self, notice: &Notice) -> Result<(), SinkError> {
        let text = match &self.settings.text {
            Some(template) => template.fill(notice),
            None => notice.full_text(),
        };
        let recording =
            notice.recording.as_deref().filter(|_| self.settings.send_recording).and_then(Recording::open);
        let mut refused = None;
        for chat in self.settings.chats.clone() {
            if self.told.get(&chat) == Some(&Told::Everything) {
                continue;
            }
            match self.tell_chat(chat, notice, &text, recording.as_ref()) {
                Ok(()) => {}
                Err(error) if error.is_temporary() => return Err(sink_error(error)),
                // One who has blocked the bot does not keep the others from hearing.
                Err(error) => refused = Some(error),
            }
        }
        self.told.clear();
        refused.map_or(Ok(()), |error| Err(sink_error(error)))
    }

    fn idle(&mut self) {
        // With the first idle moment: a sink that only sends a test never polls.
        if self.settings.buttons && self.listener.is_none() {
            self.listener = Listener::start(&self.bot, &self.settings, &self.ask);
        }
    }
}

fn sink_error(error: TelegramError) -> SinkError {
    let to = "Telegram".to_owned();
    match error {
        TelegramError::TooMany(wait) => SinkError::Wait { to, wait },
        error if error.is_temporary() => SinkError::Unreachable { to, why: error.to_string() },
        error => SinkError::Refused { to, why: error.to_string() },
    }
}
