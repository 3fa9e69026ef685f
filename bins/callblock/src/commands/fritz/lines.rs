//! The call monitor's lines as they are, or as calls: live from the box, or out of a file.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use call_monitor::{Call, CallTracker, Change, Direction, Line, LineFramer, log_line, parse, redact_line};
use fritz_box::FritzBoxSettings;
use serde_json::json;

use crate::Failure;

/// How often a file is looked at for more.
const LOOK: Duration = Duration::from_millis(300);

/// How lines are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub(super) raw: bool,
    pub(super) whole: bool,
    pub(super) json: bool,
}

/// All lines of a file, and with `follow` those that are written to it from then on.
pub(super) fn from_file(path: &Path, follow: bool, shown: Shown) -> Result<(), Failure> {
    let missing = |e| Failure::new(Failure::NO_INPUT, format!("{}: {e}", path.display()));
    let mut input = BufReader::new(File::open(path).map_err(missing)?);
    let mut desk = Desk { shown, tracker: CallTracker::new() };
    let mut line = Vec::new();
    loop {
        // A line that is not whole yet stays in `line` until its end comes.
        match input.by_ref().take(4096).read_until(b'\n', &mut line).map_err(missing)? {
            0 if follow => std::thread::sleep(LOOK),
            0 => break,
            _ if line.ends_with(b"\n") || line.len() >= 4096 => {
                desk.line(&line)?;
                line.clear();
            }
            _ => {}
        }
    }
    desk.line(&line)
}

/// What the box says from now on.
pub(super) fn from_box(settings: &FritzBoxSettings, shown: Shown) -> Result<(), Failure> {
    let peer = format!("{}:{}", settings.address, settings.monitor_port);
    let gone = |e: std::io::Error| {
        Failure::new(Failure::UNAVAILABLE, format!("{peer}: {e}; dial #96*5* to switch the call monitor on"))
    };
    let mut stream = TcpStream::connect((&*settings.address, settings.monitor_port)).map_err(gone)?;
    let mut desk = Desk { shown, tracker: CallTracker::new() };
    let (mut framer, mut buffer, mut result) = (LineFramer::new(), [0; 4096], Ok(()));
    loop {
        let count = stream.read(&mut buffer).map_err(gone)?;
        if count == 0 {
            return Err(Failure::new(Failure::UNAVAILABLE, format!("{peer} ended the connection")));
        }
        framer.push(&buffer[..count], |line| {
            if result.is_ok() {
                result = desk.line(line);
            }
        });
        std::mem::replace(&mut result, Ok(()))?;
    }
}

struct Desk {
    shown: Shown,
    tracker: CallTracker,
}

impl Desk {
    fn line(&mut self, line: &[u8]) -> Result<(), Failure> {
        let Some(line) = log_line(line) else { return Ok(()) };
        if self.shown.raw {
            let text = if self.shown.whole { line.to_vec() } else { redact_line(line) };
            return print(&text.escape_ascii().to_string());
        }
        let Line::Entry(entry) = parse(line) else {
            eprintln!("not understood: {}", redact_line(line).escape_ascii());
            return Ok(());
        };
        for change in self.tracker.handle(&entry) {
            if let Change::Ended(call) = change {
                print(&self.call(&call))?;
            }
        }
        Ok(())
    }

    fn call(&self, call: &Call) -> String {
        let number = |n: &Option<Box<str>>| match n {
            Some(n) if self.shown.whole => super::table::plain(n),
            Some(n) => phone_number::redact(&super::table::plain(n)),
            None => "withheld".into(),
        };
        let way = match call.direction {
            Direction::Incoming => "incoming",
            Direction::Outgoing => "outgoing",
            Direction::InHouse => "in-house",
        };
        let telephone = call.answered_by.or(call.placed_from).map(|e| e.to_string()).unwrap_or_default();
        if self.shown.json {
            return json!({
                "at": call.began.to_string(), "way": way, "caller": number(&call.caller),
                "called": number(&call.called), "line": call.line, "telephone": telephone,
                "answered": call.connected.is_some(), "seconds": call.seconds,
            })
            .to_string();
        }
        let length = match call.connected {
            Some(_) => format!("{} s", call.seconds),
            None => "not answered".into(),
        };
        format!(
            "{} {way:<9} {} -> {} {length} {telephone}",
            call.began,
            number(&call.caller),
            number(&call.called)
        )
        .trim_end()
        .to_owned()
    }
}

/// A reader that has seen enough closes the pipe; that is no failure.
fn print(text: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other.map_err(|e| Failure::new(Failure::IO, e)),
    }
}
