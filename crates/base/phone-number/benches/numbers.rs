//! How fast numbers are read, placed and doubted: `cargo bench -p phone-number`, and with
//! `--features libphonenumber` what its data cost.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a program that only measures")]
#![allow(missing_docs, reason = "divan makes public items of its own")]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use phone_number::{Areas, Numbering};

fn main() {
    divan::main();
}

fn berlin() -> Numbering {
    Numbering::new("DE", Some("030")).unwrap()
}

const NUMBERS: [&str; 5] =
    ["03023125555", "0049 (0)30 231-25555", "23125555", "+447700900123", "030 23125555(+442079460000)"];

#[divan::bench(args = NUMBERS)]
fn read_and_place(bencher: Bencher<'_, '_>, text: &str) {
    let berlin = berlin();
    bencher.counter(ItemsCount::new(1u32)).bench(|| berlin.read(black_box(text)));
}

#[divan::bench(args = NUMBERS)]
fn doubt(bencher: Bencher<'_, '_>, text: &str) {
    let berlin = berlin();
    let number = berlin.read(text).unwrap();
    bencher.counter(ItemsCount::new(1u32)).bench(|| berlin.doubts(black_box(&number)));
}

#[divan::bench(args = ["03023125555", "03023125555x"])]
fn key_of_a_list(bencher: Bencher<'_, '_>, text: &str) {
    let berlin = berlin();
    bencher.counter(ItemsCount::new(1u32)).bench(|| berlin.key(black_box(text.as_bytes())));
}

/// What a program pays once for a newer table.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn table_of_areas(bencher: Bencher<'_, '_>) {
    let table: String = (0..5_200).map(|area| format!("{};Area {area};1\n", 20_000 + area)).collect();
    bencher
        .counter(ItemsCount::new(5_200u32))
        .bench(|| Areas::from_official_csv(black_box(table.as_bytes())).unwrap().len());
}

#[cfg(feature = "libphonenumber")]
#[divan::bench(args = NUMBERS)]
fn validity(bencher: Bencher<'_, '_>, text: &str) {
    let berlin = berlin();
    let number = berlin.read(text).unwrap();
    bencher.counter(ItemsCount::new(1u32)).bench(|| berlin.validity(black_box(&number)));
}
