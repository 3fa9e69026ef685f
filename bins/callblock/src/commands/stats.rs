//! `callblock stats`: calls by day, hour, weekday, reason, area and caller.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use call_event::counted;
use call_log::{Count, Day, Span, Statistics, local_offset};

use super::log::place::{Place, failure, print, span};
use crate::{Failure, Global};

/// Options of `callblock stats`.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// From this day on: `2026-11-20`, or how long ago: `30d`.
    #[arg(long, value_name = "DAY", value_parser = day)]
    since: Option<Day>,
    /// To the end of this day.
    #[arg(long, value_name = "DAY", value_parser = day)]
    until: Option<Day>,
    /// On this line.
    #[arg(long, value_name = "LINE")]
    line: Option<String>,
    /// How many reasons, areas and callers are listed.
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: u32,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Write the plots as an SVG picture.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Leave out the plots of text.
    #[arg(long)]
    no_plot: bool,
    /// Show numbers with their last three digits as xxx.
    #[arg(long)]
    redact: bool,
}

fn day(text: &str) -> Result<Day, String> {
    if let Ok(ago) = span(text) {
        let at = SystemTime::now().checked_sub(ago).ok_or_else(|| format!("{text} is too long ago"))?;
        return Ok(Day::of(at, local_offset(at)));
    }
    text.parse().map_err(|e| format!("{e}, or as how long ago, such as 30d"))
}

/// Counts and prints.
pub(crate) fn run(global: &Global, options: &Options) -> Result<(), Failure> {
    let mut log = options.place.read(global)?;
    let span =
        Span { from: options.since, until: options.until, line: options.line.clone(), top: options.top };
    let mut statistics = log.statistics(&span).map_err(|e| failure(&e))?;
    if options.redact {
        for caller in &mut statistics.callers {
            caller.who = phone_number::redact(&caller.who);
            caller.name = None;
        }
    }
    if let Some(file) = &options.svg {
        std::fs::write(file, statistics.svg())
            .map_err(|e| Failure::new(Failure::IO, format!("cannot write {}: {e}", file.display())))?;
    }
    print(|out| {
        if options.json {
            serde_json::to_writer(&mut *out, &statistics)?;
            writeln!(out)
        } else {
            tables(out, &statistics, !options.no_plot)
        }
    })
}

fn tables(out: &mut dyn Write, statistics: &Statistics, plot: bool) -> io::Result<()> {
    let total = statistics.total;
    writeln!(
        out,
        "{}, {} blocked ({} %), answered for {}\n",
        counted(total.calls, "call"),
        total.blocked,
        (total.blocked * 100).checked_div(total.calls).unwrap_or(0),
        counted(total.answered_for.as_secs() / 60, "minute")
    )?;
    if total.calls == 0 {
        return Ok(());
    }
    if plot {
        let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).unwrap_or(80);
        out.write_all(statistics.text_plot(columns).as_bytes())?;
    }
    table(out, "What decided", statistics.causes.iter().map(|(name, count)| (name.as_str(), *count)))?;
    let area = |name: &'_ str| -> String { if name.is_empty() { "(no area)".into() } else { name.into() } };
    let areas: Vec<(String, Count)> = statistics.areas.iter().map(|(n, c)| (area(n), *c)).collect();
    table(out, "Area", areas.iter().map(|(name, count)| (name.as_str(), *count)))?;
    let callers: Vec<(String, Count)> = statistics
        .callers
        .iter()
        .map(|c| (format!("{}  {}", c.who, c.name.as_deref().unwrap_or("")), c.count))
        .collect();
    table(out, "Caller", callers.iter().map(|(name, count)| (name.as_str(), *count)))
}

fn table<'a>(
    out: &mut dyn Write,
    title: &str,
    rows: impl Iterator<Item = (&'a str, Count)>,
) -> io::Result<()> {
    writeln!(out, "{title:40} {:>8} {:>8}", "CALLS", "BLOCKED")?;
    for (name, count) in rows {
        let name = super::log::table_cell(name, 40);
        writeln!(out, "{name} {:>8} {:>8}", count.calls, count.blocked)?;
    }
    writeln!(out)
}
