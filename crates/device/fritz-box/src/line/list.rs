//! The box's call list beside what the call monitor said: what was missed, and what the box itself rejected.

use std::collections::VecDeque;

use call_monitor::Stamp;

use crate::{CallKind, ListedCall};

/// A call that the call monitor told of from its begin to its end.
#[derive(Debug, Clone)]
pub(super) struct SeenCall {
    /// The other side, in the form in which numbers are compared; `None` if withheld.
    pub(super) remote: Option<Box<str>>,
    pub(super) began: Stamp,
    pub(super) incoming: bool,
}

/// The list has no seconds, and boxes note the begin or the end of ringing.
const WITHIN: i64 = 120;

impl SeenCall {
    /// Whether a listed call is this one.
    pub(super) fn is(&self, listed: &ListedCall, remote: Option<&str>) -> bool {
        let near = listed.at.is_none_or(|at| (at.seconds() - self.began.seconds()).abs() <= WITHIN);
        near && self.incoming == listed.kind.is_incoming() && self.remote.as_deref() == remote
    }
}

/// More calls than that do not happen between two looks at the list.
const SEEN: usize = 256;

/// Which listed calls are known.
#[derive(Debug, Default)]
pub(super) struct KnownCalls {
    seen: VecDeque<SeenCall>,
    /// The newest listed call that was looked at; `None` before the first look.
    last: Option<u32>,
}

impl KnownCalls {
    /// A call that was told is over.
    pub(super) fn note(&mut self, call: SeenCall) {
        if self.seen.len() == SEEN {
            self.seen.pop_front();
        }
        self.seen.push_back(call);
    }

    /// Whether the list was looked at before.
    pub(super) fn has_begin(&self) -> bool {
        self.last.is_some()
    }

    /// The listed calls that are over and were never told of, the oldest first. At the first look there are none:
    /// what was before is not ours.
    pub(super) fn fresh<'a>(
        &mut self,
        list: &'a [ListedCall],
        key: impl Fn(&str) -> Option<Box<str>>,
    ) -> Vec<&'a ListedCall> {
        let newest = list.iter().filter(|c| !c.kind.is_now()).map(|c| c.id).max();
        let before = self.last;
        match (before, newest) {
            (None, _) => {
                self.last = Some(newest.unwrap_or(0));
                return Vec::new();
            }
            // The owner cleared the list, and the box counts anew.
            (Some(last), Some(newest)) if newest < last => self.last = Some(0),
            (Some(_), Some(newest)) => self.last = Some(newest),
            (Some(_), None) => return Vec::new(),
        }
        let last = if newest < before { 0 } else { before.unwrap_or(0) };
        let mut fresh: Vec<_> = list.iter().filter(|c| c.id > last && !c.kind.is_now()).collect();
        fresh.sort_by_key(|c| c.id);
        fresh.retain(|listed| {
            let remote = listed.remote.as_deref().and_then(&key);
            match self.seen.iter().position(|seen| seen.is(listed, remote.as_deref())) {
                Some(at) => {
                    self.seen.remove(at);
                    false
                }
                None => true,
            }
        });
        fresh
    }
}

/// Whether the box itself rejected that call; `None` if the list does not know it yet.
pub(super) fn was_rejected(
    call: &SeenCall,
    list: &[ListedCall],
    key: impl Fn(&str) -> Option<Box<str>>,
) -> Option<bool> {
    let listed =
        list.iter().find(|listed| call.is(listed, listed.remote.as_deref().and_then(&key).as_deref()))?;
    Some(listed.kind == CallKind::Rejected)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: u32, kind: CallKind, remote: &str, at: &str) -> ListedCall {
        ListedCall {
            id,
            kind,
            remote: (!remote.is_empty()).then(|| remote.into()),
            own: None,
            name: None,
            device: None,
            extension: None,
            at: Stamp::parse(format!("{at}:00").as_bytes()),
            minutes: 0,
            recording: None,
        }
    }

    fn seen(remote: &str, at: &str) -> SeenCall {
        SeenCall {
            remote: (!remote.is_empty()).then(|| remote.into()),
            began: Stamp::parse(at.as_bytes()).unwrap(),
            incoming: true,
        }
    }

    fn key(number: &str) -> Option<Box<str>> {
        Some(number.into())
    }

    #[test]
    fn only_calls_that_nobody_told_of_are_fresh() {
        let mut known = KnownCalls::default();
        let old = [listed(3, CallKind::Missed, "1", "16.06.20 12:00")];
        assert!(known.fresh(&old, key).is_empty(), "what was before the start");
        known.note(seen("2", "16.06.20 12:10:30"));
        known.note(seen("", "16.06.20 12:11:30"));
        let list = [
            listed(7, CallKind::IncomingNow, "5", "16.06.20 12:13"),
            listed(6, CallKind::Incoming, "2", "16.06.20 12:12"),
            listed(5, CallKind::Missed, "", "16.06.20 12:11"),
            listed(4, CallKind::Missed, "2", "16.06.20 12:10"),
            listed(3, CallKind::Missed, "1", "16.06.20 12:00"),
        ];
        let fresh: Vec<_> = known.fresh(&list, key).iter().map(|c| c.id).collect();
        assert_eq!(fresh, [6]);
        assert!(known.fresh(&list, key).is_empty(), "told once");
        let cleared = [listed(1, CallKind::Missed, "9", "16.06.20 13:00")];
        assert_eq!(known.fresh(&cleared, key).len(), 1);
    }

    #[test]
    fn the_list_says_what_the_box_rejected() {
        let call = seen("2", "16.06.20 12:10:30");
        assert_eq!(was_rejected(&call, &[], key), None);
        assert_eq!(
            was_rejected(&call, &[listed(1, CallKind::Rejected, "2", "16.06.20 12:10")], key),
            Some(true)
        );
        assert_eq!(
            was_rejected(&call, &[listed(1, CallKind::Missed, "2", "16.06.20 12:10")], key),
            Some(false)
        );
    }
}
