//! The desk at which every message arrives: who may, what is done, what is answered.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};
use gsm_modem::LegId;
use phone_number::Numbering;

use super::command::{Command, HELP, NotACommand};
use super::limits::{DialLimits, Dialled};
use super::owners::{Attempt, Owners, Rank};
use super::state::State;
use crate::{BridgeCommand, Plan};

/// Buttons and messages that answers can refer to; older ones are forgotten.
const REMEMBERED: usize = 256;
/// How long a button works.
const BUTTON_LASTS: Duration = Duration::from_secs(24 * 3600);
/// The largest contacts file that is taken.
pub(super) const MAX_FILE: usize = 5 << 20;

/// Where a message came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// Telegram.
    Telegram,
    /// A program on this machine.
    Socket,
    /// An SMS from an owner's number.
    Sms,
}

/// Who asks, and where the answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// How.
    pub channel: Channel,
    /// The asker's own id (Telegram) or 0.
    pub id: i64,
    /// Where the answer goes: a chat, a connection, a number.
    pub reply_to: String,
}

/// What a sent message is about, so that a reply to it can be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// An SMS from or a call of this number: a reply is sent to it as SMS.
    Number(String),
}

/// What a button does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ButtonAction {
    /// Forward a caller to the master phone.
    Forward(LegId),
    /// Send a caller away.
    Reject(LegId),
    /// Put a number on the deny list.
    Block(String),
    /// Ask for the text of an SMS to a number.
    WriteSms(String),
}

/// A button under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What stands on it.
    pub label: String,
    /// What comes back when it is pressed; tells nothing by itself.
    pub data: String,
}

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note {
    /// The text, as it stands; nothing in it is markup.
    pub text: String,
    /// Buttons, a row each.
    pub buttons: Vec<Button>,
    /// What a reply to it is about.
    pub about: Option<About>,
}

impl Note {
    /// A text alone.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deed {
    /// Answer who asked.
    Answer(Asker, Note),
    /// Tell all owners, except one if named.
    TellOwners {
        /// What.
        note: Note,
        /// Who knows already.
        except: Option<i64>,
    },
    /// Ask the bridge.
    Bridge(BridgeCommand),
    /// Send an SMS.
    SendSms {
        /// To whom.
        to: Box<str>,
        /// What.
        text: String,
        /// Who is told what becomes of it.
        asker: Asker,
    },
    /// Send a command to the stick as it stands.
    Raw {
        /// The command.
        command: String,
        /// Who gets the answer.
        asker: Asker,
    },
    /// Show each line to and from the stick, or no longer.
    ShowLines(bool),
    /// Put the state in its file.
    Save(State),
    /// Replace a group's contacts.
    ReplaceContacts {
        /// The group; a name that cannot leave the folder.
        group: String,
        /// The file.
        bytes: Vec<u8>,
        /// Who gets the answer.
        asker: Asker,
    },
    /// Change a list.
    List {
        /// The number.
        number: String,
        /// Deny or allow.
        deny: bool,
        /// Who gets the answer.
        asker: Asker,
    },
    /// Write into the audit.
    Audit {
        /// Who.
        by: String,
        /// What, without secrets.
        what: String,
        /// Whether it was allowed.
        allowed: bool,
    },
}

/// What the desk has to know to answer; asked when it is needed.
pub trait Facts {
    /// How numbers are written here.
    fn numbering(&self) -> &Numbering;
    /// How many contacts there are.
    fn contacts_count(&self) -> usize;
    /// Contacts by part of a name: name, group, numbers.
    fn search(&self, part: &str) -> Vec<(String, String, Vec<String>)>;
    /// A number with its contact's name, for people.
    fn named(&self, number: &str) -> String;
    /// The telephone that takes a number's calls now.
    fn telephone_for(&self, number: &str, master: Option<&str>) -> Option<String>;
    /// The last calls, a line each.
    fn log(&self, calls: usize) -> String;
    /// Statistics, for people.
    fn statistics(&self) -> String;
    /// How stick and network stand, for people.
    fn status(&self) -> String;
}

/// What may be switched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteSettings {
    /// `/command` works for owners.
    pub raw_commands: bool,
    /// How often and whom.
    pub limits: DialLimits,
    /// The telephone that takes calls where none was set by command.
    pub default_master: Option<String>,
    /// Tell who tried it that a password was wrong.
    pub tell_wrong_password: bool,
}

/// The desk.
#[derive(Debug)]
pub struct Desk {
    settings: RemoteSettings,
    owners: Owners,
    state: State,
    dialled: Dialled,
    buttons: VecDeque<(String, DateTime<Utc>, ButtonAction)>,
    sent: BTreeMap<(String, i64), About>,
    random: fastrand::Rng,
}

impl Desk {
    /// A desk. `seed` keeps the buttons of two runs apart; what protects a button is who may press it.
    pub fn new(settings: RemoteSettings, owners: Owners, state: State, seed: u64) -> Self {
        Self {
            settings,
            owners,
            state,
            dialled: Dialled::default(),
            buttons: VecDeque::new(),
            sent: BTreeMap::new(),
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// The telephone that takes calls.
    pub fn master_phone(&self) -> Option<&str> {
        self.state.master_phone.as_deref().or(self.settings.default_master.as_deref())
    }

    /// What survives a restart.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Everybody who is told the news now.
    pub fn owners(&self, now: DateTime<Utc>) -> Vec<i64> {
        self.owners.all(now)
    }

    /// A button that does this.
    pub fn button(&mut self, now: DateTime<Utc>, label: &str, action: ButtonAction) -> Button {
        let data = format!("{:016x}{:016x}", self.random.u64(..), self.random.u64(..));
        if self.buttons.len() >= REMEMBERED {
            self.buttons.pop_front();
        }
        self.buttons.push_back((data.clone(), now, action));
        Button { label: label.into(), data }
    }

    /// A note was sent as this message; a reply to it will be understood.
    pub fn sent(&mut self, chat: &str, message: i64, about: About) {
        while self.sent.len() >= REMEMBERED {
            self.sent.pop_first();
        }
        self.sent.insert((chat.to_owned(), message), about);
    }

    /// Somebody wrote something.
    pub fn message(
        &mut self,
        now: DateTime<Utc>,
        facts: &dyn Facts,
        asker: &Asker,
        text: &str,
        reply_to: Option<i64>,
    ) -> Vec<Deed> {
        let rank = self.rank(now, asker);
        if let Some(About::Number(number)) =
            reply_to.and_then(|id| self.sent.get(&(asker.reply_to.clone(), id))).cloned()
            && !text.trim_start().starts_with('/')
            && rank > Rank::Stranger
        {
            return self.run(now, facts, asker, Command::Sms { to: number, text: text.to_owned() });
        }
        match Command::read(text) {
            Ok(command) => {
                let allowed = command.is_public()
                    || rank == Rank::Owner
                    || rank == Rank::Temporary && !command.is_for_owners_only();
                let mut deeds = vec![audit(asker, command.word(), allowed)];
                if allowed {
                    deeds.extend(self.run(now, facts, asker, command));
                } else if rank == Rank::Temporary {
                    deeds.push(answer(asker, "Only an owner of the configuration may do that."));
                } else {
                    deeds.push(answer(asker, "You are no owner of this telephone. /getid tells your id."));
                }
                deeds
            }
            // Strangers learn nothing but that there is a bot.
            Err(_) if rank == Rank::Stranger => Vec::new(),
            Err(NotACommand::NoSlash) => Vec::new(),
            Err(why) => vec![answer(asker, capital(&why.to_string()))],
        }
    }

    /// Somebody pressed a button.
    pub fn pressed(&mut self, now: DateTime<Utc>, facts: &dyn Facts, asker: &Asker, data: &str) -> Vec<Deed> {
        if self.rank(now, asker) == Rank::Stranger {
            return vec![audit(asker, "button", false)];
        }
        let lasts = chrono::TimeDelta::from_std(BUTTON_LASTS).unwrap_or(chrono::TimeDelta::days(1));
        let Some((_, _, action)) =
            self.buttons.iter().find(|(d, made, _)| d == data && now - *made < lasts).cloned()
        else {
            return vec![answer(asker, "This button is too old.")];
        };
        match action {
            ButtonAction::Forward(leg) => {
                let Some(master) = self.master_phone().map(Into::into) else {
                    return vec![answer(asker, "No master phone is set: /setmasterphone NUMBER")];
                };
                let plan = Plan::Forward { to: vec![master], why: "by button".into() };
                vec![audit(asker, "forward", true), Deed::Bridge(BridgeCommand::Decide { leg, plan })]
            }
            ButtonAction::Reject(leg) => {
                let plan = Plan::Reject { why: "by button".into(), after: Duration::ZERO, no_sms: false };
                vec![audit(asker, "reject", true), Deed::Bridge(BridgeCommand::Decide { leg, plan })]
            }
            ButtonAction::Block(number) => {
                let mut deeds = vec![audit(asker, "/block", true)];
                deeds.extend(self.run(now, facts, asker, Command::Block(number)));
                deeds
            }
            ButtonAction::WriteSms(number) => {
                let text =
                    format!("Reply to this message with the text of the SMS to {}.", facts.named(&number));
                let note = Note { text, about: Some(About::Number(number)), ..Note::default() };
                vec![Deed::Answer(asker.clone(), note)]
            }
        }
    }

    /// Somebody sent a file. Its name is the sender's choice and never becomes a path.
    pub fn file(&mut self, now: DateTime<Utc>, asker: &Asker, name: &str, bytes: Vec<u8>) -> Vec<Deed> {
        match self.may_send_file(now, asker, name, bytes.len() as u64) {
            Err(deeds) => deeds,
            Ok(group) => vec![
                audit(asker, "contacts file", true),
                Deed::ReplaceContacts { group, bytes, asker: asker.clone() },
            ],
        }
    }

    /// Whether a file is taken, before it is fetched; gives the group that it is for.
    ///
    /// # Errors
    ///
    /// What is answered instead.
    pub fn may_send_file(
        &self,
        now: DateTime<Utc>,
        asker: &Asker,
        name: &str,
        size: u64,
    ) -> Result<String, Vec<Deed>> {
        if self.rank(now, asker) == Rank::Stranger {
            return Err(vec![audit(asker, "contacts file", false)]);
        }
        let is_vcf = name.len() > 4 && name.to_ascii_lowercase().ends_with(".vcf");
        if !is_vcf {
            return Err(vec![answer(
                asker,
                "File format is incorrect: send a .vcf file, named like the group.",
            )]);
        }
        if size > MAX_FILE as u64 {
            return Err(vec![answer(
                asker,
                format!("The file is too large: {} MB at most.", MAX_FILE >> 20),
            )]);
        }
        address_book::group_name(name).ok_or_else(|| {
            vec![answer(
                asker,
                "The file's name cannot be a group's: use letters, digits, spaces, - and _ only.",
            )]
        })
    }

    fn rank(&self, now: DateTime<Utc>, asker: &Asker) -> Rank {
        match asker.channel {
            Channel::Telegram => self.owners.rank(now, asker.id),
            // Who reaches the socket, or writes from a number of the configuration, was let in before.
            Channel::Socket | Channel::Sms => Rank::Owner,
        }
    }

    fn run(&mut self, now: DateTime<Utc>, facts: &dyn Facts, asker: &Asker, command: Command) -> Vec<Deed> {
        let say = |text: String| vec![answer(asker, text)];
        match command {
            Command::Help => say(HELP.into()),
            Command::GetId => say(format!("Your chat id is {}", asker.id)),
            Command::AddTemporaryOwner(password) => self.add_temporary(now, asker, &password),
            Command::RemoveTemporaryOwner(id) => {
                let id = id.unwrap_or(asker.id);
                if !self.owners.remove(now, id) {
                    return say(format!("{id} is no temporary owner."));
                }
                let mut deeds = say(format!("{id} is no longer an owner."));
                deeds.push(self.save_owners(now));
                deeds
            }
            Command::GetOwners => {
                let temporary = self.owners.temporary(now);
                let lines: Vec<String> = self
                    .owners
                    .all(now)
                    .iter()
                    .map(|id| match temporary.iter().find(|t| t.id == *id) {
                        Some(t) => format!("{id} (until {})", t.until.format("%Y-%m-%d %H:%M UTC")),
                        None => id.to_string(),
                    })
                    .collect();
                say(format!("Owners:\n{}", lines.join("\n")))
            }
            Command::GetContactsCount => {
                say(format!("{} phone contacts are currently registered", facts.contacts_count()))
            }
            Command::Verbose(on) => {
                self.state.verbose = on;
                let mut deeds = say(format!("Verbose mode is {}", if on { "enabled" } else { "disabled" }));
                deeds.extend([Deed::ShowLines(on), Deed::Save(self.state.clone())]);
                deeds
            }
            Command::Raw(_) if !self.settings.raw_commands => {
                say("/command is switched off; it could dial any number (raw-commands in the configuration)."
                    .into())
            }
            Command::Raw(command) => vec![Deed::Raw { command, asker: asker.clone() }],
            Command::Call { to, from } => self.call(now, facts, asker, &to, from.as_deref()),
            Command::Close => {
                vec![Deed::Bridge(BridgeCommand::Close), answer(asker, "Existent calls interrupted")]
            }
            Command::Sms { to, text } => self.sms(now, facts, asker, &to, text),
            Command::SetMasterPhone(number) => {
                let checked = Dialled::default().call(now, &self.settings.limits, facts.numbering(), &number);
                let number = match checked {
                    Ok(number) => number,
                    Err(why) => return say(capital(&why.to_string())),
                };
                self.state.master_phone = Some(number.to_string());
                let mut deeds = say(format!("Master phone is {}", facts.named(&number)));
                deeds.push(Deed::Save(self.state.clone()));
                deeds
            }
            Command::GetMasterPhone => say(match self.master_phone() {
                Some(number) => format!("Master phone is {}", facts.named(number)),
                None => "No master phone is set: /setmasterphone NUMBER".into(),
            }),
            Command::GetMasterPhoneFromNumber(number) => {
                say(match facts.telephone_for(&number, self.master_phone()) {
                    Some(to) => format!("Calls of {} go to {}", facts.named(&number), facts.named(&to)),
                    None => "No master phone is set: /setmasterphone NUMBER".into(),
                })
            }
            Command::Search(part) => {
                let found = facts.search(&part);
                if found.is_empty() {
                    return say(format!("No contacts found with \"{part}\" in their name"));
                }
                let shown = found
                    .iter()
                    .take(30)
                    .map(|(name, group, numbers)| format!("{name} (group: {group})\n{}", numbers.join("\n")));
                let mut text = shown.collect::<Vec<_>>().join("\n\n");
                if found.len() > 30 {
                    text.push_str(&format!("\n\nand {} more", found.len() - 30));
                }
                say(text)
            }
            Command::Log(calls) => say(facts.log(calls.clamp(1, 100))),
            Command::Stats => say(facts.statistics()),
            Command::Block(number) => vec![Deed::List { number, deny: true, asker: asker.clone() }],
            Command::Allow(number) => vec![Deed::List { number, deny: false, asker: asker.clone() }],
            Command::Status => say(facts.status()),
        }
    }

    fn add_temporary(&mut self, now: DateTime<Utc>, asker: &Asker, password: &str) -> Vec<Deed> {
        if asker.channel != Channel::Telegram || asker.id == 0 {
            return vec![answer(asker, "Temporary owners are people on Telegram.")];
        }
        let tell = |text: String| Deed::TellOwners { note: Note::text(text), except: Some(asker.id) };
        match self.owners.try_password(now, asker.id, password) {
            Attempt::SwitchedOff => vec![answer(asker, "The temporary owner functionality is not enabled")],
            Attempt::TooMany => vec![answer(asker, "Too many passwords were tried; wait an hour.")],
            Attempt::Wrong => {
                let mut deeds =
                    vec![tell(format!("{} tried a wrong password for temporary owners", asker.id))];
                if self.settings.tell_wrong_password {
                    deeds.push(answer(asker, "The temporary owner password is wrong"));
                }
                deeds
            }
            Attempt::Accepted(until) => {
                let until = until.format("%Y-%m-%d %H:%M UTC");
                vec![
                    answer(asker, format!("You are an owner until {until}. /removetemporaryowner ends it.")),
                    tell(format!("{} is a temporary owner until {until}", asker.id)),
                    self.save_owners(now),
                ]
            }
        }
    }

    fn save_owners(&mut self, now: DateTime<Utc>) -> Deed {
        self.state.temporary_owners = self.owners.temporary(now);
        Deed::Save(self.state.clone())
    }

    fn call(
        &mut self,
        now: DateTime<Utc>,
        facts: &dyn Facts,
        asker: &Asker,
        to: &str,
        from: Option<&str>,
    ) -> Vec<Deed> {
        let default = self.master_phone().map(str::to_owned);
        let Some(owner) = from.map(str::to_owned).or_else(|| default.clone()) else {
            return vec![answer(
                asker,
                "No master phone is set: /setmasterphone NUMBER, or /call NUMBER FROM",
            )];
        };
        let limits = &self.settings.limits;
        let numbers = self.dialled.call(now, limits, facts.numbering(), to).and_then(|to| {
            // The own telephone is not counted, but it is held to the same rules where it is not the set one.
            let from = Dialled::default().call(now, limits, facts.numbering(), &owner)?;
            Ok((to, from))
        });
        match numbers {
            Err(why) => vec![answer(asker, capital(&why.to_string()))],
            Ok((to, from)) if to == from => {
                vec![answer(asker, "That would connect a telephone with itself.")]
            }
            Ok((to, from)) => {
                let text = format!(
                    "Preparing a call with {}\nCalling master phone ({})",
                    facts.named(&to),
                    facts.named(&from)
                );
                vec![answer(asker, text), Deed::Bridge(BridgeCommand::Call { to, from })]
            }
        }
    }

    fn sms(
        &mut self,
        now: DateTime<Utc>,
        facts: &dyn Facts,
        asker: &Asker,
        to: &str,
        text: String,
    ) -> Vec<Deed> {
        if text.trim().is_empty() {
            return vec![answer(asker, "An SMS needs a text: /sms NUMBER TEXT")];
        }
        // 67 characters fit a part in the worst case.
        let parts = text.chars().count().div_ceil(67);
        if parts > 10 {
            return vec![answer(asker, "The text is too long for an SMS (10 parts at most).")];
        }
        match self.dialled.sms(now, &self.settings.limits, facts.numbering(), to, parts) {
            Err(why) => vec![answer(asker, capital(&why.to_string()))],
            Ok(to) => vec![Deed::SendSms { to, text, asker: asker.clone() }],
        }
    }
}

fn answer(asker: &Asker, text: impl Into<String>) -> Deed {
    Deed::Answer(asker.clone(), Note::text(text))
}

fn audit(asker: &Asker, what: &str, allowed: bool) -> Deed {
    let by = match asker.channel {
        Channel::Telegram => format!("telegram:{}", asker.id),
        Channel::Socket => "socket".into(),
        Channel::Sms => format!("sms:{}", phone_number::redact(&asker.reply_to)),
    };
    Deed::Audit { by, what: what.into(), allowed }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
