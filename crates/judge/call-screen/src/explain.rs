//! Every step of a judgement, for people and for `--json`.

use call_event::{IncomingCall, Stage, Verdict};
use phone_number::{Caller, Doubts, Numbering, PhoneNumber};
use serde::Serialize;

/// Hears of every step. The judgement is compiled once without, so that telling costs nothing where nobody listens.
pub(crate) trait Trace {
    /// A step that decided nothing.
    fn note(&mut self, stage: Stage, rule: &str, outcome: impl FnOnce() -> String);
    /// The step that decided.
    fn decided(&mut self, stage: Stage, rule: &str, outcome: impl FnOnce() -> String);
}

/// Nobody listens.
pub(crate) struct NoTrace;

impl Trace for NoTrace {
    #[inline]
    fn note(&mut self, _: Stage, _: &str, _: impl FnOnce() -> String) {}
    #[inline]
    fn decided(&mut self, _: Stage, _: &str, _: impl FnOnce() -> String) {}
}

/// One step of a judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The stage: `permit`, `allow`, `deny`, `rule`, `lookup`, `default`.
    pub stage: &'static str,
    /// The list, rule or look-up that was asked.
    pub rule: String,
    /// What came of it.
    pub outcome: String,
    /// Whether this step decided.
    pub decided: bool,
}

/// The steps so far.
#[derive(Debug, Default)]
pub(crate) struct Steps(Vec<Step>);

impl Steps {
    fn push(&mut self, stage: Stage, rule: &str, outcome: String, decided: bool) {
        self.0.push(Step { stage: stage.word(), rule: rule.to_owned(), outcome, decided });
    }
}

impl Trace for Steps {
    fn note(&mut self, stage: Stage, rule: &str, outcome: impl FnOnce() -> String) {
        self.push(stage, rule, outcome(), false);
    }

    fn decided(&mut self, stage: Stage, rule: &str, outcome: impl FnOnce() -> String) {
        self.push(stage, rule, outcome(), true);
    }
}

/// A verdict with every step that led to it, and what is known of the number.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The verdict.
    pub verdict: Verdict,
    /// What the line showed: a number, `withheld`, `unavailable`, `none`.
    pub caller: String,
    /// The number as the world writes it.
    pub e164: Option<String>,
    /// The number as people at this line write it.
    pub display: Option<String>,
    /// What kind of number it is.
    pub kind: Option<&'static str>,
    /// The name of its area, network or country.
    pub area: Option<String>,
    /// What speaks against it.
    pub doubts: Doubts,
    /// The steps in the order in which they were taken.
    pub steps: Vec<Step>,
}

impl Explanation {
    pub(crate) fn new(
        numbering: &Numbering,
        call: &IncomingCall,
        number: Option<&PhoneNumber>,
        verdict: Verdict,
        steps: Steps,
    ) -> Self {
        Self {
            verdict,
            caller: call.caller.as_ref().map_or_else(|| "none".into(), Caller::to_string),
            e164: number.and_then(PhoneNumber::e164).map(|number| number.to_string()),
            display: number.map(|number| numbering.display(number)),
            kind: number.map(|number| number.kind().word()),
            area: number.and_then(|number| numbering.area_name(number)).map(str::to_owned),
            doubts: number.map_or(Doubts::NONE, |number| numbering.doubts(number)),
            steps: steps.0,
        }
    }
}
