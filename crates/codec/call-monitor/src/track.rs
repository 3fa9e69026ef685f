//! Calls, followed from their first line to their last.

use crate::{Entry, Event, Extension, Stamp, Text};

/// Which way a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From outside.
    Incoming,
    /// To outside.
    Outgoing,
    /// From one telephone of the box to another, by way of the own numbers.
    InHouse,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// The box said so.
    Disconnected,
    /// The box gave its id to another call: its end was missed.
    Missed,
}

/// One call, from its first line on. Numbers are the texts that the box sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Counts up from 1; never used again, other than the box's ids.
    pub number: u64,
    /// Which way it goes.
    pub direction: Direction,
    /// When it began to ring or was dialled.
    pub began: Stamp,
    /// Who calls: the other side, or the own number for calls from the house. `None` if withheld.
    pub caller: Option<Box<str>>,
    /// Who is called: the own number, or the number dialled (without the `#` of a second box).
    pub called: Option<Box<str>>,
    /// The line, such as `SIP1`.
    pub line: Option<Box<str>>,
    /// The telephone that the call was placed from.
    pub placed_from: Option<Extension>,
    /// The telephone that answered.
    pub answered_by: Option<Extension>,
    /// When it was answered.
    pub connected: Option<Stamp>,
    /// When it was over.
    pub ended: Option<Stamp>,
    /// How long it was answered, as the box counted.
    pub seconds: u32,
    /// How it ended; `None` while it lasts.
    pub end: Option<End>,
}

/// What a line changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A call comes in.
    Ringing(Call),
    /// A call is placed.
    Dialling(Call),
    /// A call turned out to be one within the house: its other half began.
    Joined(Call),
    /// A call is answered.
    Connected(Call),
    /// A call is over.
    Ended(Call),
    /// A line about a call whose begin was missed.
    Stray(u16),
}

/// Follows calls. Bounded: of more than [`CallTracker::MAX_OPEN`] calls the oldest is given up.
#[derive(Debug, Clone, Default)]
pub struct CallTracker {
    open: Vec<(u16, Call)>,
    /// Second ids of calls within the house: the id, and the call's number.
    second: Vec<(u16, u64)>,
    count: u64,
}

/// Both halves of a call within the house begin within that time, in seconds.
const IN_HOUSE_WINDOW: i64 = 10;

impl CallTracker {
    /// How many calls are followed at once.
    pub const MAX_OPEN: usize = 64;

    /// No calls yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The calls that last.
    pub fn open(&self) -> impl Iterator<Item = &Call> {
        self.open.iter().map(|(_, call)| call)
    }

    /// Takes a call out that is known, from elsewhere, to be over.
    pub fn forget(&mut self, number: u64) -> Option<Call> {
        let at = self.open.iter().position(|(_, c)| c.number == number)?;
        self.second.retain(|(_, n)| *n != number);
        Some(self.open.remove(at).1)
    }

    /// Takes one line and says what it changed, in order.
    pub fn handle(&mut self, entry: &Entry<'_>) -> Vec<Change> {
        match entry.event {
            Event::Ring { id, caller, called, line } => {
                let mut changes = self.begin(id, entry.stamp);
                let call = self.call(Direction::Incoming, entry.stamp, caller, called, line);
                match self.other_half(&call, Direction::Outgoing) {
                    Some(number) => changes.extend(self.join(number, id, None)),
                    None => changes.push(self.add(id, call)),
                }
                changes
            }
            Event::Call { id, extension, own, remote, line } => {
                let mut changes = self.begin(id, entry.stamp);
                let mut call = self.call(Direction::Outgoing, entry.stamp, own, remote.without_hash(), line);
                call.placed_from = Some(extension);
                match self.other_half(&call, Direction::Incoming) {
                    Some(number) => changes.extend(self.join(number, id, Some(extension))),
                    None => changes.push(self.add(id, call)),
                }
                changes
            }
            Event::Connect { id, extension, remote } => self.connect(id, extension, remote, entry.stamp),
            Event::Disconnect { id, seconds } => self.disconnect(id, seconds, entry.stamp),
        }
    }

    /// Ends what an id stood for before: the box uses it anew, so the old call's end was missed.
    fn begin(&mut self, id: u16, now: Stamp) -> Vec<Change> {
        self.second.retain(|(second, _)| *second != id);
        let mut at = self.open.iter().position(|(open, _)| *open == id);
        if at.is_none() && self.open.len() >= Self::MAX_OPEN {
            at = Some(0);
        }
        let Some(at) = at else { return Vec::new() };
        let (_, mut call) = self.open.remove(at);
        self.second.retain(|(_, number)| *number != call.number);
        call.ended = Some(now);
        call.end = Some(End::Missed);
        vec![Change::Ended(call)]
    }

    fn call(
        &mut self,
        direction: Direction,
        began: Stamp,
        from: Text<'_>,
        to: Text<'_>,
        line: Text<'_>,
    ) -> Call {
        self.count += 1;
        Call {
            number: self.count,
            direction,
            began,
            caller: owned(from),
            called: owned(to),
            line: owned(line),
            placed_from: None,
            answered_by: None,
            connected: None,
            ended: None,
            seconds: 0,
            end: None,
        }
    }

    fn add(&mut self, id: u16, call: Call) -> Change {
        self.open.push((id, call.clone()));
        match call.direction {
            Direction::Outgoing => Change::Dialling(call),
            _ => Change::Ringing(call),
        }
    }

    /// A call the other way between the same two numbers that began just now.
    fn other_half(&self, call: &Call, direction: Direction) -> Option<u64> {
        let same = |a: &Option<Box<str>>, b: &Option<Box<str>>| match (a, b) {
            // One side knows the area code, the other may not.
            (Some(a), Some(b)) => a.ends_with(&**b) || b.ends_with(&**a),
            _ => false,
        };
        self.open
            .iter()
            .map(|(_, c)| c)
            .find(|c| {
                c.direction == direction
                    && c.connected.is_none()
                    && (call.began.seconds() - c.began.seconds()).abs() <= IN_HOUSE_WINDOW
                    && same(&c.caller, &call.caller)
                    && same(&c.called, &call.called)
            })
            .map(|c| c.number)
    }

    fn join(&mut self, number: u64, second: u16, from: Option<Extension>) -> Option<Change> {
        let (_, call) = self.open.iter_mut().find(|(_, c)| c.number == number)?;
        call.direction = Direction::InHouse;
        call.placed_from = call.placed_from.or(from);
        self.second.push((second, number));
        Some(Change::Joined(call.clone()))
    }

    fn connect(&mut self, id: u16, extension: Extension, remote: Text<'_>, now: Stamp) -> Vec<Change> {
        if let Some(&(_, number)) = self.second.iter().find(|(second, _)| *second == id) {
            return self.connect_half(number, extension, now);
        }
        if let Some((_, call)) = self.open.iter_mut().find(|(open, _)| *open == id) {
            if call.direction == Direction::InHouse {
                let number = call.number;
                return self.connect_half(number, extension, now);
            }
            // A second CONNECT hands the call to another telephone.
            call.connected = call.connected.or(Some(now));
            if call.direction == Direction::Incoming {
                call.answered_by = Some(extension);
            }
            return vec![Change::Connected(call.clone())];
        }
        // The other id of a call within the house, whose CALL line was missed: its far side is the own number that
        // was rung.
        let remote = remote.to_text();
        let half = self.open.iter_mut().map(|(_, c)| c).find(|c| {
            c.direction == Direction::Incoming
                && c.called.as_deref() == Some(&*remote)
                && c.connected.is_some_and(|at| (now.seconds() - at.seconds()).abs() <= IN_HOUSE_WINDOW)
        });
        let Some(call) = half else { return vec![Change::Stray(id)] };
        call.direction = Direction::InHouse;
        call.placed_from = Some(extension);
        let call = call.clone();
        self.second.push((id, call.number));
        vec![Change::Joined(call)]
    }

    /// Either half of a call within the house is answered. Whichever telephone did not place the call answered it.
    fn connect_half(&mut self, number: u64, extension: Extension, now: Stamp) -> Vec<Change> {
        let Some((_, call)) = self.open.iter_mut().find(|(_, c)| c.number == number) else {
            return Vec::new();
        };
        if call.placed_from != Some(extension) {
            call.answered_by = Some(extension);
        }
        if call.connected.is_some() {
            return Vec::new();
        }
        call.connected = Some(now);
        vec![Change::Connected(call.clone())]
    }

    fn disconnect(&mut self, id: u16, seconds: u32, now: Stamp) -> Vec<Change> {
        let second =
            self.second.iter().position(|(second, _)| *second == id).map(|at| self.second.remove(at).1);
        let at = match second {
            Some(number) => self.open.iter().position(|(_, c)| c.number == number),
            None => self.open.iter().position(|(open, _)| *open == id),
        };
        let Some(at) = at else {
            // The second half of a call within the house that is already over says nothing new.
            return if second.is_some() { Vec::new() } else { vec![Change::Stray(id)] };
        };
        let (first, mut call) = self.open.remove(at);
        // The other id is still to be disconnected; that line must not look like a stray one. No call has number 0.
        if second.is_some() {
            self.second.push((first, 0));
        } else if let Some(left) = self.second.iter_mut().find(|(_, number)| *number == call.number) {
            left.1 = 0;
        }
        call.ended = Some(now);
        call.seconds = seconds;
        call.end = Some(End::Disconnected);
        vec![Change::Ended(call)]
    }
}

fn owned(text: Text<'_>) -> Option<Box<str>> {
    (!text.is_empty()).then(|| text.to_text().into())
}
