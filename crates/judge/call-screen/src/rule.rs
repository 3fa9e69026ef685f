//! Rules, ready to be asked.

use std::sync::Arc;
use std::time::Duration;

use call_event::{Action, IncomingCall};
use phone_number::{Caller, Country, Doubt, Doubts, NumberKind, Numbering};

use crate::list::pattern::{Candidate, Pattern};
use crate::list::set::{PatternCollector, PatternSet};
use crate::memory::Memory;
use crate::schedule::{Holidays, Schedule, Zone};
use crate::sentences::{self, fill};
use crate::settings::RuleSettings;
use crate::{Error, read_action, read_span};

/// Which callers a rule is about, one bit each.
const NUMBER: u8 = 1;
const WITHHELD: u8 = 2;
const UNAVAILABLE: u8 = 4;
const NONE: u8 = 8;

/// One rule, checked and ready.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: Arc<str>,
    pub(crate) text: Arc<str>,
    pub(crate) action: Action,
    callers: u8,
    kinds: u16,
    doubts: Doubts,
    suspect: bool,
    countries: Vec<&'static str>,
    countries_not: Vec<&'static str>,
    numbers: Option<PatternSet>,
    names: Option<PatternSet>,
    repeated: Option<(usize, Duration)>,
    schedule: Option<Schedule>,
    called: Vec<Box<str>>,
    lines: Vec<Box<str>>,
}

/// A call as rules see it; what costs time is found out when a rule first asks.
pub(crate) struct Question<'q> {
    pub(crate) call: &'q IncomingCall,
    pub(crate) who: Candidate<'q>,
    pub(crate) numbering: &'q Numbering,
    pub(crate) memory: &'q Memory,
    pub(crate) doubts: std::cell::Cell<Option<Doubts>>,
}

impl Question<'_> {
    /// What speaks against the number. libphonenumber is only asked where a rule wants to know.
    fn doubts_among(&self, wanted: Doubts) -> Doubts {
        let doubts = self.doubts();
        match self.who.number {
            Some(number) if wanted.has(Doubt::Invalid) => self.numbering.with_validity(number, doubts),
            _ => doubts,
        }
    }

    fn doubts(&self) -> Doubts {
        if let Some(known) = self.doubts.get() {
            return known;
        }
        let doubts = self.who.number.map_or(Doubts::NONE, |number| self.numbering.doubts(number));
        self.doubts.set(Some(doubts));
        doubts
    }
}

impl Rule {
    pub(crate) fn read(
        settings: &RuleSettings,
        index: usize,
        numbering: &Numbering,
        default_action: &Action,
        zone: Zone,
        holidays: Option<&Arc<Holidays>>,
    ) -> Result<Self, Error> {
        let name: Arc<str> = match settings.name.trim() {
            "" => format!("rule-{}", index + 1).into(),
            name => name.into(),
        };
        let wrong = |reason: String| Error::setting(format!("rule {name:?}"), reason);
        let action = match &settings.action {
            Some(text) => read_action(text).map_err(wrong)?,
            None => default_action.clone(),
        };
        let mut callers = 0;
        for word in &settings.caller {
            callers |= match word.as_str() {
                "number" => NUMBER,
                "withheld" => WITHHELD,
                "unavailable" => UNAVAILABLE,
                "none" => NONE,
                _ => {
                    return Err(wrong(format!("caller {word:?}; use number, withheld, unavailable or none")));
                }
            };
        }
        let mut kinds = 0;
        for word in &settings.kind {
            let kind = KINDS.iter().position(|kind| kind.word() == word);
            let known = || KINDS.map(NumberKind::word).join(", ");
            kinds |= 1 << kind.ok_or_else(|| wrong(format!("kind {word:?}; use {}", known())))?;
        }
        let mut doubts = Doubts::NONE;
        let mut suspect = false;
        for word in &settings.doubt {
            match word.as_str() {
                "suspect" => suspect = true,
                "any" => doubts = Doubt::ALL.into_iter().collect(),
                _ => {
                    let doubt = Doubt::ALL.into_iter().find(|doubt| doubt.word() == word);
                    let known = || Doubt::ALL.map(Doubt::word).join(", ");
                    doubts =
                        doubts.with(doubt.ok_or_else(|| {
                            wrong(format!("doubt {word:?}; use {}, suspect or any", known()))
                        })?);
                }
            }
        }
        let countries = |list: &[String]| {
            let find = |text: &String| {
                let country = Country::find(text).map(Country::calling_code);
                country.ok_or_else(|| wrong(format!("no country has the code {text:?}; use GR or +30")))
            };
            list.iter().map(find).collect::<Result<Vec<_>, _>>()
        };
        let patterns = |list: &[String], read: &dyn Fn(&str) -> Result<Pattern, String>| {
            if list.is_empty() {
                return Ok(None);
            }
            let mut collector = PatternCollector::default();
            for (text, line) in list.iter().zip(1..) {
                collector.add(read(text).map_err(wrong)?, line);
            }
            collector.finish().map(|(set, _)| Some(set)).map_err(wrong)
        };
        let repeated = match &settings.repeated {
            Some(repeated) if repeated.calls < 2 || repeated.calls > 32 => {
                return Err(wrong("repeated: calls must be from 2 to 32".into()));
            }
            Some(repeated) => {
                let within = read_span(&repeated.within).map_err(|e| wrong(format!("repeated: {e}")))?;
                Some((repeated.calls as usize, within))
            }
            None => None,
        };
        let zone = settings.timezone.as_deref().map_or(Ok(zone), Zone::read).map_err(wrong)?;
        let boxed = |list: &[String]| list.iter().map(|text| text.as_str().into()).collect();
        let rule = Self {
            text: fill(sentences::RULE, &[&name]).into(),
            action,
            callers,
            kinds,
            doubts,
            suspect,
            countries: countries(&settings.country)?,
            countries_not: countries(&settings.country_not)?,
            numbers: patterns(&settings.number, &|text| Pattern::read(text, numbering))?,
            names: patterns(&settings.caller_name, &Pattern::name)?,
            repeated,
            schedule: Schedule::read(&settings.time, &settings.days, zone, holidays).map_err(wrong)?,
            called: boxed(&settings.called),
            lines: boxed(&settings.line),
            name: name.clone(),
        };
        if *settings
            == (RuleSettings {
                name: settings.name.clone(),
                action: settings.action.clone(),
                ..RuleSettings::default()
            })
        {
            return Err(wrong(
                "has no condition and would fit every call; give it one, or set the mode".into(),
            ));
        }
        Ok(rule)
    }

    /// The first condition that does not hold.
    pub(crate) fn first_miss(&self, question: &Question<'_>) -> Option<&'static str> {
        let Question { call, who, memory, .. } = question;
        let caller = match &call.caller {
            Some(Caller::Number(_)) => NUMBER,
            Some(Caller::Withheld) => WITHHELD,
            None => NONE,
            Some(_) => UNAVAILABLE,
        };
        if self.callers != 0 && self.callers & caller == 0 {
            return Some(sentences::OTHER_CALLER);
        }
        if !self.lines.is_empty() && !self.lines.iter().any(|line| **line == *call.line.as_str()) {
            return Some(sentences::OTHER_LINE);
        }
        if !self.called.is_empty() && !self.called.iter().any(|own| Some(own) == call.called.as_ref()) {
            return Some(sentences::OTHER_CALLED);
        }
        let kind = who.number.map(|number| number.kind());
        if self.kinds != 0 && kind.is_none_or(|kind| self.kinds & kind_bit(kind) == 0) {
            return Some(sentences::OTHER_KIND);
        }
        let country = || who.number.and_then(|number| number.country()).map(Country::calling_code);
        if !self.countries.is_empty() && !country().is_some_and(|code| self.countries.contains(&code)) {
            return Some(sentences::OTHER_COUNTRY);
        }
        if !self.countries_not.is_empty() && country().is_none_or(|code| self.countries_not.contains(&code)) {
            return Some(sentences::LEFT_OUT);
        }
        if (self.suspect || !self.doubts.is_empty())
            && !(self.suspect && call.suspect.is_some()
                || question.doubts_among(self.doubts).meets(self.doubts))
        {
            return Some(sentences::NO_DOUBT);
        }
        if self.numbers.as_ref().is_some_and(|numbers| numbers.find(who).is_none()) {
            return Some(sentences::OTHER_NUMBER);
        }
        if self.names.as_ref().is_some_and(|names| names.find(who).is_none()) {
            return Some(sentences::OTHER_NAME);
        }
        if self.schedule.as_ref().is_some_and(|schedule| !schedule.holds(call.at)) {
            return Some(sentences::OTHER_TIME);
        }
        if let Some((calls, within)) = self.repeated {
            let before = who.key.map_or(0, |key| memory.calls_within(key, call.at, within));
            if before + 1 < calls {
                return Some(sentences::NOT_SO_OFTEN);
            }
        }
        None
    }

    /// Which of its doubts speak against the number, in words.
    pub(crate) fn doubts_found(&self, question: &Question<'_>) -> Option<Doubt> {
        if self.doubts.is_empty() {
            return None;
        }
        let found = question.doubts_among(self.doubts);
        self.doubts.iter().find(|&doubt| found.has(doubt))
    }
}

const KINDS: [NumberKind; 8] = [
    NumberKind::Domestic,
    NumberKind::Foreign,
    NumberKind::Local,
    NumberKind::Short,
    NumberKind::Emergency,
    NumberKind::Test,
    NumberKind::Internal,
    NumberKind::Odd,
];

fn kind_bit(kind: NumberKind) -> u16 {
    KINDS.iter().position(|&k| k == kind).map_or(0, |index| 1 << index)
}
