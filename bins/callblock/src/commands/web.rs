//! `callblock web`: the page alone, on the log; with the guard's news where one runs.

use std::io::{IsTerminal as _, Read as _};
use std::net::SocketAddr;

use crate::{Failure, Global, Home, web_house};

/// Options of `callblock web`.
#[derive(Debug, Clone, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    /// Where the page is served; a port alone is one of this machine. Default: the configuration's, or
    /// 127.0.0.1:8480
    #[arg(value_name = "ADDR", value_parser = web_house::address)]
    pub listen: Option<SocketAddr>,
    /// What else to do.
    #[command(subcommand)]
    pub what: Option<What>,
}

/// What else can be done.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum What {
    /// Make the hash of a password, for `owner-password` or `reader-password`. The password is read from the
    /// terminal or from standard input.
    Password,
}

/// Serves until stopped.
pub(crate) fn run(global: &Global, options: &Options) -> Result<(), Failure> {
    if let Some(What::Password) = options.what {
        return password();
    }
    let home = Home::open(global)?;
    let mut settings = home.config.web.clone().unwrap_or_default();
    settings.listen = options.listen.unwrap_or(settings.listen);
    let page = web_house::alone(&home, global, &settings)?;
    println!("http://{}/", page.address());
    page.wait();
    Ok(())
}

/// The shortest password that is taken.
const SHORTEST: usize = 8;

fn password() -> Result<(), Failure> {
    let mut text = String::new();
    let read = if std::io::stdin().is_terminal() {
        eprint!("Password: ");
        let quiet = Quiet::new();
        let read = std::io::stdin().read_line(&mut text).map(drop);
        drop(quiet);
        eprintln!();
        read
    } else {
        std::io::stdin().take(1024).read_to_string(&mut text).map(drop)
    };
    read.map_err(|e| Failure::new(Failure::DATA, format!("the password cannot be read: {e}")))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.chars().count() < SHORTEST {
        let text = format!("a password has at least {SHORTEST} characters; three words are a good one");
        return Err(Failure::new(Failure::DATA, text));
    }
    let hash = secret::PasswordHash::of(text).map_err(|e| Failure::new(Failure::SOFTWARE, e))?;
    println!("{}", hash.as_str());
    Ok(())
}

/// The terminal shows nothing of what is typed for as long as it lives.
struct Quiet;

impl Quiet {
    fn new() -> Self {
        echo("-echo");
        Self
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        echo("echo");
    }
}

/// Where there is no `stty` what is typed stays seen.
fn echo(how: &str) {
    let _ = std::process::Command::new("stty").arg(how).status();
}
