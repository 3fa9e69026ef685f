//! The German page has words for all that the guard answers.

#![allow(clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::fs;
use std::path::Path;

#[test]
fn every_answer_of_the_guard_is_there_in_german() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/react/call-web/page/js/german.js");
    let module = fs::read_to_string(file).expect("the page's German");
    let table =
        module.split_once("= {").map(|(_, rest)| format!("{{{}", rest.trim_end().trim_end_matches(';')));
    let table: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&table.expect("a table")).expect("the table is JSON");
    let missing: Vec<&&str> =
        call_guard::sentences::ALL.iter().filter(|sentence| !table.contains_key(**sentence)).collect();
    assert!(missing.is_empty(), "without a German sentence: {missing:#?}");
}
