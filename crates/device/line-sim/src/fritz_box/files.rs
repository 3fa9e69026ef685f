//! The files that actions name: books, call list, messages. They are fetched with a session.

use std::fmt::Write as _;

use super::http::Answer;
use super::soap::escape;
use super::state::State;

/// The number of the barring among the books.
pub(super) const BARRING: u16 = 258;

pub(super) fn is_file(path: &str) -> bool {
    matches!(path, "/phonebook.lua" | "/calllist.lua" | "/tamcalllist.lua" | "/download.lua")
}

pub(super) fn answer(state: &State, path: &str) -> Answer {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let of = |name: &str| {
        query
            .split('&')
            .find_map(|part| part.split_once('=').filter(|(n, _)| *n == name).map(|(_, value)| value))
    };
    let number = |name: &str| of(name).and_then(|n| n.parse::<usize>().ok());
    if !state.sessions.iter().any(|s| Some(s.as_str()) == of("sid")) {
        return Answer {
            status: 403,
            kind: "text/html",
            body: b"<html><body>403 Forbidden</body></html>".into(),
        };
    }
    match path {
        "/phonebook.lua" => match number("pbid") {
            Some(id) if id == usize::from(BARRING) => Answer::xml(200, state.barring.export(Some(BARRING))),
            Some(id) => match state.books.get(id) {
                Some(book) => Answer::xml(200, book.export(None)),
                None => Answer::not_found(),
            },
            None => Answer::not_found(),
        },
        "/calllist.lua" => Answer::xml(200, call_list(state, number("max").unwrap_or(999), number("id"))),
        "/tamcalllist.lua" => Answer::xml(200, message_list(state)),
        _ => {
            let index = of("path").and_then(|p| p.rsplit('.').next()).and_then(|n| n.parse::<u32>().ok());
            match state.messages.iter().find(|m| Some(m.index) == index) {
                Some(message) => Answer { status: 200, kind: "audio/x-wav", body: message.wav.clone() },
                None => Answer::not_found(),
            }
        }
    }
}

/// The newest call first. A call that nobody answered yet is not listed.
fn call_list(state: &State, max: usize, after: Option<usize>) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<root>\n<timestamp>1592300000</timestamp>\n",
    );
    let listed = |c: &&super::SimCall| c.over || c.answered.is_some();
    let newer = |c: &&super::SimCall| after.is_none_or(|id| c.id as usize > id);
    for call in state.calls.iter().rev().filter(listed).filter(newer).take(max) {
        out.push_str(&call.to_xml(&state.name_of(&call.remote)));
        out.push('\n');
    }
    out.push_str("</root>\n");
    out
}

fn message_list(state: &State) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Root>\n");
    for message in state.messages.iter().rev() {
        let _ = writeln!(
            out,
            "<Message><Index>{0}</Index><Tam>0</Tam><Called>23125001</Called><Date>{1}</Date>\
             <Duration>0:01</Duration><Inbook>0</Inbook><Name>{2}</Name><New>{3}</New><Number>{4}</Number>\
             <Path>/download.lua?path=/data/tam/rec/rec.0.{0:03}</Path></Message>",
            message.index,
            message.date,
            escape(&message.name),
            u8::from(message.new),
            escape(&message.caller)
        );
    }
    out.push_str("</Root>\n");
    out
}
