//! The modem codec without a port: bytes and times go in, values come out.
//!
//! `cargo run -p callblock-examples --example codec_without_port`

use std::time::{Duration, Instant};

use at_codec::{CallerIdCollector, CallerIdEvent, Command, Dialogue, Event, Output};

/// What a modem sent after `AT+VCID=1`: its reply, then a call. The last line comes after a pause.
const READS: [(u64, &[u8]); 3] = [
    (2, b"AT+VCID=1\r\r\nOK\r\n"),
    (900, b"\r\nRING\r\n\r\nDATE = 1120\r\nTIME = 2131\r\nNMBR = 03023"),
    (915, b"125555\r\nNAME = A N OTHER\r\n"),
];

fn main() {
    let start = Instant::now();
    let mut dialogue = Dialogue::new(|line, _| line.starts_with(b"RING") || line.contains(&b'='));
    let mut callers = CallerIdCollector::default();
    dialogue.command(start, Command::line("AT+VCID=1"));
    for (at, bytes) in READS {
        let now = start + Duration::from_millis(at);
        dialogue.handle_bytes(now, bytes);
        loop {
            match dialogue.poll_output() {
                Output::Transmit(bytes) => println!("{at:4} ms  to the modem {}", bytes.escape_ascii()),
                Output::Event(Event::Line { bytes, cut }) => {
                    println!("{at:4} ms  line {}", bytes.escape_ascii());
                    callers.handle_line(now, &bytes, cut);
                }
                Output::Event(event) => println!("{at:4} ms  {event:?}"),
                Output::Timeout(_) => break,
            }
        }
        callers.handle_read_end(now, dialogue.is_mid_line());
    }
    while let Some(event) = callers.poll_event() {
        match event {
            CallerIdEvent::Known(id) => println!("caller {:?}, name {:?}", id.caller, id.name),
            other => println!("{other:?}"),
        }
    }
}
