//! Every sentence that a judgement can give as its reason or as one of its steps; the log keeps them, and whoever shows
//! them in another language translates [`ALL`].

use std::fmt::Display;

/// Names sentences as constants of the crate, and gathers them in `ALL` for whoever translates them.
#[macro_export]
macro_rules! sentences {
    ($($name:ident = $text:literal;)*) => {
        $(pub(crate) const $name: &str = $text;)*
        /// The sentences. `{}` stands for what differs each time: a name, a number, a list, a reason.
        pub const ALL: &[&str] = &[$($name),*];
    };
}

sentences! {
    WAITING = "it waits while another call is on";
    NEVER_ANSWERED = "a call that waits is never answered or blocked";
    EMERGENCY = "help was called from this line a short time ago";
    PERMITTED = "the next call was permitted";
    NO_PERMIT = "no emergency call-back and no permit is open";
    PASSED = "the caller passed the challenge before";
    NOTHING_AGAINST = "nothing speaks against it";
    NOT_LISTED = "only callers on an allow list may ring";
    LIST_MISSING = "an allow list cannot be read, so every call rings";
    WOULD_BE_BLOCKED = "would be blocked ({}): {}";
    LOG_ONLY = "nothing is blocked in this mode";
    NOT_ASKED = "allow lists are not asked, for the caller ID cannot be trusted: {}";
    OTHER_LINES = "for other lines";
    NOT_ON_IT = "not on it";
    LISTED_IN = "listed in {}";
    LISTED_AS = "listed as \"{}\"";
    RULE_FOR = "rule \"{}\": {}";
    RULE = "rule \"{}\"";
    OTHER_CALLER = "another sort of caller";
    OTHER_LINE = "another line";
    OTHER_CALLED = "another number was called";
    OTHER_KIND = "another kind of number";
    OTHER_COUNTRY = "another country";
    LEFT_OUT = "one of the countries that are left out, or none";
    NO_DOUBT = "nothing of the sort speaks against the number";
    OTHER_NUMBER = "another number";
    OTHER_NAME = "another name";
    OTHER_TIME = "another time";
    NOT_SO_OFTEN = "not called so often";
    BAD_AS = "bad reputation ({}): {} of 9 from {} votes by {}";
    BAD = "bad reputation: {} of 9 from {} votes by {}";
    NOT_BAD = "no bad reputation";
    NO_ANSWER = "no answer";
}

/// The sentence with these in the places of its `{}`.
pub fn fill(sentence: &str, with: &[&dyn Display]) -> String {
    let mut with = with.iter();
    let mut parts = sentence.split("{}");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some(value) = with.next() {
            out += &value.to_string();
        }
        out += part;
    }
    out
}
