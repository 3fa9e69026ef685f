//! The whole phone on a simulated stick: calls are forwarded and joined, SMS go both ways, people are told.

use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use call_bridge::phone::{
    Contacts, Inbound, Inlets, Lists, Messenger, Outbound, Phone, PhoneSettings, socket::ControlSocket,
    socket::send,
};
use call_bridge::policy::Defaults;
use call_bridge::remote::{Asker, Channel, Owners, RemoteSettings, StateFile};
use call_bridge::{Limits, Outcome, Settings};
use call_log::{CallLog, Query};
use crossbeam_channel::{Receiver, Sender, bounded};
use line_sim::gsm::{Deed, Seen, SimCard, SimStick, StickProfile, Subscriber};
use phone_number::{Numbering, ShownNumber};

const ERIKA: &str = "+493023125001";
const SPAMMER: &str = "+493023125666";
const MASTER: &str = "+4915228817386";
const BACKUP: &str = "+493023125002";
const OWNER: i64 = 99_123;
const DEADLINE: Duration = Duration::from_secs(40);

struct Deny(Vec<String>);

impl Lists for Deny {
    fn unwanted(&self, number: &ShownNumber) -> Option<String> {
        self.0.iter().any(|n| n == number.as_str()).then(|| "on the deny list".into())
    }
    fn add(&mut self, number: &str, deny: bool, _by: &str) -> Result<String, String> {
        if deny {
            self.0.push(number.into());
        }
        Ok(format!("{number} is on the list"))
    }
}

struct World {
    stick: SimStick,
    inbound: Sender<Inbound>,
    notes: Receiver<Outbound>,
    stop: Sender<()>,
    thread: Option<JoinHandle<()>>,
    dir: tempfile::TempDir,
    _socket: ControlSocket,
}

impl World {
    fn start(profile: StickProfile) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("contacts")).unwrap();
        let card = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Erika\r\nTEL:{ERIKA}\r\nEND:VCARD\r\n");
        std::fs::write(dir.path().join("contacts/Family.vcf"), card).unwrap();
        let stick = SimStick::plug_in(profile, SimCard::default(), None).unwrap();
        let (phone, inlets, ends) = Self::phone(dir.path(), stick.path());
        let thread = std::thread::spawn(move || phone.run(&inlets));
        let (inbound, notes, stop, socket) = ends;
        let world = Self { stick, inbound, notes, stop, thread: Some(thread), dir, _socket: socket };
        world.told("Service is running");
        world
    }

    #[allow(clippy::type_complexity, reason = "four ends of one thing, used twice")]
    fn phone(
        dir: &Path,
        port: &Path,
    ) -> (Phone, Inlets, (Sender<Inbound>, Receiver<Outbound>, Sender<()>, ControlSocket)) {
        let numbering = Numbering::new("DE", Some("30")).unwrap();
        let remote = RemoteSettings { default_master: Some(MASTER.into()), ..RemoteSettings::default() };
        let settings = PhoneSettings {
            bridge: Settings {
                sms_early_hang_up: Some("one moment next time".into()),
                backup: Some(BACKUP.into()),
                limits: Limits { owner_rings: Duration::from_secs(4), ..Limits::default() },
                ..Settings::default()
            },
            remote,
            owners: Owners::new(vec![OWNER], vec![], None, DEADLINE),
            defaults: Defaults::default(),
            reject_after: Duration::ZERO,
            numbering: numbering.clone(),
            state_dir: dir.to_owned(),
            log: dir.join("calls.db"),
            sms_owners: vec![ShownNumber::new(MASTER).unwrap()],
            tell_spammers: true,
            line: "mobile".into(),
        };
        let line = gsm_modem::spawn(gsm_modem::Settings::at_port(port)).unwrap();
        let contacts = Contacts::new(dir.join("contacts"), vec![], DEADLINE, None, &numbering).unwrap();
        let (inbound, from_people) = bounded(64);
        let (to, notes) = bounded(256);
        let (stop, stopped) = bounded(1);
        let (socket, on_socket) = ControlSocket::open(&dir.join("control"), inbound.clone()).unwrap();
        let telegram = Messenger { channel: Channel::Telegram, to, news: true };
        let lists = Box::new(Deny(vec![SPAMMER.into()]));
        let phone = Phone::new(settings, line, contacts, None, lists, vec![telegram, on_socket]);
        let inlets = Inlets { inbound: from_people, stop: stopped, watch: None };
        (phone, inlets, (inbound, notes, stop, socket))
    }

    /// Waits for a note that holds the text.
    fn told(&self, part: &str) -> Outbound {
        let end = Instant::now() + DEADLINE;
        let mut all = Vec::new();
        loop {
            match self.notes.recv_deadline(end) {
                Ok(Outbound::Note { to, note }) if note.text.contains(part) => {
                    return Outbound::Note { to, note };
                }
                Ok(other) => all.push(other),
                Err(_) => panic!("nobody said \"{part}\", only {all:#?}"),
            }
        }
    }

    fn seen(&self, what: impl Fn(&Seen) -> bool, name: &str) {
        let end = Instant::now() + DEADLINE;
        let mut all = Vec::new();
        while let Ok(seen) = self.stick.seen.recv_deadline(end) {
            if what(&seen) {
                return;
            }
            all.push(seen);
        }
        panic!("never {name}, only {all:?}; told: {:#?}", self.notes.try_iter().collect::<Vec<_>>());
    }

    fn ask(&self, text: &str) {
        let asker = Asker { channel: Channel::Telegram, id: OWNER, reply_to: OWNER.to_string() };
        self.inbound.send(Inbound::Message { asker, text: text.into(), reply_to: None }).unwrap();
    }

    fn stop(&mut self) {
        self.stop.send(()).unwrap();
        self.thread.take().unwrap().join().unwrap();
    }
}

fn joined(seen: &Seen) -> bool {
    matches!(seen, Seen::Joined(who) if who.len() == 2)
}

#[test]
fn a_call_is_forwarded_and_joined_and_is_in_the_log() {
    for profile in [StickProfile::huawei(), StickProfile::simcom(), StickProfile::quectel()] {
        let mut world = World::start(profile);
        world.stick.deed(Deed::Subscriber(MASTER.into(), Subscriber::Answers(Duration::from_millis(300))));
        world.stick.deed(Deed::Call(Some(ERIKA.into())));
        world.told("Incoming call from 'Erika' (+493023125001)");
        world.told("Call forwarded to master phone");
        world.seen(joined, "joined");
        world.told("Call merged");
        world.stick.deed(Deed::HangUp(ERIKA.into()));
        world.told("Call with 'Erika' (+493023125001) closed after");
        world.stop();
        let page = CallLog::open_read_only(&world.dir.path().join("calls.db"))
            .unwrap()
            .page(&Query::default())
            .unwrap();
        let call = &page.calls[0].call;
        assert_eq!((call.who(), call.name.as_deref()), (ERIKA, Some("Erika")));
        assert_eq!(call.ending, Outcome::Talked.to_string());
    }
}

#[test]
fn a_spammer_is_sent_away_a_stranger_on_hold_gets_an_sms_and_the_owner_calls_out() {
    let mut world = World::start(StickProfile::huawei());
    world.stick.deed(Deed::Call(Some(SPAMMER.into())));
    world.told("Incoming call from spammer");
    world.told("not accepted: on the deny list");
    world.seen(|s| matches!(s, Seen::Ended(who, true) if who == SPAMMER), "the spammer rejected");
    world.told("closed");

    // On hold, the caller gives up before the master phone answers.
    world.stick.deed(Deed::Subscriber(MASTER.into(), Subscriber::Silent));
    world.stick.deed(Deed::Call(Some(ERIKA.into())));
    world.told("Call forwarded");
    world.seen(|s| matches!(s, Seen::Dialled(who) if who == MASTER), "the master phone dialled");
    world.stick.deed(Deed::HangUp(ERIKA.into()));
    world.told("SMS to 'Erika' (+493023125001): one moment next time");
    world.seen(|s| matches!(s, Seen::Sms { to, .. } if to == ERIKA), "an SMS");

    world.stick.deed(Deed::Subscriber(MASTER.into(), Subscriber::Answers(Duration::from_millis(300))));
    world.stick.deed(Deed::Subscriber(ERIKA.into(), Subscriber::Answers(Duration::from_millis(300))));
    world.told("closed");
    world.ask("/call +493023125001");
    world.told("Preparing a call with 'Erika'");
    world.seen(joined, "joined");
    world.told("Call merged");
    world.ask("/close");
    world.told("Call with 'Erika' (+493023125001) closed");
    world.stop();
}

#[test]
fn the_backup_telephone_takes_the_call_when_the_master_phone_is_not_answered() {
    let mut world = World::start(StickProfile::simcom());
    world.stick.deed(Deed::Subscriber(MASTER.into(), Subscriber::Silent));
    world.stick.deed(Deed::Subscriber(BACKUP.into(), Subscriber::Answers(Duration::from_millis(300))));
    world.stick.deed(Deed::Call(Some(ERIKA.into())));
    world.seen(|s| matches!(s, Seen::Dialled(who) if who == MASTER), "the master phone dialled");
    world.seen(|s| matches!(s, Seen::Ended(who, true) if who == MASTER), "the master phone let be");
    world.seen(|s| matches!(s, Seen::Dialled(who) if who == BACKUP), "the backup phone dialled");
    world.seen(joined, "joined");
    world.told("Call merged");
    world.stop();
}

#[test]
fn sms_go_both_ways_and_owners_may_command_by_sms_and_by_socket() {
    let mut world = World::start(StickProfile::quectel());
    let sms = |from: &str, text: &str| Deed::Sms { from: from.into(), text: text.into(), lost: vec![] };
    world.stick.deed(sms(ERIKA, "Gr\u{fc}\u{df}e *_["));
    world.told("Received SMS message from 'Erika' (+493023125001): Gr\u{fc}\u{df}e *_[");
    world.stick.deed(sms("Bank", "your code is 1234"));
    world.told("Received SMS message from Bank: your code is 1234");
    world.ask("/sms +493023125001 back at eight");
    world.seen(|s| matches!(s, Seen::Sms { to, text } if to == ERIKA && text == "back at eight"), "the SMS");
    world.told("SMS message sent");

    world.stick.deed(sms(MASTER, "/getcontactscount"));
    world.seen(
        |s| matches!(s, Seen::Sms { to, text } if to == MASTER && text.contains("1 phone contacts")),
        "the answer",
    );
    world.stick.deed(sms(ERIKA, "/getowners"));
    world.told("Received SMS message from 'Erika' (+493023125001): /getowners");

    let control = world.dir.path().join("control");
    assert_eq!(send(&control, "getmasterphone").unwrap(), format!("Master phone is {MASTER}\n"));
    assert!(send(&control, "/nothing").unwrap().contains("There is no command"));
    world.ask("/setmasterphone +493023125009");
    world.told("Master phone is +493023125009");
    world.stop();
    assert_eq!(
        StateFile::new(world.dir.path()).read().unwrap().master_phone.as_deref(),
        Some("+493023125009")
    );
}

#[test]
fn a_stick_that_is_pulled_out_in_a_call_comes_back_and_takes_the_next() {
    let mut world = World::start(StickProfile::huawei());
    world.stick.deed(Deed::Subscriber(MASTER.into(), Subscriber::Answers(Duration::from_millis(300))));
    world.stick.deed(Deed::Call(Some(ERIKA.into())));
    world.told("Call merged");
    world.stick.deed(Deed::Unplug);
    world.told("The stick is gone");
    world.stick.deed(Deed::PlugIn);
    world.told("Service is running");
    world.stick.deed(Deed::Call(Some(ERIKA.into())));
    world.told("Call merged");
    world.stop();
}
