//! Addresses, septets, tables, validity, stamps.

use super::*;

#[test]
fn addresses_both_ways() {
    for (text, hex) in [
        ("+9876543210", "0A918967452301"),
        ("+987654321", "099189674523F1"),
        ("+27829135934", "0B917228195339F4"),
        ("+19037029920", "0B919130079229F0"),
        ("9037029920", "0A810973209902"),
        ("abc", "06D061F118"),
        ("FRANCOIS", "0ED04669D0397C26A7"),
        ("a[]{}€", "14D0E10D6FE3DBA036A94D19"),
    ] {
        let body = format!("0001{hex}0000{}", "00");
        let sms = Pdu::decode_hex(&format!("00{}{hex}0000111010214365 0000", "04").replace(' ', ""));
        let Ok(Pdu::Deliver(sms)) = sms else { panic!("{body}: {sms:?}") };
        assert_eq!(sms.from.to_string(), text);
        assert!(Pdu::Deliver(sms).encode().unwrap().hex().contains(hex), "{text}");
    }
    for (text, hex) in [
        ("+19037029920", "07919130079229F0"),
        ("9037029920", "06810973209902"),
        ("+2782913593", "06917228195339"),
    ] {
        let mut sms = submit("0001000B917228001011F100000CC8329BFD065DDF72363904");
        sms.centre = Some(Address::number(text).unwrap());
        assert!(Pdu::Submit(sms).encode().unwrap().hex().starts_with(hex), "{text}");
    }
    assert_eq!(Address::number("0129998765").unwrap().to_string(), "0129998765");
    assert_eq!(Address::number("+44 (7700) 900-123").unwrap().to_string(), "+447700900123");
    for wrong in ["", "+", "abc", "1\r\nAT", "12;13", "1+2", &"1".repeat(21)] {
        assert!(Address::number(wrong) == Err(PduError::Number) || wrong == "abc", "{wrong:?}");
    }
}

#[test]
fn septets_pack_as_published() {
    let tests: &[(&str, &[u8])] = &[
        ("123", &[49, 217, 12]),
        ("12345678", &[49, 217, 140, 86, 179, 221, 112]),
        ("123456789", &[49, 217, 140, 86, 179, 221, 112, 57]),
        ("Hello World!", &[200, 50, 155, 253, 6, 93, 223, 114, 54, 57, 4]),
        ("[{abc}]~", &[27, 222, 6, 21, 22, 143, 55, 169, 141, 111, 211, 3]),
        ("{åΦΓΛΩΠΨΣΘ€}", &[27, 212, 67, 50, 161, 84, 44, 23, 76, 102, 83, 222, 164, 0]),
        ("a[]{}€", &[225, 13, 111, 227, 219, 160, 54, 169, 77, 25]),
    ];
    let plain = Alphabet::default();
    for (text, octets) in tests {
        let septets = plain.encode(text).unwrap();
        assert_eq!(pack(&septets, 0), *octets, "{text}");
        assert_eq!(unpack(octets, 0, septets.len()).unwrap(), septets);
        assert_eq!(plain.decode(&septets), *text);
    }
    assert_eq!(plain.encode("世界"), None);
    assert_eq!(
        plain.decode(&[0x1b, 0x41]),
        "A",
        "an escape without a character falls back to the plain table"
    );
}

/// Seven septets fill seven octets but for seven bits: the length counts, not the octets, or an "@" appears.
#[test]
fn no_at_sign_is_made_of_padding() {
    for text in ["1234567", "123456789012345"] {
        let to = Address::number("12345").unwrap();
        let pdu = Pdu::Submit(Composer::new().compose(&to, text, 0).unwrap().remove(0)).encode().unwrap();
        let back = submit(&pdu.hex());
        assert_eq!(back.content.text(&back.header).as_deref(), Some(text));
    }
}

#[test]
fn national_tables_both_ways() {
    // Turkish by single shift, Portuguese by locking shift, Hindi by both.
    for (alphabet, text) in [
        (Alphabet { single: 1, locking: 0 }, "İş Ğğ şı"),
        (Alphabet { single: 2, locking: 0 }, "¿Qué? Ááíóú ç"),
        (Alphabet { single: 0, locking: 3 }, "São João, ção ê"),
        (Alphabet { single: 6, locking: 6 }, "नमस्ते"),
    ] {
        assert_eq!(Alphabet::default().encode(text), None, "{text} needs its table");
        let composer = Composer { national: vec![alphabet], ..Composer::new() };
        let sms = composer.compose(&Address::number("12345").unwrap(), text, 0).unwrap().remove(0);
        assert_eq!(sms.header.alphabet, alphabet, "{text}");
        let back = submit(&Pdu::Submit(sms).encode().unwrap().hex());
        assert_eq!(back.content.text(&back.header).as_deref(), Some(text));
    }
}

#[test]
fn relative_validity_as_published() {
    for (seconds, step) in [(30 * 60, 5), (16 * 3600, 151), (3 * 86_400, 169), (5 * 604_800, 197)] {
        assert_eq!(Validity::lasting(Duration::from_secs(seconds)), Validity::Relative(step));
        assert_eq!(Validity::Relative(step).duration(), Some(Duration::from_secs(seconds)));
    }
    assert_eq!(Validity::lasting(Duration::MAX), Validity::Relative(255));
    assert_eq!(Validity::lasting(Duration::ZERO), Validity::Relative(0));
}

#[test]
fn stamps_as_published() {
    for (hex, text) in [
        ("51117200000000", "2015-11-27T00:00:00+00:00"),
        ("51117200000080", "2015-11-27T00:00:00+02:00"),
        ("70402132522423", "2007-04-12T23:25:42+08:00"),
        ("7040213252242B", "2007-04-12T23:25:42-08:00"),
    ] {
        let octets: [u8; 7] = from_hex(hex).unwrap().try_into().unwrap();
        let stamp = Timestamp::decode(octets);
        assert_eq!(stamp.to_string(), text);
        assert_eq!(to_hex(&stamp.encode()), hex);
    }
}

#[test]
fn concatenation_elements_as_published() {
    for (hex, reference, wide, number, total) in
        [("0003170301", 23, false, 1, 3), ("080401800402", 384, true, 2, 4)]
    {
        let pdu = format!(
            "00440B918100551512F2000411101021436500{:02X}{:02X}{hex}41",
            hex.len() / 2 + 2,
            hex.len() / 2
        );
        let sms = deliver(&pdu);
        assert_eq!(sms.header.part, Some(Part { reference, wide, total, number }));
        assert_eq!(sms.content, Content::Octets(b"A".to_vec()));
        assert_eq!(Pdu::Deliver(sms).encode().unwrap().hex(), pdu);
    }
    let ports = deliver("00440B918100551512F20004111010214365000806050404D2146641");
    assert_eq!(ports.header.ports, Some((1234, 5222)));
}
