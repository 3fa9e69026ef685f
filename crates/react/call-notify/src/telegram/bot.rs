//! The bot: one call for each thing that can be asked of Telegram.

use std::io::Read as _;
use std::time::Duration;

use secret::Secret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::form::Form;
use super::text::{MOST_CHARS, cut, split};
use super::update::WireUpdate;
use super::{TelegramError, Update};

/// How long one request may take, besides the time for which Telegram was asked to hold it.
const PATIENCE: Duration = Duration::from_secs(20);
/// A recording goes up a slow line.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(180);
/// The largest file that a bot may fetch.
const MOST_DOWN: u64 = 20_000_000;
/// The largest file that a bot may send.
const MOST_UP: u64 = 50_000_000;
/// An answer other than a file is never longer.
const MOST_ANSWER: u64 = 8_000_000;
/// The most characters of the answer to a press.
const MOST_ANSWER_TEXT: usize = 200;

/// Where Telegram's servers are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Servers {
    /// The bot interface, without `/bot`.
    pub api: String,
    /// The files, without `/file/bot`.
    pub files: String,
    /// A proxy to go through, such as `socks5://127.0.0.1:9050` or `http://proxy:3128`.
    pub proxy: Option<String>,
}

impl Default for Servers {
    fn default() -> Self {
        Self::at("https://api.telegram.org")
    }
}

impl Servers {
    /// Both at the same address, as at Telegram and at test servers.
    pub fn at(address: &str) -> Self {
        let address = address.trim_end_matches('/');
        Self { api: address.into(), files: address.into(), proxy: None }
    }
}

/// A message that was sent.
pub type MessageId = i64;

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What stands on it.
    pub text: String,
    /// What comes back when it is pressed: 1 to 64 bytes.
    pub data: String,
}

impl Button {
    /// A button. Of `data` Telegram keeps 64 bytes at most: put an id into it and keep the rest yourself.
    pub fn new(text: &str, data: &str) -> Self {
        Self { text: text.into(), data: data.into() }
    }
}

/// A bot. Calls block; each thread may use a clone.
#[derive(Debug, Clone)]
pub struct Bot {
    servers: Servers,
    token: Secret,
    agent: ureq::Agent,
}

#[derive(Deserialize)]
struct Answer {
    ok: bool,
    #[serde(default)]
    result: Value,
    error_code: Option<i64>,
    #[serde(default)]
    description: String,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

#[derive(Deserialize)]
struct Sent {
    message_id: MessageId,
}

#[derive(Deserialize)]
struct FilePlace {
    file_path: String,
}

#[derive(Deserialize)]
struct Me {
    #[serde(default)]
    username: String,
}

impl Bot {
    /// A bot with this token. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// The proxy's address is wrong.
    pub fn new(servers: Servers, token: Secret) -> Result<Self, TelegramError> {
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(PATIENCE))
            .user_agent(concat!("callblock/", env!("CARGO_PKG_VERSION")));
        if let Some(proxy) = &servers.proxy {
            let proxy = ureq::Proxy::new(proxy).map_err(|e| TelegramError::Unreachable(e.to_string()))?;
            config = config.proxy(Some(proxy));
        }
        Ok(Self { agent: config.build().new_agent(), servers, token })
    }

    /// The bot's own name. A cheap way to check the token.
    ///
    /// # Errors
    ///
    /// As for each call: see [`TelegramError`].
    pub fn name(&self) -> Result<String, TelegramError> {
        Ok(self.ask::<Me>("getMe", &json!({}), PATIENCE)?.username)
    }

    /// What happened from `offset` on; everything before it is forgotten by Telegram. Waits at most so long
    /// for something to happen.
    ///
    /// # Errors
    ///
    /// See [`TelegramError`].
    pub fn updates(&self, offset: Option<i64>, wait: Duration) -> Result<Vec<Update>, TelegramError> {
        let mut body = json!({
            "timeout": wait.as_secs(),
            "limit": 100,
            "allowed_updates": ["message", "callback_query"],
        });
        if let Some(offset) = offset {
            body["offset"] = offset.into();
        }
        let updates: Vec<Value> = self.ask("getUpdates", &body, PATIENCE + wait)?;
        // One that cannot be read is passed over: otherwise it would come again for ever.
        Ok(updates
            .into_iter()
            .filter_map(|update| {
                let id = update["update_id"].as_i64()?;
                Some(
                    WireUpdate::deserialize(update)
                        .map_or(Update { id, kind: super::UpdateKind::Other }, Update::from),
                )
            })
            .collect())
    }

    /// Sends a text, in several messages if it is long; the buttons stand under the last. Gives the
    /// messages' numbers.
    ///
    /// # Errors
    ///
    /// See [`TelegramError`].
    pub fn send(
        &self,
        chat: i64,
        text: &str,
        buttons: &[Vec<Button>],
    ) -> Result<Vec<MessageId>, TelegramError> {
        let parts = split(text, MOST_CHARS);
        let last = parts.len().saturating_sub(1);
        parts
            .iter()
            .enumerate()
            .map(|(i, part)| {
                let mut body =
                    json!({"chat_id": chat, "text": part, "link_preview_options": {"is_disabled": true}});
                if i == last && !buttons.is_empty() {
                    body["reply_markup"] = keyboard(buttons);
                }
                Ok(self.ask::<Sent>("sendMessage", &body, PATIENCE)?.message_id)
            })
            .collect()
    }

    /// Changes the text and buttons of a message. That it is like this already is no error.
    ///
    /// # Errors
    ///
    /// See [`TelegramError`].
    pub fn edit(
        &self,
        chat: i64,
        message: MessageId,
        text: &str,
        buttons: &[Vec<Button>],
    ) -> Result<(), TelegramError> {
        let body = json!({
            "chat_id": chat,
            "message_id": message,
            "text": cut(text, MOST_CHARS),
            "reply_markup": keyboard(buttons),
        });
        unless_unchanged(self.ask::<Value>("editMessageText", &body, PATIENCE))
    }

    /// Changes the buttons of a message, or takes them away.
    ///
    /// # Errors
    ///
    /// See [`TelegramError`].
    pub fn edit_buttons(
        &self,
        chat: i64,
        message: MessageId,
        buttons: &[Vec<Button>],
    ) -> Result<(), TelegramError> {
        let body = json!({"chat_id": chat, "message_id": message, "reply_markup": keyboard(buttons)});
        unless_unchanged(self.ask::<Value>("editMessageReplyMarkup", &body, PATIENCE))
    }

    /// Answers a press, so that the button stops turning; the text is shown for a moment. That the press is
    /// too old to be answered is no error.
    ///
    /// # Errors
    ///
    /// See [`TelegramError`].
    pub fn answer(&self, query: &str, text: &str) -> Result<(), TelegramError> {
        let body = json!({"callback_query_id": query, "text": cut(text, MOST_ANSWER_TEXT)});
        match self.ask::<Value>("answerCallbackQuery", &body, PATIENCE) {
            Err(TelegramError::Refused(why)) if why.contains("too old") => Ok(()),
            done => done.map(drop),
        }
    }

    /// Sends a sound as a voice message: Ogg with Opus inside, otherwise it shows as a file.
    ///
    /// # Errors
    ///
    /// See [`TelegramError`].
    pub fn send_voice(
        &self,
        chat: i64,
        ogg: &[u8],
        length: Duration,
        caption: &str,
    ) -> Result<MessageId, TelegramError> {
        let form = Form::new()
            .field("chat_id", &chat.to_string())
            .field("duration", &length.as_millis().div_ceil(1000).to_string())
            .caption(caption)
            .file("voice", "message.ogg", "audio/ogg", ogg);
        self.upload("sendVoice", form, ogg.len())
    }

    /// Sends a file, such as a WAV recording.
    ///
    /// # Errors
    ///
    /// See [`TelegramError`].
    pub fn send_document(
        &self,
        chat: i64,
        name: &str,
        bytes: &[u8],
        caption: &str,
    ) -> Result<MessageId, TelegramError> {
        let form = Form::new().field("chat_id", &chat.to_string()).caption(caption).file(
            "document",
            name,
            "application/octet-stream",
            bytes,
        );
        self.upload("sendDocument", form, bytes.len())
    }

    /// Fetches a file that somebody sent.
    ///
    /// # Errors
    ///
    /// See [`TelegramError`].
    pub fn fetch(&self, file: &str) -> Result<Vec<u8>, TelegramError> {
        let place: FilePlace = self.ask("getFile", &json!({"file_id": file}), PATIENCE)?;
        // The path comes from Telegram, but only as a path below the bot's own files.
        let path = place.file_path;
        if path.is_empty() || path.contains("..") || path.starts_with('/') || path.contains(['?', '#', '\\'])
        {
            return Err(TelegramError::Garbled("a path that leads elsewhere".into()));
        }
        let address = format!("{}/file/bot{}/{path}", self.servers.files, self.token.reveal());
        let mut response = self
            .agent
            .get(&address)
            .config()
            .timeout_global(Some(UPLOAD_PATIENCE))
            .build()
            .call()
            .map_err(|e| self.unreachable(&e))?;
        if response.status().as_u16() != 200 {
            return Err(TelegramError::Refused(format!("status {}", response.status().as_u16())));
        }
        let mut bytes = Vec::new();
        response
            .body_mut()
            .as_reader()
            .take(MOST_DOWN + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| TelegramError::Unreachable(e.to_string()))?;
        if bytes.len() as u64 > MOST_DOWN {
            return Err(TelegramError::TooLarge { bytes: bytes.len() as u64, most: MOST_DOWN });
        }
        Ok(bytes)
    }

    /// Tells Telegram which commands to offer: the word without its stroke, and what it does.
    ///
    /// # Errors
    ///
    /// See [`TelegramError`].
    pub fn offer_commands(&self, commands: &[(&str, &str)]) -> Result<(), TelegramError> {
        let commands: Vec<Value> =
            commands.iter().map(|(word, does)| json!({"command": word, "description": does})).collect();
        self.ask::<Value>("setMyCommands", &json!({"commands": commands}), PATIENCE).map(drop)
    }

    /// Takes away a webhook that an earlier program left: with one, asking for updates is refused.
    ///
    /// # Errors
    ///
    /// See [`TelegramError`].
    pub fn remove_webhook(&self) -> Result<(), TelegramError> {
        self.ask::<Value>("deleteWebhook", &json!({}), PATIENCE).map(drop)
    }

    fn address(&self, method: &str) -> String {
        format!("{}/bot{}/{method}", self.servers.api, self.token.reveal())
    }

    fn ask<T: DeserializeOwned>(
        &self,
        method: &str,
        body: &Value,
        patience: Duration,
    ) -> Result<T, TelegramError> {
        self.post(method, "application/json", body.to_string().as_bytes(), patience)
    }

    fn post<T: DeserializeOwned>(
        &self,
        method: &str,
        content_type: &str,
        body: &[u8],
        patience: Duration,
    ) -> Result<T, TelegramError> {
        let mut response = self
            .agent
            .post(self.address(method))
            .config()
            .timeout_global(Some(patience))
            .build()
            .content_type(content_type)
            .send(body)
            .map_err(|e| self.unreachable(&e))?;
        let status = response.status().as_u16();
        let mut text = Vec::new();
        response
            .body_mut()
            .as_reader()
            .take(MOST_ANSWER)
            .read_to_end(&mut text)
            .map_err(|e| TelegramError::Unreachable(e.to_string()))?;
        let Ok(answer) = serde_json::from_slice::<Answer>(&text) else {
            return Err(match status {
                500.. => TelegramError::Trouble(format!("status {status}")),
                401 | 404 => TelegramError::Unauthorized,
                _ => TelegramError::Garbled(format!("status {status} and no answer that can be read")),
            });
        };
        if answer.ok {
            return T::deserialize(answer.result)
                .map_err(|e| TelegramError::Garbled(format!("{method}: {e}")));
        }
        Err(refusal(answer, status))
    }

    fn upload(&self, method: &str, form: Form, size: usize) -> Result<MessageId, TelegramError> {
        if size as u64 > MOST_UP {
            return Err(TelegramError::TooLarge { bytes: size as u64, most: MOST_UP });
        }
        let (kind, body) = form.finish();
        let sent: Sent = self.post(method, &kind, &body, UPLOAD_PATIENCE)?;
        Ok(sent.message_id)
    }

    /// The library's text may quote the address, and the address holds the token.
    fn unreachable(&self, error: &ureq::Error) -> TelegramError {
        TelegramError::Unreachable(error.to_string().replace(self.token.reveal(), "***"))
    }
}

fn refusal(answer: Answer, status: u16) -> TelegramError {
    let code = answer.error_code.unwrap_or_else(|| status.into());
    let why = answer.description;
    if let Some(chat) = answer.parameters.as_ref().and_then(|p| p.migrate_to_chat_id) {
        return TelegramError::Moved(chat);
    }
    match code {
        429 => {
            let wait = answer.parameters.and_then(|p| p.retry_after).unwrap_or(30);
            TelegramError::TooMany(Duration::from_secs(wait.clamp(1, 3600)))
        }
        409 => TelegramError::Conflict(why),
        401 | 404 => TelegramError::Unauthorized,
        403 => TelegramError::Forbidden(why),
        500.. => TelegramError::Trouble(why),
        _ => TelegramError::Refused(why),
    }
}

fn keyboard(buttons: &[Vec<Button>]) -> Value {
    let rows: Vec<Vec<Value>> = buttons
        .iter()
        .map(|row| row.iter().map(|b| json!({"text": b.text, "callback_data": b.data})).collect())
        .collect();
    json!({"inline_keyboard": rows})
}

fn unless_unchanged(done: Result<Value, TelegramError>) -> Result<(), TelegramError> {
    match done {
        Err(TelegramError::Refused(why)) if why.contains("not modified") => Ok(()),
        done => done.map(drop),
    }
}
