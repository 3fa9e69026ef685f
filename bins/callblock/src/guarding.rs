//! From configuration and command line to a running guard.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use call_event::{Action, LineId, counted};
use call_guard::{
    CallHandler, ControlSocket, Guard, GuardFolder, Judge, Reload, ScreenJudge, Zone, make_own_lists,
};
use call_screen::{ListKind, ListSettings, Screen, ScreenSettings};
use phone_number::Numbering;

use crate::commands::run::Options;
use crate::config::{Config, LineSection, NumbersSection, Span};
use crate::fritz_line::FritzBoxGuard;
use crate::{Failure, Global, Home, already_guarded, looking_up, service_manager};

/// Puts what the command line says over what the file says; pycallblock's options mean what they mean there.
pub(crate) fn lay_over(options: &Options, config: &mut Config) {
    if !options.device.is_empty() {
        config.lines = lines_of(&options.device);
    }
    if let Some(zone) = &options.timezone {
        config.guard.timezone = Some(zone.clone());
    }
    if let Some(seconds) = options.silence {
        config.actions.silence = Some(Span(std::time::Duration::from_secs_f64(seconds)));
    }
    if let Some(file) = &options.audio_file {
        config.actions.message = Some(file.clone());
        config.actions.opening = Some(file.clone());
    }
    #[cfg(feature = "web")]
    if let Some(address) = options.web {
        let web = config.web.get_or_insert_default();
        web.listen = address.unwrap_or(web.listen);
    }
    if let Some(action) = block_action(options) {
        config.screen.action = Some(action);
    }
    if let Some(fritzbox) = &mut config.fritzbox {
        fritzbox.test_now = options.test_numbers;
    }
    options.lists.lay_over(config);
}

/// The same as keys of the configuration, for whoever moves over; lists aside.
pub(crate) fn as_settings(options: &Options) -> Vec<(&'static str, String)> {
    let mut settings = Vec::new();
    for device in &options.device {
        settings.push(("[line]", format!("device = {:?}", device.display().to_string())));
    }
    if let Some(zone) = &options.timezone {
        settings.push(("guard", format!("timezone = {zone:?}")));
    }
    if let Some(action) = block_action(options) {
        settings.push(("screen", format!("action = {action:?}")));
    }
    if !options.lists.whitelist.is_empty() && options.lists.blacklist.is_empty() {
        settings.push(("screen", "mode = \"allow-listed\"".into()));
    }
    if let Some(seconds) = options.silence {
        settings.push(("actions", format!("silence = {seconds:?}")));
    }
    if let Some(file) = &options.audio_file {
        let file = file.display().to_string();
        settings.push(("actions", format!("message = {file:?}\nopening = {file:?}")));
    }
    if options.lists.block_private {
        settings.push(("[screen.rule]", "name = \"private number\"\ncaller = [\"withheld\"]".into()));
    }
    if let Some(file) = &options.logfile {
        settings.push(("log", format!("file = {:?}", file.display().to_string())));
    }
    settings.sort_by_key(|(section, _)| *section);
    settings
}

/// One line for each device, named after it if there are several.
fn lines_of(devices: &[PathBuf]) -> Vec<LineSection> {
    let name = |device: &Path| match devices.len() {
        1 => "home".to_owned(),
        _ => device.file_name().map_or_else(|| "line".into(), |name| name.to_string_lossy().into_owned()),
    };
    devices
        .iter()
        .map(|device| LineSection {
            name: name(device),
            device: Some(device.clone()),
            ..LineSection::default()
        })
        .collect()
}

/// The action that -f, -m, -r, -d or -t ask for.
fn block_action(options: &Options) -> Option<String> {
    if options.fax {
        return Some("fax".into());
    }
    if options.message {
        return Some("message".into());
    }
    let timed = [("record", options.record), ("duplex", options.duplex), ("transmit", options.transmit)];
    timed.into_iter().find_map(|(word, seconds)| seconds.map(|s| format!("{word}:{s}s")))
}

/// Checks everything that can be checked without a line; notes what is odd but possible.
///
/// # Errors
///
/// What cannot be used, and how to mend it.
pub fn check(config: &Config) -> Result<Vec<String>, String> {
    let folder = config.guard.dir.clone().unwrap_or_default();
    let (_, report) =
        Screen::new(&config.screen, numbering(&config.numbers)?, &folder).map_err(|e| e.to_string())?;
    for line in &config.lines {
        crate::lines::settings(line)?;
    }
    for site in &config.lookup.sites {
        number_lookup::Site::open(site, &folder).map_err(|e| e.to_string())?;
    }
    let mut notes: Vec<String> = report
        .iter()
        .filter_map(|loaded| match loaded {
            call_screen::Loaded::Failed { name, reason } => Some(format!("list {name}: {reason}")),
            call_screen::Loaded::Read { name, problems, .. } if *problems > 0 => Some(format!(
                "list {name}: {} cannot be read; `callblock list check` names them",
                counted(*problems, "line")
            )),
            _ => None,
        })
        .collect();
    let settings = config.action_settings();
    let sounds =
        [&settings.message, &settings.opening, &settings.voice_mail.greeting, &settings.challenge.prompt];
    let messages: Vec<PathBuf> = config.screen_actions().filter_map(|action| message_file(action)).collect();
    for file in sounds.into_iter().flatten().chain(&messages).filter(|file| !file.exists()) {
        notes.push(format!("{} is not there yet", file.display()));
    }
    Ok(notes)
}

/// The file of `message:FILE`.
fn message_file(action: &str) -> Option<PathBuf> {
    match call_screen::read_action(action) {
        Ok(Action::Message(file)) => file,
        _ => None,
    }
}

/// The numbering plan at home.
///
/// # Errors
///
/// Country or area are not known.
pub fn numbering(numbers: &NumbersSection) -> Result<Numbering, String> {
    match &numbers.country {
        Some(country) => Numbering::new(country, numbers.area.as_deref()).map_err(|e| e.to_string()),
        None => Ok(Numbering::unknown()),
    }
}

/// The time zone of file names.
fn zone(config: &Config) -> Result<Zone, Failure> {
    let name = config.guard.timezone.as_deref().unwrap_or("UTC");
    name.parse().map_err(|e| Failure::new(Failure::CONFIG, e))
}

/// Who judges: the configuration's lists and rules, and the guard's own two lists.
pub(crate) fn judge(config: &Config, folder: &GuardFolder) -> Result<ScreenJudge, String> {
    let mut settings: ScreenSettings = config.screen.clone();
    if settings.lookup.is_none() && looking_up::is_wanted(&config.lookup) {
        settings.lookup = Some(call_screen::LookupSettings::default());
    }
    let own = [(ListKind::Allow, folder.allow_list()), (ListKind::Deny, folder.deny_list())];
    for (kind, file) in own {
        if settings.lists.iter().all(|list| list.file != file) {
            settings.lists.push(ListSettings::new(kind, file));
        }
    }
    let (screen, report) =
        Screen::new(&settings, crate::screening::numbering(config, folder.path())?, folder.path())
            .map_err(|e| e.to_string())?;
    for loaded in &report {
        if let call_screen::Loaded::Failed { name, reason } = loaded {
            log::warn!("list {name}: {reason}");
        }
    }
    Ok(ScreenJudge::new(screen, folder.allow_list(), folder.deny_list()))
}

/// Guards until told to stop.
pub(crate) fn run(home: &Home, global: &Global, options: &Options) -> Result<(), Failure> {
    guard(home, global, options, None)
}

/// Guards until told to stop, as `callblock run` does, and lets an own program have its say. `options` are those
/// of the command line; [`Options::lay_over`] has put them over the configuration.
///
/// # Errors
///
/// What hinders the guard from starting.
pub fn guard(
    home: &Home,
    global: &Global,
    options: &Options,
    handler: Option<Box<dyn CallHandler>>,
) -> Result<(), Failure> {
    let folder = &home.folder;
    folder.make().map_err(|e| Failure::new(Failure::IO, e))?;
    let _lock = folder.lock().map_err(|e| Failure::new(Failure::TEMPORARY, e))?;
    // Without any line the first modem that is found is guarded.
    let lines = if home.config.lines.is_empty() && home.config.fritzbox.is_none() {
        vec![LineSection::default()]
    } else {
        home.config.lines.clone()
    };
    make_own_lists(folder).map_err(|e| Failure::new(Failure::IO, e))?;

    let lookups = looking_up::open(home)?;
    let fritzbox = home.config.fritzbox.clone().map(|f| FritzBoxGuard::new(f, lookups.clone()));
    let mut guard = assemble(home, fritzbox.as_ref())?;
    if let Some(lookups) = lookups {
        guard.set_look_up(lookups);
    }
    if let Some(handler) = handler {
        guard.set_handler(handler);
    }
    crate::telling::start(home, &guard.handle())?;
    crate::housekeeping::start_forgetting(&home.config.log, home.database())?;
    let (again, given, at_reload) = (global.clone(), options.clone(), fritzbox.clone());
    guard.set_reloader(Arc::new(move || reload(&again, &given, at_reload.as_ref())));
    if let Some(fritzbox) = &fritzbox {
        guard
            .start_line(fritzbox.line(), fritzbox.starter())
            .map_err(|e| Failure::new(Failure::UNAVAILABLE, format!("line {}: {e}", fritzbox.line())))?;
    }
    let refusal = already_guarded::watch(lines.clone(), guard.handle());
    for line in &lines {
        let start = crate::lines::starter(line)
            .map_err(|e| Failure::new(Failure::CONFIG, home.where_it_stands(e)))?;
        guard
            .start_line(LineId::new(&line.name), start)
            .map_err(|e| Failure::new(Failure::UNAVAILABLE, format!("line {}: {e}", line.name)))?;
    }
    #[cfg(feature = "web")]
    let _page = crate::web_house::beside_the_guard(home, global, options, guard.handle())?;
    guard_until_stopped(guard, folder)?;
    let refusal = refusal.lock().unwrap_or_else(PoisonError::into_inner).take();
    refusal.map_or(Ok(()), Err)
}

/// A guard over the folder, without lines.
pub(crate) fn assemble(home: &Home, fritzbox: Option<&FritzBoxGuard>) -> Result<Guard, Failure> {
    let wrong = |text: String| Failure::new(Failure::CONFIG, home.where_it_stands(text));
    let judge = judge(&home.config, &home.folder).map_err(wrong)?;
    let diary = crate::sites::diary(home)?;
    let mut guard = match fritzbox {
        Some(fritzbox) => Guard::new(home.folder.clone(), fritzbox.judge(judge), diary),
        None => Guard::new(home.folder.clone(), judge, diary),
    };
    guard.set_actions(home.config.action_settings(), zone(&home.config)?);
    Ok(guard)
}

/// Signals, socket and service manager around a guard that has its lines.
pub(crate) fn guard_until_stopped(mut guard: Guard, folder: &GuardFolder) -> Result<(), Failure> {
    let handle = guard.handle();
    let _signals = service_manager::follow_signals(handle.clone())?;
    let _socket = match ControlSocket::open(&folder.socket(), handle) {
        Ok(socket) => Some(socket),
        Err(e) => {
            // Guarding matters more than being asked about it.
            log::error!("`callblock status` will not work: {e}");
            None
        }
    };
    if let Some(heartbeat) = service_manager::heartbeat() {
        guard.set_heartbeat(heartbeat);
    }
    guard.set_at_stop(service_manager::stopping);
    service_manager::ready();
    log::info!("guarding with {}", folder.path().display());
    guard.run();
    Ok(())
}

/// Reads configuration and lists again, with the same command line over them.
fn reload(global: &Global, options: &Options, fritzbox: Option<&FritzBoxGuard>) -> Result<Reload, String> {
    let mut home = Home::open(global).map_err(|e| e.to_string())?;
    lay_over(options, &mut home.config);
    let judge = judge(&home.config, &home.folder).map_err(|e| home.where_it_stands(e))?;
    let zone = zone(&home.config).map_err(|e| e.to_string())?;
    let judge: Box<dyn Judge> = match fritzbox {
        Some(fritzbox) => Box::new(fritzbox.judge(judge)),
        None => Box::new(judge),
    };
    Ok(Reload { judge, actions: home.config.action_settings(), zone })
}
