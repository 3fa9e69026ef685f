//! The rules as they stand, and what they would do.

use std::time::{Duration, SystemTime};

use call_event::{CallId, CallerName, Decision, IncomingCall, LineId};
use call_log::{CallRecord, Direction, LogError, Query};
use call_screen::Memory;
use phone_number::Caller;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Api, body};
use crate::http::{Request, Response};
use crate::refusals;

/// Calls that one replay looks at, and changes that it shows.
const MAX_REPLAYED: usize = 50_000;
const MAX_SHOWN: usize = 500;

fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Ring => "ring",
        Decision::Block => "block",
    }
}

impl Api {
    pub(super) fn rules(&self) -> Answer {
        let rules = self.rules_now()?;
        let settings = &rules.settings;
        let told: Vec<Value> = settings
            .rules
            .iter()
            .map(|rule| {
                let fields = serde_json::to_value(rule).unwrap_or_default();
                let conditions: Vec<String> = fields
                    .as_object()
                    .into_iter()
                    .flatten()
                    .filter(|(key, _)| !matches!(key.as_str(), "name" | "action"))
                    .filter_map(|(key, value)| Some(format!("{key}: {}", plain(value)?)))
                    .collect();
                json!({ "name": rule.name, "action": rule.action, "conditions": conditions })
            })
            .chain(settings.rule_set.iter().map(|set| {
                json!({ "name": set, "action": null, "conditions": ["rules that come with the program"] })
            }))
            .collect();
        let mode = serde_json::to_value(settings.mode).unwrap_or_default();
        Ok(Response::json(&json!({
            "mode": mode,
            "default_action": settings.action.as_deref().unwrap_or("hang-up"),
            "rules": told,
        })))
    }

    pub(super) fn check(&self, request: &Request) -> Answer {
        #[derive(Deserialize)]
        struct Given {
            number: String,
            #[serde(default)]
            name: String,
            #[serde(default)]
            at: Option<String>,
            #[serde(default)]
            line: String,
        }
        let given: Given = body(request)?;
        let at = match given.at.as_deref().filter(|a| !a.is_empty()) {
            None => SystemTime::now(),
            Some(text) => {
                chrono::DateTime::parse_from_rfc3339(text).map_err(|_| refusals::NO_TIME.answer())?.into()
            }
        };
        let rules = self.rules_now()?;
        let mut call = IncomingCall::new(CallId(0), LineId::new(&given.line), at);
        call.caller = Some(Caller::from_line(given.number.as_bytes()));
        call.name = CallerName::from_line(given.name.as_bytes());
        let explanation = rules.screen.explain(&call, &Memory::new(), None);
        let verdict = &explanation.verdict;
        Ok(Response::json(&json!({
            "decision": word(verdict.decision()),
            "action": verdict.action.word(),
            "stage": verdict.reason.stage.word(),
            "rule": &*verdict.reason.rule,
            "reason": &*verdict.reason.text,
            "e164": explanation.e164,
            "area": explanation.area,
            "steps": explanation.steps,
        })))
    }

    pub(super) fn replay(&self, request: &Request) -> Answer {
        #[derive(Deserialize)]
        struct Given {
            days: u32,
        }
        let given: Given = body(request)?;
        let rules = self.rules_now()?;
        let span = Duration::from_secs(u64::from(given.days.clamp(1, 3660)) * 86_400);
        let query = Query {
            from: SystemTime::now().checked_sub(span),
            direction: Some(Direction::In),
            ..Query::default()
        };
        let mut calls: Vec<(i64, CallRecord)> = Vec::new();
        self.read_log(|log| {
            let full = log.each_call::<Stop>(&query, |logged| {
                calls.push((logged.id, logged.call));
                if calls.len() < MAX_REPLAYED { Ok(()) } else { Err(Stop::Enough) }
            });
            match full {
                Ok(()) | Err(Stop::Enough) => Ok(()),
                Err(Stop::Log(error)) => Err(error),
            }
        })?;
        calls.sort_by_key(|(_, call)| call.at);
        let mut memory = Memory::new();
        let mut changed = 0;
        let mut changes = Vec::new();
        for (id, record) in &calls {
            let call = record.incoming();
            let verdict = rules.screen.judge(&call, &memory, None);
            memory.record(&rules.screen, &call, &verdict);
            if verdict.decision() == record.decision {
                continue;
            }
            changed += 1;
            if changes.len() < MAX_SHOWN {
                changes.push(json!({
                    "id": id,
                    "at": chrono::DateTime::<chrono::Utc>::from(record.at).to_rfc3339(),
                    "caller": record.who(),
                    "number": record.number(),
                    "was": word(record.decision),
                    "now": word(verdict.decision()),
                    "reason": &*verdict.reason.text,
                }));
            }
        }
        changes.reverse();
        Ok(Response::json(&json!({ "calls": calls.len(), "changed": changed, "changes": changes })))
    }
}

/// Why a walk through the log ends.
enum Stop {
    Enough,
    Log(LogError),
}

impl From<LogError> for Stop {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

/// A value of a rule in words; `None` if it says nothing.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some("yes".into()),
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Array(all) => {
            (!all.is_empty()).then(|| all.iter().filter_map(plain).collect::<Vec<_>>().join(", "))
        }
        Value::Object(all) => {
            let parts: Vec<String> =
                all.iter().filter_map(|(k, v)| Some(format!("{k} {}", plain(v)?))).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        }
        Value::Number(number) => Some(number.to_string()),
    }
}
