//! Every action, and what the caller hears of it, sample by sample.

use std::time::Duration;

use call_event::GuardCommand;
use line_sim::voice_modem::{CALLER_ID_ONLY, CallerAct, Settings, Sound};

use crate::house::{BLOCKED, House, STRANGER, caller, sound};

/// What a caller hears of samples: 8 bit unsigned, as the modem plays them.
fn heard_of(samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|&s| telephone_audio::format::u8_from_linear(s)).collect()
}

/// Where the caller heard exactly that.
fn find(heard: &[u8], wanted: &[u8]) -> Option<usize> {
    heard.windows(wanted.len()).position(|w| w == wanted)
}

fn heard(house: &House) -> Vec<u8> {
    house.sim.take_heard().bytes()
}

fn wait(ms: u64) -> CallerAct {
    CallerAct::Wait(Duration::from_millis(ms))
}

#[test]
fn hanging_up_says_nothing() {
    let mut house = House::new("hang-up", "");
    house.guard();
    let status = house.call(caller(BLOCKED), 1);
    assert_eq!(status.last_calls[0].action, "hang-up");
    house.on_hook();
    assert!(heard(&house).is_empty());
    let call = house.sim.status().last_call().cloned().unwrap();
    assert!(call.answered.is_some(), "the line was taken and left");
    house.stop();
}

#[test]
fn a_stranger_rings_until_giving_up() {
    let mut house = House::new("hang-up", "");
    house.guard();
    let status = house.call(caller(STRANGER), 1);
    assert_eq!((status.last_calls[0].decision.as_str(), status.last_calls[0].rings), ("ring", 4));
    assert!(house.sim.status().last_call().unwrap().answered.is_none());
    assert_eq!(house.logged(1)[0].call.ending, "not answered");
    house.stop();
}

#[test]
fn a_message_is_heard_sample_by_sample() {
    let mut house = House::new("message", "[actions]\nmessage = \"message.wav\"\n");
    let samples = sound(&house.path("message.wav"), 1.5);
    house.guard();
    house.call(caller(BLOCKED), 1);
    house.on_hook();
    let heard = heard(&house);
    let wanted = heard_of(&samples);
    let at = find(&heard, &wanted).expect("the whole message, every sample of it");
    assert!(
        heard[..at].iter().chain(&heard[at + wanted.len()..]).all(|&b| b == 0x80),
        "and nothing but silence beside it"
    );
    house.stop();
}

#[test]
fn without_a_file_the_tones_of_a_dead_number_are_heard() {
    let mut house = House::new("message", "");
    house.guard();
    house.sim.ring(caller(BLOCKED).then(wait(2500)).then(CallerAct::HangUp));
    house.wait_until("the call is over", |status| status.counts.calls == 1);
    house.on_hook();
    let heard = heard(&house);
    let samples: Vec<i16> = heard.iter().map(|&b| telephone_audio::format::linear_from_u8(b)).collect();
    assert!(samples.len() > 8000, "the caller heard {} samples", samples.len());
    assert!(telephone_audio::level(&samples) > -30.0, "and they are no silence");
    house.stop();
}

#[test]
fn a_fax_answers() {
    let mut house = House::new("fax", "[actions]\nfax-for = \"4s\"\n");
    house.guard();
    house.call(caller(BLOCKED).then(wait(1000)).then(CallerAct::HangUp), 1);
    house.on_hook();
    let call = house.sim.status().last_call().cloned().unwrap();
    assert!(call.fax.is_some(), "it was answered as a fax: {call:?}");
    house.stop();
}

#[test]
fn a_recording_holds_what_the_caller_said() {
    let mut house = House::new("record:2", "");
    let said: Vec<u8> = {
        let samples = sound(&house.path("said.wav"), 1.0);
        heard_of(&samples)
    };
    house.guard();
    house.call(caller(BLOCKED).then(CallerAct::Say(Sound::Bytes(said.clone()))), 1);
    house.on_hook();
    let call = &house.logged(1)[0].call;
    let recorded = telephone_audio::read_wav(call.recording.as_ref().expect("a recording")).unwrap();
    let recorded: Vec<u8> = recorded.iter().map(|&s| telephone_audio::format::u8_from_linear(s)).collect();
    assert!(find(&recorded, &said).is_some(), "every sample that the caller said");
    let seconds = recorded.len() as u64 / 8000;
    assert!((1..=3).contains(&seconds), "{seconds} s were recorded of the two");
    house.stop();
}

#[test]
fn transmit_sends_the_opening_and_hears_digits() {
    let mut house = House::new("transmit:3", "[actions]\nopening = \"opening.wav\"\n");
    let samples = sound(&house.path("opening.wav"), 0.8);
    house.guard();
    house.call(caller(BLOCKED).then(wait(500)).then(CallerAct::Press("42#".into())), 1);
    house.on_hook();
    assert!(find(&heard(&house), &heard_of(&samples)).is_some());
    assert_eq!(house.logged(1)[0].call.digits, "42#");
    house.stop();
}

#[test]
fn duplex_plays_a_file_of_the_folder_when_the_caller_is_silent() {
    let mut house = House::new("duplex:5", "[actions]\nsilence = \"1s\"\n");
    std::fs::create_dir_all(house.path("play")).unwrap();
    let samples = sound(&house.path("play/one.wav"), 0.5);
    house.guard();
    house.call(caller(BLOCKED), 1);
    house.on_hook();
    assert!(find(&heard(&house), &heard_of(&samples)).is_some(), "{}", house.said());
    let call = &house.logged(1)[0].call;
    assert!(call.recording.as_ref().is_some_and(|path| path.exists()));
    let name = call.recording.as_ref().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
    assert!(name.ends_with(&format!("+0000 {BLOCKED}.wav")), "{name}");
    house.stop();
}

#[test]
fn a_voice_mail_message_is_taken_and_the_lamp_goes_on() {
    let more = "[voice-mail]\nafter-rings = 2\ngreeting = \"greeting.wav\"\nshortest = \"500ms\"\n";
    let mut house = House::new("hang-up", more);
    let greeting = sound(&house.path("greeting.wav"), 0.6);
    house.guard();
    let script = caller(STRANGER)
        .then(wait(1800))
        .then(CallerAct::Say(Sound::Tones { hertz: vec![300.0, 520.0], milliseconds: 1200 }))
        .then(CallerAct::Finish)
        .then(CallerAct::Press("#".into()));
    let status = house.call(script, 1);
    house.on_hook();
    assert!(status.message_waiting && status.counts.messages == 1, "{status:#?}\n{}", house.said());
    assert!(find(&heard(&house), &heard_of(&greeting)).is_some());
    let call = &house.logged(1)[0].call;
    assert_eq!((call.action.as_str(), call.digits.as_str()), ("voice-mail", "#"));
    house.stop();
}

#[test]
fn who_presses_the_key_rings_the_next_time() {
    let mut house =
        House::new("challenge:7", "[challenge]\nprompt = \"prompt.wav\"\nanswer-within = \"2s\"\n");
    let prompt = sound(&house.path("prompt.wav"), 0.5);
    house.guard();
    house.call(caller(BLOCKED).then(wait(900)).then(CallerAct::Press("7".into())), 1);
    house.on_hook();
    assert!(find(&heard(&house), &heard_of(&prompt)).is_some());
    let status = house.call(caller(BLOCKED), 2);
    assert_eq!(status.last_calls[0].decision, "ring", "{status:#?}");
    let list = std::fs::read_to_string(house.path("lists/allow.csv")).unwrap();
    assert!(list.contains(BLOCKED) && list.contains("challenge"), "{list}");
    house.stop();
}

#[test]
fn a_robot_is_kept_busy_with_one_phrase_after_the_other() {
    let mut house = House::new("keep-busy", "[keep-busy]\ngap = \"300ms\"\n");
    std::fs::create_dir_all(house.path("phrases")).unwrap();
    let first = sound(&house.path("phrases/1.wav"), 0.4);
    let mut second = first.clone();
    second.reverse();
    telephone_audio::write_wav(house.path("phrases/2.wav"), &second).unwrap();
    house.guard();
    let speech = || CallerAct::Say(Sound::Tones { hertz: vec![330.0, 600.0], milliseconds: 800 });
    let script = caller(BLOCKED)
        .then(wait(600))
        .then(speech())
        .then(CallerAct::Finish)
        .then(wait(3000))
        .then(CallerAct::HangUp);
    house.call(script, 1);
    house.on_hook();
    let heard = heard(&house);
    let one = find(&heard, &heard_of(&first)).expect("the first phrase");
    let two = find(&heard, &heard_of(&second)).expect("the second phrase");
    assert!(one < two);
    house.stop();
}

#[test]
fn the_owner_ends_a_call_and_blocks_its_caller() {
    let mut house = House::new("hang-up", "");
    house.guard();
    house.sim.ring(caller(STRANGER).rings(30));
    house.wait_until("it rings", |status| {
        status.lines[0].call.as_ref().is_some_and(|call| call.decision == "ring")
    });
    house.ask(&GuardCommand::HangUp { line: None });
    house.wait_until("the call is over", |status| status.counts.calls == 1);
    house.on_hook();
    house.ask(&GuardCommand::BlockLast);
    let status = house.call(caller(STRANGER), 2);
    assert_eq!(status.last_calls[0].decision, "block");
    house.ask(&GuardCommand::Forget { number: STRANGER.into(), list: None });
    house.ask(&GuardCommand::PermitNext { minutes: 5 });
    let status = house.call(caller(BLOCKED), 3);
    assert_eq!(
        (status.last_calls[0].decision.as_str(), status.last_calls[0].stage.as_str()),
        ("ring", "permit")
    );
    let status = house.call(caller(BLOCKED), 4);
    assert_eq!(status.last_calls[0].decision, "block", "one call was permitted, not two");
    house.stop();
}

#[test]
fn the_star_key_is_heard_by_a_microphone() {
    // What a microphone beside the telephone would hear: a voice's tone, then the key, then nothing.
    let key = telephone_audio::generate::digits("*", -12.0, 200, 100).pause(400);
    let raw: Vec<u8> = key.flat_map(i16::to_le_bytes).collect();
    let dir = tempfile::tempdir().unwrap();
    let heard = dir.path().join("heard.raw");
    std::fs::write(&heard, raw).unwrap();
    let more = format!(
        "[star-key]\nquiet = \"2s\"\nlisten = \"5s\"\ncommand = [\"cat\", \"{}\"]\n",
        heard.display()
    );
    // A modem without voice: all that can hear is the command.
    let settings = Settings { seed: 5, ..Settings::of(&CALLER_ID_ONLY) };
    let mut house = House::with_modem("hang-up", &more, settings);
    house.guard();
    let status = house.call(caller(STRANGER), 1);
    assert_eq!(status.last_calls[0].decision, "ring");
    let call = &house.logged(1)[0].call;
    assert_eq!((call.mark.letter(), call.rings), ('*', 4), "{call:?}");
    let list = std::fs::read_to_string(house.path("lists/deny.csv")).unwrap();
    assert!(list.contains(STRANGER) && list.contains("star key"), "{list}");
    let status = house.call(caller(STRANGER), 2);
    assert_eq!(status.last_calls[0].decision, "block");
    house.on_hook();
    house.stop();
}

#[test]
fn a_microphone_that_hears_nothing_or_cannot_start_harms_no_call() {
    for command in [r#"["sleep", "60"]"#, r#"["/no/such/microphone"]"#] {
        let more = format!("[star-key]\nquiet = \"500ms\"\nlisten = \"700ms\"\ncommand = {command}\n");
        let mut house = House::new("hang-up", &more);
        house.guard();
        for count in 1..=2 {
            let status = house.call(caller(STRANGER), count);
            assert_eq!(status.last_calls[0].decision, "ring", "{command}");
        }
        assert!(house.logged(2).iter().all(|c| c.call.mark.letter() == '-'));
        house.on_hook();
        house.stop();
    }
}
