//! The guard's bot: what was recorded plays in the chat, and what is asked there is done and answered.

use std::fs;
use std::time::Duration;

use call_notify::telegram_mock::{Request, TOKEN, TelegramMock};
use line_sim::voice_modem::{CallerAct, Sound};

use crate::house::{BLOCKED, House, STRANGER, caller};

const ANNA: i64 = 77;
const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_recording_plays_in_the_chat_and_commands_there_are_answered() {
    let telegram = TelegramMock::start().unwrap();
    telegram.open_chat(ANNA);
    let mut house = House::new(
        "hang-up",
        &format!(
            "[voice-mail]\nafter-rings = 2\nshortest = \"500ms\"\n[[notify.telegram]]\ntoken-file = \"telegram-token\"\nserver = \"{}\"\nchats = [{ANNA}]\n",
            telegram.url()
        ),
    );
    fs::write(house.path("telegram-token"), format!("{TOKEN}\n")).unwrap();
    house.guard();
    house.call(caller(BLOCKED), 1);
    let speech = CallerAct::Say(Sound::Tones { hertz: vec![440.0], milliseconds: 1_500 });
    let script = caller(STRANGER).then(CallerAct::Wait(Duration::from_millis(1_500))).then(speech);
    house.call(script.then(CallerAct::Finish).then(CallerAct::Press("#".into())), 2);
    let voice = |all: &[Request]| all.iter().any(|r| r.method == "sendVoice");
    assert!(telegram.wait_for(LONG, voice), "{:#?}\n{}", telegram.requests(), house.said());

    let ask = |text: &str, answer: &str| {
        telegram.write(ANNA, ANNA, text);
        let came = telegram.wait_for(LONG, |all| {
            all.iter().any(|r| r.fields["text"].as_str().is_some_and(|t| t.contains(answer)))
        });
        assert!(came, "{text}: no {answer:?} in {:#?}\n{}", telegram.texts(ANNA), house.said());
    };
    ask("/log", &format!(" B {BLOCKED} A CALLER: "));
    ask("/stats", "2 calls, 1 of them blocked");
    ask("/status", "2 calls: 1 blocked, 1 rang; 1 message");
    ask("/block 5550177", "5550177");
    assert!(fs::read_to_string(house.path("lists/deny.csv")).is_ok_and(|list| list.contains("5550177")));
    ask("/help", "/permit_next");
    assert!(telegram.refusals().is_empty(), "{:?}", telegram.refusals());
    house.stop();
}
