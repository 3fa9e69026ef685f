//! Presses and words in the chats: they become wishes, and what came of them is the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::TelegramSettings;
use crate::telegram::{Bot, Poller, UpdateKind};
use crate::{Asked, Wish};

/// How long one poll is held.
const POLL: Duration = Duration::from_secs(30);
/// How long the guard may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(8);

const HELP: &str = "/status - how things stand\n/log [n] - the last calls\n/stats - who called how often\n\
/block <number>, /allow <number> - put a number on a list\n/unblock <number>, /disallow <number> - take it off\n\
/block_last, /allow_last - the last caller\n/permit_next - let the next call ring, whoever it is\n\
/hang_up - end the call that is on\n/reload - read the lists again\n/help - this text";

/// What Telegram offers to whoever types a stroke.
const OFFERED: &[(&str, &str)] = &[
    ("status", "how things stand"),
    ("log", "the last calls"),
    ("stats", "who called how often"),
    ("block", "put a number on the deny list"),
    ("allow", "put a number on the allow list"),
    ("block_last", "block the last caller"),
    ("allow_last", "allow the last caller"),
    ("permit_next", "let the next call ring"),
    ("hang_up", "end the call that is on"),
    ("help", "all commands"),
];

/// Listens in a thread of its own until it is dropped.
pub(super) struct Listener {
    stop: Arc<AtomicBool>,
    _thread: JoinHandle<()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        // It ends with its poll, which nobody waits for.
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Listener {
    /// `None` if no thread can be started.
    pub(super) fn start(bot: &Bot, settings: &TelegramSettings, ask: &Sender<Asked>) -> Option<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut poller = Poller::new(bot.clone(), settings.offset_file.clone());
        let (ask, chats, stopped) = (ask.clone(), settings.chats.clone(), Arc::clone(&stop));
        let work = move || {
            if let Err(error) = poller.bot().offer_commands(OFFERED) {
                log::info!("telegram: the commands are not offered: {error}");
            }
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
            Ok(thread) => Some(Self { stop, _thread: thread }),
            Err(error) => {
                log::error!("telegram: buttons are not heard: {error}");
                None
            }
        }
    }
}

/// A press or a word from somebody who may. Everybody else is not answered.
fn hear(bot: &Bot, chats: &[i64], ask: &Sender<Asked>, kind: &UpdateKind) {
    let (from, place, text, query) = match kind {
        UpdateKind::Pressed { from, data, query, .. } => (from.id, from.id, data.as_str(), Some(query)),
        UpdateKind::Text { from, chat, text, .. } if chats.contains(chat) => {
            (from.id, *chat, text.as_str(), None)
        }
        _ => return,
    };
    // In a chat of two, its number is that of the person.
    let known = chats.contains(&from);
    let said = if known { obey(ask, from, text) } else { "Not yours to press".into() };
    let answered = match query {
        Some(query) => bot.answer(query, &said),
        None if known => bot.send(place, &said, &[]).map(drop),
        None => Ok(()),
    };
    if let Err(error) = answered {
        log::warn!("telegram: {error}");
    }
}

/// Passes the wish on, and says what came of it.
fn obey(ask: &Sender<Asked>, from: i64, text: &str) -> String {
    let Some(wish) = wish(text) else { return HELP.into() };
    let (asked, answer) = Asked::waiting(format!("telegram {from}"), wish);
    if ask.try_send(asked).is_err() {
        return "The guard is busy; try again".into();
    }
    match answer.recv_timeout(ANSWER_LIMIT) {
        Ok(Ok(done)) => done,
        Ok(Err(why)) => format!("Not done: {why}"),
        Err(_) => "The guard did not say what came of it".into(),
    }
}

/// `/block_last`, `/log@house_bot 5`, `block +49`: the stroke and the bot's name do not matter, nor does case.
fn wish(text: &str) -> Option<Wish> {
    let text = text.trim().trim_start_matches('/');
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let word = word.split('@').next().unwrap_or("").to_ascii_lowercase().replace('_', "-");
    Wish::parse(&format!("{word} {rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_read_as_telegram_sends_them() {
        assert_eq!(wish("/Block_Last@house_bot"), Some(Wish::BlockLast));
        assert_eq!(wish("/log 5"), Some(Wish::Log(5)));
        assert_eq!(wish(" block 030 23125 555 "), Some(Wish::Block("03023125555".into())));
        assert_eq!((wish("/help"), wish("hello"), wish("")), (None, None, None));
    }

    #[test]
    fn everything_that_is_offered_is_known_and_stands_in_the_help() {
        for (word, _) in OFFERED.iter().filter(|(word, _)| *word != "help") {
            let text = if ["block", "allow"].contains(word) { format!("{word} 110") } else { (*word).into() };
            assert!(wish(&text).is_some(), "{word}");
            assert!(HELP.contains(&format!("/{word}")), "{word}");
        }
    }
}
