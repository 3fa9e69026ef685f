//! The command line. Each command's own options stand beside the command, in `commands/`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands;

/// Guards your telephone lines: sees who calls, decides before the second ring, acts, and remembers.
#[derive(Debug, Parser)]
#[command(name = "callblock", version, propagate_version = true)]
pub struct Args {
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Args {
    /// Reads the command line. Options without a command are those of `run`, as pycallblock had no commands.
    pub fn from_words(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut words: Vec<OsString> = words.into_iter().collect();
        let mut first = 1;
        while let Some(word) = words.get(first).map(|word| word.to_string_lossy()) {
            match &*word {
                "--config" | "--dir" => first += 2,
                word if word.starts_with("--config=") || word.starts_with("--dir=") => first += 1,
                _ => break,
            }
        }
        let lone = |word: &OsString| {
            let word = word.to_string_lossy();
            word.starts_with('-') && !["-h", "--help", "-V", "--version"].contains(&&*word)
        };
        // pycallblock guards when nothing else is said, and so does this.
        if first <= words.len() && words.get(first).is_none_or(lone) {
            words.insert(first, "run".into());
        }
        if words.get(first).is_some_and(|word| word == "run")
            && let Ok(Guarding { global, command: OnlyRun::Run(options) }) = Guarding::try_parse_from(&words)
        {
            return Ok(Self { global, command: Command::Run(options) });
        }
        Self::try_parse_from(words)
    }
}

/// The one command that stays: it is read without the tree of all others, which would take half a megabyte for as
/// long as the guard runs. Help and mistakes are left to the whole tree.
#[derive(Debug, Parser)]
#[command(name = "callblock", version)]
struct Guarding {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: OnlyRun,
}

#[derive(Debug, Subcommand)]
enum OnlyRun {
    Run(commands::run::Options),
}

/// Options that every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Global {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder with the log, the lists, the sounds and the recordings.
    #[arg(long, global = true, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// What to do, in the order in which a newcomer needs it.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ten calls on a simulated line, guarded by the real guard: no hardware, no network, no set-up.
    Demo(commands::demo::Options),
    /// Make the folder and write a commented configuration.
    Init(commands::init::Options),
    /// Check configuration files.
    CheckConfig(commands::check_config::Options),
    /// Guard the lines until stopped. Takes every option of pycallblock; the word `run` may be left out.
    Run(commands::run::Options),
    /// Guard from every start of the computer on.
    Service(commands::service::Options),
    /// Ask the running guard how things stand.
    Status(commands::status::Options),
    /// Tell the running guard to do something.
    Tell(commands::status::TellOptions),
    /// Say what would become of a call, and why.
    Check(commands::check::Options),
    /// Add, remove and find entries of lists; bring lists in, write them out, check and compile them.
    List(commands::list::Options),
    /// Show, export, import and tidy up the calls that were logged.
    Log(Box<commands::log::Options>),
    /// List, play and delete voice mail and other messages.
    Messages(commands::messages::Options),
    /// Count calls by day, hour, weekday, reason, area and caller.
    Stats(commands::stats::Options),
    /// Run the logged calls through today's lists and rules and show what would change.
    Replay(commands::replay::Options),
    /// Say what numbers mean here; bring the table of area codes up to date.
    Numbers(commands::numbers::Options),
    /// What others know of numbers: try the sources that are set up.
    Lookup(commands::lookup::Options),
    /// List modems, find out what one can do, or talk to it.
    Modem(commands::modem::Options),
    /// Ask a FRITZ!Box: phone books, barring, calls, dialling, handsets, messages.
    Fritz(commands::fritz::Options),
    /// Make, check and listen to sounds: greetings, recordings, tones.
    Sound(commands::sound::Options),
    /// Try out how people are told of calls.
    Notify(commands::notify::Options),
    /// Show the log, the lists and the running guard as a web page; `callblock run --web` serves it too.
    #[cfg(feature = "web")]
    Web(commands::web::Options),
    /// Take over lists, settings, log and sounds of another program.
    Import(commands::import::Options),
    /// Simulate a device, for trying things out and for testing other programs.
    Simulate(commands::simulate::Options),
    /// Print the completions for a shell.
    Completions(commands::completions::Options),
    /// Print the manual page.
    Man,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_without_its_value_is_a_mistake_and_no_panic() {
        for words in [&["--dir"][..], &["--config"], &["--dir", "house", "--config"], &["--device"], &["-b"]]
        {
            let all = ["callblock"].iter().chain(words).map(OsString::from);
            assert!(Args::from_words(all).is_err(), "{words:?}");
        }
    }

    #[test]
    fn the_word_run_may_be_left_out_behind_folder_and_configuration_in_either_form() {
        let rows: [&[&str]; 7] = [
            &["-b", "black.csv"],
            &["--dir", "house", "-b", "black.csv"],
            &["--dir=house", "-b", "black.csv"],
            &["--config", "a.toml", "-b", "black.csv"],
            &["--config=a.toml", "-b", "black.csv"],
            &["--config=a.toml", "--dir=house", "-b", "black.csv"],
            &["--config=a.toml", "--dir", "house", "run", "-b", "black.csv"],
        ];
        for words in rows {
            let all = ["callblock"].iter().chain(words).map(OsString::from);
            let args = Args::from_words(all).unwrap_or_else(|e| panic!("{words:?}: {e}"));
            let Command::Run(options) = args.command else { panic!("{words:?}: {:?}", args.command) };
            assert!(format!("{options:?}").contains("black.csv"), "{words:?}: {options:?}");
            let named = |part: &str| words.iter().any(|word| word.contains(part));
            assert_eq!(args.global.dir.is_some(), named("--dir"), "{words:?}");
            assert_eq!(args.global.config.is_some(), named("--config"), "{words:?}");
        }
        for words in
            [&["--dir=house", "status"][..], &["--config=a.toml", "log"], &["--help"], &["--version"]]
        {
            let all = ["callblock"].iter().chain(words).map(OsString::from);
            assert!(!matches!(Args::from_words(all), Ok(Args { command: Command::Run(_), .. })), "{words:?}");
        }
    }
}
