//! What people ask of the guard from where they are told: by a button, a topic, an NCID client.

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
    /// Hang up on the call that is on.
    HangUp,
    /// Read the lists again.
    Reload,
}

/// A wish and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// By which way and whom, for the log: `mqtt`, `telegram 4711`, `ncid 127.0.0.1:5000`.
    pub by: String,
    /// What is asked.
    pub wish: Wish,
}

impl Wish {
    /// Reads a wish in words: `permit-next`, `block-last`, `allow-last`, `hang-up`, `reload`,
    /// `block NUMBER`, `allow NUMBER`, `unblock NUMBER`, `disallow NUMBER`. Anything else is no wish, and
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
            _ if !rest.is_empty() => return None,
            "permit-next" => Self::PermitNext,
            "block-last" => Self::BlockLast,
            "allow-last" => Self::AllowLast,
            "hang-up" => Self::HangUp,
            "reload" => Self::Reload,
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
        assert_eq!(Wish::parse("unblock +49"), Some(Wish::Unblock("+49".into())));
        for wrong in ["", "block", "block x", "permit-next now", "block 0;rm", "PERMIT", "allow 1\n2x"] {
            assert_eq!(Wish::parse(wrong), None, "{wrong:?}");
        }
        bolero::check!().with_iterations(2000).for_each(|bytes: &[u8]| {
            let _ = Wish::parse(&String::from_utf8_lossy(bytes));
        });
    }
}
