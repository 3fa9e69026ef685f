//! The judgement: a call in, a verdict out.
//!
//! The order of precedence stands in [`Screen::decide`] and nowhere else; `docs/lists-and-rules.md` tells it to
//! people.

use std::cell::Cell;
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use call_event::{Action, Decision, IncomingCall, LookupAnswer, Reason, Stage, Suspicion, Verdict};
use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use phone_number::{Caller, NumberKind, Numbering, PhoneNumber};

use crate::explain::{Explanation, NoTrace, Steps, Trace};
use crate::list::pattern::Candidate;
use crate::list::{List, ListSet, Loaded, unix};
use crate::memory::Memory;
use crate::rule::{Question, Rule};
use crate::schedule::{Holidays, Zone};
use crate::sentences::{self, fill};
use crate::settings::{ListKind, Mode, ScreenSettings};
use crate::{Error, read_action, read_span};

/// The rule's name in the reason for a call that was announced.
pub(crate) const PERMIT_NEXT: &str = "permit-next";

/// Lists, rules and numbering plan of a configuration, ready to judge calls.
///
/// ```
/// use std::time::SystemTime;
/// use call_event::{CallId, Decision, IncomingCall, LineId};
/// use call_screen::{Memory, RuleSettings, Screen, ScreenSettings};
/// use phone_number::{Caller, Numbering};
///
/// let rule = RuleSettings { name: "premium".into(), number: vec!["0900*".into()], ..RuleSettings::default() };
/// let settings = ScreenSettings { rules: vec![rule], ..ScreenSettings::default() };
/// let numbering = Numbering::new("DE", Some("030")).unwrap();
/// let (screen, _) = Screen::new(&settings, numbering, std::path::Path::new(".")).unwrap();
///
/// let mut call = IncomingCall::new(CallId(1), LineId::new("home"), SystemTime::UNIX_EPOCH);
/// call.caller = Some(Caller::from_line(b"09001 234567"));
/// let verdict = screen.judge(&call, &Memory::new(), None);
/// assert_eq!(verdict.decision(), Decision::Block);
/// assert_eq!(&*verdict.reason.rule, "premium");
/// ```
#[derive(Debug)]
pub struct Screen {
    numbering: Numbering,
    mode: Mode,
    action: Action,
    ring: Action,
    emergency_callback: Duration,
    challenge_lasts: Duration,
    rules: Vec<Rule>,
    lookup: Option<Lookup>,
    lists: ListSet,
    allow: Vec<ActiveList>,
    deny: Vec<ActiveList>,
    words: Words,
}

#[derive(Debug)]
struct Lookup {
    score: u8,
    votes: u32,
    action: Action,
}

/// A list as the judgement uses it.
#[derive(Debug, Clone)]
struct ActiveList {
    list: Arc<List>,
    action: Action,
    lines: Vec<Box<str>>,
}

/// Reasons that never change, made once.
#[derive(Debug)]
struct Words {
    waiting: Said,
    emergency: Said,
    permit: Said,
    passed: Said,
    default_ring: Said,
    default_block: Said,
    list_missing: Said,
}

type Said = (Arc<str>, Arc<str>);

impl Words {
    fn new() -> Self {
        let say = |rule: &str, text: &str| (rule.into(), text.into());
        Self {
            waiting: say("waiting", sentences::WAITING),
            emergency: say("emergency-callback", sentences::EMERGENCY),
            permit: say(PERMIT_NEXT, sentences::PERMITTED),
            passed: say("challenge-passed", sentences::PASSED),
            default_ring: say("default", sentences::NOTHING_AGAINST),
            default_block: say("not-listed", sentences::NOT_LISTED),
            list_missing: say("list-missing", sentences::LIST_MISSING),
        }
    }
}

impl Screen {
    /// Checks the settings and reads the lists. Files without folder are looked for in `folder`.
    ///
    /// A list that cannot be read is named in the report and does not hinder the others.
    ///
    /// # Errors
    ///
    /// The first setting that means nothing.
    pub fn new(
        settings: &ScreenSettings,
        numbering: Numbering,
        folder: &Path,
    ) -> Result<(Self, Vec<Loaded>), Error> {
        let mut screen = Self::without_lists(settings, numbering, folder)?;
        for list in &settings.lists {
            if let Some(action) = &list.action {
                read_action(action)
                    .map_err(|reason| Error::setting(format!("list {:?}", list.shown_name()), reason))?;
            }
            if let Some(span) = &list.drop_unused_after {
                read_span(span)
                    .map_err(|reason| Error::setting(format!("list {:?}", list.shown_name()), reason))?;
            }
        }
        let (lists, report) = ListSet::open(&settings.lists, folder, &screen.numbering);
        screen.set_lists(lists);
        Ok((screen, report))
    }

    fn without_lists(settings: &ScreenSettings, numbering: Numbering, folder: &Path) -> Result<Self, Error> {
        let general = |reason: String| Error::setting("screening", reason);
        let action = settings.action.as_deref().map_or(Ok(Action::HangUp), read_action).map_err(general)?;
        let zone = settings.timezone.as_deref().map_or(Ok(Zone::Local), Zone::read).map_err(general)?;
        let span = |text: &Option<String>, usual: u64| match text.as_deref() {
            None => Ok(Duration::from_secs(usual)),
            Some("0") => Ok(Duration::ZERO),
            Some(text) => read_span(text).map_err(general),
        };
        let holidays = match &settings.holidays {
            Some(file) => {
                let (holidays, problems) = Holidays::open(&crate::list::resolve(folder, file), zone)?;
                problems.iter().for_each(|problem| log::warn!("holidays: {problem}"));
                Some(holidays)
            }
            None => None,
        };
        let mut all_rules = settings.rules.clone();
        let mut lookup = settings.lookup.clone();
        for name in &settings.rule_set {
            let set = ScreenSettings::shipped(name).map_err(general)?;
            all_rules.extend(set.rules);
            lookup = lookup.or(set.lookup);
        }
        let rules = all_rules.iter().enumerate();
        let rules = rules
            .map(|(index, rule)| Rule::read(rule, index, &numbering, &action, zone, holidays.as_ref()))
            .collect::<Result<_, _>>()?;
        let lookup = match &lookup {
            None => None,
            Some(lookup) => Some(Lookup {
                score: lookup.score,
                votes: lookup.votes,
                action: lookup
                    .action
                    .as_deref()
                    .map_or_else(|| Ok(action.clone()), read_action)
                    .map_err(general)?,
            }),
        };
        Ok(Self {
            numbering,
            mode: settings.mode,
            action,
            ring: Action::Ring { rings: settings.rings },
            emergency_callback: span(&settings.emergency_callback, 3_600)?,
            challenge_lasts: span(&settings.challenge_lasts, 30 * 86_400)?,
            rules,
            lookup,
            lists: ListSet::default(),
            allow: Vec::new(),
            deny: Vec::new(),
            words: Words::new(),
        })
    }

    /// The lists in use. [`ListSet::reload`] reads changed ones, on any thread.
    pub fn lists(&self) -> &ListSet {
        &self.lists
    }

    /// Uses other lists from now on, all at once.
    pub fn set_lists(&mut self, lists: ListSet) {
        let active = |kind: ListKind| {
            let entries = lists.lists().iter().filter(|entry| entry.settings().kind == kind);
            let entries = entries.filter_map(|entry| Some((entry.settings(), entry.list()?.clone())));
            let active = entries.map(|(settings, list)| ActiveList {
                list,
                // Checked when the screen was made.
                action: settings
                    .action
                    .as_deref()
                    .and_then(|a| read_action(a).ok())
                    .unwrap_or_else(|| self.action.clone()),
                lines: settings.lines.iter().map(|line| line.as_str().into()).collect(),
            });
            active.collect::<Vec<_>>()
        };
        (self.allow, self.deny) = (active(ListKind::Allow), active(ListKind::Deny));
        self.lists = lists;
    }

    /// The numbering plan of the line.
    pub fn numbering(&self) -> &Numbering {
        &self.numbering
    }

    /// How long every call rings after help was called.
    pub fn emergency_callback(&self) -> Duration {
        self.emergency_callback
    }

    /// How long a caller rings freely who passed the challenge.
    pub fn challenge_lasts(&self) -> Duration {
        self.challenge_lasts
    }

    /// Whether a dialled number is for emergencies.
    pub fn is_emergency(&self, dialled: &str) -> bool {
        self.numbering.read(dialled).is_some_and(|number| number.kind() == NumberKind::Emergency)
    }

    /// The caller's number, placed in the numbering plan.
    pub fn place(&self, call: &IncomingCall) -> Option<PhoneNumber> {
        call.caller.as_ref().and_then(Caller::number).map(|shown| self.numbering.resolve(shown))
    }

    /// The network's own number in brackets behind the caller's, placed in the numbering plan.
    fn place_second(&self, call: &IncomingCall) -> Option<PhoneNumber> {
        let second = call.caller.as_ref().and_then(Caller::number)?.second()?;
        Some(self.numbering.resolve(&second))
    }

    /// What is to be done with a call, and why. `call.at` is the moment of the judgement.
    pub fn judge(&self, call: &IncomingCall, memory: &Memory, lookup: Option<&LookupAnswer>) -> Verdict {
        self.decide(call, memory, lookup, &mut NoTrace)
    }

    /// Whether others should be asked about the caller before that verdict is acted on: it is only the default,
    /// look-ups count, and the number is one that others can know. Judge again with the answer.
    pub fn wants_lookup(&self, call: &IncomingCall, verdict: &Verdict) -> Option<PhoneNumber> {
        let undecided =
            verdict.reason.stage == Stage::Default && verdict.decision() == Decision::Ring && !call.waiting;
        if self.lookup.is_none() || !undecided {
            return None;
        }
        let number = self.place(call)?;
        matches!(number.kind(), NumberKind::Domestic | NumberKind::Foreign).then_some(number)
    }

    /// The answer that counts against a number: the worst of those that count as bad, else the worst of all. A
    /// single voice that says "very bad" does not hide ten that say "bad".
    pub fn worst<'a>(&self, answers: &'a [LookupAnswer]) -> Option<&'a LookupAnswer> {
        let counts = |answer: &LookupAnswer| {
            self.lookup.as_ref().is_some_and(|settings| answer.is_bad(settings.score, settings.votes))
        };
        answers.iter().max_by_key(|answer| (counts(answer), answer.score, answer.votes))
    }

    /// The verdict with every step that led to it.
    pub fn explain(
        &self,
        call: &IncomingCall,
        memory: &Memory,
        lookup: Option<&LookupAnswer>,
    ) -> Explanation {
        let mut steps = Steps::default();
        let verdict = self.decide(call, memory, lookup, &mut steps);
        let number = self.place(call);
        Explanation::new(&self.numbering, call, number.as_ref(), verdict, steps)
    }

    /// The order of precedence: waiting calls ring; then permits, allow lists, deny lists, rules, look-ups, and the
    /// default of the mode.
    fn decide<T: Trace>(
        &self,
        call: &IncomingCall,
        memory: &Memory,
        lookup: Option<&LookupAnswer>,
        trace: &mut T,
    ) -> Verdict {
        let (action, reason) = self.weigh(call, memory, lookup, trace);
        let verdict = Verdict { action, reason };
        if self.mode == Mode::LogOnly && verdict.decision() == Decision::Block {
            let text = fill(sentences::WOULD_BE_BLOCKED, &[&verdict.action.word(), &verdict.reason.text]);
            trace.note(verdict.reason.stage, "log-only", || sentences::LOG_ONLY.into());
            return Verdict {
                action: self.ring.clone(),
                reason: Reason { text: text.into(), ..verdict.reason },
            };
        }
        verdict
    }

    fn weigh<T: Trace>(
        &self,
        call: &IncomingCall,
        memory: &Memory,
        lookup: Option<&LookupAnswer>,
        trace: &mut T,
    ) -> (Action, Reason) {
        let number = self.place(call);
        let who = Candidate {
            number: number.as_ref(),
            key: number.as_ref().and_then(PhoneNumber::key),
            shown: call.caller.as_ref().and_then(Caller::number).map_or("", |shown| shown.as_str()),
            name: call.name.as_ref().map_or("", |name| name.as_str()),
        };
        let second = number.filter(PhoneNumber::has_second).and_then(|_| self.place_second(call));
        let said = |stage, (rule, text): &Said| Reason { stage, rule: rule.clone(), text: text.clone() };

        if call.waiting {
            trace.decided(Stage::Permit, "waiting", || sentences::NEVER_ANSWERED.into());
            return (self.ring.clone(), said(Stage::Permit, &self.words.waiting));
        }
        if memory.emergency(call.at) {
            trace.decided(Stage::Permit, "emergency-callback", || self.words.emergency.1.to_string());
            return (self.ring.clone(), said(Stage::Permit, &self.words.emergency));
        }
        if memory.permits(call.at) {
            trace.decided(Stage::Permit, PERMIT_NEXT, || self.words.permit.1.to_string());
            return (self.ring.clone(), said(Stage::Permit, &self.words.permit));
        }
        trace.note(Stage::Permit, "permits", || sentences::NO_PERMIT.into());

        let record = self.record(call, &who);
        let record = record.as_deref();
        if let Some(suspicion) = call.suspect {
            trace.note(Stage::Allow, "suspect", || skipped(suspicion));
        } else {
            if let Some(reason) =
                self.listed(&self.allow, Stage::Allow, call, (&who, second.as_ref()), record, trace)
            {
                return (self.ring.clone(), reason.1);
            }
            if who.key.is_some_and(|key| memory.has_passed(key, call.at)) {
                trace.decided(Stage::Allow, "challenge-passed", || self.words.passed.1.to_string());
                return (self.ring.clone(), said(Stage::Allow, &self.words.passed));
            }
        }
        if let Some((list, reason)) =
            self.listed(&self.deny, Stage::Deny, call, (&who, second.as_ref()), record, trace)
        {
            return (list.action.clone(), reason);
        }
        let question = Question { call, who, numbering: &self.numbering, memory, doubts: Cell::new(None) };
        for rule in &self.rules {
            match rule.first_miss(&question) {
                None => {
                    let text = match rule.doubts_found(&question) {
                        Some(doubt) => fill(sentences::RULE_FOR, &[&rule.name, &doubt]).into(),
                        None => rule.text.clone(),
                    };
                    trace.decided(Stage::Rule, &rule.name, || text.to_string());
                    // A rule that lets ring does so with the general number of rings, unless it names its own.
                    let action = match &rule.action {
                        Action::Ring { rings: None } => self.ring.clone(),
                        action => action.clone(),
                    };
                    return (action, Reason { stage: Stage::Rule, rule: rule.name.clone(), text });
                }
                Some(miss) => trace.note(Stage::Rule, &rule.name, || miss.into()),
            }
        }
        if let Some(settings) = &self.lookup {
            match lookup {
                Some(answer) if answer.is_bad(settings.score, settings.votes) => {
                    let text: Arc<str> = bad_reputation(answer).into();
                    trace.decided(Stage::Lookup, &answer.source, || text.to_string());
                    let reason = Reason { stage: Stage::Lookup, rule: answer.source.clone(), text };
                    return (settings.action.clone(), reason);
                }
                Some(answer) => trace.note(Stage::Lookup, &answer.source, || sentences::NOT_BAD.into()),
                None => trace.note(Stage::Lookup, "lookup", || sentences::NO_ANSWER.into()),
            }
        }
        if self.mode != Mode::AllowListed {
            trace.decided(Stage::Default, "default", || self.words.default_ring.1.to_string());
            return (self.ring.clone(), said(Stage::Default, &self.words.default_ring));
        }
        if self.lists.lacks(ListKind::Allow) {
            trace.decided(Stage::Default, "list-missing", || self.words.list_missing.1.to_string());
            return (self.ring.clone(), said(Stage::Default, &self.words.list_missing));
        }
        trace.decided(Stage::Default, "not-listed", || self.words.default_block.1.to_string());
        (self.action.clone(), said(Stage::Default, &self.words.default_block))
    }

    /// Looks through lists of one kind; the first that has the caller decides.
    fn listed<'s, T: Trace>(
        &self,
        lists: &'s [ActiveList],
        stage: Stage,
        call: &IncomingCall,
        (who, second): (&Candidate<'_>, Option<&PhoneNumber>),
        record: Option<&str>,
        trace: &mut T,
    ) -> Option<(&'s ActiveList, Reason)> {
        let now = unix(call.at);
        for active in lists {
            let list = &active.list;
            if !active.lines.is_empty() && !active.lines.iter().any(|line| **line == *call.line.as_str()) {
                trace.note(stage, list.name(), || sentences::OTHER_LINES.into());
                continue;
            }
            let find = |who: &Candidate<'_>| match list.find_line(who, record, now) {
                Some(line) => Some((line, list.note(line).name)),
                None => find_compiled(list, who),
            };
            let by_second =
                |number| find(&Candidate { number: Some(number), key: number.key(), shown: "", name: "" });
            let found = find(who).or_else(|| second.and_then(by_second));
            let Some((line, name)) = found else {
                trace.note(stage, list.name(), || sentences::NOT_ON_IT.into());
                continue;
            };
            let rule: Arc<str> = format!("{}:{line}", list.name()).into();
            let text: Arc<str> = if name.is_empty() {
                fill(sentences::LISTED_IN, &[&list.name()]).into()
            } else {
                fill(sentences::LISTED_AS, &[&name]).into()
            };
            trace.decided(stage, &rule, || text.to_string());
            return Some((active, Reason { stage, rule, text }));
        }
        None
    }

    /// The record of a call as jcblock writes it, if any list wants it.
    fn record(&self, call: &IncomingCall, who: &Candidate<'_>) -> Option<String> {
        let wanted = self.allow.iter().chain(&self.deny).any(|active| active.list.needs_record());
        wanted.then(|| {
            let at = DateTime::<Utc>::from_timestamp(unix(call.at), 0).unwrap_or_default();
            let number = match &call.caller {
                Some(Caller::Withheld) => "P",
                Some(Caller::Number(_)) => who.shown,
                _ => "O",
            };
            format!(
                "--DATE = {:02}{:02}{:02}--TIME = {:02}{:02}--NMBR = {number}--NAME = {}--",
                at.month(),
                at.day(),
                at.year() % 100,
                at.hour(),
                at.minute(),
                who.name,
            )
        })
    }
}

/// Fails open: a compiled list that cannot be read has nobody on it.
fn find_compiled(list: &List, who: &Candidate<'_>) -> Option<(u32, Box<str>)> {
    match list.compiled()?.find(who.key?) {
        Ok(found) => found,
        Err(error) => {
            log::warn!("{}: {error}", list.name());
            None
        }
    }
}

fn skipped(suspicion: Suspicion) -> String {
    fill(sentences::NOT_ASKED, &[&suspicion])
}

fn bad_reputation(answer: &LookupAnswer) -> String {
    let score = answer.score.unwrap_or_default();
    let from: [&dyn Display; 3] = [&score, &answer.votes, &answer.source];
    match answer.label.as_deref() {
        Some(label) => fill(sentences::BAD_AS, &[&label, from[0], from[1], from[2]]),
        None => fill(sentences::BAD, &from),
    }
}
