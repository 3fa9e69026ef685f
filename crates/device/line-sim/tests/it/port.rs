//! The modem on its port.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use line_sim::voice_modem::{CONEXANT, CallerAct, CallerScript, HungUpBy, Settings, SimModem, Sound};

const LONG: Duration = Duration::from_secs(20);

/// A program that speaks AT as plainly as can be.
struct Client(Box<dyn serialport::SerialPort>);

impl Client {
    fn open(modem: &SimModem) -> Self {
        let path = modem.path().to_str().unwrap();
        Self(serialport::new(path, 115_200).timeout(LONG).open().unwrap())
    }

    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).unwrap();
    }

    /// Reads until the text has come.
    fn until(&mut self, end: &[u8]) -> Vec<u8> {
        let mut got = Vec::new();
        let mut byte = [0];
        while !got.ends_with(end) {
            self.0.read_exact(&mut byte).unwrap();
            got.push(byte[0]);
        }
        got
    }

    fn command(&mut self, line: &str) {
        self.send(format!("{line}\r"));
        self.until(b"\r\nOK\r\n");
    }
}

fn unshield(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut sound, mut codes) = (Vec::new(), Vec::new());
    let mut bytes = bytes.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            0x10 => match bytes.next() {
                Some(0x10) => sound.push(0x10),
                Some(&code) => codes.push(code),
                None => {}
            },
            byte => sound.push(byte),
        }
    }
    (sound, codes)
}

#[test]
fn a_whole_call_with_every_byte_both_ways() {
    let modem = SimModem::start(Settings { speed: 8.0, ..Settings::of(&CONEXANT) }).unwrap();
    let mut client = Client::open(&modem);
    client.command("ATE0");
    client.command("AT+FCLASS=8;+VSM=130,8000;+VCID=1");
    let spoken: Vec<u8> = (0..8000u32).map(|n| if n % 2 == 0 { 0x10 } else { n.to_le_bytes()[0] }).collect();
    assert!(
        modem.ring(
            CallerScript::number("5550100")
                .then(CallerAct::Say(Sound::Bytes(spoken.clone())))
                .then(CallerAct::Finish)
                .then(CallerAct::Press("12".into()))
                .then(CallerAct::Wait(Duration::from_secs(2)))
                .then(CallerAct::HangUp)
        )
    );
    assert!(!modem.ring(CallerScript::number("5550101")), "the line is busy");
    client.until(b"NMBR = 5550100\r\n");
    client.command("AT+VLS=1");

    client.send("AT+VTX\r");
    client.until(b"CONNECT\r\n");
    let greeting: Vec<u8> =
        (0..6000u32).map(|n| if n % 3 == 0 { 0x10 } else { n.to_le_bytes()[0] }).collect();
    for byte in &greeting {
        client.send(if *byte == 0x10 { &[0x10, 0x10] } else { std::slice::from_ref(byte) });
    }
    client.send([0x10, 0x03]);
    client.until(b"OK\r\n");
    assert_eq!(modem.take_heard().bytes(), greeting);

    client.send("AT+VRX\r");
    client.until(b"CONNECT\r\n");
    let got = client.until(&[0x10, b'b']);
    client.send([0x10, b'!']);
    client.until(b"\x10\x03\r\nOK\r\n");
    let (sound, codes) = unshield(&got);
    assert_eq!(sound[..8000], spoken);
    assert_eq!(codes, b"/1~/2~b");
    client.command("AT+VLS=0");
    let status = modem.wait_for(LONG, |s| s.call_over()).unwrap();
    let call = status.last_call().unwrap();
    assert_eq!((call.rings, call.hung_up_by), (1, Some(HungUpBy::Command)));
    assert!(call.caller_gone < call.ended);
}

#[test]
fn closing_the_port_hangs_up_and_the_plug_can_be_pulled() {
    let modem = SimModem::start(Settings { speed: 10.0, ..Settings::default() }).unwrap();
    let mut client = Client::open(&modem);
    client.command("AT+FCLASS=8;+VLS=1");
    assert!(modem.status().off_hook);
    drop(client);
    modem.wait_for(LONG, |s| !s.off_hook && !s.open).unwrap();

    let mut client = Client::open(&modem);
    client.command("AT+FCLASS=8;+VCID=1");
    modem.unplug();
    assert!(client.0.read(&mut [0]).is_err() && !modem.path().exists());
    modem.replug();
    let mut client = Client::open(&modem);
    client.send("AT+VCID?\r");
    client.until(b"\r\n0\r\n\r\nOK\r\n");
    assert!(modem.wait_for(Duration::ZERO, |s| s.off_hook).is_err());
}
