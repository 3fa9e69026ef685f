//! Where contacts and calendars come from, and keeping them fresh in the background.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use crossbeam_channel::{Receiver, Sender, bounded, select, tick};
use secret::Secret;

use crate::{Error, Problem};

/// A place that contacts or calendars come from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A file on this machine.
    File(PathBuf),
    /// A file on a server, such as a calendar's secret address.
    Url {
        /// The address.
        url: String,
        /// User and password, where the server asks for them.
        login: Option<(String, Secret)>,
    },
    /// A collection on a CardDAV or CalDAV server.
    Dav {
        /// The address of the collection.
        url: String,
        /// User and password.
        login: Option<(String, Secret)>,
    },
    /// Anything else that can be asked, such as a telephone system's own phone book.
    Own(OwnPlace),
}

/// Asks a place of one's own: one text for each file or object, or what went wrong with the remedy.
type Ask = dyn Fn() -> Result<Vec<Vec<u8>>, String> + Send + Sync;

/// A place that a program knows how to ask. Two of one address are the same place.
#[derive(Clone)]
pub struct OwnPlace {
    address: Arc<str>,
    ask: Arc<Ask>,
}

impl OwnPlace {
    /// A place. The address is shown to people and names the kept copy, so it holds no secret.
    ///
    /// ```
    /// use address_book::source::{OwnPlace, Place, fetch};
    /// let place = Place::Own(OwnPlace::new("box://attic/0", || Ok(vec![b"BEGIN:VCARD".to_vec()])));
    /// assert_eq!(place.shown(), "box://attic/0");
    /// assert_eq!(fetch(&place, None)?.unwrap().texts.len(), 1);
    /// # Ok::<(), address_book::Error>(())
    /// ```
    pub fn new(
        address: impl Into<Arc<str>>,
        ask: impl Fn() -> Result<Vec<Vec<u8>>, String> + Send + Sync + 'static,
    ) -> Self {
        Self { address: address.into(), ask: Arc::new(ask) }
    }
}

impl PartialEq for OwnPlace {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl Eq for OwnPlace {}

impl std::fmt::Debug for OwnPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OwnPlace").field(&self.address).finish()
    }
}

impl Place {
    /// The place as it may be shown: no password, no query (it may hold the key to a private calendar).
    pub fn shown(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Url { url, .. } | Self::Dav { url, .. } => shown_url(url),
            Self::Own(own) => own.address.to_string(),
        }
    }
}

/// An address without what may be secret in it.
pub(crate) fn shown_url(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = host.rsplit('@').next().unwrap_or_default();
            // Calendars with a "secret address" carry the secret in the path.
            let path: Vec<&str> = path.split('/').map(|p| if p.len() > 24 { "..." } else { p }).collect();
            format!("{scheme}://{host}/{}", path.join("/"))
        }
        None => url.to_owned(),
    }
}

/// What a place held when it was read: one text for each file or object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Fetched {
    /// The texts.
    pub texts: Vec<Vec<u8>>,
    /// A mark by which the place tells whether it changed.
    pub mark: Option<String>,
}

/// Reads a place. `None` if it has not changed since `mark`.
///
/// # Errors
///
/// What went wrong, with the place and the remedy.
pub fn fetch(place: &Place, mark: Option<&str>) -> Result<Option<Fetched>, Error> {
    match place {
        Place::File(path) => {
            let failed = |source| Error::Read { path: path.clone(), source };
            let meta = fs::metadata(path).map_err(failed)?;
            let now = meta
                .modified()
                .ok()
                .and_then(|m| m.duration_since(SystemTime::UNIX_EPOCH).ok())
                .map_or_else(|| meta.len().to_string(), |m| format!("{}-{}", m.as_nanos(), meta.len()));
            if mark == Some(now.as_str()) {
                return Ok(None);
            }
            Ok(Some(Fetched { texts: vec![fs::read(path).map_err(failed)?], mark: Some(now) }))
        }
        Place::Own(own) => match (own.ask)() {
            Ok(texts) => Ok(Some(Fetched { texts, mark: None })),
            Err(why) => Err(Error::Server { url: own.address.to_string(), why }),
        },
        #[cfg(feature = "net")]
        Place::Url { url, login } => crate::net::get(url, login.as_ref(), mark),
        #[cfg(feature = "net")]
        Place::Dav { url, login } => crate::net::collection(url, login.as_ref(), mark),
        #[cfg(not(feature = "net"))]
        other => Err(Error::Server {
            url: other.shown(),
            why: "this program was built without servers (feature `net`)".into(),
        }),
    }
}

/// How a set of places stands.
#[derive(Debug)]
pub struct Snapshot<T> {
    /// What they hold; the last good copy of each.
    pub value: Arc<T>,
    /// What could not be read.
    pub problems: Arc<[Problem]>,
    /// Grows by one with each change.
    pub version: u64,
}

impl<T> Clone for Snapshot<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), problems: Arc::clone(&self.problems), version: self.version }
    }
}

/// Places that a thread of their own reads again and again, so that nobody ever waits for a server.
///
/// A place that cannot be read keeps its last good copy; with a cache folder, also over a restart.
#[derive(Debug)]
pub struct Watched<T> {
    shared: Arc<Mutex<Snapshot<T>>>,
    stop: Option<Sender<()>>,
    now: Sender<()>,
    changed: Receiver<u64>,
}

/// Makes one value of what all places hold; the texts come place by place.
pub type Reader<T> = Box<dyn Fn(&[(Place, Vec<Vec<u8>>)]) -> (T, Vec<Problem>) + Send>;

impl<T: Send + Sync + 'static> Watched<T> {
    /// Starts with the cached copies, and reads every place at once and then every `every`.
    ///
    /// # Errors
    ///
    /// The thread cannot be started.
    pub fn start(
        places: Vec<Place>,
        every: Duration,
        cache: Option<PathBuf>,
        reader: Reader<T>,
    ) -> Result<Self, Error> {
        let mut copies: Vec<Copy> = places
            .into_iter()
            .map(|place| {
                let texts = cache.as_deref().and_then(|c| read_cache(c, &place));
                Copy { place, texts, mark: None, problem: None }
            })
            .collect();
        let (value, problems) = read_all(&copies, &reader);
        let shared =
            Arc::new(Mutex::new(Snapshot { value: Arc::new(value), problems: problems.into(), version: 0 }));
        let (stop, stopped) = bounded(0);
        let (now, asked) = bounded(1);
        let (tell, changed) = bounded(1);
        let to = Arc::clone(&shared);
        thread::Builder::new()
            .name("address-book".into())
            .spawn(move || {
                let again = tick(every.max(Duration::from_secs(1)));
                // The first look is told even if nothing has changed since the cached copy: somebody may wait.
                let mut first = true;
                loop {
                    let changed = refresh(&mut copies, cache.as_deref());
                    if changed | std::mem::take(&mut first) {
                        let (value, problems) = read_all(&copies, &reader);
                        let mut at = lock(&to);
                        let version = at.version + 1;
                        *at = Snapshot { value: Arc::new(value), problems: problems.into(), version };
                        drop(at);
                        // One unread notice is enough.
                        let _ = tell.try_send(version);
                    }
                    select! {
                        recv(stopped) -> _ => return,
                        recv(asked) -> asked => if asked.is_err() { return },
                        recv(again) -> _ => {}
                    }
                }
            })
            .map_err(|source| Error::Read { path: "address-book thread".into(), source })?;
        Ok(Self { shared, stop: Some(stop), now, changed })
    }

    /// What the places hold now. Never waits for a server.
    pub fn current(&self) -> Snapshot<T> {
        lock(&self.shared).clone()
    }

    /// Reads every place again now, in the background.
    pub fn refresh(&self) {
        // Asked for already is asked for.
        let _ = self.now.try_send(());
    }

    /// Gets the version after the first look and after each change; one unread notice at the most.
    pub fn changes(&self) -> &Receiver<u64> {
        &self.changed
    }
}

impl<T> Drop for Watched<T> {
    fn drop(&mut self) {
        self.stop.take();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A snapshot is replaced whole, so a panic elsewhere leaves none half-made.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Copy {
    place: Place,
    texts: Option<Vec<Vec<u8>>>,
    mark: Option<String>,
    problem: Option<Problem>,
}

/// Reads what changed; true if anything did.
fn refresh(copies: &mut [Copy], cache: Option<&Path>) -> bool {
    let mut changed = false;
    for copy in copies {
        let before = copy.problem.take();
        match fetch(&copy.place, copy.mark.as_deref()) {
            Ok(None) => {}
            Ok(Some(fetched)) => {
                if copy.texts.as_ref() != Some(&fetched.texts) {
                    if let Some(cache) = cache {
                        write_cache(cache, &copy.place, &fetched.texts);
                    }
                    copy.texts = Some(fetched.texts);
                    changed = true;
                }
                copy.mark = fetched.mark;
            }
            Err(error) => {
                let kept = if copy.texts.is_some() { "; the last good copy is used" } else { "" };
                copy.problem = Some(Problem::new(0, format!("{error}{kept}")));
            }
        }
        changed |= copy.problem != before;
    }
    changed
}

fn read_all<T>(copies: &[Copy], reader: &Reader<T>) -> (T, Vec<Problem>) {
    let texts: Vec<(Place, Vec<Vec<u8>>)> =
        copies.iter().filter_map(|c| Some((c.place.clone(), c.texts.clone()?))).collect();
    let (value, mut problems) = reader(&texts);
    problems.extend(copies.iter().filter_map(|c| c.problem.clone()));
    (value, problems)
}

/// The cache keeps what a server gave; a file needs none.
fn cache_file(cache: &Path, place: &Place) -> Option<PathBuf> {
    let url = match place {
        Place::File(_) => return None,
        Place::Url { url, .. } | Place::Dav { url, .. } => url,
        Place::Own(own) => &*own.address,
    };
    // FNV-1a: the same name after every start, and nothing of the address in it.
    let name =
        url.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    Some(cache.join(format!("{name:016x}.cache")))
}

/// Objects stand one after the other, each with its length before it.
fn read_cache(cache: &Path, place: &Place) -> Option<Vec<Vec<u8>>> {
    let bytes = fs::read(cache_file(cache, place)?).ok()?;
    let mut rest = bytes.as_slice();
    let mut texts = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (text, after) = after.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        texts.push(text.to_vec());
        rest = after;
    }
    rest.is_empty().then_some(texts)
}

fn write_cache(cache: &Path, place: &Place, texts: &[Vec<u8>]) {
    let Some(file) = cache_file(cache, place) else { return };
    let mut bytes = Vec::new();
    for text in texts {
        let Ok(length) = u32::try_from(text.len()) else { return };
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(text);
    }
    let new = file.with_extension("new");
    let written = fs::create_dir_all(cache)
        .and_then(|()| fs::write(&new, bytes))
        .and_then(|()| fs::rename(&new, &file));
    if let Err(error) = written {
        log::warn!("{}: the copy for the next start cannot be kept: {error}", file.display());
    }
}
