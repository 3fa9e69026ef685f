//! What the log remembers of a conversation.

use std::time::SystemTime;

use call_event::Decision;
use call_log::{CallRecord, Direction, Mark};
use phone_number::{Caller, Numbering};

use crate::{Conversation, Outcome};

/// The entry of a conversation that has just ended.
pub(super) fn record(
    line: &str,
    numbering: &Numbering,
    conversation: &Conversation,
    why: &str,
    name: Option<&str>,
) -> CallRecord {
    let at = SystemTime::now().checked_sub(conversation.lasted).unwrap_or_else(SystemTime::now);
    let mut record = CallRecord::new(at, line);
    record.caller = if conversation.inward {
        record.called = conversation.owner_phone.as_deref().map(Into::into);
        conversation.caller.clone()
    } else {
        record.direction = Direction::Out;
        record.called = conversation.owner_phone.as_deref().map(Into::into);
        conversation.other.as_deref().map(|n| Caller::from_line(n.as_bytes()))
    };
    if let Some(number) = record.caller.as_ref().and_then(Caller::number) {
        let placed = numbering.resolve(number);
        record.e164 = placed.e164().map(|e| e.to_string());
        record.area = numbering.area_name(&placed).map(Into::into);
    }
    record.name = name.map(Into::into).or_else(|| conversation.name.as_ref().map(|n| n.as_str().to_owned()));
    let rejected = conversation.outcome == Outcome::Rejected;
    record.decision = if rejected { Decision::Block } else { Decision::Ring };
    record.mark = if rejected { Mark::Blocked } else { Mark::Passed };
    record.action = if rejected {
        "hang-up".into()
    } else if conversation.owner_phone.is_some() {
        "forward".into()
    } else {
        "ring".into()
    };
    record.stage = "rule".into();
    record.rule = "virtual phone".into();
    record.reason = why.to_owned();
    record.ending = conversation.outcome.to_string();
    record.answered_for = conversation.joined_for.unwrap_or_default();
    record
}
