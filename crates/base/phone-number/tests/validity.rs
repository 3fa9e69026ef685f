//! What libphonenumber's data say, and that short codes never reach it.
#![cfg(feature = "libphonenumber")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use phone_number::{Doubt, Doubts, Numbering};

#[test]
fn valid_and_invalid_numbers() {
    let berlin = Numbering::new("DE", Some("030")).unwrap();
    let known = [
        ("03681443300750", Some(true)),
        ("0207565747377", Some(false)),
        // Valid there, which is why the own table is needed.
        ("0618107162530", Some(true)),
        ("004433456778", Some(false)),
        ("0152197227804", Some(false)),
        ("+12025550123", Some(true)),
        ("110", None),
        ("11833", None),
        ("*31#", None),
        ("**610", None),
    ];
    for (text, valid) in known {
        let number = berlin.read(text).unwrap();
        assert_eq!(berlin.validity(&number).map(|v| v.valid), valid, "{text}");
        let doubts = berlin.with_validity(&number, Doubts::NONE);
        assert_eq!(doubts.has(Doubt::Invalid), valid == Some(false), "{text}");
    }
}
