//! Every sentence with which the interface says no, each with a word that programs can rely on. Nothing else can be
//! answered, so that whoever shows these to people in another language misses none.

use std::fmt::Display;

use call_log::LogError;
use call_screen::sentences::fill;
use serde_json::json;

use crate::http::Response;

/// A way to say no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The status of the answer.
    pub status: u16,
    /// The word for programs.
    pub code: &'static str,
    /// The sentence for people. `{}` stands for what differs: what was asked for, or what somebody else said.
    pub text: &'static str,
}

macro_rules! refusals {
    ($($name:ident = $status:literal $code:literal $text:literal;)*) => {
        $(pub(crate) const $name: Refusal = Refusal { status: $status, code: $code, text: $text };)*
        /// All of them.
        pub const ALL: &[Refusal] = &[$($name),*];
    };
}

refusals! {
    LOG_IN = 401 "log-in" "log in first";
    WRONG_PASSWORD = 401 "wrong-password" "that was not the password";
    TOO_MANY_TRIES = 429 "too-many-tries" "too many passwords were tried; wait ten minutes";
    READER = 403 "reader" "you may look, but not change anything";
    NO_TOKEN = 403 "no-token" "the token against forged requests is missing; reload the page";
    OTHER_PAGE = 403 "other-page" "this was sent by another page";
    OTHER_NAME = 421 "other-name" "this server does not go by that name; add it to hosts under [web], or use its address";
    NOT_FROM_HERE = 403 "not-from-here" "that is not done from the page";

    NOTHING_HERE = 404 "nothing-here" "there is nothing here";
    ONLY_READ = 405 "only-read" "only read this";
    UNREADABLE = 400 "unreadable" "that cannot be read: {}";
    NO_CALL = 404 "no-call" "there is no such call";
    NO_MESSAGE = 404 "no-message" "there is no such message";
    NO_LIST = 404 "no-list" "there is no such list";
    NO_NUMBER = 400 "no-number" "which number?";
    NO_DAY = 400 "no-day" "\"{}\" is no day; write it like 2026-12-24";
    NO_TIME = 400 "no-time" "that is no time; write it like 2026-12-24T18:30:00Z";
    NO_PLACE = 400 "no-place" "that is no place in the call log; take it from the page before";

    NO_RECORDING = 404 "no-recording" "the recording is not there any more";
    BAD_RECORDING = 404 "bad-recording" "the recording cannot be read: {}";
    KEPT_RECORDING = 503 "kept-recording" "the recording cannot be deleted: {}";
    NO_PART = 416 "no-part" "that part is not there";

    NOT_LISTED = 404 "not-listed" "that stands on the list no more";
    BAD_ENTRY = 409 "bad-entry" "that entry cannot be taken: {}";
    LIST_NOT_WRITTEN = 503 "list-not-written" "the list cannot be written: {}";
    LIST_NOT_READ = 503 "list-not-read" "the list cannot be read: {}";
    LIST_NOT_CHANGED = 409 "list-not-changed" "the list cannot be changed: {}";
    NO_ROOM = 503 "no-room" "there is no room for the import: {}";
    BAD_CONFIGURATION = 409 "bad-configuration" "the configuration has a mistake: {}";

    LOG_MISSING = 503 "log-missing" "the call log cannot be opened; it begins with the first `callblock run`";
    LOG_LOCKED = 503 "log-locked" "another program holds the call log; try again in a moment";
    LOG_FULL = 503 "log-full" "the disk is full; free some space";
    LOG_READ_ONLY = 503 "log-read-only" "the call log is read-only; make its file and folder writable for callblock";
    LOG_NEWER = 503 "log-newer" "the call log was written by a newer callblock; update this one";
    LOG_DAMAGED = 503 "log-damaged" "the call log is damaged; `callblock log check` tells what to do";
    LOG_FOREIGN = 503 "log-foreign" "that file is not a call log; set the right one in the configuration";
    LOG_TROUBLE = 503 "log-trouble" "the call log cannot be read or written: {}";

    NO_GUARD = 503 "no-guard" "no guard is running; start `callblock run`";
    GUARD_REFUSED = 409 "guard-refused" "{}";
    TOO_MANY_WATCH = 503 "too-many-watch" "too many watch already; try again later";
    NO_RANDOM = 500 "no-random" "nobody can log in: {}";
    NOT_WRITTEN = 500 "not-written" "the answer cannot be written: {}";

    NO_HTTP = 400 "no-http" "this is no HTTP request";
    NO_METHOD = 405 "no-method" "that method is not answered here";
    NO_ADDRESS = 400 "no-address" "that address cannot be read";
    LONG_HEAD = 431 "long-head" "the head of this request is too long";
    MANY_HEADERS = 431 "many-headers" "too many headers";
    TWO_LENGTHS = 400 "two-lengths" "two lengths";
    NO_LENGTH = 400 "no-length" "that is no length";
    LENGTH_NEEDED = 411 "length-needed" "send the length of what you send";
    TWO_HOSTS = 400 "two-hosts" "two hosts";
    TOO_LARGE = 413 "too-large" "that is too large";
}

impl Refusal {
    /// The answer, where nothing differs.
    pub(crate) fn answer(&self) -> Response {
        self.with(&[])
    }

    /// The answer with these in the places of its `{}`.
    pub(crate) fn with(&self, with: &[&dyn Display]) -> Response {
        let mut answer = Response::json(&json!({ "error": fill(self.text, with), "code": self.code }));
        answer.status = self.status;
        answer
    }
}

/// What keeps the log from being read or written. Where it lies is for the program's log, not for the page.
pub(crate) fn of_the_log(error: &LogError) -> Response {
    log::warn!("web page: {}", error.full_text());
    match error {
        LogError::Open { .. } => LOG_MISSING.answer(),
        LogError::Locked { .. } => LOG_LOCKED.answer(),
        LogError::Full { .. } => LOG_FULL.answer(),
        LogError::ReadOnly { .. } => LOG_READ_ONLY.answer(),
        LogError::Newer { .. } => LOG_NEWER.answer(),
        LogError::Corrupt { .. } => LOG_DAMAGED.answer(),
        LogError::Foreign { .. } => LOG_FOREIGN.answer(),
        LogError::Recording { .. } => KEPT_RECORDING.with(&[&"callblock's log tells why"]),
        other => LOG_TROUBLE.with(&[other]),
    }
}

/// What keeps a list from being changed. Where it lies is nobody's business here.
pub(crate) fn of_a_list(error: &call_screen::Error) -> Response {
    match error {
        call_screen::Error::Setting { reason, .. } => BAD_ENTRY.with(&[reason]),
        call_screen::Error::Read { source, .. } => LIST_NOT_READ.with(&[source]),
        call_screen::Error::Write { source, .. } => LIST_NOT_WRITTEN.with(&[source]),
        call_screen::Error::Format { reason, .. } => LIST_NOT_CHANGED.with(&[reason]),
        other => LIST_NOT_CHANGED.with(&[other]),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_words_of_their_own() {
        let mut seen = HashSet::new();
        for refusal in ALL {
            assert!(refusal.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", refusal.code);
            assert!(seen.insert(refusal.code), "{} stands twice", refusal.code);
            assert!((400..=599).contains(&refusal.status), "{}", refusal.code);
        }
    }

    #[test]
    fn no_folder_of_this_machine_is_told() {
        let why = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let place = "/home/anna/calls.db".to_owned();
        let list = call_screen::Error::Write { path: place.clone().into(), source: why() };
        let log = LogError::Locked { place, source: Box::new(why()) };
        for answer in [of_a_list(&list), of_the_log(&log)] {
            let crate::http::Body::Bytes(body) = answer.body else { panic!("no text") };
            assert!(!String::from_utf8(body).unwrap().contains("anna"));
        }
    }
}
