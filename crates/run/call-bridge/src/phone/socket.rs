//! The same commands from a program on this machine: one line in, the answer out.
//!
//! Only who may open the socket's file may command, so it is made for its owner alone.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{Inbound, Messenger, Outbound};
use crate::remote::{Asker, Channel};

/// The longest command.
const MAX_LINE: u64 = 16 * 1024;
/// How long somebody may take to send a command.
const READ_WITHIN: Duration = Duration::from_secs(5);
/// How long an answer may take; some commands have none.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// How many may command at once.
const AT_ONCE: usize = 8;

type Waiting = Arc<Mutex<HashMap<String, Sender<String>>>>;

/// The socket; its file goes when it is dropped.
#[derive(Debug)]
pub struct ControlSocket {
    path: PathBuf,
}

impl ControlSocket {
    /// Opens the socket, and gives the messenger that stands for it.
    ///
    /// # Errors
    ///
    /// Another phone listens there, or the file cannot be made.
    pub fn open(path: &Path, inbound: Sender<Inbound>) -> io::Result<(Self, Messenger)> {
        if UnixStream::connect(path).is_ok() {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, "another virtualphone listens there"));
        }
        // What is left of a phone that crashed.
        let _ = fs::remove_file(path);
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        let waiting: Waiting = Waiting::default();
        let (to, notes) = bounded(64);
        let for_answers = Arc::clone(&waiting);
        thread::Builder::new().name("socket-answers".into()).spawn(move || answer(&notes, &for_answers))?;
        thread::Builder::new().name("socket".into()).spawn(move || listen(&listener, &inbound, &waiting))?;
        Ok((Self { path: path.to_owned() }, Messenger { channel: Channel::Socket, to, news: false }))
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Sends a command to a running phone and gives its answer.
///
/// # Errors
///
/// No phone listens there, or it did not answer.
pub fn send(path: &Path, command: &str) -> io::Result<String> {
    let mut stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN + READ_WITHIN))?;
    stream.write_all(command.replace(['\r', '\n'], " ").as_bytes())?;
    stream.write_all(b"\n")?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn answer(notes: &Receiver<Outbound>, waiting: &Waiting) {
    for outbound in notes {
        if let Outbound::Note { to, note } = outbound
            && let Some(answer) = waiting.lock().unwrap_or_else(PoisonError::into_inner).get(&to)
        {
            // Who asked is gone, or has its answer already.
            let _ = answer.try_send(note.text);
        }
    }
}

fn listen(listener: &UnixListener, inbound: &Sender<Inbound>, waiting: &Waiting) {
    for (number, stream) in listener.incoming().enumerate() {
        let Ok(stream) = stream else { continue };
        let name = number.to_string();
        let (tell, told) = bounded(8);
        {
            let mut all = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() >= AT_ONCE {
                let _ = (&stream).write_all(b"too many ask at once; try again\n");
                continue;
            }
            all.insert(name.clone(), tell);
        }
        let inbound = inbound.clone();
        let done = Arc::clone(waiting);
        let served = thread::Builder::new().name("socket-one".into()).spawn(move || {
            // A client that does not read or write in time is left; nobody else waits for it.
            let _ = serve(&stream, &name, &inbound, &told);
            done.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
        });
        if served.is_err() {
            log::error!("the socket can start no thread");
        }
    }
}

fn serve(
    stream: &UnixStream,
    name: &str,
    inbound: &Sender<Inbound>,
    told: &Receiver<String>,
) -> io::Result<()> {
    stream.set_read_timeout(Some(READ_WITHIN))?;
    stream.set_write_timeout(Some(READ_WITHIN))?;
    let mut line = Vec::new();
    BufReader::new(stream.take(MAX_LINE)).read_until(b'\n', &mut line)?;
    let text = String::from_utf8_lossy(&line).trim().to_owned();
    let text = if text.starts_with('/') { text } else { format!("/{text}") };
    let asker = Asker { channel: Channel::Socket, id: 0, reply_to: name.to_owned() };
    if inbound.send_timeout(Inbound::Message { asker, text, reply_to: None }, ANSWER_WITHIN).is_err() {
        return (&*stream).write_all(b"the phone is busy; try again\n");
    }
    let mut wait = ANSWER_WITHIN;
    let mut any = false;
    while let Ok(text) = told.recv_timeout(wait) {
        (&*stream).write_all(text.as_bytes())?;
        (&*stream).write_all(b"\n")?;
        any = true;
        // A second sentence, if there is one, comes at once.
        wait = Duration::from_millis(100);
    }
    if any { Ok(()) } else { (&*stream).write_all(b"done\n") }
}
