//! `virtualphone init`, `check-config`, `password`.

use std::fs;
use std::io::{self, Read as _};
use std::path::PathBuf;

use callblock::Failure;
use secret::PasswordHash;

use crate::args::Args;
use crate::config::{Config, TEMPLATE, login};
use crate::setup::{Setup, config_failure, config_file};
use callblock::config::ConfigFile as _;

/// Writes a commented configuration.
pub(crate) fn init(args: &Args, print: bool, force: bool) -> Result<(), Failure> {
    if print {
        print!("{TEMPLATE}");
        return Ok(());
    }
    let file = config_file(args);
    if file.exists() && !force {
        let text =
            format!("{}: is there already; --force replaces it, --print shows a new one", file.display());
        return Err(Failure::new(Failure::USAGE, text));
    }
    let failed =
        |e: io::Error| Failure::new(Failure::IO, format!("{}: cannot be written: {e}", file.display()));
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::write(&file, TEMPLATE).map_err(failed)?;
    println!("{} is written.", file.display());
    println!("Set your master phone and Telegram in it, then: virtualphone check-config && virtualphone run");
    Ok(())
}

/// Checks the configuration and what it names.
pub(crate) fn check(args: &Args) -> Result<(), Failure> {
    let file = config_file(args);
    Config::read(&file).map_err(config_failure)?;
    let setup = Setup::open(args)?;
    setup.gsm()?;
    if let Some(telegram) = &setup.config.telegram {
        setup.secret(&telegram.token_file)?;
    }
    for fritz_box in &setup.config.contacts.fritzbox {
        setup.secret(&fritz_box.password_file)?;
    }
    let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    setup.config.calendar_place(credentials.as_deref()).map_err(config_failure)?;
    for server in &setup.config.contacts.servers {
        login(server.user.as_deref(), server.password_file.as_deref(), credentials.as_deref())
            .map_err(config_failure)?;
    }
    if let Some(calendar) = setup.config.calendar.file.as_ref().filter(|calendar| !calendar.exists()) {
        println!("note: the calendar {} is not there; nobody is in reach by it", calendar.display());
    }
    setup.temporary_owners()?;
    for list in setup.config.lists.deny.iter().chain(&setup.config.lists.allow) {
        if !list.exists() {
            return Err(config_failure(format!(
                "{}: the list {} is not there",
                file.display(),
                list.display()
            )));
        }
    }
    println!("{}: in order", file.display());
    if setup.config.calls.master_phone.is_none() {
        println!("note: no master-phone is set; until /setmasterphone, calls ring and nobody is called");
    }
    if setup.config.telegram.is_none() {
        println!("note: without [telegram] nobody is told of calls and SMS");
    }
    Ok(())
}

/// Hashes a password from standard input.
pub(crate) fn password() -> Result<(), Failure> {
    let mut text = String::new();
    io::stdin().take(1024).read_to_string(&mut text).map_err(|e| Failure::new(Failure::IO, e))?;
    let password = text.lines().next().unwrap_or_default();
    if password.chars().count() < 8 {
        return Err(Failure::new(Failure::DATA, "a password needs at least eight characters"));
    }
    let hash = PasswordHash::of(password).map_err(|e| Failure::new(Failure::SOFTWARE, e))?;
    println!("[temporary-owners]\npassword-hash = \"{}\"", hash.as_str());
    Ok(())
}
