//! The desk at which every message arrives: who may, what is done, what is answered.

mod commands;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};
use gsm_modem::LegId;
use phone_number::{Numbering, ShownNumber};

use crate::remote::command::{Command, NotACommand};
use crate::remote::limits::{DialLimits, Dialled};
use crate::remote::owners::{Owners, Rank};
use crate::remote::state::State;
use crate::{BridgeCommand, Plan};

/// Buttons and messages that answers can refer to; older ones are forgotten.
const REMEMBERED: usize = 256;
/// How long a button works.
const BUTTON_LASTS: Duration = Duration::from_secs(24 * 3600);
/// Numbers of a shared contact that get buttons.
const MAX_SHARED: usize = 4;
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
    /// Connect the master phone with a number.
    Call(String),
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
            ButtonAction::Call(to) => {
                let mut deeds = vec![audit(asker, "/call", true)];
                deeds.extend(self.run(now, facts, asker, Command::Call { to, from: None }));
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

    /// Somebody shared a contact: the answer offers what can be done with its numbers. Nothing is called or kept
    /// before a button is pressed.
    pub fn contact(
        &mut self,
        now: DateTime<Utc>,
        facts: &dyn Facts,
        asker: &Asker,
        name: &str,
        numbers: &[String],
    ) -> Vec<Deed> {
        if self.rank(now, asker) == Rank::Stranger {
            return vec![audit(asker, "contact", false)];
        }
        let mut whole: Vec<String> = Vec::new();
        for number in numbers.iter().filter_map(|n| shared_number(facts.numbering(), n)) {
            if !whole.contains(&number) && whole.len() < MAX_SHARED {
                whole.push(number);
            }
        }
        let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
        if whole.is_empty() {
            return vec![
                audit(asker, "contact", true),
                answer(asker, format!("{name} has no number that can be called.")),
            ];
        }
        let buttons = whole.iter().flat_map(|number| {
            [
                (format!("Call {number}"), ButtonAction::Call(number.clone())),
                (format!("SMS to {number}"), ButtonAction::WriteSms(number.clone())),
            ]
        });
        let buttons: Vec<_> = buttons.collect();
        let buttons = buttons.into_iter().map(|(label, action)| self.button(now, &label, action)).collect();
        let about = whole.first().cloned().map(About::Number);
        let text = format!("{name}\n{}\nA reply to this message is sent as SMS.", whole.join("\n"));
        vec![audit(asker, "contact", true), Deed::Answer(asker.clone(), Note { text, buttons, about })]
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
}

/// A shared number in its full form. Telegram leaves out the plus before a country code, so a long number that begins
/// like no number at home gets one.
fn shared_number(numbering: &Numbering, text: &str) -> Option<String> {
    let shown = ShownNumber::new(text)?;
    let bare = shown.as_str();
    let without_plus = bare.len() >= 11 && bare.bytes().all(|b| b.is_ascii_digit()) && !bare.starts_with('0');
    let shown = if without_plus { ShownNumber::new(&format!("+{bare}"))? } else { shown };
    Some(numbering.resolve(&shown).as_str().to_owned())
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
