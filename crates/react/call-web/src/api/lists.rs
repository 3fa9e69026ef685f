//! The lists: what stands on them, changes, imports with a preview, exports.

use std::path::PathBuf;

use call_screen::list::{Imported, Note, Problem, add_entry, each_entry, format_of, import, remove_entries};
use call_screen::{List, ListFormat, ListKind, ListSettings};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Api, body};
use crate::http::{Request, Response};
use crate::{Rules, refusals};

/// Bad lines that are shown.
const SHOWN_PROBLEMS: usize = 50;

/// A list that the page asks for by its name; a name that is none of the configuration's is nothing.
struct Found {
    rules: Rules,
    settings: ListSettings,
    path: PathBuf,
}

fn editable(format: ListFormat) -> bool {
    matches!(
        format,
        ListFormat::Csv | ListFormat::Plain | ListFormat::Ncid | ListFormat::Jcblock | ListFormat::Json
    )
}

fn problems(all: &[Problem]) -> Vec<String> {
    // The file's name is the list's, or one that was made for the import.
    all.iter().take(SHOWN_PROBLEMS).map(|p| format!("line {}: {}", p.line, p.reason)).collect()
}

impl Api {
    fn find_list(&self, name: &str) -> Result<Found, Response> {
        let rules = self.rules_now()?;
        let settings = rules
            .settings
            .lists
            .iter()
            .find(|l| l.shown_name() == name)
            .cloned()
            .ok_or_else(|| refusals::NO_LIST.answer())?;
        let path = rules.folder.join(&settings.file);
        Ok(Found { rules, settings, path })
    }

    pub(super) fn lists(&self) -> Answer {
        let rules = self.rules_now()?;
        let told: Vec<Value> = rules
            .screen
            .lists()
            .lists()
            .iter()
            .map(|used| {
                let settings = used.settings();
                let list = used.list();
                let format = list.map_or(settings.format, |l| l.format());
                json!({
                    "name": settings.shown_name(),
                    "kind": if settings.kind == ListKind::Deny { "deny" } else { "allow" },
                    "format": format!("{format:?}").to_lowercase(),
                    "entries": list.map_or(0, |l| l.len()),
                    "problem_count": list.map_or(0, |l| l.problem_count()),
                    "problems": list.map_or_else(Vec::new, |l| problems(l.problems())),
                    "failure": used.failure(),
                    "editable": editable(format),
                })
            })
            .collect();
        Ok(Response::json(&json!({ "lists": told })))
    }

    pub(super) fn entries(&self, request: &Request, name: &str) -> Answer {
        let found = self.find_list(name)?;
        let bytes = std::fs::read(&found.path).unwrap_or_default();
        let format = format_of(&found.path, found.settings.format, &bytes);
        let after: u32 = request.asked("after").and_then(|a| a.parse().ok()).unwrap_or_default();
        let limit: usize = request.asked("limit").and_then(|l| l.parse().ok()).unwrap_or(100).clamp(1, 500);
        let wanted = request.asked("search").map(str::to_lowercase);
        let mut entries: Vec<Value> = Vec::new();
        let mut last = after;
        let mut more = false;
        if format != ListFormat::Compiled {
            each_entry(&bytes, format, &found.rules.numbering, &mut |line, text, note| {
                let fits = wanted
                    .as_deref()
                    .is_none_or(|w| text.to_lowercase().contains(w) || note.name.to_lowercase().contains(w));
                if line <= after || !fits {
                    return;
                }
                if entries.len() == limit {
                    more = true;
                    return;
                }
                last = line;
                let added = note
                    .added
                    .and_then(|at| chrono::DateTime::from_timestamp(at, 0))
                    .map(|at| at.format("%Y-%m-%d").to_string());
                entries.push(json!({
                    "line": line, "entry": text, "name": &*note.name, "by": note.by.as_deref(), "added": added,
                }));
            });
        }
        Ok(Response::json(&json!({ "entries": entries, "next": more.then_some(last) })))
    }

    pub(super) fn add_entry(&self, request: &Request, name: &str) -> Answer {
        #[derive(Deserialize)]
        struct Given {
            entry: String,
            #[serde(default)]
            name: String,
        }
        let given: Given = body(request)?;
        let found = self.find_list(name)?;
        let note = Note {
            name: given.name.trim().into(),
            by: Some("web".into()),
            added: Some(chrono::Utc::now().timestamp()),
            ..Note::default()
        };
        add_entry(&found.path, found.settings.format, given.entry.trim(), &note, &found.rules.numbering)
            .map_err(|e| refusals::of_a_list(&e))?;
        self.house.list_changed();
        Ok(Response::json(&json!({})))
    }

    pub(super) fn remove_entry(&self, request: &Request, name: &str) -> Answer {
        #[derive(Deserialize)]
        struct Given {
            entry: String,
        }
        let given: Given = body(request)?;
        let found = self.find_list(name)?;
        let numbering = &found.rules.numbering;
        let removed = remove_entries(&found.path, found.settings.format, numbering, &given.entry)
            .map_err(|e| refusals::of_a_list(&e))?;
        if removed == 0 {
            return Err(refusals::NOT_LISTED.answer());
        }
        self.house.list_changed();
        Ok(Response::json(&json!({ "removed": removed })))
    }

    pub(super) fn preview(&self, request: &Request, name: &str) -> Answer {
        let found = self.find_list(name)?;
        let list = List::read(
            "import",
            request.body.clone(),
            ListFormat::Auto,
            found.settings.field,
            &found.rules.numbering,
        );
        Ok(Response::json(&json!({
            "taken": list.len(),
            "problem_count": list.problem_count(),
            "problems": problems(list.problems()),
        })))
    }

    pub(super) fn import(&self, request: &Request, name: &str) -> Answer {
        let found = self.find_list(name)?;
        let given = tempfile::NamedTempFile::new()
            .and_then(|file| std::fs::write(file.path(), &request.body).map(|()| file))
            .map_err(|e| refusals::NO_ROOM.with(&[&e]))?;
        let numbering = &found.rules.numbering;
        let Imported { added, already, problems: wrong } = import(
            &found.path,
            found.settings.format,
            given.path(),
            ListFormat::Auto,
            numbering,
            &mut |_| {},
        )
        .map_err(|e| refusals::of_a_list(&e))?;
        self.house.list_changed();
        Ok(Response::json(&json!({
            "taken": added, "already": already, "problem_count": wrong.len(), "problems": problems(&wrong),
        })))
    }

    pub(super) fn export(&self, name: &str) -> Answer {
        let found = self.find_list(name)?;
        let bytes = std::fs::read(&found.path).map_err(|e| refusals::LIST_NOT_READ.with(&[&e]))?;
        let file: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' })
            .collect();
        Ok(Response::bytes("text/plain; charset=utf-8", bytes)
            .with("Content-Disposition", format!("attachment; filename=\"{file}\"")))
    }
}
