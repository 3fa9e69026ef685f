//! `callblock modem watch`: what a line reports, one line an event; words typed are commands to it.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use at_codec::ModemProfile;
use call_event::{IncomingCall, LineCommand, LineEvent, Sound, VoiceMode};
use voice_modem::VoiceModem;

use crate::Failure;

/// Options of `callblock modem watch`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The modem's port. Without it: the first modem found.
    port: Option<PathBuf>,
    /// The make of modem, if it is not to be found out.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Commands sent after each reset beside the usual.
    #[arg(long, value_name = "AT")]
    init: Vec<String>,
    /// Show numbers in full; otherwise their last digits are hidden.
    #[arg(long)]
    show_numbers: bool,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let mut settings = super::settings(options.port.as_ref());
    settings.extra_commands.clone_from(&options.init);
    if let Some(name) = &options.profile {
        settings.profile = Some(
            ModemProfile::by_name(name)
                .ok_or_else(|| Failure::new(Failure::USAGE, format!("unknown profile `{name}`")))?,
        );
    }
    let line = VoiceModem::spawn(settings);
    let commands = line.commands.clone();
    drop(line.commands);
    let stopping = commands.clone();
    let mut signals =
        signal_hook::iterator::Signals::new([signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM])
            .map_err(|e| Failure::new(Failure::SOFTWARE, e))?;
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            let _ = stopping.send(LineCommand::ShutDown);
        }
    });
    std::thread::spawn(move || {
        for typed in std::io::stdin().lock().lines().map_while(Result::ok) {
            match command(&typed) {
                Some(command) => {
                    if commands.send(command).is_err() {
                        return;
                    }
                }
                None => eprintln!(
                    "unknown; known are answer, hang-up, record FILE, transmit, duplex FILE, play FILE, stop, \
                     digits DIGITS, fax, inform, quit"
                ),
            }
        }
    });
    let mut out = std::io::stdout();
    for event in &line.events {
        let text = describe(&event, options.show_numbers);
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            break;
        }
    }
    drop(line.events);
    let _ = line.join.join();
    Ok(())
}

fn command(typed: &str) -> Option<LineCommand> {
    const LONGEST: Duration = Duration::from_secs(600);
    let typed = typed.trim();
    let (word, rest) = typed.split_once(' ').unwrap_or((typed, ""));
    let file = || (!rest.is_empty()).then(|| PathBuf::from(rest));
    let voice = |mode| LineCommand::Voice { mode, record_to: file(), at_most: LONGEST };
    Some(match word {
        "answer" => LineCommand::Answer,
        "hang-up" => LineCommand::HangUp,
        "record" => voice(VoiceMode::Record),
        "transmit" => LineCommand::Voice { mode: VoiceMode::Transmit, record_to: None, at_most: LONGEST },
        "duplex" => voice(VoiceMode::Duplex),
        "play" => LineCommand::Play(Sound::File(file()?)),
        "stop" => LineCommand::StopVoice,
        "digits" => LineCommand::SendDigits(rest.into()),
        "fax" => LineCommand::AnswerFax { at_most: Duration::from_secs(5) },
        "inform" => LineCommand::Inform,
        "quit" => LineCommand::ShutDown,
        _ => return None,
    })
}

fn describe(event: &LineEvent, in_full: bool) -> String {
    let who = |call: &IncomingCall| {
        let number = match call.caller.as_ref().map(|caller| (caller, caller.number())) {
            Some((_, Some(number))) if in_full => number.as_str().to_owned(),
            Some((_, Some(number))) => number.redacted(),
            Some((caller, None)) => caller.to_string(),
            None => "no caller ID".into(),
        };
        let mut text = format!("{} {number}", call.id);
        if let Some(name) = &call.name {
            text.push_str(&format!(" \"{name}\""));
        }
        if let Some(time) = &call.line_time {
            text.push_str(&format!(" at {time}"));
        }
        if let Some(why) = call.suspect {
            text.push_str(&format!(" SUSPECT: {why}"));
        }
        if call.waiting {
            text.push_str(" (waiting)");
        }
        text
    };
    match event {
        LineEvent::Up(info) => {
            format!("up {} caller-id={} voice={} fax={}", info.device, info.caller_id, info.voice, info.fax)
        }
        LineEvent::Down { reason, retry_in } => {
            format!("down {reason}; again in {:.1} s", retry_in.as_secs_f64())
        }
        LineEvent::Ring { call, count, pattern } => {
            format!("ring {call} {count}{}", pattern.map_or(String::new(), |p| format!(" {p}")))
        }
        LineEvent::Number(call) => format!("number {}", who(call)),
        LineEvent::Call(call) => format!("call {}", who(call)),
        LineEvent::CallChanged(call) => format!("changed {}", who(call)),
        LineEvent::Answered { call } => format!("answered {call}"),
        LineEvent::Digit { call, digit } => format!("digit {call} {digit}"),
        LineEvent::Tone { call, tone } => format!("tone {call} {tone:?}"),
        LineEvent::Silence { call, lasted } => format!("silence {call} {} s", lasted.as_secs()),
        LineEvent::Voice { call } => format!("voice {call}"),
        LineEvent::Played { call } => format!("played {call}"),
        LineEvent::Recorded { call, file, length } => {
            format!("recorded {call} {} {:.1} s", file.display(), length.as_secs_f64())
        }
        LineEvent::Ended { call, reason, answered_for } => {
            format!("ended {call} {reason} after {:.1} s", answered_for.as_secs_f64())
        }
        LineEvent::MessageWaiting(on) => format!("messages {}", if *on { "waiting" } else { "none" }),
        LineEvent::Refused { reason, .. } => format!("refused: {reason}"),
        other => format!("{other:?}"),
    }
}
