//! Reacts to rings and digits: shows who calls, answers after the second ring, and tells each digit that the
//! caller presses; `0` hangs up.
//!
//! `cargo run -p callblock-examples --example react_to_calls -- --simulate`

use std::error::Error;
use std::time::Duration;

use call_event::{LineCommand, LineEvent, VoiceMode};
use callblock_examples::{start, usual_modem};
use line_sim::voice_modem::{CallerAct, CallerScript};
use phone_number::Caller;

fn main() -> Result<(), Box<dyn Error>> {
    let started = start(usual_modem())?;
    let (events, commands) = (&started.line.events, &started.line.commands);
    for event in events {
        match event {
            LineEvent::Up(info) => {
                println!("{} waits for calls", info.device);
                if let Some(modem) = &started.simulated {
                    modem.ring(
                        CallerScript::number("03023125555")
                            .name("A N OTHER")
                            .cadence(Duration::from_secs(2))
                            .then(CallerAct::Wait(Duration::from_secs(1)))
                            .then(CallerAct::Press("120".into())),
                    );
                }
            }
            LineEvent::Call(call) => match (&call.caller, &call.name) {
                (Some(Caller::Number(number)), Some(name)) => println!("{number} calls: {name}"),
                (Some(caller), _) => println!("{caller} calls"),
                (None, _) => println!("somebody calls"),
            },
            LineEvent::Ring { count, .. } => {
                println!("ring {count}");
                if count == 2 {
                    commands.send(LineCommand::Answer)?;
                }
            }
            LineEvent::Answered { .. } => {
                let at_most = Duration::from_secs(60);
                commands.send(LineCommand::Voice { mode: VoiceMode::Transmit, record_to: None, at_most })?;
            }
            LineEvent::Digit { digit: '0', .. } => commands.send(LineCommand::HangUp)?,
            LineEvent::Digit { digit, .. } => println!("pressed {digit}"),
            LineEvent::Ended { reason, .. } => {
                println!("over: {reason}");
                if started.simulated.is_some() {
                    break;
                }
            }
            LineEvent::Down { reason, retry_in } => {
                eprintln!("{reason}; trying again in {} s", retry_in.as_secs());
            }
            _ => {}
        }
    }
    commands.send(LineCommand::ShutDown)?;
    started.line.join.join().map_err(|_| "the line broke off")?;
    Ok(())
}
