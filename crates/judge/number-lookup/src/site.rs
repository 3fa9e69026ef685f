//! Rating sites and directories: each a data file that says where on its page the score stands.

use std::path::Path;
use std::time::Duration;

use call_event::LookupAnswer;
use regex::Regex;
use serde::Deserialize;

use crate::http::{Question, ask};
use crate::{Error, Query};

/// The files that come with callblock.
const KNOWN: [(&str, &str); 6] = [
    ("tellows", include_str!("../sites/tellows.toml")),
    ("werruft", include_str!("../sites/werruft.toml")),
    ("cleverdialer", include_str!("../sites/cleverdialer.toml")),
    ("telefonspion", include_str!("../sites/telefonspion.toml")),
    ("werhatangerufen", include_str!("../sites/werhatangerufen.toml")),
    ("dasoertliche", include_str!("../sites/dasoertliche.toml")),
];

/// A site's file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct SiteFile {
    name: String,
    /// With `{national}`, `{e164}` or `{digits}`.
    url: String,
    /// A page for people, if it is another.
    #[serde(default)]
    link: Option<String>,
    /// Finds the score; the first group is the number, or a word of `words`.
    #[serde(default)]
    score: Option<String>,
    /// Finds how many voted. Several finds are added up.
    #[serde(default)]
    votes: Option<String>,
    /// Finds the name.
    #[serde(default)]
    person: Option<String>,
    /// Found on the page of a number that the site does not know.
    #[serde(default)]
    unknown: Option<String>,
    /// The score on the common scale is `offset + factor * found`.
    #[serde(default)]
    offset: f64,
    #[serde(default = "one")]
    factor: f64,
    /// Scores that are words.
    #[serde(default)]
    words: Vec<(String, u8)>,
    /// What has to be found exactly so often for the page to be the right one.
    #[serde(default)]
    fits: Option<(String, usize)>,
}

fn one() -> f64 {
    1.0
}

/// A rating site or directory, ready to be asked.
#[derive(Debug, Clone)]
pub struct Site {
    file: SiteFile,
    score: Option<Regex>,
    votes: Option<Regex>,
    person: Option<Regex>,
    unknown: Option<Regex>,
    fits: Option<(Regex, usize)>,
}

impl Site {
    /// The names of the sites that come with callblock.
    pub fn known() -> impl Iterator<Item = &'static str> {
        KNOWN.into_iter().map(|(name, _)| name)
    }

    /// A site by its name, or by a file of one's own.
    ///
    /// # Errors
    ///
    /// There is none of that name, or the file has a mistake.
    pub fn open(name: &str, folder: &Path) -> Result<Self, Error> {
        if let Some((_, text)) = KNOWN.iter().find(|(known, _)| *known == name) {
            return Self::parse(name, text);
        }
        if !name.ends_with(".toml") {
            let known: Vec<_> = Self::known().collect();
            return Err(Error::Settings {
                place: "[lookup]".into(),
                why: format!(
                    "there is no site `{name}`; there are {}, or a file ending in .toml",
                    known.join(", ")
                )
                .into(),
            });
        }
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path)
            .map_err(|e| Error::File { path: path.clone(), why: e.to_string().into() })?;
        Self::parse(name, &text)
    }

    /// A site by the text of its file.
    ///
    /// # Errors
    ///
    /// The text has a mistake.
    pub fn parse(place: &str, text: &str) -> Result<Self, Error> {
        let wrong = |why: String| Error::Settings { place: place.into(), why: why.into() };
        let file: SiteFile = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let regex = |pattern: &Option<String>| {
            pattern.as_ref().map(|p| Regex::new(p)).transpose().map_err(|e| wrong(e.to_string()))
        };
        if file.score.is_none() && file.person.is_none() {
            return Err(wrong("it says neither where the score stands nor where the name does".into()));
        }
        Ok(Self {
            score: regex(&file.score)?,
            votes: regex(&file.votes)?,
            person: regex(&file.person)?,
            unknown: regex(&file.unknown)?,
            fits: match &file.fits {
                Some((pattern, count)) => regex(&Some(pattern.clone()))?.map(|r| (r, *count)),
                None => None,
            },
            file,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.file.name
    }

    /// The same site at another server, for tests: scheme and host of its address are exchanged.
    #[must_use]
    pub fn at(mut self, server: &str) -> Self {
        if let Some((_, rest)) = self.file.url.split_once("://") {
            let path = rest.find('/').map_or("", |at| &rest[at..]);
            self.file.url = format!("{}{path}", server.trim_end_matches('/'));
        }
        self
    }

    pub(crate) fn ask(&self, query: &Query, timeout: Duration) -> Result<Option<LookupAnswer>, Error> {
        let url = query.fill(&self.file.url);
        let page = ask(self.name(), &Question { url: &url, ..Question::default() }, timeout)?;
        // Some answer 404 for a number that they do not know.
        if page.status == 404 {
            return Ok(None);
        }
        let text = page.ok(self.name())?;
        let mut answer = self.read(&text)?;
        if let Some(answer) = &mut answer {
            answer.link = Some(query.fill(self.file.link.as_ref().unwrap_or(&self.file.url)).into());
        }
        Ok(answer)
    }

    /// What a page says; `None` if it says that the number is unknown.
    ///
    /// # Errors
    ///
    /// The page is not one that this file describes.
    pub fn read(&self, page: &str) -> Result<Option<LookupAnswer>, Error> {
        let changed = |what: &str| Error::PageChanged { source_name: self.name().into(), what: what.into() };
        if self.unknown.as_ref().is_some_and(|u| u.is_match(page)) {
            return Ok(None);
        }
        if let Some((fits, count)) = &self.fits
            && fits.find_iter(page).take(count + 1).count() != *count
        {
            return Err(changed("the page is another one"));
        }
        let mut answer = LookupAnswer::from_source(self.name());
        if let Some(score) = &self.score {
            let found =
                score.captures(page).and_then(|c| c.get(1)).ok_or_else(|| changed("no score"))?.as_str();
            answer.score = Some(self.scale(found).ok_or_else(|| changed("the score is none"))?);
            if let Some(votes) = &self.votes {
                let counts = votes.captures_iter(page).filter_map(|c| c.get(1)?.as_str().parse::<u32>().ok());
                answer.votes = counts.reduce(u32::saturating_add).ok_or_else(|| changed("no votes"))?;
            }
            if answer.votes == 0 {
                return Ok(None);
            }
        }
        if let Some(person) = &self.person {
            let found = person.captures(page).and_then(|c| c.get(1)).map(|m| plain(m.as_str()));
            answer.name = match found.filter(|name| !name.is_empty()) {
                Some(name) => Some(name.into()),
                None if self.score.is_none() => return Err(changed("no name")),
                None => None,
            };
        }
        Ok(Some(answer))
    }

    /// A score as found, on the common scale.
    fn scale(&self, found: &str) -> Option<u8> {
        if !self.file.words.is_empty() {
            return self
                .file
                .words
                .iter()
                .find(|(word, _)| found.contains(word.as_str()))
                .map(|(_, score)| *score);
        }
        let found: f64 = found.replace(',', ".").parse().ok()?;
        let score = self.file.offset + self.file.factor * found;
        // Steps of a whole are fine enough for people; the range makes the cast safe.
        (1..=9u8).min_by(|a, b| {
            let distance = |n: &u8| (f64::from(*n) - score).abs();
            distance(a).total_cmp(&distance(b))
        })
    }
}

/// Text out of HTML: no tags, no entities, one space where there were many. Strangers may have written it.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut tag = false;
    for c in html.chars() {
        match c {
            '<' => tag = true,
            '>' if tag => {
                tag = false;
                text.push(' ');
            }
            c if !tag => text.push(if c.is_control() { ' ' } else { c }),
            _ => {}
        }
    }
    let entities =
        [("&nbsp;", " "), ("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">")];
    for (entity, letter) in entities {
        text = text.replace(entity, letter);
    }
    let text = text.replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect()
}
