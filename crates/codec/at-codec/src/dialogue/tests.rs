//! Dialogues in virtual time.

use std::time::{Duration, Instant};

use super::*;
use crate::caller_id::Field;

fn is_event(line: &[u8], _: &Command) -> bool {
    Field::parse(line).is_some()
}

struct Talk {
    dialogue: Dialogue,
    now: Instant,
}

impl Talk {
    fn new() -> Self {
        Self { dialogue: Dialogue::new(is_event), now: Instant::now() }
    }

    fn command(&mut self, text: &str) {
        self.dialogue.command(self.now, Command::line(text));
    }

    /// What comes out until there is nothing more, as text.
    fn drain(&mut self) -> Vec<String> {
        let mut out = Vec::new();
        loop {
            match self.dialogue.poll_output() {
                Output::Transmit(bytes) => out.push(format!("> {}", bytes.escape_ascii())),
                Output::Event(Event::Reply(reply)) => {
                    let outcome = match &reply.outcome {
                        Outcome::Result(code) => code.to_string(),
                        other => format!("{other:?}"),
                    };
                    out.push(format!("= {} [{}]", outcome, reply.text()));
                }
                Output::Event(Event::Line { bytes, .. }) => out.push(format!("! {}", bytes.escape_ascii())),
                Output::Event(Event::Voice(event)) => out.push(format!("DLE {event:?}")),
                Output::Event(Event::Audio(audio)) => out.push(format!("~ {}", audio.escape_ascii())),
                Output::Timeout(_) => return out,
            }
        }
    }

    fn says(&mut self, bytes: &[u8]) -> Vec<String> {
        self.dialogue.handle_bytes(self.now, bytes);
        self.drain()
    }

    /// Lets time pass up to the next thing due.
    fn wait(&mut self) -> Vec<String> {
        let Output::Timeout(Some(at)) = self.dialogue.poll_output() else { panic!("nothing is due") };
        self.now = self.now.max(at);
        self.dialogue.handle_timeout(self.now);
        self.drain()
    }
}

#[test]
fn echo_framing_case_and_digits_make_no_difference() {
    for reply in [
        &b"ATE0V1\r\r\nOK\r\n"[..],
        b"\r\nOK\r\n",
        b"ate0v1\rok\r",
        b"OK\n",
        b"ATE0V1\r0\r",
        b"0\r",
        b"\0\xff\x80\r\nATE0V1\r\r\nOK\r\n",
    ] {
        let mut talk = Talk::new();
        talk.command("ATE0V1");
        assert_eq!(talk.drain(), ["> ATE0V1\\r"]);
        let out = talk.says(reply);
        assert!(out.len() == 1 && out[0].starts_with("= OK ["), "{reply:?}: {out:?}");
    }
}

#[test]
fn a_query_in_digits_tells_the_value_from_the_result() {
    let mut talk = Talk::new();
    talk.command("ATE0");
    talk.drain();
    talk.says(b"0\r");
    talk.command("AT+FCLASS?");
    talk.drain();
    assert_eq!(talk.says(b"8\r\n0\r"), ["= OK [8]"]);
}

#[test]
fn a_modem_that_falls_back_to_digits_is_understood() {
    let mut talk = Talk::new();
    talk.command("ATE0");
    talk.drain();
    talk.says(b"\r\nOK\r\n");
    talk.command("ATV0");
    talk.drain();
    assert_eq!(talk.says(b"0\r"), ["= OK []"]);
    talk.command("AT+VCID?");
    talk.drain();
    assert_eq!(talk.says(b"1\r\n0\r"), ["= OK [1]"]);
}

#[test]
fn commands_wait_for_each_other_and_events_pass_between_them() {
    let mut talk = Talk::new();
    talk.command("AT+VCID=1");
    talk.command("AT+FCLASS=?");
    assert_eq!(talk.drain(), ["> AT+VCID=1\\r"]);
    assert_eq!(talk.says(b"AT+VCID=1\r\r\nRING\r\n\r\nNMBR = 5550100\r\n"), ["! RING", "! NMBR = 5550100"]);
    assert_eq!(talk.says(b"\r\nOK\r\n"), ["> AT+FCLASS=?\\r", "= OK []"]);
    assert_eq!(talk.says(b"0,1,8\r\nRING\r\nOK\r\n"), ["! RING", "= OK [0,1,8]"]);
}

#[test]
fn a_lost_reply_ends_the_command_and_a_late_one_is_not_taken_for_the_next() {
    let mut talk = Talk::new();
    talk.command("AT+VLS=1");
    talk.command("AT+VLS=0");
    talk.drain();
    let start = talk.now;
    assert_eq!(talk.wait(), ["= TimedOut []"]);
    assert_eq!(talk.now - start, ANSWER_WITHIN);
    // The late OK prolongs the pause and is dropped.
    talk.now += Duration::from_millis(200);
    assert_eq!(talk.says(b"\r\nOK\r\n"), [""; 0]);
    assert_eq!(talk.wait(), ["> AT+VLS=0\\r"]);
    assert_eq!(talk.says(b"\r\nERROR\r\n"), ["= ERROR []"]);
}

#[test]
fn sound_begins_behind_connect_and_ends_at_etx() {
    let mut talk = Talk::new();
    talk.dialogue.command(talk.now, Command::line("AT+VRX").expecting(Expect::Receive));
    talk.drain();
    assert_eq!(talk.says(b"\r\nCONNECT\r\nab\x10\x10c\x10b"), ["= CONNECT []", "~ ab\\x10c", "DLE Busy"]);
    assert!(talk.dialogue.is_streaming());
    talk.dialogue.command(talk.now, Command::code(crate::voice::ABORT_RECEIVE));
    assert_eq!(talk.drain(), ["> \\x10!"]);
    assert_eq!(talk.says(b"\r\nOK\r\n\x10"), ["~ \\r\\nOK\\r\\n"]);
    assert_eq!(talk.says(b"\x03\r\nOK\r\n"), ["DLE End", "= OK []"]);
    assert!(!talk.dialogue.is_streaming());
}

#[test]
fn ok_where_connect_belongs_is_a_failure() {
    let mut talk = Talk::new();
    talk.dialogue.command(talk.now, Command::line("AT+VRX").expecting(Expect::Receive));
    talk.drain();
    talk.dialogue.handle_bytes(talk.now, b"\r\nOK\r\n");
    let Output::Event(Event::Reply(reply)) = talk.dialogue.poll_output() else { panic!() };
    assert!(!reply.is_ok());
    assert!(!talk.dialogue.is_streaming());
}

#[test]
fn dialling_is_aborted_by_a_cr_and_ends_in_time() {
    let mut talk = Talk::new();
    talk.dialogue.command(talk.now, Command::line("ATD5550100").within(DIAL_WITHIN));
    talk.drain();
    talk.dialogue.abort(talk.now);
    assert_eq!(talk.drain(), ["> \\r"]);
    assert_eq!(talk.says(b"\r\nNO CARRIER\r\n"), ["= Aborted []"]);
    // The same with a modem that says nothing more.
    talk.dialogue.command(talk.now, Command::line("ATD5550100").within(DIAL_WITHIN));
    talk.drain();
    talk.dialogue.abort(talk.now);
    talk.drain();
    let start = talk.now;
    assert_eq!(talk.wait(), ["= Aborted []"]);
    assert_eq!(talk.now - start, ABORT_WITHIN);
}

#[test]
fn a_text_is_sent_at_the_prompt_and_its_echo_is_no_reply() {
    let mut talk = Talk::new();
    talk.dialogue.command(talk.now, Command::line("AT+CMGS=18").with_body(b"0011000B91\x1a"));
    talk.drain();
    assert_eq!(talk.says(b"AT+CMGS=18\r\r\n> "), ["> 0011000B91\\x1a"]);
    assert_eq!(talk.says(b"0011000B91\x1a\r\n+CMGS: 4\r\n\r\nOK\r\n"), ["= OK [+CMGS: 4]"]);
}

#[test]
fn every_split_gives_the_same() {
    let text = b"AT+VRX\r\r\nRING\r\nCONNECT\r\nab\x10\x10c\x10/\x105\x10~\x10\x03\r\nOK\r\nNAME=x\r\n";
    let run = |chunks: &[&[u8]]| {
        let mut talk = Talk::new();
        talk.dialogue.command(talk.now, Command::line("AT+VRX").expecting(Expect::Receive));
        talk.drain();
        let mut audio = String::new();
        let mut rest = Vec::new();
        for chunk in chunks {
            for line in talk.says(chunk) {
                match line.strip_prefix("~ ") {
                    Some(sound) => audio.push_str(sound),
                    None => rest.push(line),
                }
            }
        }
        (audio, rest)
    };
    let whole = run(&[text]);
    for cut in 0..=text.len() {
        assert_eq!(run(&[&text[..cut], &text[cut..]]), whole, "split at {cut}");
    }
    assert_eq!(run(&text.chunks(1).collect::<Vec<_>>()), whole);
}
