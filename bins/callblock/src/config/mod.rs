//! The configuration file: every key, read once, checked whole.
//!
//! Keys have defaults; what is not known is a mistake. The command line wins over the file.

mod actions;
mod error;
mod file;
mod lines;
mod span;

use std::path::{Path, PathBuf};

use call_event::Action;
use call_screen::ScreenSettings;
use serde::Deserialize;

pub use actions::{ActionsSection, ChallengeSection, KeepBusySection, StarKeySection, VoiceMailSection};
pub use error::ConfigError;
pub use file::ConfigFile;
pub use lines::{FirstRing, LineSection};
pub use span::Span;

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// The guard itself.
    pub guard: GuardSection,
    /// The lines with voice modems.
    #[serde(rename = "line")]
    pub lines: Vec<LineSection>,
    /// A line with a FRITZ!Box.
    pub fritzbox: Option<fritz_box::FritzBoxSettings>,
    /// Who is asked about unknown callers; nobody if absent.
    pub lookup: number_lookup::LookupSettings,
    /// The numbering plan at home.
    pub numbers: NumbersSection,
    /// Who may ring.
    pub screen: ScreenSettings,
    /// How actions are done.
    pub actions: ActionsSection,
    /// Voice mail.
    pub voice_mail: VoiceMailSection,
    /// "Press 1".
    pub challenge: ChallengeSection,
    /// Keeping callers busy.
    pub keep_busy: KeepBusySection,
    /// The star key.
    pub star_key: Option<StarKeySection>,
    /// What is written where.
    pub log: LogSection,
    /// Who is told of what happens.
    pub notify: call_notify::NotifySettings,
    /// The web page; the section switches it on.
    #[cfg(feature = "web")]
    pub web: Option<call_web::WebSettings>,
}

/// The guard itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct GuardSection {
    /// The folder with log, lists, sounds and recordings.
    pub dir: Option<PathBuf>,
    /// The time zone of file names: `UTC`, `local`, or one such as `Europe/Berlin`.
    pub timezone: Option<String>,
    /// The name of this site, where several share a log.
    pub site: String,
}

/// The numbering plan at home.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct NumbersSection {
    /// The country: `DE`, `+49`. Without it numbers are compared as the line shows them.
    pub country: Option<String>,
    /// The own area code, with the leading zero if there is one: `030`.
    pub area: Option<String>,
}

/// What is written where.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LogSection {
    /// A text file beside the database.
    pub file: Option<PathBuf>,
    /// The syslog socket, such as `/dev/log`.
    pub syslog: Option<PathBuf>,
    /// To the terminal too.
    pub stderr: bool,
    /// 0: what matters; 1: every step; 2: everything the modem says.
    pub verbose: u8,
    /// The database, if not in the folder.
    pub database: Option<PathBuf>,
    /// The log server that several sites share: `postgres://user@host/database`.
    pub server: Option<secret::Secret>,
    /// The file with the server's password, or its name among the service manager's credentials.
    pub server_password_file: Option<PathBuf>,
    /// The file with the certificates that the server's must be signed by, with `sslmode=require` in its address.
    pub server_ca: Option<PathBuf>,
    /// Calls and messages older than this are deleted, with their recordings.
    pub keep_for: Option<Span>,
    /// At most so many calls are kept, the newest.
    pub keep_calls: Option<u64>,
    /// Recordings older than this are deleted.
    pub keep_recordings_for: Option<Span>,
    /// At most so many megabytes of recordings are kept, the newest.
    pub keep_recordings_mb: Option<u64>,
    /// Calls older than this lose number, name and recording.
    pub anonymise_after: Option<Span>,
}

impl LogSection {
    /// What no type can say of the log server.
    fn check(&self, site: &str) -> Result<(), String> {
        let Some(server) = &self.server else { return Ok(()) };
        let address = server.reveal();
        if !["postgres://", "postgresql://", "host="].iter().any(|begin| address.starts_with(begin)) {
            return Err("a log server is written as postgres://user@host/database".into());
        }
        if site.trim().is_empty() {
            return Err(
                "each site on a log server needs a name of its own; add `site = \"...\"` to [guard]".into()
            );
        }
        if cfg!(feature = "postgres") { Ok(()) } else { Err(crate::sites::NOT_BUILT.into()) }
    }
}

impl Config {
    /// What the screen may do, in the order of the file.
    pub(crate) fn screen_actions(&self) -> impl Iterator<Item = &String> {
        let screen = &self.screen;
        let lists = screen.lists.iter().map(|list| &list.action);
        let rules = screen.rules.iter().map(|rule| &rule.action);
        let lookup = screen.lookup.iter().map(|lookup| &lookup.action);
        [&screen.action].into_iter().chain(lists).chain(rules).chain(lookup).flatten()
    }

    fn screen_actions_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let screen = &mut self.screen;
        let lists = screen.lists.iter_mut().map(|list| &mut list.action);
        let rules = screen.rules.iter_mut().map(|rule| &mut rule.action);
        let lookup = screen.lookup.iter_mut().map(|lookup| &mut lookup.action);
        [&mut screen.action].into_iter().chain(lists).chain(rules).chain(lookup).flatten()
    }
}

impl ConfigFile for Config {
    const PROGRAM: &str = "callblock";

    fn check(&self, path: &Path, source: &str) -> Result<(), ConfigError> {
        let wrong = |key: &str, text: String| Err(ConfigError::at_key(path, source, key, text));
        let mut names: Vec<&str> = self.lines.iter().map(|l| l.name.as_str()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return wrong(
                "[line]name",
                format!("two lines are named \"{}\"; give each its own name", twice[0]),
            );
        }
        let mut devices: Vec<Option<&Path>> = self.lines.iter().map(|l| l.device.as_deref()).collect();
        devices.sort_unstable();
        if let Some(twice) = devices.windows(2).find(|pair| pair[0] == pair[1]) {
            let (key, text) = match twice[0] {
                Some(device) => ("[line]device", format!("two lines have the modem {}", device.display())),
                None => ("[line", "two lines have no device, and would take the same modem".to_owned()),
            };
            return wrong(
                key,
                format!("{text}; give each its own `device` (`callblock modem list` shows them)"),
            );
        }
        for line in &self.lines {
            if let Err(text) = line.check() {
                return wrong("[line", text);
            }
        }
        if let Some(zone) = &self.guard.timezone
            && let Err(e) = zone.parse::<call_guard::Zone>()
        {
            return wrong("[guard]timezone", e.to_string());
        }
        if let Err(text) = self.log.check(&self.guard.site) {
            return wrong("[log]server", text);
        }
        if let Err((key, text)) = self.actions.check().and_then(|()| self.challenge.check()) {
            return wrong(key, text);
        }
        if let Some(Err(text)) = self.star_key.as_ref().map(|star_key| star_key.check(&self.lines)) {
            return wrong("[star-key]quiet", text);
        }
        #[cfg(feature = "web")]
        if let Some(Err(e)) = self.web.as_ref().map(call_web::WebSettings::check) {
            return wrong("[web", e.to_string());
        }
        Ok(())
    }

    fn resolve(&mut self, folder: &Path) {
        let resolve = |path: &mut PathBuf| {
            if path.is_relative() {
                *path = folder.join(&*path);
            }
        };
        self.guard.dir.iter_mut().for_each(resolve);
        self.log.file.iter_mut().for_each(resolve);
        self.log.database.iter_mut().for_each(resolve);
        self.log.server_ca.iter_mut().for_each(resolve);
        // A bare name that is no file here may be one of the service manager's credentials.
        let fritz_box =
            self.fritzbox.iter_mut().flat_map(|b| [&mut b.password_file, &mut b.certificate_file]);
        let phoneblock = self.lookup.phoneblock.iter_mut().map(|p| &mut p.token_file);
        let secrets = fritz_box.chain(phoneblock).chain([&mut self.log.server_password_file]).flatten();
        for path in secrets.chain(self.notify.files()) {
            if path.components().count() > 1 || folder.join(&*path).exists() {
                resolve(path);
            }
        }
        self.actions.files().into_iter().flatten().for_each(resolve);
        self.voice_mail.files().into_iter().flatten().for_each(resolve);
        self.challenge.files().into_iter().flatten().for_each(resolve);
        for action in self.screen_actions_mut() {
            // A path that is no text stays as it stands.
            if let Ok(Action::Message(Some(mut file))) = call_screen::read_action(action) {
                resolve(&mut file);
                *action = call_screen::write_action(&Action::Message(Some(file)));
            }
        }
        self.screen.lists.iter_mut().map(|l| &mut l.file).for_each(resolve);
        self.screen.holidays.iter_mut().for_each(resolve);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(text: &str) -> String {
        match Config::parse(Path::new("callblock.toml"), text) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_file_of_a_message_lies_beside_the_configuration_whatever_plays_it() {
        let text = "[screen]\naction = \"message:a.wav\"\n[[screen.list]]\nfile = \"deny.csv\"\nkind = \"deny\"\n\
                    action = \"message:/srv/b.wav\"\n[[screen.rule]]\ncaller = [\"withheld\"]\naction = \"message\"\n";
        let config = Config::parse(Path::new("/etc/callblock.toml"), text).unwrap();
        let actions: Vec<&String> = config.screen_actions().collect();
        assert_eq!(actions, ["message:/etc/a.wav", "message:/srv/b.wav", "message"]);
    }

    #[test]
    fn two_lines_never_share_a_modem() {
        let two = |a: &str, b: &str| {
            mistake(&format!("[[line]]\nname = \"a\"\n{a}\n[[line]]\nname = \"b\"\n{b}\n"))
        };
        assert_eq!(two("device = \"/dev/ttyACM0\"", "device = \"/dev/ttyACM1\""), "");
        assert_eq!(two("device = \"/dev/ttyACM0\"", ""), "");
        let same = two("device = \"/dev/ttyACM0\"", "device = \"/dev/ttyACM0\"");
        assert!(
            same.starts_with("callblock.toml:3: ") && same.contains("the modem /dev/ttyACM0; give each"),
            "{same}"
        );
        assert!(two("", "").contains("two lines have no device"));
    }

    #[test]
    fn the_star_key_is_not_listened_for_between_two_rings() {
        assert_eq!(mistake("[star-key]\n"), "", "the usual values fit each other");
        let early = mistake("[star-key]\nquiet = \"3s\"\n");
        assert!(
            early.starts_with("callblock.toml:2: ") && early.contains("quiet = \"7s\" or more"),
            "{early}"
        );
        assert_eq!(mistake("[[line]]\nring-gap = \"4s\"\n[star-key]\nquiet = \"3s\"\n"), "");
        assert_eq!(mistake("[star-key]\nquiet = \"9s\"\n"), "");
        let late = mistake("[[line]]\nname = \"far\"\nring-gap = \"12s\"\n[star-key]\n");
        assert!(late.contains("the line \"far\" waits 12s") && late.contains("\"11s\""), "{late}");
    }

    #[test]
    fn a_log_server_needs_an_address_a_site_and_a_program_that_can_reach_it() {
        let server = "[log]\nserver = \"postgres://guard:tiger@log.example/callblock\"\n";
        let without_site = mistake(server);
        assert!(without_site.starts_with("callblock.toml:2: ") && without_site.contains("add `site"));
        assert!(mistake("[log]\nserver = \"log.example\"\n").contains("postgres://"));
        let whole = format!("[guard]\nsite = \"north\"\n{server}");
        if cfg!(feature = "postgres") {
            assert_eq!(mistake(&whole), "");
            let config = Config::parse(Path::new("callblock.toml"), &whole).expect("it is right");
            assert!(!format!("{config:?}").contains("tiger"), "the password never prints");
        } else {
            assert!(mistake(&whole).contains("--features postgres"));
        }
    }
}
