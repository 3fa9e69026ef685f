//! What Telegram takes, refuses and answers.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Fault, Shared, State, lock};

/// A refusal in Telegram's form.
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) text: String,
    pub(super) parameters: Value,
}

pub(super) fn refuse(code: u16, text: &str) -> Refusal {
    Refusal { code, text: text.into(), parameters: Value::Null }
}

/// Holds the poll until there is something, as the real one does.
pub(super) fn updates(
    fields: &Value,
    state: &Shared,
    stop: &AtomicBool,
) -> Result<Result<Value, Refusal>, Fault> {
    let wait = Duration::from_secs(fields["timeout"].as_u64().unwrap_or(0).min(50));
    let end = Instant::now() + wait;
    let mut held = lock(state);
    if held.polling {
        return Err(Fault::Conflict);
    }
    if let Some(offset) = fields["offset"].as_i64() {
        held.updates.retain(|u| u["update_id"].as_i64().is_some_and(|id| id >= offset));
    }
    held.polling = true;
    let done = loop {
        if let Some(at) = held.faults.iter().position(|(of, _)| of.is_empty() || of == "getUpdates")
            && let Some((_, fault)) = held.faults.remove(at)
        {
            break Err(fault);
        }
        let left = end.saturating_duration_since(Instant::now());
        if !held.updates.is_empty() || left.is_zero() || stop.load(Ordering::Relaxed) {
            let some: Vec<Value> = held.updates.iter().take(100).cloned().collect();
            break Ok(Ok(some.into()));
        }
        // Short turns, so that a bot that hung up does not count as polling for long.
        let turn = left.min(Duration::from_millis(200));
        held = state.1.wait_timeout(held, turn).unwrap_or_else(PoisonError::into_inner).0;
    };
    held.polling = false;
    drop(held);
    state.1.notify_all();
    done
}

pub(super) fn act(method: &str, fields: &Value, state: &Shared) -> Result<Value, Refusal> {
    let bad = |text: &str| refuse(400, &format!("Bad Request: {text}"));
    let mut state = lock(state);
    // Forms hold numbers as text.
    let chat = fields["chat_id"].as_i64().or_else(|| fields["chat_id"].as_str()?.parse().ok());
    let known = |state: &State| -> Result<i64, Refusal> {
        let chat = chat.ok_or_else(|| bad("chat_id is empty"))?;
        if state.chats.contains(&chat) { Ok(chat) } else { Err(bad("chat not found")) }
    };
    match method {
        "getMe" => Ok(json!({"id": 1, "is_bot": true, "first_name": "Test", "username": "test_bot"})),
        "setMyCommands" => {
            let commands = fields["commands"].as_array().ok_or_else(|| bad("commands must be an array"))?;
            let word = |c: &Value| {
                let word = c["command"].as_str().unwrap_or("");
                (1..=32).contains(&word.len())
                    && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
                    && c["description"].as_str().is_some_and(|d| (1..=256).contains(&d.chars().count()))
            };
            if commands.len() <= 100 && commands.iter().all(word) {
                Ok(true.into())
            } else {
                Err(bad("BOT_COMMAND_INVALID"))
            }
        }
        "deleteWebhook" | "sendChatAction" => Ok(true.into()),
        "sendMessage" => {
            let chat = known(&state)?;
            let text = message_text(fields)?;
            keyboard(fields)?;
            Ok(sent(&mut state, chat, Some(text)))
        }
        "editMessageText" | "editMessageReplyMarkup" => {
            let chat = known(&state)?;
            let id =
                fields["message_id"].as_i64().ok_or_else(|| bad("message identifier is not specified"))?;
            let old = state.texts.get(&(chat, id)).ok_or_else(|| bad("message to edit not found"))?;
            let mut new = old.split('\u{0}').next().unwrap_or_default().to_owned();
            if method == "editMessageText" {
                new = message_text(fields)?;
            }
            keyboard(fields)?;
            // The text with its buttons, told apart by what no text holds.
            new = format!("{new}\u{0}{}", fields["reply_markup"]);
            if *old == new {
                return Err(bad(
                    "message is not modified: specified new message content and reply markup are exactly the same",
                ));
            }
            state.texts.insert((chat, id), new);
            Ok(json!({"message_id": id, "date": 0, "chat": {"id": chat, "type": "private"}}))
        }
        "answerCallbackQuery" => {
            let id = fields["callback_query_id"].as_str().unwrap_or_default();
            if fields["text"].as_str().unwrap_or_default().encode_utf16().count() > 200 {
                return Err(bad("MESSAGE_TOO_LONG"));
            }
            match state.presses.get_mut(id) {
                Some(answered) => {
                    *answered = true;
                    Ok(true.into())
                }
                None => Err(bad("query is too old and response timeout expired or query ID is invalid")),
            }
        }
        "getFile" => {
            let id = fields["file_id"].as_str().unwrap_or_default();
            let bytes = state.files.get(id).ok_or_else(|| bad("invalid file_id"))?.len();
            Ok(
                json!({"file_id": id, "file_unique_id": id, "file_size": bytes, "file_path": format!("documents/{id}")}),
            )
        }
        "sendVoice" | "sendAudio" | "sendDocument" => {
            let chat = known(&state)?;
            let field = method.trim_start_matches("send").to_lowercase();
            if fields[&field]["bytes"].as_u64().is_none_or(|n| n == 0) {
                return Err(bad("file must be non-empty"));
            }
            // The real one shows anything but Ogg as a file; then it was not meant as a voice message.
            if field == "voice" && fields[&field]["head"] != "OggS" {
                return Err(bad("wrong type of the web page content: this stand-in wants Ogg"));
            }
            if fields["caption"].as_str().unwrap_or_default().encode_utf16().count() > 1024 {
                return Err(bad("message caption is too long"));
            }
            Ok(sent(&mut state, chat, None))
        }
        _ => Err(refuse(404, "Not Found")),
    }
}

fn message_text(fields: &Value) -> Result<String, Refusal> {
    let text = fields["text"].as_str().unwrap_or_default();
    if fields.get("parse_mode").is_some() {
        return Err(refuse(400, "Bad Request: can't parse entities: this stand-in wants no parse mode"));
    }
    match text.trim().encode_utf16().count() {
        0 => Err(refuse(400, "Bad Request: message text is empty")),
        1..=4096 => Ok(text.into()),
        _ => Err(refuse(400, "Bad Request: message is too long")),
    }
}

fn keyboard(fields: &Value) -> Result<(), Refusal> {
    let Some(markup) = fields.get("reply_markup").filter(|m| !m.is_null()) else { return Ok(()) };
    let rows = markup["inline_keyboard"].as_array();
    let rows = rows.ok_or_else(|| refuse(400, "Bad Request: object expected as reply markup"))?;
    for button in rows.iter().flat_map(|row| row.as_array().into_iter().flatten()) {
        let data = button["callback_data"].as_str().unwrap_or_default();
        if !(1..=64).contains(&data.len()) {
            return Err(refuse(400, "Bad Request: BUTTON_DATA_INVALID"));
        }
        if button["text"].as_str().unwrap_or_default().trim().is_empty() {
            return Err(refuse(400, "Bad Request: inline keyboard button text is empty"));
        }
    }
    Ok(())
}

fn sent(state: &mut State, chat: i64, text: Option<String>) -> Value {
    let id = state.next_message;
    state.next_message += 1;
    state.texts.insert((chat, id), text.clone().unwrap_or_default());
    json!({
        "message_id": id,
        "date": 1_795_176_000,
        "chat": {"id": chat, "type": "private"},
        "text": text,
    })
}
