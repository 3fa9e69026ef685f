//! Texts with places to be filled in: `Blocked {number} because {reason}`.

use serde::{Deserialize, Deserializer};

use crate::Notice;

/// A text with places `{name}`; `{{` and `}}` stand for braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(String),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A brace stands alone.
    #[error("a brace without its other half; write {{{{ or }}}} for a brace itself")]
    Brace,
    /// A place of that name is not known.
    #[error(
        "{{{0}}} is not known; known are event, time, line, number, e164, name, area, called, decision, \
             action, stage, rule, reason, steps, added-to, links, mark, seconds, recording, text, who, headline \
             and full"
    )]
    Unknown(String),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// A brace stands alone, or a place is not known.
    pub fn new(text: &str) -> Result<Self, TemplateError> {
        let known = Notice::new(crate::Happening::Test, std::time::SystemTime::UNIX_EPOCH, "");
        let mut parts = vec![];
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let (brace, after) = (&rest[at..=at], &rest[at + 1..]);
            if let Some(after) = after.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
            } else if brace == "{" {
                let (name, after) = after.split_once('}').ok_or(TemplateError::Brace)?;
                if known.field(name).is_none() {
                    return Err(TemplateError::Unknown(name.into()));
                }
                parts.push(Part::Text(std::mem::take(&mut plain)));
                parts.push(Part::Field(name.into()));
                rest = after;
            } else {
                return Err(TemplateError::Brace);
            }
        }
        plain.push_str(rest);
        parts.push(Part::Text(plain));
        Ok(Self(parts))
    }

    /// The text with its places filled in. What is filled in is never read as a template again.
    pub fn fill(&self, notice: &Notice) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Field(name) => notice.field(name).unwrap_or_default(),
            })
            .collect()
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::Happening;

    #[test]
    fn places_are_filled_once_and_unknown_ones_refused() {
        let mut notice = Notice::new(Happening::Blocked, SystemTime::UNIX_EPOCH, "home");
        notice.name = "{number} {{".into();
        notice.number = "030 23125 555".into();
        let fill = |text: &str| Template::new(text).unwrap().fill(&notice);
        assert_eq!(fill("{{{name}}} on {line}"), "{{number} {{} on home");
        assert_eq!(fill(""), "");
        assert_eq!(Template::new("{wrong}"), Err(TemplateError::Unknown("wrong".into())));
        assert_eq!(Template::new("{name"), Err(TemplateError::Brace));
        assert_eq!(Template::new("}"), Err(TemplateError::Brace));
    }
}
