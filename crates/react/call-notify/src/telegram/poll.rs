//! Asking for updates again and again, so that each is handled and none is handled twice.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Bot, TelegramError, Update};

/// The first wait after trouble, and the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LAST_WAIT: Duration = Duration::from_secs(60);
/// A second program that asks for the same bot's updates is stopped by a person, if at all.
const CONFLICT_WAIT: Duration = Duration::from_secs(30);

/// Asks for updates. What was handled is kept in a file, so that a restart neither repeats nor loses one.
#[derive(Debug)]
pub struct Poller {
    bot: Bot,
    file: Option<PathBuf>,
    next: Option<i64>,
    wait: Duration,
}

impl Poller {
    /// Goes on after the update that the file names, or from the oldest that Telegram holds.
    pub fn new(bot: Bot, file: Option<PathBuf>) -> Self {
        let next = file.as_deref().and_then(read);
        Self { bot, file, next, wait: FIRST_WAIT }
    }

    /// The bot.
    pub fn bot(&self) -> &Bot {
        &self.bot
    }

    /// What happened since, waiting at most so long (50 s is a good time). Call [`Poller::handled`] after
    /// each: only then Telegram forgets it.
    ///
    /// # Errors
    ///
    /// See [`TelegramError`]; [`Poller::pause`] says how long to wait before the next try.
    pub fn poll(&mut self, wait: Duration) -> Result<Vec<Update>, TelegramError> {
        let mut updates = self.bot.updates(self.next, wait)?;
        self.wait = FIRST_WAIT;
        // A server that does not honour the offset sends again what was handled.
        updates.retain(|u| self.next.is_none_or(|next| u.id >= next));
        updates.sort_by_key(|u| u.id);
        Ok(updates)
    }

    /// Notes that an update was dealt with.
    pub fn handled(&mut self, update: i64) {
        if self.next.is_some_and(|next| update < next) {
            return;
        }
        self.next = Some(update + 1);
        if let Some(file) = &self.file
            && let Err(error) = write(file, update + 1)
        {
            // The worst that follows is that a restart handles this one again.
            log::warn!("cannot note in {} what Telegram has sent: {error}", file.display());
        }
    }

    /// How long to wait after this error before asking again; it grows while the trouble lasts.
    pub fn pause(&mut self, error: &TelegramError) -> Duration {
        match error {
            TelegramError::TooMany(wait) => *wait,
            TelegramError::Conflict(_) => CONFLICT_WAIT,
            TelegramError::Unauthorized => LAST_WAIT,
            _ => {
                let wait = self.wait;
                self.wait = (wait * 2).min(LAST_WAIT);
                wait
            }
        }
    }
}

fn read(file: &Path) -> Option<i64> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// Written beside and moved into place: a crash leaves the old number or the new one.
fn write(file: &Path, next: i64) -> std::io::Result<()> {
    let beside = file.with_extension("tmp");
    let mut out = std::fs::File::create(&beside)?;
    writeln!(out, "{next}")?;
    out.sync_data()?;
    std::fs::rename(&beside, file)
}
