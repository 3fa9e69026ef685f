//! The files of each program, and what they are to us.

use std::fs;
use std::path::Path;

use call_log::Source;

use super::taking::Taking;
use crate::args::Command;
use crate::{Args, guarding};

/// A file's name in small letters.
fn name_of(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// The folder that a file lies in.
fn folder_of(file: &Path) -> String {
    file.parent().map(name_of).unwrap_or_default()
}

/// Whether a name speaks of callers who may ring.
fn speaks_of_friends(name: &str) -> bool {
    ["white", "allow", "permit", "friend", "good"].iter().any(|word| name.contains(word))
}

/// pycallblock keeps everything but its lists and settings in one folder; those stand on its command line.
pub(super) fn pycallblock(taking: &mut Taking<'_>, file: &Path) {
    let name = name_of(file);
    if name.ends_with(".service") {
        service(taking, file);
    } else if name.ends_with(".db") {
        taking.log(file, Source::Pycallblock);
    } else if name.ends_with(".csv") {
        taking.list(file, if speaks_of_friends(&name) { "allow" } else { "deny" }, "");
    } else if folder_of(file) == "play" && name.ends_with(".wav") {
        taking.sound(file);
    } else if folder_of(file) == "rec" {
        taking.left(format!("{}: recordings stay where they are", file.display()));
    } else {
        taking.left(format!("{}: not known", file.display()));
    }
}

/// The command line in a service file.
fn service(taking: &mut Taking<'_>, file: &Path) {
    let text = fs::read_to_string(file).unwrap_or_default();
    let Some(line) = text.lines().find_map(|line| line.trim().strip_prefix("ExecStart=")) else {
        taking.left(format!("{}: it starts nothing", file.display()));
        return;
    };
    let words = split(line);
    let after = words.iter().position(|word| word.contains("pycallblock")).map_or(0, |at| at + 1);
    let mut all = vec!["callblock".into(), "run".into()];
    all.extend(words[after..].iter().map(Into::into));
    match Args::from_words(all) {
        Ok(Args { command: Command::Run(options), .. }) => {
            let mut config = crate::config::Config::default();
            guarding::lay_over(&options, &mut config);
            for (section, line) in guarding::as_settings(&options) {
                taking.setting(section, line);
            }
            for list in &config.screen.lists {
                if list.file.exists() {
                    let kind = if list.kind == call_screen::ListKind::Allow { "allow" } else { "deny" };
                    taking.list(&list.file, kind, "");
                } else {
                    taking.left(format!("{}: the list is not there", list.file.display()));
                }
            }
            taking.took(format!("{}: its command line", file.display()));
        }
        Ok(_) => taking.left(format!("{}: it starts something else", file.display())),
        Err(e) => {
            let why = e.to_string();
            taking.left(format!("{}: {}", file.display(), why.lines().next().unwrap_or("not understood")));
        }
    }
}

/// Splits a command line at blanks; quotes hold words together.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in line.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// jcblock's lists are used as they are: keys, dates and permanent marks keep their meaning.
pub(super) fn jcblock(taking: &mut Taking<'_>, file: &Path) {
    const FORMAT: &str = "format = \"jcblock\"\nwrite-back = true\n";
    match name_of(file).as_str() {
        "whitelist.dat" => taking.list(file, "allow", FORMAT),
        "blacklist.dat" => {
            // jcblock drops what was not matched for nine months.
            taking.list(file, "deny", &format!("{FORMAT}drop-unused-after = \"275d\"\n"));
            taking.setting(
                "star-key",
                "# jcblock's star key; see docs/configuration.md for its windows and clicks",
            );
        }
        "callerid.dat" => taking.log(file, Source::Jcblock),
        name if name.ends_with(".dat") && folder_of(file) != "jcblock" => {
            taking.left(format!("{}: not known", file.display()));
        }
        _ => {}
    }
}

/// callattendant keeps lists and calls in one database.
pub(super) fn callattendant(taking: &mut Taking<'_>, file: &Path) {
    let name = name_of(file);
    if name.ends_with(".db") {
        taking.log(file, Source::Callattendant);
        match call_log::callattendant_lists(file) {
            Ok(lists) => {
                for (allow, entries) in [(true, lists.permitted), (false, lists.blocked)] {
                    if entries.is_empty() {
                        continue;
                    }
                    let text: String = entries.iter().map(|(number, name)| csv_line(number, name)).collect();
                    let kind = if allow { "allow" } else { "deny" };
                    taking.entries(file, &format!("callattendant-{kind}.csv"), kind, &text);
                }
            }
            Err(e) => taking.left(e.to_string()),
        }
    } else if name.ends_with(".cfg") {
        callattendant_settings(taking, file);
    } else if name.ends_with(".csv") {
        taking.list(file, if speaks_of_friends(&name) { "allow" } else { "deny" }, "");
    } else if name.ends_with(".wav") {
        taking.left(format!("{}: greetings are named in the section [voice-mail]", file.display()));
    }
}

fn csv_line(number: &str, name: &str) -> String {
    format!("{number},\"{}\"\n", name.replace(['\n', '\r'], " ").replace('"', "\"\""))
}

/// `KEY = value` lines of callattendant's `app.cfg`.
fn callattendant_settings(taking: &mut Taking<'_>, file: &Path) {
    let text = fs::read_to_string(file).unwrap_or_default();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim(), value.trim().trim_matches(['"', '\'']));
        match key {
            "SCREENING_MODE" if value.contains("whitelist") && !value.contains("blacklist") => {
                taking.setting("screen", "mode = \"allow-listed\"");
            }
            "MODEM_DEVICE" | "SERIAL_PORT" if value.starts_with('/') => {
                taking.setting("[line]", format!("device = {value:?}"));
            }
            "BLOCKED_ACTIONS" if value.contains("voice_mail") => {
                taking.setting("screen", "action = \"voice-mail\"");
            }
            "BLOCKED_ACTIONS" if value.contains("greeting") => {
                taking.setting("screen", "action = \"message\"");
            }
            "SCREENING_MODE" | "BLOCKED_ACTIONS" | "DEBUG" | "TESTING" | "ENV" => {}
            _ => taking.left(format!("{}: {key} has no counterpart that is set by itself", file.display())),
        }
    }
    taking.took(format!("{}: the settings that have a counterpart", file.display()));
}

/// NCID's lists, settings and log.
pub(super) fn ncid(taking: &mut Taking<'_>, file: &Path) {
    match name_of(file).as_str() {
        "ncidd.blacklist" => taking.list(file, "deny", "format = \"ncid\"\n"),
        "ncidd.whitelist" => taking.list(file, "allow", "format = \"ncid\"\n"),
        "cidcall.log" => taking.log(file, Source::Ncid),
        "ncidd.conf" => ncid_settings(taking, file),
        name if name.starts_with("ncid") || name.starts_with("cid") => {
            taking.left(format!("{}: not known", file.display()));
        }
        _ => {}
    }
}

/// `set key = value` lines of `ncidd.conf`.
fn ncid_settings(taking: &mut Taking<'_>, file: &Path) {
    let text = fs::read_to_string(file).unwrap_or_default();
    for line in text.lines().map(str::trim) {
        let Some((key, value)) = line.strip_prefix("set ").and_then(|rest| rest.split_once('=')) else {
            continue;
        };
        let value = value.split('#').next().unwrap_or(value).trim().trim_matches('"');
        match key.trim() {
            "ttyport" => taking.setting("[line]", format!("device = {value:?}")),
            "hangup" => match value {
                "2" => taking.setting("screen", "action = \"fax\""),
                "3" => taking.setting("screen", "action = \"message\""),
                "0" => taking.setting("screen", "mode = \"log-only\""),
                _ => {}
            },
            other => {
                taking.left(format!("{}: {other} has no counterpart that is set by itself", file.display()));
            }
        }
    }
    taking.took(format!("{}: the settings that have a counterpart", file.display()));
}
