//! `callblock log`: the calls, as a table, JSON or CSV; import, retention and check.

pub(crate) mod place;
mod table;
mod tidy;

use std::io::Write as _;
use std::time::{Duration, SystemTime};

use call_event::Decision;
use call_log::{CallLog, Direction, LoggedCall, Mark, Query};

use crate::{Failure, Global, Home, screening};
use place::{Place, failure, moment, print};
pub(crate) use table::cell as table_cell;

/// Options of `callblock log`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    show: Show,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Take over the calls of pycallblock, callattendant, jcblock or NCID. It can be repeated.
    Import(tidy::Import),
    /// Delete what is too old, too much or too large, and make old calls anonymous.
    Forget(tidy::Forget),
    /// Look through the whole log for damage.
    Check(tidy::Check),
}

/// Which calls are shown, and how.
#[derive(Debug, clap::Args)]
struct Show {
    #[command(flatten)]
    place: Place,
    /// How many calls are shown, the newest.
    #[arg(short = 'n', long, default_value_t = 25, value_name = "N")]
    limit: usize,
    /// Show all calls.
    #[arg(long, conflicts_with = "limit")]
    all: bool,
    /// Not before this time: `2026-11-20`, `2026-11-20 22:41`, or how long ago: `12h`, `7d`.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<SystemTime>,
    /// Before this time.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<SystemTime>,
    /// From this number, in national or international form; also `withheld`, `unavailable` or `none`.
    #[arg(long, value_name = "NUMBER")]
    number: Option<String>,
    /// With this text in number, name, area or reason.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// On this line.
    #[arg(long, value_name = "LINE")]
    line: Option<String>,
    /// At this site.
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// With this mark: B blocked, W allowed, * star key, - passed.
    #[arg(long, value_name = "MARK", value_parser = mark, allow_hyphen_values = true)]
    mark: Option<Mark>,
    /// Only calls that were blocked.
    #[arg(long, conflicts_with = "rang")]
    blocked: bool,
    /// Only calls that rang.
    #[arg(long)]
    rang: bool,
    /// Decided by this rule or list entry.
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// From this area or country.
    #[arg(long, value_name = "AREA")]
    area: Option<String>,
    /// Only calls out.
    #[arg(long)]
    outgoing: bool,
    /// Only calls with a recording.
    #[arg(long)]
    recorded: bool,
    /// Print JSON, one object in each line.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV with headings.
    #[arg(long)]
    csv: bool,
    /// Go on with new calls as they are logged.
    #[arg(short, long, conflicts_with_all = ["csv", "until"])]
    follow: bool,
    /// Show each reason step by step.
    #[arg(long)]
    explain: bool,
}

fn mark(text: &str) -> Result<Mark, String> {
    let mut chars = text.chars();
    match (chars.next().and_then(|c| Mark::from_letter(c.to_ascii_uppercase())), chars.next()) {
        (Some(mark), None) => Ok(mark),
        _ => Err("a mark is one of B W * -".into()),
    }
}

/// Shows, imports or tidies up.
pub(crate) fn run(global: &Global, options: Options) -> Result<(), Failure> {
    match options.command {
        None => show(global, &options.show),
        Some(Command::Import(import)) => tidy::import(global, &import),
        Some(Command::Forget(forget)) => tidy::forget(global, &forget),
        Some(Command::Check(check)) => tidy::check(global, &check),
    }
}

impl Show {
    fn query(&self) -> Query {
        Query {
            from: self.since,
            until: self.until,
            search: self.search.clone(),
            line: self.line.clone(),
            site: self.site.clone(),
            mark: self.mark,
            decision: match (self.blocked, self.rang) {
                (true, _) => Some(Decision::Block),
                (_, true) => Some(Decision::Ring),
                _ => None,
            },
            rule: self.rule.clone(),
            area: self.area.clone(),
            direction: self.outgoing.then_some(Direction::Out),
            with_recording: self.recorded,
            ..Query::default()
        }
    }
}

/// The caller as the log names him: by the number as typed, or by its international form.
fn who(global: &Global, log: &mut CallLog, typed: &str) -> Result<String, Failure> {
    let typed: String = typed.chars().filter(|c| !matches!(c, ' ' | '/' | '.' | '-' | '(' | ')')).collect();
    // Without a configuration that can be read the number counts as it is typed.
    let international = Home::open(global)
        .ok()
        .and_then(|home| screening::numbering(&home.config, home.folder.path()).ok())
        .and_then(|numbering| Some(numbering.read(&typed)?.e164()?.to_string()));
    for form in international.into_iter().chain([typed.clone()]) {
        let query = Query { who: Some(form.clone()), limit: 1, ..Query::default() };
        if !log.page(&query).map_err(|e| failure(&e))?.calls.is_empty() {
            return Ok(form);
        }
    }
    Ok(typed)
}

fn show(global: &Global, show: &Show) -> Result<(), Failure> {
    let mut log = show.place.read(global)?;
    let who = show.number.as_deref().map(|typed| who(global, &mut log, typed)).transpose()?;
    let query = Query { who, ..show.query() };
    if show.all && (show.csv || show.json) && !show.follow {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        let done =
            if show.csv { log.export_csv(&query, &mut out) } else { log.export_json(&query, &mut out) };
        return match done {
            // The reader of the pipe has seen enough.
            Err(call_log::LogError::Export { source }) if is_broken_pipe(&*source) => Ok(()),
            done => done.map(drop).map_err(|e| failure(&e)),
        };
    }
    let last = log.last_id().map_err(|e| failure(&e))?;
    let calls = newest(&mut log, query.clone(), if show.all { usize::MAX } else { show.limit })?;
    print(|out| {
        if show.csv {
            call_log::write_csv(&calls, out)
        } else if show.json {
            calls.iter().try_for_each(|call| json_line(out, call))
        } else if show.follow {
            // New calls come below: oldest first.
            table::heading(out)
                .and_then(|()| calls.iter().rev().try_for_each(|call| table::line(out, call, show.explain)))
        } else if calls.is_empty() {
            writeln!(out, "No calls.")
        } else {
            table::heading(out)?;
            calls.iter().try_for_each(|call| table::line(out, call, show.explain))
        }
    })?;
    if show.follow { follow(&mut log, show, &query, last) } else { Ok(()) }
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

fn newest(log: &mut CallLog, mut query: Query, most: usize) -> Result<Vec<LoggedCall>, Failure> {
    let mut calls = Vec::new();
    query.limit = u32::try_from(most).unwrap_or(u32::MAX).min(1000);
    while calls.len() < most {
        let page = log.page(&query).map_err(|e| failure(&e))?;
        calls.extend(page.calls);
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    calls.truncate(most);
    Ok(calls)
}

/// How often the log is asked for new calls.
const TURN: Duration = Duration::from_millis(300);

fn follow(log: &mut CallLog, show: &Show, query: &Query, mut last: i64) -> Result<(), Failure> {
    loop {
        std::thread::sleep(TURN);
        let new = log.calls_after(last, 1000).map_err(|e| failure(&e))?;
        let Some(newest_id) = new.last().map(|c| c.id) else { continue };
        // Which of them are wanted, the log itself says.
        let since = new.iter().map(|c| c.call.at).min();
        let wanted = Query { from: since.max(query.from), ..query.clone() };
        let mut calls = newest(log, wanted, usize::MAX)?;
        calls.retain(|c| c.id > last && c.id <= newest_id);
        calls.sort_by_key(|c| c.id);
        last = newest_id;
        let mut out = std::io::stdout().lock();
        let printed = calls
            .iter()
            .try_for_each(|call| {
                if show.json { json_line(&mut out, call) } else { table::line(&mut out, call, show.explain) }
            })
            .and_then(|()| out.flush());
        match printed {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(Failure::new(Failure::IO, error)),
            Ok(()) => {}
        }
    }
}

fn json_line(out: &mut dyn std::io::Write, call: &LoggedCall) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, call)?;
    writeln!(out)
}
