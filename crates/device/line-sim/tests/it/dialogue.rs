//! Commands and replies: a table of rows, and what the profiles differ in.

use line_sim::voice_modem::{
    AGREEABLE, CALLER_ID_ONLY, CONEXANT, CONEXANT_ETSI, CallerScript, Dialogue, FAX_ONLY, Fault, FaultRule,
    Faults, Form, Framing, GENERIC, LUCENT, PROFILES, Profile, Settings, Split, USR_5637, When,
};
use std::time::Duration;

use crate::virtual_time::Bench;

fn rows(settings: Settings, rows: &[(&str, &str)]) {
    let mut bench = Bench::new(settings);
    for (command, wanted) in rows {
        assert_eq!(bench.command(command), *wanted, "{command}");
    }
}

#[test]
fn a_table_of_commands() {
    rows(
        Settings::of(&CONEXANT),
        &[
            ("AT", "AT\r\r\nOK\r\n"),
            ("at e0 v1", "at e0 v1\r\r\nOK\r\n"),
            ("ATI3", "\r\nCX93001-EIS_V0.2013-V92\r\n\r\nOK\r\n"),
            ("AT+GMI", "\r\n+GMI: CONEXANT\r\n\r\nOK\r\n"),
            ("AT+FCLASS=?", "\r\n0,1,1.0,2,8\r\n\r\nOK\r\n"),
            ("AT+FCLASS?", "\r\n0\r\n\r\nOK\r\n"),
            ("AT+VSD?", "\r\nERROR\r\n"),
            ("AT+VTX", "\r\nERROR\r\n"),
            ("AT+FCLASS=8;+VSM=130,8000", "\r\nOK\r\n"),
            ("AT+VSM?", "\r\n130,8000,0,0\r\n\r\nOK\r\n"),
            ("AT+VSM=77", "\r\nERROR\r\n"),
            ("AT+VSD=128,50", "\r\nOK\r\n"),
            ("AT+VSD?", "\r\n128,0\r\n\r\nOK\r\n"),
            ("AT+VCID=1", "\r\nOK\r\n"),
            ("AT+VCID?", "\r\n1\r\n\r\nOK\r\n"),
            ("ATS7?", "\r\n050\r\n\r\nOK\r\n"),
            ("ATS7=9S7?", "\r\n009\r\n\r\nOK\r\n"),
            ("AT+BOGUS", "\r\nERROR\r\n"),
            ("ATV0", "0\r"),
            ("AT+FCLASS?", "8\r\n0\r"),
            ("ATQ1", ""),
            ("ATQ0V1", "\r\nOK\r\n"),
            ("A/", "\r\nOK\r\n"),
            ("noiseATI9", "\r\nCX93001\r\n\r\nOK\r\n"),
            ("hello", ""),
            ("ATZ", "\r\nOK\r\n"),
            ("AT+VCID?", "\r\n0\r\n\r\nOK\r\n"),
        ],
    );
    rows(Settings::of(&FAX_ONLY), &[("AT+VCID=1", "AT+VCID=1\r\r\nERROR\r\n")]);
    rows(Settings::of(&CALLER_ID_ONLY), &[("AT+FCLASS=8", "AT+FCLASS=8\r\r\nERROR\r\n")]);
    rows(
        Settings::of(&AGREEABLE),
        &[
            ("AT+BOGUS", "AT+BOGUS\r\r\nOK\r\n"),
            ("AT+VTX", "AT+VTX\r\r\nOK\r\n"),
            ("AT+FCLASS=8", "AT+FCLASS=8\r\r\nERROR\r\n"),
            ("AT+GMM", "AT+GMM\r\r\nOK\r\n"),
        ],
    );
}

#[test]
fn every_framing_and_case() {
    for (framing, wanted) in
        [(Framing::Lf, "\nok\n"), (Framing::Cr, "\rok\r"), (Framing::CrCrLf, "\r\r\nok\r\r\n")]
    {
        let settings = Settings { framing, lower_case: true, echo: false, ..Settings::default() };
        rows(settings, &[("AT", wanted)]);
    }
}

fn shown(profile: &Profile, setup: &str, script: CallerScript) -> String {
    let mut bench = Bench::new(Settings { echo: false, ..Settings::of(profile) });
    bench.command(setup);
    assert!(bench.machine.call_in(bench.now, script.rings(2)));
    bench.seconds(30.0);
    assert!(bench.machine.status().call_over());
    bench.take()
}

#[test]
fn callers_are_shown_as_each_modem_shows_them() {
    let caller = || CallerScript::number("5550100").name("JOHN DOE");
    let ring = "\r\nRING\r\n";
    let spaced = "\r\nDATE = 1120\r\nTIME = 2131\r\nNMBR = 5550100\r\nNAME = JOHN DOE\r\n";
    assert_eq!(shown(&CONEXANT, "AT+VCID=1", caller()), format!("{ring}{spaced}{ring}"));
    assert_eq!(shown(&CONEXANT, "AT", caller()), format!("{ring}{ring}"));
    assert_eq!(shown(&CONEXANT_ETSI, "AT+VCID=1", caller()), format!("{ring}{ring}"));
    assert_eq!(shown(&CONEXANT_ETSI, "AT!4886=02+VCID=1", caller()), format!("{ring}{ring}"));
    let both = "AT!4886=02;+VCID=1";
    assert_eq!(shown(&CONEXANT_ETSI, both, caller()), format!("{ring}{spaced}{ring}"));
    assert_eq!(
        shown(&USR_5637, "AT#CID=1", caller().when(When::BeforeFirstRing)),
        format!("{}{ring}{ring}", spaced.replace(" = ", "="))
    );
    assert_eq!(
        shown(&GENERIC, "AT+VCID=2", caller()),
        format!("{ring}\r\n801D0108313132303231333102073535353031303007084A4F484E20444F4530\r\n{ring}")
    );
    assert!(
        shown(&AGREEABLE, "AT+VCID=1", caller().when(When::WithRing(1)))
            .starts_with("\r\nDATE=1120\r\n\r\nTIME")
    );
    assert_eq!(shown(&GENERIC, "ATV0+VCID=1", caller()), format!("2\r{}2\r", &spaced[2..]));
    assert_eq!(
        shown(&LUCENT, "AT+VDR=1,0", caller().pattern('A')),
        "\r\nDRON=20\r\n\r\nDROF=11\r\n\r\nRING\r\n".repeat(2)
    );
    assert_eq!(shown(&GENERIC, "AT", caller().pattern('B')), "\r\nRING B\r\n".repeat(2));
    let raw = caller().form(Form::Raw(b"\x80\r\nMESG = 06\r\n".to_vec()));
    assert_eq!(shown(&GENERIC, "AT+VCID=1", raw), format!("{ring}\u{80}\r\nMESG = 06\r\n{ring}"));
}

#[test]
fn a_split_caller_id_comes_in_pieces_with_pauses() {
    let mut bench = Bench::new(Settings::of(&CONEXANT));
    bench.command("AT+VCID=1");
    bench.bursts.clear();
    let pause = Duration::from_millis(15);
    let script = CallerScript::number("5550100").split(Split::At { places: vec![30], pause });
    bench.machine.call_in(bench.now, script);
    bench.seconds(3.0);
    let (at, first) = bench.bursts[1].clone();
    assert_eq!(bench.bursts[2].0 - at, pause);
    assert_eq!(first.len(), 30);
}

#[test]
fn faults_strike_the_commands_they_are_for() {
    let rule = |command: &str, fault| FaultRule { command: command.into(), times: 1, fault };
    let faults = Faults {
        rules: vec![
            rule("+FCLASS=8", Fault::Wrong("ERROR".into())),
            rule("+VTX", Fault::Lost),
            rule("+VRX", Fault::Wrong("OK".into())),
            rule("I3", Fault::Garbage(vec![0, 0xFF, 0x10])),
            rule("Z", Fault::Late(Duration::from_millis(500))),
        ],
        ..Faults::default()
    };
    let mut bench = Bench::new(Settings { echo: false, faults, ..Settings::of(&CONEXANT) });
    assert_eq!(bench.command("AT+FCLASS=8"), "\r\nERROR\r\n");
    assert_eq!(bench.command("AT+FCLASS?"), "\r\n0\r\n\r\nOK\r\n");
    assert_eq!(bench.command("AT+FCLASS=8"), "\r\nOK\r\n");
    assert_eq!(bench.command("AT+VRX"), "\r\nOK\r\n");
    assert_eq!(bench.command("ATI3"), "\0\u{ff}\u{10}\r\nCX93001-EIS_V0.2013-V92\r\n\r\nOK\r\n");
    assert_eq!(bench.command("ATZ"), "");
    bench.seconds(0.5);
    assert_eq!(bench.take(), "\r\nOK\r\n");
    bench.command("AT+FCLASS=8");
    assert_eq!(bench.command("AT+VTX"), "");
    assert!(bench.happened("voice: playing"), "the command itself is done");
}

#[test]
fn equal_seeds_make_equal_runs() {
    let run = |seed| {
        let faults = Faults {
            lost: 0.2,
            late: 0.2,
            late_by: Duration::from_millis(30),
            wrong: 0.2,
            garbage: 0.2,
            split: Split::Every { bytes: 3, pause: Duration::from_millis(1) },
            ..Faults::default()
        };
        let mut bench = Bench::new(Settings { seed, faults, ..Settings::of(&CONEXANT) });
        for n in 0..200 {
            bench.command(&format!("ATS8={n}+VCID?"));
        }
        bench.bursts
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn deaf_for_a_time() {
    let faults = Faults { deaf_after: Some(2), deaf_for: Some(Duration::from_secs(3)), ..Faults::default() };
    let mut bench = Bench::new(Settings { echo: false, faults, ..Settings::default() });
    assert_eq!(bench.command("AT"), "\r\nOK\r\n");
    assert_eq!(bench.command("AT"), "");
    assert_eq!(bench.command("AT"), "");
    bench.seconds(3.0);
    assert_eq!(bench.command("AT"), "\r\nOK\r\n");
}

#[test]
fn a_dialogue_file_comes_before_the_profile() {
    let dialogue = Dialogue::parse("> ATI0\n< 31337\n< OK\n> AT+FCLASS=8\n< ERROR\n").unwrap();
    rows(
        Settings { dialogue, echo: false, ..Settings::of(&CONEXANT) },
        &[("ATI0", "\r\n31337\r\n\r\nOK\r\n"), ("at+fclass=8", "\r\nERROR\r\n"), ("AT", "\r\nOK\r\n")],
    );
}

#[test]
fn names_of_profiles_are_unique_and_found() {
    for profile in PROFILES {
        assert_eq!(Profile::named(profile.name), Some(profile));
        assert_eq!(profile.speaks(), !profile.voice.is_empty(), "{}", profile.name);
    }
}

#[test]
fn any_bytes_at_any_time() {
    bolero::check!().with_type::<Vec<(u16, Vec<u8>)>>().with_iterations(300).for_each(|script| {
        let mut bench = Bench::new(Settings::of(&CONEXANT));
        bench.command("AT+FCLASS=8;+VCID=1");
        bench.machine.call_in(bench.now, CallerScript::number("5550100"));
        for (wait, bytes) in script {
            bench.pass(Duration::from_millis(u64::from(*wait) % 400)).send(bytes);
        }
    });
}

#[test]
fn every_dialogue_that_was_reported_is_answered_as_reported() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../fixtures/modem-dialogues");
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()) {
        if file.extension().is_none_or(|e| e != "txt") {
            continue;
        }
        let dialogue = Dialogue::read(&file).unwrap();
        let exchanges = dialogue.exchanges().to_vec();
        let mut bench = Bench::new(Settings { dialogue, echo: false, ..Settings::default() });
        for exchange in exchanges {
            let said = bench.command(&exchange.command);
            let lines: Vec<&str> = said.split("\r\n").filter(|l| !l.is_empty()).collect();
            let wanted: Vec<_> =
                exchange.reply.iter().map(|l| String::from_utf8_lossy(l).into_owned()).collect();
            assert_eq!(lines, wanted, "{} {}", file.display(), exchange.command);
            count += 1;
        }
    }
    assert!(count >= 20, "{count}");
}
