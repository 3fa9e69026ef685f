//! Places a call, plays a beep, records the answer to `answer.wav` for five seconds, and hangs up.
//!
//! `cargo run -p callblock-examples --example place_a_call -- --simulate 5550100`

use std::error::Error;
use std::time::Duration;

use call_event::{CallId, LineCommand, LineEvent, VoiceMode};
use callblock_examples::{start, usual_modem};
use line_sim::voice_modem::{CallerAct, FarEnd, Fate, Settings, Sound};

fn main() -> Result<(), Box<dyn Error>> {
    // On the simulated line the called side answers and says something.
    let speech = Sound::Tones { hertz: vec![300.0, 800.0], milliseconds: 2000 };
    let far_end = FarEnd::new(Fate::Answers(1)).then(CallerAct::Say(speech));
    let started = start(Settings { far_end, ..usual_modem() })?;
    let number = started.rest.first().cloned().unwrap_or_else(|| "5550100".into());
    let file = std::env::temp_dir().join("answer.wav");

    let (events, commands) = (&started.line.events, &started.line.commands);
    let id = CallId::next();
    for event in events {
        match event {
            LineEvent::Up(info) => {
                println!("{}", info.device);
                commands.send(LineCommand::Dial {
                    number: number.clone().into(),
                    hide_own_number: None,
                    call: id,
                })?;
            }
            LineEvent::Answered { call } if call == id => {
                println!("{number} answered");
                commands.send(LineCommand::Voice {
                    mode: VoiceMode::Duplex,
                    record_to: Some(file.clone()),
                    at_most: Duration::from_secs(5),
                })?;
                commands.send(LineCommand::Beep { hertz: 933, lasts: Duration::from_millis(500) })?;
            }
            LineEvent::Recorded { file, length, .. } => {
                println!("recorded {:.1} s to {}", length.as_secs_f64(), file.display());
            }
            LineEvent::Ended { call, reason, .. } if call == id => {
                println!("over: {reason}");
                break;
            }
            LineEvent::Down { reason, .. } => return Err(reason.to_string().into()),
            other => println!("{other:?}"),
        }
    }
    // The line goes on-hook whatever state it is in, and its thread ends.
    commands.send(LineCommand::ShutDown)?;
    started.line.join.join().map_err(|_| "the line broke off")?;
    Ok(())
}
