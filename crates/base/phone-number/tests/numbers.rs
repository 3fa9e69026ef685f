//! What numbers mean at lines in several countries.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use phone_number::{Caller, Doubt, Doubts, NumberKind, Numbering, ShownNumber, Use};

fn berlin() -> Numbering {
    Numbering::new("DE", Some("030")).unwrap()
}

#[test]
fn numbers_are_placed_as_the_line_means_them() {
    use NumberKind::{Domestic, Emergency, Foreign, Internal, Local, Odd, Short, Test};
    let lines = [
        ("berlin", berlin()),
        ("germany", Numbering::new("+49", None).unwrap()),
        ("ithaca", Numbering::new("US", Some("607")).unwrap()),
        ("rome", Numbering::new("IT", Some("06")).unwrap()),
        ("london", Numbering::new("GB", Some("020")).unwrap()),
        ("moscow", Numbering::new("RU", Some("495")).unwrap()),
        ("sydney", Numbering::new("AU", Some("02")).unwrap()),
        ("budapest", Numbering::new("HU", Some("1")).unwrap()),
        ("singapore", Numbering::new("SG", None).unwrap()),
        ("dublin", Numbering::new("IE", Some("01")).unwrap()),
        ("tel aviv", Numbering::new("IL", Some("03")).unwrap()),
        ("nowhere", Numbering::unknown()),
    ];
    let known = [
        ("berlin", "03023125555", Domestic, "+493023125555"),
        ("berlin", "+49 30 23125-555", Domestic, "+493023125555"),
        ("berlin", "0049 30 23125555", Domestic, "+493023125555"),
        ("berlin", "+49 (0)30 23125555", Domestic, "+493023125555"),
        ("berlin", "0049(0)3023125555", Domestic, "+493023125555"),
        ("berlin", "(030) 23125555", Domestic, "+493023125555"),
        ("berlin", "+49 (30) 23125555", Domestic, "+493023125555"),
        ("berlin", "23125555", Domestic, "+493023125555"),
        ("berlin", "03023125555#", Domestic, "+493023125555"),
        ("germany", "23125555", Local, "23125555"),
        ("berlin", "004433456778", Foreign, "+4433456778"),
        ("berlin", "+447700900123", Foreign, "+447700900123"),
        ("berlin", "110", Emergency, "110"),
        ("berlin", "112", Emergency, "112"),
        ("berlin", "11833", Short, "11833"),
        ("berlin", "115", Short, "115"),
        ("berlin", "116117", Short, "116117"),
        ("berlin", "0311", Test, "+49311"),
        ("berlin", "**610", Internal, "**610"),
        ("berlin", "**9", Internal, "**9"),
        ("berlin", "*31#", Odd, "*31#"),
        ("berlin", "#96*5*", Odd, "#96*5*"),
        ("berlin", "000123", Odd, "000123"),
        ("berlin", "+0123", Odd, "+0123"),
        ("berlin", "15", Odd, "15"),
        ("berlin", "03023125555(015228817386)", Domestic, "+493023125555"),
        ("ithaca", "6075550123", Domestic, "+16075550123"),
        ("ithaca", "16075550123", Domestic, "+16075550123"),
        ("ithaca", "+1 607 555 0123", Domestic, "+16075550123"),
        ("ithaca", "5550123", Domestic, "+16075550123"),
        ("ithaca", "01149 30 23125555", Foreign, "+493023125555"),
        ("ithaca", "911", Emergency, "911"),
        ("ithaca", "411", Short, "411"),
        ("ithaca", "885", Odd, "885"),
        ("rome", "0612345678", Domestic, "+390612345678"),
        ("rome", "+39 06 12345678", Domestic, "+390612345678"),
        ("rome", "3401234567", Domestic, "+393401234567"),
        ("london", "07700 900123", Domestic, "+447700900123"),
        ("london", "79460123", Domestic, "+442079460123"),
        ("london", "999", Emergency, "999"),
        ("moscow", "8 495 1234567", Domestic, "+74951234567"),
        ("moscow", "1234567", Domestic, "+74951234567"),
        ("sydney", "000", Emergency, "000"),
        ("sydney", "0011 49 30 23125555", Foreign, "+493023125555"),
        ("budapest", "06 1 1234567", Domestic, "+3611234567"),
        ("singapore", "6123 4567", Domestic, "+6561234567"),
        ("singapore", "+49 30 23125555", Foreign, "+493023125555"),
        ("dublin", "1800 123 456", Domestic, "+3531800123456"),
        ("tel aviv", "050-234-5678", Domestic, "+972502345678"),
        ("nowhere", "03023125555", Local, "03023125555"),
        ("nowhere", "+49 30 23125555", Foreign, "+493023125555"),
        ("nowhere", "5055034455", Local, "5055034455"),
    ];
    for (line, shown, kind, text) in known {
        let numbering = &lines.iter().find(|l| l.0 == line).unwrap().1;
        let number = numbering.read(shown).unwrap();
        assert_eq!((number.kind(), number.as_str()), (kind, text), "{shown} in {line}");
    }
}

/// fbcallrouter compared numbers as numbers, so that a Greek one passed for one from Berlin.
#[test]
fn a_greek_number_is_never_a_german_one() {
    let greek = berlin().read("00302101234567").unwrap();
    let german = berlin().read("0302101234567").unwrap();
    assert_ne!(greek, german);
    assert_ne!(greek.key(), german.key());
}

#[test]
fn what_speaks_against_german_numbers() {
    use Doubt::*;
    let known: [(&str, &[Doubt]); 36] = [
        ("03681443300750", &[]),
        ("0207565747377", &[NoSuchArea]),
        ("0618107162530", &[SubscriberZero]),
        ("015228817386", &[]),
        ("0152197227804", &[TooLong]),
        ("01702345678", &[]),
        ("0170234567", &[TooShort]),
        ("017023456789", &[]),
        ("0170234567890", &[TooLong]),
        ("01541234567", &[NoSuchArea, UnassignedMobile]),
        ("015801234567", &[NoSuchArea, UnassignedMobile]),
        ("08001110111", &[]),
        ("09001123456", &[CannotCall]),
        ("01371234567", &[CannotCall]),
        ("01901234567", &[CannotCall]),
        ("11833", &[CannotCall]),
        ("110", &[CannotCall]),
        ("116117", &[]),
        ("116111", &[]),
        ("115", &[]),
        ("01801234567", &[]),
        ("030", &[TooShort]),
        ("0301234", &[TooShort]),
        ("03012345", &[]),
        ("0301234567890", &[]),
        ("030123456789012", &[TooLong]),
        ("04651123456", &[]),
        ("07602123456", &[]),
        ("0999912345", &[NoSuchArea]),
        ("030491701234567", &[TooLong, DisguisedMobile]),
        ("03049170123456", &[DisguisedMobile]),
        ("03023125555(015228817386)", &[SecondNumber]),
        ("000441234", &[NoSuchCountry]),
        ("0700123456789", &[TooLong]),
        ("032221234567", &[]),
        ("**610", &[]),
    ];
    for (shown, doubts) in known {
        let number = berlin().read(shown).unwrap();
        let expected: Doubts = doubts.iter().copied().collect();
        assert_eq!(berlin().doubts(&number), expected, "{shown}");
    }
}

#[test]
fn what_speaks_against_foreign_numbers() {
    use Doubt::*;
    let known: [(&str, &[Doubt]); 8] = [
        ("+447700900123", &[]),
        ("004433456778", &[TooShort]),
        ("+4407700900123", &[NationalZero, TooLong]),
        ("+390612345678", &[]),
        ("+999123456", &[NoSuchCountry]),
        ("+44123", &[TooShort]),
        ("+210123456", &[NoSuchCountry]),
        ("+431", &[TooShort]),
    ];
    for (shown, doubts) in known {
        let number = berlin().read(shown).unwrap();
        let expected: Doubts = doubts.iter().copied().collect();
        // A nine-digit British number exists, so eight are too short.
        assert_eq!(berlin().doubts(&number), expected, "{shown}");
    }
}

#[test]
fn every_german_area_has_its_name_and_use() {
    let table = include_str!("../data/areas-49.tsv");
    let berlin = berlin();
    let mut areas = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let (code, name) = line.split_once('\t').unwrap();
        let number = berlin.read(&format!("0{code}234567")).unwrap();
        assert_eq!(berlin.area_name(&number), Some(name), "{code}");
        assert_eq!(berlin.purpose(&number), Some(Use::Geographic), "{code}");
        let zero = berlin.read(&format!("0{code}034567")).unwrap();
        let doubts = berlin.doubts(&zero);
        // A longer code may begin with the zero: 465 and 4650 something.
        assert!(doubts.has(Doubt::SubscriberZero) || berlin.area_name(&zero) != Some(name), "{code}");
        areas += 1;
    }
    assert!(areas >= 5200, "{areas}");
}

#[test]
fn people_read_numbers_as_they_write_them() {
    let known = [
        ("+493023125555", "030 23125555", "Berlin"),
        ("015228817386", "01522 8817386", "Vodafone"),
        ("06181123456", "06181 123456", "Hanau"),
        ("+12025550123", "+1 202 5550123", "Washington D.C."),
    ];
    for (shown, display, area) in known {
        let number = berlin().read(shown).unwrap();
        assert_eq!(berlin().display(&number), display);
        assert_eq!(berlin().area_name(&number), Some(area));
    }
}

#[test]
fn a_line_says_withheld_in_many_ways() {
    for word in ["P", "p", "PRIVATE", "anonymous", "PrivDirOff", "WITHHELD"] {
        assert_eq!(Caller::from_line(word.as_bytes()), Caller::Withheld, "{word}");
    }
    for word in ["O", "", "-", "0000000000", "OUT-OF-AREA", "\u{0}\u{1}"] {
        assert_eq!(Caller::from_line(word.as_bytes()), Caller::Unavailable, "{word}");
    }
}

#[test]
fn the_second_number_is_kept_apart() {
    let shown = ShownNumber::new("03023125555(015228817386)").unwrap();
    assert_eq!(shown.second().unwrap().as_str(), "015228817386");
    assert!(berlin().resolve(&shown).has_second());
}
