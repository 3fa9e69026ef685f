//! Files and collections on servers: plain GET, CardDAV and CalDAV.

use std::time::Duration;

use secret::Secret;
use ureq::http::{Method, Request, StatusCode};

use crate::Error;
use crate::source::{Fetched, shown_url};

/// The longest answer that is read.
const MAX_ANSWER: u64 = 64 << 20;
/// A server that takes longer is tried again at the next refresh.
const TIMEOUT: Duration = Duration::from_secs(30);

type Login<'a> = Option<&'a (String, Secret)>;

/// Gets a file; `mark` is its entity tag or date.
pub(crate) fn get(url: &str, login: Login<'_>, mark: Option<&str>) -> Result<Option<Fetched>, Error> {
    let mut headers = Vec::new();
    match mark.and_then(|m| m.split_once(' ')) {
        Some(("etag", tag)) => headers.push(("If-None-Match", tag)),
        Some(("date", date)) => headers.push(("If-Modified-Since", date)),
        _ => {}
    }
    // Calendar programs write webcal: for a calendar that is read over HTTP.
    let answer = ask("GET", &url.replacen("webcal://", "https://", 1), login, &headers, String::new())?;
    match answer.status {
        StatusCode::NOT_MODIFIED => Ok(None),
        StatusCode::OK if !answer.body.windows(7).any(|w| w.eq_ignore_ascii_case(b"BEGIN:V")) => Err(server(
            url,
            "what is there is no calendar and no address book (a log-in page?); check the address",
        )),
        StatusCode::OK => Ok(Some(Fetched { texts: vec![answer.body], mark: answer.mark })),
        status => Err(refused(url, status)),
    }
}

/// Reads a whole collection, raw: servers differ in how they expand repetitions, so we do it ourselves.
pub(crate) fn collection(url: &str, login: Login<'_>, mark: Option<&str>) -> Result<Option<Fetched>, Error> {
    const PROPERTIES: &str = r#"<d:propfind xmlns:d="DAV:" xmlns:cs="http://calendarserver.org/ns/"><d:prop><d:resourcetype/><d:getetag/><cs:getctag/><d:sync-token/></d:prop></d:propfind>"#;
    let xml = [("Content-Type", "application/xml; charset=utf-8")];
    let answer = ask("PROPFIND", url, login, &[xml[0], ("Depth", "0")], PROPERTIES.to_owned())?;
    if answer.status != StatusCode::MULTI_STATUS {
        return Err(refused(url, answer.status));
    }
    let described = String::from_utf8_lossy(&answer.body).into_owned();
    let described = parse(url, &described)?;
    let has = |name: &str| described.has(name);
    let now = described.text("getctag").or_else(|| described.text("sync-token"));
    if now.is_some() && now.as_deref() == mark {
        return Ok(None);
    }
    let (query, data) = if has("addressbook") {
        (
            r#"<c:addressbook-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><d:prop><d:getetag/><c:address-data/></d:prop></c:addressbook-query>"#,
            "address-data",
        )
    } else if has("calendar") {
        (
            r#"<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:getetag/><c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"/></c:comp-filter></c:filter></c:calendar-query>"#,
            "calendar-data",
        )
    } else {
        return Err(server(
            url,
            "this is no address book and no calendar; give the address of the collection itself, not of the account",
        ));
    };
    let answer = ask("REPORT", url, login, &[xml[0], ("Depth", "1")], query.to_owned())?;
    if answer.status != StatusCode::MULTI_STATUS {
        return Err(refused(url, answer.status));
    }
    let body = String::from_utf8_lossy(&answer.body);
    let texts = parse(url, &body)?.texts(data).into_iter().map(String::into_bytes).collect();
    Ok(Some(Fetched { texts, mark: now }))
}

struct Answer {
    status: StatusCode,
    body: Vec<u8>,
    mark: Option<String>,
}

fn ask(
    method: &str,
    url: &str,
    login: Login<'_>,
    headers: &[(&str, &str)],
    body: String,
) -> Result<Answer, Error> {
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .user_agent(concat!("callblock/", env!("CARGO_PKG_VERSION")))
            .build(),
    );
    let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET);
    let bodiless = method == Method::GET;
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some((user, password)) = login {
        let plain = format!("{user}:{}", password.reveal());
        request = request.header("Authorization", format!("Basic {}", base64(plain.as_bytes())));
    }
    let failed = |why: String| server(url, &why);
    let sent = if bodiless {
        request
            .body(())
            .map_err(|_| failed("this is no web address".into()))
            .and_then(|r| agent.run(r).map_err(|e| failed(unreachable(&e))))
    } else {
        request
            .body(body)
            .map_err(|_| failed("this is no web address".into()))
            .and_then(|r| agent.run(r).map_err(|e| failed(unreachable(&e))))
    }?;
    let status = sent.status();
    let header = |name: &str| sent.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let mark = header("etag")
        .map(|tag| format!("etag {tag}"))
        .or_else(|| header("last-modified").map(|date| format!("date {date}")));
    let body = sent
        .into_body()
        .with_config()
        .limit(MAX_ANSWER)
        .read_to_vec()
        .map_err(|e| failed(format!("the answer broke off ({e})")))?;
    Ok(Answer { status, body, mark })
}

fn unreachable(error: &ureq::Error) -> String {
    format!("no answer ({error}); is the address right and the network up?")
}

fn server(url: &str, why: &str) -> Error {
    Error::Server { url: shown_url(url), why: why.to_owned() }
}

fn refused(url: &str, status: StatusCode) -> Error {
    let remedy = match status.as_u16() {
        401 | 403 => "check user and password; with two-factor log-in an app password is needed",
        404 | 410 => "nothing is there; check the address",
        405 | 501 => "it does not speak CardDAV or CalDAV; give the address of a file instead",
        429 | 503 => "it is busy; it is asked again at the next refresh",
        _ => "it is asked again at the next refresh",
    };
    server(url, &format!("the server answered {}; {remedy}", status.as_u16()))
}

/// A multistatus answer, of which only names and texts matter.
struct Listing<'a> {
    document: roxmltree::Document<'a>,
}

fn parse<'a>(url: &str, body: &'a str) -> Result<Listing<'a>, Error> {
    roxmltree::Document::parse(body).map(|document| Listing { document }).map_err(|e| {
        server(url, &format!("its answer is no XML ({e}); is this the address of a collection?"))
    })
}

impl Listing<'_> {
    fn has(&self, name: &str) -> bool {
        self.document.descendants().any(|n| {
            n.tag_name().name() == name && n.parent().is_some_and(|p| p.tag_name().name() == "resourcetype")
        })
    }

    fn text(&self, name: &str) -> Option<String> {
        self.texts(name).into_iter().next()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.document
            .descendants()
            .filter(|n| n.tag_name().name() == name)
            .map(|n| {
                n.descendants().filter(roxmltree::Node::is_text).filter_map(|t| t.text()).collect::<String>()
            })
            .filter(|t| !t.trim().is_empty())
            .collect()
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0u32, |n, (i, b)| n | u32::from(*b) << (16 - 8 * i));
        for i in 0..4 {
            let sextet = (bits >> (18 - 6 * i)) & 63;
            out.push(if i <= chunk.len() { char::from(LETTERS[sextet as usize]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_every_length() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("u:p\u{e4}", "dTpww6Q=")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
