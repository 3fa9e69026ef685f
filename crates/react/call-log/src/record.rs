//! One call as the log remembers it.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use call_event::{CallId, CallerName, Decision, EndReason, IncomingCall, LineId, Stage, Suspicion, Verdict};
use phone_number::Caller;
use serde::Serialize;

use crate::CallKey;
use crate::time::{local_offset, rfc3339, wall_time};

/// The letter that jcblock puts before each call, and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// `B`: it was blocked.
    Blocked,
    /// `W`: it stood on an allow list, or was permitted.
    Allowed,
    /// `*`: it rang, and the star key put it on the deny list.
    Star,
    /// `-`: nothing spoke against it.
    Passed,
}

impl Mark {
    /// All marks.
    pub const ALL: [Self; 4] = [Self::Blocked, Self::Allowed, Self::Star, Self::Passed];

    /// The letter.
    pub fn letter(self) -> char {
        match self {
            Self::Blocked => 'B',
            Self::Allowed => 'W',
            Self::Star => '*',
            Self::Passed => '-',
        }
    }

    /// The mark with this letter.
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.letter() == letter)
    }
}

impl Serialize for Mark {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_char(self.letter())
    }
}

/// Which way a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Somebody called us.
    In,
    /// We, or a telephone on the line, called somebody.
    Out,
}

/// One call as the log remembers it.
///
/// It may be written several times under the same key while the call goes on: when it rings, when the
/// verdict is known, when it ends. The last one stays.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRecord {
    /// The name of this entry; the same for each writing of the same call.
    pub key: CallKey,
    /// When it came, by the guard's clock. The log keeps milliseconds.
    pub at: SystemTime,
    /// How many minutes the wall clock at the line was ahead of UTC.
    pub offset_minutes: i32,
    /// The site, where several share a log; empty otherwise.
    pub site: String,
    /// The line.
    pub line: String,
    /// Which way it went.
    pub direction: Direction,
    /// Who called, as the line showed it (or who was called, for a call out).
    pub caller: Option<Caller>,
    /// The number in international form, where the numbering plan gives one.
    pub e164: Option<String>,
    /// The name, from the network or a phone book.
    pub name: Option<String>,
    /// The area or country of the number.
    pub area: Option<String>,
    /// The own number that was called, where a line has several.
    pub called: Option<String>,
    /// It waited while another call was on.
    pub waiting: bool,
    /// Why the caller ID is not to be trusted.
    pub suspect: Option<String>,
    /// Date and time as the line sent them.
    pub line_time: Option<String>,
    /// The caller ID's bytes as they came.
    pub raw: Vec<u8>,
    /// jcblock's letter.
    pub mark: Mark,
    /// Did it ring?
    pub decision: Decision,
    /// What was done, in [`call_event::Action::word`]s.
    pub action: String,
    /// The stage that decided, in [`Stage::word`]s.
    pub stage: String,
    /// The rule, list entry or look-up that decided.
    pub rule: String,
    /// The reason in one sentence.
    pub reason: String,
    /// Each step of the decision, one sentence each.
    pub steps: Vec<String>,
    /// Why it ended; empty while it goes on.
    pub ending: String,
    /// How often it rang.
    pub rings: u32,
    /// How long it was answered.
    pub answered_for: Duration,
    /// The digits that were pressed.
    pub digits: String,
    /// The recording.
    pub recording: Option<PathBuf>,
    /// How large the recording is.
    pub recording_bytes: u64,
}

impl CallRecord {
    /// A call of which nothing is known yet but its time and line. The wall clock is that of this machine.
    pub fn new(at: SystemTime, line: &str) -> Self {
        let mut record = Self::empty(CallKey::new(at), at);
        record.offset_minutes = local_offset(at);
        record.line = line.into();
        record
    }

    /// An entry that says nothing yet.
    pub(crate) fn empty(key: CallKey, at: SystemTime) -> Self {
        Self {
            key,
            at,
            offset_minutes: 0,
            site: String::new(),
            line: String::new(),
            direction: Direction::In,
            caller: None,
            e164: None,
            name: None,
            area: None,
            called: None,
            waiting: false,
            suspect: None,
            line_time: None,
            raw: Vec::new(),
            mark: Mark::Passed,
            decision: Decision::Ring,
            action: "ring".into(),
            stage: Stage::Default.word().into(),
            rule: String::new(),
            reason: String::new(),
            steps: Vec::new(),
            ending: String::new(),
            rings: 0,
            answered_for: Duration::ZERO,
            digits: String::new(),
            recording: None,
            recording_bytes: 0,
        }
    }

    /// A call as a line reported it, before the verdict.
    pub fn of_call(call: &IncomingCall) -> Self {
        let mut record = Self::new(call.at, call.line.as_str());
        record.see(call);
        record
    }

    /// Takes over what a line says of the call; used again when more becomes known.
    pub fn see(&mut self, call: &IncomingCall) {
        self.caller = call.caller.clone();
        self.name = call.name.as_ref().map(|n| n.as_str().into());
        self.called = call.called.as_deref().map(Into::into);
        self.waiting = call.waiting;
        self.suspect = call.suspect.map(|s| s.to_string());
        self.line_time = call.line_time.as_deref().map(Into::into);
        self.raw = call.raw.to_vec();
    }

    /// Takes over the verdict and sets the mark that belongs to it.
    pub fn decide(&mut self, verdict: &Verdict) {
        self.decision = verdict.decision();
        self.action = verdict.action.word().into();
        self.stage = verdict.reason.stage.word().into();
        self.rule = verdict.reason.rule.to_string();
        self.reason = verdict.reason.text.to_string();
        self.mark = match (self.decision, verdict.reason.stage) {
            (Decision::Block, _) => Mark::Blocked,
            (Decision::Ring, Stage::Allow | Stage::Permit) => Mark::Allowed,
            (Decision::Ring, _) => Mark::Passed,
        };
    }

    /// Takes over how it ended.
    pub fn end(&mut self, reason: &EndReason, answered_for: Duration) {
        self.ending = reason.to_string();
        self.answered_for = answered_for;
    }

    /// The call as it came in, as far as the log tells: what the rules are asked about once more.
    pub fn incoming(&self) -> IncomingCall {
        let mut call = IncomingCall::new(CallId(0), LineId::new(&self.line), self.at);
        call.caller.clone_from(&self.caller);
        call.name = self.name.as_deref().and_then(|name| CallerName::from_line(name.as_bytes()));
        call.called = self.called.as_deref().map(Into::into);
        call.waiting = self.waiting;
        call.line_time = self.line_time.as_deref().map(Into::into);
        call.raw = self.raw.as_slice().into();
        // The log keeps the sentence. One that is not known is still a reason not to trust.
        let known = [Suspicion::Contradiction, Suspicion::Forged, Suspicion::Damaged];
        call.suspect = self
            .suspect
            .as_deref()
            .map(|text| known.into_iter().find(|s| s.to_string() == text).unwrap_or(Suspicion::Damaged));
        call
    }

    /// By whom calls are counted and found: the international number, else the number as shown, else
    /// `withheld`, `unavailable` or `none`.
    pub fn who(&self) -> &str {
        match (&self.e164, &self.caller) {
            (Some(number), _) => number,
            (None, Some(Caller::Number(number))) => number.as_str(),
            (None, Some(Caller::Withheld)) => "withheld",
            (None, Some(_)) => "unavailable",
            (None, None) => "none",
        }
    }

    /// The number as shown.
    pub fn number(&self) -> Option<&str> {
        self.caller.as_ref()?.number().map(|n| n.as_str())
    }

    /// What decided, coarse enough to count by: the rule without the line of its file.
    pub fn cause(&self) -> String {
        let rule = match self.rule.rsplit_once(':') {
            Some((file, line)) if !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()) => file,
            _ => &self.rule,
        };
        if rule.is_empty() { self.stage.clone() } else { format!("{} {rule}", self.stage) }
    }

    /// Date and time on the wall clock at the line, `2026-11-20 23:41:00`.
    pub fn wall_time(&self) -> String {
        wall_time(self.at, self.offset_minutes)
    }
}

/// `ring` or `block`.
pub(crate) fn decision_word(decision: Decision) -> &'static str {
    match decision {
        Decision::Ring => "ring",
        Decision::Block => "block",
    }
}

/// How the log tells the kinds of caller apart.
pub(crate) fn caller_word(caller: Option<&Caller>) -> &'static str {
    match caller {
        Some(Caller::Number(_)) => "number",
        Some(Caller::Withheld) => "withheld",
        Some(_) => "unavailable",
        None => "none",
    }
}

/// A call in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedCall {
    /// Its number in this log; later entries have higher ones.
    pub id: i64,
    /// The call.
    pub call: CallRecord,
}

/// The form that `--json` and the web page's interface show.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown<'a> {
    id: i64,
    key: String,
    at: String,
    local_time: String,
    offset_minutes: i32,
    site: &'a str,
    line: &'a str,
    direction: Direction,
    caller: &'a str,
    number: Option<&'a str>,
    e164: Option<&'a str>,
    name: Option<&'a str>,
    area: Option<&'a str>,
    called: Option<&'a str>,
    waiting: bool,
    suspect: Option<&'a str>,
    line_time: Option<&'a str>,
    raw: String,
    mark: Mark,
    decision: &'a str,
    action: &'a str,
    stage: &'a str,
    rule: &'a str,
    reason: &'a str,
    steps: &'a [String],
    ending: &'a str,
    rings: u32,
    answered_seconds: f64,
    digits: &'a str,
    recording: Option<&'a std::path::Path>,
    recording_bytes: u64,
}

impl Serialize for LoggedCall {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let call = &self.call;
        Shown {
            id: self.id,
            key: call.key.to_string(),
            at: rfc3339(call.at),
            local_time: call.wall_time(),
            offset_minutes: call.offset_minutes,
            site: &call.site,
            line: &call.line,
            direction: call.direction,
            caller: caller_word(call.caller.as_ref()),
            number: call.number(),
            e164: call.e164.as_deref(),
            name: call.name.as_deref(),
            area: call.area.as_deref(),
            called: call.called.as_deref(),
            waiting: call.waiting,
            suspect: call.suspect.as_deref(),
            line_time: call.line_time.as_deref(),
            raw: call.raw.escape_ascii().to_string(),
            mark: call.mark,
            decision: decision_word(call.decision),
            action: &call.action,
            stage: &call.stage,
            rule: &call.rule,
            reason: &call.reason,
            steps: &call.steps,
            ending: &call.ending,
            rings: call.rings,
            answered_seconds: call.answered_for.as_secs_f64(),
            digits: &call.digits,
            recording: call.recording.as_deref(),
            recording_bytes: call.recording_bytes,
        }
        .serialize(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_leaves_out_the_line_of_a_list() {
        let mut call = CallRecord::new(SystemTime::UNIX_EPOCH, "home");
        assert_eq!(call.cause(), "default");
        call.stage = "deny".into();
        call.rule = "blacklist.csv:17".into();
        assert_eq!(call.cause(), "deny blacklist.csv");
        call.rule = "web:anna".into();
        assert_eq!(call.cause(), "deny web:anna");
        call.rule = "odd:".into();
        assert_eq!(call.cause(), "deny odd:");
    }

    #[test]
    fn a_call_reads_back_as_it_came_in() {
        let mut call = IncomingCall::new(CallId(0), LineId::new("home"), SystemTime::UNIX_EPOCH);
        call.caller = Some(Caller::from_line(b"03023125555"));
        call.name = CallerName::from_line(b"Anna");
        call.called = Some("23125000".into());
        call.waiting = true;
        call.line_time = Some("1120 1300".into());
        call.raw = b"NMBR=03023125555".as_slice().into();
        for suspect in
            [None, Some(Suspicion::Contradiction), Some(Suspicion::Forged), Some(Suspicion::Damaged)]
        {
            call.suspect = suspect;
            assert_eq!(CallRecord::of_call(&call).incoming(), call);
        }
        let mut strange = CallRecord::of_call(&call);
        strange.suspect = Some("in the words of a later version".into());
        assert_eq!(strange.incoming().suspect, Some(Suspicion::Damaged));
    }

    #[test]
    fn marks_have_jcblocks_letters() {
        for mark in Mark::ALL {
            assert_eq!(Mark::from_letter(mark.letter()), Some(mark));
        }
        assert_eq!(Mark::from_letter('x'), None);
    }
}
