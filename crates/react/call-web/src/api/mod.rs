//! The JSON interface: `openapi.json` describes it, and the page uses nothing else.

mod calls;
#[cfg(test)]
mod effort;
mod lists;
mod rules;
mod sound;
mod status;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use call_log::{CallLog, LogError};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::access::{Access, Role};
use crate::http::{Method, Request, Response};
use crate::live::Live;
use crate::page;
use crate::{House, Rules, refusals};

/// The largest body where nothing else is said, and of a list to import.
const MAX_BODY: usize = 64 * 1024;
const MAX_IMPORT: usize = 32 << 20;

/// An answer or an error that is one.
type Answer = Result<Response, Response>;

/// Every path with its methods, as `openapi.json` has them.
#[cfg(test)]
const ROUTES: &[(&str, &[&str])] = &[
    ("/api/session", &["get"]),
    ("/api/login", &["post"]),
    ("/api/logout", &["post"]),
    ("/api/status", &["get"]),
    ("/api/events", &["get"]),
    ("/api/command", &["post"]),
    ("/api/calls", &["get"]),
    ("/api/calls/{id}", &["get", "delete"]),
    ("/api/calls/{id}/sound", &["get"]),
    ("/api/calls/{id}/wave", &["get"]),
    ("/api/messages", &["get"]),
    ("/api/messages/{id}", &["delete"]),
    ("/api/messages/{id}/heard", &["post"]),
    ("/api/messages/{id}/sound", &["get"]),
    ("/api/messages/{id}/wave", &["get"]),
    ("/api/lists", &["get"]),
    ("/api/lists/{name}/entries", &["get", "post", "delete"]),
    ("/api/lists/{name}/preview", &["post"]),
    ("/api/lists/{name}/import", &["post"]),
    ("/api/lists/{name}/export", &["get"]),
    ("/api/rules", &["get"]),
    ("/api/check", &["post"]),
    ("/api/replay", &["post"]),
    ("/api/statistics", &["get"]),
    ("/api/lookup", &["get"]),
    ("/api/lines/{line}/doctor", &["post"]),
    ("/api/lines/{line}/simulate", &["post"]),
];

/// The interface.
pub(crate) struct Api {
    house: Arc<dyn House>,
    live: Live,
    /// Connections to the log that nobody uses at the moment.
    logs: Mutex<Vec<CallLog>>,
}

impl Api {
    pub(crate) fn new(house: Arc<dyn House>, live: Live) -> Self {
        Self { house, live, logs: Mutex::default() }
    }

    pub(crate) fn live(&self) -> &Live {
        &self.live
    }

    /// How large the body of this request may be; what strangers send is never kept in the memory.
    pub(crate) fn largest_body(access: &Access, request: &Request) -> usize {
        let path = request.path.as_str();
        let import =
            path.starts_with("/api/lists/") && (path.ends_with("/import") || path.ends_with("/preview"));
        if import && access.role(request).0 == Role::Owner { MAX_IMPORT } else { MAX_BODY }
    }

    /// Answers a request.
    pub(crate) fn answer(&self, access: &Access, request: &Request) -> Response {
        if !access.host_is_ours(request) {
            return refusals::OTHER_NAME.answer();
        }
        if !request.path.starts_with("/api/") {
            return match page::file(&request.path) {
                Some(file) if request.method.only_looks() => file,
                Some(_) => refusals::ONLY_READ.answer(),
                None => refusals::NOTHING_HERE.answer(),
            };
        }
        self.api(access, request).unwrap_or_else(|refused| refused)
    }

    fn api(&self, access: &Access, request: &Request) -> Answer {
        // Browsers say so when another page asks; nothing of ours is ever used by one.
        let foreign = matches!(request.header("sec-fetch-site"), Some("cross-site" | "same-site"));
        if foreign || !request.method.only_looks() && !access.origin_is_ours(request) {
            return Err(refusals::OTHER_PAGE.answer());
        }
        let path: Vec<&str> = request.path.trim_start_matches("/api/").split('/').collect();
        let (role, csrf) = access.role(request);
        match (request.method, path.as_slice()) {
            (Method::Get, ["session"]) => return Self::session(access, role, csrf),
            (Method::Post, ["login"]) => return Self::log_in(access, request),
            _ => {}
        }
        if role == Role::Nobody {
            return Err(refusals::LOG_IN.answer());
        }
        if !request.method.only_looks() {
            let given = request.header("x-csrf-token");
            if csrf.is_none() || given != csrf.as_deref() {
                return Err(refusals::NO_TOKEN.answer());
            }
            // These two change nothing, and everybody may log out.
            let harmless = matches!(path.as_slice(), ["check" | "replay" | "logout"]);
            if role < Role::Owner && !harmless {
                return Err(refusals::READER.answer());
            }
        }
        match (request.method, path.as_slice()) {
            (Method::Post, ["logout"]) => {
                Ok(Response::json(&json!({})).with("Set-Cookie", access.end(request)))
            }
            (Method::Get, ["status"]) => self.status(),
            (Method::Get, ["events"]) => self.events(request),
            (Method::Post, ["command"]) => self.command(request),
            (Method::Get, ["calls"]) => self.calls(request),
            (Method::Get, ["calls", id]) => self.call(number(id)?),
            (Method::Delete, ["calls", id]) => self.delete_recording(number(id)?),
            (Method::Get | Method::Head, ["calls", id, "sound"]) => self.call_sound(request, number(id)?),
            (Method::Get, ["calls", id, "wave"]) => self.call_wave(number(id)?),
            (Method::Get, ["messages"]) => self.messages(),
            (Method::Delete, ["messages", id]) => self.delete_message(number(id)?),
            (Method::Post, ["messages", id, "heard"]) => self.heard(number(id)?),
            (Method::Get | Method::Head, ["messages", id, "sound"]) => {
                self.message_sound(request, number(id)?)
            }
            (Method::Get, ["messages", id, "wave"]) => self.message_wave(number(id)?),
            (Method::Get, ["lists"]) => self.lists(),
            (Method::Get, ["lists", name, "entries"]) => self.entries(request, name),
            (Method::Post, ["lists", name, "entries"]) => self.add_entry(request, name),
            (Method::Delete, ["lists", name, "entries"]) => self.remove_entry(request, name),
            (Method::Post, ["lists", name, "preview"]) => self.preview(request, name),
            (Method::Post, ["lists", name, "import"]) => self.import(request, name),
            (Method::Get, ["lists", name, "export"]) => self.export(name),
            (Method::Get, ["rules"]) => self.rules(),
            (Method::Post, ["check"]) => self.check(request),
            (Method::Post, ["replay"]) => self.replay(request),
            (Method::Get, ["statistics"]) => self.statistics(request),
            (Method::Get, ["lookup"]) => self.look_up(request),
            (Method::Post, ["lines", line, "doctor"]) => self.doctor(line),
            (Method::Post, ["lines", line, "simulate"]) => self.simulate(request, line),
            _ => Err(refusals::NOTHING_HERE.answer()),
        }
    }

    fn session(access: &Access, role: Role, csrf: Option<String>) -> Answer {
        let told = |role: Role, csrf: &str| {
            json!({
                "role": role.word(),
                "csrf": csrf,
                "needsPassword": access.needs_password(),
                "version": env!("CARGO_PKG_VERSION"),
            })
        };
        if role > Role::Nobody {
            return Ok(Response::json(&told(role, csrf.as_deref().unwrap_or_default())));
        }
        if access.needs_password() {
            return Ok(Response::json(&told(Role::Nobody, "")));
        }
        let (csrf, cookie) = begin(access, Role::Owner)?;
        Ok(Response::json(&told(Role::Owner, &csrf)).with("Set-Cookie", cookie))
    }

    fn log_in(access: &Access, request: &Request) -> Answer {
        #[derive(serde::Deserialize)]
        struct Given {
            password: String,
        }
        let given: Given = body(request)?;
        let role = access.try_password(request.peer, &given.password)?;
        let (csrf, cookie) = begin(access, role)?;
        let told = json!({ "role": role.word(), "csrf": csrf, "needsPassword": true, "version": env!("CARGO_PKG_VERSION") });
        Ok(Response::json(&told).with("Set-Cookie", cookie))
    }

    /// Reads the log on a connection that is kept for the next one.
    fn read_log<T>(&self, read: impl FnOnce(&mut CallLog) -> Result<T, LogError>) -> Result<T, Response> {
        let kept = self.logs.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut log = match kept {
            Some(log) => log,
            None => CallLog::open_read_only(&self.house.log()).map_err(|e| refusals::of_the_log(&e))?,
        };
        let answer = read(&mut log).map_err(|e| refusals::of_the_log(&e))?;
        let mut kept = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < 4 {
            kept.push(log);
        }
        Ok(answer)
    }

    /// Changes the log.
    fn write_log<T>(&self, write: impl FnOnce(&mut CallLog) -> Result<T, LogError>) -> Result<T, Response> {
        let mut log = CallLog::open(&self.house.log()).map_err(|e| refusals::of_the_log(&e))?;
        write(&mut log).map_err(|e| refusals::of_the_log(&e))
    }

    /// The rules as they stand.
    fn rules_now(&self) -> Result<Rules, Response> {
        self.house.rules().map_err(|e| refusals::BAD_CONFIGURATION.with(&[&e]))
    }

    /// A file that the log names, if it lies in a folder of recordings; also where that folder was moved since.
    fn recording(&self, path: Option<PathBuf>) -> Result<PathBuf, Response> {
        let missing = || refusals::NO_RECORDING.answer();
        let path = path.ok_or_else(missing)?;
        self.house
            .recordings()
            .iter()
            .find_map(|folder| {
                let folder = folder.canonicalize().ok()?;
                let moved = path.file_name().map(|name| folder.join(name));
                [Some(folder.join(&path)), moved].into_iter().flatten().find_map(|path| {
                    let path = path.canonicalize().ok()?;
                    (path.starts_with(&folder) && path.is_file()).then_some(path)
                })
            })
            .ok_or_else(missing)
    }
}

fn begin(access: &Access, role: Role) -> Result<(String, String), Response> {
    access.begin(role).map_err(|e| refusals::NO_RANDOM.with(&[&e]))
}

/// A JSON body.
fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Response> {
    serde_json::from_slice(&request.body).map_err(|e| refusals::UNREADABLE.with(&[&e]))
}

fn number(text: &str) -> Result<i64, Response> {
    text.parse().map_err(|_| refusals::NOTHING_HERE.answer())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_names_every_path_and_no_other() {
        let described: serde_json::Value =
            serde_json::from_str(include_str!("../../page/openapi.json")).unwrap();
        let paths = described["paths"].as_object().unwrap();
        for (path, methods) in ROUTES {
            let there =
                paths.get(*path).unwrap_or_else(|| panic!("{path} is not described")).as_object().unwrap();
            for method in *methods {
                assert!(there.contains_key(*method), "{method} {path} is not described");
            }
            assert_eq!(there.keys().filter(|k| *k != "parameters").count(), methods.len(), "{path}");
        }
        assert_eq!(paths.len(), ROUTES.len());
    }
}
