//! Taking things over: into the lists folder, the log, the play folder, the configuration.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use call_event::counted;
use call_log::{CallLog, Source};

use crate::config::{Config, ConfigFile as _};
use crate::{Failure, Home};

/// What is being taken over.
#[derive(Debug)]
pub(super) struct Taking<'h> {
    home: &'h Home,
    line: String,
    took: Vec<String>,
    left: Vec<String>,
    /// Sections that may stand more than once, and so can be put behind any configuration.
    lists: String,
    /// Everything else, as keys of a section.
    settings: Vec<(&'static str, String)>,
}

/// The file itself, or the files of the folder and of the folders in it, in the order of their names.
pub(super) fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?.path();
        if entry.is_file() {
            files.push(entry);
        } else if entry.is_dir() {
            let inner = fs::read_dir(&entry).into_iter().flatten().flatten().map(|e| e.path());
            files.extend(inner.filter(|file| file.is_file()));
        }
    }
    // What names other files comes first: a service file says which list is which.
    files.sort_by_key(|file| (file.extension().is_none_or(|e| e != "service"), file.clone()));
    Ok(files)
}

impl<'h> Taking<'h> {
    pub(super) fn new(home: &'h Home, line: &str) -> Self {
        Self {
            home,
            line: line.to_owned(),
            took: Vec::new(),
            left: Vec::new(),
            lists: String::new(),
            settings: Vec::new(),
        }
    }

    pub(super) fn took(&mut self, what: impl Into<String>) {
        self.took.push(what.into());
    }

    pub(super) fn left(&mut self, what: impl Into<String>) {
        self.left.push(what.into());
    }

    /// A list file, copied into the lists folder and named in the configuration.
    pub(super) fn list(&mut self, file: &Path, kind: &str, more: &str) {
        let Some(name) = file.file_name().map(|name| name.to_string_lossy().into_owned()) else {
            return;
        };
        let own = ["allow.csv", "deny.csv"].contains(&name.as_str());
        let name = if own { format!("imported-{name}") } else { name };
        let target = self.home.folder.lists().join(&name);
        if target.exists() {
            self.left(format!("{}: {} is there already", file.display(), target.display()));
            return;
        }
        match fs::copy(file, &target) {
            Ok(_) => {
                self.lists.push_str(&format!(
                    "\n[[screen.list]]\nfile = {:?}\nkind = \"{kind}\"\n{more}",
                    format!("lists/{name}")
                ));
                self.took(format!("{}: the {kind} list, as {}", file.display(), target.display()));
            }
            Err(e) => self.left(format!("{}: cannot be copied: {e}", file.display())),
        }
    }

    /// A list made of entries.
    pub(super) fn entries(&mut self, origin: &Path, name: &str, kind: &str, text: &str) {
        let draft = self.home.folder.lists().join(format!(".{name}"));
        if let Err(e) = fs::write(&draft, text) {
            self.left(format!("{}: {e}", origin.display()));
            return;
        }
        let target = draft.with_file_name(name);
        if target.exists() {
            self.left(format!("{}: {} is there already", origin.display(), target.display()));
        } else if fs::rename(&draft, &target).is_ok() {
            self.lists.push_str(&format!("\n[[screen.list]]\nfile = \"lists/{name}\"\nkind = \"{kind}\"\n"));
            self.took(format!("{}: the {kind} list, as {}", origin.display(), target.display()));
        }
        let _ = fs::remove_file(&draft);
    }

    /// A log of calls.
    pub(super) fn log(&mut self, file: &Path, source: Source) {
        let done = CallLog::open(&self.home.database())
            .and_then(|mut log| log.import(file, Some(source), &self.line, &mut |_| {}));
        match done {
            Ok(done) => {
                self.took(format!(
                    "{}: {} and {} (here already: {})",
                    file.display(),
                    counted(done.calls, "call"),
                    counted(done.messages, "message"),
                    done.known
                ));
                if done.bad_count > 0 {
                    let bad = counted(done.bad_count, "entry");
                    self.left(format!("{}: {bad} that cannot be read", file.display()));
                }
            }
            Err(e) => self.left(e.to_string()),
        }
    }

    /// A sound file for the play folder.
    pub(super) fn sound(&mut self, file: &Path) {
        let Some(name) = file.file_name() else {
            return;
        };
        let target = self.home.folder.play().join(name);
        if target.exists() {
            self.left(format!("{}: {} is there already", file.display(), target.display()));
            return;
        }
        match fs::copy(file, &target) {
            Ok(_) => self.took(format!("{}: to the play folder", file.display())),
            Err(e) => self.left(format!("{}: {e}", file.display())),
        }
    }

    /// A setting: `[section]` and `key = value`.
    pub(super) fn setting(&mut self, section: &'static str, line: impl Into<String>) {
        self.settings.push((section, line.into()));
    }

    /// Writes the configuration and says what was taken and what was not.
    pub(super) fn finish(mut self) -> Result<(), Failure> {
        self.write_configuration()?;
        for what in &self.took {
            println!("took  {what}");
        }
        for what in &self.left {
            println!("left  {what}");
        }
        if self.took.is_empty() {
            return Err(Failure::new(Failure::DATA, "there was nothing that could be taken over"));
        }
        println!("Next: callblock check-config, then callblock run.");
        Ok(())
    }

    fn write_configuration(&mut self) -> Result<(), Failure> {
        let path = self.home.config_file.clone().unwrap_or_else(|| self.home.folder.config());
        let old = fs::read_to_string(&path).unwrap_or_default();
        let mut text = old.clone();
        let mut sections: Vec<&'static str> = self.settings.iter().map(|(section, _)| *section).collect();
        sections.dedup();
        for section in sections {
            let lines: Vec<&str> =
                self.settings.iter().filter(|(s, _)| *s == section).map(|(_, line)| line.as_str()).collect();
            let block = format!("\n[{section}]\n{}\n", lines.join("\n"));
            let with = format!("{text}{block}");
            if Config::parse(&path, &with).is_ok() {
                text = with;
            } else {
                let lines = lines.join(", ");
                self.left
                    .push(format!("settings for [{section}], which {} has already: {lines}", path.display()));
            }
        }
        text.push_str(&self.lists);
        if text == old {
            return Ok(());
        }
        if let Err(e) = Config::parse(&path, &text) {
            return Err(Failure::new(Failure::CONFIG, format!("{e}; mend it and import again")));
        }
        fs::write(&path, text.trim_start())
            .map_err(|e| Failure::new(Failure::IO, format!("{}: {e}", path.display())))?;
        self.took.push(format!("the settings and lists are named in {}", path.display()));
        Ok(())
    }
}
