//! What the terminal shows while the story plays.

use std::io::IsTerminal as _;

use call_event::{CallNews, GuardNews};
use call_guard::GuardFolder;

use super::scene::Scene;

/// Writes the story to the terminal.
#[derive(Debug)]
pub(super) struct Show {
    colour: bool,
}

impl Show {
    pub(super) fn new() -> Self {
        Self { colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(super) fn opening(&self, folder: &GuardFolder) {
        println!("A simulated telephone line, guarded by the real guard. Ten calls come in.");
        println!("Everything is kept in {}", folder.path().display());
    }

    pub(super) fn scene(&self, number: usize, scene: &Scene) {
        println!("\n{}", self.paint("1", &format!("{number:2}. {}", scene.title)));
    }

    pub(super) fn news(&self, news: &GuardNews) {
        let text = match news {
            GuardNews::LineUp { device } => format!("the line is guarded by {device}"),
            GuardNews::LineDown { reason, .. } => self.paint("33", &format!("the line is gone: {reason}")),
            GuardNews::Ring { count, .. } => format!("ring {count}"),
            GuardNews::Call(call) => caller(call),
            GuardNews::Decided(call) => self.decided(call),
            GuardNews::Answered { .. } => "the guard answers".to_owned(),
            GuardNews::Digit { digit, .. } => format!("the caller presses {digit}"),
            GuardNews::Playing { what, .. } => format!("plays: {what}"),
            GuardNews::Recorded { seconds, message, .. } => {
                let what = if *message { "a message" } else { "a recording" };
                format!("{what} of {seconds:.1} s is kept")
            }
            GuardNews::ListChanged { list, entry, by, .. } => {
                format!("{entry} is now on the {list} list ({by})")
            }
            GuardNews::Ended(call) => format!("over: {}; the line is on-hook", call.outcome),
            GuardNews::Trouble { text } => self.paint("33", text),
            _ => return,
        };
        println!("      {text}");
    }

    fn decided(&self, call: &CallNews) -> String {
        let (code, word) = match call.decision.as_str() {
            "ring" if call.action == "ring" => ("32", "LET RING"),
            "ring" => ("32", call.action.as_str()),
            _ => ("31", call.action.as_str()),
        };
        format!("{}, because: {}", self.paint(&format!("1;{code}"), word), call.reason)
    }

    pub(super) fn summary(&self, calls: &[(Scene, CallNews)]) {
        println!("\n{}", self.paint("1", "What the log holds:"));
        for (number, (scene, call)) in calls.iter().enumerate() {
            let mark = if scene.fits(call) {
                self.paint("32", "as expected")
            } else {
                self.paint("31", "NOT as expected")
            };
            println!(
                "  {:2}  {:5}  {:10}  {:16} {} ({mark})",
                number + 1,
                call.decision,
                call.action,
                call.caller,
                call.reason
            );
        }
    }

    pub(super) fn next_steps(&self, folder: &GuardFolder) {
        let dir = folder.path().display();
        let callblock = std::env::args().next().unwrap_or_else(|| "callblock".into());
        let steps = [
            (format!("--dir {dir} log"), "the calls, and why each was treated as it was"),
            (format!("--dir {dir} messages"), "Ben's message"),
            (format!("--dir {dir} check 03023125666"), "what would happen to a number, step by step"),
        ];
        println!("\n{}", self.paint("1", "Look around:"));
        println!("  {dir}\n      all that the demo made: remove the folder when you have seen enough");
        for (words, purpose) in steps {
            println!("  {callblock} {words}\n      {purpose}");
        }
        println!("{}", self.paint("1", "Guard your own line: plug a voice modem in, then"));
        println!("  {callblock} modem doctor\n      says what the modem can do");
        println!("  {callblock} init && {callblock} run\n      writes a configuration and guards the line");
        println!("  {callblock} service install\n      guards it from every start of the computer on");
    }
}

fn caller(call: &CallNews) -> String {
    let mut text = format!("caller: {}", call.caller);
    if let Some(name) = &call.name {
        text.push_str(&format!(" \"{name}\""));
    }
    if let Some(suspect) = &call.suspect {
        text.push_str(&format!(" (not to be trusted: {suspect})"));
    }
    text
}
