//! A blocker of one's own in twenty lines: callers from one area, and callers without a number, are hung up on;
//! everybody else rings.
//!
//! `cargo run -p callblock-examples --example own_blocker -- --simulate`

use std::error::Error;

use call_event::{Action, IncomingCall, Reason, Stage, Verdict};
use call_guard::{CallControl, CallHandler, FinishedCall};
use callblock_examples::guard_with;
use phone_number::Caller;

struct MyBlocker;

impl CallHandler for MyBlocker {
    fn call(&mut self, call: &IncomingCall, _: &Verdict, _: &mut CallControl<'_>) -> Option<Verdict> {
        let unwanted = match &call.caller {
            Some(Caller::Number(number)) => number.as_str().starts_with("0190"),
            _ => true,
        };
        let reason =
            Reason { stage: Stage::Rule, rule: "mine".into(), text: "I do not like the number".into() };
        unwanted.then_some(Verdict { action: Action::HangUp, reason })
    }

    fn ended(&mut self, call: &FinishedCall) {
        println!("{}: {}, {}", call.news().caller, call.news().decision, call.ended);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    guard_with(MyBlocker, &["019012345", "P", "03023125555"])
}
