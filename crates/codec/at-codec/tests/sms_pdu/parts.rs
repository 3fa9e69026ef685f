//! Long texts: split, joined, incomplete.

use super::*;

#[test]
fn texts_split_where_published() {
    let to = Address::number("12345").unwrap();
    let digits = "0123456789".repeat(16);
    let hao = "你好".repeat(35);
    let bhaiksuki: String = ('\u{11c00}'..='\u{11c23}').filter(|&c| c != '\u{11c09}').collect();
    let texts = |parts: Vec<Submit>| -> Vec<String> {
        parts.iter().map(|p| p.content.text(&p.header).unwrap()).collect()
    };
    for (text, expected) in [
        ("Hello".to_owned(), vec!["Hello".to_owned()]),
        ("你好".into(), vec!["你好".into()]),
        ("😉".into(), vec!["😉".into()]),
        (digits.clone(), vec![digits.clone()]),
        (hao.clone(), vec![hao.clone()]),
        (bhaiksuki.clone(), vec![bhaiksuki]),
        (format!("{digits}0"), vec![digits[..153].into(), "34567890".into()]),
        (format!("{hao}好"), vec![hao.chars().take(67).collect(), "好你好好".into()]),
    ] {
        assert_eq!(texts(Composer::new().compose(&to, &text, 9).unwrap()), expected);
    }
    // An extension character costs two septets and stays whole; so does a pair of surrogates.
    let parts = Composer::new().compose(&to, &format!("{}€{}", "x".repeat(152), "y".repeat(20)), 1).unwrap();
    assert_eq!(texts(parts)[0].len(), 152);
    let parts = Composer::new().compose(&to, &format!("{}😉{}", "я".repeat(66), "я".repeat(20)), 1).unwrap();
    assert_eq!(texts(parts)[0].chars().count(), 66);
    let wide = Composer { wide_reference: true, ..Composer::new() };
    let parts = wide.compose(&to, &"x".repeat(161), 0x1234).unwrap();
    assert_eq!(texts(parts.clone())[0].len(), 152);
    assert_eq!(parts[1].header.part, Some(Part { reference: 0x1234, wide: true, total: 2, number: 2 }));
    assert_eq!(Composer::new().compose(&to, &"x".repeat(153 * 255 + 1), 1), Err(PduError::TooLong));
}

fn part(from: &str, reference: u16, number: u8, total: u8, text: &str) -> Deliver {
    let to = Address::number("12345").unwrap();
    let content = Composer::new().compose(&to, text, 0).unwrap().remove(0);
    Deliver {
        centre: None,
        more: false,
        flags: 0,
        from: Address::number(from).unwrap(),
        protocol: 0,
        coding: content.coding,
        sent_at: Timestamp {
            year: 2026,
            month: 11,
            day: 20,
            hour: 22,
            minute: number,
            second: 0,
            quarters: 4,
        },
        header: Header { part: Some(Part { reference, wide: false, total, number }), ..Header::default() },
        content: content.content,
    }
}

fn joined<T: std::fmt::Debug>(taken: Taken<T>) -> Joined<T> {
    match taken {
        Taken::Joined(joined) => *joined,
        other => panic!("not joined: {other:?}"),
    }
}

#[test]
fn parts_join_in_any_order_with_repetitions_and_two_senders_mixed() {
    let second = Duration::from_secs(1);
    let start = Instant::now();
    let mut parts = Parts::new(600 * second);
    assert_eq!(parts.take(start + second, part("111", 7, 3, 3, "c"), 3), Taken::Waiting);
    assert_eq!(parts.take(start + second, part("222", 7, 1, 3, "x"), 30), Taken::Waiting);
    assert_eq!(parts.take(start + second, part("111", 7, 1, 3, "a"), 1), Taken::Waiting);
    assert_eq!(parts.take(start + second, part("111", 7, 1, 3, "a"), 11), Taken::Waiting);
    let whole = joined(parts.take(start + second, part("111", 7, 2, 3, "b"), 2));
    assert_eq!(whole.text.as_deref(), Some("abc"));
    assert_eq!((whole.total, whole.incomplete), (3, false));
    assert_eq!(whole.kept, [3, 1, 11, 2]);
    assert_eq!(whole.sent_at.minute, 1);
    assert_eq!(parts.take(start + 2 * second, part("111", 7, 2, 3, "b"), 22), Taken::Repeated(22));
    assert_eq!(parts.waiting(), 1);
}

#[test]
fn missing_parts_are_waited_for_and_then_marked() {
    let second = Duration::from_secs(1);
    let start = Instant::now();
    let mut parts = Parts::new(600 * second);
    parts.take(start + second, part("111", 7, 1, 3, "a"), 1);
    parts.take(start + 10 * second, part("111", 7, 3, 3, "c"), 3);
    assert_eq!(parts.deadline(), Some(start + 610 * second));
    assert_eq!(parts.give_up(start + 609 * second), None);
    let given_up = parts.give_up(start + 610 * second).unwrap();
    assert_eq!(given_up.text.as_deref(), Some("a[...]c"));
    assert!(given_up.incomplete);
    assert_eq!(parts.deadline(), None);
}

#[test]
fn a_pair_of_surrogates_split_by_the_sender_is_read_whole() {
    let units: Vec<u16> = "a😉b".encode_utf16().collect();
    let start = Instant::now();
    let mut parts = Parts::new(Duration::from_secs(600));
    for (number, half) in [(1, &units[..2]), (2, &units[2..])] {
        let mut sms = part("111", 1, number, 2, "я");
        sms.coding = Coding(8);
        sms.content = Content::Ucs2(half.to_vec());
        if let Taken::Joined(whole) = parts.take(start, sms, number) {
            assert_eq!(whole.text.as_deref(), Some("a😉b"));
            return;
        }
    }
    panic!("never complete");
}

#[test]
fn no_flood_of_first_parts_takes_more_room_than_64_messages() {
    let start = Instant::now();
    let mut parts = Parts::new(Duration::from_secs(600));
    let mut given_up = 0;
    for reference in 0..200 {
        if let Taken::Joined(whole) = parts.take(start, part("111", reference, 1, 255, "a"), reference) {
            assert!(whole.incomplete);
            given_up += 1;
        }
    }
    assert_eq!((parts.waiting(), given_up), (64, 136));
}

proptest! {
    #[test]
    fn any_text_arrives_as_it_was_sent(text in "\\PC{0,300}", reference: u16, wide: bool) {
        let to = Address::number("+447700900123").unwrap();
        let composer = Composer { wide_reference: wide, ..Composer::new() };
        let sent = composer.compose(&to, &text, reference).unwrap();
        let start = Instant::now();
        let mut parts = Parts::new(Duration::from_secs(1));
        let mut got = None;
        for (slot, sms) in sent.into_iter().enumerate() {
            let bytes = Pdu::Submit(sms).encode().unwrap().octets;
            prop_assert!(bytes.len() <= 176);
            let Ok(Pdu::Submit(sms)) = Pdu::decode(&bytes) else { panic!("not read back") };
            let received = Deliver {
                centre: None, more: false, flags: 0, from: sms.to, protocol: 0, coding: sms.coding,
                sent_at: Timestamp::decode([0; 7]), header: sms.header, content: sms.content,
            };
            if let Taken::Joined(whole) = parts.take(start, received, slot) {
                got = whole.text.clone();
            }
        }
        prop_assert_eq!(got, Some(text));
    }

    #[test]
    fn septets_survive_packing(septets in proptest::collection::vec(0u8..128, 0..200), fill in 0usize..7) {
        prop_assert_eq!(unpack(&pack(&septets, fill), fill, septets.len()), Some(septets));
    }

    #[test]
    fn stamps_survive(octets in proptest::array::uniform7(0u8..)) {
        let stamp = Timestamp::decode(octets);
        prop_assert_eq!(Timestamp::decode(stamp.encode()), stamp);
    }
}
