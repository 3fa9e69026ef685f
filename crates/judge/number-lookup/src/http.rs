//! Asking servers: every wait bounded, every answer bounded.

use std::time::Duration;

use ureq::Agent;

use crate::Error;

/// The largest page that is read, after unpacking.
const MAX_PAGE: u64 = 2 << 20;
const MAX_REDIRECTS: u32 = 3;

/// One question.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question<'a> {
    pub(crate) url: &'a str,
    pub(crate) bearer: Option<&'a str>,
    /// A JSON body, or an empty one for POST without; `None` for GET.
    pub(crate) post: Option<&'a str>,
    /// Larger answers than pages: lists.
    pub(crate) max: Option<u64>,
}

/// An answer as text.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) text: String,
    /// The server's wish in seconds, with status 429 or 503.
    retry_after: Option<u64>,
}

impl Page {
    /// The text, if the server was content.
    pub(crate) fn ok(self, source: &str) -> Result<String, Error> {
        match self.status {
            200..=299 => Ok(self.text),
            401 | 403 => Err(Error::Refused { source_name: source.into() }),
            429 | 503 => Err(Error::TooMany {
                source_name: source.into(),
                seconds: self.retry_after.unwrap_or(60).max(60),
            }),
            status => Err(Error::Status { source_name: source.into(), status }),
        }
    }
}

/// Asks, and waits no longer than `timeout` for the whole answer.
pub(crate) fn ask(source: &str, question: &Question<'_>, timeout: Duration) -> Result<Page, Error> {
    let unreachable =
        |why: ureq::Error| Error::Unreachable { source_name: source.into(), why: why.to_string().into() };
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(timeout))
        .max_redirects(MAX_REDIRECTS)
        .http_status_as_error(false)
        .user_agent("callblock (telephone guard)")
        .build()
        .into();
    let bearer = question.bearer.map(|token| format!("Bearer {token}"));
    let mut response = match question.post {
        Some(body) => {
            let mut request = agent.post(question.url);
            if let Some(bearer) = &bearer {
                request = request.header("Authorization", bearer);
            }
            request.header("Content-Type", "application/json").send(body)
        }
        None => {
            let mut request = agent.get(question.url);
            if let Some(bearer) = &bearer {
                request = request.header("Authorization", bearer);
            }
            request.call()
        }
    }
    .map_err(unreachable)?;
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let retry_after = header("retry-after").and_then(|v| v.trim().parse().ok());
    let max = question.max.unwrap_or(MAX_PAGE);
    let body = response.body_mut().with_config().limit(max).read_to_vec().map_err(unreachable)?;
    if body.len() as u64 >= max {
        return Err(Error::BadAnswer { source_name: source.into(), why: "it is too long".into() });
    }
    Ok(Page { status, text: decode(&body), retry_after })
}

/// Bytes as text: UTF-8 where they are that, whatever the server claims, else Latin-1 (which browsers take for
/// Windows-1252). Ratings are digits, so a wrong letter does no harm.
fn decode(body: &[u8]) -> String {
    match std::str::from_utf8(body) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => body.iter().map(|&b| char::from(b)).collect(),
    }
}
