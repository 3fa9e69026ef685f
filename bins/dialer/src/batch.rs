//! A list of numbers, each called until it is reached or the tries are used up.

use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, Local};
use crossbeam_channel::Receiver;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::args::{BatchOptions, Content, DeviceOptions};
use crate::call::{self, Plan};
use crate::device::Device;
use crate::hours::next_allowed;
use crate::outcome::{DATA, Failure, IO, NO_INPUT, Outcome, Report, SOME_NOT_REACHED, STOPPED};
use crate::run::print;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Entry {
    number: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    play: Option<String>,
    #[serde(default)]
    digits: Option<String>,
    #[serde(default)]
    record: Option<String>,
}

/// A row of the results.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Row {
    number: String,
    #[serde(default)]
    name: String,
    outcome: Outcome,
    tries: u32,
    at: String,
    answered_seconds: f64,
    digits: String,
    recorded: String,
    ended: String,
}

/// A number that is still to be called.
struct Due {
    entry: Entry,
    plan: Plan,
    tries: u32,
    not_before: Instant,
}

/// Calls every number of the list.
pub(crate) fn run(device: &DeviceOptions, options: BatchOptions, stop: &Receiver<()>) -> Result<u8, Failure> {
    let entries = read_list(&options.list)?;
    let done = if options.resume { already_answered(&options.results)? } else { HashSet::new() };
    let folder = options.list.parent().unwrap_or_else(|| Path::new(""));
    let mut due = VecDeque::new();
    for entry in entries.into_iter().filter(|e| !done.contains(&e.number)) {
        let plan = Plan { number: entry.number.clone(), content: content(&options.content, &entry, folder) };
        plan.check()?;
        due.push_back(Due { entry, plan, tries: 0, not_before: Instant::now() });
    }
    let mut results = Results::open(&options.results, options.resume)?;
    if due.is_empty() {
        return Ok(0);
    }
    let bar = progress_bar(due.len(), device.json);
    let line = Device::open(device)?;
    let outcome = call_all(device, &options, &line, due, &mut results, &bar, stop);
    // Whatever happened, the line ends on-hook; what is written is kept.
    line.close();
    let (reached, all, stopped) = outcome?;
    bar.finish_and_clear();
    eprintln!("{reached} of {all} reached; results in {}", options.results.display());
    Ok(match (stopped, reached == all) {
        (true, _) => STOPPED,
        (_, true) => 0,
        _ => SOME_NOT_REACHED,
    })
}

fn call_all(
    device: &DeviceOptions,
    options: &BatchOptions,
    line: &Device,
    mut due: VecDeque<Due>,
    results: &mut Results,
    bar: &ProgressBar,
    stop: &Receiver<()>,
) -> Result<(usize, usize, bool), Failure> {
    let all = due.len();
    let mut reached = 0;
    let mut first = true;
    while let Some(place) = next(&due) {
        let pause = if first { Duration::ZERO } else { options.pause };
        first = false;
        if waits(pause.max(due[place].not_before.saturating_duration_since(Instant::now())), bar, stop)
            || waits_for_hours(options, bar, stop)
        {
            return Ok((reached, all, true));
        }
        let Some(mut now) = due.remove(place) else { break };
        bar.set_message(format!("{} {}", now.plan.number, now.entry.name));
        let at = Local::now();
        now.tries += 1;
        let report = call::place(&line.line, &now.plan, stop)?;
        bar.suspend(|| print(device, &report));
        let lost = report.outcome == Outcome::ModemLost;
        let again = report.outcome.is_worth_another_try() && now.tries <= options.retries && !report.stopped;
        if again {
            now.not_before = Instant::now() + options.retry_pause;
            due.push_back(now);
            if lost && line.wait_until_back(stop)? {
                return Ok((reached, all, true));
            }
            continue;
        }
        reached += usize::from(report.outcome == Outcome::Answered);
        results.add(&now, &report, at)?;
        bar.inc(1);
        if report.stopped || (lost && !due.is_empty() && line.wait_until_back(stop)?) {
            return Ok((reached, all, true));
        }
    }
    Ok((reached, all, false))
}

/// The number that may be called first; of several the one that has waited longest.
fn next(due: &VecDeque<Due>) -> Option<usize> {
    let now = Instant::now();
    let ready = due.iter().position(|d| d.not_before <= now);
    ready.or_else(|| due.iter().enumerate().min_by_key(|(_, d)| d.not_before).map(|(place, _)| place))
}

/// Waits; true if the user wants to stop.
fn waits(time: Duration, bar: &ProgressBar, stop: &Receiver<()>) -> bool {
    if time > Duration::from_secs(1) {
        bar.set_message(format!("next call in {} s", time.as_secs()));
    }
    stop.recv_timeout(time).is_ok()
}

fn waits_for_hours(options: &BatchOptions, bar: &ProgressBar, stop: &Receiver<()>) -> bool {
    loop {
        let now = Local::now();
        let next = next_allowed(&options.hours, now);
        let Ok(time) = (next - now).to_std() else { return false };
        if time.is_zero() {
            return false;
        }
        bar.set_message(format!("calls are allowed again at {}", next.format("%a %H:%M")));
        // The clock may be set meanwhile, so it is looked at again.
        if stop.recv_timeout(time.min(Duration::from_secs(60))).is_ok() {
            return true;
        }
    }
}

fn content(common: &Content, entry: &Entry, folder: &Path) -> Content {
    let given = |field: &Option<String>| field.clone().filter(|text| !text.trim().is_empty());
    let mut content = common.clone();
    if let Some(files) = given(&entry.play) {
        content.play = files.split(';').map(|file| folder.join(file.trim())).collect();
    }
    if let Some(digits) = given(&entry.digits) {
        content.digits = Some(digits);
    }
    // One recording for all would be written over by each call.
    content.record = match (given(&entry.record), &common.record) {
        (Some(file), _) => Some(folder.join(file)),
        (None, Some(file)) => Some(named_for(file, &entry.number)),
        (None, None) => None,
    };
    content
}

/// `calls.wav` for the number 5550100 is `calls-5550100.wav`.
fn named_for(file: &Path, number: &str) -> std::path::PathBuf {
    let stem = file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let end = file.extension().map_or_else(|| "wav".into(), |e| e.to_string_lossy().into_owned());
    file.with_file_name(format!("{stem}-{digits}.{end}"))
}

fn read_list(path: &Path) -> Result<Vec<Entry>, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::new(NO_INPUT, format!("{}: {e}", path.display())))?;
    let wrong = |e: &dyn std::fmt::Display| Failure::new(DATA, format!("{}: {e}", path.display()));
    let text = text.trim_start_matches('\u{feff}');
    let heading = text.lines().next().unwrap_or_default().to_lowercase();
    let has_heading = heading.split(',').any(|column| column.trim().trim_matches('"') == "number");
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .comment(Some(b'#'))
        .has_headers(has_heading)
        .from_reader(text.as_bytes());
    let mut entries = Vec::new();
    if has_heading {
        let columns = reader.headers().map_err(|e| wrong(&e))?.iter().map(str::to_lowercase).collect();
        reader.set_headers(columns);
        for entry in reader.deserialize() {
            entries.push(entry.map_err(|e| wrong(&e))?);
        }
    } else {
        for record in reader.records() {
            let record = record.map_err(|e| wrong(&e))?;
            let field = |n| record.get(n).unwrap_or_default().to_owned();
            entries.push(Entry { number: field(0), name: field(1), play: None, digits: None, record: None });
        }
    }
    entries.retain(|e| !e.number.is_empty());
    if entries.is_empty() {
        return Err(wrong(&"no numbers in it; it needs a column `number`"));
    }
    Ok(entries)
}

fn already_answered(path: &Path) -> Result<HashSet<String>, Failure> {
    if !path.exists() {
        return Ok(HashSet::new());
    }
    let wrong = |e: csv::Error| Failure::new(DATA, format!("{}: {e}", path.display()));
    let mut reader = csv::Reader::from_path(path).map_err(wrong)?;
    let mut done = HashSet::new();
    for row in reader.deserialize::<Row>() {
        let row = row.map_err(wrong)?;
        if row.outcome == Outcome::Answered {
            done.insert(row.number);
        }
    }
    Ok(done)
}

/// The results file; each row is on the disk before the next call.
struct Results(csv::Writer<File>, std::path::PathBuf);

impl Results {
    fn open(path: &Path, add: bool) -> Result<Self, Failure> {
        let failed = |e: std::io::Error| Failure::new(IO, format!("{}: {e}", path.display()));
        let exists = add && std::fs::metadata(path).is_ok_and(|m| m.len() > 0);
        let mut options = File::options();
        options.create(true).write(true).append(add).truncate(!add);
        let file = options.open(path).map_err(failed)?;
        Ok(Self(csv::WriterBuilder::new().has_headers(!exists).from_writer(file), path.into()))
    }

    fn add(&mut self, due: &Due, report: &Report, at: DateTime<Local>) -> Result<(), Failure> {
        let recorded = match (&report.recorded_seconds, &due.plan.content.record) {
            (Some(_), Some(file)) => file.display().to_string(),
            _ => String::new(),
        };
        let row = Row {
            number: due.entry.number.clone(),
            name: due.entry.name.clone(),
            outcome: report.outcome,
            tries: due.tries,
            at: at.format("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            answered_seconds: report.answered_seconds,
            digits: report.digits.clone(),
            recorded,
            ended: report.ended.clone(),
        };
        let failed = |e: &dyn std::fmt::Display| Failure::new(IO, format!("{}: {e}", self.1.display()));
        self.0.serialize(row).map_err(|e| failed(&e))?;
        self.0.flush().map_err(|e| failed(&e))
    }
}

fn progress_bar(count: usize, quiet: bool) -> ProgressBar {
    if quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(count as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar
}
