//! By running a program: its arguments may hold places to be filled in, and the whole notice comes as JSON
//! on its standard input. Never through a shell: nothing that a caller chooses is read as a command.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::notifier::Sink;
use crate::{Notice, SinkError, Template, When};

/// `[[notify.command]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CommandSettings {
    /// The program, by its whole path or as found in `PATH`.
    pub program: PathBuf,
    /// Its arguments, with places such as `{number}`.
    #[serde(default)]
    pub arguments: Vec<Template>,
    /// It is ended if it runs longer, in seconds.
    #[serde(default = "thirty")]
    pub seconds: u64,
    /// Which notices.
    #[serde(default)]
    pub when: When,
}

fn thirty() -> u64 {
    30
}

/// Runs the program.
#[derive(Debug)]
pub(crate) struct CommandSink {
    settings: CommandSettings,
}

impl CommandSink {
    #[allow(clippy::unnecessary_wraps, reason = "each sink is opened alike")]
    pub(crate) fn open(settings: &CommandSettings) -> Result<Self, SinkError> {
        Ok(Self { settings: settings.clone() })
    }
}

impl Sink for CommandSink {
    fn tell(&mut self, notice: &Notice) -> Result<(), SinkError> {
        let to = self.settings.program.display().to_string();
        let failed = |why: String| SinkError::Refused { to: to.clone(), why };
        let json = serde_json::to_vec(notice).map_err(|e| failed(e.to_string()))?;
        let mut child = Command::new(&self.settings.program)
            .args(self.settings.arguments.iter().map(|a| clean(&a.fill(notice))))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            // What it complains of stands among the guard's own messages.
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|e| failed(format!("it cannot be run: {e}; install it, or write its whole path")))?;
        // A program that reads nothing must not hold us up: what it does not take stays in the pipe, and
        // a notice fits into one.
        if let Some(mut input) = child.stdin.take() {
            let _ = input.write_all(&json[..json.len().min(60_000)]);
        }
        let status = wait(&mut child, Duration::from_secs(self.settings.seconds)).map_err(&failed)?;
        if status.success() { Ok(()) } else { Err(failed(format!("it ended with {status}"))) }
    }
}

/// No argument can hold a NUL.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

fn wait(child: &mut Child, at_most: Duration) -> Result<std::process::ExitStatus, String> {
    let end = Instant::now() + at_most;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(20)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it did not end within {} s", at_most.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}
