//! A FRITZ!Box among the guarded lines: its books judge beside the lists, and what is blocked is barred.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::looking_up::Asked;
use call_event::{
    Action, Decision, IncomingCall, LineCommand, LineEvent, LineId, Listed, LookupAnswer, Reason, Stage,
    Verdict,
};
use call_guard::{FinishedCall, Judge, Judgement, Learned, LineEnds, LineStarter, ScreenJudge};
use crossbeam_channel::{Receiver, Sender, bounded};
use fritz_box::{BookCache, BookHit, BookUse, FritzBoxSettings, spawn_with_books};

/// What all parts that deal with the box share.
#[derive(Debug, Clone)]
pub(crate) struct FritzBoxGuard {
    settings: FritzBoxSettings,
    line: LineId,
    books: Arc<BookCache>,
    /// The way to the line's thread that runs now.
    commands: Arc<Mutex<Option<Sender<LineCommand>>>>,
    /// Who is asked for the names of numbers that are called.
    lookups: Option<Asked>,
}

impl FritzBoxGuard {
    pub(crate) fn new(settings: FritzBoxSettings, lookups: Option<Asked>) -> Self {
        Self {
            line: LineId::new(&settings.line),
            books: Arc::new(BookCache::new(settings.numbering())),
            commands: Arc::default(),
            lookups,
            settings,
        }
    }

    pub(crate) fn line(&self) -> LineId {
        self.line.clone()
    }

    /// What starts the line.
    pub(crate) fn starter(&self) -> LineStarter {
        let own = self.clone();
        Box::new(move || {
            let line =
                spawn_with_books(own.settings.clone(), own.books.clone()).map_err(|e| e.to_string())?;
            *own.commands.lock().unwrap_or_else(PoisonError::into_inner) = Some(line.commands.clone());
            let events = match &own.lookups {
                Some(lookups) if own.settings.new_contact_book.is_some() => {
                    own.name_outgoing(line.events, lookups.clone())?
                }
                _ => line.events,
            };
            Ok(LineEnds { events, commands: line.commands })
        })
    }

    /// Hands events on, and has the names found of unknown numbers that are called from the house.
    fn name_outgoing(
        &self,
        from: Receiver<LineEvent>,
        mut lookups: Asked,
    ) -> Result<Receiver<LineEvent>, String> {
        let (to, events) = bounded(from.capacity().unwrap_or(1024));
        // Whoever is asked may be slow; the line's events must not be.
        let (ask, asked) = bounded::<Box<str>>(8);
        let named = self.clone();
        let finder = move || {
            for number in asked {
                if let Some(name) = lookups.name_of(&number) {
                    named.enter(&number, &name);
                }
            }
        };
        let own = self.clone();
        let relay = move || {
            for event in from {
                if let LineEvent::Outgoing { number, .. } = &event
                    && own.books.is_filled()
                    && own.books.find(number).is_none()
                {
                    let _ = ask.try_send(number.trim_end_matches('#').into());
                }
                if to.send(event).is_err() {
                    return;
                }
            }
        };
        let start = |name: &str, work: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.into()).spawn(work).map_err(|e| e.to_string())
        };
        start("fritz-names", Box::new(finder))?;
        start("fritz-relay", Box::new(relay))?;
        Ok(events)
    }

    /// The judge with the box's books before its lists.
    pub(crate) fn judge(&self, inner: ScreenJudge) -> BookJudge {
        BookJudge { inner, own: self.clone() }
    }

    /// Whether the books that allow are known, if there are any.
    fn knows_its_books(&self) -> bool {
        self.settings.user.is_empty() || self.settings.allow_books.is_empty() || self.books.is_filled()
    }

    /// Asks for a name that was found to be entered in the book for new contacts.
    pub(crate) fn enter(&self, number: &str, name: &str) {
        if self.settings.new_contact_book.is_none() || self.books.find(number).is_some() {
            return;
        }
        let commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(commands) = &*commands {
            // A line that is too busy for it asks again at the next call.
            let _ = commands.try_send(LineCommand::EnterContact { number: number.into(), name: name.into() });
        }
    }
}

/// Judges with the box's phone books and then with lists, rules and look-ups.
///
/// An allow entry wins over a deny entry, wherever the two stand. Calls on a line of the box that are to be blocked
/// are barred there, because a box has no way to end a call that rings.
#[derive(Debug)]
pub(crate) struct BookJudge {
    inner: ScreenJudge,
    own: FritzBoxGuard,
}

impl BookJudge {
    fn hit(&self, call: &IncomingCall) -> Option<BookHit> {
        let number = call.caller.as_ref()?.number()?;
        self.own.books.find(number.as_str())
    }

    fn by_book(&self, hit: &BookHit, judged: Judgement) -> Judgement {
        let stage = judged.verdict.reason.stage;
        if matches!(stage, Stage::Permit | Stage::Allow) {
            return judged;
        }
        let name = if hit.contact.is_empty() { &hit.entry } else { &hit.contact };
        let rule = format!("{}: {name}", hit.book).into();
        let verdict = match hit.book_use {
            BookUse::Allow | BookUse::New => Verdict {
                action: Action::Ring { rings: None },
                reason: Reason {
                    stage: Stage::Allow,
                    rule,
                    text: format!("{name} stands in phone book {}", hit.book).into(),
                },
            },
            BookUse::Deny if stage == Stage::Deny => return judged,
            BookUse::Deny => Verdict {
                action: Action::Bar,
                reason: Reason {
                    stage: Stage::Deny,
                    rule,
                    text: format!("the number stands in phone book {} ({name})", hit.book).into(),
                },
            },
        };
        Judgement { wants_lookup: false, by_number: false, name: Some(name.to_string()), verdict, ..judged }
    }
}

impl Judge for BookJudge {
    fn judge(&mut self, call: &IncomingCall, answers: &[LookupAnswer], now: SystemTime) -> Judgement {
        let mut judged = self.inner.judge(call, answers, now);
        // A caller ID that was forged on its way never matches an allow entry.
        let hit = self.hit(call).filter(|hit| call.suspect.is_none() || hit.book_use == BookUse::Deny);
        if let Some(hit) = hit {
            judged = self.by_book(&hit, judged);
        }
        if call.line == self.own.line && judged.verdict.decision() == Decision::Block {
            judged.verdict.action = Action::Bar;
            if !self.own.knows_its_books() {
                // Whom the owner knows must never be barred because the guard has just been started.
                let text = format!(
                    "{}; but the phone books of the FRITZ!Box are not read yet, so nobody is barred",
                    judged.verdict.reason.text
                );
                judged = Judgement::ring("phone books not read", &text);
            }
        }
        let found = answers.iter().find_map(|answer| answer.name.as_deref());
        if let (Some(name), Some(number)) = (found, call.caller.as_ref().and_then(|c| c.number()))
            && call.line == self.own.line
            && judged.verdict.decision() == Decision::Ring
        {
            self.own.enter(number.as_str(), name);
        }
        judged
    }

    fn explain(&mut self, call: &IncomingCall, judgement: &mut Judgement) {
        self.inner.explain(call, judgement);
        if let Some(hit) = self.hit(call) {
            judgement.steps.insert(0, format!("phone book {}: {}", hit.book, hit.contact));
        }
    }

    fn learn(&mut self, learned: &Learned, now: SystemTime) -> Result<Option<Reason>, String> {
        self.inner.learn(learned, now)
    }

    fn forget(&mut self, number: &str, from: Option<Listed>) -> Result<bool, String> {
        self.inner.forget(number, from)
    }

    fn listed(&mut self, call: &IncomingCall) -> Option<Listed> {
        self.inner.listed(call)
    }

    fn permit_next(&mut self, until: Option<SystemTime>) {
        self.inner.permit_next(until);
    }

    fn finished(&mut self, call: &FinishedCall) {
        self.inner.finished(call);
    }

    fn inherit(&mut self, older: &mut dyn Judge) {
        self.inner.inherit(older);
    }

    fn memory(&mut self) -> Option<call_screen::Memory> {
        self.inner.memory()
    }

    fn tick(&mut self, now: SystemTime) {
        self.inner.tick(now);
    }
}
