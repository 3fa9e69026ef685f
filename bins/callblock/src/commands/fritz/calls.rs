//! Calls, dialling and messages on the command line.

use std::path::Path;

use fritz_box::{BookUse, CallKind, FritzBox, ListedCall, Message};
use phone_number::{Areas, NumberKind, Numbering};
use serde_json::json;

use super::Desk;
use super::ratings::Ratings;
use super::table::{plain, print, print_json};
use crate::Failure;

impl Desk {
    /// The last calls: names out of all books, areas out of the numbering plan, ratings and further names from those
    /// who are asked, if anybody is.
    pub(super) fn calls(&self, last: u32, rejected: bool, ratings: Option<Ratings>) -> Result<(), Failure> {
        let numbering = self.ask(FritzBox::locate)?;
        let names = fritz_box::BookCache::new(numbering.clone());
        let mut books = Vec::new();
        for at in self.ask(FritzBox::books)? {
            let book = self.ask(|f| f.book(&at))?;
            books.push((BookUse::Allow, (&*at.name).into(), book.entries()));
        }
        names.replace(books);
        let mut calls = self.ask(|f| f.calls(last))?;
        calls.retain(|c| !rejected || c.kind == CallKind::Rejected);
        let in_book = |call: &ListedCall| {
            let name = call.name.as_deref().map(str::to_owned);
            name.or_else(|| names.find(call.remote.as_deref()?).map(|hit| hit.contact.to_string()))
        };
        // Nobody is asked about those who stand in a book.
        let rated = ratings.as_ref().map(|ratings| {
            let strangers = calls.iter().filter(|call| in_book(call).is_none());
            ratings.ask(strangers.filter_map(|call| call.remote.as_deref()), &numbering)
        });
        let calls = calls.iter().map(|call| {
            let remote = call.remote.as_deref();
            let name = in_book(call).or_else(|| rated.as_ref()?.name(remote?));
            (call, name, remote.and_then(|n| area(&numbering, n)))
        });
        if self.json {
            let list: Vec<_> = calls
                .map(|(c, name, area)| {
                    let mut value = json!({
                        "id": c.id, "kind": c.kind.word(), "at": c.at.map(|a| a.to_string()), "number": c.remote,
                        "name": name, "area": area, "own": c.own, "telephone": c.device, "minutes": c.minutes,
                        "message": c.is_message(),
                    });
                    if let Some(rated) = &rated {
                        value["ratings"] = rated.json(c.remote.as_deref());
                    }
                    value
                })
                .collect();
            return print_json(&json!(list));
        }
        let rows: Vec<_> = calls
            .map(|(c, name, area)| {
                let at = c.at.map(|a| a.to_string()).unwrap_or_default();
                let at = at.get(..14).unwrap_or(&at).to_owned();
                let mut row = vec![
                    at,
                    c.kind.word().to_owned(),
                    plain(c.remote.as_deref().unwrap_or("withheld")),
                    plain(&name.unwrap_or_default()),
                    area.unwrap_or_default(),
                    plain(c.device.as_deref().unwrap_or_default()),
                    if c.minutes == 0 { String::new() } else { format!("{} min", c.minutes) },
                ];
                if let Some(rated) = &rated {
                    row.push(c.remote.as_deref().and_then(|n| rated.shown(n)).unwrap_or_default());
                }
                row
            })
            .collect();
        let headings = ["DATE", "CALL", "NUMBER", "NAME", "AREA", "TELEPHONE", "LENGTH", "RATING"];
        print(&headings[..if rated.is_some() { 8 } else { 7 }], &rows);
        Ok(())
    }

    pub(super) fn dial(
        &self,
        number: Option<&str>,
        from: Option<&str>,
        hang_up: bool,
    ) -> Result<(), Failure> {
        if let Some(telephone) = from {
            self.ask(|f| f.set_dialling_telephone(telephone))?;
        }
        if hang_up {
            return self.ask(FritzBox::hang_up);
        }
        let Some(number) = number else {
            let chosen = self.ask(FritzBox::dialling_telephone)?;
            let all = self.ask(FritzBox::telephones)?;
            if self.json {
                return print_json(&json!({"chosen": chosen, "telephones": all}));
            }
            for telephone in all {
                println!("{}{}", plain(&telephone), if telephone == chosen { " (chosen)" } else { "" });
            }
            return Ok(());
        };
        self.ask(|f| f.dial(number))?;
        println!("pick up the telephone when it rings: {} is called then", plain(number));
        Ok(())
    }

    pub(super) fn messages(
        &self,
        machine: u16,
        fetch: Option<&Path>,
        heard: Option<u32>,
        delete: Option<u32>,
    ) -> Result<(), Failure> {
        let messages = self.ask(|f| f.messages(machine))?;
        let by_index = |index: u32| {
            let found = messages.iter().find(|m| m.index == index);
            found.ok_or_else(|| Failure::new(Failure::DATA, format!("there is no message {index}")))
        };
        if let Some(index) = heard {
            let message = by_index(index)?;
            return self.ask(|f| f.mark_message(message, true));
        }
        if let Some(index) = delete {
            let message = by_index(index)?;
            return self.ask(|f| f.delete_message(message));
        }
        if let Some(folder) = fetch {
            return self.fetch(&messages, folder);
        }
        if self.json {
            let list: Vec<_> = messages
                .iter()
                .map(|m| {
                    json!({
                        "index": m.index, "at": m.at.map(|a| a.to_string()), "number": m.caller, "name": m.name,
                        "called": m.called, "new": m.new, "minutes": m.minutes,
                    })
                })
                .collect();
            return print_json(&json!(list));
        }
        let rows: Vec<_> = messages
            .iter()
            .map(|m| {
                vec![
                    m.index.to_string(),
                    m.at.map(|a| a.to_string()).unwrap_or_default(),
                    plain(m.caller.as_deref().unwrap_or("withheld")),
                    plain(m.name.as_deref().unwrap_or_default()),
                    if m.new { "new".into() } else { String::new() },
                ]
            })
            .collect();
        print(&["INDEX", "DATE", "NUMBER", "NAME", "NEW"], &rows);
        Ok(())
    }

    /// The files are named by machine and index alone: nothing that the box says becomes part of a path.
    fn fetch(&self, messages: &[Message], folder: &Path) -> Result<(), Failure> {
        std::fs::create_dir_all(folder).map_err(|e| Failure::new(Failure::IO, e))?;
        for message in messages {
            let sound = self.ask(|f| f.message_sound(message))?;
            let path = folder.join(format!("message-{}-{}.wav", message.machine, message.index));
            std::fs::write(&path, sound)
                .map_err(|e| Failure::new(Failure::IO, format!("{}: {e}", path.display())))?;
            println!("{}", path.display());
        }
        Ok(())
    }
}

/// The area of a German number, or the country of a foreign one.
fn area(numbering: &Numbering, number: &str) -> Option<String> {
    let number = numbering.read(number)?;
    let country = number.country()?;
    if number.kind() == NumberKind::Foreign || country.iso() != "DE" {
        return Some(country.iso().to_owned());
    }
    Areas::german().find(number.national()).map(|(_, name)| name.to_owned())
}
