//! `callblock list`: entries added, removed, found; lists brought in, written out, checked and compiled.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use call_event::counted;
use call_screen::list::{
    Edited, Imported, Note, Problem, add_entry, compile, each_entry, export, import, remove_entries,
};
use call_screen::{List, ListFormat, ListKind, ListSettings, MatchField, read_span};
use phone_number::Numbering;
use serde_json::json;

use super::progress::Progress;
use crate::{Failure, Global, Home, screening, sites};

/// Options of `callblock list`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

/// Which list is meant.
#[derive(Debug, Clone, clap::Args)]
struct Target {
    /// `deny` or `allow`, the guard's own lists; or another one: its name in the configuration, or its file.
    #[arg(value_name = "LIST", default_value = "deny", conflicts_with_all = ["allow", "list"])]
    which: PathBuf,
    /// The same as `allow` for the list.
    #[arg(short, long)]
    allow: bool,
    /// The same as the list by its name or file, also where one is called `allow` or `deny`.
    #[arg(short, long, value_name = "LIST", conflicts_with = "allow")]
    list: Option<PathBuf>,
}

impl Target {
    /// Whether it is the guard's own allow list.
    fn allows(&self) -> bool {
        self.list.is_none() && (self.allow || self.which == Path::new("allow"))
    }

    /// A list that is not the guard's own.
    fn other(&self) -> Option<&PathBuf> {
        let own = self.allow || ["allow", "deny"].iter().any(|own| self.which == Path::new(own));
        self.list.as_ref().or_else(|| (!own).then_some(&self.which))
    }
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Command {
    /// Add a number, a beginning (0900*), a range, an expression (/…/), a name (name:…) or a country (country:…).
    Add {
        /// The entry.
        entry: String,
        /// A name or remark.
        #[arg(short, long, default_value = "")]
        name: String,
        /// How long it holds, such as 30d; for ever if absent.
        #[arg(short, long, value_name = "SPAN")]
        expires: Option<String>,
        /// Who enters it.
        #[arg(long, default_value = "command line")]
        by: String,
        #[command(flatten)]
        target: Target,
    },
    /// Remove an entry.
    Remove {
        /// The entry, in any spelling.
        entry: String,
        #[command(flatten)]
        target: Target,
    },
    /// Say on which lists a number or name stands.
    Find {
        /// A number in any spelling, or a part of a name.
        text: String,
        /// Print JSON, one line for each entry.
        #[arg(long)]
        json: bool,
    },
    /// Bring the entries of a file in any known format into a list.
    Import {
        /// The file.
        file: PathBuf,
        /// Its format, if it is not plain from the file.
        #[arg(long, value_enum)]
        format: Option<Format>,
        #[command(flatten)]
        target: Target,
    },
    /// Write a list to standard output or a file, in any format.
    Export {
        /// The format.
        #[arg(long, value_enum, default_value = "csv")]
        format: Format,
        /// The file; standard output if absent.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        target: Target,
    },
    /// Name every line of lists that cannot be read.
    Check {
        /// The files; without any, all lists of the configuration.
        files: Vec<PathBuf>,
        /// Their format, if it is not plain from the file.
        #[arg(long, value_enum)]
        format: Option<Format>,
        /// Print JSON, one line for each problem.
        #[arg(long)]
        json: bool,
    },
    /// Make a list of millions into a file that is searched without being read.
    Compile {
        /// The list.
        from: PathBuf,
        /// The compiled list.
        to: PathBuf,
    },
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Csv,
    Jcblock,
    Callattendant,
    Ncid,
    Plain,
    Vcard,
    Json,
}

impl From<Format> for ListFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Csv => Self::Csv,
            Format::Jcblock => Self::Jcblock,
            Format::Callattendant => Self::Callattendant,
            Format::Ncid => Self::Ncid,
            Format::Plain => Self::Plain,
            Format::Vcard => Self::Vcard,
            Format::Json => Self::Json,
        }
    }
}

fn screen_failure(error: call_screen::Error) -> Failure {
    let code = match &error {
        call_screen::Error::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            Failure::NO_INPUT
        }
        call_screen::Error::Read { source, .. } | call_screen::Error::Write { source, .. }
            if source.kind() == std::io::ErrorKind::PermissionDenied =>
        {
            Failure::NO_PERMISSION
        }
        call_screen::Error::Read { .. } | call_screen::Error::Write { .. } => Failure::IO,
        _ => Failure::DATA,
    };
    Failure::new(code, error)
}

struct Lists {
    home: Home,
    numbering: Numbering,
}

impl Lists {
    /// The file of the list that is meant, and how it is written.
    fn target(&self, target: &Target) -> (PathBuf, ListFormat) {
        let Some(list) = target.other() else {
            let folder = &self.home.folder;
            let file = if target.allows() { folder.allow_list() } else { folder.deny_list() };
            return (file, ListFormat::Auto);
        };
        let configured = self.home.config.screen.lists.iter().find(|settings| {
            settings.name.as_deref().is_some_and(|name| Path::new(name) == list) || settings.file == *list
        });
        match configured {
            Some(settings) => (settings.file.clone(), settings.format),
            None => (list.clone(), ListFormat::Auto),
        }
    }

    /// All lists of the configuration and the guard's own.
    fn all(&self) -> Vec<ListSettings> {
        screening::settings(&self.home.config, &self.home.folder).lists
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Does what was asked for.
pub(crate) fn run(global: &Global, options: Options) -> Result<(), Failure> {
    let home = Home::open(global)?;
    let numbering = screening::numbering(&home.config, home.folder.path())
        .map_err(|e| Failure::new(Failure::CONFIG, e))?;
    let lists = Lists { home, numbering };
    match options.command {
        Command::Add { entry, name, expires, by, target } => {
            let span =
                expires.as_deref().map(read_span).transpose().map_err(|e| Failure::new(Failure::USAGE, e))?;
            let expires = span.map(|span| now() + i64::try_from(span.as_secs()).unwrap_or(0));
            let note = Note { by: Some(by.into()), added: Some(now()), expires, ..Note::named(&name) };
            add(&lists, &entry, &note, &target)
        }
        Command::Remove { entry, target } => remove(&lists, &entry, &target),
        Command::Find { text, json } => find(&lists, &text, json),
        Command::Import { file, format, target } => bring_in(&lists, &file, format, &target),
        Command::Export { format, output, target } => {
            write_out(&lists, format.into(), output.as_deref(), &target)
        }
        Command::Check { files, format, json } => check(&lists, &files, format, json),
        Command::Compile { from, to } => {
            let mut progress = Progress::new("lines");
            let compiled = compile(&from, ListFormat::Auto, &to, &lists.numbering, &mut |line| {
                progress.tell(line as usize);
            })
            .map_err(screen_failure)?;
            drop(progress);
            tell_problems(&compiled.problems, &from);
            println!(
                "{}: {} and {}",
                to.display(),
                counted(compiled.numbers, "number"),
                counted(compiled.patterns, "pattern")
            );
            if compiled.left_out > 0 {
                println!(
                    "left out: {} with a last day; keep such in a list of their own",
                    counted(compiled.left_out, "entry")
                );
            }
            Ok(())
        }
    }
}

fn add(lists: &Lists, entry: &str, note: &Note, target: &Target) -> Result<(), Failure> {
    let (file, format) = lists.target(target);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|e| Failure::new(Failure::IO, format!("{}: {e}", folder.display())))?;
    }
    match add_entry(&file, format, entry, note, &lists.numbering).map_err(screen_failure)? {
        Edited::Added(line) => {
            println!("{}:{line}: {entry} added", file.display());
            let expires = note.expires.and_then(|at| u64::try_from(at).ok());
            tell_sites(
                lists,
                target,
                &sites::Changed {
                    allow: target.allows(),
                    added: true,
                    entry,
                    name: &note.name,
                    by: note.by.as_deref().unwrap_or("command line"),
                    expires: expires.map(|at| SystemTime::UNIX_EPOCH + Duration::from_secs(at)),
                },
            );
        }
        Edited::AlreadyThere(line) => println!("{}:{line}: {entry} stands there already", file.display()),
    }
    Ok(())
}

fn remove(lists: &Lists, entry: &str, target: &Target) -> Result<(), Failure> {
    let (file, format) = lists.target(target);
    let removed = remove_entries(&file, format, &lists.numbering, entry).map_err(screen_failure)?;
    if removed == 0 {
        let text =
            format!("{entry} does not stand in {}; `callblock list find` says where it does", file.display());
        return Err(Failure::new(Failure::DATA, text));
    }
    println!("{}: {} removed", file.display(), counted(removed, "entry"));
    let by = "command line";
    let gone = sites::Changed { allow: target.allows(), added: false, entry, name: "", by, expires: None };
    tell_sites(lists, target, &gone);
    Ok(())
}

/// Only the guard's own lists are shared. The change is done here in any case.
fn tell_sites(lists: &Lists, target: &Target, changed: &sites::Changed<'_>) {
    if target.other().is_none()
        && let Err(reason) = sites::tell(&lists.home, &lists.numbering, changed)
    {
        eprintln!("callblock: {reason}");
    }
}

fn find(lists: &Lists, text: &str, as_json: bool) -> Result<(), Failure> {
    let mut found = 0;
    for settings in lists.all() {
        let list = match List::open(&settings, lists.home.folder.path(), &lists.numbering) {
            Ok(list) => list,
            Err(e) => {
                eprintln!("callblock: {e}");
                continue;
            }
        };
        let mut hits = Vec::new();
        if let Some(hit) = list.find(text, text, &lists.numbering, SystemTime::now()) {
            hits.push((hit.line, String::new(), hit.note));
        }
        if let Ok(bytes) = std::fs::read(&settings.file)
            && list.format() != ListFormat::Compiled
        {
            let wanted = text.to_lowercase();
            each_entry(&bytes, list.format(), &lists.numbering, &mut |line, entry, note| {
                let here = entry.contains(text) || note.name.to_lowercase().contains(&wanted);
                match hits.iter_mut().find(|hit| hit.0 == line) {
                    Some(hit) => hit.1 = entry.to_owned(),
                    None if here => hits.push((line, entry.to_owned(), note)),
                    None => {}
                }
            });
        }
        let kind = if settings.kind == ListKind::Allow { "allow" } else { "deny" };
        for (line, entry, note) in hits {
            found += 1;
            if as_json {
                let value = json!({
                    "list": list.name(), "kind": kind, "line": line, "entry": entry, "name": &*note.name,
                    "by": note.by.as_deref(), "added": note.added, "expires": note.expires,
                });
                println!("{value}");
            } else {
                println!("{}:{line}\t{kind}\t{entry}\t{}", list.name(), note.name);
            }
        }
    }
    if found == 0 {
        return Err(Failure::new(Failure::DATA, format!("{text:?} stands on no list")));
    }
    Ok(())
}

fn bring_in(lists: &Lists, from: &Path, format: Option<Format>, target: &Target) -> Result<(), Failure> {
    let (file, target_format) = lists.target(target);
    let mut progress = Progress::new("entries");
    let report = import(
        &file,
        target_format,
        from,
        format.map_or(ListFormat::Auto, Into::into),
        &lists.numbering,
        &mut |entries| progress.tell(entries),
    )
    .map_err(screen_failure)?;
    drop(progress);
    let Imported { added, already, problems } = report;
    tell_problems(&problems, from);
    println!(
        "{}: {} added, {already} stood there already, {} not readable",
        file.display(),
        counted(added, "entry"),
        problems.len()
    );
    Ok(())
}

/// The first lines that could not be read, and how to see them all.
fn tell_problems(problems: &[Problem], from: &Path) {
    const SHOWN: usize = 20;
    for problem in problems.iter().take(SHOWN) {
        eprintln!("{problem}");
    }
    if problems.len() > SHOWN {
        let more = problems.len() - SHOWN;
        eprintln!("and {more} more; `callblock list check {}` names them all", from.display());
    }
}

fn write_out(lists: &Lists, to: ListFormat, output: Option<&Path>, target: &Target) -> Result<(), Failure> {
    let (file, format) = lists.target(target);
    let bytes = std::fs::read(&file)
        .map_err(|e| Failure::new(Failure::NO_INPUT, format!("{}: {e}", file.display())))?;
    let format = call_screen::list::format_of(&file, format, &bytes);
    let text = export(&bytes, format, to, &lists.numbering).map_err(screen_failure)?;
    match output {
        Some(output) => call_screen::list::write_atomically(output, text.as_bytes()).map_err(screen_failure),
        None => std::io::stdout().write_all(text.as_bytes()).map_err(|e| Failure::new(Failure::IO, e)),
    }
}

fn check(lists: &Lists, files: &[PathBuf], format: Option<Format>, as_json: bool) -> Result<(), Failure> {
    let settings = if files.is_empty() {
        lists.all()
    } else {
        let format = format.map_or(ListFormat::Auto, Into::into);
        let given = |file: &PathBuf| ListSettings {
            format,
            field: MatchField::Any,
            name: Some(file.display().to_string()),
            ..ListSettings::new(ListKind::Deny, std::path::absolute(file).unwrap_or_else(|_| file.clone()))
        };
        files.iter().map(given).collect()
    };
    if settings.is_empty() && !as_json {
        println!("There are no lists yet; `callblock list add` begins one");
    }
    let mut problems = 0;
    for settings in settings {
        let list =
            List::open(&settings, lists.home.folder.path(), &lists.numbering).map_err(screen_failure)?;
        for problem in list.problems() {
            if as_json {
                println!(
                    "{}",
                    json!({ "file": &*problem.file, "line": problem.line, "reason": &*problem.reason })
                );
            } else {
                println!("{problem}");
            }
        }
        problems += list.problem_count();
        if !as_json {
            println!(
                "{}: {}, {} of them repeated, {} not readable",
                list.name(),
                counted(list.len(), "entry"),
                list.repeated(),
                counted(list.problem_count(), "line")
            );
        }
    }
    match problems {
        0 => Ok(()),
        _ => {
            let text = format!("{} cannot be read; the others are used", counted(problems, "line"));
            Err(Failure::new(Failure::DATA, text))
        }
    }
}
