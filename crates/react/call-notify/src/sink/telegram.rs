//! By Telegram, with buttons to block and allow.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::Sender;
use serde::Deserialize;

use crate::notifier::Sink;
use crate::settings::secret;
use crate::telegram::{Bot, Button, Poller, Servers, TelegramError, UpdateKind};
use crate::{Asked, Happening, Notice, SinkError, Template, When, Wish};

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
    /// Recordings are sent along.
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

/// Sends messages, and listens for presses in a thread of its own.
pub(crate) struct TelegramSink {
    bot: Bot,
    settings: TelegramSettings,
    /// Chats that have the notice already that is being told: after a failure only the others get it.
    told: HashSet<i64>,
    listener: Option<Listener>,
    ask: Sender<Asked>,
}

struct Listener {
    stop: Arc<AtomicBool>,
    _thread: JoinHandle<()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It ends with its poll, which nobody waits for.
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// How long one poll is held.
const POLL: Duration = Duration::from_secs(30);
/// The largest recording that is sent along.
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
        Ok(Self { bot, settings: settings.clone(), told: HashSet::new(), listener: None, ask: ask.clone() })
    }

    /// Begins to listen with the first idle moment: a sink that only sends a test never polls.
    fn listen(&mut self) {
        if !self.settings.buttons || self.listener.is_some() {
            return;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let mut poller = Poller::new(self.bot.clone(), self.settings.offset_file.clone());
        let (ask, chats, stopped) = (self.ask.clone(), self.settings.chats.clone(), Arc::clone(&stop));
        let work = move || {
            while !stopped.load(Ordering::Relaxed) {
                match poller.poll(POLL) {
                    Ok(updates) => {
                        for update in updates {
                            hear(poller.bot(), &chats, &ask, &update.kind);
                            poller.handled(update.id);
                        }
                    }
                    Err(error) => {
                        log::warn!("telegram: {error}");
                        let mut left = poller.pause(&error);
                        while !left.is_zero() && !stopped.load(Ordering::Relaxed) {
                            let nap = left.min(Duration::from_millis(500));
                            std::thread::sleep(nap);
                            left -= nap;
                        }
                    }
                }
            }
        };
        match std::thread::Builder::new().name("notify-telegram-in".into()).spawn(work) {
            Ok(thread) => self.listener = Some(Listener { stop, _thread: thread }),
            Err(error) => log::error!("telegram: buttons are not heard: {error}"),
        }
    }

    fn tell_chat(&self, chat: i64, notice: &Notice, text: &str) -> Result<(), TelegramError> {
        let number = if notice.e164.is_empty() { &notice.number } else { &notice.e164 };
        let number = phone_number::ShownNumber::new(number).map(|n| n.as_str().to_owned());
        let call = matches!(
            notice.event,
            Happening::Ringing | Happening::Blocked | Happening::Ended | Happening::VoiceMail
        );
        let buttons = match number {
            Some(number) if self.settings.buttons && call => vec![vec![
                Button::new("Block", &format!("block {number}")),
                Button::new("Allow", &format!("allow {number}")),
            ]],
            _ => Vec::new(),
        };
        // Of a number, 64 characters may be kept, and a button holds no more than that together.
        let fits = buttons.iter().flatten().all(|b| b.data.len() <= 64);
        self.bot.send(chat, text, if fits { &buttons } else { &[] })?;
        if self.settings.send_recording
            && let Some(file) = &notice.recording
            && std::fs::metadata(file).is_ok_and(|m| m.is_file() && m.len() <= MOST_SENT)
            && let Ok(bytes) = std::fs::read(file)
        {
            let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            self.bot.send_document(chat, &name, &bytes, "")?;
        }
        Ok(())
    }
}

impl Sink for TelegramSink {
    fn tell(&mut self, notice: &Notice) -> Result<(), SinkError> {
        let text = match &self.settings.text {
            Some(template) => template.fill(notice),
            None => notice.full_text(),
        };
        let mut refused = None;
        for chat in self.settings.chats.clone() {
            if self.told.contains(&chat) {
                continue;
            }
            match self.tell_chat(chat, notice, &text) {
                Ok(()) => drop(self.told.insert(chat)),
                Err(error) if error.is_temporary() => return Err(sink_error(error)),
                // One who has blocked the bot does not keep the others from hearing.
                Err(error) => refused = Some(error),
            }
        }
        self.told.clear();
        refused.map_or(Ok(()), |error| Err(sink_error(error)))
    }

    fn idle(&mut self) {
        self.listen();
    }
}

/// A press or a word from somebody who may. Everybody else is not answered.
fn hear(bot: &Bot, chats: &[i64], ask: &Sender<Asked>, kind: &UpdateKind) {
    let (from, text, query) = match kind {
        UpdateKind::Pressed { from, data, query, .. } => (from.id, data.as_str(), Some(query)),
        UpdateKind::Text { from, chat, text, .. } if chats.contains(chat) => {
            (from.id, text.trim_start_matches('/'), None)
        }
        _ => return,
    };
    // In a chat of two, its number is that of the person.
    let known = chats.contains(&from);
    let wish = Wish::parse(&text.replace('_', "-")).filter(|_| known);
    let said = match (&wish, known) {
        (Some(_), _) => "Done",
        (None, true) => {
            "Known are permit-next, block-last, allow-last, hang-up, block NUMBER and allow NUMBER"
        }
        (None, false) => "Not yours to press",
    };
    let said = match &wish {
        Some(wish) if ask.try_send(Asked { by: format!("telegram {from}"), wish: wish.clone() }).is_err() => {
            "The guard is busy; try again"
        }
        _ => said,
    };
    let answered = match query {
        Some(query) => bot.answer(query, said),
        None if known => bot.send(from, said, &[]).map(drop),
        None => Ok(()),
    };
    if let Err(error) = answered {
        log::warn!("telegram: {error}");
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
