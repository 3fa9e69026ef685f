//! A recording on its way to Telegram: as a voice message, which plays in the chat; as a file where that cannot be.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use telephone_audio::VoiceMessage;

use super::MOST_SENT;
use crate::telegram::{Bot, TelegramError};

/// The longest voice message; beyond it the file is sent. Telegram takes 50 MB, this is a third of that.
const LONGEST: Duration = Duration::from_secs(2 * 3600);

/// A recording as it is sent.
#[derive(Debug)]
pub(super) enum Recording {
    Voice(VoiceMessage),
    File { name: String, bytes: Vec<u8> },
}

impl Recording {
    /// Reads it; `None` if there is nothing that can be sent.
    pub(super) fn open(file: &Path) -> Option<Self> {
        // What is encoded comes from strangers: whatever they bring about there, the text must arrive.
        match catch_unwind(AssertUnwindSafe(|| VoiceMessage::of_wav(file, LONGEST))) {
            Ok(Ok(Some(message))) => return Some(Self::Voice(message)),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => log::info!("telegram: sent as a file: {error}"),
            Err(_) => log::error!("telegram: no voice message can be made of {}", file.display()),
        }
        if !std::fs::metadata(file).is_ok_and(|m| m.is_file() && m.len() <= MOST_SENT) {
            return None;
        }
        let bytes = std::fs::read(file).ok()?;
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Some(Self::File { name, bytes })
    }

    pub(super) fn send(&self, bot: &Bot, chat: i64) -> Result<(), TelegramError> {
        match self {
            Self::Voice(message) => bot.send_voice(chat, &message.ogg, message.length, ""),
            Self::File { name, bytes } => bot.send_document(chat, name, bytes, ""),
        }
        .map(drop)
    }
}
