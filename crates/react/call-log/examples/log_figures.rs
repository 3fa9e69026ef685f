//! The log's figures; `figures/run` calls this and compares.
//!
//! - `log_figures new FILE`: an empty log
//! - `log_figures write FILE COUNT NORMAL|FULL`: writes calls one by one, prints how many a second, and bytes a call
//! - `log_figures fill FILE COUNT`: writes calls many at a time, as ten years of a busy switchboard
//! - `log_figures read FILE`: prints how long pages and statistics take

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed measurement is no measurement")]

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use call_event::Decision;
use call_log::{CallKey, CallLog, CallRecord, Day, Durability, Mark, Query, Span};
use phone_number::{Caller, ShownNumber};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["new", file] => drop(CallLog::open(Path::new(file)).unwrap()),
        ["write", file, count, "NORMAL"] => write(file, count.parse().unwrap(), Durability::Crash),
        ["write", file, count, "FULL"] => write(file, count.parse().unwrap(), Durability::PowerLoss),
        ["fill", file, count] => fill(file, count.parse().unwrap()),
        ["read", file] => read(file),
        _ => panic!("new FILE, write FILE COUNT NORMAL|FULL, fill FILE COUNT, or read FILE"),
    }
}

const NOON: u64 = 1_795_176_000;

/// So many calls come before the time is taken: SQLite's own log has its size then, as on every day but the first.
const WARM_UP: u64 = 300;

/// The same call that `insert.c` writes.
fn call(random: u64, at: SystemTime) -> CallRecord {
    let n = random % 100_000;
    let number = format!("030231{n:05}");
    let mut call = CallRecord::new(at, "home");
    call.offset_minutes = 60;
    call.e164 = Some(format!("+4930231{n:05}"));
    call.name = Some(format!("Caller {n}"));
    call.area = Some("Berlin".into());
    call.line_time = Some("1120 1300".into());
    call.raw = number.clone().into_bytes();
    call.caller = ShownNumber::new(&number).map(Caller::Number);
    call.mark = Mark::Blocked;
    call.decision = Decision::Block;
    call.action = "hang-up".into();
    call.stage = "deny".into();
    call.rule = format!("blacklist.csv:{}", n % 50);
    call.reason = "listed as a caller that nobody wants".into();
    call.steps = vec!["not on an allow list".into(), "listed as a caller that nobody wants".into()];
    call.ending = "we hung up".into();
    call.rings = 1;
    call.answered_for = Duration::from_millis(1500);
    call
}

fn write(file: &str, count: u64, durability: Durability) {
    let mut log = CallLog::open_with(Path::new(file), durability).unwrap();
    let mut random = fastrand::Rng::with_seed(1);
    let (mut start, mut before) = (Instant::now(), 0);
    for i in 0..WARM_UP + count {
        if i == WARM_UP {
            (start, before) = (Instant::now(), bytes_written());
        }
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(NOON + i);
        log.record(&call(random.u64(..), at)).unwrap();
    }
    println!("{:.1} {}", rate(count, start.elapsed()), (bytes_written() - before) / count);
}

/// What this process has handed to the system so far.
fn bytes_written() -> u64 {
    let told = std::fs::read_to_string("/proc/self/io").unwrap();
    told.lines().find_map(|line| line.strip_prefix("wchar: ")?.parse().ok()).unwrap()
}

fn rate(count: u64, time: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / time.as_secs_f64()
}

fn fill(file: &str, count: u64) {
    let mut log = CallLog::open_with(Path::new(file), Durability::Crash).unwrap();
    log.use_memory(3000).unwrap();
    // Callers come in no order: their index is made at the end, in one go.
    let raw = rusqlite::Connection::open(file).unwrap();
    let index: String = raw
        .query_row("SELECT sql FROM sqlite_schema WHERE name = 'calls_by_caller'", [], |row| row.get(0))
        .unwrap();
    raw.execute_batch("DROP INDEX calls_by_caller").unwrap();
    let mut random = fastrand::Rng::with_seed(2);
    let start = Instant::now();
    let ten_years = 10 * 365 * 86_400_000_u64;
    let mut done = 0;
    while done < count {
        let some = (count - done).min(100_000);
        log.together(|log| {
            for i in done..done + some {
                // Times come in order, as calls do, with more calls by day than by night.
                let ms = u64::try_from(u128::from(ten_years) * u128::from(i) / u128::from(count)).unwrap();
                let at = SystemTime::UNIX_EPOCH + Duration::from_millis((NOON * 1000 - ten_years) + ms);
                let mut one = call(random.u64(..), at);
                one.key = CallKey::new(at);
                // Two million callers, some of whom call far more often than others.
                let who = (random.f64().powi(3) * 2_000_000.0).to_string();
                let who = who.split('.').next().unwrap();
                one.caller = Some(Caller::from_line(format!("030{who:0>8}").as_bytes()));
                one.e164 = Some(format!("+4930{who:0>8}"));
                one.name = random.bool().then(|| format!("Caller {who}"));
                one.area = {
                    let area = (random.f64().powi(4) * 5200.0).to_string();
                    Some(format!("Area {}", area.split('.').next().unwrap()))
                };
                one.line = ["home", "office", "shop"][random.usize(0..3)].into();
                one.rule = format!("list{}.csv:{}", random.u32(0..40), random.u32(0..9999));
                if i % 100_003 == 0 {
                    one.action = "fax".into();
                    one.reason = "what comes once in a while".into();
                }
                if random.u8(..) < 180 {
                    one.mark = Mark::Passed;
                    one.decision = Decision::Ring;
                    one.stage = "default".into();
                    one.rule = String::new();
                }
                log.put_call(&one)?;
            }
            Ok(())
        })
        .unwrap();
        done += some;
    }
    println!("written after {:.0} s", start.elapsed().as_secs_f64());
    raw.execute_batch(&format!("PRAGMA cache_size = -3000000; {index}")).unwrap();
    println!("callers sorted after {:.0} s", start.elapsed().as_secs_f64());
    // As the writer leaves it in a quiet moment; a thousand calls are new.
    while log.uncounted().unwrap() > 0 {
        log.count_some(1_000_000).unwrap();
    }
    println!("counted after {:.0} s", start.elapsed().as_secs_f64());
    log.count_all_new().unwrap();
    let last = SystemTime::UNIX_EPOCH + Duration::from_secs(NOON);
    log.together(|log| (0..1000).try_for_each(|_| log.put_call(&call(random.u64(..), last)).map(drop)))
        .unwrap();
    println!("{count} calls in {:.0} s", start.elapsed().as_secs_f64());
}

fn read(file: &str) {
    let mut log = CallLog::open_read_only(Path::new(file)).unwrap();
    let count = log.statistics(&Span::default()).unwrap().total.calls;
    let days = log.statistics(&Span::default()).unwrap().days;
    println!("{count} calls over {} days, {} of them not counted yet", days.len(), log.uncounted().unwrap());
    let middle = log.page(&Query { limit: 1, until: Some(mid(&days)), ..Query::default() }).unwrap();
    let who = middle.calls[0].call.who().to_owned();
    let number = middle.calls[0].call.number().unwrap().to_owned();
    let (any, deep) = (Query::default, || Query { after: middle.next, ..Query::default() });
    let text = |text: &str| Some(text.to_owned());
    let queries = [
        ("newest", any()),
        ("in the middle of the log", deep()),
        ("of one day long ago", Query { from: Some(mid(&days)), until: Some(mid(&days) + DAY), ..any() }),
        ("one caller", Query { who: Some(who), ..any() }),
        ("one line", Query { line: text("shop"), ..any() }),
        ("a line that is nowhere", Query { line: text("cellar"), ..any() }),
        ("blocked", Query { mark: Some(Mark::Blocked), ..deep() }),
        ("blocked on one line", Query { decision: Some(Decision::Block), line: text("shop"), ..any() }),
        ("a rare action", Query { action: text("fax"), ..any() }),
        ("a frequent area", Query { area: text("Area 0"), ..any() }),
        ("a rare area", Query { area: text("Area 5101"), ..any() }),
        (
            "a rare area, blocked, on one line",
            Query { area: text("Area 5101"), decision: Some(Decision::Block), line: text("shop"), ..any() },
        ),
        ("a rule", Query { rule: text("list7.csv:42"), ..any() }),
        ("search: a whole number", Query { search: Some(number), ..any() }),
        ("search: seven digits", Query { search: text("1234567"), ..any() }),
        ("search: five digits", Query { search: text("54321"), ..any() }),
        ("search: four digits", Query { search: text("8765"), ..any() }),
        ("search: three digits", Query { search: text("771"), ..deep() }),
        ("search: one name", Query { search: text("caller 1234567"), ..any() }),
        ("search: many names", Query { search: text("caller 1"), ..any() }),
        ("search: some names", Query { search: text("caller 199999"), ..any() }),
        ("search: one area", Query { search: text("area 5101"), ..any() }),
        ("search: a reason", Query { search: text("once in a while"), ..any() }),
        ("search: text that is nowhere", Query { search: text("zzzz"), ..deep() }),
        ("search: nowhere, of common parts", Query { search: text("caller area"), ..deep() }),
        (
            "search: blocked, in an area",
            Query {
                search: text("caller 77"),
                area: text("Area 12"),
                decision: Some(Decision::Block),
                ..any()
            },
        ),
    ];
    let mut worst = Duration::ZERO;
    for (name, query) in queries {
        worst = worst.max(measure(&format!("page: {name}"), || log.page(&query).unwrap().calls.len()));
    }
    let (first, last) = (days[0].0, days[days.len() - 1].0);
    let since = |days: i64| Span { from: Some(last.plus(-days)), ..Span::default() };
    for (name, span) in [
        ("whole log", Span::default()),
        ("whole log, one line", Span { line: text("shop"), ..Span::default() }),
        ("last 7 days", since(6)),
        ("last 30 days", since(29)),
        ("last 30 days, one line", Span { line: text("shop"), ..since(29) }),
        ("last 90 days", since(89)),
        ("last year", since(364)),
        ("last year, one line", Span { line: text("shop"), ..since(364) }),
        (
            "a year long ago",
            Span { from: Some(first.plus(777)), until: Some(first.plus(1141)), ..Span::default() },
        ),
        (
            "nearly ten years",
            Span { from: Some(first.plus(13)), until: Some(last.plus(-13)), ..Span::default() },
        ),
        ("first month", Span { until: Some(first.plus(30)), ..Span::default() }),
        ("one day", Span { from: Some(last.plus(-99)), until: Some(last.plus(-99)), ..Span::default() }),
    ] {
        worst =
            worst.max(measure(&format!("statistics: {name}"), || log.statistics(&span).unwrap().days.len()));
    }
    println!("the slowest takes {worst:.2?} (wanted <= 20 ms)");
}

const DAY: Duration = Duration::from_secs(86_400);

fn mid(days: &[(Day, call_log::Count)]) -> SystemTime {
    days[days.len() / 2].0.start_utc()
}

fn measure(name: &str, mut work: impl FnMut() -> usize) -> Duration {
    let mut times: Vec<Duration> = (0..15)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed()
        })
        .collect();
    let first = times[0];
    times.sort();
    let median = times[times.len() / 2];
    println!("{name:44} first {first:>9.2?}  median {median:>9.2?}  rows {}", work());
    median
}
