//! A strict stand-in for Telegram's bot server, for tests and for trying a bot out without an account.
//!
//! It holds a poll open until something happens, honours the offset, and refuses whatever the real one
//! refuses: texts that are too long or empty, button data beyond 64 bytes, unknown chats, a second poller.
//! Faults are queued by hand.

mod http;
mod rules;

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The token that the stand-in knows.
pub const TOKEN: &str = "123456:AAE-token_for-tests";

/// How the next request goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 429, wait so many seconds.
    TooMany(u64),
    /// 409: another program polls.
    Conflict,
    /// 502 with a page of HTML, as a proxy gives it.
    BadGateway,
    /// The connection is cut in the middle of the answer.
    CutOff,
    /// 200 with something that is no JSON.
    Garbage,
    /// 403: the person has blocked the bot.
    Blocked,
}

/// A request that the bot made and that was accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The method, such as `sendMessage`.
    pub method: String,
    /// Its fields. Files are there with their sizes, as `{"file": name, "bytes": n}`.
    pub fields: Value,
}

#[derive(Debug, Default)]
struct State {
    updates: VecDeque<Value>,
    next_update: i64,
    next_message: i64,
    chats: HashSet<i64>,
    files: HashMap<String, Vec<u8>>,
    presses: HashMap<String, bool>,
    faults: VecDeque<(String, Fault)>,
    requests: Vec<Request>,
    texts: HashMap<(i64, i64), String>,
    polling: bool,
    refused: Vec<String>,
}

/// The stand-in; it ends when it is dropped.
#[derive(Debug)]
pub struct TelegramMock {
    address: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
    stop: Arc<AtomicBool>,
}

type Shared = Arc<(Mutex<State>, Condvar)>;

fn lock(state: &Shared) -> MutexGuard<'_, State> {
    state.0.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TelegramMock {
    /// Starts on a free port of this machine.
    ///
    /// # Errors
    ///
    /// No port is free.
    pub fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let state = Shared::default();
        lock(&state).next_update = 1000;
        lock(&state).next_message = 1;
        let stop = Arc::new(AtomicBool::new(false));
        let (shared, stopped) = (Arc::clone(&state), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (shared, stopped) = (Arc::clone(&shared), Arc::clone(&stopped));
                std::thread::spawn(move || {
                    // A bot that hangs up in the middle is the bot's affair.
                    let _ = http::serve(&stream, &shared, &stopped);
                });
            }
        });
        Ok(Self { address, state, stop })
    }

    /// Its address, to be used in the place of `https://api.telegram.org`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A person opens a chat with the bot: only then the bot may write there.
    pub fn open_chat(&self, chat: i64) {
        lock(&self.state).chats.insert(chat);
    }

    /// A person writes to the bot.
    pub fn write(&self, chat: i64, from: i64, text: &str) -> i64 {
        self.message(chat, from, |m| m["text"] = text.into())
    }

    /// A person answers one of the bot's messages.
    pub fn reply(&self, chat: i64, from: i64, to: i64, text: &str) -> i64 {
        self.message(chat, from, |m| {
            m["text"] = text.into();
            m["reply_to_message"] =
                json!({"message_id": to, "chat": {"id": chat, "type": "private"}, "date": 0});
        })
    }

    /// A person sends a file.
    pub fn send_file(&self, chat: i64, from: i64, name: &str, bytes: &[u8]) -> String {
        let id = format!("file-{}", lock(&self.state).files.len());
        lock(&self.state).files.insert(id.clone(), bytes.to_vec());
        self.message(chat, from, |m| {
            m["document"] =
                json!({"file_id": id, "file_unique_id": id, "file_name": name, "file_size": bytes.len()});
        });
        id
    }

    /// A person sends a contact.
    pub fn send_contact(&self, chat: i64, from: i64, number: &str, name: &str) -> i64 {
        self.message(chat, from, |m| m["contact"] = json!({"phone_number": number, "first_name": name}))
    }

    fn message(&self, chat: i64, from: i64, fill: impl FnOnce(&mut Value)) -> i64 {
        let mut state = lock(&self.state);
        state.chats.insert(chat);
        let id = state.next_message;
        state.next_message += 1;
        let mut message = json!({
            "message_id": id,
            "date": 1_795_176_000,
            "chat": {"id": chat, "type": "private", "first_name": "Anna"},
            "from": {"id": from, "is_bot": false, "first_name": "Anna", "last_name": "Muster"},
        });
        fill(&mut message);
        push(&mut state, json!({"message": message}));
        self.state.1.notify_all();
        id
    }

    /// A person presses a button; gives the press's id.
    pub fn press(&self, chat: i64, from: i64, message: i64, data: &str) -> String {
        let mut state = lock(&self.state);
        let id = format!("press-{}", state.presses.len());
        state.presses.insert(id.clone(), false);
        let query = json!({
            "id": id,
            "from": {"id": from, "is_bot": false, "first_name": "Anna"},
            "message": {"message_id": message, "date": 0, "chat": {"id": chat, "type": "private"}},
            "chat_instance": "1",
            "data": data,
        });
        push(&mut state, json!({"callback_query": query}));
        self.state.1.notify_all();
        id
    }

    /// The next request of this method goes wrong; an empty name stands for any.
    pub fn fail_next(&self, method: &str, fault: Fault) {
        lock(&self.state).faults.push_back((method.into(), fault));
        self.state.1.notify_all();
    }

    /// Everything that was accepted so far, polls left out.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.state).requests.clone()
    }

    /// The texts sent to a chat so far, in order.
    pub fn texts(&self, chat: i64) -> Vec<String> {
        self.requests()
            .iter()
            .filter(|r| r.method == "sendMessage" && r.fields["chat_id"] == chat)
            .filter_map(|r| r.fields["text"].as_str().map(Into::into))
            .collect()
    }

    /// Why requests were refused, where the fault was the bot's own.
    pub fn refusals(&self) -> Vec<String> {
        lock(&self.state).refused.clone()
    }

    /// Whether every press was answered.
    pub fn all_presses_answered(&self) -> bool {
        lock(&self.state).presses.values().all(|answered| *answered)
    }

    /// How many updates are not confirmed by an offset yet.
    pub fn unconfirmed(&self) -> usize {
        lock(&self.state).updates.len()
    }

    /// Waits until `done` says so about the requests accepted, at most so long. True if it came true.
    pub fn wait_for(&self, at_most: Duration, mut done: impl FnMut(&[Request]) -> bool) -> bool {
        let end = Instant::now() + at_most;
        let mut state = lock(&self.state);
        loop {
            if done(&state.requests) {
                return true;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.state.1.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for TelegramMock {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.state.1.notify_all();
        // Wakes the listener, so that it sees that it is to stop.
        let _ = TcpStream::connect(self.address);
    }
}

fn push(state: &mut State, mut update: Value) {
    update["update_id"] = state.next_update.into();
    state.next_update += 1;
    state.updates.push_back(update);
}
