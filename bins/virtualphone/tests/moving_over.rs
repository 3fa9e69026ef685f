//! Who comes from virtualphone.py finds every command and every setting, and what is named here exists.

#![allow(missing_docs, reason = "a test's name is its doc")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::process::Command;

use call_bridge::remote::Command as Spoken;

const WORDS: &str = include_str!("../../../fixtures/virtualphone/words.txt");
const PAGE: &str = include_str!("../../../docs/moving-over.md");

fn words() -> Vec<&'static str> {
    let words: Vec<&str> = WORDS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(words.len(), 40);
    words
}

/// The rows of the table: what was there, what is here.
fn rows() -> Vec<(&'static str, &'static str)> {
    let (_, page) = PAGE.split_once("\n## virtualphone\n").unwrap();
    let page = page.split("\n## ").next().unwrap();
    page.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | ")).collect()
}

/// What stands between backticks, word by word.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).flat_map(str::split_whitespace).collect()
}

#[test]
fn every_command_and_every_setting_is_found_in_the_page() {
    let there: Vec<&str> = rows().into_iter().flat_map(|(there, _)| quoted(there)).collect();
    let missing: Vec<&str> = words().into_iter().filter(|word| !there.contains(word)).collect();
    assert!(missing.is_empty(), "docs/moving-over.md says nothing of {missing:?}");
}

#[test]
fn every_command_of_the_page_is_one() {
    for word in words().into_iter().filter(|word| word.starts_with('/')) {
        let whole = match word {
            "/addtemporaryowner" | "/search" => format!("{word} x"),
            "/command" => format!("{word} AT"),
            "/sms" => format!("{word} 110 x"),
            "/call" | "/setmasterphone" | "/getmasterphonefromnumber" => format!("{word} 110"),
            _ => word.to_owned(),
        };
        assert!(Spoken::read(&whole).is_ok(), "{whole}");
        assert!(Spoken::read(&whole.to_uppercase()).is_ok(), "{whole} in capitals");
    }
}

#[test]
fn every_key_that_the_page_names_stands_in_the_template() {
    let shown = Command::new(env!("CARGO_BIN_EXE_virtualphone")).args(["init", "--print"]).output().unwrap();
    let template = String::from_utf8(shown.stdout).unwrap();
    let mut keys = 0;
    for word in rows().into_iter().flat_map(|(_, here)| quoted(here)) {
        let is_key = word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        let is_section = word.starts_with('[');
        if is_section {
            assert!(template.contains(word), "no section {word}");
        } else if is_key && word != "true" {
            assert!(
                template.lines().any(|l| l.trim_start_matches('#').starts_with(&format!("{word} = "))),
                "no key {word}"
            );
            keys += 1;
        }
    }
    assert!(keys > 15, "{keys}");
}
