//! Whole calls in virtual time: in, out, fax, both ways, and how they end.

use std::time::Duration;

use line_sim::voice_modem::{
    CONEXANT, CallerAct, CallerScript, FarEnd, Fate, GENERIC, GoneSign, HungUpBy, LUCENT, Profile, Settings,
    Sound, VoiceState, ZOOM_3095,
};

use crate::virtual_time::Bench;

fn bench(profile: &Profile) -> Bench {
    Bench::new(Settings { echo: false, ..Settings::of(profile) })
}

/// On the line with a caller, voice class set.
fn on_the_line(profile: &Profile, script: CallerScript) -> Bench {
    let mut bench = bench(profile);
    bench.command("AT+FCLASS=8");
    assert!(bench.machine.call_in(bench.now, script));
    assert!(bench.command("AT+VLS=1").ends_with("\r\nOK\r\n"));
    assert!(bench.machine.status().connected);
    bench
}

fn heard(bench: &mut Bench) -> Vec<u8> {
    bench.machine.take_heard().into_iter().flat_map(|(_, bytes)| bytes).collect()
}

fn dialled(fate: Fate, command: &str) -> (Bench, String) {
    let mut bench =
        Bench::new(Settings { echo: false, far_end: FarEnd::new(fate), ..Settings::of(&CONEXANT) });
    bench.command("AT+FCLASS=8");
    bench.sent.clear();
    bench.send(format!("{command}\r")).seconds(70.0);
    let said = bench.take();
    (bench, said)
}

#[test]
fn calls_that_we_place() {
    let (bench, said) = dialled(Fate::Answers(2), "ATDT 555-0100");
    assert_eq!(said, "\r\nOK\r\n");
    let status = bench.machine.status();
    let call = status.last_call().unwrap();
    assert!(status.connected && !call.incoming);
    assert_eq!((call.number.as_str(), call.rings), ("5550100", 2));
    // A second of dialling, two ringback tones six seconds apart, three seconds more.
    assert_eq!(call.answered.unwrap().as_millis() / 100, 101);

    for (fate, result) in [
        (Fate::Busy, "\r\nBUSY\r\n"),
        (Fate::NoAnswer, "\r\nNO ANSWER\r\n"),
        (Fate::NoDialTone, "\r\nNO DIALTONE\r\n"),
        (Fate::NoSuchNumber, "\r\nNO CARRIER\r\n"),
    ] {
        let (bench, said) = dialled(fate, "ATDT5550100");
        assert_eq!(said, result);
        let status = bench.machine.status();
        assert!(status.call_over());
        assert_eq!(status.last_call().unwrap().hung_up_by, Some(HungUpBy::Modem));
    }
    let (bench, said) = dialled(Fate::Busy, "ATDT5550100;");
    assert_eq!(&said[..6], "\r\nOK\r\n");
    assert!(said.contains("\x10b") && bench.machine.status().off_hook);
}

#[test]
fn any_byte_breaks_off_dialling() {
    let mut bench = bench(&CONEXANT);
    bench.command("AT+FCLASS=8");
    bench.send("ATDT5550100\r").seconds(3.0).send("\r").seconds(0.1);
    assert_eq!(bench.take(), "\r\nNO CARRIER\r\n");
    assert!(bench.machine.status().call_over());
    bench.seconds(60.0);
    assert_eq!(bench.take(), "", "nothing of that call is left");
}

#[test]
fn a_fax_answers_and_the_caller_hangs_up() {
    for (class, connects) in [("1", true), ("2", false)] {
        let mut bench = bench(&GENERIC);
        bench.command(&format!("AT+FCLASS={class}"));
        bench.machine.call_in(bench.now, CallerScript::number("5550100"));
        bench.sent.clear();
        bench.send("ATA\r").seconds(5.0);
        assert_eq!(bench.take().contains("CONNECT"), connects);
        assert_eq!(bench.machine.status().last_call().unwrap().fax.as_deref(), Some(class));
        bench.machine.caller_hangs_up(bench.now);
        bench.seconds(2.0);
        assert_eq!(bench.take(), "\r\nNO CARRIER\r\n");
        assert!(bench.machine.status().call_over());
    }
}

#[test]
fn each_way_in_which_a_caller_is_gone() {
    for (sign, wanted) in [
        (GoneSign::Busy, "\x10b\x10b\x10b"),
        (GoneSign::DialTone, "\x10d\x10d\x10d"),
        (GoneSign::LoopBreak, "\x10l"),
        (GoneSign::NoCarrier, "\r\nNO CARRIER\r\n"),
        (GoneSign::BusyToneOnly, ""),
        (GoneSign::Nothing, ""),
    ] {
        let mut bench = on_the_line(&CONEXANT, CallerScript::number("5550100").gone(sign));
        bench.sent.clear();
        bench.machine.caller_hangs_up(bench.now);
        bench.seconds(3.0);
        assert_eq!(bench.take(), wanted, "{sign:?}");
        assert!(bench.machine.status().off_hook);
        bench.command("ATH");
        assert!(bench.machine.status().call_over());
        bench.seconds(5.0);
        assert_eq!(bench.take(), "");
    }
}

#[test]
fn sound_flows_both_ways_at_once() {
    let said: Vec<u8> = (0..4000u16).map(|n| n.to_le_bytes()[0]).collect();
    let mut bench = on_the_line(
        &GENERIC,
        CallerScript::number("5550100").then(CallerAct::Say(Sound::Bytes(said.clone()))),
    );
    bench.command("AT+VSM=1,8000");
    assert!(bench.command("AT+VTR").starts_with("\r\nCONNECT\r\n"));
    assert_eq!(bench.machine.status().voice, VoiceState::Duplex);
    let ours = [b"ab".as_slice(), &[0x10, 0x10, 0x10, 0x1a, 0xff]].concat();
    bench.send(&ours).seconds(1.0).send([0x10, b'^']).seconds(0.1);
    assert_eq!(heard(&mut bench), [b'a', b'b', 0x10, 0x10, 0x10, 0xff]);
    let text = bench.take();
    assert!(text.contains("\x10u") && text.ends_with("\x10\x03\r\nOK\r\n"), "{text:?}");
}

#[test]
fn playing_ends_when_all_is_played_or_purged() {
    let mut bench = on_the_line(&CONEXANT, CallerScript::number("5550100"));
    bench.command("AT+VSM=130");
    bench.command("AT+VTX");
    bench.send(vec![b'x'; 8000]).send([0x10, 0x03]).seconds(0.5);
    assert_eq!(bench.take(), "", "half of it is still to be played");
    bench.seconds(1.0);
    assert_eq!(bench.take(), "\r\nOK\r\n");
    assert_eq!(heard(&mut bench), vec![b'x'; 8000]);

    bench.command("AT+VTX");
    bench.send(vec![b'y'; 8000]).seconds(0.1).send([0x10, 0x18, 0x10, 0x03]).seconds(0.1);
    assert_eq!(bench.take(), "\r\nOK\r\n");
    assert!(heard(&mut bench).len() < 2000);
}

#[test]
fn a_zoom_takes_three_dles_for_the_end() {
    let mut bench = on_the_line(&ZOOM_3095, CallerScript::number("5550100"));
    bench.command("AT+VTX");
    bench.send([b'x', 0x10, 0x03]).seconds(1.0);
    assert!(!bench.take().contains("OK"));
    bench.send([0x10, 0x10, 0x10, 0x03]).seconds(1.0);
    assert!(bench.take().ends_with("\r\nOK\r\n"));
    assert_eq!(heard(&mut bench), b"x");
    bench.command("AT+VRX");
    bench.send([0x10, b'!']).seconds(0.1);
    assert_eq!(bench.machine.status().voice, VoiceState::Recording);
    bench.send([0x10, b'^']).seconds(0.1);
    assert_eq!(bench.machine.status().voice, VoiceState::Quiet);
}

#[test]
fn keys_come_as_codes_and_as_tones() {
    let script = CallerScript::number("5550100")
        .then(CallerAct::Wait(Duration::from_secs(1)))
        .then(CallerAct::Press("1#".into()));
    let mut bench = on_the_line(&LUCENT, script.clone());
    bench.sent.clear();
    bench.seconds(3.0);
    assert_eq!(bench.take(), "\x10/\x101\x10~\x10/\x10#\x10~");

    let settings = Settings { echo: false, codes: false, ..Settings::of(&LUCENT) };
    let mut bench = Bench::new(settings);
    bench.command("AT+FCLASS=8");
    bench.machine.call_in(bench.now, script);
    bench.command("AT+VLS=1");
    bench.command("AT+VRX");
    bench.sent.clear();
    bench.seconds(3.0);
    let loud = bench.take().bytes().filter(|b| b.abs_diff(128) > 20).count();
    assert!(loud > 1000, "two keys of a tenth of a second are heard: {loud}");
}

#[test]
fn a_second_call_knocks() {
    let mut bench = bench(&CONEXANT);
    bench.command("AT+FCLASS=8;+VCID=1");
    bench.machine.call_in(bench.now, CallerScript::number("5550100"));
    bench.command("AT+VLS=1");
    bench.sent.clear();
    bench.machine.call_waits(bench.now, &CallerScript::number("5550101"));
    bench.seconds(0.1);
    assert!(bench.take().contains("NMBR = 5550101"));
    assert!(!bench.machine.call_in(bench.now, CallerScript::number("5550102")));
    bench.command("AT+VRX");
    bench.sent.clear();
    bench.machine.call_waits(bench.now, &CallerScript::number("5550103"));
    let text = bench.seconds(0.1).take();
    assert!(text.contains("\x10.\r\nDATE") && text.contains("NMBR = 5550103\r\n\x10X"), "{text:?}");
}

#[test]
fn the_digits_that_we_send_reach_the_caller() {
    let mut bench = on_the_line(&GENERIC, CallerScript::number("5550100"));
    assert_eq!(bench.command("AT+VTS=1"), "", "OK comes when the tone is over");
    bench.seconds(0.1);
    assert_eq!(bench.take(), "\r\nOK\r\n");
    bench.command("AT+VTS=[,,100]");
    bench.seconds(1.0);
    bench.command("AT+VTS={#,5},2");
    bench.seconds(1.0);
    assert_eq!(bench.machine.status().last_call().unwrap().keys, "1#2");
}

#[test]
fn an_unread_port_does_not_fill_the_memory() {
    let mut bench = on_the_line(&GENERIC, CallerScript::number("5550100"));
    bench.send("AT+VRX\r");
    // Nobody takes what is to be sent.
    for n in 1..=6000u64 {
        bench.machine.handle_timeout(bench.start + Duration::from_millis(n * 20));
    }
    bench.seconds(121.0);
    assert!(bench.sent.len() < 700_000, "{}", bench.sent.len());
    assert!(bench.sent.windows(2).any(|w| w == [0x10, b'o']), "an overrun is told");
}
