//! Why a notice did not arrive.

use std::time::Duration;

/// Why a notice did not arrive, or a sink could not be started. The texts hold no password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// The other side cannot be reached or has trouble; later it may work.
    #[error("{to} cannot be reached: {why}")]
    Unreachable {
        /// Whom or what.
        to: String,
        /// Why.
        why: String,
    },
    /// The other side asks to wait.
    #[error("{to} asks to wait {} s", wait.as_secs())]
    Wait {
        /// Whom or what.
        to: String,
        /// How long.
        wait: Duration,
    },
    /// The other side will never take it.
    #[error("{to} refuses: {why}")]
    Refused {
        /// Whom or what.
        to: String,
        /// Why, with the remedy where there is one.
        why: String,
    },
    /// A setting is wrong.
    #[error("the settings of {sink} are wrong: {why}")]
    Settings {
        /// The sink.
        sink: String,
        /// Why, with the remedy.
        why: String,
    },
}

impl SinkError {
    /// True if the same can arrive later without anybody doing anything.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Wait { .. })
    }

    /// How long the other side asks to wait.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Wait { wait, .. } => Some(*wait),
            _ => None,
        }
    }
}
