//! What GSM sticks were heard to say, line by line, and what is made of it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::time::{Duration, Instant};

use at_codec::gsm::{
    Ask, Final, Heard, Outcome, Pdu, Report, StoredHeader, Talk, TalkOutput, Ussd, allows, choices, operator,
    own_number, sent_reference, store_usage,
};

const TRANSCRIPTS: &str = include_str!("../../../../fixtures/gsm-sticks/transcripts.txt");

/// One line, read by everything that reads lines.
fn read(line: &str) -> String {
    if let Some(result) = Final::read(line) {
        return format!("final {result:?}");
    }
    match Report::read(line) {
        Some(Report::Registration(line)) => {
            return format!(
                "registration{} event {:?} reply {:?}",
                if line.circuit { "" } else { " (packet)" },
                line.as_event(),
                line.as_reply()
            );
        }
        // Numbers are redacted in debug output.
        Some(Report::Caller(shown)) => return format!("caller {} {:?}", shown.caller, shown.name),
        Some(Report::CallWaiting(shown)) => return format!("waits {} {:?}", shown.caller, shown.name),
        Some(Report::Call(call)) => {
            let number = call.shown.as_ref().map(|s| format!("{} {:?}", s.caller, s.name));
            return format!(
                "call {} incoming {} {:?} voice {} joined {} {number:?}",
                call.index, call.incoming, call.state, call.voice, call.joined
            );
        }
        Some(report) => return format!("{report:?}"),
        None => {}
    }
    if let Some(header) = StoredHeader::read(line) {
        return format!("{header:?}");
    }
    if line.starts_with("+COPS") {
        return format!("operator {:?}", operator(line));
    }
    if line.contains("+CNUM") {
        return format!("own number {:?}", own_number(line));
    }
    if let Some(reference) = sent_reference(line) {
        return format!("sent {reference}");
    }
    if let Some(usage) = store_usage(line) {
        return format!("usage {usage:?}");
    }
    if line.starts_with("+CNMI") {
        return format!("choices {:?}", choices(line));
    }
    match Pdu::decode_hex(line) {
        Ok(Pdu::Deliver(sms)) => format!("from {} {:?}", sms.from, sms.content.text(&sms.header).unwrap()),
        Ok(Pdu::StatusReport(report)) => {
            format!("report {} {} {}", report.reference, report.to, report.status)
        }
        _ => "nothing".into(),
    }
}

#[test]
fn every_line_of_every_transcript_reads_as_written_beside_it() {
    let (mut pieces, mut forms) = (0, 0);
    let mut last = "";
    let mut wrong = Vec::new();
    for line in TRANSCRIPTS.lines() {
        match line.get(..2) {
            Some("##") => pieces += 1,
            Some("< ") => last = &line[2..],
            Some("= ") => {
                let got = read(last);
                if let Some(meant) = line.strip_prefix("= registration as ") {
                    forms += 1;
                    let (kind, meant) = meant.split_once(": ").unwrap();
                    assert!(got.contains(&format!("{kind} Some({meant})")), "{last}: {got}, not {line}");
                } else if got != line[2..] {
                    wrong.push(format!("{last}\n  = {got}"));
                }
            }
            _ => {}
        }
    }
    assert_eq!((pieces, forms), (37, 46));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Takes what a talk has to say.
fn heard(talk: &mut Talk) -> Vec<Heard> {
    let mut all = Vec::new();
    loop {
        match talk.poll_output() {
            TalkOutput::Heard(heard) => all.push(heard),
            TalkOutput::Transmit(_) => {}
            TalkOutput::Timeout(_) => return all,
        }
    }
}

#[test]
fn every_transcript_is_survived_one_byte_at_a_time_with_anything_pending() {
    for command in ["AT+CLCC", "ATD123;", "AT+CREG?", "AT+CMGR=3", "AT+CPIN?"] {
        let now = Instant::now();
        let mut talk = Talk::new();
        let mut whole = Talk::new();
        talk.ask(now, Ask::new(command));
        whole.ask(now, Ask::new(command));
        let bytes: Vec<u8> = TRANSCRIPTS
            .lines()
            .filter_map(|l| l.strip_prefix("< "))
            .flat_map(|l| format!("\r\n{l}\r\n").into_bytes())
            .collect();
        for byte in &bytes {
            talk.handle_bytes(now, std::slice::from_ref(byte));
        }
        whole.handle_bytes(now, &bytes);
        let (pieces, all) = (heard(&mut talk), heard(&mut whole));
        assert!(all.len() > 60);
        assert_eq!(pieces, all);
    }
}

#[test]
fn the_end_of_a_call_is_a_result_while_dialling_and_an_event_otherwise() {
    for word in ["NO CARRIER", "BUSY", "NO ANSWER"] {
        let now = Instant::now();
        let line = format!("\r\n{word}\r\n");
        let mut talk = Talk::new();
        talk.ask(now, Ask::new("ATD123;"));
        talk.handle_bytes(now, line.as_bytes());
        assert!(matches!(heard(&mut talk)[..], [Heard::Reply { .. }]));
        talk.ask(now, Ask::new("AT+CLCC"));
        talk.handle_bytes(now, line.as_bytes());
        assert!(matches!(heard(&mut talk)[..], [Heard::CallEnd(_)]));
        talk.handle_bytes(now, b"\r\nOK\r\n");
        assert!(matches!(heard(&mut talk)[..], [Heard::Reply { .. }]));
    }
}

#[test]
fn a_line_is_a_reply_only_to_the_command_that_asks_for_it() {
    let now = Instant::now();
    let mut talk = Talk::new();
    talk.ask(now, Ask::new("AT+CREG?"));
    talk.handle_bytes(now, b"AT+CREG?\r\r\n+CRING: VOICE\r\n\r\n+CREG: 1,1\r\n\r\nOK\r\n");
    let all = heard(&mut talk);
    assert!(matches!(&all[0], Heard::Report(Report::Ring { voice: true })));
    assert!(matches!(&all[1], Heard::Reply { lines, .. } if lines == &["+CREG: 1,1"]), "{all:?}");
    talk.ask(now, Ask::new("AT+CREG=1"));
    talk.handle_bytes(now, b"\r\n+CREG: 1\r\n\r\nOK\r\n");
    assert!(matches!(heard(&mut talk)[..], [Heard::Report(Report::Registration(_)), Heard::Reply { .. }]));
}

#[test]
fn an_answer_without_an_ok_is_taken_after_a_moment() {
    let now = Instant::now();
    let mut talk = Talk::new();
    talk.ask(now, Ask::new("AT+CPIN?"));
    talk.handle_bytes(now, b"\r\n+CPIN: READY\r\n");
    assert_eq!(heard(&mut talk), []);
    talk.handle_timeout(now + Duration::from_secs(2));
    assert!(matches!(&heard(&mut talk)[..], [Heard::Reply { outcome: Outcome::Final(Final::Ok), .. }]));
}

#[test]
fn a_network_text_over_several_lines_is_one() {
    let now = Instant::now();
    let mut talk = Talk::new();
    talk.handle_bytes(now, b"\r\n+CUSD: 1,\"1 Balance\r\n2 Bonus\r\nRING\",15\r\n\r\nRING\r\n");
    let all = heard(&mut talk);
    assert!(
        matches!(&all[0], Heard::Report(Report::Ussd(Ussd { stage: 1, text, .. })) if &**text == "1 Balance\n2 Bonus\nRING"),
        "{all:?}"
    );
    assert!(matches!(&all[1], Heard::Report(Report::Ring { .. })));
}

#[test]
fn packed_and_plain_ussd_texts() {
    let ussd = |text: &str, coding| Ussd { stage: 0, text: text.into(), coding };
    assert_eq!(ussd("CF2135487D2E4130572D0682BB1A", Some(0)).decoded(true), "OCTATOK 0.51 p.");
    assert_eq!(ussd("1234", Some(15)).decoded(false), "1234");
    assert_eq!(ussd("041F04400438", Some(72)).decoded(false), "При");
    assert_eq!(Ussd::packed("*100#").unwrap(), "AA180C3602");
    assert_eq!(Ussd::packed("1234567").unwrap(), "31D98C56B3DD1A");
}

#[test]
fn lists_of_choices_allow_what_they_name() {
    let lists = choices("+CNMI: (2),(0-1,3),(0,2),(0-1),(0)");
    assert!(allows(&lists[0], 2) && !allows(&lists[0], 1));
    assert!(allows(&lists[1], 3) && !allows(&lists[1], 2));
}

#[test]
fn any_line_is_a_value_or_nothing() {
    bolero::check!().with_iterations(20_000).for_each(|bytes: &[u8]| {
        let line = String::from_utf8_lossy(bytes);
        let _ = read(&line);
        for name in ["+CLCC: ", "+CLIP: ", "+CUSD: ", "+CREG: ", "^CEND:", "+CMTI: ", "+CNMI: ", "+COPS: "] {
            let _ = read(&format!("{name}{line}"));
        }
    });
}
