//! `callblock demo`: a simulated line and ten calls, guarded by the real guard. Needs no hardware, no network,
//! no set-up.

mod place;
mod scene;
mod show;

use std::sync::Arc;
use std::time::{Duration, Instant};

use call_event::{CallNews, GuardCommand, GuardNews, LineId};
use call_guard::{ControlSocket, GuardFolder, GuardHandle, LineEnds, NoticeStream, make_own_lists};
use line_sim::voice_modem::{CONEXANT, Settings as SimSettings, SimModem};
#[cfg(feature = "web")]
use line_sim::voice_modem::{CallerAct, CallerScript};
use voice_modem::{Settings, VoiceModem};

use crate::config::{Config, ConfigFile as _};
#[cfg(feature = "web")]
use crate::web_house;
use crate::{Failure, Global, Home, guarding};
use scene::{Pace, Scene, What};
use show::Show;

/// Options of `callblock demo`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// As quick as it goes, in a few seconds.
    #[arg(long)]
    pub fast: bool,
    /// Serve the web page too, and go on until stopped: the page lets more people call. Default address:
    /// 127.0.0.1:8480
    #[cfg(feature = "web")]
    #[arg(long, value_name = "ADDR", num_args = 0..=1, value_parser = crate::web_house::address)]
    pub web: Option<Option<std::net::SocketAddr>>,
}

/// A scene that takes longer has failed.
const SCENE_AT_MOST: Duration = Duration::from_secs(60);

/// Plays the ten calls.
pub(crate) fn run(global: &Global, options: &Options) -> Result<(), Failure> {
    let pace = if options.fast { Pace::FAST } else { Pace::USUAL };
    let (folder, _lock) = place::prepare(global.dir.as_deref())?;
    scene::furnish(&folder, pace).map_err(|e| Failure::new(Failure::IO, e))?;
    make_own_lists(&folder).map_err(|e| Failure::new(Failure::IO, e))?;
    let config = Config::read(&folder.config()).map_err(|e| Failure::new(Failure::SOFTWARE, e))?;
    #[cfg(feature = "web")]
    let web = options.web.map(|listen| {
        let mut settings = call_web::WebSettings::default();
        settings.listen = listen.unwrap_or(settings.listen);
        settings
    });
    let home = Home { config, config_file: Some(folder.config()), folder: folder.clone() };

    let sim =
        Arc::new(SimModem::start(SimSettings { seed: 7, ..SimSettings::of(&CONEXANT) }).map_err(|e| {
            Failure::new(Failure::UNAVAILABLE, format!("the simulated line could not be set up: {e}"))
        })?);
    let mut line = Settings::on_port(LineId::new("home"), sim.path());
    line.ring_gap = pace.ring_gap;
    line.retry_first = pace.retry;
    line.retry_at_most = pace.retry;
    let line = VoiceModem::spawn(line);

    let mut guard = guarding::assemble(&home, None)?;
    guard.add_line(LineId::new("home"), LineEnds { events: line.events, commands: line.commands });
    let handle = guard.handle();
    let news = handle.hub().subscribe(4096);
    // `callblock status` works on the demo too; it goes on without.
    let _socket = ControlSocket::open(&folder.socket(), handle.clone());
    let running = std::thread::Builder::new()
        .name("guard".into())
        .spawn(move || guard.run())
        .map_err(|e| Failure::new(Failure::SOFTWARE, e))?;

    let show = Show::new();
    show.opening(&folder);
    #[cfg(feature = "web")]
    let page = web.map(|web| page(&home, &web, &handle, &sim, pace)).transpose()?;
    let played = play(&sim, &handle, &news, &show, pace);
    #[cfg(feature = "web")]
    if let (Some(page), Ok(calls)) = (page, &played) {
        show.summary(calls);
        println!("\nThe page stays at http://{}/ until Ctrl-C.", page.address());
        let _signals = crate::service_manager::follow_signals(handle);
        let _ = running.join();
        return Ok(());
    }
    handle.ask(GuardCommand::Stop);
    let _ = running.join();
    let calls = played?;
    close(&show, &folder, &calls)
}

/// The page of the demo; whoever looks at it can let more people call.
#[cfg(feature = "web")]
fn page(
    home: &Home,
    settings: &call_web::WebSettings,
    guard: &GuardHandle,
    sim: &Arc<SimModem>,
    pace: Pace,
) -> Result<call_web::WebServer, Failure> {
    let sim = Arc::clone(sim);
    let simulate = move |number: &str, name: &str| {
        let status = sim.status();
        if status.off_hook || status.ringing {
            return Err("the line is busy".to_owned());
        }
        let shown = if number.trim().is_empty() { "P" } else { number.trim() };
        let mut script = CallerScript::number(shown).name(name).rings(8).cadence(Pace::USUAL.cadence);
        script.delay = pace.shown_after;
        sim.ring(script.then(CallerAct::Wait(Duration::from_secs(8))).then(CallerAct::HangUp));
        Ok(format!("{shown} calls"))
    };
    let page = web_house::of_the_demo(home, settings, guard.clone(), Box::new(simulate))?;
    println!("The page: http://{}/", page.address());
    Ok(page)
}

/// Plays the scenes, one after the other; gives back how each call ended.
fn play(
    sim: &SimModem,
    guard: &GuardHandle,
    news: &NoticeStream,
    show: &Show,
    pace: Pace,
) -> Result<Vec<(Scene, CallNews)>, Failure> {
    wait_for(news, show, |news| matches!(news, GuardNews::LineUp { .. }))?;
    let mut calls = Vec::new();
    for (number, scene) in scene::story(pace).into_iter().enumerate() {
        show.scene(number + 1, &scene);
        std::thread::sleep(pace.between);
        match &scene.what {
            What::Calls(_) => {}
            What::PlugIsPulled(_) => {
                sim.unplug();
                wait_for(news, show, |news| matches!(news, GuardNews::LineDown { .. }))?;
                std::thread::sleep(pace.between);
                sim.replug();
                wait_for(news, show, |news| matches!(news, GuardNews::LineUp { .. }))?;
            }
        }
        let (What::Calls(script) | What::PlugIsPulled(script)) = scene.what.clone();
        sim.ring(*script);
        let ended = wait_for(news, show, |news| matches!(news, GuardNews::Ended(_)))?;
        let GuardNews::Ended(call) = ended else {
            return Err(Failure::new(Failure::SOFTWARE, "a call ended without an end"));
        };
        // The line goes on-hook before the next caller comes.
        let _ = sim.wait_for(Duration::from_secs(5), |status| !status.off_hook && !status.ringing);
        if sim.status().off_hook {
            let state = guard.ask(GuardCommand::Status);
            return Err(Failure::new(Failure::SOFTWARE, format!("the line stayed off-hook: {state:?}")));
        }
        calls.push((scene, call));
    }
    Ok(calls)
}

/// Shows the news until the one that is waited for.
fn wait_for(
    news: &NoticeStream,
    show: &Show,
    wanted: impl Fn(&GuardNews) -> bool,
) -> Result<GuardNews, Failure> {
    let until = Instant::now() + SCENE_AT_MOST;
    while let Ok(notice) = news.notices().recv_deadline(until) {
        show.news(&notice.news);
        if wanted(&notice.news) {
            return Ok(notice.news.clone());
        }
    }
    Err(Failure::new(Failure::SOFTWARE, "the demo stands still; please report this"))
}

/// The summary, and what to do next.
fn close(show: &Show, folder: &GuardFolder, calls: &[(Scene, CallNews)]) -> Result<(), Failure> {
    let wrong: Vec<&(Scene, CallNews)> = calls.iter().filter(|(scene, call)| !scene.fits(call)).collect();
    show.summary(calls);
    if let Some((scene, call)) = wrong.first() {
        return Err(Failure::new(
            Failure::SOFTWARE,
            format!(
                "{}: {} was expected, but it was {} ({})",
                scene.title, scene.action, call.action, call.reason
            ),
        ));
    }
    show.next_steps(folder);
    Ok(())
}
