//! What the guard tells whoever listens: the web page, MQTT, NCID, a terminal.

use serde::{Deserialize, Serialize};

use crate::{CallId, IncomingCall, LineId, Verdict};

/// One piece of news, with its place in the order of all news.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuardNotice {
    /// Counts from 1; a gap means that some were dropped because the listener was slow.
    pub seq: u64,
    /// When, in milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// The line; empty for news of the guard itself.
    pub line: String,
    /// What happened.
    #[serde(flatten)]
    pub news: GuardNews,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GuardNews {
    /// A line's device is there and guards.
    LineUp {
        /// The device in its own words.
        device: String,
    },
    /// A line's device is gone.
    LineDown {
        /// Why, with the remedy where there is one.
        reason: String,
        /// When it is tried again, in seconds.
        retry_in_s: f64,
    },
    /// It rang.
    Ring {
        /// The call.
        call: u64,
        /// How often it has rung.
        count: u32,
    },
    /// Somebody calls, and this is known of the caller.
    Call(CallNews),
    /// It is decided what is done with the call.
    Decided(CallNews),
    /// The call is answered by the guard.
    Answered {
        /// The call.
        call: u64,
    },
    /// The call was answered on a telephone.
    PickedUp {
        /// The call.
        call: u64,
    },
    /// The caller pressed a digit.
    Digit {
        /// The call.
        call: u64,
        /// The digit.
        digit: char,
    },
    /// A sound began to play; the words that the demo and the web page show.
    Playing {
        /// The call.
        call: u64,
        /// Which sound.
        what: String,
    },
    /// The call is over, the line is on-hook, and the call is in the log.
    Ended(CallNews),
    /// A message or a recording is complete.
    Recorded {
        /// The call.
        call: u64,
        /// Name of the file in the recordings folder.
        file: String,
        /// Its length in seconds.
        seconds: f64,
        /// True for a voice-mail message, false for another recording.
        message: bool,
    },
    /// The lamp: messages are waiting, at the network or in our voice mail, or no more.
    MessageWaiting {
        /// `true` if the lamp is on.
        waiting: bool,
    },
    /// A list was changed, by star key, web page, challenge or command.
    ListChanged {
        /// `allow` or `deny`.
        list: String,
        /// The number or name entered or removed.
        entry: String,
        /// `true` if it was added, `false` if it was removed.
        added: bool,
        /// Who did it: `star key`, `web`, `challenge` ...
        by: String,
    },
    /// The configuration was read again.
    Reloaded {
        /// Why the old one stays, if it does.
        error: Option<String>,
    },
    /// What came of asking the line's device whether all is well.
    CheckedUp {
        /// For people, a line each.
        findings: Vec<String>,
    },
    /// Something that the owner should know and may have to mend.
    Trouble {
        /// One sentence, with the remedy.
        text: String,
    },
}

/// A call as listeners see it: texts and numbers only, safe to print.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CallNews {
    /// The call.
    pub call: u64,
    /// The number as the line showed it, or `withheld`, `unavailable`, `no caller ID`.
    pub caller: String,
    /// The number in E.164, where the numbering plan is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub e164: Option<String>,
    /// The name that the network sent or a book knows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The area or country.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub area: Option<String>,
    /// The own number called.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub called: Option<String>,
    /// True if it waits while another call is on.
    #[serde(default)]
    pub waiting: bool,
    /// Why the caller ID is not to be trusted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suspect: Option<String>,
    /// `ring` or `block`; empty as long as nothing is decided.
    #[serde(default)]
    pub decision: String,
    /// The word of the action.
    #[serde(default)]
    pub action: String,
    /// The stage that decided.
    #[serde(default)]
    pub stage: String,
    /// The rule, list entry or look-up that decided.
    #[serde(default)]
    pub rule: String,
    /// One sentence for people.
    #[serde(default)]
    pub reason: String,
    /// The steps that led to the decision, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub steps: Vec<String>,
    /// It was placed from here, not received.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub outgoing: bool,
    /// How it ended: `hung up`, `not answered` ... ; empty as long as it goes on.
    #[serde(default)]
    pub outcome: String,
    /// How often it rang.
    #[serde(default)]
    pub rings: u32,
    /// The digits pressed.
    #[serde(default)]
    pub digits: String,
    /// How long it was answered, in seconds.
    #[serde(default)]
    pub answered_s: f64,
    /// Name of the recording in the recordings folder.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recording: Option<String>,
}

impl CallNews {
    /// What is known of a call that just came in.
    ///
    /// ```
    /// use call_event::{CallId, CallNews, IncomingCall, LineId};
    /// let call = IncomingCall::new(CallId(7), LineId::new("home"), std::time::SystemTime::UNIX_EPOCH);
    /// assert_eq!(CallNews::of(&call).caller, "no caller ID");
    /// ```
    pub fn of(call: &IncomingCall) -> Self {
        Self {
            call: call.id.0,
            caller: call.caller.as_ref().map_or_else(|| "no caller ID".to_owned(), ToString::to_string),
            name: call.name.as_ref().map(|n| n.as_str().to_owned()),
            called: call.called.as_deref().map(str::to_owned),
            waiting: call.waiting,
            suspect: call.suspect.map(|s| s.to_string()),
            ..Self::default()
        }
    }

    /// Adds what was decided.
    pub fn decide(&mut self, verdict: &Verdict) {
        self.decision = match verdict.decision() {
            crate::Decision::Ring => "ring".into(),
            crate::Decision::Block => "block".into(),
        };
        self.action = verdict.action.word().into();
        self.stage = verdict.reason.stage.word().into();
        self.rule = verdict.reason.rule.to_string();
        self.reason = verdict.reason.text.to_string();
    }
}

/// What a running guard can be asked to do, by `callblock status`, the web page, MQTT and others.
///
/// As JSON: `{"do":"permit-next","minutes":30}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum GuardCommand {
    /// Tell how things stand.
    Status,
    /// Let the next caller ring, whoever it is.
    PermitNext {
        /// For how long the permission holds.
        minutes: u32,
    },
    /// Enter the last caller in the deny list.
    BlockLast,
    /// Enter the last caller in the allow list.
    AllowLast,
    /// Enter a number in the deny list.
    Block {
        /// The number.
        number: String,
        /// What to call it.
        #[serde(default)]
        name: String,
    },
    /// Enter a number in the allow list.
    Allow {
        /// The number.
        number: String,
        /// What to call it.
        #[serde(default)]
        name: String,
    },
    /// Take a number off the guard's own allow and deny lists, or off one of them.
    Forget {
        /// The number.
        number: String,
        /// Off which; without it, off both.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list: Option<Listed>,
    },
    /// Tell on which kind of list a caller is, whichever list it is.
    Listed {
        /// The number.
        number: String,
        /// The name, if one was shown.
        #[serde(default)]
        name: String,
    },
    /// End a call: hang up, or do not let it ring any longer.
    HangUp {
        /// The line; without it, every line with a call.
        #[serde(default)]
        line: Option<String>,
    },
    /// Let the call that rings now ring, whatever was to be done with it.
    LetRing {
        /// The line; without it, every line with a call.
        #[serde(default)]
        line: Option<String>,
    },
    /// Ask the device of a line whether all is well with it; the answer comes as [`GuardNews::CheckedUp`].
    CheckUp {
        /// The line.
        line: String,
    },
    /// Send all news from now on, a line each; the connection serves for nothing else afterwards.
    Watch,
    /// Read configuration and lists again.
    Reload,
    /// End every call on-hook and stop.
    Stop,
}

/// A kind of list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Listed {
    /// Who is on it rings.
    Allow,
    /// Who is on it does not.
    Deny,
}

impl Listed {
    /// The word that log and news use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// The guard's answer to a [`GuardCommand`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "one at a time, made now and then, and never kept")]
pub enum GuardReply {
    /// Done; a sentence for people.
    Done {
        /// What was done.
        text: String,
    },
    /// How things stand.
    Status(GuardStatus),
    /// On which kind of list somebody is.
    Listed {
        /// The first that decides; nothing if no list knows them.
        list: Option<Listed>,
        /// Whether the list knows the name and not the number.
        by_name: bool,
    },
    /// Not done.
    Refused {
        /// Why, with the remedy.
        reason: String,
    },
}

/// How things stand with a running guard.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct GuardStatus {
    /// The program's version.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// Since when it runs, in milliseconds since 1970, UTC.
    pub since_ms: i64,
    /// The folder with log, lists, sounds and recordings.
    pub dir: String,
    /// Its lines.
    pub lines: Vec<LineStatus>,
    /// The last calls, the latest first.
    pub last_calls: Vec<CallNews>,
    /// Counted since the start.
    pub counts: GuardCounts,
    /// Until when the next caller is let through, in milliseconds since 1970.
    #[serde(default)]
    pub permit_next_until_ms: Option<i64>,
    /// Whether messages are waiting.
    #[serde(default)]
    pub message_waiting: bool,
    /// The last trouble, if any.
    #[serde(default)]
    pub trouble: Option<String>,
    /// Why calls cannot be written to the log now; they are kept and written later.
    #[serde(default)]
    pub log_trouble: Option<String>,
    /// How the log server fares, where several sites share one.
    #[serde(default)]
    pub log_server: Option<LogServerStatus>,
}

/// How things stand with the log server that several sites share.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogServerStatus {
    /// This site's name.
    pub site: String,
    /// Why it cannot be reached, while that is so.
    #[serde(default)]
    pub failing: Option<String>,
    /// Entries delivered since the start.
    pub delivered: u64,
    /// Entries that wait here to be delivered.
    pub waiting: u64,
}

/// How things stand with one line.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct LineStatus {
    /// Its name.
    pub line: String,
    /// `up`, `down` or `starting`.
    pub health: String,
    /// The device in its own words, or why it is down.
    pub device: String,
    /// The call on it, if any.
    #[serde(default)]
    pub call: Option<CallNews>,
    /// How often its device was lost.
    pub losses: u64,
}

/// Counted since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GuardCounts {
    /// Calls that came in.
    pub calls: u64,
    /// Calls that were dealt with by the guard.
    pub blocked: u64,
    /// Calls that rang.
    pub rang: u64,
    /// Messages recorded.
    pub messages: u64,
    /// Events that lines dropped because the guard was slow.
    pub events_dropped: u64,
    /// Notices that slow listeners missed.
    pub notices_dropped: u64,
    /// Records that could not be written to the log.
    pub log_failures: u64,
}

impl From<CallId> for u64 {
    fn from(id: CallId) -> Self {
        id.0
    }
}

impl From<&LineId> for String {
    fn from(id: &LineId) -> Self {
        id.as_str().to_owned()
    }
}
