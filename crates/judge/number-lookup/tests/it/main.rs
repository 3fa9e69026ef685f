//! Sources asked at a server of bad answers.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

mod bad_answers;
mod phone_block;
mod server;
mod sites;

use phone_number::{Numbering, PhoneNumber};

fn number(text: &str) -> PhoneNumber {
    Numbering::new("DE", Some("030")).unwrap().read(text).unwrap()
}
