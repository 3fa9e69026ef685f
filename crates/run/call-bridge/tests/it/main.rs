#![allow(missing_docs, reason = "a test's name is its doc")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

mod desk;
mod phone;
mod policy;
mod telegram;
