//! JSON: numbers, or objects that hold a number and what is known of it.

use serde_json::Value;

use super::super::{Builder, Note, read_time};

/// Reads an array of texts or objects; or an object with such an array under `numbers`, `entries` or `list`; or
/// an object whose keys are name patterns and values their descriptions under `name-patterns`.
pub(super) fn read(bytes: &[u8], builder: &mut Builder<'_>) {
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) => {
            builder.problem(u32::try_from(error.line()).unwrap_or(u32::MAX), format!("not JSON: {error}"));
            return;
        }
    };
    let mut place = 0;
    match &value {
        Value::Array(entries) => read_entries(entries, &mut place, builder),
        Value::Object(object) => {
            let mut known = false;
            for key in ["numbers", "entries", "list"] {
                if let Some(Value::Array(entries)) = object.get(key) {
                    known = true;
                    read_entries(entries, &mut place, builder);
                }
            }
            if let Some(Value::Object(names)) = object.get("name-patterns") {
                known = true;
                for (expression, description) in names {
                    place += 1;
                    let note = Note::named(description.as_str().unwrap_or_default());
                    builder.entry(&format!("name:/{expression}/"), place, note);
                }
            }
            if !known {
                builder.problem(1, "no array under \"numbers\", \"entries\" or \"list\"");
            }
        }
        _ => builder.problem(1, "neither an array nor an object"),
    }
}

/// JSON does not tell lines, so problems and reasons carry the place of the entry, from 1.
fn read_entries(entries: &[Value], place: &mut u32, builder: &mut Builder<'_>) {
    for entry in entries {
        *place += 1;
        let text = |names: &[&str]| names.iter().find_map(|name| entry.get(name)).and_then(Value::as_str);
        let number = match entry {
            Value::String(number) => Some(number.as_str()),
            // A number without quotes has lost its leading zeros.
            Value::Number(_) => None,
            _ => text(&["number", "phone", "PhoneNo", "pattern"]),
        };
        let Some(number) = number else {
            let reason = match entry {
                Value::Number(_) => {
                    "a number without quotes may have lost its leading zeros; put it in quotes"
                }
                _ => "no \"number\"",
            };
            builder.problem(*place, reason);
            continue;
        };
        let wildcard = entry.get("wildcard").and_then(Value::as_bool).unwrap_or(false);
        let time = |names: &[&str]| text(names).and_then(read_time);
        let note = Note {
            by: text(&["by"]).map(Into::into),
            added: time(&["added", "created"]),
            expires: time(&["expires"]),
            ..Note::named(text(&["name", "label", "comment"]).unwrap_or_default())
        };
        let star = if wildcard { "*" } else { "" };
        builder.entry(&format!("{number}{star}"), *place, note);
    }
}
