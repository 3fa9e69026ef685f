//! The sinks, each against the other side of its own protocol.

#![cfg(all(feature = "all", feature = "telegram-mock"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, SystemTime};

use call_notify::telegram_mock::{Fault, TOKEN, TelegramMock};
use call_notify::{Happening, Notice, Notifier, NotifySettings, SinkError};

const LONG: Duration = Duration::from_secs(60);

fn settings(json: serde_json::Value) -> NotifySettings {
    serde_json::from_value(json).unwrap()
}

fn blocked() -> Notice {
    let mut notice = Notice::test(SystemTime::now());
    notice.event = Happening::Blocked;
    notice.name = "$(touch /tmp/x); `id` \"quoted\" <b>".into();
    notice
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Answers requests with these statuses, one after the other, and gives what was sent.
fn web_server(statuses: &'static [u16]) -> (String, std::thread::JoinHandle<Vec<(String, String)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        statuses
            .iter()
            .map(|status| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut head, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    if line.trim().is_empty() {
                        break;
                    }
                    if let Some(n) = line.to_lowercase().strip_prefix("content-length:") {
                        length = n.trim().parse().unwrap();
                    }
                    head.push_str(&line);
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    .unwrap();
                (head, String::from_utf8(body).unwrap())
            })
            .collect()
    });
    (url, thread)
}

#[test]
fn a_webhook_sends_signed_json_and_knows_what_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let key = file(folder.path(), "key", "tiger");
    let (url, server) = web_server(&[200, 500, 401]);
    let settings =
        settings(serde_json::json!({"webhook": [{"url": format!("{url}/hook"), "key-file": key}]}));
    settings.tell_one("webhook", &blocked()).unwrap();
    assert!(settings.tell_one("webhook", &blocked()).unwrap_err().is_temporary());
    assert!(matches!(settings.tell_one("webhook", &blocked()), Err(SinkError::Refused { .. })));
    let (head, body) = server.join().unwrap().remove(0);
    assert!(head.starts_with("POST /hook HTTP/1.1"), "{head}");
    assert!(head.to_lowercase().contains("x-callblock-signature: sha256="), "{head}");
    let json: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((json["event"].as_str(), json["e164"].as_str()), (Some("blocked"), Some("+493023125555")));
    assert_eq!(json["name"], blocked().name);
}

#[test]
fn ntfy_and_gotify_get_their_own_words() {
    let folder = tempfile::tempdir().unwrap();
    let token = file(folder.path(), "token", "t0ken");
    let (url, server) = web_server(&[200, 200]);
    let settings = settings(serde_json::json!({"webhook": [
        {"url": format!("{url}/my-topic"), "preset": "ntfy", "token-file": token, "text": "{reason}!"},
        {"url": url, "preset": "gotify", "token-file": token},
    ]}));
    assert_eq!(settings.names(), ["webhook", "webhook-2"]);
    settings.tell_one("webhook", &blocked()).unwrap();
    settings.tell_one("webhook-2", &blocked()).unwrap();
    let seen = server.join().unwrap();
    let ntfy: serde_json::Value = serde_json::from_str(&seen[0].1).unwrap();
    assert!(seen[0].0.starts_with("POST / "), "{}", seen[0].0);
    assert_eq!(
        (ntfy["topic"].as_str(), ntfy["message"].as_str()),
        (Some("my-topic"), Some("somebody tries the notices out!"))
    );
    assert!(seen[0].0.contains("Bearer t0ken"), "{}", seen[0].0);
    assert!(seen[1].0.starts_with("POST /message "), "{}", seen[1].0);
    assert!(seen[1].0.to_lowercase().contains("x-gotify-key: t0ken"), "{}", seen[1].0);
}

#[test]
fn a_command_gets_arguments_and_json_and_no_shell() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let script = file(folder.path(), "script.sh", "printf '%s\\n' \"$2\" > \"$1\"; cat >> \"$1\"");
    let settings = settings(serde_json::json!({"command": [
        {"program": "/bin/sh", "arguments": [script, out, "{name}"]},
        {"program": "/bin/sleep", "arguments": ["60"], "seconds": 0},
        {"program": "/does/not/exist"},
    ]}));
    let notice = blocked();
    settings.tell_one("command", &notice).unwrap();
    let seen = std::fs::read_to_string(&out).unwrap();
    let (argument, json) = seen.split_once('\n').unwrap();
    assert_eq!(argument, notice.name, "the name is one argument, whatever it holds");
    assert_eq!(serde_json::from_str::<serde_json::Value>(json).unwrap()["line"], "test");
    assert!(settings.tell_one("command-2", &notice).unwrap_err().to_string().contains("did not end"));
    assert!(settings.tell_one("command-3", &notice).unwrap_err().to_string().contains("cannot be run"));
    assert!(settings.tell_one("command-4", &notice).unwrap_err().to_string().contains("command, command-2"));
}

#[test]
fn telegram_tells_each_chat_once_although_the_server_falters() {
    let folder = tempfile::tempdir().unwrap();
    let mock = TelegramMock::start().unwrap();
    mock.open_chat(1);
    mock.open_chat(2);
    let sound = folder.path().join("m.wav");
    let tone: Vec<i16> = (0..12_345).map(|n| if n % 20 < 10 { 4_000 } else { -4_000 }).collect();
    telephone_audio::write_wav(&sound, &tone).unwrap();
    let settings = settings(serde_json::json!({"telegram": [{
        "token-file": file(folder.path(), "token", TOKEN), "server": mock.url(), "chats": [1, 2], "buttons": true,
    }]}));
    let notifier = Notifier::start(&settings).unwrap();
    mock.fail_next("sendVoice", Fault::TooMany(1));
    let mut notice = blocked();
    notice.event = Happening::VoiceMail;
    notice.recording = Some(sound);
    notifier.tell(&notice);
    let all =
        |r: &[call_notify::telegram_mock::Request]| r.iter().filter(|r| r.method == "sendVoice").count() == 2;
    assert!(mock.wait_for(LONG, all), "{:?} {:?}", mock.requests(), notifier.health());
    assert_eq!((mock.texts(1).len(), mock.texts(2).len()), (1, 1), "told once");
    let voice = mock.requests().into_iter().find(|r| r.method == "sendVoice").unwrap();
    assert_eq!(
        (&voice.fields["voice"]["file"], &voice.fields["duration"]),
        (&"message.ogg".into(), &"2".into())
    );
    assert!(mock.texts(1)[0].starts_with("Message from"), "{:?}", mock.texts(1));
    let buttons = &mock.requests()[0].fields["reply_markup"]["inline_keyboard"][0];
    assert_eq!(buttons[0]["callback_data"], "block +493023125555");

    // A press by somebody who may, and one by somebody who may not.
    mock.press(1, 99, 1, "block 110");
    mock.press(1, 1, 1, "block +493023125555");
    let asked = notifier.asked().recv_timeout(LONG).unwrap();
    assert_eq!(asked.wish, call_notify::Wish::Block("+493023125555".into()));
    assert_eq!(asked.by, "telegram 1");
    // What came of it is the answer to the press; what is asked in words is answered in words.
    asked.answer(Ok("+493023125555 is on the deny list now".into()));
    mock.write(2, 2, "/log@test_bot 5");
    let asked = notifier.asked().recv_timeout(LONG).unwrap();
    assert_eq!(asked.wish, call_notify::Wish::Log(5));
    asked.answer(Err("nobody has called".into()));
    mock.write(2, 2, "/anything");
    mock.write(99, 99, "/status");
    let helped = |r: &[call_notify::telegram_mock::Request]| {
        r.iter().any(|r| r.fields["text"].as_str().is_some_and(|t| t.starts_with("/status - ")))
    };
    assert!(mock.wait_for(LONG, helped), "{:?}", mock.requests());
    let presses: Vec<_> = mock
        .requests()
        .into_iter()
        .filter(|r| r.method == "answerCallbackQuery")
        .map(|r| r.fields["text"].clone())
        .collect();
    assert_eq!(presses, ["Not yours to press", "+493023125555 is on the deny list now"]);
    assert!(mock.texts(2).contains(&"Not done: nobody has called".into()) && mock.texts(99).is_empty());
    assert!(notifier.asked().is_empty());
}

#[test]
fn a_recording_that_makes_no_voice_message_goes_as_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mock = TelegramMock::start().unwrap();
    mock.open_chat(1);
    let settings = settings(serde_json::json!({"telegram": [{
        "token-file": file(folder.path(), "token", TOKEN), "server": mock.url(), "chats": [1],
    }]}));
    let mut notice = blocked();
    notice.recording = Some(file(folder.path(), "m.wav", "RIFF and then nothing").into());
    settings.tell_one("telegram", &notice).unwrap();
    notice.recording = Some(folder.path().join("gone.wav"));
    settings.tell_one("telegram", &notice).unwrap();
    let methods: Vec<_> = mock.requests().into_iter().map(|r| r.method).collect();
    assert_eq!(methods, ["sendMessage", "sendDocument", "sendMessage"]);
}

#[test]
fn what_does_not_arrive_is_told() {
    let settings = settings(serde_json::json!({"command": [{"program": "/bin/false"}]}));
    let notifier = Notifier::start(&settings).unwrap();
    notifier.tell(&blocked());
    let lost = notifier.undelivered().recv_timeout(LONG).unwrap();
    assert_eq!((lost.sink.as_str(), lost.notice.event), ("command", Happening::Blocked));
    assert_eq!(notifier.health()[0].failed, 1);
}

#[test]
fn wrong_settings_are_said_with_the_remedy() {
    let wrong = |json: serde_json::Value| {
        let read = serde_json::from_value::<NotifySettings>(json);
        read.map_err(|e| e.to_string())
            .and_then(|s| Notifier::start(&s).map(drop).map_err(|e| e.to_string()))
            .unwrap_err()
    };
    let folder = tempfile::tempdir().unwrap();
    let password = file(folder.path(), "password", "tiger");
    assert!(wrong(serde_json::json!({"mial": []})).contains("unknown field"));
    assert!(wrong(serde_json::json!({"webhook": [{"url": "ftp://x"}]})).contains("http://"));
    assert!(
        wrong(serde_json::json!({"mail": [{"server": "x", "from": "a@b.example", "to": []}]}))
            .contains("nobody")
    );
    assert!(wrong(serde_json::json!({"udp": [{"to": []}]})).contains("nobody"));
    assert!(
        wrong(serde_json::json!({"telegram": [{"token-file": "/nowhere", "chats": [1]}]}))
            .contains("/nowhere")
    );
    assert!(
        wrong(serde_json::json!({"command": [{"program": "x", "arguments": ["{nmae}"]}]})).contains("nmae")
    );
    assert!(
        wrong(
            serde_json::json!({"mail": [{"server": "mail.example", "security": "none", "from": "a@b.example",
            "to": ["a@b.example"], "user": "u", "password-file": password}]})
        )
        .contains("without TLS")
    );
}
