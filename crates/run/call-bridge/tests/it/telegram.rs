//! Telegram as a messenger, against a stand-in that is as strict as the real one.

use std::time::Duration;

use call_bridge::phone::{Inbound, Messenger, Outbound, telegram};
use call_bridge::remote::{About, Asker, Button, Channel, Note};
use call_notify::telegram::{Bot, Servers};
use call_notify::telegram_mock::{Fault, Request, TelegramMock};
use crossbeam_channel::{Receiver, bounded};
use secret::Secret;

const OWNER: i64 = 99_123;
const DEADLINE: Duration = Duration::from_secs(20);

struct Line {
    mock: TelegramMock,
    messenger: Messenger,
    inbound: Receiver<Inbound>,
    dir: tempfile::TempDir,
}

impl Line {
    fn open() -> Self {
        let mock = TelegramMock::start().unwrap();
        mock.open_chat(OWNER);
        let dir = tempfile::tempdir().unwrap();
        let (to, inbound) = bounded(64);
        let messenger = telegram::start(bot(&mock), dir.path().join("offset"), to).unwrap();
        Self { mock, messenger, inbound, dir }
    }

    fn next(&self) -> Inbound {
        self.inbound.recv_timeout(DEADLINE).unwrap()
    }

    fn send(&self, note: Note) {
        self.messenger.to.send(Outbound::Note { to: OWNER.to_string(), note }).unwrap();
    }

    fn wait_for_text(&self, text: &str) {
        let there = self.mock.wait_for(DEADLINE, |all| texts(all).iter().any(|t| t.contains(text)));
        assert!(there, "never \"{text}\", only {:?}", self.mock.texts(OWNER));
    }
}

/// What was sent to the owner. The stand-in is locked while it asks whether that is enough.
fn texts(requests: &[Request]) -> Vec<&str> {
    let sent = requests.iter().filter(|r| r.method == "sendMessage" && r.fields["chat_id"] == OWNER);
    sent.filter_map(|r| r.fields["text"].as_str()).collect()
}

fn bot(mock: &TelegramMock) -> Bot {
    Bot::new(Servers::at(&mock.url()), Secret::new(call_notify::telegram_mock::TOKEN)).unwrap()
}

fn owner() -> Asker {
    Asker { channel: Channel::Telegram, id: OWNER, reply_to: OWNER.to_string() }
}

#[test]
fn what_people_write_reply_press_and_send_arrives() {
    let line = Line::open();
    line.mock.write(OWNER, OWNER, "/status");
    assert_eq!(line.next(), Inbound::Message { asker: owner(), text: "/status".into(), reply_to: None });

    let about = About::Number("+493023125001".into());
    let buttons = vec![Button { label: "Reject".into(), data: "0123".into() }];
    line.send(Note { text: "Incoming call".into(), buttons, about: Some(about.clone()) });
    let Inbound::Sent { chat, message, about: told } = line.next() else { panic!() };
    assert_eq!((chat.as_str(), told), ("99123", about));

    line.mock.reply(OWNER, OWNER, message, "in a meeting");
    assert_eq!(
        line.next(),
        Inbound::Message { asker: owner(), text: "in a meeting".into(), reply_to: Some(message) }
    );
    line.mock.press(OWNER, OWNER, message, "0123");
    assert_eq!(line.next(), Inbound::Pressed { asker: owner(), data: "0123".into() });
    assert!(line.mock.all_presses_answered());

    line.mock.send_contact(OWNER, OWNER, "493023125001", "Erika");
    let Inbound::Contact { asker, name, numbers } = line.next() else { panic!() };
    assert_eq!((asker, name.as_str()), (owner(), "Erika"));
    assert_eq!(numbers.len(), 1, "{numbers:?}");
    assert!(numbers[0].ends_with("493023125001"));

    line.mock.send_file(OWNER, OWNER, "Family.vcf", b"BEGIN:VCARD");
    let Inbound::FileOffered { asker, name, size, handle } = line.next() else { panic!() };
    assert_eq!((name.as_str(), size), ("Family.vcf", 11));
    line.messenger.to.send(Outbound::Fetch { asker: asker.clone(), name, handle }).unwrap();
    assert_eq!(
        line.next(),
        Inbound::File { asker, name: "Family.vcf".into(), bytes: b"BEGIN:VCARD".to_vec() }
    );
    assert!(line.mock.refusals().is_empty(), "{:?}", line.mock.refusals());
}

#[test]
fn defect_7_names_full_of_markup_and_long_texts_are_sent_as_they_stand() {
    let line = Line::open();
    line.send(Note::text("Call from *_[`Evil</b>](x)"));
    line.wait_for_text("*_[`Evil</b>](x)");
    line.send(Note::text("0123456789 ".repeat(1000)));
    let parts = line.mock.wait_for(DEADLINE, |all| texts(all).len() >= 4);
    assert!(parts, "{}", line.mock.texts(OWNER).len());
    assert!(line.mock.refusals().is_empty(), "{:?}", line.mock.refusals());
}

#[test]
fn a_note_waits_out_too_many_and_trouble_and_one_to_nobody_is_dropped() {
    let line = Line::open();
    line.mock.fail_next("sendMessage", Fault::TooMany(1));
    line.send(Note::text("first"));
    line.wait_for_text("first");
    line.messenger.to.send(Outbound::Note { to: "4711".into(), note: Note::text("to a stranger") }).unwrap();
    line.messenger.to.send(Outbound::Note { to: "nobody".into(), note: Note::text("to no chat") }).unwrap();
    line.send(Note::text("second"));
    line.wait_for_text("second");
}

#[test]
fn a_restart_neither_repeats_nor_loses_what_was_written() {
    let line = Line::open();
    line.mock.write(OWNER, OWNER, "one");
    assert!(matches!(line.next(), Inbound::Message { text, .. } if text == "one"));
    line.mock.write(OWNER, OWNER, "two");
    assert!(matches!(line.next(), Inbound::Message { text, .. } if text == "two"));
    // The third is only asked for after the first two were noted.
    line.mock.write(OWNER, OWNER, "three");
    assert!(matches!(line.next(), Inbound::Message { text, .. } if text == "three"));
    let offset = std::fs::read_to_string(line.dir.path().join("offset")).unwrap();
    assert!(offset.trim().parse::<i64>().unwrap() >= 1002, "{offset}");
    // Another start on the same file hears nothing of what was handled.
    let (to, inbound) = bounded(8);
    telegram::start(bot(&line.mock), line.dir.path().join("offset"), to).unwrap();
    line.mock.write(OWNER, OWNER, "four");
    let first = inbound.recv_timeout(DEADLINE).or_else(|_| line.inbound.recv_timeout(DEADLINE)).unwrap();
    assert!(
        matches!(&first, Inbound::Message { text, .. } if text == "three" || text == "four"),
        "{first:?}"
    );
}
