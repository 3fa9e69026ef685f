//! `virtualphone contacts` and `calendar`: what the phone would know and do, without a stick.

use std::io::{self, Write as _};
use std::time::Duration;

use address_book::Contact;
use call_bridge::Plan;
use call_bridge::phone::{Contacts, Lists as _};
use call_bridge::policy::Policy;
use callblock::Failure;
use chrono::{DateTime, NaiveDateTime, TimeZone as _, Utc};
use phone_number::Caller;
use serde_json::json;

use crate::lists::FileLists;
use crate::setup::{Setup, config_failure};
use crate::spammers::Spammers;

/// How long a server may take for a command at the terminal.
const SERVER_WAIT: Duration = Duration::from_secs(35);

fn read_contacts(setup: &Setup) -> Result<Contacts, Failure> {
    setup.make_folder()?;
    let mut contacts = setup.contacts()?;
    contacts.wait_for_servers(SERVER_WAIT);
    let problems = contacts.refresh().map_err(|e| Failure::new(Failure::NO_INPUT, e))?;
    for problem in problems.unwrap_or_default() {
        eprintln!("{problem}");
    }
    for shared in contacts.book().shared_numbers() {
        eprintln!(
            "{} stands in the groups {} and {}; {} decides",
            shared.number, shared.owner, shared.other, shared.owner
        );
    }
    Ok(contacts)
}

/// Lists contacts.
pub(crate) fn contacts(setup: &Setup, part: Option<&str>, as_json: bool) -> Result<(), Failure> {
    let contacts = read_contacts(setup)?;
    let line = |contact: &Contact| {
        let numbers: Vec<&str> = contact.card.numbers.iter().map(|n| n.number.as_str()).collect();
        if as_json {
            json!({"name": contact.card.name, "group": &*contact.group, "numbers": numbers}).to_string()
        } else {
            format!("{:<30} {:<16} {}", contact.card.name, contact.group, numbers.join(", "))
        }
    };
    let book = contacts.book();
    let lines: Vec<String> = match part {
        Some(part) => book.search(part).map(line).collect(),
        None => book.contacts().iter().map(line).collect(),
    };
    if lines.is_empty() {
        match part {
            Some(part) => eprintln!("no contact has \"{part}\" in its name"),
            None => eprintln!(
                "there are no contacts; put .vcf files into {}, or name a server under [contacts]",
                setup.contacts_folder().display()
            ),
        }
        return Ok(());
    }
    // Whoever reads may have seen enough, as `head` has.
    match writeln!(io::stdout(), "{}", lines.join("\n")) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(Failure::IO, error)),
        _ => Ok(()),
    }
}

/// Says who takes a call.
pub(crate) fn calendar(setup: &Setup, number: &str, at: Option<&str>, as_json: bool) -> Result<(), Failure> {
    let at = match at {
        None => Utc::now(),
        Some(text) => moment(setup, text)?,
    };
    let contacts = read_contacts(setup)?;
    let calendar = setup.calendar()?;
    let mut problems = Vec::new();
    let snapshot = calendar.as_ref().map(|watched| {
        // The first change is the first answer; without one the cached copy is asked.
        let _ = watched.changes().recv_timeout(SERVER_WAIT);
        watched.current()
    });
    problems.extend(snapshot.iter().flat_map(|s| s.problems.iter()).map(ToString::to_string));
    let caller = match number {
        "withheld" | "unavailable" => Caller::from_line(number.as_bytes()),
        number => Caller::from_line(super::ask::number(number)?.as_bytes()),
    };
    let lists = FileLists::open(
        &setup.config.lists,
        &setup.folder,
        &setup.numbering,
        Spammers::start(&setup.config.lists, &setup.folder)?,
    );
    let unwanted = caller.number().and_then(|n| lists.unwanted(n));
    let none = address_book::calendar::Calendar::default();
    let defaults = setup.config.defaults().map_err(config_failure)?;
    let state = call_bridge::remote::StateFile::new(&setup.folder).read().unwrap_or_default();
    let master = state.master_phone.or_else(|| setup.config.calls.master_phone.clone());
    let policy = Policy {
        contacts: contacts.book(),
        calendar: snapshot.as_ref().map_or(&none, |s| &s.value),
        numbering: &setup.numbering,
        master: master.as_deref(),
        defaults: &defaults,
        reject_after: setup.config.calls.reject_after.0,
    };
    let decision = policy.decide(at, Some(&caller), unwanted.as_deref());
    problems.extend(decision.warnings.iter().map(ToString::to_string));
    if !as_json {
        problems.iter().for_each(|problem| eprintln!("{problem}"));
    }
    let (word, to) = match &decision.plan {
        Plan::Forward { to, .. } => ("forward", to.first().map(ToString::to_string)),
        Plan::Reject { .. } => ("reject", None),
        Plan::Ring { .. } => ("ring", None),
    };
    let contact = decision.contact;
    if as_json {
        let answer = json!({
            "caller": caller.to_string(),
            "at": at.to_rfc3339(),
            "contact": contact.map(|c| &*c.card.name),
            "group": contact.map(|c| &*c.group),
            "action": word,
            "to": to,
            "reason": decision.plan.why(),
            "problems": problems,
        });
        println!("{answer}");
    } else {
        let who = contact.map_or_else(
            || caller.to_string(),
            |c| format!("{} ({}, group {})", caller, c.card.name, c.group),
        );
        let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
        println!("{who}: {word}{to}\nbecause: {}", decision.plan.why());
    }
    Ok(())
}

fn moment(setup: &Setup, text: &str) -> Result<DateTime<Utc>, Failure> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.with_timezone(&Utc));
    }
    let wall = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let zone = setup.config.zone().map_err(config_failure)?;
    wall.and_then(|wall| zone.from_local_datetime(&wall).earliest())
        .map(|at| at.with_timezone(&Utc))
        .ok_or_else(|| {
            let text = format!("\"{text}\" is no time of this zone; write it such as \"2026-12-24 18:30\"");
            Failure::new(Failure::USAGE, text)
        })
}
