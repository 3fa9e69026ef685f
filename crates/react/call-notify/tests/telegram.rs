//! The Telegram client against a strict stand-in for the server.

#![cfg(all(feature = "telegram", feature = "telegram-mock"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::time::Duration;

use call_notify::telegram::{Bot, Button, Poller, Servers, TelegramError, Update, UpdateKind};
use call_notify::telegram_mock::{Fault, TOKEN, TelegramMock};
use secret::Secret;

const ANNA: i64 = 77;

fn bot(mock: &TelegramMock) -> Bot {
    Bot::new(Servers::at(&mock.url()), Secret::new(TOKEN)).unwrap()
}

fn open() -> (TelegramMock, Bot) {
    let mock = TelegramMock::start().unwrap();
    mock.open_chat(ANNA);
    let bot = bot(&mock);
    (mock, bot)
}

#[test]
fn texts_go_as_they_are_and_long_ones_in_parts() {
    let (mock, bot) = open();
    assert_eq!(bot.name().unwrap(), "test_bot");
    let wild = "_*[unclosed `name` <b>\u{1f4de} & more";
    assert_eq!(bot.send(ANNA, wild, &[]).unwrap().len(), 1);
    let long = "A line of the log that goes on for a while.\n".repeat(300);
    let buttons = [vec![Button::new("Block", "b:1"), Button::new("Allow", "a:1")]];
    assert_eq!(bot.send(ANNA, &long, &buttons).unwrap().len(), 4);
    let texts = mock.texts(ANNA);
    assert_eq!(texts[0], wild);
    assert_eq!(texts[1..].join("\n"), long.trim());
    let requests = mock.requests();
    let last = requests.last().unwrap();
    assert_eq!(last.fields["reply_markup"]["inline_keyboard"][0][1]["callback_data"], "a:1");
    assert!(requests[2].fields.get("reply_markup").is_none(), "buttons stand under the last part only");
    assert!(mock.refusals().is_empty(), "{:?}", mock.refusals());
}

#[test]
fn what_the_bot_does_wrong_is_refused() {
    let (_mock, bot) = open();
    let wide = Button::new("x", &"d".repeat(65));
    assert!(matches!(bot.send(ANNA, "x", &[vec![wide]]), Err(TelegramError::Refused(_))));
    assert!(
        matches!(bot.send(1234, "x", &[]), Err(TelegramError::Refused(why)) if why.contains("chat not found"))
    );
}

#[test]
fn a_wrong_token_is_said_and_never_shown() {
    let mock = TelegramMock::start().unwrap();
    let bot = Bot::new(Servers::at(&mock.url()), Secret::new("1:wrong-and-secret")).unwrap();
    assert_eq!(bot.name(), Err(TelegramError::Unauthorized));
    let nowhere = Bot::new(Servers::at("http://127.0.0.1:9"), Secret::new("1:wrong-and-secret")).unwrap();
    let error = nowhere.name().unwrap_err();
    assert!(matches!(error, TelegramError::Unreachable(_)) && error.is_temporary(), "{error:?}");
    assert!(!format!("{error:?} {error} {nowhere:?}").contains("wrong-and-secret"));
}

#[test]
fn faults_of_the_server_are_told_apart() {
    let (mock, bot) = open();
    let fail = |fault: Fault| {
        mock.fail_next("sendMessage", fault);
        bot.send(ANNA, "x", &[]).unwrap_err()
    };
    assert_eq!(fail(Fault::TooMany(7)), TelegramError::TooMany(Duration::from_secs(7)));
    assert!(matches!(fail(Fault::BadGateway), TelegramError::Trouble(_)));
    assert!(matches!(fail(Fault::CutOff), TelegramError::Unreachable(_)));
    assert!(matches!(fail(Fault::Garbage), TelegramError::Garbled(_)));
    let blocked = fail(Fault::Blocked);
    assert!(matches!(blocked, TelegramError::Forbidden(_)) && !blocked.is_temporary());
    bot.send(ANNA, "x", &[]).unwrap();
}

#[test]
fn messages_are_edited_and_presses_answered() {
    let (mock, bot) = open();
    let id = bot.send(ANNA, "Ringing", &[vec![Button::new("Hang up", "h")]]).unwrap()[0];
    bot.edit(ANNA, id, "Blocked", &[]).unwrap();
    bot.edit(ANNA, id, "Blocked", &[]).unwrap();
    bot.edit_buttons(ANNA, id, &[vec![Button::new("Undo", "u")]]).unwrap();
    let press = mock.press(ANNA, ANNA, id, "u");
    let updates = bot.updates(None, Duration::from_secs(5)).unwrap();
    let UpdateKind::Pressed { query, from, place, data } = &updates[0].kind else { panic!("{updates:?}") };
    assert_eq!((query, from.id, *place, data.as_str()), (&press, ANNA, Some((ANNA, id)), "u"));
    assert!(!mock.all_presses_answered());
    bot.answer(query, &"done ".repeat(100)).unwrap();
    assert!(mock.all_presses_answered());
    bot.answer("long-ago", "x").unwrap();
}

#[test]
fn files_go_both_ways() {
    let (mock, bot) = open();
    let sound: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    bot.send_document(ANNA, "call \"1\"\r\n.wav", &sound, "A message").unwrap();
    bot.send_voice(ANNA, b"OggS and so on", Duration::from_millis(1_001), "").unwrap();
    let requests = mock.requests();
    assert_eq!(requests[0].fields["document"]["bytes"], 70_000);
    assert_eq!(requests[0].fields["document"]["file"], "call _1___.wav");
    assert_eq!(requests[0].fields["caption"], "A message");
    assert_eq!(requests[1].fields["voice"]["file"], "message.ogg");

    let id = mock.send_file(ANNA, ANNA, "../../etc/passwd", &sound);
    let updates = bot.updates(None, Duration::from_secs(5)).unwrap();
    let UpdateKind::Document { document, .. } = &updates[0].kind else { panic!("{updates:?}") };
    assert_eq!((document.id.as_str(), document.bytes), (id.as_str(), Some(70_000)));
    assert_eq!(bot.fetch(&document.id).unwrap(), sound);
    assert!(matches!(bot.fetch("unknown"), Err(TelegramError::Refused(_))));
    bot.offer_commands(&[("call", "Call a number")]).unwrap();
    bot.remove_webhook().unwrap();
}

#[test]
fn each_update_is_handled_once_also_after_a_restart() {
    let (mock, bot) = open();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("telegram.offset");
    let texts = |updates: &[Update]| -> Vec<String> {
        updates
            .iter()
            .map(|u| match &u.kind {
                UpdateKind::Text { text, .. } => text.clone(),
                other => panic!("{other:?}"),
            })
            .collect()
    };
    for text in ["one", "two", "three"] {
        mock.write(ANNA, ANNA, text);
    }
    let mut poller = Poller::new(bot.clone(), Some(file.clone()));
    let first = poller.poll(Duration::from_secs(1)).unwrap();
    assert_eq!(texts(&first), ["one", "two", "three"]);
    poller.handled(first[0].id);
    drop(poller);
    // Killed after the first: the others come again, the first does not.
    let mut poller = Poller::new(bot, Some(file));
    let again = poller.poll(Duration::from_secs(1)).unwrap();
    assert_eq!(texts(&again), ["two", "three"]);
    again.iter().for_each(|u| poller.handled(u.id));
    assert!(poller.poll(Duration::ZERO).unwrap().is_empty());
    assert_eq!(mock.unconfirmed(), 0);
}

#[test]
fn a_poll_waits_until_something_happens() {
    let (mock, bot) = open();
    let mut poller = Poller::new(bot, None);
    std::thread::scope(|scope| {
        let polling = scope.spawn(|| poller.poll(Duration::from_secs(40)).unwrap());
        let reply = mock.reply(ANNA, ANNA, 5, "hello");
        let updates = polling.join().unwrap();
        let UpdateKind::Text { message, answers, .. } = &updates[0].kind else { panic!("{updates:?}") };
        assert_eq!((*message, *answers), (reply, Some(5)));
    });
}

#[test]
fn pauses_grow_and_obey() {
    let (mock, bot) = open();
    let mut poller = Poller::new(bot, None);
    let mut pause = |fault: Fault| {
        mock.fail_next("getUpdates", fault);
        let error = poller.poll(Duration::ZERO).unwrap_err();
        poller.pause(&error).as_secs()
    };
    assert_eq!(pause(Fault::TooMany(17)), 17);
    assert_eq!(pause(Fault::Conflict), 30);
    assert_eq!([pause(Fault::BadGateway), pause(Fault::CutOff), pause(Fault::Garbage)], [1, 2, 4]);
    poller.poll(Duration::ZERO).unwrap();
    let error = TelegramError::Trouble(String::new());
    assert_eq!(poller.pause(&error).as_secs(), 1, "all is well in between");
}
