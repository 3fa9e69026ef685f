//! The lists that speak against a number.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use call_bridge::phone::Lists;
use call_screen::list::{Note, add_entry};
use call_screen::{ListFormat, ListKind, ListSet, ListSettings, Loaded};
use phone_number::{Numbering, ShownNumber};

use crate::config::ListsSection;
use crate::spammers::Spammers;

/// Allow and deny lists as files, the own ones of the phone among them.
#[derive(Debug)]
pub(crate) struct FileLists {
    lists: ListSet,
    spammers: Option<Spammers>,
    numbering: Numbering,
    own: [PathBuf; 2],
}

impl FileLists {
    /// The lists of the configuration, and the phone's own in its folder.
    pub(crate) fn open(
        section: &ListsSection,
        folder: &Path,
        numbering: &Numbering,
        spammers: Option<Spammers>,
    ) -> Self {
        let own = [folder.join("allow.csv"), folder.join("deny.csv")];
        let given = |kind, files: &[PathBuf]| {
            files.iter().map(move |f| ListSettings::new(kind, f.clone())).collect::<Vec<_>>()
        };
        let mut settings = given(ListKind::Allow, &section.allow);
        settings.extend(given(ListKind::Deny, &section.deny));
        for (kind, file) in [(ListKind::Allow, &own[0]), (ListKind::Deny, &own[1])] {
            if !settings.iter().any(|s| s.file == *file) && file.exists() {
                settings.push(ListSettings::new(kind, file.clone()));
            }
        }
        let (lists, report) = ListSet::open(&settings, folder, numbering);
        tell(&report);
        Self { lists, spammers, numbering: numbering.clone(), own }
    }

    fn on(&self, kind: ListKind, number: &ShownNumber) -> Option<String> {
        let hit =
            |list: &call_screen::List| list.find(number.as_str(), "", &self.numbering, SystemTime::now());
        self.lists.lists().iter().filter(|l| l.settings().kind == kind).find_map(|used| {
            let list = used.list()?;
            let hit = hit(list)?;
            let name =
                if hit.note.name.is_empty() { String::new() } else { format!(" as \"{}\"", hit.note.name) };
            Some(format!("on {}:{}{name}", list.name(), hit.line))
        })
    }
}

fn tell(report: &[Loaded]) {
    for loaded in report {
        match loaded {
            Loaded::Read { name, entries, problems } => {
                log::info!("{name}: {entries} entries, {problems} lines that cannot be read");
            }
            Loaded::Failed { name, reason } => log::warn!("{name}: {reason}"),
            _ => {}
        }
    }
}

impl Lists for FileLists {
    fn unwanted(&self, number: &ShownNumber) -> Option<String> {
        if self.on(ListKind::Allow, number).is_some() {
            return None;
        }
        self.on(ListKind::Deny, number)
            .or_else(|| self.spammers.as_ref().and_then(|s| s.find(number, &self.numbering)))
    }

    fn add(&mut self, number: &str, deny: bool, by: &str) -> Result<String, String> {
        let number = ShownNumber::new(number).ok_or("this is no telephone number")?;
        let placed = self.numbering.resolve(&number);
        let file = &self.own[usize::from(deny)];
        let note = Note { by: Some(by.into()), added: Some(now()), ..Note::default() };
        add_entry(file, ListFormat::Csv, placed.as_str(), &note, &self.numbering)
            .map_err(|e| e.to_string())?;
        let missing = !self.lists.files().contains(file);
        if missing {
            let kind = if deny { ListKind::Deny } else { ListKind::Allow };
            let mut settings: Vec<ListSettings> =
                self.lists.lists().iter().map(|l| l.settings().clone()).collect();
            settings.push(ListSettings::new(kind, file.clone()));
            let (lists, report) = ListSet::open(&settings, self.lists.folder(), &self.numbering);
            tell(&report);
            self.lists = lists;
        } else {
            self.refresh();
        }
        let word = if deny { "blocked" } else { "always accepted" };
        Ok(format!("{} is {word} from now on", placed.as_str()))
    }

    fn refresh(&mut self) {
        let (lists, report) = self.lists.reload(&self.numbering);
        tell(&report);
        self.lists = lists;
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or_default()
}
