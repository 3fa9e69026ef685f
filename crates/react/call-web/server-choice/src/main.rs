//! Two hundred live viewers, readers who do not read and peers who say half of something, on three servers:
//! `cargo run --release` prints the table of the crate's README.

mod measure;
mod servers;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        None => measure::all(),
        Some("own") => servers::own(),
        Some("tiny_http") => servers::tiny(),
        Some("axum") => servers::axum(),
        Some(other) => panic!("{other}: no such server"),
    }
}
