//! Your own sources: a command or a URL that answers with JSON.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use call_event::LookupAnswer;
use serde::Deserialize;

use crate::http::{Question, ask};
use crate::{Error, PlugInSettings, Query};

/// The longest answer of a command.
const MAX_ANSWER: u64 = 64 << 10;
/// How often a command is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// What a plug-in answers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    score: Option<f64>,
    votes: Option<u32>,
    name: Option<String>,
    label: Option<String>,
    link: Option<String>,
}

pub(crate) fn run(
    settings: &PlugInSettings,
    query: &Query,
    timeout: Duration,
) -> Result<Option<LookupAnswer>, Error> {
    let text = match (&settings.url, settings.command.as_slice()) {
        (Some(url), _) => {
            let url = query.fill(url);
            ask(&settings.name, &Question { url: &url, ..Question::default() }, timeout)?.ok(&settings.name)?
        }
        (None, [program, arguments @ ..]) => command(&settings.name, program, arguments, query, timeout)?,
        (None, []) => {
            return Err(Error::Settings {
                place: settings.name.as_str().into(),
                why: "give `command` or `url`".into(),
            });
        }
    };
    read(&settings.name, &text)
}

fn read(name: &str, text: &str) -> Result<Option<LookupAnswer>, Error> {
    let said: Said = serde_json::from_str(text.trim())
        .map_err(|e| Error::BadAnswer { source_name: name.into(), why: e.to_string().into() })?;
    let mut answer = LookupAnswer::from_source(name);
    answer.score =
        said.score.and_then(|score| (1..=9u8).find(|n| f64::from(*n) >= score.clamp(1.0, 9.0).round()));
    // A score without votes is the plug-in's own word, which its owner trusts.
    answer.votes = said.votes.unwrap_or_else(|| if answer.score.is_some() { u32::MAX } else { 0 });
    answer.name = said.name.map(|n| clean(&n).into()).filter(|n: &std::sync::Arc<str>| !n.is_empty());
    answer.label = said.label.map(|l| clean(&l).into());
    answer.link = said.link.map(|l| clean(&l).into());
    let knows = answer.score.is_some() || answer.name.is_some();
    Ok(knows.then_some(answer))
}

fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Runs a command without a shell. The number is digits and a `+`, so it cannot be taken for an option.
fn command(
    name: &str,
    program: &str,
    arguments: &[String],
    query: &Query,
    timeout: Duration,
) -> Result<String, Error> {
    let failed = |why: String| Error::Unreachable { source_name: name.into(), why: why.into() };
    let fill = |text: &String| {
        text.replace("{e164}", query.e164())
            .replace("{digits}", query.e164().trim_start_matches('+'))
            .replace("{national}", query.national())
    };
    let mut child = Command::new(program)
        .args(arguments.iter().map(fill))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| failed(format!("{program}: {e}")))?;
    let output = child.stdout.take();
    // Read beside the waiting, so that a command that says much is not stuck; it ends when the command does.
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(output) = output {
            let _ = output.take(MAX_ANSWER).read_to_end(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    });
    let until = Instant::now() + timeout;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => break,
            Ok(Some(status)) => return Err(failed(format!("{program} ended with {status}"))),
            Ok(None) if Instant::now() < until => std::thread::sleep(LOOK),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed(format!("{program} did not answer in time")));
            }
            Err(e) => return Err(failed(format!("{program}: {e}"))),
        }
    }
    reader.join().map_err(|_| failed(format!("{program}: its answer was lost")))
}
