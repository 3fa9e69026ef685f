//! `callblock check`: what would become of a call, and why.

use std::io::{self, BufRead as _, BufWriter, Write};
use std::time::SystemTime;

use call_event::{CallId, CallerName, Decision, IncomingCall, LineId, LookupAnswer};
use call_screen::{Explanation, Memory, Screen, write_action};
use chrono::{DateTime, Local, NaiveDateTime, TimeZone as _, Utc};
use phone_number::{Caller, ShownNumber};
use serde_json::{Value, json};

use super::lists_given::ListOptions;
use crate::{Failure, Global, Home, screening};

/// Options of `callblock check`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The numbers as the line would show them; `withheld`, `unavailable` and `none` for callers without. An empty
    /// one is withheld, as a FRITZ!Box shows it. Without any: one a line from standard input.
    #[arg(value_name = "NUMBER")]
    pub numbers: Vec<String>,
    /// The caller's name.
    #[arg(long, value_name = "N")]
    pub name: Option<String>,
    /// The moment of the call: `2026-12-24T23:15:00+01:00`, or `2026-12-24 23:15` in the configured time zone.
    /// Default: now
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// The line that it comes on. Default: the first configured, or home
    #[arg(long, value_name = "L")]
    pub line: Option<String>,
    /// The own number that was called.
    #[arg(long, value_name = "MSN")]
    pub called: Option<String>,
    /// Suppose that others rate the caller so: score from 1 to 9, and votes, such as 8/20.
    #[arg(long, value_name = "SCORE/VOTES", value_parser = rating)]
    pub rated: Option<(u8, u32)>,
    /// Print JSON, one line for each number.
    #[arg(long)]
    pub json: bool,
    /// Who is blocked and who may ring.
    #[command(flatten)]
    pub lists: ListOptions,
}

fn rating(text: &str) -> Result<(u8, u32), String> {
    let (score, votes) = text.split_once('/').unwrap_or((text, "100"));
    match (score.parse(), votes.parse()) {
        (Ok(score @ 1..=9), Ok(votes)) => Ok((score, votes)),
        _ => Err("write score and votes, such as 8/20".into()),
    }
}

/// Judges each number and says why.
pub(crate) fn run(global: &Global, options: &Options) -> Result<(), Failure> {
    let mut home = Home::open(global)?;
    options.lists.lay_over(&mut home.config);
    let (screen, report) =
        screening::screen(&home.config, &home.folder).map_err(|e| Failure::new(Failure::CONFIG, e))?;
    for trouble in screening::troubles(&report) {
        eprintln!("callblock: {trouble}");
    }
    let zone = home.config.screen.timezone.as_deref();
    let check = Check {
        screen,
        at: options.at.as_deref().map(|text| moment(text, zone)).transpose()?,
        line: options
            .line
            .clone()
            .or_else(|| home.config.lines.first().map(|line| line.name.clone()))
            .unwrap_or_else(|| "home".into()),
        options,
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let failed = |e: io::Error| Failure::new(Failure::IO, e);
    if options.numbers.is_empty() || options.numbers == ["-"] {
        let mut input = io::BufReader::new(io::stdin().lock());
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = input.read_until(b'\n', &mut line);
            if read.map_err(|e| Failure::new(Failure::IO, format!("standard input: {e}")))? == 0 {
                break;
            }
            let number = String::from_utf8_lossy(&line);
            let number = number.trim_end_matches(['\n', '\r']);
            if options.json {
                check.json(number, &mut out).map_err(failed)?;
            } else {
                check.short(number, &mut out).map_err(failed)?;
            }
            // A program that waits for each answer gets it; one that sends millions is not slowed down.
            if input.buffer().is_empty() {
                out.flush().map_err(failed)?;
            }
        }
    } else {
        for number in &options.numbers {
            if options.json {
                check.json(number, &mut out).map_err(failed)?;
            } else {
                check.long(number, &mut out).map_err(failed)?;
            }
        }
    }
    out.flush().map_err(failed)
}

struct Check<'o> {
    screen: Screen,
    at: Option<SystemTime>,
    line: String,
    options: &'o Options,
}

impl Check<'_> {
    fn explain(&self, number: &str) -> (IncomingCall, Explanation) {
        let at = self.at.unwrap_or_else(SystemTime::now);
        let mut call = IncomingCall::new(CallId(1), LineId::new(&self.line), at);
        call.caller = caller(number);
        call.name = self.options.name.as_deref().and_then(|name| CallerName::from_line(name.as_bytes()));
        call.called = self.options.called.as_deref().map(Into::into);
        let answer = self.options.rated.map(|(score, votes)| LookupAnswer {
            score: Some(score),
            votes,
            ..LookupAnswer::from_source("supposed")
        });
        let explanation = self.screen.explain(&call, &Memory::new(), answer.as_ref());
        (call, explanation)
    }

    /// Whether the guard would ask others before it acts.
    fn asks(&self, call: &IncomingCall, explanation: &Explanation) -> bool {
        self.options.rated.is_none() && self.screen.wants_lookup(call, &explanation.verdict).is_some()
    }

    fn json(&self, number: &str, out: &mut impl Write) -> io::Result<()> {
        let (call, explanation) = self.explain(number);
        let mut value = as_json(number, &explanation);
        value["asks-others"] = json!(self.asks(&call, &explanation));
        writeln!(out, "{value}")
    }

    fn short(&self, number: &str, out: &mut impl Write) -> io::Result<()> {
        let (_, explanation) = self.explain(number);
        let verdict = &explanation.verdict;
        writeln!(
            out,
            "{number}\t{}\t{}\t{}",
            decision(&explanation),
            write_action(&verdict.action),
            verdict.reason
        )
    }

    fn long(&self, number: &str, out: &mut impl Write) -> io::Result<()> {
        let (call, explanation) = self.explain(number);
        let words = ["unavailable", "unknown", "O"];
        if matches!(call.caller, Some(Caller::Unavailable)) && !words.contains(&number.trim()) {
            writeln!(
                out,
                "{number:?} is not a telephone number; a call that shows it is one without number:"
            )?;
        }
        let verdict = &explanation.verdict;
        let shown = explanation.display.as_deref().unwrap_or(&explanation.caller);
        let mut about: Vec<&str> = Vec::new();
        about.extend(explanation.e164.as_deref().filter(|e164| *e164 != shown));
        about.extend(explanation.area.as_deref());
        about.extend(explanation.kind);
        let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
        writeln!(out, "{shown}{about}: {}, {}", decision(&explanation), write_action(&verdict.action))?;
        writeln!(
            out,
            "  because {} [{}: {}]",
            verdict.reason,
            verdict.reason.stage.word(),
            verdict.reason.rule
        )?;
        for doubt in explanation.doubts.iter() {
            writeln!(out, "  doubt: {doubt}")?;
        }
        let width = explanation.steps.iter().map(|step| step.rule.chars().count()).max().unwrap_or(0).min(40);
        for (index, step) in explanation.steps.iter().enumerate() {
            let mark = if step.decided { "→" } else { " " };
            writeln!(
                out,
                "  {mark} {}. {:<8} {:<width$}  {}",
                index + 1,
                step.stage,
                step.rule,
                step.outcome
            )?;
        }
        if self.asks(&call, &explanation) {
            writeln!(out, "    others would be asked about the number before it rings on")?;
        }
        Ok(())
    }
}

fn decision(explanation: &Explanation) -> &'static str {
    match explanation.verdict.decision() {
        Decision::Ring => "ring",
        Decision::Block => "block",
    }
}

/// An explanation as `--json` prints it.
pub(crate) fn as_json(number: &str, explanation: &Explanation) -> Value {
    let verdict = &explanation.verdict;
    json!({
        "number": number,
        "decision": decision(explanation),
        "action": write_action(&verdict.action),
        "stage": verdict.reason.stage.word(),
        "rule": &*verdict.reason.rule,
        "reason": &*verdict.reason.text,
        "caller": explanation.caller,
        "e164": explanation.e164,
        "display": explanation.display,
        "kind": explanation.kind,
        "area": explanation.area,
        "doubts": explanation.doubts.iter().map(|doubt| doubt.word()).collect::<Vec<_>>(),
        "steps": explanation.steps,
    })
}

/// A caller as people name one.
fn caller(text: &str) -> Option<Caller> {
    match text.trim() {
        "none" => None,
        "" | "withheld" | "private" | "anonymous" => Some(Caller::Withheld),
        text => {
            Some(ShownNumber::new(text).map_or_else(|| Caller::from_line(text.as_bytes()), Caller::Number))
        }
    }
}

/// Reads a moment; without offset it is a wall clock in the zone.
fn moment(text: &str, zone: Option<&str>) -> Result<SystemTime, Failure> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.with_timezone(&Utc).into());
    }
    let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
    let clock =
        forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).ok_or_else(|| {
            Failure::new(Failure::USAGE, format!("{text:?} is no time; write for example 2026-12-24 23:15"))
        })?;
    let zone: Option<chrono_tz::Tz> = zone.and_then(|name| name.parse().ok());
    // Of an hour that comes twice the first; one that is left out does not exist.
    let utc = match zone {
        Some(zone) => zone.from_local_datetime(&clock).earliest().map(|time| time.with_timezone(&Utc)),
        None => Local.from_local_datetime(&clock).earliest().map(|time| time.with_timezone(&Utc)),
    };
    let skipped =
        || Failure::new(Failure::USAGE, format!("{text:?} does not exist: clocks are put forward over it"));
    utc.map(SystemTime::from).ok_or_else(skipped)
}
