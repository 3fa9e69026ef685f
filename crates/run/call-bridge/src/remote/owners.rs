//! Who is an owner, and how one becomes one for a time.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secret::PasswordHash;
use serde::{Deserialize, Serialize};

/// Passwords that may be tried in an hour: by one asker, and by all together.
const TRIES_EACH: usize = 5;
const TRIES_ALL: usize = 20;

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Nobody we know.
    Stranger,
    /// An owner for a time.
    Temporary,
    /// An owner by configuration.
    Owner,
}

/// An owner for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemporaryOwner {
    /// The id.
    pub id: i64,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// What became of a password that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attempt {
    /// An owner until then.
    Accepted(DateTime<Utc>),
    /// It was wrong. Nothing has changed.
    Wrong,
    /// Too many were tried; it was not looked at.
    TooMany,
    /// There are no temporary owners here.
    SwitchedOff,
}

/// The owners.
#[derive(Debug, Clone)]
pub struct Owners {
    fixed: Vec<i64>,
    temporary: Vec<TemporaryOwner>,
    /// None switches temporary owners off.
    password: Option<PasswordHash>,
    lasts: Duration,
    tries: VecDeque<(DateTime<Utc>, i64)>,
}

impl Owners {
    /// The owners of the configuration, and those for a time who still are.
    pub fn new(
        fixed: Vec<i64>,
        temporary: Vec<TemporaryOwner>,
        password: Option<PasswordHash>,
        lasts: Duration,
    ) -> Self {
        Self { fixed, temporary, password, lasts, tries: VecDeque::new() }
    }

    /// Owners for a time of an earlier run.
    pub fn take_back(&mut self, temporary: Vec<TemporaryOwner>) {
        self.temporary.extend(temporary);
    }

    /// What this id may do now.
    pub fn rank(&self, now: DateTime<Utc>, id: i64) -> Rank {
        if self.fixed.contains(&id) {
            Rank::Owner
        } else if self.temporary.iter().any(|t| t.id == id && now < t.until) {
            Rank::Temporary
        } else {
            Rank::Stranger
        }
    }

    /// Everybody who is told the news.
    pub fn all(&self, now: DateTime<Utc>) -> Vec<i64> {
        let mut all = self.fixed.clone();
        all.extend(self.temporary.iter().filter(|t| now < t.until).map(|t| t.id));
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Owners for a time who still are.
    pub fn temporary(&self, now: DateTime<Utc>) -> Vec<TemporaryOwner> {
        self.temporary.iter().filter(|t| now < t.until).cloned().collect()
    }

    /// Somebody tries the password.
    pub fn try_password(&mut self, now: DateTime<Utc>, id: i64, password: &str) -> Attempt {
        let Some(hash) = &self.password else { return Attempt::SwitchedOff };
        let hour_ago = now - TimeDelta::hours(1);
        while self.tries.front().is_some_and(|(at, _)| *at < hour_ago) {
            self.tries.pop_front();
        }
        if self.tries.len() >= TRIES_ALL
            || self.tries.iter().filter(|(_, who)| *who == id).count() >= TRIES_EACH
        {
            return Attempt::TooMany;
        }
        self.tries.push_back((now, id));
        if !hash.fits(password) {
            return Attempt::Wrong;
        }
        let until = now + TimeDelta::from_std(self.lasts).unwrap_or(TimeDelta::days(1));
        self.temporary.retain(|t| t.id != id && now < t.until);
        self.temporary.push(TemporaryOwner { id, until });
        Attempt::Accepted(until)
    }

    /// Ends a temporary owner's time; false if there is no such one.
    pub fn remove(&mut self, now: DateTime<Utc>, id: i64) -> bool {
        let before = self.rank(now, id);
        self.temporary.retain(|t| t.id != id);
        before == Rank::Temporary
    }
}
