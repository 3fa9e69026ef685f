//! Whatever a line shows, placing it neither fails nor loses a digit.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use phone_number::{Areas, Caller, NumberKey, Numbering, ShownNumber};
use proptest::prelude::*;

#[test]
fn any_bytes_are_a_caller() {
    let lines = [
        Numbering::new("DE", Some("30")).unwrap(),
        Numbering::new("US", Some("607")).unwrap(),
        Numbering::new("IT", None).unwrap(),
        Numbering::unknown(),
    ];
    bolero::check!().with_iterations(20_000).for_each(|bytes: &[u8]| {
        let caller = Caller::from_line(bytes);
        if let Some(shown) = caller.number() {
            for numbering in &lines {
                let number = numbering.resolve(shown);
                assert!(!number.as_str().is_empty());
                let _ = (numbering.doubts(&number), numbering.display(&number), numbering.area_name(&number));
                assert!(!number.redacted().is_empty());
            }
        }
    });
}

#[test]
fn any_bytes_are_a_table_or_an_error() {
    bolero::check!().with_iterations(5_000).for_each(|bytes: &[u8]| {
        if let Ok(areas) = Areas::from_official_csv(bytes) {
            assert!(!areas.is_empty());
        }
    });
}

proptest! {
    #[test]
    fn a_key_gives_back_its_text(text in "[0-9+*#]{1,16}") {
        let key = NumberKey::new(text.as_bytes()).unwrap();
        prop_assert_eq!(key.to_string(), text.clone());
        prop_assert_eq!(key.len(), text.len());
        prop_assert_eq!(NumberKey::from_bits(key.to_bits()), Some(key));
    }

    #[test]
    fn different_numbers_have_different_keys(a in "[0-9+*#]{1,16}", b in "[0-9+*#]{1,16}") {
        let (left, right) = (NumberKey::new(a.as_bytes()).unwrap(), NumberKey::new(b.as_bytes()).unwrap());
        prop_assert_eq!(left == right, a == b);
        prop_assert_eq!(left.starts_with(right), a.starts_with(&b));
    }

    #[test]
    fn the_world_form_means_the_same_everywhere(digits in "[1-9][0-9]{6,13}") {
        let text = format!("+{digits}");
        let shown = ShownNumber::new(&text).unwrap();
        for (country, area) in [("DE", "30"), ("US", "607"), ("IT", "06"), ("GB", "20"), ("FR", "1")] {
            let number = Numbering::new(country, Some(area)).unwrap().resolve(&shown);
            prop_assert_eq!(number.as_str(), &text);
        }
    }

    #[test]
    fn no_two_different_numbers_are_equal(a in "0[1-9][0-9]{4,12}", b in "0[1-9][0-9]{4,12}") {
        let berlin = Numbering::new("DE", Some("30")).unwrap();
        let left = berlin.read(&a).unwrap();
        let right = berlin.read(&b).unwrap();
        prop_assert_eq!(left == right, a == b);
    }

    #[test]
    fn lists_and_lines_place_a_number_alike(text in "[0-9]{1,18}|[+][0-9]{1,16}|0[1-9][0-9 -]{3,14}") {
        let shown = ShownNumber::new(&text).unwrap();
        for (country, area) in [("DE", Some("30")), ("US", Some("607")), ("IT", None), ("SG", None), ("AU", Some("2"))] {
            let numbering = Numbering::new(country, area).unwrap();
            prop_assert_eq!(numbering.key(text.as_bytes()), numbering.resolve(&shown).key(), "{}", country);
        }
    }
}
