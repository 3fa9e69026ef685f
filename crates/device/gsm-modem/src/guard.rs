//! A GSM line in the words that all lines share, so that the guard can guard it too.
//!
//! A stick without a way for sound can ring, answer, reject, hang up, dial and press digits; what it cannot do is
//! refused by name, and the line stays as it was.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use call_event::{CallId, EndReason, IncomingCall, LineCommand, LineEvent, LineId, LineInfo, LineKind};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select};

use crate::{
    Direction, Error, GsmCommand, GsmEvent, GsmLine, Leg, LegEnd, LegId, LegState, ReceivedSms, Settings,
    spawn,
};

/// How many events wait for the guard.
const EVENT_ROOM: usize = 1024;
/// How many commands wait for the line.
const COMMAND_ROOM: usize = 256;
/// How long ending the calls may take when the guard stops.
const LAST_CALLS: Duration = Duration::from_secs(8);

/// A GSM line for the guard.
#[derive(Debug)]
pub struct GuardedLine {
    /// What the line reports.
    pub events: Receiver<LineEvent>,
    /// What the line is asked to do.
    pub commands: Sender<LineCommand>,
    /// The messages, which other lines do not have. Answer each with its id once it is safe.
    pub messages: Receiver<ReceivedSms>,
    /// The way to the stick's own words, for what no other line has.
    pub stick: Sender<GsmCommand>,
}

/// Starts a GSM line for the guard.
///
/// # Errors
///
/// Only if no thread can be started: a stick that is not there is waited for.
pub fn spawn_guarded(settings: Settings, line: LineId) -> Result<GuardedLine, Error> {
    let stick = spawn(settings)?;
    let (sender, events) = bounded(EVENT_ROOM);
    let (commands, receiver) = bounded(COMMAND_ROOM);
    let (message_sender, messages) = bounded(EVENT_ROOM);
    let own = stick.commands.clone();
    std::thread::Builder::new()
        .name(format!("line {line}"))
        .spawn(move || run(&stick, line, &sender, &receiver, &message_sender))
        .map_err(Error::Thread)?;
    Ok(GuardedLine { events, commands, messages, stick: own })
}

fn run(
    stick: &GsmLine,
    line: LineId,
    events: &Sender<LineEvent>,
    commands: &Receiver<LineCommand>,
    messages: &Sender<ReceivedSms>,
) {
    let mut translator = Translator::new(line);
    let mut dropped = 0;
    let mut tell = |event: LineEvent| {
        if dropped > 0 && events.try_send(LineEvent::Dropped(dropped)).is_ok() {
            dropped = 0;
        }
        match events.try_send(event) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                dropped += 1;
                true
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    };
    loop {
        select! {
            recv(stick.events) -> event => {
                let Ok(event) = event else { return };
                if let GsmEvent::Sms(sms) = event {
                    // Without anybody to keep it, it stays on the SIM.
                    let _ = messages.try_send(sms);
                    continue;
                }
                for event in translator.event(SystemTime::now(), event) {
                    if !tell(event) {
                        let _ = stick.commands.send(GsmCommand::ShutDown { within: LAST_CALLS });
                        return;
                    }
                }
            }
            recv(commands) -> command => {
                let Ok(command) = command else {
                    let _ = stick.commands.send(GsmCommand::ShutDown { within: LAST_CALLS });
                    return;
                };
                let stop = command == LineCommand::ShutDown;
                match translator.command(command) {
                    Ok(command) => {
                        let _ = stick.commands.send(command);
                    }
                    Err(refused) => {
                        tell(*refused);
                    }
                }
                if stop {
                    // The stick's thread ends its calls and then its events.
                    while let Ok(event) = stick.events.recv() {
                        translator.event(SystemTime::now(), event).into_iter().for_each(|e| {
                            tell(e);
                        });
                    }
                    return;
                }
            }
        }
    }
}

/// One call as the guard knows it.
#[derive(Debug)]
struct Known {
    call: CallId,
    leg: Leg,
    answered: bool,
}

/// Puts a stick's events and commands into the words of all lines. No channel, no clock.
#[derive(Debug)]
pub struct Translator {
    line: LineId,
    calls: BTreeMap<LegId, Known>,
    dialled: BTreeMap<u32, CallId>,
    next_call: u64,
    next_tag: u32,
}

impl Translator {
    /// For a line of that name.
    pub fn new(line: LineId) -> Self {
        Self { line, calls: BTreeMap::new(), dialled: BTreeMap::new(), next_call: 1, next_tag: 1 }
    }

    /// What the guard hears of an event.
    pub fn event(&mut self, now: SystemTime, event: GsmEvent) -> Vec<LineEvent> {
        match event {
            GsmEvent::Up(info) => vec![LineEvent::Up(LineInfo {
                kind: LineKind::GsmModem,
                device: format!("{} {} {}", info.maker, info.model, info.firmware).trim().into(),
                caller_id: info.voice,
                voice: false,
                fax: false,
            })],
            GsmEvent::Down { reason, retry_in } => vec![LineEvent::Down { reason, retry_in }],
            GsmEvent::Leg(leg) => self.leg(now, leg),
            GsmEvent::Ring { leg, count } => self
                .known(leg)
                .map(|call| LineEvent::Ring { call, count, pattern: None })
                .into_iter()
                .collect(),
            GsmEvent::LegEnded { leg, reason, answered_for } => {
                let Some(known) = self.calls.remove(&leg.id) else { return Vec::new() };
                vec![LineEvent::Ended { call: known.call, reason: end_reason(reason), answered_for }]
            }
            GsmEvent::DialFailed { tag, reason } => match self.dialled.remove(&tag) {
                Some(call) => {
                    vec![LineEvent::Ended { call, reason: end_reason(reason), answered_for: Duration::ZERO }]
                }
                None => Vec::new(),
            },
            GsmEvent::Digit { leg, digit } => {
                let call = leg.and_then(|leg| self.known(leg)).or_else(|| self.active().map(|k| k.call));
                call.map(|call| LineEvent::Digit { call, digit }).into_iter().collect()
            }
            GsmEvent::Refused { command, reason } => {
                let command = match *command {
                    GsmCommand::Answer(_) => LineCommand::Answer,
                    GsmCommand::Digits(digits) => LineCommand::SendDigits(digits),
                    _ => LineCommand::HangUp,
                };
                vec![LineEvent::Refused { command: Box::new(command), reason }]
            }
            GsmEvent::Dropped(count) => vec![LineEvent::Dropped(count)],
            _ => Vec::new(),
        }
    }

    fn known(&self, leg: LegId) -> Option<CallId> {
        self.calls.get(&leg).map(|known| known.call)
    }

    fn active(&self) -> Option<&Known> {
        self.calls.values().find(|k| k.leg.state == LegState::Active)
    }

    fn leg(&mut self, now: SystemTime, leg: Leg) -> Vec<LineEvent> {
        let mut out = Vec::new();
        let id = leg.id;
        let incoming = leg.direction == Direction::Incoming;
        let before = self.calls.get(&id).map(|known| (known.leg.number.clone(), known.leg.name.clone()));
        let news = before.as_ref().is_none_or(|(number, name)| *number != leg.number || *name != leg.name);
        let call = match self.calls.get_mut(&id) {
            Some(known) => {
                known.leg = leg.clone();
                known.call
            }
            None => {
                let dialled = leg.tag.and_then(|tag| self.dialled.remove(&tag));
                let call = dialled.unwrap_or_else(|| {
                    self.next_call += 1;
                    CallId(self.next_call)
                });
                self.calls.insert(id, Known { call, leg: leg.clone(), answered: false });
                call
            }
        };
        if incoming && news {
            let mut told = IncomingCall::new(call, self.line.clone(), now);
            told.caller.clone_from(&leg.number);
            told.name.clone_from(&leg.name);
            told.waiting = leg.state == LegState::Waiting;
            out.push(if before.is_none() { LineEvent::Call(told) } else { LineEvent::CallChanged(told) });
        } else if !incoming && before.is_none() {
            let number = leg.number.as_ref().map(ToString::to_string).unwrap_or_default();
            out.push(LineEvent::Outgoing { call, number: number.into(), own: None });
        }
        if let Some(known) = self.calls.get_mut(&id)
            && leg.state.answered()
            && !std::mem::replace(&mut known.answered, true)
        {
            out.push(LineEvent::Answered { call });
        }
        out
    }

    /// What the stick is asked to do for a command of the guard.
    ///
    /// # Errors
    ///
    /// The line's answer at once: the refusal of what a stick cannot do, or the sign of life.
    pub fn command(&mut self, command: LineCommand) -> Result<GsmCommand, Box<LineEvent>> {
        let refuse = |command: LineCommand, reason: &str| {
            Err(Box::new(LineEvent::Refused { command: Box::new(command), reason: reason.into() }))
        };
        let ringing = self.calls.values().find(|k| k.leg.state == LegState::Incoming).map(|k| k.leg.id);
        match command {
            LineCommand::Answer => match ringing {
                Some(leg) => Ok(GsmCommand::Answer(leg)),
                None => refuse(command, "no call rings"),
            },
            LineCommand::HangUp => match (ringing, self.active().map(|k| k.leg.id)) {
                (Some(leg), _) => Ok(GsmCommand::Reject(leg)),
                (None, Some(leg)) => Ok(GsmCommand::HangUp(leg)),
                (None, None) => Ok(GsmCommand::HangUpAll),
            },
            LineCommand::SendDigits(digits) => Ok(GsmCommand::Digits(digits)),
            LineCommand::Dial { number, hide_own_number, call } => {
                let tag = self.next_tag;
                self.next_tag = self.next_tag.wrapping_add(1);
                self.dialled.insert(tag, call);
                Ok(GsmCommand::Dial { number, hide_own_number, tag })
            }
            LineCommand::Inform => Ok(GsmCommand::Inform),
            LineCommand::SignOfLife => Err(Box::new(LineEvent::Alive)),
            LineCommand::ShutDown => Ok(GsmCommand::ShutDown { within: LAST_CALLS }),
            other => {
                refuse(other, "a GSM stick has no way for sound here; it can answer, reject and hang up")
            }
        }
    }
}

fn end_reason(reason: LegEnd) -> EndReason {
    match reason {
        LegEnd::HungUp => EndReason::CallerGone,
        LegEnd::ByUs => EndReason::HungUp,
        LegEnd::Busy => EndReason::Busy,
        LegEnd::Refused => EndReason::Rejected,
        LegEnd::NoAnswer => EndReason::NoAnswer,
        LegEnd::Missed => EndReason::NotAnswered,
        LegEnd::DeviceLost => EndReason::DeviceLost("the stick was lost".into()),
        LegEnd::NotPlaced(_) => EndReason::NoDialTone,
        LegEnd::Network(_) => EndReason::Rejected,
    }
}
