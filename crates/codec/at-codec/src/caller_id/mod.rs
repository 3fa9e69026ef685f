//! Who is calling: gathers the lines of a caller ID, in any form, order and split, into one value.
//!
//! No caller can forge a caller: a name that carries line ends prints lines of its own, and the true
//! lines then contradict them. Such a caller ID is marked as suspect and keeps all its bytes.

mod burst;
mod field;

use std::time::{Duration, Instant, SystemTime};

use call_event::{CallId, CallerName, IncomingCall, LineId, Suspicion};
use phone_number::Caller;

pub use burst::{Burst, Integrity, Parameter, message_parameters};
pub use field::{Field, Label};

/// After this much quiet a caller ID is complete that has not shown all four usual fields.
pub const QUIET_GAP: Duration = Duration::from_millis(100);
/// After the first ring without a caller ID for so long, there is none.
pub const NO_CALLER_ID: Duration = Duration::from_secs(5);
/// An unfinished line makes the quiet gap this long.
const MID_LINE_GAP: Duration = Duration::from_secs(1);
/// Most bytes of a caller ID that are kept as they came.
pub const MAX_RAW: usize = 4096;
/// Most numbers that are kept of a caller ID that contradicts itself.
const MAX_NUMBERS: usize = 8;

/// A caller ID.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallerId {
    /// Who is calling.
    pub caller: Option<Caller>,
    /// The caller's name.
    pub name: Option<CallerName>,
    /// Date and time as the line sent them.
    pub line_time: Option<Box<str>>,
    /// The number that was called, where the line says so.
    pub called: Option<Box<str>>,
    /// Why it is not to be trusted.
    pub suspect: Option<Suspicion>,
    /// The bytes as they came, line ends as LF, at most [`MAX_RAW`].
    pub raw: Vec<u8>,
}

impl CallerId {
    /// The incoming call that this caller ID belongs to.
    pub fn into_call(self, id: CallId, line: LineId, at: SystemTime) -> IncomingCall {
        let mut call = IncomingCall::new(id, line, at);
        call.caller = self.caller;
        call.name = self.name;
        call.called = self.called;
        call.suspect = self.suspect;
        call.line_time = self.line_time;
        call.raw = self.raw.into_boxed_slice();
        call
    }
}

/// What the collector found out.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CallerIdEvent {
    /// The number is known and cannot be forged, the rest is still on its way.
    Number(CallerId),
    /// The caller is known.
    Known(CallerId),
    /// More became known after [`CallerIdEvent::Known`] or [`CallerIdEvent::Nothing`].
    Changed(CallerId),
    /// It rang, and no caller ID came in time.
    Nothing,
    /// The network's answering machine has messages, or no more.
    MessageWaiting(bool),
}

/// Gathers the caller ID of one call. [`reset`](Self::reset) it when the call is over.
///
/// A caller ID is complete at the end of the read that showed the last of date, time, number and
/// name; otherwise after a quiet gap.
///
/// ```
/// use std::time::Instant;
/// use at_codec::caller_id::{CallerIdCollector, CallerIdEvent};
/// let now = Instant::now();
/// let mut collector = CallerIdCollector::default();
/// for line in ["DATE = 0117", "TIME = 1452", "NMBR = 5550117", "NAME = EXAMPLES"] {
///     collector.handle_line(now, line.as_bytes(), false);
/// }
/// collector.handle_read_end(now, false);
/// let Some(CallerIdEvent::Known(id)) = collector.poll_event() else { panic!() };
/// assert_eq!(id.caller.unwrap().to_string(), "5550117");
/// ```
#[derive(Debug, Clone)]
pub struct CallerIdCollector {
    quiet_gap: Duration,
    no_caller_id: Duration,
    seen: Seen,
    events: std::collections::VecDeque<CallerIdEvent>,
    /// When the quiet gap is over.
    gap_ends: Option<Instant>,
    /// When it is clear that a ringing call has no caller ID.
    nothing_at: Option<Instant>,
    rung: bool,
    number_told: bool,
    reported: bool,
    changed: bool,
}

/// What has been seen of the caller ID so far.
#[derive(Debug, Clone, Default)]
struct Seen {
    date: Option<Box<[u8]>>,
    time: Option<Box<[u8]>>,
    date_time: Option<Box<[u8]>>,
    numbers: Vec<Number>,
    dial_back: Option<Caller>,
    name: Option<Box<[u8]>>,
    called: Option<Box<str>>,
    burst: bool,
    suspect: Option<Suspicion>,
    raw: Vec<u8>,
    last: Option<Label>,
    any: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Number {
    caller: Caller,
    /// It stood behind a text that the caller chooses, and so may be part of that text.
    after_text: bool,
}

impl Default for CallerIdCollector {
    fn default() -> Self {
        Self::new(QUIET_GAP, NO_CALLER_ID)
    }
}

impl CallerIdCollector {
    /// A collector with its quiet gap, and the time after the first ring when it gives up.
    pub fn new(quiet_gap: Duration, no_caller_id: Duration) -> Self {
        Self {
            quiet_gap,
            no_caller_id,
            seen: Seen::default(),
            events: std::collections::VecDeque::new(),
            gap_ends: None,
            nothing_at: None,
            rung: false,
            number_told: false,
            reported: false,
            changed: false,
        }
    }

    /// Forgets the call, so that the next one begins with nothing.
    pub fn reset(&mut self) {
        *self = Self::new(self.quiet_gap, self.no_caller_id);
    }

    /// True once a line of a caller ID came and until it was reported.
    pub fn is_open(&self) -> bool {
        self.seen.any && !self.reported
    }

    /// True if anything of this call has come.
    pub fn has_begun(&self) -> bool {
        self.seen.any || self.rung
    }

    /// Takes a line. True if it belongs to a caller ID.
    pub fn handle_line(&mut self, now: Instant, line: &[u8], cut: bool) -> bool {
        if let Some(lines) = boxed_caller_id(line) {
            for line in lines {
                self.handle_field_line(now, &line, cut);
            }
            return true;
        }
        self.handle_field_line(now, line, cut)
    }

    fn handle_field_line(&mut self, now: Instant, line: &[u8], cut: bool) -> bool {
        if let Some(field) = Field::parse(line) {
            self.keep(line);
            self.handle_field(field, cut);
        } else if let Some(burst) = Burst::from_hex(line) {
            self.keep(line);
            self.handle_burst(&burst);
        } else {
            return false;
        }
        self.seen.any = true;
        self.nothing_at = None;
        self.gap_ends = Some(now + self.quiet_gap);
        true
    }

    /// Takes a ring, which may come before, between or after the lines.
    pub fn handle_ring(&mut self, now: Instant) {
        if self.is_open() {
            self.keep(b"RING");
        }
        if !self.rung {
            self.rung = true;
            if !self.seen.any && !self.reported {
                self.nothing_at = Some(now + self.no_caller_id);
            }
        }
    }

    /// Takes a line that is no part of a caller ID and that no command had asked for. Inside a caller ID
    /// only a name with line ends of its own can have printed it.
    pub fn handle_foreign_line(&mut self, line: &[u8]) {
        if self.seen.any && (self.is_open() || self.seen.last == Some(Label::Name)) {
            self.keep(line);
            self.suspect(Suspicion::Forged);
        }
    }

    /// Ends a read: everything that came together is judged together. `mid_line` says that a line has
    /// begun and not ended, which prolongs the quiet gap.
    pub fn handle_read_end(&mut self, now: Instant, mid_line: bool) {
        if self.is_open() && self.seen.is_complete() {
            self.report();
        } else if self.gap_ends.is_some() && (self.is_open() || self.changed) {
            let gap = if mid_line { self.quiet_gap.max(MID_LINE_GAP) } else { self.quiet_gap };
            self.gap_ends = Some(now + gap);
            if !self.number_told && !self.reported && self.seen.has_true_number() {
                self.number_told = true;
                self.events.push_back(CallerIdEvent::Number(self.seen.value()));
            }
        }
        if self.reported && self.changed {
            self.report();
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.gap_ends.is_some_and(|at| at <= now) {
            self.gap_ends = None;
            if self.is_open() && self.seen.says_something() {
                self.report();
            } else if self.is_open() {
                // A message-waiting message alone: that is no call.
                if self.rung && !self.reported {
                    self.nothing_at = Some(now + self.no_caller_id);
                } else if !self.rung {
                    self.seen = Seen::default();
                }
            }
        }
        if self.nothing_at.is_some_and(|at| at <= now) {
            self.nothing_at = None;
            if !self.reported {
                self.reported = true;
                self.changed = false;
                self.events.push_back(CallerIdEvent::Nothing);
            }
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match (self.gap_ends, self.nothing_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// What was found out.
    pub fn poll_event(&mut self) -> Option<CallerIdEvent> {
        self.events.pop_front()
    }

    fn report(&mut self) {
        let id = self.seen.value();
        self.events.push_back(if self.reported {
            CallerIdEvent::Changed(id)
        } else {
            CallerIdEvent::Known(id)
        });
        self.reported = true;
        self.changed = false;
        self.gap_ends = None;
        self.nothing_at = None;
    }

    fn keep(&mut self, line: &[u8]) {
        let room = MAX_RAW.saturating_sub(self.seen.raw.len() + 1);
        self.seen.raw.extend_from_slice(&line[..line.len().min(room)]);
        if room > 0 {
            self.seen.raw.push(b'\n');
        }
    }

    fn suspect(&mut self, why: Suspicion) {
        if self.seen.suspect.is_none() {
            self.seen.suspect = Some(why);
            self.changed = true;
        }
    }

    fn handle_field(&mut self, field: Field<'_>, cut: bool) {
        let value: Box<[u8]> = field.value.into();
        match field.label {
            Label::Date => self.once(|seen| &mut seen.date, value),
            Label::Time => self.once(|seen| &mut seen.time, value),
            Label::DateTime => self.once(|seen| &mut seen.date_time, value),
            Label::Name => self.once(|seen| &mut seen.name, field.said().unwrap_or(b"").into()),
            Label::Number => {
                if cut {
                    self.suspect(Suspicion::Damaged);
                }
                self.handle_number(Caller::from_line(field.said().unwrap_or(b"")));
            }
            Label::DialBack => {
                let caller = Caller::from_line(field.said().unwrap_or(b""));
                match &self.seen.dial_back {
                    None => {
                        self.seen.dial_back = Some(caller);
                        self.changed = true;
                    }
                    Some(known) if *known != caller => self.suspect(Suspicion::Contradiction),
                    Some(_) => {}
                }
            }
            Label::Called => {
                if let Some(called) = field.said()
                    && self.seen.called.is_none()
                    && let Caller::Number(number) = Caller::from_line(called)
                {
                    self.seen.called = Some(number.as_str().into());
                    self.changed = true;
                }
            }
            Label::Message => {
                for parameter in message_parameters(field.value) {
                    if let Parameter::MessageWaiting(on) = parameter {
                        self.events.push_back(CallerIdEvent::MessageWaiting(on));
                    }
                }
            }
            Label::Mark | Label::Other => {}
        }
        self.seen.last = Some(field.label);
    }

    /// Takes a field that comes once: the first wins, a different second makes the whole suspect.
    fn once(&mut self, slot: fn(&mut Seen) -> &mut Option<Box<[u8]>>, value: Box<[u8]>) {
        match slot(&mut self.seen) {
            empty @ None => {
                *empty = Some(value);
                self.changed = true;
            }
            Some(known) if *known == value => {}
            Some(_) => self.suspect(Suspicion::Contradiction),
        }
    }

    fn handle_number(&mut self, caller: Caller) {
        let number = Number { caller, after_text: self.seen.name.is_some() };
        let Some(first) = self.seen.numbers.first() else {
            self.seen.numbers.push(number);
            self.changed = true;
            return;
        };
        if self.seen.numbers.iter().any(|known| known.caller == number.caller) {
            return;
        }
        // Some networks send the number and then `O`. Behind a name the first may be forged and the `O` true.
        if first.caller.number().is_some() && number.caller == Caller::Unavailable && !first.after_text {
            return;
        }
        if self.seen.numbers.len() < MAX_NUMBERS {
            self.seen.numbers.push(number);
        }
        self.changed = true;
        self.suspect(Suspicion::Contradiction);
    }

    fn handle_burst(&mut self, burst: &Burst) {
        if !matches!(burst.integrity, Integrity::Good | Integrity::NoChecksum) {
            self.suspect(Suspicion::Damaged);
        }
        if let Some(caller) = burst.caller() {
            self.seen.burst = true;
            self.handle_number(caller);
        }
        for parameter in &burst.parameters {
            match parameter {
                Parameter::Name(name) => self.once(|seen| &mut seen.name, name.clone()),
                Parameter::Time(time) => self.once(|seen| &mut seen.date_time, time.clone()),
                Parameter::MessageWaiting(on) => {
                    self.events.push_back(CallerIdEvent::MessageWaiting(*on));
                }
                _ => {}
            }
        }
        self.changed = true;
    }
}

impl Seen {
    /// All four usual fields have come, or a whole burst.
    fn is_complete(&self) -> bool {
        let time = self.date_time.is_some() || (self.date.is_some() && self.time.is_some());
        self.burst || (time && !self.numbers.is_empty() && self.name.is_some())
    }

    /// A number that stands before any text of the caller's choice.
    fn has_true_number(&self) -> bool {
        self.suspect.is_none()
            && matches!(self.numbers.as_slice(), [Number { caller: Caller::Number(_), after_text: false }])
    }

    /// Anything that says who calls, or that a call comes at all.
    fn says_something(&self) -> bool {
        !self.numbers.is_empty()
            || self.dial_back.is_some()
            || self.name.is_some()
            || self.date.is_some()
            || self.time.is_some()
            || self.date_time.is_some()
            || self.suspect.is_some()
    }

    fn value(&self) -> CallerId {
        // Behind a name the forged lines come first and the true one last; before it, the other way round.
        let number = match self.numbers.as_slice() {
            [first, .., last] if first.after_text => Some(last.caller.clone()),
            [first, ..] => Some(first.caller.clone()),
            [] => self.dial_back.clone(),
        };
        let name = self.name.as_deref().unwrap_or_default();
        let hidden = Caller::from_line(name);
        let caller = match number {
            // The reason for a missing number may stand where the name belongs (`PrivDirOff`).
            Some(Caller::Unavailable) if hidden == Caller::Withheld => Some(Caller::Withheld),
            None if hidden == Caller::Withheld => Some(Caller::Withheld),
            None => Some(Caller::Unavailable),
            number => number,
        };
        CallerId {
            caller,
            name: if is_no_name(name) { None } else { CallerName::from_line(name) },
            line_time: self.line_time(),
            called: self.called.clone(),
            suspect: self.suspect,
            raw: self.raw.clone(),
        }
    }

    fn line_time(&self) -> Option<Box<str>> {
        let text = |bytes: &Option<Box<[u8]>>| {
            bytes.as_deref().and_then(CallerName::from_line).map(|text| text.as_str().to_owned())
        };
        let whole = text(&self.date_time).or_else(|| match (text(&self.date), text(&self.time)) {
            (Some(date), Some(time)) => Some(format!("{date} {time}")),
            (date, time) => date.or(time),
        })?;
        Some(whole.chars().take(32).collect::<String>().into())
    }
}

/// Words that stand where a name belongs and say that there is none.
fn is_no_name(name: &[u8]) -> bool {
    [
        &b"P"[..],
        b"O",
        b"-",
        b"PRIVATE",
        b"WITHHELD",
        b"ANONYMOUS",
        b"OUT-OF-AREA",
        b"OUT OF AREA",
        b"UNAVAILABLE",
        b"UNKNOWN",
        b"PRIVDIROFF",
        b"<NONE>",
        b"NO NAME",
    ]
    .iter()
    .any(|word| name.trim_ascii().eq_ignore_ascii_case(word))
}

/// The one-line forms of two caller ID boxes, as lines: `###DATE03301423...NMBR4075551212...NAMEX+++`
/// (NetCallerID) and `01  9/03  2:00 PM  PRIVATE` (TCI).
fn boxed_caller_id(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let line = line.trim_ascii();
    if let Some(body) = line.strip_prefix(b"###").and_then(|body| body.strip_suffix(b"+++")) {
        let text = String::from_utf8_lossy(&body[..body.len().min(512)]).into_owned();
        let lines: Vec<Vec<u8>> = text
            .split("...")
            .filter_map(|part| {
                let (label, value) = (part.get(..4)?, part.get(4..)?);
                let label = if label == "DATE" { "DATE TIME" } else { label };
                Some(format!("{label}={value}").into_bytes())
            })
            .collect();
        return (lines.len() >= 2).then_some(lines);
    }
    let mut words = line.split(|b| *b == b' ').filter(|word| !word.is_empty());
    let (entry, date, time, half) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let number = words.next()?;
    let digits = |word: &[u8], mark: u8| {
        word.len() <= 5 && word.contains(&mark) && word.iter().all(|b| b.is_ascii_digit() || *b == mark)
    };
    let is_entry = entry.len() == 2 && entry.iter().all(u8::is_ascii_digit);
    if !is_entry || !digits(date, b'/') || !digits(time, b':') || !matches!(half, b"AM" | b"PM") {
        return None;
    }
    let mut name = words.collect::<Vec<_>>().join(&b' ');
    let label = |label: &[u8], value: &[u8]| [label, b"=", value].concat();
    let mut lines =
        vec![label(b"DATE TIME", &[date, b" ", time, b" ", half].concat()), label(b"NMBR", number)];
    if !name.is_empty() {
        lines.push(label(b"NAME", &std::mem::take(&mut name)));
    }
    Some(lines)
}

#[cfg(test)]
mod tests;
