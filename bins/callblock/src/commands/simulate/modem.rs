//! `callblock simulate modem`: a voice modem on a serial port, with callers.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use line_sim::voice_modem::scenario::{form, sound_file, split, time, when};
use line_sim::voice_modem::{
    CallerAct, CallerScript, Dialogue, FarEnd, Fate, Faults, LogEntry, PROFILES, Profile, Scenario, Settings,
    SimEvent, SimModem,
};

use crate::Failure;

/// How long one wait for news lasts, so that Ctrl-C is seen.
const LOOK: Duration = Duration::from_millis(100);

/// After so long a program that has the port open gets its first call although caller ID is still off.
const PATIENCE: Duration = Duration::from_secs(10);

/// Options of `callblock simulate modem`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The link under which programs find the port, such as /tmp/ttySIM0. Without it one is made.
    #[arg(long, value_name = "PATH")]
    link: Option<PathBuf>,
    /// The make of modem; `list` names them.
    #[arg(long, default_value = "conexant", value_name = "NAME")]
    profile: String,
    /// A file of commands and replies that come before those of the profile.
    #[arg(long, value_name = "FILE")]
    dialogue: Option<PathBuf>,
    /// A file that says what happens on the line; the options for a call are then not used.
    #[arg(long, value_name = "FILE", conflicts_with = "call")]
    script: Option<PathBuf>,
    /// How much faster than real time the line runs.
    #[arg(long, default_value_t = 1.0, value_name = "TIMES")]
    speed: f64,
    /// What chance starts from: equal seeds make equal runs.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Stop after so long. Without it: on Ctrl-C.
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    lasting: Option<Duration>,
    /// Keep what the caller hears of the other side in this file, byte for byte as the modem got it.
    #[arg(long, value_name = "FILE")]
    heard: Option<PathBuf>,
    /// What becomes of numbers that are dialled.
    #[arg(long, value_enum, default_value_t = Outcome::Answers)]
    dialled: Outcome,
    #[command(flatten)]
    caller: Caller,
    #[command(flatten)]
    faults: FaultOptions,
}

/// What becomes of a dialled number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Outcome {
    /// Somebody answers after two rings.
    Answers,
    /// Busy.
    Busy,
    /// Nobody answers.
    NoAnswer,
    /// No dial tone.
    NoDialTone,
    /// No such number.
    NoSuchNumber,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The caller")]
struct Caller {
    /// This number calls, again and again; P is withheld, O unavailable.
    #[arg(long, value_name = "NUMBER")]
    call: Option<String>,
    /// The caller's name.
    #[arg(long, requires = "call")]
    name: Option<String>,
    /// From one call to the next.
    #[arg(long, default_value = "30s", value_name = "TIME", value_parser = time)]
    every: Duration,
    /// The caller gives up after so many rings.
    #[arg(long, default_value_t = 6, value_name = "N")]
    rings: u32,
    /// How the caller is shown: usual, spaced, tight, framed, kortex, mdmf, sdmf, nothing.
    #[arg(long, default_value = "usual", value_name = "FORM")]
    form: String,
    /// When the caller is shown: before, after-1, with-1 (the ring that it belongs to).
    #[arg(long, default_value = "after-1", value_name = "WHEN")]
    shown: String,
    /// Show the caller in pieces of so many bytes with pauses, such as 1:15ms.
    #[arg(long, value_name = "BYTES:TIME")]
    split: Option<String>,
    /// Once answered, the caller presses these keys.
    #[arg(long, value_name = "KEYS")]
    press: Option<String>,
    /// Once answered, the caller says this: a WAV file, or raw bytes for the modem to pass on.
    #[arg(long, value_name = "FILE")]
    say: Option<PathBuf>,
    /// The caller hangs up so long after all else is done.
    #[arg(long, default_value = "20s", value_name = "TIME", value_parser = time)]
    stay: Duration,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Faults")]
struct FaultOptions {
    /// The share of replies that never come, 0 to 1.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    lose: f64,
    /// The share of replies that come late.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    late: f64,
    /// By how much they are late.
    #[arg(long, default_value = "2s", value_name = "TIME", value_parser = time)]
    late_by: Duration,
    /// The share of replies that are wrong: ERROR for OK, OK for CONNECT.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    wrong: f64,
    /// The share of replies with garbage before them.
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    garbage: f64,
    /// Cut every reply into pieces with pauses, such as 3:20ms.
    #[arg(long, value_name = "BYTES:TIME")]
    split_replies: Option<String>,
    /// Go deaf after so many commands.
    #[arg(long, value_name = "N")]
    deaf_after: Option<u64>,
    /// For how long; without it for ever.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "deaf_after")]
    deaf_for: Option<Duration>,
    /// Pull the plug after so many commands.
    #[arg(long, value_name = "N")]
    unplug_after: Option<u64>,
    /// Put it back in after that time; without it never.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "unplug_after")]
    plug_in_after: Option<Duration>,
}

/// Runs the modem until Ctrl-C, or for as long as asked.
pub(crate) fn run(options: Options) -> Result<(), Failure> {
    if options.profile == "list" {
        for profile in PROFILES {
            println!("{:<16} {}", profile.name, profile.title);
        }
        return Ok(());
    }
    let settings = settings(&options)?;
    let caller = options.caller.script()?;
    let scenario = options.script.as_deref().map(Scenario::read).transpose().map_err(data)?;
    let mut heard = options.heard.as_deref().map(create).transpose()?;

    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, stop.clone()).map_err(|e| Failure::new(Failure::SOFTWARE, e))?;
    }
    let modem = SimModem::start(settings).map_err(|e| Failure::new(Failure::UNAVAILABLE, e))?;
    println!("{} is a simulated modem; Ctrl-C ends it", modem.path().display());

    let end = options.lasting.map(|time| modem.now() + time);
    let stopped =
        || stop.load(Ordering::Relaxed) || end.is_some_and(|end| modem.real_time_until(end).is_zero());
    std::thread::scope(|threads| {
        let player = scenario.map(|scenario| {
            threads.spawn({
                let (modem, stopped) = (&modem, &stopped);
                move || scenario.play(modem, stopped)
            })
        });
        let mut next_call = modem.now();
        loop {
            for entry in modem.wait_for_log(LOOK) {
                print(&entry);
            }
            if let Some(file) = &mut heard {
                let bytes = modem.take_heard().bytes();
                file.write_all(&bytes).map_err(|e| Failure::new(Failure::IO, e))?;
            }
            if stopped() || player.as_ref().is_some_and(|p| p.is_finished()) {
                break;
            }
            // A call comes once somebody listens.
            let status = modem.status();
            if !status.open {
                next_call = modem.now() + PATIENCE;
            }
            if let Some(caller) = &caller
                && status.open
                && ((status.shows_callers && status.calls.is_empty())
                    || modem.real_time_until(next_call).is_zero())
            {
                next_call = modem.now() + options.caller.every;
                modem.ring(caller.clone());
            }
        }
        stop.store(true, Ordering::Relaxed);
        match player.map(std::thread::ScopedJoinHandle::join) {
            Some(Ok(result)) => result.map_err(data),
            Some(Err(_)) => Err(Failure::new(Failure::SOFTWARE, "the scenario broke off")),
            None => Ok(()),
        }
    })?;
    modem.take_log().iter().for_each(print);
    Ok(())
}

fn data(e: line_sim::Error) -> Failure {
    Failure::new(Failure::DATA, e)
}

fn usage(what: &str, value: &str, hint: &str) -> Failure {
    Failure::new(Failure::USAGE, format!("{what} {value}: {hint}"))
}

fn create(path: &std::path::Path) -> Result<File, Failure> {
    File::create(path).map_err(|e| Failure::new(Failure::IO, format!("{}: {e}", path.display())))
}

/// One line for what has happened, if it tells a person anything.
fn print(entry: &LogEntry) {
    if !matches!(&entry.event, SimEvent::Sent(bytes) if bytes.first() == Some(&0x10)) {
        println!("{:10.3} {}", entry.at.as_secs_f64(), entry.event);
    }
}

fn settings(options: &Options) -> Result<Settings, Failure> {
    let profile = Profile::named(&options.profile).ok_or_else(|| {
        usage("--profile", &options.profile, "no such modem; --profile list names them all")
    })?;
    let faults = &options.faults;
    let pieces =
        |text: &str| split(text).ok_or_else(|| usage("--split", text, "write BYTES:TIME, such as 3:20ms"));
    let far_end = FarEnd::new(match options.dialled {
        Outcome::Answers => Fate::Answers(2),
        Outcome::Busy => Fate::Busy,
        Outcome::NoAnswer => Fate::NoAnswer,
        Outcome::NoDialTone => Fate::NoDialTone,
        Outcome::NoSuchNumber => Fate::NoSuchNumber,
    });
    Ok(Settings {
        link: options.link.clone(),
        dialogue: options
            .dialogue
            .as_deref()
            .map(Dialogue::read)
            .transpose()
            .map_err(data)?
            .unwrap_or_default(),
        speed: options.speed,
        seed: options.seed,
        far_end: options.caller.acts()?.into_iter().fold(far_end, FarEnd::then),
        faults: Faults {
            lost: faults.lose,
            late: faults.late,
            late_by: faults.late_by,
            wrong: faults.wrong,
            garbage: faults.garbage,
            split: faults.split_replies.as_deref().map(pieces).transpose()?.unwrap_or_default(),
            deaf_after: faults.deaf_after,
            deaf_for: faults.deaf_for,
            unplug_after: faults.unplug_after,
            plug_in_after: faults.plug_in_after,
            ..Faults::default()
        },
        ..Settings::of(profile)
    })
}

impl Caller {
    fn script(&self) -> Result<Option<CallerScript>, Failure> {
        let Some(number) = &self.call else { return Ok(None) };
        let mut script = CallerScript::number(number).rings(self.rings);
        if let Some(name) = &self.name {
            script = script.name(name);
        }
        script = script
            .form(form(&self.form).ok_or_else(|| usage("--form", &self.form, "unknown; see --help"))?)
            .when(when(&self.shown).ok_or_else(|| usage("--shown", &self.shown, "write before or after-1"))?);
        if let Some(text) = &self.split {
            script = script.split(split(text).ok_or_else(|| usage("--split", text, "write BYTES:TIME"))?);
        }
        Ok(Some(self.acts()?.into_iter().fold(script, CallerScript::then)))
    }

    /// What the other side does in a call, whoever placed it.
    fn acts(&self) -> Result<Vec<CallerAct>, Failure> {
        let mut acts = Vec::new();
        if let Some(keys) = &self.press {
            acts.extend([CallerAct::Wait(Duration::from_secs(1)), CallerAct::Press(keys.clone())]);
        }
        if let Some(file) = &self.say {
            let sound = sound_file(file).map_err(|e| Failure::new(Failure::NO_INPUT, e))?;
            acts.extend([CallerAct::Say(sound), CallerAct::Finish]);
        }
        acts.extend([CallerAct::Wait(self.stay), CallerAct::HangUp]);
        Ok(acts)
    }
}
