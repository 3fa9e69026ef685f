//! The figures of the driver on a simulated modem, printed: `modem_figures latency`, `duplex`, `idle`.
//!
//! Latency is measured inside this process, from the write of the caller ID's last byte to the off-hook command's
//! first byte at the other end of the pseudo terminal. Duplex and idle want the modem in a process of its own
//! (`callblock simulate modem --link /tmp/ttySIM0 --call 5550100`) and its port as second argument.

#![allow(clippy::expect_used, reason = "a measurement that cannot be made says why and ends")]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use call_event::{LineCommand, LineEvent, LineId, Sound, VoiceMode};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use voice_modem::{Settings, VoiceModem};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("latency") => latency(),
        Some("duplex") => on_line(words.get(1), true),
        Some("idle") => on_line(words.get(1), false),
        _ => eprintln!("figures latency | duplex PORT | idle PORT"),
    }
}

/// A bare modem on a pseudo terminal that answers OK to everything at once.
struct BareModem {
    file: File,
    slave: OwnedFd,
    path: PathBuf,
}

impl BareModem {
    fn new() -> Self {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo terminal");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let path =
            PathBuf::from(ptsname(&master, Vec::new()).expect("a name").to_string_lossy().into_owned());
        let slave = OwnedFd::from(File::options().read(true).write(true).open(&path).expect("the other end"));
        let mut settings = tcgetattr(&slave).expect("settings");
        settings.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &settings).expect("raw");
        Self { file: File::from(master), slave, path }
    }

    /// The next bytes within that time.
    fn hear(&mut self, within: Duration, buffer: &mut [u8]) -> usize {
        let _ = &self.slave;
        let time = Timespec::try_from(within).expect("a short time");
        let mut fds = [PollFd::from_borrowed_fd(self.file.as_fd(), PollFlags::IN)];
        match poll(&mut fds, Some(&time)) {
            Ok(n) if n > 0 => self.file.read(buffer).unwrap_or(0),
            _ => 0,
        }
    }

    /// Answers every command up to and with that one.
    fn answer(&mut self, last: &[u8]) {
        let mut buffer = [0u8; 512];
        let mut line = Vec::new();
        loop {
            let n = self.hear(Duration::from_secs(10), &mut buffer);
            assert!(n > 0, "the line went quiet");
            for &byte in &buffer[..n] {
                if byte != b'\r' {
                    line.push(byte);
                    continue;
                }
                let reply: &[u8] = match line.as_slice() {
                    b"AT+FCLASS=?" => b"\r\n0,8\r\n\r\nOK\r\n",
                    b"AT+VSM=?" => b"\r\n1,\"UNSIGNED PCM\",8,0,8000,0,0\r\n\r\nOK\r\n",
                    b"ATI3" => b"\r\nCX93001-EIS_V0.2002-V92\r\n\r\nOK\r\n",
                    _ => b"\r\nOK\r\n",
                };
                self.file.write_all(reply).expect("the line listens");
                if line == last {
                    return;
                }
                line.clear();
            }
        }
    }
}

fn latency() {
    let mut modem = BareModem::new();
    let mut settings = Settings::on_port(LineId::new("bench"), &modem.path);
    // The time off-hook is not what is measured here.
    let mut profile = *at_codec::ModemProfile::generic();
    profile.off_hook_at_least = Duration::from_millis(20);
    settings.profile = Some(Box::leak(Box::new(profile)));
    let line = VoiceModem::spawn(settings);
    modem.answer(b"AT+VCID=1");
    let commands = line.commands.clone();
    let events = line.events.clone();
    // The trivial consumer: every caller is hung up on.
    let consumer = std::thread::spawn(move || {
        for event in &events {
            if matches!(event, LineEvent::Call(_)) {
                let _ = commands.send(LineCommand::HangUp);
            }
        }
    });
    let mut times = Vec::new();
    let mut buffer = [0u8; 512];
    for n in 0..100 {
        modem.file.write_all(b"\r\nRING\r\n").expect("the line listens");
        modem.hear(Duration::from_millis(20), &mut buffer);
        let id = format!("\r\nDATE = 1120\r\nTIME = 2131\r\nNMBR = 55501{n:02}\r\nNAME = A CALLER\r\n");
        let (last, rest) = id.as_bytes().split_last().expect("bytes");
        // The CR ends the last line and so completes the caller ID; the LF comes later.
        let _ = last;
        let written = Instant::now();
        modem.file.write_all(rest).expect("the line listens");
        let got = modem.hear(Duration::from_secs(2), &mut buffer);
        let elapsed = written.elapsed();
        assert!(buffer[..got].starts_with(b"ATH1"), "not off-hook: {}", buffer[..got].escape_ascii());
        times.push(elapsed);
        modem.file.write_all(b"\n\r\nOK\r\n").expect("the line listens");
        // On-hook after its time off-hook, then the set-up for the next call.
        modem.answer(b"AT+VCID=1");
    }
    times.sort();
    println!(
        "caller ID to off-hook, {} calls: median {:.3} ms, worst {:.3} ms",
        times.len(),
        times[times.len() / 2].as_secs_f64() * 1e3,
        times[times.len() - 1].as_secs_f64() * 1e3
    );
    drop(line);
    let _ = consumer;
}

fn processor_time() -> (Duration, u64, u64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap_or("");
        line.split_whitespace().nth(1).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0)
    };
    let mut switches = 0;
    if let Ok(threads) = std::fs::read_dir("/proc/self/task") {
        for thread in threads.flatten() {
            let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
            let line =
                status.lines().find(|line| line.starts_with("voluntary_ctxt")).unwrap_or("").to_owned();
            switches += line.split_whitespace().nth(1).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
        }
    }
    (Duration::from_millis((ticks(11) + ticks(12)) * 10), field("VmHWM:"), switches)
}

fn on_line(port: Option<&String>, duplex: bool) {
    let Some(port) = port else {
        eprintln!("the port is missing");
        return;
    };
    let line = VoiceModem::spawn(Settings::on_port(LineId::new("bench"), port));
    if !duplex {
        while !matches!(line.events.recv(), Ok(LineEvent::Up(_)) | Err(_)) {}
        let (before, _, woken) = processor_time();
        std::thread::sleep(Duration::from_secs(30));
        let (after, peak, again) = processor_time();
        println!(
            "30 s idle: {:.2} s processor, {} wake-ups, peak {} kB",
            (after - before).as_secs_f64(),
            again - woken,
            peak
        );
        return;
    }
    let folder = std::env::temp_dir().join(format!("figures-{}.wav", std::process::id()));
    let sound: Arc<[i16]> = (0..8000).map(|n: i16| if n % 256 == 77 { 0x1000 } else { n }).collect();
    let mut begun = None;
    for event in &line.events {
        match event {
            LineEvent::Call(_) => {
                let _ = line.commands.send(LineCommand::Answer);
            }
            LineEvent::Answered { .. } => {
                begun = Some(processor_time());
                let _ = line.commands.send(LineCommand::Voice {
                    mode: VoiceMode::Duplex,
                    record_to: Some(folder.clone()),
                    at_most: Duration::from_secs(30),
                });
                for _ in 0..30 {
                    let _ = line.commands.send(LineCommand::Play(Sound::Samples(Arc::clone(&sound))));
                }
            }
            LineEvent::Ended { answered_for, .. } => {
                let (before, _, woken) = begun.unwrap_or_default();
                let (after, peak, again) = processor_time();
                println!(
                    "{:.0} s of duplex: {:.2} s processor (whole program {:.2}), peak {} kB, {} wake-ups",
                    answered_for.as_secs_f64(),
                    (after - before).as_secs_f64(),
                    after.as_secs_f64(),
                    peak,
                    again - woken
                );
                break;
            }
            _ => {}
        }
    }
    let _ = std::fs::remove_file(folder);
}
