//! From an open port to a guarded line, and back to one after each call.

use std::time::{Duration, Instant};

use at_codec::dialogue::{Command, Outcome, RESET_WITHIN, Reply};
use at_codec::profile::{Classes, ModemProfile, SoundForm};
use call_event::LineEvent;

use super::{DEAF_AFTER, Session, Stage, Step};
use crate::sound::Coder;

/// For the first word to a modem, of which nobody knows whether it is one.
const WAKE_WITHIN: Duration = Duration::from_secs(1);
/// Tries of each step without a reply.
const TRIES: u8 = 3;

/// A step of setting up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setup {
    /// Anybody there? Echo off, words on.
    Wake,
    /// Everything forgotten.
    Reset,
    /// Echo off, words on, once more.
    Quiet,
    /// What are you?
    Identify,
    /// Which classes?
    Classes,
    /// Which forms of sound?
    Forms,
    /// Caller ID on; the number says which command is tried.
    CallerId(usize),
    /// Its outcome does not matter.
    Optional,
    /// Still there?
    Probe,
}

/// Commands that switch caller ID on, the usual one first. `%CCID=1` and `*ID1` are not among them: a modem that
/// does not know them reads `D` and dials.
const CALLER_ID: [&str; 2] = ["AT+VCID=1", "AT#CID=1"];
/// A modem that had switched caller ID on before and now does not is set up again after so long.
const TRY_AGAIN: Duration = Duration::from_secs(5);

impl Session {
    /// Sets up a modem of which nothing is known.
    pub(super) fn set_up_first(&mut self, now: Instant) {
        self.plan.clear();
        self.plan.push_back((Command::line("ATE0Q0V1").within(WAKE_WITHIN), Setup::Wake));
        self.plan_reset();
        for question in ["ATI", "ATI3", "AT+GMI", "AT+GMM"] {
            self.plan.push_back((Command::line(question), Setup::Identify));
        }
        self.plan.push_back((Command::line("AT+FCLASS=?"), Setup::Classes));
        self.next_setup(now);
    }

    /// Resets the modem after a call and sends everything again that a reset forgets.
    pub(super) fn set_up_again(&mut self, now: Instant) {
        self.set_up_at = None;
        self.plan.clear();
        self.plan_reset();
        self.plan_guard();
        self.next_setup(now);
    }

    fn plan_reset(&mut self) {
        self.phones_are_joined();
        self.plan.push_back((Command::line("ATZ").within(RESET_WITHIN), Setup::Reset));
        self.plan.push_back((Command::line("ATE0Q0V1"), Setup::Quiet));
        // Never answer by itself.
        self.plan.push_back((Command::line("ATS0=0"), Setup::Optional));
    }

    fn plan_guard(&mut self) {
        let mut commands: Vec<String> = Vec::new();
        if let Some(country) = self.set.country {
            commands.extend(country.commands(self.profile.country));
        }
        commands.extend(self.profile.extras.iter().map(|&extra| extra.to_owned()));
        commands.extend(self.set.extra_commands.iter().cloned());
        for command in commands {
            self.plan.push_back((Command::line(&command), Setup::Optional));
        }
        self.plan.push_back((Command::line(CALLER_ID[0]), Setup::CallerId(0)));
        if let Some(joining) = self.joining().map(Command::line) {
            // It also opens the class in which a modem reports handsets.
            self.plan.push_back((joining, Setup::Optional));
        }
    }

    /// Drops what is left of setting up, since a call is more urgent; after the call all of it is done again.
    pub(super) fn interrupt_setup(&mut self) {
        self.plan.clear();
    }

    pub(super) fn next_setup(&mut self, now: Instant) {
        match self.plan.front() {
            Some((command, what)) => {
                let (command, what) = (command.clone(), *what);
                self.run(now, command, Step::Setup(what, 0));
            }
            None => self.set_up_done(now),
        }
    }

    fn set_up_done(&mut self, now: Instant) {
        self.probe_at = Some(now + self.set.probe_every);
        if self.stage == Stage::Opening {
            self.stage = Stage::Ready;
            self.report(LineEvent::Up(self.info()));
            for command in std::mem::take(&mut self.later) {
                self.handle_command(now, command);
            }
        }
        self.check_up_at_last(now);
        self.part_phones(now);
    }

    pub(super) fn handle_setup(&mut self, now: Instant, what: Setup, tries: u8, reply: &Reply) {
        if what == Setup::Probe {
            if reply.outcome == Outcome::TimedOut {
                if self.unanswered >= DEAF_AFTER {
                    self.give_up(now, "it does not answer any more");
                } else if self.call.is_none() {
                    self.run(now, Command::line("AT"), Step::Setup(Setup::Probe, 0));
                }
            } else {
                self.check_up_at_last(now);
            }
            return;
        }
        if self.plan.is_empty() {
            // Interrupted by a call.
            return;
        }
        if reply.outcome == Outcome::TimedOut {
            if tries + 1 >= TRIES {
                let why = match what {
                    Setup::Wake => "nothing answers to AT",
                    _ => "it does not answer any more",
                };
                self.give_up(now, why);
                return;
            }
            // Perhaps it still sends or plays: end that first.
            self.dialogue.leave_stream();
            self.dialogue.send(b"\x10\x03\r".to_vec());
            if let Some((command, what)) = self.plan.front() {
                let (command, what) = (command.clone(), *what);
                self.run(now, command, Step::Setup(what, tries + 1));
            }
            return;
        }
        self.plan.pop_front();
        match what {
            Setup::Identify if reply.is_ok() => {
                let text = reply.text();
                if !text.is_empty() && self.modem.words.len() < 400 && !self.modem.words.contains(&text) {
                    if !self.modem.words.is_empty() {
                        self.modem.words.push(' ');
                    }
                    self.modem.words.push_str(&text);
                }
            }
            Setup::Classes => self.handle_classes(reply),
            Setup::Forms => self.handle_forms(reply),
            Setup::CallerId(which) => {
                if reply.is_ok() {
                    self.modem.caller_id = CALLER_ID.get(which).copied();
                } else if let Some(next) = CALLER_ID.get(which + 1) {
                    self.plan.push_front((Command::line(next), Setup::CallerId(which + 1)));
                } else if self.modem.caller_id.is_some() {
                    self.set_up_at = Some(now + TRY_AGAIN);
                }
            }
            _ => {}
        }
        self.next_setup(now);
    }

    fn handle_classes(&mut self, reply: &Reply) {
        self.modem.classes = Classes::parse(reply.lines.iter().map(|line| &**line));
        if self.set.profile.is_none() {
            self.profile = ModemProfile::find(self.usb, &self.modem.words);
        }
        if self.profile.voice && self.modem.classes.voice() {
            self.plan.push_back((Command::line("AT+FCLASS=8"), Setup::Optional));
            self.plan.push_back((Command::line("AT+VSM=?"), Setup::Forms));
            self.plan.push_back((Command::line("AT+FCLASS=0"), Setup::Optional));
        }
        self.plan_guard();
    }

    fn handle_forms(&mut self, reply: &Reply) {
        self.modem.forms = reply.lines.iter().filter_map(|line| SoundForm::parse(line)).collect();
        let usable = |form: &&SoundForm| Coder::can(form.encoding) && form.has_telephone_rate();
        self.modem.form = self
            .profile
            .sound
            .iter()
            .find_map(|encoding| {
                self.modem.forms.iter().filter(usable).find(|form| form.encoding == *encoding)
            })
            .cloned();
        if let Some(form) = &self.modem.form {
            self.coder = Coder::new(form.encoding);
        }
    }

    /// The modem is deaf: it is to be opened again.
    pub(super) fn give_up(&mut self, now: Instant, why: &str) {
        // What a deaf modem might still hear.
        self.dialogue.forget();
        self.dialogue.leave_stream();
        self.dialogue.send(b"\x10\x03\rATH0\r".to_vec());
        self.leave_phones();
        self.steps.clear();
        self.lost(now, why);
    }
}
