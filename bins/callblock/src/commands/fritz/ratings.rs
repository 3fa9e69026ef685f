//! What the sources of `[lookup]` say of the numbers in the box's call list.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant, SystemTime};

use call_event::{LookupAnswer, counted};
use call_screen::Screen;
use number_lookup::{Outcome, Query};
use phone_number::{Numbering, PhoneNumber};
use serde_json::{Value, json};

use super::table::plain;
use crate::{Failure, Home, looking_up, screening};

/// How long one number may take: longer than while a telephone rings, for nobody waits to be let through.
const ONE_NUMBER: Duration = Duration::from_secs(10);

/// Everybody who is asked, and the time for all questions together.
pub(super) struct Ratings {
    asked: looking_up::Asked,
    /// Whoever stands in a list of the configuration is told to nobody.
    screen: Screen,
    within: Duration,
}

/// What was answered, by the number as the call list has it.
#[derive(Default)]
pub(super) struct Rated(HashMap<Box<str>, Vec<LookupAnswer>>);

impl Ratings {
    /// The sources of the configuration; without any nobody is asked, and that is said.
    pub(super) fn open(home: &Home, within: Duration) -> Result<Self, Failure> {
        let asked = looking_up::open(home)?.ok_or_else(|| {
            let text = "nobody is asked about numbers: name sources in [lookup] of the configuration first";
            Failure::new(Failure::CONFIG, text)
        })?;
        home.folder.make().map_err(|e| Failure::new(Failure::IO, e))?;
        let (screen, _) =
            screening::screen(&home.config, &home.folder).map_err(|e| Failure::new(Failure::CONFIG, e))?;
        Ok(Self { asked, screen, within })
    }

    /// Asks about each number once, in their order, until the time is over.
    pub(super) fn ask<'a>(&self, numbers: impl IntoIterator<Item = &'a str>, numbering: &Numbering) -> Rated {
        let mut wanted: Vec<(&str, PhoneNumber)> = Vec::new();
        for shown in numbers {
            let Some(number) = numbering.read(shown) else { continue };
            // Internal, short and emergency numbers are never told to anybody.
            if Query::new(&number).is_some()
                && !self.is_listed(&number)
                && wanted.iter().all(|(known, _)| *known != shown)
            {
                wanted.push((shown, number));
            }
        }
        let end = Instant::now() + self.within;
        let mut rated = Rated::default();
        let mut failures: BTreeMap<String, (usize, String)> = BTreeMap::new();
        for (done, (shown, number)) in wanted.iter().enumerate() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let left = wanted.len() - done;
                eprintln!(
                    "The time is over; not asked about: {}. Run it again; answers are kept.",
                    counted(left, "number")
                );
                break;
            }
            if done % 10 == 0 {
                eprintln!("asking about number {} of {} ...", done + 1, wanted.len());
            }
            let mut answers = Vec::new();
            for tried in self.asked.outcomes(number, left.min(ONE_NUMBER)) {
                match tried.outcome {
                    Outcome::Known(answer) => answers.push(answer),
                    Outcome::Unknown => {}
                    Outcome::Failed(error) => {
                        failures.entry(tried.source).or_insert_with(|| (0, error.to_string())).0 += 1;
                    }
                }
            }
            rated.0.insert((*shown).into(), answers);
        }
        for (source, (times, first)) in failures {
            eprintln!("{} did not answer {}: {}", plain(&source), counted(times, "time"), plain(&first));
        }
        rated
    }
}

impl Ratings {
    fn is_listed(&self, number: &PhoneNumber) -> bool {
        let lists = self.screen.lists().lists().iter().filter_map(|in_use| in_use.list());
        let (numbering, now) = (self.screen.numbering(), SystemTime::now());
        lists.into_iter().any(|list| list.find(number.as_str(), "", numbering, now).is_some())
    }
}

impl Rated {
    /// Whom the number belongs to, by a directory.
    pub(super) fn name(&self, number: &str) -> Option<String> {
        self.0.get(number)?.iter().find_map(|a| a.name.as_deref().map(str::to_owned))
    }

    /// The worst rating, for people: `8 of 9 (fraud, tellows)`.
    pub(super) fn shown(&self, number: &str) -> Option<String> {
        let answers = self.0.get(number)?;
        let worst = answers.iter().filter(|a| a.score.is_some()).max_by_key(|a| (a.score, a.votes))?;
        let label = worst.label.as_deref().map(|l| format!("{l}, ")).unwrap_or_default();
        Some(plain(&format!("{} of 9 ({label}{})", worst.score?, worst.source)))
    }

    /// Every answer, for programs; `null` for a number that nobody was asked about.
    pub(super) fn json(&self, number: Option<&str>) -> Value {
        let Some(answers) = number.and_then(|n| self.0.get(n)) else { return Value::Null };
        let list = answers.iter().map(|a| {
            let votes = (a.votes < u32::MAX).then_some(a.votes);
            json!({
                "source": &*a.source, "score": a.score, "votes": votes, "label": a.label.as_deref(),
                "name": a.name.as_deref(), "link": a.link.as_deref(),
            })
        });
        list.collect()
    }
}
