//! The loop.

mod people;
mod stick;
mod telling;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use address_book::calendar::Calendar;
use address_book::source::Watched;
use call_log::LogWriter;
use chrono::Utc;
use crossbeam_channel::{Receiver, after, never, select, tick};
use gsm_modem::{GsmCommand, GsmLine, LegId};

use crate::phone::facts::Now;
use crate::phone::{Contacts, Inlets, Lists, Messenger, PhoneSettings};
use crate::policy::Policy;
use crate::remote::{Asker, Desk, StateFile};
use crate::{Bridge, BridgeCommand, Output};

/// How often files are looked at for changes.
const LOOK: Duration = Duration::from_secs(30);
/// How long lines to and from the stick are gathered before they are shown.
const GATHER: Duration = Duration::from_secs(2);
/// How long calls may take to end when the phone stops.
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// Asked-for SMS and raw commands whose askers are remembered.
const MAX_ASKED: usize = 64;

/// The virtual phone at work.
pub struct Phone {
    settings: PhoneSettings,
    line: GsmLine,
    bridge: Bridge,
    desk: Desk,
    contacts: Contacts,
    calendar: Option<Watched<Calendar>>,
    no_calendar: Calendar,
    lists: Box<dyn Lists>,
    messengers: Vec<Messenger>,
    log: LogWriter,
    state: StateFile,
    status: Status,
    /// What people call the caller of a leg, until the conversation is over.
    callers: HashMap<LegId, String>,
    /// Why the last call was decided as it was.
    last_reason: String,
    /// Who asked for an SMS, by its reference.
    sms: HashMap<u64, (Asker, String)>,
    next_sms: u64,
    /// Who asked for a raw command, in order.
    raw: Vec<(String, Asker)>,
    lines: Vec<String>,
    lines_since: Option<Instant>,
}

#[derive(Debug, Default)]
struct Status {
    stick: String,
    network: String,
    operator: String,
    signal: Option<i16>,
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Phone({:?})", self.bridge)
    }
}

impl Phone {
    /// Puts the parts together. The state of the last run is read; if it is damaged, that is told and the phone
    /// starts with that of a first run.
    pub fn new(
        settings: PhoneSettings,
        line: GsmLine,
        contacts: Contacts,
        calendar: Option<Watched<Calendar>>,
        lists: Box<dyn Lists>,
        messengers: Vec<Messenger>,
    ) -> Self {
        let state = StateFile::new(&settings.state_dir);
        let mut last = state.read().unwrap_or_else(|error| {
            log::error!("{error}");
            state.read().unwrap_or_default()
        });
        let now = Utc::now();
        last.temporary_owners.retain(|t| now < t.until);
        let mut owners = settings.owners.clone();
        owners.take_back(last.temporary_owners.clone());
        if last.verbose {
            let _ = line.commands.try_send(GsmCommand::ShowLines(true));
        }
        let desk = Desk::new(settings.remote.clone(), owners, last, seed());
        Self {
            bridge: Bridge::new(settings.bridge.clone()),
            desk,
            log: LogWriter::open(settings.log.clone()),
            state,
            settings,
            line,
            contacts,
            calendar,
            no_calendar: Calendar::default(),
            lists,
            messengers,
            status: Status::default(),
            callers: HashMap::new(),
            last_reason: String::new(),
            sms: HashMap::new(),
            next_sms: 1,
            raw: Vec::new(),
            lines: Vec::new(),
            lines_since: None,
        }
    }

    /// Works until it is stopped; every call is ended then.
    pub fn run(mut self, inlets: &Inlets) {
        let look = tick(LOOK);
        let mut inbound = inlets.inbound.clone();
        self.refresh();
        loop {
            let due = self.settle(inlets);
            let wait: Receiver<Instant> = match due {
                Some(at) => after(at.saturating_duration_since(Instant::now())),
                None => never(),
            };
            select! {
                recv(self.line.events) -> event => match event {
                    Ok(event) => self.gsm(event),
                    Err(_) => return,
                },
                recv(inbound) -> message => match message {
                    Ok(message) => self.inbound(message),
                    // Without messengers the phone still takes calls.
                    Err(_) => inbound = never(),
                },
                recv(inlets.stop) -> _ => break,
                recv(look) -> _ => self.refresh(),
                recv(wait) -> _ => self.bridge.handle_timeout(Instant::now()),
            }
        }
        self.stop(inlets);
    }

    fn stop(mut self, inlets: &Inlets) {
        self.bridge.command(Instant::now(), BridgeCommand::Close);
        self.settle(inlets);
        self.order(GsmCommand::ShutDown { within: STOP_WITHIN });
        let end = Instant::now() + STOP_WITHIN + Duration::from_secs(1);
        while let Ok(event) = self.line.events.recv_deadline(end) {
            self.gsm(event);
            self.settle(inlets);
        }
        self.log.flush(Duration::from_secs(2));
    }

    /// Does what the bridge wants; gives when it wants to be asked again.
    fn settle(&mut self, inlets: &Inlets) -> Option<Instant> {
        loop {
            match self.bridge.poll_output() {
                Output::Transmit(command) => self.order(command),
                Output::Event(event) => {
                    if let Some(watch) = &inlets.watch {
                        // A terminal that does not keep up misses lines; calls do not wait for it.
                        let _ = watch.try_send(event.clone());
                    }
                    self.told(event);
                }
                Output::Timeout(at) => {
                    let lines = self.lines_since.map(|since| since + GATHER);
                    if lines.is_some_and(|at| at <= Instant::now()) {
                        self.show_lines();
                        continue;
                    }
                    return at.into_iter().chain(lines).min();
                }
            }
        }
    }

    fn order(&self, command: GsmCommand) {
        if let Err(error) = self.line.commands.try_send(command) {
            log::error!("the stick takes no commands: {error}");
        }
    }

    fn refresh(&mut self) {
        self.lists.refresh();
        match self.contacts.refresh() {
            Ok(None) => {}
            Ok(Some(problems)) => {
                for problem in &problems {
                    log::warn!("{problem}");
                }
                for shared in self.contacts.book().shared_numbers() {
                    log::warn!(
                        "{} stands in two groups; {} decides, not {}",
                        shared.number.redacted(),
                        shared.owner,
                        shared.other
                    );
                }
            }
            Err(error) => log::warn!("{error}; the contacts read before stay in use"),
        }
    }

    fn now<R>(&mut self, work: impl FnOnce(&mut Desk, &Now<'_>) -> R) -> R {
        let snapshot = self.calendar.as_ref().map(Watched::current);
        let status = self.status_text();
        let log: PathBuf = self.settings.log.clone();
        let master = self.desk.master_phone().map(str::to_owned);
        let now = Now {
            policy: Policy {
                contacts: self.contacts.book(),
                calendar: snapshot.as_ref().map_or(&self.no_calendar, |s| &s.value),
                numbering: &self.settings.numbering,
                master: master.as_deref(),
                defaults: &self.settings.defaults,
                reject_after: self.settings.reject_after,
            },
            log: &log,
            status: &status,
        };
        work(&mut self.desk, &now)
    }
}

/// A number that differs from run to run.
fn seed() -> u64 {
    fastrand::u64(..)
}
