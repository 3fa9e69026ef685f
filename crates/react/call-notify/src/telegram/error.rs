//! Why Telegram did not do what was asked.

use std::time::Duration;

/// Why Telegram did not do what was asked. The texts never hold the token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TelegramError {
    /// Too many messages: nothing may be sent for that long.
    #[error("Telegram asks to wait {} s before the next message", .0.as_secs())]
    TooMany(Duration),
    /// Somebody else asks for this bot's messages, or a webhook is set.
    #[error("another program uses this bot ({0}); stop it, or give this one a bot of its own")]
    Conflict(String),
    /// The token is wrong.
    #[error("Telegram does not know this bot; check the token that @BotFather gave")]
    Unauthorized,
    /// The person has blocked the bot or never spoken to it.
    #[error("the bot may not write to this chat ({0}); the person has to send it a message first")]
    Forbidden(String),
    /// The group has become another one with this number.
    #[error("the chat has moved to {0}; use that number")]
    Moved(i64),
    /// Telegram found fault with what was sent.
    #[error("Telegram refused: {0}")]
    Refused(String),
    /// Telegram has trouble of its own.
    #[error("Telegram has trouble of its own ({0})")]
    Trouble(String),
    /// No connection.
    #[error("Telegram cannot be reached: {0}")]
    Unreachable(String),
    /// The answer is not what Telegram sends.
    #[error("the answer is not Telegram's ({0}); check the address of the server")]
    Garbled(String),
    /// A file is larger than may be sent or fetched.
    #[error("the file of {bytes} bytes is too large; at most {most} bytes go")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The largest that goes.
        most: u64,
    },
}

impl TelegramError {
    /// True if the same can succeed later without anybody doing anything.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::TooMany(_) | Self::Conflict(_) | Self::Trouble(_) | Self::Unreachable(_) | Self::Garbled(_)
        )
    }
}
