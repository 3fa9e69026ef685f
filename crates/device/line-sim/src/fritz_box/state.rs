//! What a simulated box knows.

use std::collections::VecDeque;
use std::net::TcpStream;

use call_monitor::{Entry, Event, Extension, Line, Text};

use super::books::Book;
use super::calls::{SimCall, SimCallKind};
use super::faults::Faults;
use super::stamp;

/// How far a confirmation by second factor is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Factor {
    #[default]
    Stopped,
    Waiting(String),
    Given(String),
}

/// A message on the answering machine.
#[derive(Debug, Clone)]
pub(super) struct Voice {
    pub(super) index: u32,
    pub(super) caller: Box<str>,
    pub(super) name: Box<str>,
    pub(super) date: String,
    pub(super) new: bool,
    pub(super) wav: Vec<u8>,
}

/// What a simulated box knows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) books: Vec<Book>,
    pub(super) barring: Book,
    pub(super) calls: Vec<SimCall>,
    pub(super) listeners: Vec<TcpStream>,
    pub(super) faults: Faults,
    pub(super) dialled: Option<String>,
    pub(super) dial_phone: String,
    pub(super) factor: Factor,
    pub(super) machine_on: bool,
    pub(super) messages: Vec<Voice>,
    pub(super) handset_books: [u16; 2],
    /// Sessions for files, and nonces given out, the oldest first.
    pub(super) sessions: VecDeque<String>,
    pub(super) nonces: VecDeque<(String, u32)>,
    count: u32,
    message_count: u32,
}

impl State {
    pub(super) fn new() -> Self {
        let mut spam = Book::new("Spamnummern");
        spam.rejects = true;
        let mut barring = Book::new("");
        barring.rejects = true;
        Self {
            books: vec![Book::new("Telefonbuch"), spam],
            barring,
            calls: Vec::new(),
            listeners: Vec::new(),
            faults: Faults::default(),
            dialled: None,
            dial_phone: "DECT 1".into(),
            factor: Factor::default(),
            machine_on: true,
            messages: Vec::new(),
            handset_books: [0; 2],
            sessions: VecDeque::new(),
            nonces: VecDeque::new(),
            count: 0,
            message_count: 0,
        }
    }

    /// A word that nobody guesses.
    pub(super) fn word() -> String {
        format!("{:016X}", fastrand::u64(..))
    }

    pub(super) fn session(&mut self) -> String {
        let word = Self::word();
        self.sessions.push_back(word.clone());
        if self.sessions.len() > 256 {
            self.sessions.pop_front();
        }
        word
    }

    /// The smallest number that no call has now, as boxes do it.
    fn free_id(&self) -> u16 {
        (0..u16::MAX)
            .find(|id| !self.calls.iter().any(|c| !c.over && c.monitor_id == *id))
            .unwrap_or_default()
    }

    fn begin(&mut self, kind: SimCallKind, remote: &str, own: &str, extension: Option<u16>) -> &mut SimCall {
        let monitor_id = self.free_id();
        self.count += 1;
        self.calls.push(SimCall {
            id: self.count,
            monitor_id,
            kind,
            remote: remote.into(),
            own: own.into(),
            began: stamp::now(),
            extension,
            seconds: 0,
            answered: None,
            over: false,
        });
        let last = self.calls.len() - 1;
        &mut self.calls[last]
    }

    pub(super) fn ring(&mut self, caller: &str, called: &str, line: &str) -> u16 {
        let rejected = self
            .books
            .iter()
            .chain([&self.barring])
            .any(|book| book.rejects && !caller.is_empty() && book.find(caller).is_some());
        let kind = if rejected { SimCallKind::Rejected } else { SimCallKind::Missed };
        let id = self.begin(kind, caller, called, None).monitor_id;
        self.say(Event::Ring {
            id,
            caller: Text::from(caller),
            called: Text::from(called),
            line: Text::from(line),
        });
        if rejected {
            self.end(id, None);
        }
        id
    }

    pub(super) fn dial(&mut self, extension: u16, own: &str, number: &str) -> u16 {
        let id = self.begin(SimCallKind::OutgoingNow, number, own, Some(extension)).monitor_id;
        self.say(Event::Call {
            id,
            extension: Extension(extension),
            own: Text::from(own),
            remote: Text::from(number),
            line: Text::from("SIP0"),
        });
        id
    }

    pub(super) fn answer(&mut self, id: u16, extension: u16) {
        let Some(call) = self.calls.iter_mut().rev().find(|c| !c.over && c.monitor_id == id) else { return };
        call.answered = Some(stamp::now());
        call.extension = Some(extension);
        if call.kind == SimCallKind::Missed {
            call.kind = SimCallKind::IncomingNow;
        }
        let remote = call.remote.clone();
        self.say(Event::Connect { id, extension: Extension(extension), remote: Text::from(&*remote) });
    }

    pub(super) fn end(&mut self, id: u16, seconds: Option<u32>) {
        let Some(call) = self.calls.iter_mut().rev().find(|c| !c.over && c.monitor_id == id) else { return };
        let talked = call.answered.map_or(0, |at| stamp::now().seconds() - at.seconds());
        call.seconds = seconds.unwrap_or_else(|| u32::try_from(talked).unwrap_or_default());
        call.over = true;
        call.kind = match call.kind {
            SimCallKind::IncomingNow => SimCallKind::Incoming,
            SimCallKind::OutgoingNow => SimCallKind::Outgoing,
            kind => kind,
        };
        let seconds = call.seconds;
        self.say(Event::Disconnect { id, seconds });
    }

    fn say(&mut self, event: Event<'_>) {
        let mut line = Vec::new();
        Line::Entry(Entry { stamp: stamp::now(), event }).write_to(&mut line);
        self.broadcast(&line);
    }

    pub(super) fn broadcast(&mut self, bytes: &[u8]) {
        if !self.faults.silent_monitor {
            use std::io::Write as _;
            self.listeners.retain_mut(|stream| stream.write_all(bytes).is_ok());
        }
    }

    pub(super) fn drop_listeners(&mut self, reset: bool) {
        for stream in self.listeners.drain(..) {
            if reset {
                // A connection closed with no time to linger is reset, once its reader, woken here, is gone as well.
                let _ = socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO));
                let _ = stream.shutdown(std::net::Shutdown::Read);
            } else {
                let _ = stream.shutdown(std::net::Shutdown::Both);
            }
        }
    }

    pub(super) fn leave_message(&mut self, caller: &str, name: &str, wav: Vec<u8>) {
        let date = stamp::minute(&stamp::now());
        let index = self.message_count;
        self.message_count += 1;
        self.messages.push(Voice { index, caller: caller.into(), name: name.into(), date, new: true, wav });
    }

    pub(super) fn confirm(&mut self) {
        if let Factor::Waiting(token) = &self.factor {
            self.factor = Factor::Given(token.clone());
        }
    }

    /// The name of a number in the books that do not reject.
    pub(super) fn name_of(&self, number: &str) -> String {
        self.books.iter().filter(|b| !b.rejects).find_map(|b| b.name_of(number)).unwrap_or_default()
    }
}
