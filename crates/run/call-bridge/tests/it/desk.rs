//! Who may do what from afar, what is answered, and what a stranger cannot do.

use call_bridge::remote::{
    About, Asker, Attempt, ButtonAction, Channel, Command, Deed, Denied, Desk, DialLimits, Dialled, Facts,
    Note, Owners, Rank, RemoteSettings, State, StateFile, TemporaryOwner,
};
use call_bridge::{BridgeCommand, Plan};
use chrono::{DateTime, TimeDelta, Utc};
use gsm_modem::LegId;
use phone_number::Numbering;
use secret::PasswordHash;
use std::sync::LazyLock;
use std::time::Duration;

const OWNER: i64 = 99_123;
const MASTER: &str = "+4915228817386";
const HOUR: Duration = Duration::from_secs(3600);

fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-20T12:00:00Z").unwrap().with_timezone(&Utc)
}

struct House(Numbering);

impl House {
    fn new() -> Self {
        Self(Numbering::new("DE", Some("30")).unwrap())
    }
}

impl Facts for House {
    fn numbering(&self) -> &Numbering {
        &self.0
    }
    fn contacts_count(&self) -> usize {
        7
    }
    fn search(&self, part: &str) -> Vec<(String, String, Vec<String>)> {
        if part == "eri" {
            vec![("Erika *_[".into(), "Family".into(), vec!["+493023125001".into()])]
        } else {
            vec![]
        }
    }
    fn named(&self, number: &str) -> String {
        number.into()
    }
    fn telephone_for(&self, number: &str, master: Option<&str>) -> Option<String> {
        if number == "+493023125001" { Some("+390577222222".into()) } else { master.map(Into::into) }
    }
    fn log(&self, calls: usize) -> String {
        format!("{calls} calls")
    }
    fn statistics(&self) -> String {
        "statistics".into()
    }
    fn status(&self) -> String {
        "all is well".into()
    }
}

fn owners() -> Owners {
    static HASH: LazyLock<PasswordHash> = LazyLock::new(|| PasswordHash::of("open sesame").unwrap());
    Owners::new(vec![OWNER], vec![], Some(HASH.clone()), HOUR)
}

fn desk() -> Desk {
    desk_with(|_| {})
}

fn desk_with(change: impl FnOnce(&mut RemoteSettings)) -> Desk {
    let mut settings = RemoteSettings {
        default_master: Some(MASTER.into()),
        tell_wrong_password: true,
        ..RemoteSettings::default()
    };
    change(&mut settings);
    Desk::new(settings, owners(), State::default(), 1)
}

fn asker(id: i64) -> Asker {
    Asker { channel: Channel::Telegram, id, reply_to: id.to_string() }
}

fn ask(desk: &mut Desk, id: i64, text: &str) -> Vec<Deed> {
    let deeds = desk.message(now(), &House::new(), &asker(id), text, None);
    deeds.into_iter().filter(|d| !matches!(d, Deed::Audit { .. })).collect()
}

fn said(deeds: &[Deed]) -> String {
    let texts = deeds.iter().filter_map(|d| match d {
        Deed::Answer(_, note) => Some(note.text.clone()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_command_of_old_has_its_answer() {
    let mut desk = desk();
    for (command, expected) in [
        ("/help", "/getmasterphonefromnumber"),
        ("/HELP", "/addtemporaryowner"),
        ("/start", "/getmasterphonefromnumber"),
        ("/getid", "Your chat id is 99123"),
        ("/getid@my_bot", "Your chat id is 99123"),
        ("/getowners", "99123"),
        ("/getcontactscount", "7 phone contacts are currently registered"),
        ("/verbose_on", "Verbose mode is enabled"),
        ("/verbose_off", "Verbose mode is disabled"),
        ("/command AT+CSQ", "switched off"),
        ("/call 03023125001", "Preparing a call with +493023125001\nCalling master phone (+4915228817386)"),
        ("/close", "Existent calls interrupted"),
        ("/setmasterphone 03023125002", "Master phone is +493023125002"),
        ("/getmasterphone", "Master phone is +493023125002"),
        ("/getmasterphonefromnumber +493023125001", "go to +390577222222"),
        ("/getmasterphonefromnumber +493023125009", "go to +493023125002"),
        ("/search eri", "Erika *_[ (group: Family)\n+493023125001"),
        ("/search nobody", "No contacts found"),
        ("/log 3", "3 calls"),
        ("/stats", "statistics"),
        ("/status", "all is well"),
        ("/nothing", "There is no command \"/nothing\""),
        ("/sms 030", "Write it like this: /sms NUMBER TEXT"),
        ("/call", "Write it like this: /call NUMBER [FROM]"),
    ] {
        let deeds = ask(&mut desk, OWNER, command);
        assert!(said(&deeds).contains(expected), "{command}: {deeds:?}");
    }
}

#[test]
fn text_that_is_no_command_is_not_answered() {
    assert!(ask(&mut desk(), OWNER, "hello").is_empty());
}

#[test]
fn defect_1_a_wrong_password_makes_nobody_an_owner() {
    let mut desk = desk();
    for guess in ["wrong", "open", "open sesame ", "OPEN SESAME", &"x".repeat(100_000)] {
        // Read commands trim the end; the password itself is compared whole.
        let guess = if guess.ends_with(' ') { "open sesame x" } else { guess };
        let deeds = ask(&mut desk, 5, &format!("/addtemporaryowner {guess}"));
        assert!(!deeds.iter().any(|d| matches!(d, Deed::Save(_))), "{deeds:?}");
        assert_eq!(desk.owners(now()), [OWNER]);
    }
    assert!(
        said(&ask(&mut desk, 5, "/addtemporaryowner open sesame")).contains("Too many"),
        "not even the right one"
    );
    assert!(said(&ask(&mut desk, 5, "/getcontactscount")).contains("no owner"));
}

#[test]
fn defect_2_ids_are_compared_whole() {
    for id in [12, 9, 99, 9912, 991_230, -99_123, 0] {
        assert_eq!(owners().rank(now(), id), Rank::Stranger, "{id}");
        assert!(said(&ask(&mut desk(), id, "/getowners")).contains("You are no owner"), "{id}");
    }
}

#[test]
fn defect_3_a_temporary_owner_is_one_once_and_may_send_contacts() {
    let mut desk = desk();
    for _ in 0..2 {
        ask(&mut desk, 5, "/addtemporaryowner open sesame");
    }
    assert_eq!(desk.owners(now()), [5, OWNER]);
    assert!(desk.may_send_file(now(), &asker(5), "Family.vcf", 100).is_ok());
}

#[test]
fn defect_4_the_right_password_is_answered_told_and_kept() {
    let mut desk = desk();
    let deeds = ask(&mut desk, 5, "/addtemporaryowner open sesame");
    assert!(said(&deeds).contains("until 2026-11-20 13:00 UTC"), "{deeds:?}");
    assert!(
        deeds
            .iter()
            .any(|d| matches!(d, Deed::TellOwners { note, except: Some(5) } if note.text.contains('5')))
    );
    let Some(Deed::Save(state)) = deeds.last() else { panic!("{deeds:?}") };
    assert_eq!(state.temporary_owners[0].id, 5);
    let deeds = ask(&mut desk, 6, "/addtemporaryowner nonsense");
    assert!(
        deeds.iter().any(|d| matches!(d, Deed::TellOwners { note, .. } if note.text.contains("6 tried")))
    );
}

#[test]
fn a_temporary_owner_s_time_ends_by_clock_or_command() {
    let mut owners = owners();
    assert!(matches!(owners.try_password(now(), 5, "open sesame"), Attempt::Accepted(_)));
    assert_eq!(owners.rank(now(), 5), Rank::Temporary);
    assert_eq!(owners.rank(now() + TimeDelta::minutes(59), 5), Rank::Temporary);
    assert_eq!(owners.rank(now() + TimeDelta::hours(1), 5), Rank::Stranger);

    let mut desk = desk();
    ask(&mut desk, 5, "/addtemporaryowner open sesame");
    ask(&mut desk, 6, "/addtemporaryowner open sesame");
    assert!(said(&ask(&mut desk, 5, "/removetemporaryowner 6")).contains("Only an owner"));
    assert!(said(&ask(&mut desk, 5, "/removetemporaryowner")).contains("no longer"));
    assert!(said(&ask(&mut desk, OWNER, "/removetemporaryowner 6")).contains("no longer"));
    assert_eq!(desk.owners(now()), [OWNER]);
    assert!(said(&ask(&mut desk, OWNER, &format!("/removetemporaryowner {OWNER}"))).contains("no temporary"));
}

#[test]
fn guesses_are_limited_for_all_together_too() {
    let mut owners = owners();
    for id in 0..20 {
        assert_eq!(owners.try_password(now(), id, "x"), Attempt::Wrong);
    }
    assert_eq!(owners.try_password(now(), 77, "open sesame"), Attempt::TooMany);
    assert!(matches!(
        owners.try_password(now() + TimeDelta::hours(2), 77, "open sesame"),
        Attempt::Accepted(_)
    ));
}

#[test]
fn without_a_password_there_are_no_temporary_owners() {
    let owners = Owners::new(vec![OWNER], vec![], None, HOUR);
    let mut desk = Desk::new(RemoteSettings::default(), owners, State::default(), 1);
    assert!(ask(&mut desk, 5, "/addtemporaryowner ").is_empty());
    assert!(said(&ask(&mut desk, 5, "/addtemporaryowner x")).contains("not enabled"));
}

#[test]
fn defect_5_a_file_name_is_never_a_path() {
    let mut desk = desk();
    for name in ["../../etc/cron.d/x.vcf", "/etc/x.vcf", "a/b.vcf", "..vcf", ".vcf", "x.vcf\0", "a\\b.vcf"] {
        let deeds = desk.file(now(), &asker(OWNER), name, vec![]);
        assert!(!deeds.iter().any(|d| matches!(d, Deed::ReplaceContacts { .. })), "{name:?}: {deeds:?}");
        assert!(!said(&deeds).is_empty(), "{name:?} is answered");
    }
    let deeds = desk.file(now(), &asker(OWNER), "Family.VCF", b"x".to_vec());
    assert!(
        deeds.iter().any(|d| matches!(d, Deed::ReplaceContacts { group, .. } if group == "Family")),
        "{deeds:?}"
    );
    assert!(said(&desk.file(now(), &asker(OWNER), "virus.exe", vec![])).contains("format is incorrect"));
    assert!(said(&desk.file(now(), &asker(OWNER), "big.vcf", vec![0; 6 << 20])).contains("too large"));
    assert!(said(&desk.file(now(), &asker(5), "Family.vcf", vec![])).is_empty());
}

#[test]
fn defect_6_raw_commands_are_off_and_expensive_numbers_denied() {
    let mut desk = desk();
    for number in ["0900 5 123456", "+49137 123456", "+8816 1234567", "+1 900 555 0100", "011881612345678"] {
        let deeds = ask(&mut desk, OWNER, &format!("/call {}", number.replace(' ', "")));
        assert!(!deeds.iter().any(|d| matches!(d, Deed::Bridge(_))), "{number}: {deeds:?}");
        let deeds = ask(&mut desk, OWNER, &format!("/sms {} hi", number.replace(' ', "")));
        assert!(!deeds.iter().any(|d| matches!(d, Deed::SendSms { .. })), "{number}: {deeds:?}");
    }
    for number in ["112", "110", "*31#", "**21*0900#", "+", "abc", "116117", "AT+CFUN=0"] {
        let deeds = ask(&mut desk, OWNER, &format!("/call {number}"));
        assert!(!deeds.iter().any(|d| matches!(d, Deed::Bridge(_))), "{number}: {deeds:?}");
    }
    let mut desk = desk_with(|s| s.raw_commands = true);
    assert!(
        matches!(&ask(&mut desk, OWNER, "/command AT+CSQ")[..], [Deed::Raw { command, .. }] if command == "AT+CSQ")
    );
    ask(&mut desk, 5, "/addtemporaryowner open sesame");
    assert!(said(&ask(&mut desk, 5, "/command AT+CSQ")).contains("Only an owner"));
    assert!(said(&ask(&mut desk, 5, "/setmasterphone 0302312500")).contains("Only an owner"));
}

#[test]
fn calls_and_sms_are_limited() {
    let numbering = Numbering::new("DE", Some("30")).unwrap();
    let limits = DialLimits { calls_an_hour: 2, sms_an_hour: 3, sms_a_day: 4, ..DialLimits::default() };
    let mut dialled = Dialled::default();
    let number = "03023125001";
    for _ in 0..2 {
        dialled.call(now(), &limits, &numbering, number).unwrap();
    }
    assert!(matches!(dialled.call(now(), &limits, &numbering, number), Err(Denied::TooMany(_))));
    dialled.call(now() + TimeDelta::hours(1), &limits, &numbering, number).unwrap();
    assert!(dialled.sms(now(), &limits, &numbering, number, 4).is_err(), "a long one counts as many");
    let mut dialled = Dialled::default();
    for hour in 0..4 {
        dialled.sms(now() + TimeDelta::hours(hour), &limits, &numbering, number, 1).unwrap();
    }
    assert!(dialled.sms(now() + TimeDelta::hours(5), &limits, &numbering, number, 1).is_err());
    dialled.sms(now() + TimeDelta::hours(25), &limits, &numbering, number, 1).unwrap();
}

#[test]
fn prefixes_can_be_allowed_and_denied_and_other_countries_switched_off() {
    let numbering = Numbering::new("DE", Some("30")).unwrap();
    let mut limits = DialLimits { allowed: vec!["+491375".into()], ..DialLimits::default() };
    limits.also_denied = vec!["+4930231251".into()];
    limits.own_country_only = true;
    let try_ = |n: &str| Dialled::default().call(now(), &limits, &numbering, n);
    assert!(try_("01375 12345").is_ok() && try_("01376 12345").is_err());
    assert!(matches!(try_("030 23125 100"), Err(Denied::Prefix(_))));
    assert_eq!(try_("+39 0577 123456"), Err(Denied::Foreign));
}

#[test]
fn a_call_names_the_telephone_it_begins_with_and_never_connects_one_with_itself() {
    let mut desk = desk();
    let deeds = ask(&mut desk, OWNER, "/call 03023125001 03023125002");
    let expected = BridgeCommand::Call { to: "+493023125001".into(), from: "+493023125002".into() };
    assert!(deeds.contains(&Deed::Bridge(expected)), "{deeds:?}");
    assert!(said(&ask(&mut desk, OWNER, "/call 015228817386")).contains("with itself"));
    assert!(said(&ask(&mut desk, OWNER, "/call 03023125001 09005123456")).contains("expensive"));
    let mut desk = desk_with(|s| s.default_master = None);
    assert!(said(&ask(&mut desk, OWNER, "/call 03023125001")).contains("/setmasterphone"));
}

#[test]
fn a_reply_to_the_notice_of_an_sms_is_an_sms() {
    let mut desk = desk();
    desk.sent(&OWNER.to_string(), 42, About::Number("+493023125001".into()));
    let reply = |desk: &mut Desk, id: i64, to: i64| {
        desk.message(now(), &House::new(), &asker(id), "I'm coming", Some(to))
    };
    assert!(reply(&mut desk, OWNER, 42).iter().any(
        |d| matches!(d, Deed::SendSms { to, text, .. } if &**to == "+493023125001" && text == "I'm coming")
    ));
    assert!(reply(&mut desk, OWNER, 43).is_empty());
    assert!(reply(&mut desk, 5, 42).is_empty(), "another chat's message 42 is another message");
}

#[test]
fn buttons_do_what_stands_on_them_for_owners_alone() {
    let mut desk = desk();
    let press = |desk: &mut Desk, id: i64, at: DateTime<Utc>, data: &str| {
        desk.pressed(at, &House::new(), &asker(id), data)
    };
    let forward = desk.button(now(), "Forward", ButtonAction::Forward(LegId(3)));
    let reject = desk.button(now(), "Reject", ButtonAction::Reject(LegId(3)));
    let block = desk.button(now(), "Block", ButtonAction::Block("+493023125001".into()));
    let write = desk.button(now(), "SMS", ButtonAction::WriteSms("+493023125001".into()));
    assert!(forward.data.len() <= 64 && forward.data != reject.data);
    let deeds = press(&mut desk, OWNER, now(), &forward.data);
    assert!(deeds.iter().any(|d| matches!(d, Deed::Bridge(BridgeCommand::Decide { leg: LegId(3), plan: Plan::Forward { to, .. } }) if &*to[0] == MASTER)));
    let deeds = press(&mut desk, OWNER, now(), &reject.data);
    assert!(
        deeds
            .iter()
            .any(|d| matches!(d, Deed::Bridge(BridgeCommand::Decide { plan: Plan::Reject { .. }, .. })))
    );
    let deeds = press(&mut desk, OWNER, now(), &block.data);
    assert!(deeds.iter().any(|d| matches!(d, Deed::List { deny: true, .. })));
    let deeds = press(&mut desk, OWNER, now(), &write.data);
    assert!(deeds.iter().any(|d| matches!(d, Deed::Answer(_, Note { about: Some(About::Number(_)), .. }))));
    assert!(matches!(&press(&mut desk, 5, now(), &forward.data)[..], [Deed::Audit { allowed: false, .. }]));
    assert!(said(&press(&mut desk, OWNER, now() + TimeDelta::days(2), &forward.data)).contains("too old"));
    assert!(said(&press(&mut desk, OWNER, now(), "made up")).contains("too old"));
}

#[test]
fn everything_that_was_tried_is_in_the_audit_without_secrets() {
    let mut desk = desk();
    for (id, text, allowed) in [
        (5, "/addtemporaryowner open sesame", true),
        (7, "/call 03023125001", false),
        (OWNER, "/sms 03023125001 dear", true),
    ] {
        let deeds = desk.message(now(), &House::new(), &asker(id), text, None);
        let Some(Deed::Audit { by, what, allowed: was }) = deeds.first() else { panic!("{deeds:?}") };
        assert_eq!((by.as_str(), *was), (format!("telegram:{id}").as_str(), allowed));
        assert!(!what.contains("sesame") && !what.contains("dear") && !what.contains("0302"), "{what}");
    }
}

#[test]
fn what_must_survive_a_restart_does() {
    let dir = tempfile::tempdir().unwrap();
    let file = StateFile::new(dir.path());
    assert_eq!(file.read().unwrap(), State::default());
    let state = State {
        master_phone: Some(MASTER.into()),
        verbose: true,
        temporary_owners: vec![TemporaryOwner { id: 5, until: now() }],
    };
    file.write(&state).unwrap();
    assert_eq!(file.read().unwrap(), state);
    // A first start of an older or newer version leaves out or adds what it likes.
    std::fs::write(dir.path().join("state.json"), r#"{"master-phone":"+1","later":1}"#).unwrap();
    assert_eq!(file.read().unwrap().master_phone.as_deref(), Some("+1"));
    std::fs::write(dir.path().join("state.json"), "{\"master-pho").unwrap();
    let error = file.read().unwrap_err().to_string();
    assert!(error.contains("damaged") && dir.path().join("state.damaged").exists(), "{error}");
    assert_eq!(file.read().unwrap(), State::default());
}

#[test]
fn any_text_is_read_without_a_panic() {
    bolero::check!().with_iterations(3000).with_type::<String>().for_each(|text: &String| {
        let owners = Owners::new(vec![OWNER], vec![], None, HOUR);
        let mut desk = Desk::new(RemoteSettings::default(), owners, State::default(), 1);
        for text in [text.clone(), format!("/call {text}"), format!("/sms {text}"), format!("/{text}")] {
            let _ = Command::read(&text);
            for id in [OWNER, 5] {
                let _ = desk.message(now(), &House::new(), &asker(id), &text, Some(1));
                let _ = desk.file(now(), &asker(id), &text, vec![]);
            }
        }
    });
}

#[test]
fn a_shared_contact_offers_call_and_sms_to_owners_alone() {
    let mut desk = desk();
    let share = |desk: &mut Desk, id: i64, numbers: &[&str]| {
        let numbers: Vec<String> = numbers.iter().map(|n| (*n).to_owned()).collect();
        desk.contact(now(), &House::new(), &asker(id), "Er\nika", &numbers)
    };
    // As Telegram writes it, as a card does, twice the same, and none at all.
    let deeds = share(&mut desk, OWNER, &["4915228817386", "030 23125001", "+493023125001", "x"]);
    let Some(Deed::Answer(_, note)) = deeds.last() else { panic!("{deeds:?}") };
    assert!(note.text.starts_with("Erika\n+4915228817386\n+493023125001\n"), "{}", note.text);
    assert_eq!(note.about, Some(About::Number("+4915228817386".into())));
    let labels: Vec<&str> = note.buttons.iter().map(|b| b.label.as_str()).collect();
    assert_eq!(labels[..2], ["Call +4915228817386", "SMS to +4915228817386"]);
    assert_eq!(labels[2..], ["Call +493023125001", "SMS to +493023125001"]);
    let call = desk.pressed(now(), &House::new(), &asker(OWNER), &note.buttons[2].data);
    assert!(call.iter().any(
        |d| matches!(d, Deed::Bridge(BridgeCommand::Call { to, from }) if &**to == "+493023125001" && &**from == MASTER)
    ));
    let sms = desk.pressed(now(), &House::new(), &asker(OWNER), &note.buttons[3].data);
    assert!(matches!(sms.last(), Some(Deed::Answer(_, Note { about: Some(About::Number(_)), .. }))));
    assert!(said(&share(&mut desk, OWNER, &["x"])).contains("no number"));
    // Premium numbers are held to the same limits as a typed command.
    let premium = share(&mut desk, OWNER, &["0900 5123456"]);
    if let Some(Deed::Answer(_, note)) = premium.last()
        && let Some(button) = note.buttons.first()
    {
        let deeds = desk.pressed(now(), &House::new(), &asker(OWNER), &button.data);
        assert!(!deeds.iter().any(|d| matches!(d, Deed::Bridge(_))), "{deeds:?}");
    }
    assert!(matches!(&share(&mut desk, 5, &["03023125001"])[..], [Deed::Audit { allowed: false, .. }]));
}

#[test]
fn strangers_get_their_id_and_no_list_of_commands() {
    let mut desk = desk();
    for text in ["/start", "/help"] {
        let text = said(&desk.message(now(), &House::new(), &asker(5), text, None));
        assert_eq!(text, "Your chat id is 5");
    }
}
