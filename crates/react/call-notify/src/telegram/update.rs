//! What people send to the bot.

use serde::Deserialize;

/// Something that happened, in order of `id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Telegram's number of it; later ones are higher.
    pub id: i64,
    /// What happened.
    pub kind: UpdateKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UpdateKind {
    /// Somebody wrote.
    Text {
        /// The chat it was written in, to which an answer goes.
        chat: i64,
        /// Who wrote.
        from: Sender,
        /// The message.
        message: i64,
        /// The message that it answers, where it answers one.
        answers: Option<i64>,
        /// The text.
        text: String,
    },
    /// Somebody sent a file.
    Document {
        /// The chat.
        chat: i64,
        /// Who sent it.
        from: Sender,
        /// The file; fetch it by its id.
        document: Document,
    },
    /// Somebody sent a contact.
    Contact {
        /// The chat.
        chat: i64,
        /// Who sent it.
        from: Sender,
        /// The number as the contact holds it.
        number: String,
        /// The name.
        name: String,
        /// The contact as a vCard, where one came along.
        vcard: Option<String>,
    },
    /// Somebody pressed a button. Always answer it.
    Pressed {
        /// By this the press is answered.
        query: String,
        /// Who pressed: check this, anybody in a group can press.
        from: Sender,
        /// The chat and message with the button, while Telegram still knows it.
        place: Option<(i64, i64)>,
        /// What the button holds.
        data: String,
    },
    /// Something that is of no use here.
    Other,
}

/// Who sent something. Names are what strangers chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Telegram's number of the person.
    pub id: i64,
    /// The name shown.
    pub name: String,
}

/// A file that somebody sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// By this it is fetched.
    pub id: String,
    /// The name that the sender gave it. Never use it as a path.
    pub name: String,
    /// Its size, where Telegram says it.
    pub bytes: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct WireUpdate {
    update_id: i64,
    message: Option<WireMessage>,
    callback_query: Option<WireQuery>,
}

#[derive(Deserialize)]
struct WireMessage {
    message_id: i64,
    chat: WireChat,
    from: Option<WireUser>,
    text: Option<String>,
    document: Option<WireDocument>,
    contact: Option<WireContact>,
    reply_to_message: Option<WireReply>,
}

#[derive(Deserialize)]
struct WireReply {
    message_id: i64,
}

#[derive(Deserialize)]
struct WireChat {
    id: i64,
}

#[derive(Deserialize)]
struct WireUser {
    id: i64,
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
}

#[derive(Deserialize)]
struct WireDocument {
    file_id: String,
    file_name: Option<String>,
    file_size: Option<u64>,
}

#[derive(Deserialize)]
struct WireContact {
    phone_number: String,
    first_name: Option<String>,
    last_name: Option<String>,
    vcard: Option<String>,
}

#[derive(Deserialize)]
struct WireQuery {
    // The independent test server sends a number here.
    id: serde_json::Value,
    from: WireUser,
    message: Option<WirePlace>,
    data: Option<String>,
}

#[derive(Deserialize)]
struct WirePlace {
    message_id: i64,
    chat: Option<WireChat>,
}

fn joined(first: Option<String>, last: Option<String>) -> String {
    [first, last].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

impl From<WireUser> for Sender {
    fn from(user: WireUser) -> Self {
        let name = joined(user.first_name, user.last_name);
        Self { id: user.id, name: if name.is_empty() { user.username.unwrap_or_default() } else { name } }
    }
}

impl From<WireUpdate> for Update {
    fn from(update: WireUpdate) -> Self {
        let kind = match (update.message, update.callback_query) {
            (Some(message), _) => of_message(message),
            (None, Some(query)) => UpdateKind::Pressed {
                query: match query.id {
                    serde_json::Value::String(id) => id,
                    other => other.to_string(),
                },
                from: query.from.into(),
                place: query.message.and_then(|m| Some((m.chat?.id, m.message_id))),
                data: query.data.unwrap_or_default(),
            },
            (None, None) => UpdateKind::Other,
        };
        Self { id: update.update_id, kind }
    }
}

fn of_message(message: WireMessage) -> UpdateKind {
    let chat = message.chat.id;
    // Only channels post without a sender, and nobody commands a telephone from there.
    let Some(from) = message.from.map(Sender::from) else { return UpdateKind::Other };
    if let Some(text) = message.text {
        let answers = message.reply_to_message.map(|m| m.message_id);
        UpdateKind::Text { chat, from, message: message.message_id, answers, text }
    } else if let Some(file) = message.document {
        let document =
            Document { id: file.file_id, name: file.file_name.unwrap_or_default(), bytes: file.file_size };
        UpdateKind::Document { chat, from, document }
    } else if let Some(contact) = message.contact {
        let name = joined(contact.first_name, contact.last_name);
        UpdateKind::Contact { chat, from, number: contact.phone_number, name, vcard: contact.vcard }
    } else {
        UpdateKind::Other
    }
}
