//! A strict stand-in for Telegram's bot server, for tests and for trying a bot out without an account.
//!
//! It holds a poll open until something happens, honours the offset, and refuses whatever the real one
//! refuses: texts that are too long or empty, button data beyond 64 bytes, unknown chats, a second poller.
//! Faults are queued by hand.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
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
                    let _ = serve(&stream, &shared, &stopped);
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

/// A refusal in Telegram's form.
struct Refusal {
    code: u16,
    text: String,
    parameters: Value,
}

fn refuse(code: u16, text: &str) -> Refusal {
    Refusal { code, text: text.into(), parameters: Value::Null }
}

fn serve(stream: &TcpStream, state: &Shared, stop: &AtomicBool) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (verb, path) = (words.next().unwrap_or("").to_owned(), words.next().unwrap_or("").to_owned());
    let (mut length, mut kind) = (0_usize, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "content-type" => kind = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length.min(60_000_000)];
    reader.read_exact(&mut body)?;

    if let Some(file) = path.strip_prefix(&format!("/file/bot{TOKEN}/documents/")) {
        let found = lock(state).files.get(file).cloned();
        return match found {
            Some(bytes) if verb == "GET" => respond(stream, 200, "application/octet-stream", &bytes),
            _ => respond(
                stream,
                404,
                "application/json",
                b"{\"ok\":false,\"error_code\":404,\"description\":\"Not Found\"}",
            ),
        };
    }
    let Some(method) = path.strip_prefix(&format!("/bot{TOKEN}/")).map(str::to_owned) else {
        return answer(stream, Err(refuse(401, "Unauthorized")));
    };
    if method != "getUpdates"
        && let Some(fault) = take_fault(state, &method)
    {
        return fail(stream, &fault);
    }
    let fields = match fields(&kind, &body) {
        Ok(fields) => fields,
        Err(why) => return answer(stream, Err(refuse(400, &format!("Bad Request: {why}")))),
    };
    if method == "getUpdates" {
        return match updates(&fields, state, stop) {
            Err(fault) => fail(stream, &fault),
            Ok(done) => answer(stream, done),
        };
    }
    let done = act(&method, &fields, state);
    {
        let mut state = lock(state);
        match &done {
            Ok(_) => state.requests.push(Request { method, fields }),
            Err(refusal) => state.refused.push(format!("{method}: {}", refusal.text)),
        }
    }
    state.1.notify_all();
    answer(stream, done)
}

fn take_fault(state: &Shared, method: &str) -> Option<Fault> {
    let mut state = lock(state);
    let at = state.faults.iter().position(|(of, _)| of.is_empty() || of == method)?;
    state.faults.remove(at).map(|(_, fault)| fault)
}

fn fail(mut stream: &TcpStream, fault: &Fault) -> std::io::Result<()> {
    let refusal = match fault {
        Fault::TooMany(seconds) => Refusal {
            parameters: json!({"retry_after": seconds}),
            ..refuse(429, &format!("Too Many Requests: retry after {seconds}"))
        },
        Fault::Conflict => refuse(
            409,
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
        ),
        Fault::Blocked => refuse(403, "Forbidden: bot was blocked by the user"),
        Fault::BadGateway => {
            return respond(stream, 502, "text/html", b"<html><h1>502 Bad Gateway</h1></html>");
        }
        Fault::Garbage => return respond(stream, 200, "text/html", b"<html>log in to the hotel</html>"),
        Fault::CutOff => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"ok\":true,")?;
            return stream.shutdown(std::net::Shutdown::Both);
        }
    };
    answer(stream, Err(refusal))
}

fn answer(stream: &TcpStream, done: Result<Value, Refusal>) -> std::io::Result<()> {
    let (code, body) = match done {
        Ok(result) => (200, json!({"ok": true, "result": result})),
        Err(refusal) => {
            let mut body = json!({"ok": false, "error_code": refusal.code, "description": refusal.text});
            if !refusal.parameters.is_null() {
                body["parameters"] = refusal.parameters;
            }
            (refusal.code, body)
        }
    };
    respond(stream, code, "application/json", body.to_string().as_bytes())
}

fn respond(mut stream: &TcpStream, code: u16, kind: &str, body: &[u8]) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {code} X\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat())
}

/// Reads JSON or a form with files.
fn fields(kind: &str, body: &[u8]) -> Result<Value, String> {
    if kind.starts_with("application/json") {
        let value: Value = serde_json::from_slice(body).map_err(|e| format!("can't parse JSON: {e}"))?;
        return if value.is_object() { Ok(value) } else { Err("object expected".into()) };
    }
    let Some(boundary) = kind.strip_prefix("multipart/form-data; boundary=") else {
        return if body.is_empty() { Ok(json!({})) } else { Err(format!("unsupported content type {kind}")) };
    };
    let mark = format!("--{boundary}");
    let mut out = json!({});
    let mut rest = body.strip_prefix(mark.as_bytes()).ok_or("no boundary at the start")?;
    loop {
        if rest == b"--\r\n" {
            return Ok(out);
        }
        rest = rest.strip_prefix(b"\r\n").ok_or("no line end after a boundary")?;
        let head_end = find(rest, b"\r\n\r\n").ok_or("a part without a body")?;
        let head = String::from_utf8_lossy(&rest[..head_end]).into_owned();
        let next = format!("\r\n{mark}");
        let end = find(&rest[head_end + 4..], next.as_bytes()).ok_or("no boundary at the end")?;
        let content = &rest[head_end + 4..head_end + 4 + end];
        let attribute = |name: &str| {
            let (_, after) = head.split_once(&format!(" {name}=\""))?;
            after.split_once('"').map(|(value, _)| value.to_owned())
        };
        let name = attribute("name").ok_or("a part without a name")?;
        out[&name] = match attribute("filename") {
            Some(file) => json!({
                "file": file,
                "bytes": content.len(),
                "head": String::from_utf8_lossy(&content[..content.len().min(4)]),
            }),
            None => String::from_utf8_lossy(content).into_owned().into(),
        };
        rest = &rest[head_end + 4 + end + next.len()..];
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}

/// Holds the poll until there is something, as the real one does.
fn updates(fields: &Value, state: &Shared, stop: &AtomicBool) -> Result<Result<Value, Refusal>, Fault> {
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

fn act(method: &str, fields: &Value, state: &Shared) -> Result<Value, Refusal> {
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
