//! Setting a stick up: who are you, the PIN, the network, what can you do.

use std::time::{Duration, Instant};

use at_codec::gsm::{Ask, Final, Outcome, Report, Sim, allows, choices, own_number};

use super::{Job, Machine, MachineOutput};
use crate::profile::GsmProfile;
use crate::{GsmEvent, Registration, Stick};

/// How often a stick is called before it counts as dead.
const WAKE_TRIES: u8 = 10;
/// How long one call for it takes.
const WAKE_LIMIT: Duration = Duration::from_millis(1000);
/// How often a SIM that is busy is asked again, once a second.
const BUSY_TRIES: u8 = 40;

/// A step of the set-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Wake(u8),
    /// An error does not matter.
    Try(&'static str),
    Maker,
    Model,
    Firmware,
    Imei,
    Function,
    Sim(u8),
    Pin,
    OwnNumber,
    UssdMode,
    VoiceProbe(&'static str),
    CallList,
    Hold,
    Network,
    Operator,
    Signal,
    SmsMode,
    Store(&'static str),
    AnnounceRange,
    Announce,
    Done,
}

impl Machine {
    pub(super) fn begin_setup(&mut self, now: Instant) {
        // Out of whatever the last program left: a prompt, half a command.
        self.talk.send(b"\x1b\r");
        self.steps.extend([
            Step::Wake(1),
            Step::Try("ATE0"),
            Step::Try("ATV1"),
            Step::Try("AT+CMEE=1"),
            Step::Maker,
            Step::Model,
            Step::Firmware,
            Step::Imei,
            Step::Function,
            Step::Sim(1),
        ]);
        self.next_step(now);
    }

    fn next_step(&mut self, now: Instant) {
        if let Some(step) = self.steps.pop_front() {
            self.ask_step(now, step);
        }
    }

    pub(super) fn ask_step(&mut self, now: Instant, step: Step) {
        let ask = match &step {
            Step::Wake(_) => Ask::new("AT").within(WAKE_LIMIT),
            Step::Try(command) | Step::VoiceProbe(command) => Ask::new(*command),
            Step::Maker => Ask::new("AT+CGMI"),
            Step::Model => Ask::new("AT+CGMM"),
            Step::Firmware => Ask::new("AT+CGMR"),
            Step::Imei => Ask::new("AT+CGSN"),
            Step::Function => Ask::new("AT+CFUN?"),
            Step::Sim(_) => Ask::new("AT+CPIN?"),
            Step::Pin => {
                let Some(pin) = self.settings.pin.clone() else { return };
                self.may_try_pin = false;
                self.out.push_back(MachineOutput::PinTried);
                Ask::new(format!("AT+CPIN=\"{}\"", pin.digits()))
            }
            Step::OwnNumber => Ask::new("AT+CNUM"),
            Step::UssdMode => Ask::new("AT^USSDMODE=0"),
            Step::CallList => Ask::new("AT+CLCC"),
            Step::Hold => Ask::new("AT+CHLD=?"),
            Step::Network => Ask::new("AT+CREG?"),
            Step::Operator => Ask::new("AT+COPS?"),
            Step::Signal => Ask::new("AT+CSQ"),
            Step::SmsMode => Ask::new("AT+CMGF=0"),
            Step::Store(memory) => Ask::new(format!("AT+CPMS=\"{memory}\",\"{memory}\",\"{memory}\"")),
            Step::AnnounceRange => Ask::new("AT+CNMI=?"),
            Step::Announce => Ask::new(self.inbox.announce_command()),
            Step::Done => {
                self.finish_setup(now);
                return;
            }
        };
        self.ask(now, ask, Job::Setup(step));
    }

    pub(super) fn step_done(&mut self, now: Instant, step: Step, lines: &[String], outcome: &Outcome) {
        let ok = outcome.is_ok();
        let first = || -> Box<str> {
            let line = lines.first().map_or("", String::as_str);
            // Some print the name of the command before the value.
            line.split_once(": ")
                .filter(|(name, _)| name.starts_with('+'))
                .map_or(line, |(_, v)| v)
                .trim()
                .into()
        };
        match step {
            Step::Wake(tries) if !ok => {
                if tries >= WAKE_TRIES {
                    self.lose("the stick does not answer to AT; is it the port for commands, and no other program on it?");
                    return;
                }
                self.talk.send(b"\x1b\r");
                self.ask_step(now, Step::Wake(tries + 1));
                return;
            }
            Step::Maker if ok => {
                self.info.maker = first();
                self.profile = GsmProfile::of(&self.info.maker);
                self.ussd_packed = self.profile.ussd_packed;
            }
            Step::Model if ok => self.info.model = first(),
            Step::Firmware if ok => self.info.firmware = first(),
            Step::Imei => {
                let digits: String = first().chars().filter(char::is_ascii_digit).collect();
                self.info.imei = (ok && (14..=17).contains(&digits.len())).then(|| digits.clone().into());
                if let Stick::Imei(wanted) = &self.settings.stick
                    && *digits != **wanted
                {
                    self.lose(format!("another stick is at this port: its IMEI is {digits}"));
                    return;
                }
            }
            Step::Function => {
                let off =
                    lines.iter().any(|l| l.starts_with("+CFUN:") && !l.contains(": 1") && !l.contains(":1"));
                if off {
                    self.steps.push_front(Step::Try("AT+CFUN=1"));
                }
            }
            Step::Sim(tries) => {
                self.sim_said(now, tries, lines, outcome);
                return;
            }
            Step::Pin => {
                if ok {
                    self.out.push_back(MachineOutput::PinRight);
                    // The SIM needs a while.
                    self.setup_again = Some((now + Duration::from_secs(1), Step::Sim(1)));
                } else {
                    self.lose(format!("the PIN was not taken: {}", outcome.reason()));
                }
                return;
            }
            Step::OwnNumber => {
                self.info.own_number = lines.iter().find_map(|line| own_number(line)).map(Into::into);
            }
            Step::UssdMode if ok => self.ussd_packed = false,
            Step::VoiceProbe(_) if !ok => self.info.voice = false,
            Step::CallList if !ok => self.info.voice = false,
            Step::Hold => {
                let list = if ok { lines.iter().flat_map(|l| choices(l)).next() } else { None };
                let list = list.unwrap_or_default();
                self.info.hold = self.info.voice && allows(&list, 2);
                self.info.join = self.info.hold && allows(&list, 3);
            }
            Step::Network => {
                for line in lines {
                    if let Some(Report::Registration(line)) = Report::read(line) {
                        self.new_registration(now, line.as_reply());
                    }
                }
            }
            Step::Operator => self.new_operator(lines),
            Step::Signal => {
                for line in lines {
                    if let Some(Report::Signal(signal)) = Report::read(line) {
                        self.new_signal(signal);
                    }
                }
            }
            Step::SmsMode => {
                self.info.sms = ok;
                if !ok {
                    self.steps
                        .retain(|s| !matches!(s, Step::Store(_) | Step::AnnounceRange | Step::Announce));
                }
            }
            Step::Store(memory) => {
                if ok {
                    self.inbox.selected(memory, lines);
                } else if memory == "SM" {
                    self.steps.push_front(Step::Store("ME"));
                }
            }
            Step::AnnounceRange => {
                let lists: Vec<Vec<String>> = lines.iter().flat_map(|l| choices(l)).collect();
                self.inbox.choose_announcement(&lists, self.settings.sms_reports);
            }
            _ => {}
        }
        self.next_step(now);
    }

    fn sim_said(&mut self, now: Instant, tries: u8, lines: &[String], outcome: &Outcome) {
        let sim = lines.iter().find_map(|line| match Report::read(line) {
            Some(Report::Sim(sim)) => Some(sim),
            _ => None,
        });
        match (sim, outcome) {
            (Some(Sim::Ready), _) => {
                self.steps_with_sim();
                self.next_step(now);
            }
            (Some(Sim::Pin), _) if self.settings.pin.is_none() => {
                self.lose("the SIM asks for its PIN; set it in the configuration, or turn the question off in a telephone");
            }
            (Some(Sim::Pin), _) if !self.may_try_pin => self.lose(
                "the PIN was tried before and was not right, and it is never tried twice: correct it, and remove the \
                 note pin-tried in the folder for the state",
            ),
            (Some(Sim::Pin), _) => self.ask_step(now, Step::Pin),
            (Some(Sim::Puk), _) => {
                self.lose("the SIM asks for its PUK: unlock it in a telephone");
            }
            (Some(Sim::Other(what)), _) => self.lose(format!("the SIM or the stick is locked: {what}")),
            (None, Outcome::Final(Final::Equipment(Some(10 | 13 | 15), _))) => self.lose(outcome.reason()),
            (None, _) if tries < BUSY_TRIES => {
                // Busy, or the stick has just started.
                self.setup_again = Some((now + Duration::from_secs(1), Step::Sim(tries + 1)));
            }
            (None, _) => self.lose(format!("the SIM cannot be asked: {}", outcome.reason())),
        }
    }

    fn steps_with_sim(&mut self) {
        self.steps.extend(self.profile.setup.iter().copied().map(Step::Try));
        self.steps.push_back(Step::OwnNumber);
        if self.profile.ussd_packed {
            self.steps.push_back(Step::UssdMode);
        }
        if self.settings.calls {
            self.info.voice = true;
            self.steps.extend(self.profile.voice_probe.map(Step::VoiceProbe));
            self.steps.extend([
                Step::CallList,
                Step::Hold,
                Step::Try("AT+CVHU=0"),
                Step::Try("AT+COLP=0"),
                Step::Try("AT+CLIP=1"),
                Step::Try("AT+CRC=1"),
                Step::Try("AT+CCWA=1"),
                Step::Try("AT+CSSN=1,1"),
            ]);
        }
        self.steps.extend([
            Step::Try("AT+CREG=1"),
            Step::Network,
            Step::Try("AT+COPS=3,0"),
            Step::Operator,
            Step::Signal,
            Step::SmsMode,
        ]);
        if self.settings.sms {
            self.steps.extend([
                Step::Try("AT+CSMS=0"),
                Step::Store("SM"),
                Step::AnnounceRange,
                Step::Announce,
            ]);
        }
        self.steps.push_back(Step::Done);
    }

    fn finish_setup(&mut self, now: Instant) {
        self.up = true;
        self.next_poll = Some(now + self.settings.poll);
        self.tell(GsmEvent::Up(self.info.clone()));
        self.tell(GsmEvent::Registration(self.registration.unwrap_or(Registration::Unknown)));
        self.tell(GsmEvent::Signal(self.signal.flatten()));
        if self.info.voice {
            self.list_soon(now);
        }
        if self.settings.sms && self.info.sms {
            self.sweep(now);
        }
    }
}
