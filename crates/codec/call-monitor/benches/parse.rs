//! How many lines a second are read: `cargo bench -p call-monitor`.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

const LINES: [&[u8]; 8] = [
    b"16.06.20 12:25:42;RING;0;03023125555;23125001;SIP1;",
    b"16.06.20 12:25:46;DISCONNECT;0;0;",
    b"16.06.20 15:04:02;CALL;1;13;23125001;015228817386;SIP1;",
    b"17.06.20 10:28:29;RING;0;015228817386;23125002;SIP0;",
    b"17.06.20 10:28:43;CONNECT;0;11;015228817386;",
    b"17.06.20 10:30:31;DISCONNECT;0;109;",
    b"17.06.20 10:30:57;CALL;1;11;23125002;23125952;SIP0;",
    b"17.06.20 10:37:34;DISCONNECT;1;312;",
];

/// Typed, borrowed, one line at a time.
#[divan::bench]
fn parse_lines(bencher: Bencher<'_, '_>) {
    bencher.counter(ItemsCount::new(LINES.len() * 1000)).bench(|| {
        for _ in 0..1000 {
            for line in LINES {
                black_box(call_monitor::parse(black_box(line)));
            }
        }
    });
}

/// From the bytes of a log file: lines found, then read.
#[divan::bench]
fn frame_and_parse(bencher: Bencher<'_, '_>) {
    let file = LINES.map(|line| [line, b"\r\n"].concat()).concat().repeat(1000);
    bencher.counter(ItemsCount::new(LINES.len() * 1000)).bench(|| {
        let mut framer = call_monitor::LineFramer::new();
        for part in file.chunks(4096) {
            framer.push(part, |line| {
                black_box(call_monitor::parse(line));
            });
        }
    });
}
