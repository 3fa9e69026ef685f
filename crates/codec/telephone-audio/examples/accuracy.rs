//! The accuracy table: the cases as files for other detectors, and the table of what all of them heard.
//!
//! `accuracy write FOLDER MINUTES` writes the cases, and so many minutes each of speech, sweeps and music.
//! `accuracy table FOLDER NAME=HEARD...` reads what others heard (file, tab, digits a line), listens itself, and
//! prints the table; it fails where this crate does not hold what the table asks.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a measuring program fails by panicking")]

#[path = "../tests/cases/mod.rs"]
mod cases;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cases::digits::{Must, cases, score};
use cases::sounds::{Music, Speech, Sweeps};
use cases::{eight_bits, to_samples};
use telephone_audio::dtmf::{DigitEvent, DtmfReceiver};

fn save(path: &Path, samples: &[i16]) {
    let bytes: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    fs::write(path, bytes).expect("the folder can be written");
}

fn load(path: &Path) -> Vec<i16> {
    let bytes = fs::read(path).expect("the case was written");
    bytes.as_chunks::<2>().0.iter().map(|&b| i16::from_le_bytes(b)).collect()
}

fn write(folder: &Path, minutes: usize) {
    fs::create_dir_all(folder).expect("the folder can be made");
    for (i, case) in cases().iter().enumerate() {
        save(&folder.join(format!("case-{i:02}-16.raw")), &case.samples);
        save(&folder.join(format!("case-{i:02}-8.raw")), &eight_bits(&case.samples));
    }
    let (mut speech, mut sweeps, mut music) = (Speech::new(1, -16.0), Sweeps::new(2), Music::new(3));
    let sources: [(&str, &mut dyn FnMut() -> f32); 3] = [
        ("speech", &mut || speech.next_sample()),
        ("sweeps", &mut || sweeps.next_sample()),
        ("music", &mut || music.next_sample()),
    ];
    for (name, next) in sources {
        let sound: Vec<f32> = (0..minutes * 60 * 8000).map(|_| next()).collect();
        save(&folder.join(format!("none-{name}.raw")), &to_samples(&sound));
    }
}

fn own(samples: &[i16]) -> String {
    let mut heard = String::new();
    let mut receiver = DtmfReceiver::new();
    let mut take = |event| {
        if let DigitEvent::Ended { digit, .. } = event {
            heard.push(digit);
        }
    };
    for piece in samples.chunks(160) {
        receiver.push(piece, &mut take);
    }
    receiver.finish(&mut take);
    heard
}

/// What others heard, by the name of the file.
fn others(file: &str) -> HashMap<String, String> {
    fs::read_to_string(file)
        .expect("what the other detector heard")
        .lines()
        .filter_map(|line| {
            let (path, heard) = line.split_once('\t')?;
            let name = Path::new(path).file_name()?.to_str()?.to_owned();
            Some((name, heard.chars().filter(|c| !c.is_whitespace()).collect()))
        })
        .collect()
}

fn table(folder: &Path, peers: &[(String, HashMap<String, String>)]) -> bool {
    let mut good = true;
    let heading: Vec<&str> = peers.iter().map(|p| p.0.as_str()).collect();
    println!(
        "| digits heard of those sent (+ others) | bits | must | telephone-audio | {} |",
        heading.join(" | ")
    );
    println!("|---|---|---|---|{}", "---|".repeat(peers.len()));
    let shown = |sent: &str, heard: &str| {
        let (right, others) = score(sent, heard);
        if others == 0 { format!("{right}") } else { format!("{right} + {others}") }
    };
    for (i, case) in cases().iter().enumerate() {
        for bits in [16, 8] {
            let name = format!("case-{i:02}-{bits}.raw");
            let heard = own(&load(&folder.join(&name)));
            let (right, wrong) = score(&case.sent, &heard);
            let met = case.must.met(case.sent.len(), right, wrong);
            good &= met;
            let must = match case.must {
                Must::All => "all".to_owned(),
                Must::AtLeast(part) => format!("\u{2265} {part} %"),
                Must::None => "none".to_owned(),
                Must::Open => "-".to_owned(),
            };
            let mut row = format!("| {} ({}) | {bits} | {must} | ", case.name, case.sent.len());
            row += &shown(&case.sent, &heard);
            if !met {
                row += " **missed**";
            }
            for (_, peer) in peers {
                row +=
                    &format!(" | {}", peer.get(&name).map_or_else(|| "?".into(), |h| shown(&case.sent, h)));
            }
            println!("{row} |");
        }
    }
    let mut silent: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder was written")
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("none-")))
        .collect();
    silent.sort();
    println!("\n| digits heard where there are none | minutes | telephone-audio | {} |", heading.join(" | "));
    println!("|---|---|---|{}", "---|".repeat(peers.len()));
    for path in silent {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let samples = load(&path);
        let heard = own(&samples).len();
        good &= heard == 0;
        let mut row = format!(
            "| {} | {:.0} | {heard}",
            name.trim_start_matches("none-").trim_end_matches(".raw"),
            samples.len() as f64 / 480_000.0
        );
        for (_, peer) in peers {
            row += &format!(
                " | {}",
                peer.get(&name).map_or_else(|| "?".into(), |h| h.chars().count().to_string())
            );
        }
        println!("{row} |");
    }
    good
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", folder, minutes] => {
            write(Path::new(folder), minutes.parse().expect("a number of minutes"));
            ExitCode::SUCCESS
        }
        ["table", folder, ref peers @ ..] => {
            let peers: Vec<_> = peers
                .iter()
                .map(|peer| peer.split_once('=').expect("NAME=FILE"))
                .map(|(name, file)| (name.to_owned(), others(file)))
                .collect();
            if table(Path::new(folder), &peers) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        _ => {
            eprintln!("accuracy write FOLDER MINUTES | accuracy table FOLDER NAME=HEARD...");
            ExitCode::from(2)
        }
    }
}
