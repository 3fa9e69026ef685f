//! The screening as judge: lists that follow their files, what was learned, what is remembered.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use call_event::{CallId, Decision, IncomingCall, LineId, Listed, LookupAnswer, Reason, Stage, counted};
use call_screen::list::{Note, add_entry, remove_entries};
use call_screen::{ListFormat, ListKind, ListSet, Loaded, Memory, Screen};
use crossbeam_channel::{Receiver, Sender, bounded};
use phone_number::Caller;

use crate::flow::FinishedCall;
use crate::judge::{Judge, Judgement};
use crate::learned::Learned;

/// Judges with a [`Screen`].
///
/// Files of lists are looked at whenever it rings, on a thread of their own, so that an edit counts for the next
/// call and no decision waits for a disk.
#[derive(Debug)]
pub struct ScreenJudge {
    screen: Screen,
    memory: Memory,
    /// The guard's own lists, which it writes to.
    allow: PathBuf,
    deny: PathBuf,
    ask: Sender<ListSet>,
    fresh: Receiver<ListSet>,
    /// A name on an allow list may overrule a number on a deny list.
    names_allow: bool,
}

impl ScreenJudge {
    /// Judges with this screen; what is learned goes into these two files.
    pub fn new(screen: Screen, allow: PathBuf, deny: PathBuf) -> Self {
        let (ask, asked) = bounded::<ListSet>(1);
        let (answer, fresh) = bounded(1);
        let numbering = screen.numbering().clone();
        let read = move || {
            for lists in asked {
                let (lists, report) = lists.reload(&numbering);
                tell(&report);
                if !report.is_empty() && answer.send(lists).is_err() {
                    return;
                }
            }
        };
        if let Err(e) = std::thread::Builder::new().name("lists".into()).spawn(read) {
            log::error!("lists do not follow their files, no thread could be started: {e}");
        }
        let mut judge = Self { screen, memory: Memory::new(), allow, deny, ask, fresh, names_allow: false };
        judge.look_at_names();
        judge
    }

    fn look_at_names(&mut self) {
        self.names_allow = self.screen.lists().lists().iter().any(|list| {
            list.settings().kind == ListKind::Allow && list.list().is_some_and(|l| l.minds_names())
        });
    }

    fn take_fresh_lists(&mut self) {
        while let Ok(lists) = self.fresh.try_recv() {
            self.screen.set_lists(lists);
            self.look_at_names();
        }
    }

    fn reload_now(&mut self) {
        let (lists, report) = self.screen.lists().reload(self.screen.numbering());
        tell(&report);
        self.screen.set_lists(lists);
        self.look_at_names();
    }
}

impl Judge for ScreenJudge {
    fn judge(&mut self, call: &IncomingCall, answers: &[LookupAnswer], _now: SystemTime) -> Judgement {
        self.take_fresh_lists();
        // The worst rating counts; a directory's name is taken from whoever has one.
        let worst = self.screen.worst(answers);
        let verdict = self.screen.judge(call, &self.memory, worst);
        let wants_lookup = answers.is_empty() && self.screen.wants_lookup(call, &verdict).is_some();
        let by_number = verdict.decision() == Decision::Block
            && verdict.reason.stage == Stage::Deny
            && !self.names_allow
            && call.suspect.is_none();
        Judgement {
            wants_lookup,
            by_number,
            name: answers.iter().find_map(|answer| answer.name.as_deref().map(str::to_owned)),
            ..Judgement::of(verdict)
        }
    }

    fn explain(&mut self, call: &IncomingCall, judgement: &mut Judgement) {
        // Told after the deed: the steps, the area and the international number take longer than the verdict.
        let explanation = self.screen.explain(call, &self.memory, None);
        let mut steps: Vec<String> = explanation
            .steps
            .iter()
            // What others said of the number is not asked for again; what was decided by it is told below.
            .take_while(|step| {
                judgement.verdict.reason.stage != Stage::Lookup || step.stage != Stage::Lookup.word()
            })
            .map(|step| format!("{} {}: {}", step.stage, step.rule, step.outcome))
            .collect();
        if let Reason { stage: Stage::Lookup, rule, text } = &judgement.verdict.reason {
            steps.push(format!("{} {rule}: {text}", Stage::Lookup.word()));
        }
        // What a program of one's own said before comes last: it had the last word.
        judgement.steps.splice(0..0, steps);
        judgement.e164 = explanation.e164;
        judgement.area = explanation.area;
    }

    fn learn(&mut self, learned: &Learned, now: SystemTime) -> Result<Option<Reason>, String> {
        let seconds = |at: SystemTime| {
            at.duration_since(SystemTime::UNIX_EPOCH).ok().and_then(|d| i64::try_from(d.as_secs()).ok())
        };
        let note = Note {
            by: Some(learned.by.into()),
            added: seconds(now),
            expires: learned.lasts.and_then(|lasts| seconds(now + lasts)),
            ..Note::named(&learned.name)
        };
        let key = self.screen.numbering().resolve(&learned.number).key();
        match (learned.allow, learned.lasts, key) {
            // Holds even if the list cannot be written.
            (true, Some(lasts), Some(key)) => self.memory.challenge_passed(key, now + lasts),
            (false, None, Some(key)) => self.memory.withdraw_pass(key),
            _ => {}
        }
        let path = if learned.allow { &self.allow } else { &self.deny };
        add_entry(path, ListFormat::Csv, learned.number.as_str(), &note, self.screen.numbering())
            .map_err(|e| e.to_string())?;
        let other = if learned.allow { Listed::Deny } else { Listed::Allow };
        // What is allowed for a time is denied again afterwards.
        let taken =
            if learned.lasts.is_none() { self.take_off(learned.number.as_str(), other) } else { Ok(0) };
        self.reload_now();
        taken?;
        Ok(self.decides_otherwise(learned, now))
    }

    fn forget(&mut self, number: &str, from: Option<Listed>) -> Result<bool, String> {
        let mut removed = 0;
        for list in [Listed::Allow, Listed::Deny] {
            if from.is_none_or(|from| from == list) {
                removed += self.take_off(number, list)?;
            }
        }
        if from != Some(Listed::Deny)
            && let Some(key) = self.screen.numbering().read(number).and_then(|number| number.key())
        {
            self.memory.withdraw_pass(key);
        }
        self.reload_now();
        Ok(removed > 0)
    }

    fn listed(&mut self, call: &IncomingCall) -> Option<Listed> {
        match self.screen.judge(call, &Memory::new(), None).reason.stage {
            Stage::Allow => Some(Listed::Allow),
            Stage::Deny => Some(Listed::Deny),
            _ => None,
        }
    }

    fn permit_next(&mut self, until: Option<SystemTime>) {
        let now = SystemTime::now();
        match until.and_then(|until| until.duration_since(now).ok()) {
            Some(within) => self.memory.permit_next(now, within),
            None => self.memory.withdraw_permit(),
        }
    }

    fn finished(&mut self, call: &FinishedCall) {
        if call.outgoing {
            let dialled = call.call.caller.as_ref().and_then(Caller::number);
            if dialled.is_some_and(|number| self.screen.is_emergency(number.as_str())) {
                let lasts: Duration = self.screen.emergency_callback();
                self.memory.emergency_called(call.at, lasts);
            }
        } else if let Some(verdict) = &call.verdict {
            self.memory.record(&self.screen, &call.call, verdict);
            if matches!(verdict.reason.stage, Stage::Allow | Stage::Deny) {
                self.keep_after_match(&verdict.reason.rule, call.at);
            }
        }
    }

    fn inherit(&mut self, older: &mut dyn Judge) {
        if let Some(memory) = older.memory() {
            self.memory = memory;
        }
    }

    fn memory(&mut self) -> Option<Memory> {
        Some(std::mem::take(&mut self.memory))
    }

    fn tick(&mut self, _now: SystemTime) {
        let _ = self.ask.try_send(self.screen.lists().clone());
    }
}

impl ScreenJudge {
    /// Takes a number off one of the guard's own lists; how often it stood there.
    fn take_off(&self, number: &str, list: Listed) -> Result<usize, String> {
        let path = if list == Listed::Allow { &self.allow } else { &self.deny };
        if !path.exists() {
            return Ok(0);
        }
        remove_entries(path, ListFormat::Csv, self.screen.numbering(), number).map_err(|e| e.to_string())
    }

    /// Why somebody just denied would ring nevertheless, or somebody just allowed would not.
    fn decides_otherwise(&self, learned: &Learned, now: SystemTime) -> Option<Reason> {
        let mut call = IncomingCall::new(CallId(0), LineId::new(""), now);
        call.caller = Some(Caller::Number(learned.number.clone()));
        let verdict = self.screen.judge(&call, &self.memory, None);
        let rings = verdict.decision() == Decision::Ring;
        (rings != learned.allow && verdict.reason.stage != Stage::Permit).then_some(verdict.reason)
    }

    /// Lets jcblock's lists remember their last match, on a thread of its own: no decision waits for a disk.
    fn keep_after_match(&self, rule: &str, at: SystemTime) {
        let lists = self.screen.lists();
        if !lists.lists().iter().any(|l| l.settings().write_back || l.settings().drop_unused_after.is_some())
        {
            return;
        }
        let (lists, rule) = (lists.clone(), rule.to_owned());
        let day = chrono::DateTime::<chrono::Local>::from(at).date_naive();
        let keep = move || match lists.keep_after_match(&rule, day) {
            Ok(0) => {}
            Ok(dropped) => {
                log::info!("{rule}: dropped, as matching nobody for long: {}", counted(dropped, "entry"));
            }
            Err(e) => log::warn!("{rule}: the day of the match could not be written: {e}"),
        };
        if let Err(e) = std::thread::Builder::new().name("keep-list".into()).spawn(keep) {
            log::warn!("the day of the match could not be written: {e}");
        }
    }
}

/// Tells what became of the lists.
pub(crate) fn tell(report: &[Loaded]) {
    for loaded in report {
        match loaded {
            Loaded::Read { name, entries, problems: 0 } => {
                log::info!("list {name}: {}", counted(*entries, "entry"));
            }
            Loaded::Read { name, entries, problems } => {
                log::warn!(
                    "list {name}: {}, but {} could not be read; `callblock list check` names them",
                    counted(*entries, "entry"),
                    counted(*problems, "line")
                );
            }
            Loaded::Failed { name, reason } => log::warn!("list {name}: {reason}"),
            _ => {}
        }
    }
}

/// Makes the guard's own two lists if they are not there.
///
/// # Errors
///
/// A file cannot be made.
pub fn make_own_lists(folder: &crate::GuardFolder) -> Result<(), crate::GuardError> {
    for path in [folder.allow_list(), folder.deny_list()] {
        let made = std::fs::File::options().append(true).create(true).open(&path);
        made.map_err(|source| crate::GuardError::Make { path: path.clone(), source })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use call_screen::{ListSettings, ScreenSettings};
    use phone_number::{Numbering, ShownNumber};

    use super::*;

    const CALLER: &str = "03023125555";

    struct House {
        judge: ScreenJudge,
        folder: tempfile::TempDir,
    }

    impl House {
        /// The guard's own lists, and a list of somebody else's that allows.
        fn new(others: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            std::fs::write(path("family.csv"), others).unwrap();
            let lists = [
                (ListKind::Allow, "allow.csv"),
                (ListKind::Allow, "family.csv"),
                (ListKind::Deny, "deny.csv"),
            ];
            for (_, name) in lists {
                std::fs::File::options().append(true).create(true).open(path(name)).unwrap();
            }
            let settings = ScreenSettings {
                lists: lists.map(|(kind, name)| ListSettings::new(kind, path(name))).into(),
                ..ScreenSettings::default()
            };
            let numbering = Numbering::new("DE", Some("030")).unwrap();
            let (screen, _) = Screen::new(&settings, numbering, folder.path()).unwrap();
            let judge = ScreenJudge::new(screen, path("allow.csv"), path("deny.csv"));
            Self { judge, folder }
        }

        fn learn(&mut self, allow: bool, lasts: Option<Duration>) -> Option<Reason> {
            let number = ShownNumber::new(CALLER).unwrap();
            let learned = Learned { number, name: String::new(), allow, lasts, by: "web" };
            self.judge.learn(&learned, SystemTime::now()).unwrap()
        }

        fn call() -> IncomingCall {
            let mut call = IncomingCall::new(CallId(1), LineId::new("home"), SystemTime::now());
            call.caller = Some(Caller::from_line(CALLER.as_bytes()));
            call
        }

        fn rings(&mut self) -> bool {
            self.judge.judge(&Self::call(), &[], SystemTime::now()).verdict.decision() == Decision::Ring
        }

        fn stands_in(&self, name: &str) -> bool {
            std::fs::read_to_string(self.folder.path().join(name)).unwrap().contains(CALLER)
        }
    }

    #[test]
    fn who_is_blocked_is_allowed_by_nothing_that_the_guard_wrote() {
        let mut house = House::new("");
        // Allowed for good, then blocked: the word that was said last counts.
        assert_eq!(house.learn(true, None), None);
        assert_eq!(house.learn(false, None), None);
        assert!(!house.rings() && !house.stands_in("allow.csv"));
        assert_eq!(house.judge.listed(&House::call()), Some(Listed::Deny));
        assert_eq!(house.learn(true, None), None);
        assert!(house.rings() && !house.stands_in("deny.csv"));
        assert_eq!(house.judge.listed(&House::call()), Some(Listed::Allow));
        // One who pressed the right key once, and is blocked afterwards, does not ring for the month that it held.
        let mut house = House::new("");
        assert_eq!(house.learn(true, Some(Duration::from_secs(3600))), None);
        assert!(house.rings());
        assert_eq!(house.learn(false, None), None);
        assert!(!house.rings());
    }

    #[test]
    fn allowed_for_a_time_is_denied_again_afterwards() {
        let mut house = House::new("");
        house.learn(false, None);
        house.learn(true, Some(Duration::from_secs(3600)));
        assert!(house.rings() && house.stands_in("deny.csv"));
        assert!(house.judge.forget(CALLER, Some(Listed::Allow)).unwrap());
        assert!(!house.rings(), "the pass is gone with the entry");
    }

    #[test]
    fn a_list_of_others_that_decides_otherwise_is_named() {
        let mut house = House::new("03023125555,Grandmother\n");
        let why = house.learn(false, None).unwrap();
        assert!(why.rule.contains("family") && house.rings(), "{why:?}");
        assert!(
            house.stands_in("deny.csv") && house.stands_in("family.csv"),
            "others' files are not written to"
        );
    }

    #[test]
    fn a_number_is_taken_off_the_list_that_is_named() {
        let mut house = House::new("");
        house.learn(true, None);
        assert!(!house.judge.forget(CALLER, Some(Listed::Deny)).unwrap());
        assert!(house.stands_in("allow.csv"));
        assert!(house.judge.forget("030 23125555", None).unwrap());
        assert!(!house.stands_in("allow.csv"));
        assert_eq!(house.judge.listed(&House::call()), None);
    }
}
