//! `callblock replay`: the logged calls under today's lists and rules.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use call_event::{Decision, counted};
use call_log::{CallLog, Direction, LogError, Query};
use call_screen::{Memory, read_span};
use serde_json::json;

use super::lists_given::ListOptions;
use super::progress::Progress;
use crate::{Failure, Global, Home, screening};

/// Options of `callblock replay`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Only calls of that time, such as 30d; all if absent.
    #[arg(long, value_name = "SPAN")]
    pub last: Option<String>,
    /// Another log than the folder's.
    #[arg(long, alias = "database", value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Show the calls too that stay as they were.
    #[arg(long)]
    pub all: bool,
    /// Print JSON, one line for each call.
    #[arg(long)]
    pub json: bool,
    /// Who is blocked and who may ring.
    #[command(flatten)]
    pub lists: ListOptions,
}

/// Judges every logged call anew, oldest first, and shows what would change.
pub(crate) fn run(global: &Global, options: &Options) -> Result<(), Failure> {
    let mut home = Home::open(global)?;
    options.lists.lay_over(&mut home.config);
    let (screen, report) =
        screening::screen(&home.config, &home.folder).map_err(|e| Failure::new(Failure::CONFIG, e))?;
    for trouble in screening::troubles(&report) {
        eprintln!("callblock: {trouble}");
    }
    let span =
        options.last.as_deref().map(read_span).transpose().map_err(|e| Failure::new(Failure::USAGE, e))?;
    let from = span.and_then(|span| SystemTime::now().checked_sub(span));
    let place = options.log.clone().unwrap_or_else(|| home.database());
    let mut log = CallLog::open_read_only(&place).map_err(|e| Failure::new(Failure::NO_INPUT, e))?;
    let query = Query { from, direction: Some(Direction::In), ..Query::default() };
    let mut memory = Memory::new();
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut looked_at = 0_usize;
    let mut progress = Progress::new("calls");
    // Oldest first: whether a call is repeated hangs on those before it. One at a time, however long the log is.
    log.each_call_oldest_first::<LogError>(&query, |logged| {
        let record = logged.call;
        looked_at += 1;
        if looked_at.is_multiple_of(65_536) {
            progress.tell(looked_at);
        }
        let call = record.incoming();
        let verdict = screen.judge(&call, &memory, None);
        memory.record(&screen, &call, &verdict);
        let (then, now) = (word(record.decision), word(verdict.decision()));
        *counts.entry((then, now)).or_default() += 1;
        let changed = then != now;
        if !changed && !options.all {
            return Ok(());
        }
        if options.json {
            let value = json!({
                "at": chrono::DateTime::<chrono::Utc>::from(record.at).to_rfc3339(),
                "line": record.line,
                "caller": record.caller.as_ref().map(ToString::to_string),
                "name": record.name,
                "changed": changed,
                "then": { "decision": then, "action": record.action, "rule": record.rule, "reason": record.reason },
                "now": {
                    "decision": now, "action": verdict.action.word(),
                    "rule": &*verdict.reason.rule, "reason": &*verdict.reason.text,
                },
            });
            println!("{value}");
        } else {
            let at = chrono::DateTime::<chrono::Local>::from(record.at).format("%Y-%m-%d %H:%M");
            let caller = record.caller.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
            println!("{at}  {caller:<20} {then} → {now}: {} (was: {})", verdict.reason, record.reason);
        }
        Ok(())
    })
    .map_err(|e| Failure::new(Failure::IO, e))?;
    drop(progress);
    if !options.json {
        let changed: usize = counts.iter().filter(|((then, now), _)| then != now).map(|(_, n)| n).sum();
        println!("{}, {changed} would go otherwise", counted(looked_at, "call"));
        for ((then, now), count) in &counts {
            println!("  {count:>8}  {then} → {now}");
        }
    }
    Ok(())
}

fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Ring => "ring",
        Decision::Block => "block",
    }
}
