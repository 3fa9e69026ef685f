//! What people ask of the guard from where they are told: by a button, a topic, an NCID client.

use crossbeam_channel::{Receiver, Sender, bounded};

/// What somebody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wish {
    /// Let the next call ring, whoever it is.
    PermitNext,
    /// Put the last caller on the deny list.
    BlockLast,
    /// Put the last caller on the allow list.
    AllowLast,
    /// Put this number on the deny list.
    Block(String),
    /// Put this number on the allow list.
    Allow(String),
    /// Take this number from the deny list.
    Unblock(String),
    /// Take this number from the allow list.
    Disallow(String),
    /// Say on which kind of list a caller is: `black number`, `white name`, `neither`, as NCID has it.
    Listed {
        /// The number.
        number: String,
        /// The name, or nothing.
        name: String,
    },
    /// Hang up on the call that is on.
    HangUp,
    /// Read the lists again.
    Reload,
    /// Say how things stand.
    Status,
    /// Say what calls there were: this many, the last ones.
    Log(u16),
    /// Say who called how often.
    Statistics,
}

/// How many calls are shown unless somebody says how many, and the most.
const USUAL_CALLS: u16 = 10;
const MOST_CALLS: u16 = 100;

/// A wish and whose it is.
#[derive(Debug, Clone)]
pub struct Asked {
    /// By which way and whom, for the log: `mqtt`, `telegram 4711`, `ncid 127.0.0.1:5000`.
    pub by: String,
    /// What is asked.
    pub wish: Wish,
    answer: Option<Sender<Answer>>,
}

/// What was done, or why it was not; a sentence for people.
pub type Answer = Result<String, String>;

impl Asked {
    /// A wish of somebody who gets no answer.
    pub fn new(by: impl Into<String>, wish: Wish) -> Self {
        Self { by: by.into(), wish, answer: None }
    }

    /// A wish of somebody who waits for the answer.
    pub fn waiting(by: impl Into<String>, wish: Wish) -> (Self, Receiver<Answer>) {
        let (answer, answers) = bounded(1);
        (Self { by: by.into(), wish, answer: Some(answer) }, answers)
    }

    /// Tells whoever asked.
    pub fn answer(&self, what: Answer) {
        if let Some(answer) = &self.answer {
            // One who does not wait any more needs no answer.
            let _ = answer.try_send(what);
        }
    }
}

impl Wish {
    /// The wish without the last digits of a number, for logs.
    pub fn redacted(&self) -> String {
        let (word, number) = match self {
            Self::Block(number) => ("block", number),
            Self::Allow(number) => ("allow", number),
            Self::Unblock(number) => ("unblock", number),
            Self::Disallow(number) => ("disallow", number),
            Self::Listed { number, .. } => ("listed", number),
            other => return format!("{other:?}"),
        };
        format!("{word} {}", phone_number::redact(number))
    }

    /// Reads a wish in words: `permit-next`, `block-last`, `allow-last`, `hang-up`, `reload`,
    /// `status`, `stats`, `log`, `log 20`, `block NUMBER`, `allow NUMBER`, `unblock NUMBER`, `disallow NUMBER`.
    /// Anything else is no wish, and
    /// neither is a number that no telephone has.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        let number = || {
            let number = phone_number::ShownNumber::new(rest)?;
            Some(number.as_str().to_owned())
        };
        Some(match word {
            "block" => Self::Block(number()?),
            "allow" => Self::Allow(number()?),
            "unblock" => Self::Unblock(number()?),
            "disallow" => Self::Disallow(number()?),
            "log" if rest.is_empty() => Self::Log(USUAL_CALLS),
            "log" => Self::Log(rest.parse().ok().filter(|n| (1..=MOST_CALLS).contains(n))?),
            _ if !rest.is_empty() => return None,
            "permit-next" => Self::PermitNext,
            "block-last" => Self::BlockLast,
            "allow-last" => Self::AllowLast,
            "hang-up" => Self::HangUp,
            "reload" => Self::Reload,
            "status" => Self::Status,
            "stats" => Self::Statistics,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_a_wish() {
        assert_eq!(Wish::parse(" permit-next\n"), Some(Wish::PermitNext));
        assert_eq!(Wish::parse("block 030 23125-555"), Some(Wish::Block("03023125555".into())));
        assert_eq!(Wish::Block("03023125555".into()).redacted(), "block 03023125xxx");
        assert_eq!(Wish::parse("unblock +49"), Some(Wish::Unblock("+49".into())));
        assert_eq!((Wish::parse("log"), Wish::parse("log 3")), (Some(Wish::Log(10)), Some(Wish::Log(3))));
        for wrong in [
            "log 0",
            "log 101",
            "log x",
            "status now",
            "",
            "block",
            "block x",
            "permit-next now",
            "block 0;rm",
            "PERMIT",
            "allow 1\n2x",
        ] {
            assert_eq!(Wish::parse(wrong), None, "{wrong:?}");
        }
        bolero::check!().with_iterations(2000).for_each(|bytes: &[u8]| {
            let _ = Wish::parse(&String::from_utf8_lossy(bytes));
        });
    }
}
