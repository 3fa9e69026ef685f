//! How fast lists are read and searched and verdicts fall: `cargo bench -p call-screen`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a program that only measures")]
#![allow(missing_docs, reason = "divan makes public items of its own")]

use std::fmt::Write as _;
use std::path::Path;
use std::time::SystemTime;

use call_event::{CallId, IncomingCall, LineId};
use call_screen::{List, ListFormat, ListKind, ListSettings, MatchField, Memory, Screen, ScreenSettings};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use phone_number::{Caller, NumberKey, Numbering};

fn main() {
    divan::main();
}

fn berlin() -> Numbering {
    Numbering::new("DE", Some("030")).unwrap()
}

fn csv(count: u32) -> String {
    let mut random = fastrand::Rng::with_seed(1);
    let mut csv = String::new();
    for i in 0..count {
        writeln!(csv, "0{}{:08},Caller {i}", random.u32(20..999), random.u32(0..100_000_000)).unwrap();
    }
    csv
}

#[divan::bench(args = [10_000, 1_000_000], sample_count = 10, sample_size = 1)]
fn read_csv(bencher: Bencher<'_, '_>, count: u32) {
    let csv = csv(count);
    let numbering = berlin();
    bencher
        .counter(ItemsCount::new(count))
        .counter(BytesCount::of_str(&csv))
        .with_inputs(|| csv.clone().into_bytes())
        .bench_values(|bytes| List::read("list.csv", bytes, ListFormat::Csv, MatchField::Any, &numbering));
}

#[divan::bench(args = [10_000, 1_000_000], sample_count = 20)]
fn look_up(bencher: Bencher<'_, '_>, count: u32) {
    let csv = csv(count);
    let numbering = berlin();
    let mut keys: Vec<NumberKey> =
        csv.lines().filter_map(|line| numbering.key(line.split(',').next()?.as_bytes())).collect();
    fastrand::Rng::with_seed(2).shuffle(&mut keys);
    let list = List::read("list.csv", csv.into_bytes(), ListFormat::Csv, MatchField::Any, &numbering);
    bencher
        .counter(ItemsCount::new(keys.len()))
        .bench(|| keys.iter().filter(|&&key| list.contains(key)).count());
}

fn call(shown: &str) -> IncomingCall {
    let mut call = IncomingCall::new(CallId(1), LineId::new("home"), SystemTime::UNIX_EPOCH);
    call.caller = Some(Caller::from_line(shown.as_bytes()));
    call
}

#[divan::bench(args = ["03023125555", "015228817386", "0207565747377", "+447700900123", "P"])]
fn verdict_of_the_cascade(bencher: Bencher<'_, '_>, shown: &str) {
    let settings = ScreenSettings { rule_set: vec!["fbcallrouter".into()], ..ScreenSettings::default() };
    let (screen, _) = Screen::new(&settings, berlin(), Path::new(".")).unwrap();
    let (call, memory) = (call(shown), Memory::new());
    bencher.counter(ItemsCount::new(1u32)).bench(|| screen.judge(black_box(&call), &memory, None));
}

#[divan::bench]
fn verdict_with_a_million_denied(bencher: Bencher<'_, '_>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("list.csv"), csv(1_000_000)).unwrap();
    let settings = ScreenSettings {
        lists: vec![ListSettings::new(ListKind::Deny, "list.csv")],
        rule_set: vec!["fbcallrouter".into()],
        ..ScreenSettings::default()
    };
    let (screen, _) = Screen::new(&settings, berlin(), folder.path()).unwrap();
    let (call, memory) = (call("015228817386"), Memory::new());
    bencher.counter(ItemsCount::new(1u32)).bench(|| screen.judge(black_box(&call), &memory, None));
}
