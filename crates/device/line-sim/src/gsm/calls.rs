//! The calls of a simulated stick: placing, ringing, hold, joining, ending.

use std::time::{Duration, Instant};

use super::profile::Maker;
use super::stick::{Fault, Later, Seen, Stick, Subscriber};

/// How often it rings.
const RING_EVERY: Duration = Duration::from_secs(3);
/// How long after the stick took a call the network confirms it.
const CONNECT_DELAY: Duration = Duration::from_millis(80);
/// How long the network lets a telephone ring.
const RING_LIMIT: Duration = Duration::from_secs(60);

/// Where a call stands; the numbers of `+CLCC`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Active = 0,
    Held = 1,
    Dialing = 2,
    Alerting = 3,
    Incoming = 4,
    Waiting = 5,
}

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) serial: u32,
    pub(super) index: u8,
    pub(super) incoming: bool,
    pub(super) state: State,
    pub(super) joined: bool,
    /// Empty if withheld.
    pub(super) number: String,
    confirmed: bool,
    begun: Instant,
    answered: Option<Instant>,
}

impl Stick {
    fn free_index(&self) -> Option<u8> {
        (1..=7).find(|n| self.calls.iter().all(|c| c.index != *n))
    }

    fn any(&self, state: State) -> bool {
        self.calls.iter().any(|c| c.state == state)
    }

    fn call_mut(&mut self, serial: u32) -> Option<&mut Call> {
        self.calls.iter_mut().find(|c| c.serial == serial)
    }

    /// Somebody calls; without a number the number is withheld. False if the line takes no more calls.
    pub fn call_in(&mut self, now: Instant, number: Option<&str>) -> bool {
        let busy = self.any(State::Dialing) || self.any(State::Alerting) || self.any(State::Incoming);
        let (Some(index), false, true) =
            (self.free_index(), busy || self.any(State::Waiting), self.profile.voice && self.unlocked)
        else {
            return false;
        };
        let waits = !self.calls.is_empty();
        let serial = self.next_serial;
        self.next_serial += 1;
        self.calls.push(Call {
            serial,
            index,
            incoming: true,
            state: if waits { State::Waiting } else { State::Incoming },
            joined: false,
            number: number.unwrap_or_default().into(),
            confirmed: true,
            begun: now,
            answered: None,
        });
        self.call_happens(now, Later::Ring(serial));
        self.later(now + RING_LIMIT, Later::RemoteEnds(serial, 19));
        true
    }

    /// The other side of a call does something: `answer`, or ends it.
    pub fn remote_answers(&mut self, now: Instant, number: &str) -> bool {
        let found = self.calls.iter().find(|c| c.number == number && !c.incoming && c.answered.is_none());
        let Some(serial) = found.map(|c| c.serial) else { return false };
        self.call_happens(now, Later::RemoteAnswers(serial));
        true
    }

    /// The other side hangs up, or gives up.
    pub fn remote_ends(&mut self, now: Instant, number: &str) -> bool {
        let Some(serial) = self.calls.iter().find(|c| c.number == number).map(|c| c.serial) else {
            return false;
        };
        self.call_happens(now, Later::RemoteEnds(serial, 16));
        true
    }

    pub(super) fn dial(&mut self, now: Instant, rest: &str) {
        let digits: String =
            rest.chars().filter(|c| c.is_ascii_digit() || matches!(c, '+' | '*' | '#')).collect();
        let voice = rest.trim_end().ends_with(';');
        if !voice || digits.is_empty() || !self.profile.voice {
            self.result(if voice { "ERROR" } else { "NO CARRIER" });
            return;
        }
        if self.network != 1 && self.network != 5 {
            self.equipment_error(30);
            return;
        }
        let Some(index) =
            self.free_index().filter(|_| !self.any(State::Dialing) && !self.any(State::Alerting))
        else {
            self.equipment_error(3);
            return;
        };
        if self.any(State::Active) && self.any(State::Held) {
            self.equipment_error(3);
            return;
        }
        // A call that is on is put on hold by dialling another.
        self.hold_active();
        let number = digits.trim_start_matches("*31#").trim_start_matches("#31#").to_owned();
        let serial = self.next_serial;
        self.next_serial += 1;
        self.calls.push(Call {
            serial,
            index,
            incoming: false,
            state: State::Dialing,
            joined: false,
            number: number.clone(),
            confirmed: false,
            begun: now,
            answered: None,
        });
        self.sees(Seen::Dialled(number.clone()));
        self.ok();
        self.list_event(serial);
        self.later(now + Duration::from_millis(100), Later::Origin(serial));
        let does =
            self.subscribers.get(&number).copied().unwrap_or(Subscriber::Answers(Duration::from_secs(3)));
        let alert = now + Duration::from_millis(700);
        match does {
            Subscriber::Busy => self.later(alert, Later::RemoteEnds(serial, 17)),
            Subscriber::Unknown => self.later(alert, Later::RemoteEnds(serial, 1)),
            Subscriber::Answers(after) => {
                self.later(alert, Later::Alert(serial));
                self.later(alert + after, Later::RemoteAnswers(serial));
            }
            Subscriber::Refuses(after) => {
                self.later(alert, Later::Alert(serial));
                self.later(alert + after, Later::RemoteEnds(serial, 21));
            }
            Subscriber::Silent => {
                self.later(alert, Later::Alert(serial));
                self.later(alert + RING_LIMIT, Later::RemoteEnds(serial, 19));
            }
        }
    }

    pub(super) fn call_happens(&mut self, now: Instant, what: Later) {
        let maker = self.profile.maker;
        let talks = self.fault != Fault::SilentEvents;
        match what {
            Later::Ring(serial) => {
                let Some(call) = self.call_mut(serial).map(|c| c.clone()) else { return };
                let shown = shown(&call.number);
                match call.state {
                    State::Incoming => {
                        self.event(if self.crc { "+CRING: VOICE" } else { "RING" });
                        if self.clip {
                            self.event(&format!("+CLIP: {shown}"));
                        }
                        self.later(now + RING_EVERY, Later::Ring(serial));
                    }
                    State::Waiting if self.waiting_shown => {
                        let (number, kind) = number_and_kind(&call.number);
                        self.event(&format!("+CCWA: \"{number}\",{kind},1"));
                    }
                    _ => return,
                }
                self.list_event(serial);
            }
            Later::Origin(serial) => {
                if let Some(index) = self.call_mut(serial).map(|c| c.index)
                    && maker == Maker::Huawei
                    && talks
                {
                    self.event(&format!("^ORIG:{index},0"));
                }
            }
            Later::Alert(serial) => {
                let Some(call) = self.call_mut(serial).filter(|c| c.state == State::Dialing) else { return };
                call.state = State::Alerting;
                call.confirmed = true;
                let index = call.index;
                if maker == Maker::Huawei && talks {
                    self.event(&format!("^CONF:{index}"));
                }
                self.list_event(serial);
            }
            Later::RemoteAnswers(serial) => {
                let Some(call) = self.call_mut(serial).filter(|c| c.answered.is_none() && !c.incoming) else {
                    return;
                };
                call.state = State::Active;
                call.confirmed = true;
                call.answered = Some(now);
                let number = call.number.clone();
                self.tell_answered(serial);
                self.sees(Seen::Answered(number));
            }
            Later::RemoteEnds(serial, cause) => {
                // The network's own limits are for calls that were never answered.
                let Some(at) = self
                    .calls
                    .iter()
                    .position(|c| c.serial == serial && (c.answered.is_none() || matches!(cause, 16)))
                else {
                    return;
                };
                let call = self.calls.remove(at);
                self.tell_ended(now, &call, cause, false);
                self.sees(Seen::Ended(call.number, false));
            }
            Later::Connected(serial) => self.tell_answered(serial),
            Later::Say(_) | Later::Report { .. } | Later::Pdu { .. } => {}
        }
    }

    fn tell_answered(&mut self, serial: u32) {
        let Some(index) = self.call_mut(serial).map(|c| c.index) else { return };
        if self.fault != Fault::SilentEvents {
            match self.profile.maker {
                Maker::Huawei => self.event(&format!("^CONN:{index},0")),
                Maker::Simcom => self.event("VOICE CALL: BEGIN"),
                Maker::Quectel => {}
            }
        }
        self.list_event(serial);
    }

    fn tell_ended(&mut self, now: Instant, call: &Call, cause: u8, by_us: bool) {
        if self.fault == Fault::SilentEvents {
            return;
        }
        let lasted = call.answered.map_or(0, |at| now.saturating_duration_since(at).as_secs());
        match self.profile.maker {
            Maker::Huawei => {
                let status = if by_us { 29 } else { 67 };
                self.event(&format!("^CEND:{},{lasted},{status},{cause}", call.index));
            }
            Maker::Simcom if call.answered.is_some() => self.event(&format!("VOICE CALL: END: {lasted:06}")),
            Maker::Simcom if call.incoming && !by_us => {
                self.event(&format!("MISSED_CALL: 11:01AM {}", call.number));
            }
            _ => {}
        }
        if !by_us {
            let word = match cause {
                17 => "BUSY",
                19 if !call.incoming => "NO ANSWER",
                _ => "NO CARRIER",
            };
            self.event(word);
        }
        if self.call_list_events && self.profile.maker == Maker::Simcom {
            let (number, kind) = number_and_kind(&call.number);
            let dir = u8::from(call.incoming);
            self.event(&format!("+CLCC: {},{dir},6,0,0,\"{number}\",{kind}", call.index));
        }
        if self.notices.1 && !by_us && call.state == State::Held {
            self.event("+CSSU: 5");
        }
    }

    /// `AT+CLCC=1` of SIMCom: the list by itself.
    fn list_event(&mut self, serial: u32) {
        if self.call_list_events
            && self.profile.maker == Maker::Simcom
            && let Some(call) = self.call_mut(serial)
        {
            let line = list_line(call);
            self.event(&line);
        }
    }

    pub(super) fn list_calls(&mut self) {
        let lines: Vec<String> = self.calls.iter().map(list_line).collect();
        for line in lines {
            self.line(&line);
        }
        self.ok();
    }

    pub(super) fn answer(&mut self, now: Instant) {
        let Some(serial) = self.calls.iter().find(|c| c.state == State::Incoming).map(|c| c.serial) else {
            self.result("NO CARRIER");
            return;
        };
        self.ok();
        self.take(now, serial);
    }

    fn take(&mut self, now: Instant, serial: u32) {
        let Some(call) = self.call_mut(serial) else { return };
        call.state = State::Active;
        call.answered = Some(now);
        let number = call.number.clone();
        self.later(now + CONNECT_DELAY, Later::Connected(serial));
        self.sees(Seen::Answered(number));
    }

    fn release(&mut self, now: Instant, which: impl Fn(&Call) -> bool) -> bool {
        let (gone, kept): (Vec<Call>, Vec<Call>) =
            std::mem::take(&mut self.calls).into_iter().partition(which);
        self.calls = kept;
        for call in &gone {
            self.tell_ended(now, call, 16, true);
            self.sees(Seen::Ended(call.number.clone(), true));
        }
        if self.calls.iter().filter(|c| c.joined).count() == 1 {
            self.calls.iter_mut().for_each(|c| c.joined = false);
        }
        !gone.is_empty()
    }

    fn hold_active(&mut self) {
        let mut held = Vec::new();
        for call in &mut self.calls {
            if call.state == State::Active {
                call.state = State::Held;
                held.push(call.number.clone());
            }
        }
        held.into_iter().for_each(|number| self.sees(Seen::Held(number, true)));
    }

    fn take_back_held(&mut self, serials: &[u32]) {
        let mut back = Vec::new();
        for call in &mut self.calls {
            if serials.contains(&call.serial) {
                call.state = State::Active;
                back.push(call.number.clone());
            }
        }
        back.into_iter().for_each(|number| self.sees(Seen::Held(number, false)));
    }

    /// `AT+CHUP` and `ATH`: ends what is on, rejects what rings; on Huawei the held ones go too.
    pub(super) fn hang_up(&mut self, now: Instant) {
        if self.fault == Fault::KeepsCalls {
            self.ok();
            return;
        }
        let huawei = self.profile.maker == Maker::Huawei;
        if self.any(State::Incoming)
            || self.any(State::Dialing)
            || self.any(State::Alerting)
            || self.any(State::Active)
        {
            self.release(now, |c| c.state != State::Waiting && (huawei || c.state != State::Held));
        } else {
            self.release(now, |_| true);
        }
        self.ok();
    }

    /// `AT+CHLD=`.
    pub(super) fn hold(&mut self, now: Instant, what: &str) {
        let one = |digits: &str| digits.parse::<u8>().ok();
        let waiting = self.calls.iter().find(|c| c.state == State::Waiting).map(|c| c.serial);
        let held: Vec<u32> = self.calls.iter().filter(|c| c.state == State::Held).map(|c| c.serial).collect();
        let active = self.any(State::Active);
        let done = match what.as_bytes() {
            b"0" => match waiting {
                Some(serial) => self.release(now, |c| c.serial == serial),
                None => self.release(now, |c| c.state == State::Held),
            },
            b"1" => {
                let released = self
                    .release(now, |c| matches!(c.state, State::Active | State::Dialing | State::Alerting));
                match waiting {
                    Some(serial) => self.take(now, serial),
                    None => self.take_back_held(&held),
                }
                released || waiting.is_some() || !held.is_empty()
            }
            [b'1', rest @ ..] => {
                let index = one(&String::from_utf8_lossy(rest));
                let early = self.calls.iter().any(|c| Some(c.index) == index && !c.confirmed);
                if early && self.profile.dies_on_early_release {
                    self.dead = true;
                    return;
                }
                self.release(now, |c| Some(c.index) == index)
            }
            b"2" => match waiting {
                Some(_) if active && !held.is_empty() => false,
                Some(serial) => {
                    self.hold_active();
                    self.take(now, serial);
                    true
                }
                None if active || !held.is_empty() => {
                    self.hold_active();
                    self.take_back_held(&held);
                    true
                }
                None => false,
            },
            [b'2', rest @ ..] => {
                let index = one(&String::from_utf8_lossy(rest));
                let mut now_held = Vec::new();
                let found = self.calls.iter().any(|c| Some(c.index) == index && c.state == State::Active);
                if found && held.is_empty() {
                    for call in &mut self.calls {
                        if call.state == State::Active && Some(call.index) != index {
                            call.state = State::Held;
                            now_held.push(call.number.clone());
                        }
                        if Some(call.index) == index {
                            call.joined = false;
                        }
                    }
                    if self.calls.iter().filter(|c| c.joined).count() == 1 {
                        self.calls.iter_mut().for_each(|c| c.joined = false);
                    }
                    now_held.into_iter().for_each(|n| self.sees(Seen::Held(n, true)));
                }
                found && held.is_empty()
            }
            b"3" if self.profile.join && active && !held.is_empty() => {
                self.take_back_held(&held);
                let mut all = Vec::new();
                for call in &mut self.calls {
                    if call.state == State::Active {
                        call.joined = true;
                        all.push(call.number.clone());
                    }
                }
                self.sees(Seen::Joined(all));
                true
            }
            b"4" if self.profile.join && active && !held.is_empty() => self.release(now, |_| true),
            _ => false,
        };
        if done { self.ok() } else { self.equipment_error(3) }
    }

    /// A digit for the active calls.
    pub(super) fn digit(&mut self, digit: char) -> bool {
        let numbers: Vec<String> =
            self.calls.iter().filter(|c| c.state == State::Active).map(|c| c.number.clone()).collect();
        let any = !numbers.is_empty();
        numbers.into_iter().for_each(|number| self.sees(Seen::Digit(number, digit)));
        any
    }

    /// Somebody on a call presses a digit.
    pub fn remote_digit(&mut self, digit: char) {
        match self.profile.maker {
            Maker::Huawei => self.event(&format!("^DDTMF:{digit}")),
            Maker::Simcom => self.event(&format!("+RXDTMF: {digit}")),
            Maker::Quectel => self.event(&format!("+QTONEDET: {}", u32::from(digit))),
        }
    }

    /// How long the oldest call has lasted.
    pub fn oldest_call(&self, now: Instant) -> Option<Duration> {
        self.calls.iter().map(|c| now.saturating_duration_since(c.begun)).max()
    }

    /// How many calls there are.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }
}

fn number_and_kind(number: &str) -> (String, u8) {
    match number {
        "" => (String::new(), 128),
        n if n.starts_with('+') => (n.into(), 145),
        n => (n.into(), 129),
    }
}

fn shown(number: &str) -> String {
    let (digits, kind) = number_and_kind(number);
    let validity = u8::from(digits.is_empty());
    format!("\"{digits}\",{kind},,,,{validity}")
}

fn list_line(call: &Call) -> String {
    let (number, kind) = number_and_kind(&call.number);
    let (dir, state, joined) = (u8::from(call.incoming), call.state as u8, u8::from(call.joined));
    format!("+CLCC: {},{dir},{state},0,{joined},\"{number}\",{kind}", call.index)
}
