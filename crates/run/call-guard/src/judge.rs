//! The seams of the guard: who judges, who remembers, who is asked about a number.

use std::time::{Duration, SystemTime};

use call_event::{
    Action, IncomingCall, LineId, Listed, LogServerStatus, LookupAnswer, Reason, Stage, Verdict,
};

use crate::flow::FinishedCall;
use crate::learned::Learned;

/// A verdict with everything that was found on the way to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What is done, and why.
    pub verdict: Verdict,
    /// Each step, one sentence each.
    pub steps: Vec<String>,
    /// The number in international form.
    pub e164: Option<String>,
    /// The area or country.
    pub area: Option<String>,
    /// The name that a list knows.
    pub name: Option<String>,
    /// A look-up could change it.
    pub wants_lookup: bool,
    /// The number alone decided, and no name can change it.
    pub by_number: bool,
}

impl Judgement {
    /// That verdict and nothing else.
    pub fn of(verdict: Verdict) -> Self {
        Self {
            verdict,
            steps: Vec::new(),
            e164: None,
            area: None,
            name: None,
            wants_lookup: false,
            by_number: false,
        }
    }

    /// The telephone rings because nobody said otherwise.
    pub fn ring(rule: &str, text: &str) -> Self {
        Self::of(Verdict {
            action: Action::Ring { rings: None },
            reason: Reason { stage: Stage::Default, rule: rule.into(), text: text.into() },
        })
    }
}

/// Who decides whether a call may ring.
pub trait Judge: Send {
    /// Judges a call, with what look-ups answered so far. Has to be quick: it runs before the second ring.
    fn judge(&mut self, call: &IncomingCall, answers: &[LookupAnswer], now: SystemTime) -> Judgement;

    /// Adds to a judgement what the log wants to know beyond the verdict. Called after the deed is done.
    fn explain(&mut self, _call: &IncomingCall, _judgement: &mut Judgement) {}

    /// Takes something learned into the lists, for now and for the next start: who is denied for good loses what
    /// allowed them, and the other way round. What still decides otherwise, if anything does, is told.
    ///
    /// # Errors
    ///
    /// Why it could not be kept; one sentence with the remedy.
    fn learn(&mut self, learned: &Learned, now: SystemTime) -> Result<Option<Reason>, String>;

    /// Takes a number off the guard's own lists, or off one of them; whether it was there.
    ///
    /// # Errors
    ///
    /// Why the list could not be written.
    fn forget(&mut self, number: &str, from: Option<Listed>) -> Result<bool, String>;

    /// On which kind of list a call's caller is, of all that there are; nothing if no list decides.
    fn listed(&mut self, _call: &IncomingCall) -> Option<Listed> {
        None
    }

    /// Lets the next caller through, whoever it is, until that moment; `None` takes it back.
    fn permit_next(&mut self, until: Option<SystemTime>);

    /// A call is over: repeated calls are counted, used permissions taken back, dates of use written.
    fn finished(&mut self, _call: &FinishedCall) {}

    /// Takes over what an older judge remembers of the calls so far.
    fn inherit(&mut self, _older: &mut dyn Judge) {}

    /// Gives away what is remembered of the calls so far.
    fn memory(&mut self) -> Option<call_screen::Memory> {
        None
    }

    /// It rings, or a call is over: lists that changed on disk are read again.
    fn tick(&mut self, _now: SystemTime) {}
}

/// Who remembers calls. Must never wait: a slow disk is its own affair.
pub trait Diary: Send {
    /// Remembers a call that is over. `judgement` holds what was found about it.
    fn remember(&mut self, call: &FinishedCall, judgement: Option<&Judgement>);

    /// Remembers that a list changed.
    fn list_changed(&mut self, _learned: &Learned, _added: bool) {}

    /// How many records were lost.
    fn failures(&self) -> u64 {
        0
    }

    /// Why nothing can be written now, with the remedy.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// How the log server fares, where several sites share one.
    fn log_server(&self) -> Option<LogServerStatus> {
        None
    }

    /// Remembers that messages wait on the network's own answering machine, or that none wait any more.
    fn lamp(&mut self, _line: &LineId, _waiting: bool) {}

    /// Whether unheard messages lie there, or wait at the network as far as was ever heard.
    fn messages_waiting(&mut self) -> bool {
        false
    }

    /// Brings everything to the disk, as far as that goes within that time.
    fn close(&mut self, _within: Duration) {}
}

/// Who is asked about a number. Runs on a thread of its own.
pub trait LookUp: Send + 'static {
    /// What others know of the caller. Has its own deadline; an empty answer lets it ring.
    fn look_up(&mut self, call: &IncomingCall) -> Vec<LookupAnswer>;
}

/// A diary that forgets; for tests and for programs that remember in their own way.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDiary;

impl Diary for NoDiary {
    fn remember(&mut self, _call: &FinishedCall, _judgement: Option<&Judgement>) {}
}

/// Everybody rings; for programs whose [`CallHandler`](crate::CallHandler) decides alone.
#[derive(Debug, Clone, Copy, Default)]
pub struct EverybodyRings;

impl Judge for EverybodyRings {
    fn judge(&mut self, _call: &IncomingCall, _answers: &[LookupAnswer], _now: SystemTime) -> Judgement {
        Judgement::ring("default", "nothing speaks against it")
    }

    fn learn(&mut self, _learned: &Learned, _now: SystemTime) -> Result<Option<Reason>, String> {
        Err("there is no list to enter it in".into())
    }

    fn forget(&mut self, _number: &str, _from: Option<Listed>) -> Result<bool, String> {
        Ok(false)
    }

    fn permit_next(&mut self, _until: Option<SystemTime>) {}
}
