//! What each command does.

use chrono::{DateTime, Utc};

use super::{Asker, Channel, Deed, Desk, Facts, Note, answer, capital};
use crate::BridgeCommand;
use crate::remote::command::{Command, HELP};
use crate::remote::limits::Dialled;
use crate::remote::owners::{Attempt, Rank};

impl Desk {
    pub(super) fn run(
        &mut self,
        now: DateTime<Utc>,
        facts: &dyn Facts,
        asker: &Asker,
        command: Command,
    ) -> Vec<Deed> {
        let say = |text: String| vec![answer(asker, text)];
        match command {
            // Strangers may ask, and learn no more than how they would become owners.
            Command::Help | Command::Start if self.rank(now, asker) == Rank::Stranger => {
                say(format!("Your chat id is {}", asker.id))
            }
            Command::Help | Command::Start => say(HELP.into()),
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

    pub(super) fn add_temporary(&mut self, now: DateTime<Utc>, asker: &Asker, password: &str) -> Vec<Deed> {
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

    pub(super) fn save_owners(&mut self, now: DateTime<Utc>) -> Deed {
        self.state.temporary_owners = self.owners.temporary(now);
        Deed::Save(self.state.clone())
    }

    pub(super) fn call(
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

    pub(super) fn sms(
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
