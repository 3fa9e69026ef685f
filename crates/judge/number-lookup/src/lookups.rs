//! All sources at once, one deadline.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use call_event::LookupAnswer;
use crossbeam_channel::{Receiver, Sender, bounded};
use phone_number::PhoneNumber;

use crate::breaker::Breaker;
use crate::cache::{AnswerCache, Kept, MemoryCache};
use crate::phone_block::{Community, Server, by_prefix};
use crate::{DownloadedList, Error, LookupSettings, PhoneBlockMode, PlugInSettings, Query, Site, plug_in};

/// So many numbers wait for one source; more are not asked there.
const QUEUE: usize = 4;
/// How often lists are looked at whether they are due. PhoneBlock asks that not all come at the same minute, and
/// since the first look is when the program starts, they do not.
const LOOK_AT_LISTS: Duration = Duration::from_secs(300);
/// Before the second ring.
const DEADLINE: Duration = Duration::from_millis(1500);

/// Who can be asked.
#[derive(Debug)]
enum Source {
    Site(Box<Site>),
    PlugIn(PlugInSettings),
    Prefix(Server),
    Community(Arc<RwLock<Community>>),
    List(Arc<RwLock<DownloadedList>>),
}

impl Source {
    fn name(&self) -> String {
        match self {
            Self::Site(site) => site.name().to_owned(),
            Self::PlugIn(settings) => settings.name.clone(),
            Self::Prefix(_) | Self::Community(_) => crate::phone_block::NAME.to_owned(),
            Self::List(list) => list.read().unwrap_or_else(PoisonError::into_inner).name().to_owned(),
        }
    }

    /// Whether the answer comes from here: such answers need no cache and no patience.
    fn is_here(&self) -> bool {
        matches!(self, Self::Community(_) | Self::List(_))
    }

    fn ask(&self, query: &Query, timeout: Duration) -> Result<Option<LookupAnswer>, Error> {
        match self {
            Self::Site(site) => site.ask(query, timeout),
            Self::PlugIn(settings) => plug_in::run(settings, query, timeout),
            Self::Prefix(server) => by_prefix(server, query, timeout),
            Self::Community(list) => Ok(list.read().unwrap_or_else(PoisonError::into_inner).find(query)),
            Self::List(list) => Ok(list.read().unwrap_or_else(PoisonError::into_inner).find(query)),
        }
    }
}

/// What became of asking one source.
#[derive(Debug, Clone)]
pub struct Tried {
    /// The source.
    pub source: String,
    /// Its answer.
    pub outcome: Outcome,
}

/// An answer, or none.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It knows something.
    Known(LookupAnswer),
    /// It does not know the number.
    Unknown,
    /// It could not be asked.
    Failed(Error),
}

/// A question for one source's thread.
struct Question {
    query: Query,
    until: Instant,
    answer: Sender<Tried>,
}

/// One source with its thread.
#[derive(Debug)]
struct Desk {
    source: Arc<Source>,
    name: String,
    questions: Sender<Question>,
    breaker: Arc<Mutex<Breaker>>,
}

/// Everybody who is asked about unknown callers.
#[derive(Debug)]
pub struct Lookups {
    desks: Vec<Desk>,
    cache: Arc<dyn AnswerCache>,
    good_for: Duration,
    deadline: Duration,
}

impl Lookups {
    /// Sources by the settings; lists are kept in that folder. Answers are remembered as long as the program runs.
    ///
    /// # Errors
    ///
    /// A mistake in the settings, or no thread can be started.
    pub fn new(settings: &LookupSettings, folder: &Path) -> Result<Self, Error> {
        Self::with_cache(settings, folder, Arc::new(MemoryCache::default()))
    }

    /// The same, with a memory of one's own, such as the log's database.
    ///
    /// # Errors
    ///
    /// A mistake in the settings, or no thread can be started.
    pub fn with_cache(
        settings: &LookupSettings,
        folder: &Path,
        cache: Arc<dyn AnswerCache>,
    ) -> Result<Self, Error> {
        let mut sources = Vec::new();
        for name in &settings.sites {
            sources.push(Source::Site(Box::new(Site::open(name, folder)?)));
        }
        if let Some(own) = &settings.phoneblock {
            sources.push(match own.mode {
                PhoneBlockMode::List => {
                    Source::Community(Arc::new(RwLock::new(Community::new(own.clone(), folder))))
                }
                PhoneBlockMode::Prefix => Source::Prefix(Server::new(own.clone())),
            });
        }
        sources.extend(settings.plug_ins.iter().cloned().map(Source::PlugIn));
        for list in &settings.lists {
            sources.push(Source::List(Arc::new(RwLock::new(DownloadedList::new(list.clone(), folder)))));
        }
        Self::of_sources(sources, settings, cache)
    }

    /// Sites alone, for tests against a server of one's own.
    ///
    /// # Errors
    ///
    /// No thread can be started.
    pub fn of_sites(sites: Vec<Site>) -> Result<Self, Error> {
        let sources = sites.into_iter().map(|site| Source::Site(Box::new(site))).collect();
        Self::of_sources(sources, &LookupSettings::default(), Arc::new(MemoryCache::default()))
    }

    fn of_sources(
        sources: Vec<Source>,
        settings: &LookupSettings,
        cache: Arc<dyn AnswerCache>,
    ) -> Result<Self, Error> {
        let desks = sources.into_iter().map(Desk::open).collect::<Result<_, _>>()?;
        let hours = settings.good_for_hours.unwrap_or(24);
        Ok(Self {
            desks,
            cache,
            good_for: Duration::from_secs(3600 * u64::from(hours)),
            deadline: settings.deadline_ms.map_or(DEADLINE, |ms| Duration::from_millis(ms.into())),
        })
    }

    /// How long answers are waited for.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Whether nobody is asked.
    pub fn is_empty(&self) -> bool {
        self.desks.is_empty()
    }

    /// Asks everybody at once and returns at once. Each source's outcome comes as soon as it is there; the channel ends
    /// with the last one, or when all have missed the deadline.
    pub fn ask(&self, number: &PhoneNumber, deadline: Duration) -> Receiver<Tried> {
        let (answer, answers) = bounded(self.desks.len().max(1));
        let Some(query) = Query::new(number) else { return answers };
        let until = Instant::now() + deadline;
        for desk in &self.desks {
            if let Some(outcome) = self.without_asking(desk, &query) {
                let _ = answer.try_send(Tried { source: desk.name.clone(), outcome });
                continue;
            }
            let question = Question { query: query.clone(), until, answer: answer.clone() };
            if desk.questions.try_send(question).is_err() {
                let error = Error::Busy { source_name: desk.name.as_str().into() };
                let _ = answer.try_send(Tried { source: desk.name.clone(), outcome: Outcome::Failed(error) });
            }
        }
        answers
    }

    /// An answer from before, or the knowledge that there will be none.
    fn without_asking(&self, desk: &Desk, query: &Query) -> Option<Outcome> {
        if desk.source.is_here() {
            // Its own thread may be fetching a newer list just now; the one at hand answers.
            return Some(match desk.source.ask(query, Duration::ZERO) {
                Ok(known) => known.map_or(Outcome::Unknown, Outcome::Known),
                Err(error) => Outcome::Failed(error),
            });
        }
        let oldest = SystemTime::now().checked_sub(self.good_for)?;
        if let Some(kept) = self.cache.get(&desk.name, query.e164(), oldest) {
            return Some(kept.answer.map_or(Outcome::Unknown, Outcome::Known));
        }
        let closed = desk.breaker.lock().unwrap_or_else(PoisonError::into_inner).closed_for(Instant::now());
        closed.map(|time| {
            Outcome::Failed(Error::LeftAlone {
                source_name: desk.name.as_str().into(),
                seconds: time.as_secs() + 1,
            })
        })
    }

    /// Asks everybody and waits until all have answered, or the deadline is over. What failed is logged and left out.
    pub fn look_up(&self, number: &PhoneNumber, deadline: Duration) -> Vec<LookupAnswer> {
        let mut known = Vec::new();
        for tried in self.look_closely(number, deadline) {
            match tried.outcome {
                Outcome::Known(answer) => known.push(answer),
                Outcome::Unknown => {}
                Outcome::Failed(error) => log::warn!("look-up: {error}"),
            }
        }
        known
    }

    /// [`Lookups::look_up`], with what became of each source.
    pub fn look_closely(&self, number: &PhoneNumber, deadline: Duration) -> Vec<Tried> {
        let until = Instant::now() + deadline;
        let answers = self.ask(number, deadline);
        let mut out = Vec::new();
        while let Ok(tried) = answers.recv_deadline(until) {
            self.keep(number, &tried);
            out.push(tried);
        }
        for desk in &self.desks {
            if Query::new(number).is_some() && !out.iter().any(|t| t.source == desk.name) {
                let error = Error::Unreachable {
                    source_name: desk.name.as_str().into(),
                    why: "no answer in time".into(),
                };
                out.push(Tried { source: desk.name.clone(), outcome: Outcome::Failed(error) });
            }
        }
        // In the order of the configuration, whoever was fastest.
        out.sort_by_key(|tried| self.desks.iter().position(|desk| desk.name == tried.source));
        out
    }

    /// Keeps an outcome that came by [`Lookups::ask`]. [`Lookups::look_up`] does so by itself.
    pub fn keep(&self, number: &PhoneNumber, tried: &Tried) {
        let answer = match &tried.outcome {
            Outcome::Known(answer) => Some(answer.clone()),
            Outcome::Unknown => None,
            Outcome::Failed(_) => return,
        };
        let here = self.desks.iter().any(|d| d.name == tried.source && d.source.is_here());
        let Some(query) = Query::new(number).filter(|_| !here) else { return };
        let now = SystemTime::now();
        let fresh = now
            .checked_sub(self.good_for)
            .is_some_and(|oldest| self.cache.get(&tried.source, query.e164(), oldest).is_some());
        // An answer out of the cache keeps its age.
        if !fresh {
            self.cache.put(&tried.source, query.e164(), &Kept { answer, at: now }, self.good_for);
        }
    }

    /// Tells PhoneBlock of a number that was blocked because of it, if the owner agreed. Returns at once.
    pub fn blocked(&self, number: &PhoneNumber) {
        let Some(query) = Query::new(number) else { return };
        for desk in &self.desks {
            let source = desk.source.clone();
            let wanted = match &*source {
                Source::Prefix(server) => server.settings.report,
                Source::Community(list) => list.read().is_ok_and(|l| l.wants_reports()),
                _ => false,
            };
            if !wanted {
                continue;
            }
            let query = query.clone();
            let report = move || {
                let result = match &*source {
                    Source::Prefix(server) => server.report(&query),
                    Source::Community(list) => {
                        list.read().unwrap_or_else(PoisonError::into_inner).report(&query)
                    }
                    _ => Ok(()),
                };
                if let Err(error) = result {
                    log::warn!("the blocked number was not reported: {error}");
                }
            };
            if let Err(error) = std::thread::Builder::new().name("lookup-report".into()).spawn(report) {
                log::warn!("the blocked number was not reported: {error}");
            }
        }
    }

    /// Brings lists up to date that are due: PhoneBlock's and those to download. Waits for them.
    pub fn refresh(&self) {
        for desk in &self.desks {
            refresh(&desk.source);
        }
    }
}

impl Desk {
    fn open(source: Source) -> Result<Self, Error> {
        let source = Arc::new(source);
        let name = source.name();
        let (questions, asked) = bounded(QUEUE);
        let breaker = Arc::new(Mutex::new(Breaker::default()));
        let (at_thread, at_breaker) = (source.clone(), breaker.clone());
        std::thread::Builder::new()
            .name(format!("lookup-{name}"))
            .spawn(move || serve(&at_thread, &asked, &at_breaker))
            .map_err(|e| Error::Settings { place: name.as_str().into(), why: e.to_string().into() })?;
        Ok(Self { source, name, questions, breaker })
    }
}

/// Answers questions until nobody asks any more.
fn serve(source: &Source, questions: &Receiver<Question>, breaker: &Mutex<Breaker>) {
    let mut lists_due = Instant::now();
    loop {
        let wait = if source.is_here() {
            lists_due.saturating_duration_since(Instant::now())
        } else {
            LOOK_AT_LISTS
        };
        match questions.recv_timeout(wait) {
            Ok(question) => {
                let left = question.until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    continue;
                }
                let outcome = match source.ask(&question.query, left) {
                    Ok(known) => {
                        breaker.lock().unwrap_or_else(PoisonError::into_inner).succeeded();
                        known.map_or(Outcome::Unknown, Outcome::Known)
                    }
                    Err(error) => {
                        let mut breaker = breaker.lock().unwrap_or_else(PoisonError::into_inner);
                        match &error {
                            Error::TooMany { seconds, .. } => {
                                breaker.leave_alone(Instant::now(), Duration::from_secs(*seconds));
                            }
                            error if error.counts() => breaker.failed(Instant::now()),
                            _ => {}
                        }
                        Outcome::Failed(error)
                    }
                };
                let _ = question.answer.try_send(Tried { source: source.name(), outcome });
            }
            Err(crossbeam_channel::RecvTimeoutError::Disconnected) => return,
            Err(crossbeam_channel::RecvTimeoutError::Timeout) => {}
        }
        if source.is_here() && Instant::now() >= lists_due {
            lists_due = Instant::now() + LOOK_AT_LISTS;
            refresh(source);
        }
    }
}

fn refresh(source: &Source) {
    let now = SystemTime::now();
    let told = |name: &str, result: Result<usize, Error>| match result {
        Ok(count) => log::info!("{name}: {count} numbers"),
        Err(error) => log::warn!("{error}"),
    };
    match source {
        // The list is fetched beside the one in use, which answers meanwhile.
        Source::Community(list) => {
            let fresh = {
                let list = list.read().unwrap_or_else(PoisonError::into_inner);
                if !list.is_due(now) {
                    return;
                }
                list.again()
            };
            let mut fresh = fresh;
            told("phoneblock", fresh.sync(now));
            *list.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
        Source::List(list) => {
            let fresh = {
                let list = list.read().unwrap_or_else(PoisonError::into_inner);
                if !list.is_due(now) {
                    return;
                }
                list.again()
            };
            let mut fresh = fresh;
            let name = fresh.name().to_owned();
            let result = fresh.download(now);
            if result.is_ok() {
                *list.write().unwrap_or_else(PoisonError::into_inner) = fresh;
            }
            told(&name, result);
        }
        _ => {}
    }
}
