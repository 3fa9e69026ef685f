//! An answering computer: it picks up, plays a welcome, then a file for each key that the caller presses; `0` hangs
//! up.
//!
//! `cargo run -p callblock-examples --example ivr -- --simulate`

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use call_event::{IncomingCall, Verdict, VoiceMode};
use call_guard::{CallControl, CallHandler, FinishedCall};
use callblock_examples::{guard_with, ready_sound};

struct Ivr {
    sounds: PathBuf,
}

impl CallHandler for Ivr {
    fn call(&mut self, _: &IncomingCall, _: &Verdict, line: &mut CallControl<'_>) -> Option<Verdict> {
        line.answer();
        None
    }

    fn answered(&mut self, _: &IncomingCall, line: &mut CallControl<'_>) {
        line.voice(VoiceMode::Duplex, Duration::from_secs(60));
        line.play_file(self.sounds.join("welcome.wav"));
    }

    fn digit(&mut self, _: &IncomingCall, digit: char, line: &mut CallControl<'_>) {
        println!("the caller pressed {digit}");
        match digit {
            '0' => line.hang_up(),
            '1'..='9' => {
                line.stop_playing();
                line.play_file(self.sounds.join(format!("{digit}.wav")));
            }
            _ => {}
        }
    }

    fn ended(&mut self, call: &FinishedCall) {
        println!("{} pressed {:?}: {}", call.news().caller, call.facts.digits, call.ended);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let sounds = std::env::temp_dir().join("callblock-ivr");
    std::fs::create_dir_all(&sounds)?;
    for (name, hertz) in [("welcome", 440.0), ("1", 520.0), ("2", 620.0)] {
        ready_sound(&sounds.join(format!("{name}.wav")), hertz)?;
    }
    guard_with(Ivr { sounds }, &["03023125555"])
}
