//! Validity and kind by the data of libphonenumber.
//!
//! Of the two crates that carry that data, `rlibphonenumber` answers in about 1 µs and is ready after 15 to 25 ms;
//! `phonenumber` needs 3.5 µs and 80 to 150 ms and adds one megabyte more to a program. Both judge alike. Neither finds a
//! German area without such numbers, which is why the tables of this crate are asked too. The data is read when the first
//! number is asked about, never before.

use rlibphonenumber::PhoneNumber as Parsed;

use crate::PhoneNumber;

/// What the data of libphonenumber say of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validity {
    /// Whether such a number can exist.
    pub valid: bool,
    /// What it is used for, such as `fixed-line` or `mobile`.
    pub kind: Box<str>,
}

/// Asks about a number; `None` for those that no country's plan is about: short codes, telephones in the house.
pub(crate) fn ask(number: &PhoneNumber) -> Option<Validity> {
    // The library would make +49110 of 110 and +4931 of *31#; only whole numbers ever reach it.
    let e164 = number.e164()?.to_string();
    // A fault in foreign code must not take the line with it.
    let asked = std::panic::catch_unwind(|| {
        let parsed: Parsed = e164.parse().ok()?;
        Some((parsed.is_valid(), format!("{:?}", parsed.get_type())))
    });
    match asked {
        Ok(Some((valid, kind))) => Some(Validity { valid, kind: words(&kind) }),
        Ok(None) => Some(Validity { valid: false, kind: "unknown".into() }),
        Err(_) => None,
    }
}

/// `FixedLineOrMobile` as `fixed-line-or-mobile`.
fn words(name: &str) -> Box<str> {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out.into()
}
