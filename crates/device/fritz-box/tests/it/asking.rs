//! Asking a box by TR-064.

use fritz_box::{
    Added, BookName, CallKind, Confirmation, Contact, ContactNumber, Error, Fault, FritzBox, NumberType,
};
use line_sim::fritz_box::{Fault as Broken, Setup};

use crate::simulated;

fn contact(name: &str, numbers: &[&str]) -> Contact {
    Contact::new(name, numbers.iter().map(|n| ContactNumber::new(n, NumberType::Home)))
}

fn by_name(name: &str) -> BookName {
    BookName::Name(name.into())
}

#[test]
fn books_are_listed_read_and_changed() {
    let (sim, settings) = simulated(Setup::default());
    sim.add_contact("Telefonbuch", "Jörg & Anna Groß", &["030 23125001", "+49 152 28817386", "**610"]);
    let fritz_box = FritzBox::new(&settings).unwrap();
    assert_eq!(fritz_box.device().unwrap(), "Simulated FRITZ!Box 154.07.57");
    assert_eq!(fritz_box.locate().unwrap().area(), "30");
    let book = fritz_box.find_book(&by_name("telefonbuch")).unwrap();
    let read = fritz_box.book(&book).unwrap();
    assert_eq!(read.contacts[0].numbers.len(), 2);
    for way in ["23125001", "03023125001", "004930 23125001", "015228817386", "groß"] {
        assert_eq!(fritz_box.find(&read, way).len(), 1, "{way}");
    }
    assert!(fritz_box.find(&read, "03023125999").is_empty());

    let umlaut = contact("Ärzte <\"Köln\"> & Söhne", &["0221 4710 001", "0221 4710 002"]);
    let Added::Written(id) = fritz_box.add(&book, &umlaut).unwrap() else { panic!() };
    let Added::AlreadyThere(there) = fritz_box.add(&book, &contact("again", &["+49 221 4710001"])).unwrap()
    else {
        panic!()
    };
    assert_eq!(&*there.name, "Ärzte <\"Köln\"> & Söhne");
    assert_eq!(sim.contacts("Telefonbuch").len(), 2);

    let mut changed = there;
    assert_eq!(changed.unique_id, Some(id));
    changed.name = "Praxis".into();
    changed.numbers.remove(0);
    fritz_box.change(&book, &changed).unwrap();
    assert_eq!(sim.contacts("Telefonbuch")[1], ("Praxis".to_owned(), vec!["0221 4710 002".to_owned()]));
    fritz_box.remove(&book, id).unwrap();
    assert!(matches!(fritz_box.remove(&book, id), Err(Error::NoEntry { .. })));
    assert_eq!(sim.contacts("Telefonbuch").len(), 1);
    assert!(matches!(fritz_box.add(&book, &contact("x", &["nobody"])), Err(Error::NotANumber(_))));
}

#[test]
fn nothing_is_written_to_a_book_that_moved() {
    let (sim, settings) = simulated(Setup::default());
    let fritz_box = FritzBox::new(&settings).unwrap();
    let spam = fritz_box.find_book(&by_name("Spamnummern")).unwrap();
    sim.insert_book("Firma");
    let error = fritz_box.add(&spam, &contact("spam", &["03023125555"])).unwrap_err();
    assert!(matches!(&error, Error::BookMoved { found, .. } if &**found == "Telefonbuch"), "{error}");
    assert!(sim.contacts("Telefonbuch").is_empty());
    let spam = fritz_box.find_book(&by_name("Spamnummern")).unwrap();
    fritz_box.add(&spam, &contact("spam", &["03023125555"])).unwrap();
    assert_eq!(sim.contacts("Spamnummern").len(), 1);
}

#[test]
fn a_mirrored_book_is_refused_with_a_reason() {
    let (sim, settings) = simulated(Setup::default());
    sim.add_mirrored_book("Online");
    let fritz_box = FritzBox::new(&settings).unwrap();
    let online = fritz_box.find_book(&by_name("Online")).unwrap();
    let error = fritz_box.add(&online, &contact("spam", &["03023125555"])).unwrap_err();
    assert!(error.to_string().contains("kept elsewhere"), "{error}");
    assert!(!error.may_pass());
}

#[test]
fn an_entry_that_was_acknowledged_but_not_kept_is_an_error() {
    let (sim, settings) = simulated(Setup::default());
    sim.faults(|f| f.writes = vec![Broken::Forget]);
    let fritz_box = FritzBox::new(&settings).unwrap();
    let spam = fritz_box.find_book(&BookName::Position(1)).unwrap();
    let error = fritz_box.add(&spam, &contact("spam", &["03023125555"])).unwrap_err();
    assert!(matches!(error, Error::NotWritten { .. }), "{error}");
    assert!(error.may_pass());
}

#[test]
fn faults_have_a_meaning_even_inside_success() {
    let (sim, settings) = simulated(Setup::default());
    let fritz_box = FritzBox::new(&settings).unwrap();
    let spam = fritz_box.find_book(&BookName::Position(1)).unwrap();
    for (code, words) in
        [(820, "try again"), (866, "second factor"), (867, "hour"), (868, "minute"), (606, "right")]
    {
        sim.faults(|f| f.writes = vec![Broken::CodeInSuccess(code)]);
        let error = fritz_box.add(&spam, &contact("spam", &["03023125555"])).unwrap_err();
        assert!(matches!(&error, Error::Fault { fault, .. } if fault.code == code), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    for broken in [Broken::Reset, Broken::Cut] {
        sim.faults(|f| f.actions = vec![broken]);
        let error = fritz_box.books().unwrap_err();
        assert!(error.may_pass(), "{error}");
    }
    assert_eq!(fritz_box.books().unwrap().len(), 2);
}

#[test]
fn barring_adds_no_duplicates_and_wants_confirming() {
    let (sim, settings) = simulated(Setup { second_factor: true, ..Setup::default() });
    let fritz_box = FritzBox::new(&settings).unwrap();
    fritz_box.locate().unwrap();
    let spam = contact("spam", &["03023125555"]);
    let refused = fritz_box.bar(&spam).unwrap_err();
    assert!(matches!(&refused, Error::Fault { fault, .. } if fault.code == Fault::SECOND_FACTOR_NEEDED));
    let factor = fritz_box.begin_confirmation().unwrap();
    assert_eq!(factor.to_string(), "press any key on the FRITZ!Box, or dial *11234 on one of its telephones");
    assert_eq!(fritz_box.confirmation().unwrap(), Confirmation::Waiting);
    sim.press_key();
    assert_eq!(fritz_box.confirmation().unwrap(), Confirmation::Given);
    let Added::Written(id) = fritz_box.bar(&spam).unwrap() else { panic!() };
    assert!(matches!(fritz_box.bar(&contact("x", &["+49 30 23125555"])), Ok(Added::AlreadyThere(_))));
    assert_eq!(sim.contacts("").len(), 1);
    fritz_box.unbar(id).unwrap();
    fritz_box.end_confirmation();
    assert!(sim.contacts("").is_empty());
}

#[test]
fn calls_dialling_handsets_and_messages() {
    let (sim, settings) = simulated(Setup::default());
    sim.add_contact("Telefonbuch", "Anna", &["03023125001"]);
    sim.add_contact("Spamnummern", "spam", &["03023125555"]);
    let call = sim.ring("03023125001", "23125001");
    sim.answer(call, 11);
    sim.end_after(call, 61);
    sim.ring("03023125555", "23125001");
    let missed = sim.ring("", "23125002");
    sim.end(missed);
    let fritz_box = FritzBox::new(&settings).unwrap();
    let calls = fritz_box.calls(400).unwrap();
    let kinds: Vec<_> = calls.iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [CallKind::Missed, CallKind::Rejected, CallKind::Incoming]);
    assert_eq!((calls[2].name.as_deref(), calls[2].minutes), (Some("Anna"), 2));
    assert_eq!(calls[2].device.as_deref(), Some("DECT 2"));
    assert_eq!((calls[0].remote.as_deref(), calls[0].own.as_deref()), (None, Some("23125002")));

    fritz_box.dial("+49 30 23125-001").unwrap();
    assert_eq!(sim.dialled().as_deref(), Some("00493023125001"));
    assert!(matches!(fritz_box.dial("030;ATH"), Err(Error::NotANumber(_))));
    fritz_box.hang_up().unwrap();
    assert_eq!(sim.dialled(), None);
    assert_eq!(fritz_box.telephones().unwrap(), ["FON1: Hall", "DECT 1", "DECT 2"]);
    fritz_box.set_dialling_telephone("DECT 2").unwrap();
    assert_eq!(fritz_box.dialling_telephone().unwrap(), "DECT 2");
    assert_eq!(&*fritz_box.own_numbers().unwrap()[1].number, "23125002");

    let spam = fritz_box.find_book(&by_name("Spamnummern")).unwrap();
    fritz_box.set_handset_book(2, &spam).unwrap();
    let handsets = fritz_box.handsets().unwrap();
    assert_eq!((&*handsets[1].name, handsets[1].book), ("Study", Some(1)));

    sim.leave_message("03023125001", "Anna", b"RIFF....".to_vec());
    let machine = &fritz_box.answering_machines().unwrap()[0];
    assert!(machine.on);
    let messages = fritz_box.messages(machine.index).unwrap();
    assert!(messages[0].new);
    assert_eq!(fritz_box.message_sound(&messages[0]).unwrap(), b"RIFF....");
    fritz_box.mark_message(&messages[0], true).unwrap();
    assert!(!fritz_box.messages(0).unwrap()[0].new);
    fritz_box.delete_message(&messages[0]).unwrap();
    assert!(fritz_box.messages(0).unwrap().is_empty());
}

#[test]
fn a_wrong_password_is_not_tried_for_ever_and_an_old_nonce_is() {
    let (sim, settings) = simulated(Setup::default());
    let fritz_box = FritzBox::new(&settings).unwrap();
    sim.faults(|f| f.stale_nonces = true);
    for _ in 0..3 {
        assert_eq!(fritz_box.books().unwrap().len(), 2);
    }
    sim.faults(|f| f.wrong_password = true);
    assert!(matches!(fritz_box.books(), Err(Error::WrongPassword { .. })));
    sim.faults(|f| f.wrong_password = false);
    assert!(fritz_box.books().is_ok());
    let mut nobody = settings;
    nobody.user = "".into();
    let nobody = FritzBox::new(&nobody).unwrap();
    assert!(matches!(nobody.books(), Err(Error::NoUser)));
}
