//! What happens now, and what can be asked of the guard.

use call_event::{GuardCommand, GuardReply};
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Api, body};
use crate::http::{Body, Request, Response};
use crate::refusals;

fn no_guard() -> Response {
    refusals::NO_GUARD.answer()
}

impl Api {
    pub(super) fn status(&self) -> Answer {
        match self.house.ask(GuardCommand::Status).ok_or_else(no_guard)? {
            GuardReply::Status(status) => {
                let simulated = self.house.simulated();
                let mut told = serde_json::to_value(&status).unwrap_or_default();
                if let Some(lines) = told["lines"].as_array_mut() {
                    for line in lines {
                        line["simulated"] = json!(simulated.iter().any(|s| line["line"] == **s));
                    }
                }
                // Where the guard keeps its files is nobody's business here.
                if let Some(all) = told.as_object_mut() {
                    all.remove("dir");
                    all.remove("pid");
                }
                Ok(Response::json(&told))
            }
            GuardReply::Refused { reason } => Err(refusals::GUARD_REFUSED.with(&[&reason])),
            _ => Err(no_guard()),
        }
    }

    pub(super) fn events(&self, request: &Request) -> Answer {
        let seen = request.header("last-event-id").and_then(|id| id.trim().parse().ok());
        let place = self.live.place().ok_or_else(|| refusals::TOO_MANY_WATCH.answer())?;
        let mut response =
            Response::bytes("text/event-stream", Vec::new()).with("Cache-Control", "no-store".into());
        response.body = Body::Events;
        response.watch = Some((place, seen));
        Ok(response)
    }

    pub(super) fn command(&self, request: &Request) -> Answer {
        let command: GuardCommand = body(request)?;
        if matches!(command, GuardCommand::Stop | GuardCommand::Watch) {
            return Err(refusals::NOT_FROM_HERE.answer());
        }
        let reply = self.house.ask(command).ok_or_else(no_guard)?;
        match reply {
            GuardReply::Refused { reason } => Err(refusals::GUARD_REFUSED.with(&[&reason])),
            reply => Ok(Response::json(&reply)),
        }
    }

    pub(super) fn look_up(&self, request: &Request) -> Answer {
        let number = request.asked("number").ok_or_else(|| refusals::NO_NUMBER.answer())?;
        let answers = self.house.look_up(number);
        let told: Vec<_> = answers
            .iter()
            .map(|a| json!({ "source": &*a.source, "score": a.score, "comments": a.votes, "name": a.name.as_deref() }))
            .collect();
        Ok(Response::json(&json!({ "answers": told })))
    }

    pub(super) fn doctor(&self, line: &str) -> Answer {
        let lines = self.house.doctor(line).map_err(|why| refusals::GUARD_REFUSED.with(&[&why]))?;
        Ok(Response::json(&json!({ "lines": lines })))
    }

    pub(super) fn simulate(&self, request: &Request, line: &str) -> Answer {
        #[derive(Deserialize)]
        struct Given {
            #[serde(default)]
            number: String,
            #[serde(default)]
            name: String,
        }
        let given: Given = body(request)?;
        let text = self
            .house
            .simulate(line, &given.number, &given.name)
            .map_err(|why| refusals::GUARD_REFUSED.with(&[&why]))?;
        Ok(Response::json(&json!({ "text": text })))
    }
}
