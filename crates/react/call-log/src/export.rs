//! Writing calls for other programs: CSV for spreadsheets, JSON for everything else.

use std::io::Write;

use crate::record::{caller_word, decision_word};
use crate::time::rfc3339;
use crate::{CallLog, Direction, LogError, LoggedCall, Query};

const HEADINGS: [&str; 25] = [
    "id",
    "at",
    "local_time",
    "site",
    "line",
    "direction",
    "mark",
    "caller",
    "number",
    "e164",
    "name",
    "area",
    "called",
    "waiting",
    "decision",
    "action",
    "stage",
    "rule",
    "reason",
    "ending",
    "rings",
    "answered_seconds",
    "digits",
    "recording",
    "raw",
];

/// An export can fail at either end.
enum Trouble {
    Log(LogError),
    Out(std::io::Error),
}

impl From<LogError> for Trouble {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<Trouble> for LogError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Log(error) => error,
            Trouble::Out(error) => Self::Export { source: Box::new(error) },
        }
    }
}

impl CallLog {
    /// Writes the calls that are wanted as CSV with headings, newest first; says how many.
    ///
    /// Strangers choose names. One that a spreadsheet would run as a formula gets an apostrophe in front.
    ///
    /// # Errors
    ///
    /// The log could not be read, or the export not be written.
    pub fn export_csv(&mut self, query: &Query, out: &mut dyn Write) -> Result<u64, LogError> {
        let mut csv = csv::Writer::from_writer(out);
        let fail = |e: csv::Error| Trouble::Out(e.into());
        csv.write_record(HEADINGS).map_err(fail)?;
        let mut count = 0;
        self.each_call(query, |call| {
            count += 1;
            csv.write_record(fields(&call)).map_err(fail)
        })?;
        csv.flush().map_err(Trouble::Out)?;
        Ok(count)
    }

    /// Writes the calls that are wanted as JSON, one object in each line, newest first; says how many.
    ///
    /// # Errors
    ///
    /// As [`CallLog::export_csv`].
    pub fn export_json(&mut self, query: &Query, out: &mut dyn Write) -> Result<u64, LogError> {
        let mut count = 0;
        self.each_call(query, |call| {
            count += 1;
            serde_json::to_writer(&mut *out, &call).map_err(|e| Trouble::Out(e.into()))?;
            out.write_all(b"\n").map_err(Trouble::Out)
        })?;
        out.flush().map_err(Trouble::Out)?;
        Ok(count)
    }
}

/// Writes these calls as CSV with headings.
///
/// # Errors
///
/// The export could not be written.
pub fn write_csv(calls: &[LoggedCall], out: &mut dyn Write) -> std::io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(HEADINGS)?;
    calls.iter().try_for_each(|call| csv.write_record(fields(call)))?;
    csv.flush()
}

fn fields(logged: &LoggedCall) -> [String; 25] {
    let call = &logged.call;
    let text = |text: &Option<String>| text.as_deref().map(harmless).unwrap_or_default();
    [
        logged.id.to_string(),
        rfc3339(call.at),
        call.wall_time(),
        harmless(&call.site),
        harmless(&call.line),
        if call.direction == Direction::In { "in" } else { "out" }.into(),
        call.mark.letter().to_string(),
        caller_word(call.caller.as_ref()).into(),
        call.number().unwrap_or_default().into(),
        call.e164.clone().unwrap_or_default(),
        text(&call.name),
        text(&call.area),
        text(&call.called),
        call.waiting.to_string(),
        decision_word(call.decision).into(),
        call.action.clone(),
        call.stage.clone(),
        harmless(&call.rule),
        harmless(&call.reason),
        harmless(&call.ending),
        call.rings.to_string(),
        format!("{:.3}", call.answered_for.as_secs_f64()),
        call.digits.clone(),
        call.recording.as_ref().map(|p| p.display().to_string()).unwrap_or_default(),
        harmless(&call.raw.escape_ascii().to_string()),
    ]
}

/// A number such as `+4930…` is no formula: it holds digits only.
fn harmless(text: &str) -> String {
    let number = text.bytes().skip(1).all(|b| b.is_ascii_digit() || b == b' ');
    match text.chars().next() {
        Some('=' | '@' | '\t' | '\r') => format!("'{text}"),
        Some('+' | '-') if !number => format!("'{text}"),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn formulas_lose_their_power_and_numbers_stay() {
        assert_eq!(harmless("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(harmless("+cmd|' /C calc'!A0"), "'+cmd|' /C calc'!A0");
        assert_eq!(harmless("-2+3"), "'-2+3");
        assert_eq!(harmless("+49 30 23125555"), "+49 30 23125555");
        assert_eq!(harmless("Anna"), "Anna");
    }
}
