//! What people are told.

use std::path::PathBuf;
use std::time::SystemTime;

use chrono::{DateTime, Local, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Happening {
    /// A call rings and may ring.
    Ringing,
    /// A call was blocked.
    Blocked,
    /// A call is over.
    Ended,
    /// A caller left a message.
    VoiceMail,
    /// The network's answering machine has messages, or no more.
    MessageWaiting,
    /// An entry was added to a list or removed from it.
    ListChanged,
    /// A line works again.
    LineUp,
    /// A line does not work.
    LineDown,
    /// The day's or the week's summary.
    Summary,
    /// Somebody tries the notices out.
    Test,
}

impl Happening {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Ringing,
        Self::Blocked,
        Self::Ended,
        Self::VoiceMail,
        Self::MessageWaiting,
        Self::ListChanged,
        Self::LineUp,
        Self::LineDown,
        Self::Summary,
        Self::Test,
    ];

    /// The word that configuration and messages use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::Blocked => "blocked",
            Self::Ended => "ended",
            Self::VoiceMail => "voice-mail",
            Self::MessageWaiting => "message-waiting",
            Self::ListChanged => "list-changed",
            Self::LineUp => "line-up",
            Self::LineDown => "line-down",
            Self::Summary => "summary",
            Self::Test => "test",
        }
    }
}

/// One thing to tell. What is not known is empty.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Notice {
    /// What happened.
    pub event: Happening,
    /// When.
    #[serde(serialize_with = "as_rfc3339")]
    pub at: SystemTime,
    /// The line.
    pub line: String,
    /// The call's name in the log.
    pub call: String,
    /// The number as people write it; `withheld` or `unavailable` where there is none.
    pub number: String,
    /// The number in international form.
    pub e164: String,
    /// The caller's name. Strangers choose names.
    pub name: String,
    /// The area or country.
    pub area: String,
    /// The own number that was called.
    pub called: String,
    /// `ring` or `block`.
    pub decision: String,
    /// What was done.
    pub action: String,
    /// The stage that decided.
    pub stage: String,
    /// The rule, list entry or look-up that decided.
    pub rule: String,
    /// Why, in one sentence.
    pub reason: String,
    /// Each step of the decision.
    pub steps: Vec<String>,
    /// The book or list that the number was added to.
    pub added_to: String,
    /// Where more is to be read of the number.
    pub links: Vec<String>,
    /// jcblock's letter: B, W, * or -.
    pub mark: char,
    /// It waited while another call was on.
    pub waiting: bool,
    /// It was placed from here.
    pub outgoing: bool,
    /// How long the call was answered, or the message is.
    pub seconds: u64,
    /// The recording.
    pub recording: Option<PathBuf>,
    /// More to say; all there is to say of a line or a summary.
    pub text: String,
}

fn as_rfc3339<S: serde::Serializer>(at: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&DateTime::<Utc>::from(*at).to_rfc3339_opts(SecondsFormat::Millis, true))
}

impl Notice {
    /// A notice that says no more than this.
    pub fn new(event: Happening, at: SystemTime, line: &str) -> Self {
        Self {
            event,
            at,
            line: line.into(),
            call: String::new(),
            number: String::new(),
            e164: String::new(),
            name: String::new(),
            area: String::new(),
            called: String::new(),
            decision: String::new(),
            action: String::new(),
            stage: String::new(),
            rule: String::new(),
            reason: String::new(),
            steps: Vec::new(),
            added_to: String::new(),
            links: Vec::new(),
            mark: '-',
            waiting: false,
            outgoing: false,
            seconds: 0,
            recording: None,
            text: String::new(),
        }
    }

    /// What `callblock notify test` sends.
    pub fn test(at: SystemTime) -> Self {
        Self {
            number: "030 23125 555".into(),
            e164: "+493023125555".into(),
            name: "A test".into(),
            area: "Berlin".into(),
            decision: "block".into(),
            action: "hang-up".into(),
            reason: "somebody tries the notices out".into(),
            mark: 'B',
            text: "This is a test of callblock's notices. No call came in.".into(),
            ..Self::new(Happening::Test, at, "test")
        }
    }

    /// Who called: the number, and the name where there is one.
    pub fn who(&self) -> String {
        match (self.number.as_str(), self.name.as_str()) {
            ("", "") => "an unknown caller".into(),
            ("", name) => name.into(),
            (number, "") => number.into(),
            (number, name) => format!("{name} ({number})"),
        }
    }

    /// One line.
    pub fn headline(&self) -> String {
        let who = self.who();
        let line = &self.line;
        match self.event {
            Happening::Ringing => format!("{who} calls on {line}"),
            Happening::Blocked => format!("Blocked: {who}"),
            Happening::Ended if self.outgoing => format!("Call to {who} on {line} is over"),
            Happening::Ended => format!("Call of {who} on {line} is over"),
            Happening::VoiceMail => format!("Message from {who}, {} s", self.seconds),
            Happening::MessageWaiting if self.text.is_empty() => format!("Messages wait on {line}"),
            Happening::ListChanged => format!("{who}: {}", self.added_to),
            Happening::LineUp => format!("Line {line} works"),
            Happening::LineDown => format!("Line {line} does not work"),
            Happening::Summary => "Summary of the calls".into(),
            Happening::Test => "Test of callblock's notices".into(),
            Happening::MessageWaiting => self.text.clone(),
        }
    }

    /// All that is known, in lines: what was found, where, and what was done.
    pub fn full_text(&self) -> String {
        let at = DateTime::<Local>::from(self.at).format("%Y-%m-%d %H:%M:%S").to_string();
        let seconds = if self.seconds > 0 { format!("{} s", self.seconds) } else { String::new() };
        let recording = self.recording.as_ref().map(|p| p.display().to_string()).unwrap_or_default();
        let mut text = self.headline();
        text.push('\n');
        for (label, value) in [
            ("Time", at.as_str()),
            ("Line", &self.line),
            ("Number", &self.number),
            ("International", &self.e164),
            ("Name", &self.name),
            ("Area", &self.area),
            ("Called", &self.called),
            ("Done", &self.action),
            ("Because", &self.reason),
            ("Decided by", &self.rule),
            ("Added to", &self.added_to),
            ("Answered", &seconds),
            ("Recording", &recording),
        ] {
            if !value.is_empty() {
                text.push_str(&format!("{label}: {value}\n"));
            }
        }
        for (title, lines) in [("Steps", &self.steps), ("More", &self.links)] {
            if !lines.is_empty() {
                text.push_str(&format!("{title}:\n"));
                lines.iter().for_each(|line| text.push_str(&format!("- {line}\n")));
            }
        }
        if !self.text.is_empty() {
            text.push_str(&format!("\n{}\n", self.text));
        }
        text
    }

    /// The value of a field by its name in templates.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        Some(match name {
            "event" => self.event.word().into(),
            "time" => DateTime::<Local>::from(self.at).format("%Y-%m-%d %H:%M:%S").to_string(),
            "line" => self.line.clone(),
            "number" => self.number.clone(),
            "e164" => self.e164.clone(),
            "name" => self.name.clone(),
            "area" => self.area.clone(),
            "called" => self.called.clone(),
            "decision" => self.decision.clone(),
            "action" => self.action.clone(),
            "stage" => self.stage.clone(),
            "rule" => self.rule.clone(),
            "reason" => self.reason.clone(),
            "steps" => self.steps.join("\n"),
            "added-to" => self.added_to.clone(),
            "links" => self.links.join("\n"),
            "mark" => self.mark.into(),
            "seconds" => self.seconds.to_string(),
            "recording" => self.recording.as_ref().map(|p| p.display().to_string()).unwrap_or_default(),
            "text" => self.text.clone(),
            "who" => self.who(),
            "headline" => self.headline(),
            "full" => self.full_text(),
            _ => return None,
        })
    }
}
