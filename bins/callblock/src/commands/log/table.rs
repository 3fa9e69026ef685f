//! The calls as a table for people.

use std::io::{self, Write};

use call_event::Decision;
use call_log::{Direction, LoggedCall};

/// The headings.
pub(crate) fn heading(out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{:19} {:1} {:8} {:18} {:24} {:18} {:10} REASON",
        "TIME", "", "LINE", "NUMBER", "NAME", "AREA", "ACTION"
    )
}

/// One call; with `explain`, each step of its decision below.
pub(crate) fn line(out: &mut dyn Write, logged: &LoggedCall, explain: bool) -> io::Result<()> {
    let call = &logged.call;
    let number = call.e164.as_deref().or_else(|| call.number());
    let who = number.unwrap_or_else(|| call.who());
    let action = match (call.direction, call.decision) {
        (Direction::Out, _) => "call out",
        (_, Decision::Ring) if call.waiting => "waiting",
        _ => &call.action,
    };
    writeln!(
        out,
        "{} {} {} {} {} {} {} {}",
        call.wall_time(),
        call.mark.letter(),
        cell(&call.line, 8),
        cell(who, 18),
        cell(call.name.as_deref().unwrap_or(""), 24),
        cell(call.area.as_deref().unwrap_or(""), 18),
        cell(action, 10),
        harmless(&call.reason)
    )?;
    if explain {
        for step in &call.steps {
            writeln!(out, "{:20} {}", "", harmless(step))?;
        }
    }
    Ok(())
}

/// A text of exactly so many characters.
pub(crate) fn cell(text: &str, width: usize) -> String {
    let text = harmless(text);
    if text.chars().count() <= width {
        return format!("{text:width$}");
    }
    let mut cut: String = text.chars().take(width - 1).collect();
    cut.push('\u{2026}');
    cut
}

/// Strangers choose names: what could move the cursor or colour the terminal is shown as a question mark.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
