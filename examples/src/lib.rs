#![doc = include_str!("../README.md")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use call_event::{GuardCommand, GuardNews, LineId};
use call_guard::{CallHandler, EverybodyRings, Guard, GuardFolder, LineEnds, NoDiary, NoticeStream};
use line_sim::voice_modem::{CONEXANT, CallerAct, CallerScript, SimModem};
use telephone_audio::generate::ToneSequence;
use voice_modem::{Line, Settings, VoiceModem};

/// The modem that an example was started with, and its other arguments.
#[derive(Debug)]
pub struct Started {
    /// The modem's line.
    pub line: Line,
    /// The simulated modem, with `--simulate`.
    pub simulated: Option<SimModem>,
    /// What else stood on the command line.
    pub rest: Vec<String>,
}

/// Opens the modem named on the command line: a port, or `--simulate`, which is set up as given.
///
/// # Errors
///
/// If neither is named, or the simulated modem cannot be started.
pub fn start(simulated: line_sim::voice_modem::Settings) -> Result<Started, Box<dyn Error>> {
    let mut rest: Vec<String> = std::env::args().skip(1).collect();
    if rest.is_empty() {
        return Err("name the modem's port, such as /dev/ttyACM0, or --simulate".into());
    }
    let first = rest.remove(0);
    let simulated = if first == "--simulate" { Some(SimModem::start(simulated)?) } else { None };
    let port = simulated.as_ref().map_or_else(|| PathBuf::from(&first), |modem| modem.path().to_owned());
    let line = VoiceModem::spawn(Settings::on_port(LineId::new("example"), port));
    Ok(Started { line, simulated, rest })
}

/// A simulated modem as most people have one.
pub fn usual_modem() -> line_sim::voice_modem::Settings {
    line_sim::voice_modem::Settings::of(&CONEXANT)
}

/// Guards the line named on the command line with a handler of one's own, until Ctrl-C. On the simulated modem
/// these numbers call, one after the other, press `1`, `2` and `0` if somebody answers, and it is over.
///
/// # Errors
///
/// If no line is named, or the simulated modem cannot be started.
pub fn guard_with(handler: impl CallHandler + 'static, callers: &[&str]) -> Result<(), Box<dyn Error>> {
    let started = start(usual_modem())?;
    let folder =
        GuardFolder::new(std::env::temp_dir().join(format!("callblock-example-{}", std::process::id())));
    folder.make()?;
    let mut guard = Guard::new(folder.clone(), EverybodyRings, NoDiary);
    guard.set_handler(handler);
    let line = started.line;
    guard.add_line(LineId::new("example"), LineEnds { events: line.events, commands: line.commands });
    let handle = guard.handle();
    let news = handle.hub().subscribe(256);
    let running = std::thread::spawn(move || guard.run());
    if let Some(modem) = &started.simulated {
        wait_for(&news, |news| matches!(news, GuardNews::LineUp { .. }));
        for caller in callers {
            let pause = || CallerAct::Wait(Duration::from_millis(800));
            let press = |key: &str| CallerAct::Press(key.into());
            let mut script = CallerScript::number(caller).rings(2).cadence(Duration::from_millis(500));
            script.delay = Duration::from_millis(100);
            for act in
                [pause(), press("1"), pause(), press("2"), pause(), press("0"), pause(), CallerAct::HangUp]
            {
                script = script.then(act);
            }
            modem.ring(script);
            wait_for(&news, |news| matches!(news, GuardNews::Ended(_)));
            let _ = modem.wait_for(Duration::from_secs(10), |status| !status.off_hook && !status.ringing);
        }
        handle.ask(GuardCommand::Stop);
    }
    running.join().map_err(|_| "the guard panicked")?;
    std::fs::remove_dir_all(folder.path())?;
    Ok(())
}

fn wait_for(news: &NoticeStream, wanted: impl Fn(&GuardNews) -> bool) {
    while let Ok(notice) = news.notices().recv_timeout(Duration::from_secs(30)) {
        if wanted(&notice.news) {
            return;
        }
    }
}

/// Writes a short tone as a sound file.
///
/// # Errors
///
/// The file cannot be written.
pub fn ready_sound(path: &Path, hertz: f32) -> Result<(), Box<dyn Error>> {
    let samples: Vec<i16> = ToneSequence::new().tone(&[(hertz, -14.0)], 400).collect();
    Ok(telephone_audio::write_wav(path, &samples)?)
}
