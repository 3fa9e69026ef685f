//! Signals, and what a service manager wants to hear.

use std::thread;

use call_event::GuardCommand;
use call_guard::{GuardHandle, Heartbeat};

use crate::Failure;

/// Obeys signals for as long as it lives.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    handle: signal_hook::iterator::Handle,
}

#[cfg(unix)]
impl Drop for Signals {
    fn drop(&mut self) {
        self.handle.close();
    }
}

/// SIGINT and SIGTERM stop the guard, SIGHUP makes it read its configuration again.
#[cfg(unix)]
pub(crate) fn follow_signals(guard: GuardHandle) -> Result<Signals, Failure> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let failed =
        |e: std::io::Error| Failure::new(Failure::SOFTWARE, format!("signals cannot be followed: {e}"));
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(failed)?;
    let handle = signals.handle();
    let follow = move || {
        for signal in signals.forever() {
            let command = if signal == SIGHUP { GuardCommand::Reload } else { GuardCommand::Stop };
            guard.ask(command);
        }
    };
    thread::Builder::new().name("signals".into()).spawn(follow).map_err(failed)?;
    Ok(Signals { handle })
}

/// Ctrl-C ends the program as the system does it; the modem's own timers put the line on-hook.
#[cfg(not(unix))]
pub(crate) fn follow_signals(_guard: GuardHandle) -> Result<Signals, Failure> {
    Ok(Signals {})
}

/// The service manager's watchdog, if it wants one.
#[cfg(target_os = "linux")]
pub(crate) fn heartbeat() -> Option<Heartbeat> {
    let every = sd_notify::watchdog_enabled()? / 2;
    Some(Heartbeat {
        every,
        beat: Box::new(|| {
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
        }),
    })
}

/// Tells the service manager that the guard is ready.
#[cfg(target_os = "linux")]
pub(crate) fn ready() {
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
}

/// Tells the service manager that the guard has begun to stop.
#[cfg(target_os = "linux")]
pub(crate) fn stopping() {
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
}

/// No service manager wants one here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn heartbeat() -> Option<Heartbeat> {
    None
}

/// No service manager listens here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn ready() {}

/// No service manager listens here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn stopping() {}
