//! Cards as programs write them.

use address_book::vcard::{Card, read};

fn one(text: &str) -> Card {
    let (mut cards, problems) = read(text.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(cards.len(), 1, "{cards:?}");
    cards.remove(0)
}

fn numbers(card: &Card) -> Vec<(&str, &str)> {
    card.numbers.iter().map(|n| (n.number.as_str(), n.kind.as_deref().unwrap_or(""))).collect()
}

#[test]
fn version_2_1_with_bare_parameters_and_quoted_printable_soft_breaks() {
    let card = one(
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4D=C3=BC=\r\n=6C=6C=65=72;J=C3=B6rg;;;\r\nTEL;CELL;PREF:0152 28817386\r\nTEL;HOME:030/23125-000\r\nEND:VCARD\r\n",
    );
    assert_eq!(&*card.name, "J\u{f6}rg M\u{fc}ller");
    assert_eq!(numbers(&card), [("015228817386", "cell"), ("03023125000", "home")]);
}

#[test]
fn version_2_1_with_a_base64_photo_ended_by_a_blank_line() {
    let card = one(
        "BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Erika Muster\r\nPHOTO;ENCODING=BASE64;JPEG:\r\n /9j/4AAQSkZJRgABAQ\r\n AAAQABAAD/2w==\r\n\r\nTEL;WORK:+49 40 66969 123\r\nEND:VCARD\r\n",
    );
    assert_eq!(numbers(&card), [("+494066969123", "work")]);
}

#[test]
fn version_3_0_with_a_fold_that_cuts_a_character() {
    let mut bytes = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:J\xc3\r\n \xb6rg\r\nTEL;TYPE=voice,cell:089 99998 111\r\nEND:VCARD\r\n".to_vec();
    let (cards, problems) = read(&bytes);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(&*cards[0].name, "J\u{f6}rg");
    assert_eq!(cards[0].numbers[0].kind.as_deref(), Some("cell"));
    bytes.retain(|b| *b != b'\r');
    assert_eq!(&*read(&bytes).0[0].name, "J\u{f6}rg", "with LF alone");
}

#[test]
fn version_4_0_with_tel_addresses() {
    let card = one(
        "BEGIN:VCARD\nVERSION:4.0\nFN:School\nTEL;VALUE=uri;PREF=1;TYPE=\"voice,work\":tel:+44-20-7946-0958;ext=5\nEND:VCARD\n",
    );
    assert_eq!(numbers(&card), [("+442079460958", "work")]);
}

#[test]
fn apple_labels_beside_the_number() {
    let card = one(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ben\r\nitem1.TEL:+1 202-555-0143\r\nitem1.X-ABLabel:_$!<Mobile>!$_\r\nitem2.TEL:+1 202 555 0144\r\nitem2.X-ABLabel:Boat\r\nEND:VCARD\r\n",
    );
    assert_eq!(numbers(&card), [("+12025550143", "mobile"), ("+12025550144", "boat")]);
}

#[test]
fn groups_are_no_people() {
    for kind in ["KIND:group", "X-ADDRESSBOOKSERVER-KIND:group"] {
        let text = format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:All\r\n{kind}\r\nMEMBER:urn:uuid:1\r\nTEL:030 23125 001\r\nEND:VCARD\r\n"
        );
        let (cards, problems) = read(text.as_bytes());
        assert!(cards.is_empty() && problems.is_empty(), "{cards:?} {problems:?}");
    }
}

#[test]
fn names_are_made_of_n_or_the_company_where_fn_is_missing() {
    assert_eq!(
        &*one("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Muster;Erika;;Dr.;\r\nTEL:03023125002\r\nEND:VCARD\r\n").name,
        "Dr. Erika Muster"
    );
    assert_eq!(
        &*one("BEGIN:VCARD\r\nVERSION:3.0\r\nORG:Bakery;Shop\r\nTEL:03023125002\r\nEND:VCARD\r\n").name,
        "Bakery"
    );
}

#[test]
fn lower_case_bom_and_many_cards() {
    let (cards, problems) = read("\u{feff}begin:vcard\nversion:3.0\nfn:A\ntel:03023125003\nend:vcard\nBEGIN:VCARD\nVERSION:3.0\nFN:B\nTEL:03023125004\nEND:VCARD".as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(cards.iter().map(|c| &*c.name).collect::<Vec<_>>(), ["A", "B"]);
}

#[test]
fn numbers_with_everything_that_people_write_in_them() {
    for (written, read) in [
        ("+49 (0)30 23125-555", "+493023125555"),
        ("(030) 23125 555", "03023125555"),
        ("030\u{a0}23125\u{a0}555", "03023125555"),
        ("+493023125555,,22#", "+493023125555"),
        ("+493023125555p22", "+493023125555"),
        ("03023125555;ext=7", "03023125555"),
        ("**9", "**9"),
        ("*31#03023125555", "*31#03023125555"),
        ("030.23125.555", "03023125555"),
        ("\u{202a}+49 30 23125555\u{202c}", "+493023125555"),
    ] {
        let text = format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:X\r\nTEL:{}\r\nEND:VCARD\r\n",
            written.replace(';', "\\;").replace(',', "\\,")
        );
        assert_eq!(one(&text).numbers[0].number.as_str(), read, "{written}");
    }
}

#[test]
fn one_bad_card_leaves_its_neighbours() {
    let text = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nTEL:03023125003\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:B\r\nTEL:nobody\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:C\r\nTEL:03023125004\r\nEND:VCARD\r\nBEGIN:VCARD\r\nFN:D\r\nTEL:1";
    let (cards, problems) = read(text.as_bytes());
    assert_eq!(cards.iter().map(|c| &*c.name).collect::<Vec<_>>(), ["C"]);
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().any(|t| t.starts_with("line 1:") && t.contains("END:VCARD")), "{told:?}");
    assert!(
        told.iter().any(|t| t.starts_with("line 5:") && t.contains("B: none of the 1 numbers")),
        "{told:?}"
    );
    assert!(told.iter().any(|t| t.starts_with("line 15:")), "{told:?}");
}

#[test]
fn a_name_cannot_smuggle_line_breaks() {
    let card =
        one("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Evil\\nRING\\r\\nNMBR=1\r\nTEL:03023125003\r\nEND:VCARD\r\n");
    assert!(!card.name.contains(['\r', '\n']), "{:?}", card.name);
}

#[test]
fn every_prefix_of_a_file_is_read_without_a_panic_and_loses_no_whole_card() {
    let text = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING=QUOTED-PRINTABLE:=4D=\r\n=6C;J;;;\r\nTEL;CELL:0152 28817386\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:4.0\r\nFN:S\u{e4}m\r\nTEL;VALUE=uri:tel:+44-20-7946-0958\r\nEND:VCARD\r\n";
    let first_ends = text.find("END:VCARD").unwrap() + "END:VCARD".len();
    for end in 0..=text.len() {
        let (cards, _) = read(&text.as_bytes()[..end]);
        assert_eq!(cards.len(), usize::from(end >= first_ends) + usize::from(end >= text.len() - 2), "{end}");
    }
}

#[test]
fn any_bytes() {
    bolero::check!().with_iterations(3000).for_each(|bytes: &[u8]| {
        let mut text = b"BEGIN:VCARD\r\nFN:x\r\n".to_vec();
        text.extend_from_slice(bytes);
        text.extend_from_slice(b"\r\nEND:VCARD");
        for input in [bytes, &text] {
            for card in read(input).0 {
                assert!(!card.numbers.is_empty() && !card.name.is_empty());
            }
        }
    });
}
