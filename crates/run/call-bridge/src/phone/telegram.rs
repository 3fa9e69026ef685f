//! Telegram as a messenger of the phone: one thread asks for what people send, one sends.

use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use address_book::vcard;
use call_notify::telegram::{Bot, Button, Poller, Sender as Person, TelegramError, Update, UpdateKind};
use crossbeam_channel::{Receiver, Sender, bounded};

use super::{Inbound, Messenger, Outbound};
use crate::remote::{Asker, Channel, Note};

/// How long Telegram holds a question for news open.
const HOLD: Duration = Duration::from_secs(50);
/// How long a note that cannot be sent is tried again before it is given up.
const GIVE_UP: Duration = Duration::from_secs(600);
/// Notes that wait for Telegram.
const ROOM: usize = 256;

/// The commands that Telegram offers while somebody types.
const OFFERED: [(&str, &str); 8] = [
    ("call", "connect your telephone with a number"),
    ("sms", "send an SMS"),
    ("close", "end all calls"),
    ("search", "contacts by part of a name"),
    ("log", "the last calls"),
    ("status", "stick, network, calls"),
    ("getmasterphone", "which telephone takes calls"),
    ("help", "all commands"),
];

/// Starts both threads. What was handled is noted in `offset_file`, so that a restart repeats and loses nothing.
///
/// # Errors
///
/// A thread cannot be started.
pub fn start(bot: Bot, offset_file: PathBuf, inbound: Sender<Inbound>) -> io::Result<Messenger> {
    let (to, notes) = bounded(ROOM);
    let sender = bot.clone();
    let back = inbound.clone();
    thread::Builder::new().name("telegram-send".into()).spawn(move || send_all(&sender, &notes, &back))?;
    thread::Builder::new().name("telegram-ask".into()).spawn(move || {
        if let Err(error) = bot.offer_commands(&OFFERED) {
            log::info!("telegram: the commands cannot be offered: {error}");
        }
        ask_on(Poller::new(bot, Some(offset_file)), &inbound);
    })?;
    Ok(Messenger { channel: Channel::Telegram, to, news: true })
}

fn ask_on(mut poller: Poller, inbound: &Sender<Inbound>) {
    let mut told = String::new();
    loop {
        match poller.poll(HOLD) {
            Ok(updates) => {
                told.clear();
                for update in updates {
                    let id = update.id;
                    if let Some(message) = read(poller.bot(), update)
                        && inbound.send(message).is_err()
                    {
                        return;
                    }
                    poller.handled(id);
                }
            }
            Err(error) => {
                let text = error.to_string();
                // The same trouble is told once, not every minute of a night without network.
                if text != told {
                    log::warn!("telegram: {text}");
                    told = text;
                }
                thread::sleep(poller.pause(&error));
            }
        }
    }
}

fn asker(person: &Person, chat: i64) -> Asker {
    Asker { channel: Channel::Telegram, id: person.id, reply_to: chat.to_string() }
}

fn read(bot: &Bot, update: Update) -> Option<Inbound> {
    match update.kind {
        UpdateKind::Text { chat, from, answers, text, .. } => {
            Some(Inbound::Message { asker: asker(&from, chat), text, reply_to: answers })
        }
        UpdateKind::Contact { chat, from, number, name, vcard } => Some(Inbound::Contact {
            asker: asker(&from, chat),
            name,
            numbers: numbers_of(&number, vcard.as_deref()),
        }),
        UpdateKind::Document { chat, from, document } => Some(Inbound::FileOffered {
            asker: asker(&from, chat),
            name: document.name,
            size: document.bytes.unwrap_or_default(),
            handle: document.id,
        }),
        UpdateKind::Pressed { query, from, place, data } => {
            // At once, so that the button stops turning; what came of it follows as a message.
            if let Err(error) = bot.answer(&query, "") {
                log::debug!("telegram: a press could not be answered: {error}");
            }
            let chat = place.map_or(from.id, |(chat, _)| chat);
            Some(Inbound::Pressed { asker: asker(&from, chat), data })
        }
        _ => None,
    }
}

/// The numbers of a contact; those of its card too, for Telegram itself gives one alone.
fn numbers_of(number: &str, vcard: Option<&str>) -> Vec<String> {
    let (cards, _) = vcard::read(vcard.unwrap_or_default().as_bytes());
    let on_cards = cards.iter().flat_map(|card| &card.numbers).map(|n| n.number.as_str().to_owned());
    let mut numbers: Vec<String> = Vec::new();
    // The card's spelling goes first: Telegram's own leaves out the plus.
    for number in on_cards.chain([number.to_owned()]) {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        if !numbers.iter().any(|known| digits(known) == digits(&number)) {
            numbers.push(number);
        }
    }
    numbers
}

fn send_all(bot: &Bot, notes: &Receiver<Outbound>, inbound: &Sender<Inbound>) {
    for outbound in notes {
        match outbound {
            Outbound::Note { to, note } => match to.parse() {
                Ok(chat) => send(bot, chat, note, inbound),
                Err(_) => log::warn!("telegram: \"{}\" is no chat", to.escape_debug()),
            },
            Outbound::Fetch { asker, name, handle } => match bot.fetch(&handle) {
                Ok(bytes) => {
                    if inbound.send(Inbound::File { asker, name, bytes }).is_err() {
                        return;
                    }
                }
                Err(error) => {
                    if let Ok(chat) = asker.reply_to.parse() {
                        let text = format!("The file could not be fetched: {error}");
                        send(bot, chat, Note { text, ..Note::default() }, inbound);
                    }
                }
            },
        }
    }
}

fn send(bot: &Bot, chat: i64, note: Note, inbound: &Sender<Inbound>) {
    let buttons: Vec<Vec<Button>> =
        note.buttons.iter().map(|b| vec![Button::new(&b.label, &b.data)]).collect();
    let begun = Instant::now();
    let mut wait = Duration::from_secs(1);
    loop {
        match bot.send(chat, &note.text, &buttons) {
            Ok(messages) => {
                if let (Some(about), Some(message)) = (note.about, messages.last().copied()) {
                    // The phone is stopping; nobody will need it.
                    let _ = inbound.send(Inbound::Sent { chat: chat.to_string(), message, about });
                }
                return;
            }
            Err(error) if error.is_temporary() && begun.elapsed() < GIVE_UP => {
                let pause = match error {
                    TelegramError::TooMany(pause) => pause,
                    _ => wait,
                };
                log::debug!("telegram: {error}; tried again in {} s", pause.as_secs());
                thread::sleep(pause);
                wait = (wait * 2).min(Duration::from_secs(60));
            }
            Err(error) => {
                log::warn!("telegram: a notice is lost: {error}");
                return;
            }
        }
    }
}
