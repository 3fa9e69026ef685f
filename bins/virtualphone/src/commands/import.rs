//! `virtualphone import`: the environment variables of virtualphone.py as a configuration.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use callblock::Failure;
use secret::PasswordHash;

/// The list that virtualphone.py downloads.
const SPAMMERS: &str = "https://raw.githubusercontent.com/auino/global-telephone-spammers-list/main/list.csv";
const PREFIX: &str = "virtualphone_";

/// Reads the variables and writes or prints a configuration.
pub(crate) fn run(file: Option<&Path>, into: Option<&Path>) -> Result<(), Failure> {
    let found = match file {
        Some(file) => {
            let text = fs::read_to_string(file).map_err(|e| {
                Failure::new(Failure::NO_INPUT, format!("{}: cannot be read: {e}", file.display()))
            })?;
            exports(&text)
        }
        None => std::env::vars()
            .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_owned(), value)))
            .collect(),
    };
    if found.is_empty() {
        let text = "none of the variables virtualphone_... is set; name the file that exports them";
        return Err(Failure::new(Failure::NO_INPUT, text));
    }
    let (config, secrets, notes) = translate(&found)?;
    match into {
        None => print!("{config}"),
        Some(folder) => {
            let names = || ["virtualphone.toml"].into_iter().chain(secrets.iter().map(|(name, _)| *name));
            if let Some(there) = names().map(|name| folder.join(name)).find(|path| path.exists()) {
                let text =
                    format!("{}: is there already; move it away, or name another folder", there.display());
                return Err(Failure::new(Failure::USAGE, text));
            }
            write(folder, &config, &secrets).map_err(|e| {
                Failure::new(Failure::IO, format!("{}: cannot be written: {e}", folder.display()))
            })?;
            println!("{} is written.", folder.join("virtualphone.toml").display());
        }
    }
    for note in notes {
        eprintln!("{note}");
    }
    Ok(())
}

/// `export virtualphone_x='y' # comment` lines. Read as data; nothing in them is carried out.
fn exports(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
            let (name, value) = line.strip_prefix(PREFIX)?.split_once('=')?;
            let value = match value.chars().next() {
                Some(quote @ ('\'' | '"')) => value[1..].split(quote).next().unwrap_or_default(),
                _ => value.split([' ', '\t', '#']).next().unwrap_or_default(),
            };
            Some((name.trim().to_owned(), value.to_owned()))
        })
        .collect()
}

type Translated = (String, Vec<(&'static str, String)>, Vec<String>);

fn translate(found: &BTreeMap<String, String>) -> Result<Translated, Failure> {
    let get = |name: &str| found.get(name).map(String::as_str).filter(|v| !v.is_empty());
    // JSON's strings are TOML's basic strings.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut config = String::from("# Made of the settings of virtualphone.py.\n");
    let mut secrets = Vec::new();
    let mut notes = Vec::new();
    let mut line = |text: String| {
        config.push_str(&text);
        config.push('\n');
    };
    line("\n[stick]\nport = \"/dev/ttyUSB0\"\nevent-port = \"/dev/ttyUSB2\"".into());
    if let Some(code) = get("defaultcountrycode") {
        line(format!("\n[numbers]\ncountry = {}", quoted(code)));
    }
    line("\n[calls]".into());
    if let Some(master) = get("defaultmasterphone") {
        line(format!("master-phone = {}", quoted(master)));
    }
    // What virtualphone.py did where no event was found.
    line("unknown = \"reject\"\nnot-in-group = \"master\"\nout-of-hours = \"reject\"".into());
    line(format!("\n[lists]\nspammers-url = {}", quoted(SPAMMERS)));
    if let Some(url) = get("calendarurl") {
        line("\n[calendar]\nurl-file = \"calendar-url\"".into());
        secrets.push(("calendar-url", url.to_owned()));
    }
    if let Some(owner) = get("botowner") {
        let id: i64 = owner.trim().parse().map_err(|_| {
            Failure::new(
                Failure::DATA,
                "virtualphone_botowner is no number; write /getid to the bot to see yours",
            )
        })?;
        line(format!("\n[telegram]\ntoken-file = \"telegram-token\"\nowners = [{id}]"));
        match get("bottoken") {
            Some(token) => secrets.push(("telegram-token", token.to_owned())),
            None => notes
                .push("virtualphone_bottoken is not set: put the token into the file telegram-token".into()),
        }
    }
    if let Some(password) = get("temporaryownerpassword") {
        let hash = PasswordHash::of(password).map_err(|e| Failure::new(Failure::SOFTWARE, e))?;
        let hash = quoted(hash.as_str());
        line(format!("\n[temporary-owners]\npassword-hash = {hash}\ntell-wrong-password = true"));
        notes.push(
            "the temporary owners' password is hashed now; an ownership ends after 24 hours (lasts)".into(),
        );
    }
    let known = [
        "botowner",
        "bottoken",
        "defaultcountrycode",
        "defaultmasterphone",
        "calendarurl",
        "temporaryownerpassword",
    ];
    for name in found.keys().filter(|n| !known.contains(&n.as_str())) {
        let mut note = String::new();
        let _ = write!(note, "{PREFIX}{name} is not known and left out");
        notes.push(note);
    }
    if !secrets.is_empty() {
        notes.push("copy the contacts folder of virtualphone.py as it is: each .vcf file is a group".into());
    }
    Ok((config, secrets, notes))
}

fn write(folder: &Path, config: &str, secrets: &[(&str, String)]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let new = |name: &str, mode: u32| {
        OpenOptions::new().write(true).create_new(true).mode(mode).open(folder.join(name))
    };
    new("virtualphone.toml", 0o644)?.write_all(config.as_bytes())?;
    for (name, text) in secrets {
        new(name, 0o600)?.write_all(format!("{text}\n").as_bytes())?;
    }
    Ok(())
}
