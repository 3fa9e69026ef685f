//! Prints how fast lists are read and searched, and verdicts fall: `cargo run --release --example screen_figures -- CSV`.
//!
//! With a CSV file as argument it measures that file (`benches/against_dict.py` makes one and measures a Python dict with it);
//! without, it makes a million numbers of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a program that only measures")]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use call_event::{CallId, IncomingCall, LineId, LookupAnswer};
use call_screen::list::{CompiledList, List, compile};
use call_screen::{
    ListFormat, ListKind, ListSettings, LookupSettings, MatchField, Memory, RepeatedSettings, RuleSettings,
    Screen, ScreenSettings,
};
use phone_number::{Caller, Doubt, NumberKey, Numbering};

const MILLION: usize = 1_000_000;

fn berlin() -> Numbering {
    Numbering::new("DE", Some("030")).unwrap()
}

/// The bytes that the process holds in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = status.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * 4096
}

/// Nanoseconds that this process had a processor: on a busy machine the fairer clock.
fn on_processor() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0)
}

fn numbers(count: usize, seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut csv = String::with_capacity(count * 24);
    for i in 0..count {
        writeln!(csv, "0{}{:08},Caller {i}", random.u32(20..999), random.u32(0..100_000_000)).unwrap();
    }
    csv
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn keys_of(csv: &str, limit: usize) -> Vec<NumberKey> {
    let numbering = berlin();
    let numbers = csv.lines().take(limit).filter_map(|line| line.split(',').next());
    numbers.filter_map(|number| numbering.key(number.as_bytes())).collect()
}

fn main() {
    let file = std::env::args().nth(1).map(PathBuf::from);
    let folder = tempfile::tempdir().unwrap();
    let csv = match &file {
        Some(file) => std::fs::read_to_string(file).unwrap(),
        None => numbers(MILLION, 1),
    };
    let path = folder.path().join("million.csv");
    std::fs::write(&path, &csv).unwrap();
    let settings = ListSettings::new(ListKind::Deny, &path);
    println!("{} bytes of CSV, {} lines", csv.len(), csv.lines().count());

    let mut times = Vec::new();
    let processor = on_processor();
    for _ in 0..9 {
        let start = Instant::now();
        let list = List::open(&settings, folder.path(), &berlin()).unwrap();
        times.push(start.elapsed());
        black_box(list.len());
    }
    let load = median(times);
    let processor = (on_processor() - processor) as f64 / 9e6;
    println!("load_ms {:.1} ({processor:.1} on the processor)", load.as_secs_f64() * 1e3);

    let before = resident();
    let list = List::open(&settings, folder.path(), &berlin()).unwrap();
    let resident = resident().saturating_sub(before);
    println!("entries {} repeated {} problems {}", list.len(), list.repeated(), list.problem_count());
    println!("memory_mb {:.1} beyond the file's bytes", list.memory() as f64 / 1e6);
    println!(
        "resident_mb {:.1} in all, of which the file is {:.1}",
        resident as f64 / 1e6,
        csv.len() as f64 / 1e6
    );

    let mut wanted = keys_of(&csv, MILLION);
    let absent = keys_of(&numbers(MILLION, 2), MILLION);
    wanted.extend(&absent);
    fastrand::Rng::with_seed(3).shuffle(&mut wanted);
    let mut times = Vec::new();
    let mut hits = 0;
    for _ in 0..5 {
        let start = Instant::now();
        hits = wanted.iter().filter(|&&key| list.contains(key)).count();
        times.push(start.elapsed());
    }
    let per_second = wanted.len() as f64 / median(times).as_secs_f64();
    println!("lookups_per_second {per_second:.0} ({hits} of {} hit)", wanted.len());

    verdicts(&path, &csv);
    patterns();
    compiled(folder.path());
}

fn call(number: &str) -> IncomingCall {
    let mut call = IncomingCall::new(CallId(1), LineId::new("home"), SystemTime::now());
    call.caller = Some(Caller::from_line(number.as_bytes()));
    call
}

/// Every condition that rules have, none of which fits an ordinary caller.
fn all_rules() -> Vec<RuleSettings> {
    let rule = |name: &str| RuleSettings { name: name.into(), ..RuleSettings::default() };
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let every_doubt = Doubt::ALL.map(Doubt::word);
    vec![
        RuleSettings { caller: words(&["withheld", "unavailable", "none"]), ..rule("no number") },
        RuleSettings { kind: words(&["foreign"]), ..rule("foreign") },
        RuleSettings { country: words(&["GR", "+44"]), ..rule("countries") },
        RuleSettings { doubt: words(&every_doubt), ..rule("doubts") },
        RuleSettings { number: words(&["0900*", "0137*", "/^\\+4918[0-9]{3}$/"]), ..rule("numbers") },
        RuleSettings { caller_name: words(&["SOLAR*", "/V[0-9]{14}/"]), ..rule("names") },
        RuleSettings {
            repeated: Some(RepeatedSettings { calls: 3, within: "10m".into() }),
            ..rule("repeated")
        },
        RuleSettings {
            time: words(&["03:00-03:01"]),
            days: words(&["sun"]),
            timezone: Some("Europe/Berlin".into()),
            ..rule("night")
        },
        RuleSettings { called: words(&["987654"]), ..rule("called") },
        RuleSettings { line: words(&["office"]), ..rule("line") },
    ]
}

fn verdicts(list: &Path, csv: &str) {
    let settings = ScreenSettings {
        lists: vec![
            ListSettings::new(ListKind::Allow, list.with_file_name("million.csv")),
            ListSettings::new(ListKind::Deny, list.with_file_name("million.csv")),
        ],
        rules: all_rules(),
        lookup: Some(LookupSettings::default()),
        ..ScreenSettings::default()
    };
    let (screen, _) = Screen::new(&settings, berlin(), Path::new(".")).unwrap();
    let memory = Memory::new();
    let answer = LookupAnswer::from_source("phoneblock");
    let listed: Vec<String> =
        csv.lines().step_by(97).filter_map(|l| Some(l.split(',').next()?.into())).collect();
    let strangers: Vec<String> = (0..10_000).map(|i| format!("01522881{i:04}")).collect();
    for (name, callers) in [("listed", &listed), ("stranger", &strangers)] {
        let calls: Vec<IncomingCall> = callers.iter().map(|number| call(number)).collect();
        let mut times = Vec::new();
        for call in calls.iter().cycle().take(100_000) {
            let start = Instant::now();
            black_box(screen.judge(call, &memory, Some(&answer)));
            times.push(start.elapsed());
        }
        println!(
            "verdict_median_ns {} ({name}, two lists of a million, every rule)",
            median(times).as_nanos()
        );
    }
}

fn patterns() {
    let start = Instant::now();
    let list = List::read(
        "patterns.txt",
        patterns_text().into_bytes(),
        ListFormat::Plain,
        MatchField::Any,
        &berlin(),
    );
    println!("patterns {} read in {:.0} ms", list.len(), start.elapsed().as_secs_f64() * 1e3);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("patterns.txt");
    std::fs::write(&path, patterns_text()).unwrap();
    let settings =
        ScreenSettings { lists: vec![ListSettings::new(ListKind::Deny, &path)], ..ScreenSettings::default() };
    let (screen, _) = Screen::new(&settings, berlin(), Path::new(".")).unwrap();
    let memory = Memory::new();
    let mut random = fastrand::Rng::with_seed(6);
    let calls: Vec<IncomingCall> = (0..10_000)
        .map(|_| call(&format!("0{}{:07}", random.u32(20..9999), random.u32(0..10_000_000))))
        .collect();
    let mut times = Vec::new();
    for call in calls.iter().cycle().take(50_000) {
        let start = Instant::now();
        black_box(screen.judge(call, &memory, None));
        times.push(start.elapsed());
    }
    times.sort_unstable();
    println!(
        "patterns_verdict_ns {} median, {} at 99 of 100 (100,000 beginnings and 1,000 expressions)",
        times[times.len() / 2].as_nanos(),
        times[times.len() * 99 / 100].as_nanos(),
    );
}

fn patterns_text() -> String {
    let mut random = fastrand::Rng::with_seed(5);
    let mut text = String::new();
    for _ in 0..100_000 {
        writeln!(text, "0{}{:04}*", random.u32(20..9999), random.u32(0..10_000)).unwrap();
    }
    for i in 0..1_000 {
        writeln!(text, "/^\\+49{}[0-{}]{{3}}{:02}$/", 3000 + i, i % 10, i % 100).unwrap();
    }
    text
}

fn compiled(folder: &Path) {
    let csv = numbers(10 * MILLION, 4);
    let keys = keys_of(&csv, MILLION);
    let from = folder.join("ten-million.csv");
    std::fs::write(&from, csv).unwrap();
    let to = folder.join("ten-million.cbl");
    let start = Instant::now();
    let count = compile(&from, ListFormat::Csv, &to, &berlin(), &mut |_| {}).unwrap().numbers;
    println!("compiled {count} numbers in {:.1} s", start.elapsed().as_secs_f64());
    let mut times = Vec::new();
    for &key in keys.iter().take(9) {
        let start = Instant::now();
        let list = CompiledList::open(&to).unwrap();
        black_box(list.find(key).unwrap());
        times.push(start.elapsed());
    }
    println!("first_answer_ms {:.2}", median(times).as_secs_f64() * 1e3);
    let list = CompiledList::open(&to).unwrap();
    let (start, processor) = (Instant::now(), on_processor());
    let hits = keys.iter().filter(|&&key| list.contains(key).unwrap()).count();
    let each = start.elapsed().as_nanos() as f64 / keys.len() as f64;
    let processor = (on_processor() - processor) as f64 / keys.len() as f64;
    println!("compiled_lookup_ns {each:.0} ({processor:.0} on the processor, {hits} hits)");
}
