//! The commands, in the words that the virtual phone has always had.

/// A command that somebody typed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// What can be asked.
    Help,
    /// What Telegram sends when somebody opens the bot.
    Start,
    /// The asker's own id.
    GetId,
    /// Become an owner for a time.
    AddTemporaryOwner(String),
    /// Stop being one, or end another's time.
    RemoveTemporaryOwner(Option<i64>),
    /// Who the owners are.
    GetOwners,
    /// How many contacts there are.
    GetContactsCount,
    /// Show each line to and from the stick, or no longer.
    Verbose(bool),
    /// A command for the stick as it stands.
    Raw(String),
    /// Connect a telephone with somebody.
    Call {
        /// With whom.
        to: String,
        /// Which telephone; the master phone where none is named.
        from: Option<String>,
    },
    /// End all calls.
    Close,
    /// Send an SMS.
    Sms {
        /// To whom.
        to: String,
        /// What.
        text: String,
    },
    /// Which telephone takes calls from now on.
    SetMasterPhone(String),
    /// Which telephone takes calls.
    GetMasterPhone,
    /// Which telephone takes the calls of a number now.
    GetMasterPhoneFromNumber(String),
    /// Contacts by part of a name.
    Search(String),
    /// The last calls.
    Log(usize),
    /// Statistics.
    Stats,
    /// Put a number on the deny list.
    Block(String),
    /// Put a number on the allow list.
    Allow(String),
    /// How the line stands.
    Status,
}

/// Why a text is no command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotACommand {
    /// It does not begin with a slash.
    #[error("commands begin with a slash; /help lists them")]
    NoSlash,
    /// There is no such command.
    #[error("there is no command \"{0}\"; /help lists them all")]
    Unknown(String),
    /// Something is missing behind it.
    #[error("write it like this: {0}")]
    Incomplete(&'static str),
}

/// The text of `/help`.
pub(super) const HELP: &str = "\
/help - this list
/getid - your id
/addtemporaryowner PASSWORD - become an owner for a time
/removetemporaryowner [ID] - end that
/getowners - the owners' ids
/getcontactscount - how many contacts there are
/search NAME - contacts by part of a name
/call NUMBER [FROM] - connect your telephone (or FROM) with NUMBER
/close - end all calls
/sms NUMBER TEXT - send an SMS
/setmasterphone NUMBER - the telephone that takes calls
/getmasterphone - which that is
/getmasterphonefromnumber NUMBER - who takes this number's calls now
/block NUMBER, /allow NUMBER - put a number on a list
/log [N] - the last calls
/stats - how many calls, and which
/status - stick, network, calls
/verbose_on, /verbose_off - show each line to and from the stick
/command AT... - send a command to the stick, where switched on
Send a .vcf file to replace the contacts group of that name.
Reply to the notice of an SMS to answer it.";

/// Whether a number was written with spaces, `030 23125001`: its first part is nobody's number, or a stranger's.
fn is_torn(first: &str, behind: &str) -> bool {
    let digits = first.chars().filter(char::is_ascii_digit).count();
    first.starts_with(['+', '0', '('])
        && digits < 9
        && behind.starts_with(|c: char| c.is_ascii_digit() || c == '(')
}

impl Command {
    /// Reads a command. Case does not matter; `/call@name_of_bot` is `/call`.
    ///
    /// # Errors
    ///
    /// Why it is none, with how it is written.
    pub fn read(text: &str) -> Result<Self, NotACommand> {
        let text = text.trim();
        if !text.starts_with('/') {
            return Err(NotACommand::NoSlash);
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        let word = word.split('@').next().unwrap_or_default().to_lowercase();
        let all =
            |usage| if rest.is_empty() { Err(NotACommand::Incomplete(usage)) } else { Ok(rest.to_owned()) };
        Ok(match word.as_str() {
            "/help" => Self::Help,
            "/start" => Self::Start,
            "/getid" => Self::GetId,
            "/addtemporaryowner" => Self::AddTemporaryOwner(all("/addtemporaryowner PASSWORD")?),
            "/removetemporaryowner" => Self::RemoveTemporaryOwner(match rest {
                "" => None,
                id => Some(id.parse().map_err(|_| NotACommand::Incomplete("/removetemporaryowner [ID]"))?),
            }),
            "/getowners" => Self::GetOwners,
            "/getcontactscount" => Self::GetContactsCount,
            "/verbose_on" => Self::Verbose(true),
            "/verbose_off" => Self::Verbose(false),
            "/command" => Self::Raw(all("/command AT+CSQ")?),
            "/call" => {
                let mut words = rest.split_whitespace();
                let to = words.next().ok_or(NotACommand::Incomplete("/call NUMBER [FROM]"))?;
                let from = words.next().map(str::to_owned);
                if words.next().is_some() || from.as_deref().is_some_and(|from| is_torn(to, from)) {
                    return Err(NotACommand::Incomplete("/call NUMBER [FROM], numbers without spaces"));
                }
                Self::Call { to: to.to_owned(), from }
            }
            "/close" => Self::Close,
            "/sms" => {
                let (to, text) = rest
                    .split_once(char::is_whitespace)
                    .ok_or(NotACommand::Incomplete("/sms NUMBER TEXT"))?;
                if is_torn(to, text.trim_start()) {
                    return Err(NotACommand::Incomplete("/sms NUMBER TEXT, the number without spaces"));
                }
                Self::Sms { to: to.to_owned(), text: text.trim_start().to_owned() }
            }
            "/setmasterphone" => Self::SetMasterPhone(all("/setmasterphone NUMBER")?),
            "/getmasterphone" => Self::GetMasterPhone,
            "/getmasterphonefromnumber" => {
                Self::GetMasterPhoneFromNumber(all("/getmasterphonefromnumber NUMBER")?)
            }
            "/search" => Self::Search(all("/search NAME")?),
            "/log" => Self::Log(match rest {
                "" => 10,
                n => n.parse().map_err(|_| NotACommand::Incomplete("/log [N]"))?,
            }),
            "/stats" => Self::Stats,
            "/block" => Self::Block(all("/block NUMBER")?),
            "/allow" => Self::Allow(all("/allow NUMBER")?),
            "/status" => Self::Status,
            _ => {
                let shown: String = word.chars().filter(|c| !c.is_control()).take(40).collect();
                return Err(NotACommand::Unknown(shown));
            }
        })
    }

    /// Strangers may ask this.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::Help | Self::Start | Self::GetId | Self::AddTemporaryOwner(_))
    }

    /// Only an owner of the configuration may ask this.
    pub fn is_for_owners_only(&self) -> bool {
        matches!(self, Self::Raw(_) | Self::SetMasterPhone(_) | Self::RemoveTemporaryOwner(Some(_)))
    }

    /// The command's word for the audit; no argument, for that may be a password.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Help => "/help",
            Self::Start => "/start",
            Self::GetId => "/getid",
            Self::AddTemporaryOwner(_) => "/addtemporaryowner",
            Self::RemoveTemporaryOwner(_) => "/removetemporaryowner",
            Self::GetOwners => "/getowners",
            Self::GetContactsCount => "/getcontactscount",
            Self::Verbose(true) => "/verbose_on",
            Self::Verbose(false) => "/verbose_off",
            Self::Raw(_) => "/command",
            Self::Call { .. } => "/call",
            Self::Close => "/close",
            Self::Sms { .. } => "/sms",
            Self::SetMasterPhone(_) => "/setmasterphone",
            Self::GetMasterPhone => "/getmasterphone",
            Self::GetMasterPhoneFromNumber(_) => "/getmasterphonefromnumber",
            Self::Search(_) => "/search",
            Self::Log(_) => "/log",
            Self::Stats => "/stats",
            Self::Block(_) => "/block",
            Self::Allow(_) => "/allow",
            Self::Status => "/status",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_written_with_spaces_goes_to_nobody_else() {
        for torn in [
            "/sms 030 23125001 hello",
            "/sms +49 30 23125001 hello",
            "/sms +4930 23125001 hello",
            "/sms (030) 23125001 hello",
            "/call 030 23125001",
            "/call +4930 23125001 015228817386",
        ] {
            let refused = Command::read(torn).map_err(|e| e.to_string());
            assert!(matches!(&refused, Err(why) if why.contains("without spaces")), "{torn}: {refused:?}");
        }
        for (whole, to) in [
            ("/sms 03023125001 42 is the answer", "03023125001"),
            ("/sms +493023125001 8 pm?", "+493023125001"),
            ("/sms 80808 123456", "80808"),
            ("/sms 110 help", "110"),
        ] {
            assert!(
                matches!(Command::read(whole), Ok(Command::Sms { to: number, .. }) if number == to),
                "{whole}"
            );
        }
        assert!(Command::read("/call 03023125001 015228817386").is_ok());
    }
}
