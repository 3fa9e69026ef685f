//! Who may come in, and what they may do.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use secret::PasswordHash;
use sha2::{Digest as _, Sha256};

use crate::http::{Request, Response};
use crate::{Error, WebSettings, refusals};

/// The cookie's name.
const COOKIE: &str = "callblock";
/// How long one stays logged in without doing anything.
const LASTS: Duration = Duration::from_secs(12 * 3600);
const MAX_SESSIONS: usize = 1024;
/// Passwords that may be tried in ten minutes: from one address, and from all together.
const WINDOW: Duration = Duration::from_secs(600);
const TRIES_EACH: usize = 8;
const TRIES_ALL: usize = 60;

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Nobody,
    Reader,
    Owner,
}

impl Role {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Nobody => "none",
            Self::Reader => "reader",
            Self::Owner => "owner",
        }
    }
}

#[derive(Debug, Clone)]
struct Session {
    role: Role,
    csrf: String,
    until: Instant,
}

/// The door.
#[derive(Debug)]
pub(crate) struct Access {
    owner: Option<PasswordHash>,
    reader: Option<PasswordHash>,
    listen: SocketAddr,
    hosts: Vec<String>,
    sessions: Mutex<HashMap<[u8; 32], Session>>,
    tries: Mutex<VecDeque<(Instant, IpAddr)>>,
    /// One password is looked at at a time: each costs memory and time on purpose.
    looking: Mutex<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Access {
    /// Refuses what would let strangers in.
    pub(crate) fn new(settings: &WebSettings, listen: SocketAddr) -> Result<Self, Error> {
        let read = |which, hash: &Option<String>| match hash.as_deref().map(PasswordHash::read) {
            Some(None) => Err(Error::BadHash { which }),
            Some(hash) => Ok(hash),
            None => Ok(None),
        };
        let owner = read("owner-password", &settings.owner_password)?;
        let reader = read("reader-password", &settings.reader_password)?;
        if !listen.ip().is_loopback() && owner.is_none() {
            return Err(Error::NeedsPassword { address: listen.to_string() });
        }
        Ok(Self {
            owner,
            reader,
            listen,
            hosts: settings.hosts.iter().map(|h| h.to_ascii_lowercase()).collect(),
            sessions: Mutex::default(),
            tries: Mutex::default(),
            looking: Mutex::default(),
        })
    }

    /// Whether a password has to be given.
    pub(crate) fn needs_password(&self) -> bool {
        self.owner.is_some() || self.reader.is_some()
    }

    /// Whether the request names this server: a page elsewhere whose name was made to point here does not.
    pub(crate) fn host_is_ours(&self, request: &Request) -> bool {
        let Some(host) = request.header("host") else { return false };
        let host = host.trim().to_ascii_lowercase();
        let (name, port) = split_host(&host);
        let port_fits = port.is_none_or(|p| p == self.listen.port().to_string());
        let own = match name.parse::<IpAddr>() {
            Ok(ip) => {
                ip.is_loopback()
                    || ip == self.listen.ip()
                    || self.listen.ip().is_unspecified() && is_local(ip)
            }
            Err(_) => name == "localhost" || self.hosts.iter().any(|h| h == name),
        };
        own && port_fits
    }

    /// Whether a browser sent this from our own page: its origin, if it names one, is ours.
    pub(crate) fn origin_is_ours(&self, request: &Request) -> bool {
        let Some(origin) = request.header("origin") else { return true };
        let host = request.header("host").unwrap_or_default();
        origin.split_once("://").is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(host))
    }

    /// Who asks. Without passwords everybody on this machine is the owner, once they hold a session.
    pub(crate) fn role(&self, request: &Request) -> (Role, Option<String>) {
        let Some(key) = request.cookie(COOKIE).map(hashed) else { return (Role::Nobody, None) };
        let mut sessions = lock(&self.sessions);
        let now = Instant::now();
        match sessions.get_mut(&key) {
            Some(session) if now < session.until => {
                session.until = now + LASTS;
                (session.role, Some(session.csrf.clone()))
            }
            _ => (Role::Nobody, None),
        }
    }

    /// A new session; gives the token against forged requests and the cookie to be set.
    pub(crate) fn begin(&self, role: Role) -> Result<(String, String), Error> {
        let (token, csrf) = (random()?, random()?);
        let mut sessions = lock(&self.sessions);
        let now = Instant::now();
        sessions.retain(|_, s| now < s.until);
        if sessions.len() >= MAX_SESSIONS
            && let Some(oldest) = sessions.iter().min_by_key(|(_, s)| s.until).map(|(k, _)| *k)
        {
            sessions.remove(&oldest);
        }
        sessions.insert(hashed(&token), Session { role, csrf: csrf.clone(), until: now + LASTS });
        let cookie =
            format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}", LASTS.as_secs());
        Ok((csrf, cookie))
    }

    pub(crate) fn end(&self, request: &Request) -> String {
        if let Some(token) = request.cookie(COOKIE) {
            lock(&self.sessions).remove(&hashed(token));
        }
        format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
    }

    /// Somebody gives a password.
    pub(crate) fn try_password(&self, peer: IpAddr, password: &str) -> Result<Role, Response> {
        {
            let mut tries = lock(&self.tries);
            let now = Instant::now();
            while tries.front().is_some_and(|(at, _)| now.duration_since(*at) > WINDOW) {
                tries.pop_front();
            }
            if tries.len() >= TRIES_ALL || tries.iter().filter(|(_, ip)| *ip == peer).count() >= TRIES_EACH {
                return Err(refusals::TOO_MANY_TRIES
                    .answer()
                    .with("Retry-After", WINDOW.as_secs().to_string()));
            }
            tries.push_back((now, peer));
        }
        let _one = lock(&self.looking);
        let fits = |hash: &Option<PasswordHash>| hash.as_ref().is_some_and(|hash| hash.fits(password));
        let role = if fits(&self.owner) {
            Role::Owner
        } else if fits(&self.reader) {
            Role::Reader
        } else {
            return Err(refusals::WRONG_PASSWORD.answer());
        };
        // Who got in has not guessed; but a reader who guesses at the owner's password has.
        let mut tries = lock(&self.tries);
        if role == Role::Owner {
            tries.retain(|(_, ip)| *ip != peer);
        } else if let Some(own) = tries.iter().rposition(|(_, ip)| *ip == peer) {
            tries.remove(own);
        }
        drop(tries);
        Ok(role)
    }
}

fn split_host(host: &str) -> (&str, Option<&str>) {
    if let Some(rest) = host.strip_prefix('[') {
        return match rest.split_once(']') {
            Some((ip, port)) => (ip, port.strip_prefix(':')),
            None => (rest, None),
        };
    }
    match host.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    }
}

/// An address of a home network: private or link-local.
fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => (ip.segments()[0] & 0xfe00) == 0xfc00 || (ip.segments()[0] & 0xffc0) == 0xfe80,
    }
}

/// Sessions are kept by the hash of their token, so that a look into memory lets nobody in.
fn hashed(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn random() -> Result<String, Error> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|e| Error::System(format!("no random numbers: {e}")))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}
