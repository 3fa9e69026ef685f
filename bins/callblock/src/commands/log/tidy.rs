//! `callblock log import`, `forget` and `check`.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use call_event::counted;
use call_log::{Retention, Source};

use super::place::{Place, failure, print, size, span};
use crate::commands::progress::Progress;
use crate::{Failure, Global};

/// Options of `callblock log import`.
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    #[command(flatten)]
    place: Place,
    /// The other program's log: `pycallblock.db`, `callattendant.db`, `callerID.dat`, `cidcall.log`.
    file: PathBuf,
    /// Whose log it is; found out from the file if not given.
    #[arg(long, value_name = "PROGRAM", value_parser = source)]
    from: Option<Source>,
    /// The line on which the calls came.
    #[arg(long, value_name = "LINE", default_value = "home")]
    line: String,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

fn source(text: &str) -> Result<Source, String> {
    Source::ALL
        .into_iter()
        .find(|s| s.word() == text)
        .ok_or_else(|| "known are pycallblock, callattendant, jcblock and ncid".into())
}

pub(super) fn import(global: &Global, options: &Import) -> Result<(), Failure> {
    if !options.file.is_file() {
        return Err(Failure::new(Failure::NO_INPUT, format!("there is no file {}", options.file.display())));
    }
    let mut log = options.place.write(global)?;
    log.use_memory(200).map_err(|e| failure(&e))?;
    let mut progress = Progress::new("entries read");
    let done = log.import(&options.file, options.from, &options.line, &mut |count| progress.tell(count));
    drop(progress);
    let done = done.map_err(|e| failure(&e))?;
    print(|out| {
        if options.json {
            serde_json::to_writer(&mut *out, &done)?;
            return writeln!(out);
        }
        for bad in &done.bad {
            writeln!(out, "{}:{}: left out: {}", options.file.display(), bad.line, bad.why)?;
        }
        let more = done.bad_count - done.bad.len() as u64;
        if more > 0 {
            writeln!(out, "and {more} more left out")?;
        }
        writeln!(
            out,
            "{} and {} taken over from {}; here already: {}, left out: {}",
            counted(done.calls, "call"),
            counted(done.messages, "message"),
            done.source,
            done.known,
            done.bad_count
        )
    })
}

/// Options of `callblock log forget`.
#[derive(Debug, clap::Args)]
pub(super) struct Forget {
    #[command(flatten)]
    place: Place,
    /// Delete calls and messages older than this: `1y`.
    #[arg(long, value_name = "AGE", value_parser = span)]
    older_than: Option<Duration>,
    /// Keep at most so many calls, the newest.
    #[arg(long, value_name = "N")]
    keep_calls: Option<u64>,
    /// Delete recordings older than this: `90d`.
    #[arg(long, value_name = "AGE", value_parser = span)]
    recordings_older_than: Option<Duration>,
    /// Keep at most so many bytes of recordings, the newest: `2G`.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    keep_recordings: Option<u64>,
    /// Take number, name and recording from calls older than this: `30d`.
    #[arg(long, value_name = "AGE", value_parser = span)]
    anonymise_after: Option<Duration>,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn forget(global: &Global, options: &Forget) -> Result<(), Failure> {
    let retention = Retention {
        keep_for: options.older_than,
        keep_calls: options.keep_calls,
        keep_recordings: options.keep_recordings,
        keep_recordings_for: options.recordings_older_than,
        anonymise_after: options.anonymise_after,
    };
    if retention == Retention::default() {
        return Err(Failure::new(
            Failure::USAGE,
            "nothing to forget; say what, for example --older-than 1y or --anonymise-after 90d",
        ));
    }
    // Only an existing log can be tidied up.
    drop(options.place.read(global)?);
    let mut log = options.place.write(global)?;
    let done = log.forget(&retention, SystemTime::now()).map_err(|e| failure(&e))?;
    print(|out| {
        if options.json {
            serde_json::to_writer(&mut *out, &done)?;
            return writeln!(out);
        }
        writeln!(
            out,
            "deleted {}, {} and {}; made {} anonymous",
            counted(done.calls, "call"),
            counted(done.messages, "message"),
            counted(done.recordings, "recording"),
            counted(done.anonymised, "call")
        )
    })
}

/// Options of `callblock log check`.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    #[command(flatten)]
    place: Place,
}

pub(super) fn check(global: &Global, options: &Check) -> Result<(), Failure> {
    let mut log = options.place.read(global)?;
    log.check().map_err(|e| failure(&e))?;
    print(|out| writeln!(out, "{} is sound", log.place()))
}
