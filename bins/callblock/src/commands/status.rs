//! `callblock status` and the other words for a running guard: they ask it over its local socket.

use std::time::{Duration, SystemTime};

use call_event::{GuardCommand, GuardReply, GuardStatus, Listed, counted};
use call_guard::Zone;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::{Failure, Global, Home};

/// Options of `callblock status`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `callblock tell`.
#[derive(Debug, Clone, clap::Args)]
pub struct TellOptions {
    /// What the running guard is to do.
    #[command(subcommand)]
    pub what: Tell,
}

/// What a running guard can be told.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Tell {
    /// Let the next caller ring, whoever it is.
    PermitNext {
        /// For how many minutes the permission holds; 0 takes it back.
        #[arg(default_value_t = 30)]
        minutes: u32,
    },
    /// Enter the last caller in the deny list.
    BlockLast,
    /// Enter the last caller in the allow list.
    AllowLast,
    /// Enter a number in the deny list.
    Block {
        /// The number.
        number: String,
        /// What to call it.
        #[arg(default_value = "")]
        name: String,
    },
    /// Enter a number in the allow list.
    Allow {
        /// The number.
        number: String,
        /// What to call it.
        #[arg(default_value = "")]
        name: String,
    },
    /// Take a number off the guard's own lists.
    Forget {
        /// The number.
        number: String,
        /// Off one of them only.
        #[arg(long, value_parser = own_list())]
        list: Option<Listed>,
    },
    /// Tell whether a caller is on a list, and of which kind.
    Listed {
        /// The number.
        number: String,
        /// The name that the line shows.
        #[arg(default_value = "")]
        name: String,
    },
    /// End the call that is on.
    HangUp {
        /// The line; without it, every line.
        line: Option<String>,
    },
    /// Let the call that rings now ring, whatever was to be done with it.
    LetRing {
        /// The line; without it, every line.
        line: Option<String>,
    },
    /// Read configuration and lists again.
    Reload,
    /// End every call on-hook and stop.
    Stop,
}

/// One of the two lists that the guard writes to.
fn own_list() -> impl TypedValueParser<Value = Listed> {
    let lists = [Listed::Allow, Listed::Deny];
    PossibleValuesParser::new(lists.map(Listed::word))
        .map(move |word| if word == Listed::Allow.word() { Listed::Allow } else { Listed::Deny })
}

impl From<Tell> for GuardCommand {
    fn from(tell: Tell) -> Self {
        match tell {
            Tell::PermitNext { minutes } => Self::PermitNext { minutes },
            Tell::BlockLast => Self::BlockLast,
            Tell::AllowLast => Self::AllowLast,
            Tell::Block { number, name } => Self::Block { number, name },
            Tell::Allow { number, name } => Self::Allow { number, name },
            Tell::Forget { number, list } => Self::Forget { number, list },
            Tell::Listed { number, name } => Self::Listed { number, name },
            Tell::HangUp { line } => Self::HangUp { line },
            Tell::LetRing { line } => Self::LetRing { line },
            Tell::Reload => Self::Reload,
            Tell::Stop => Self::Stop,
        }
    }
}

fn ask(global: &Global, command: &GuardCommand) -> Result<GuardReply, Failure> {
    let home = Home::open(global)?;
    call_guard::ask(&home.folder.socket(), command).map_err(|e| Failure::new(Failure::UNAVAILABLE, e))
}

/// Shows how things stand.
pub(crate) fn run(global: &Global, options: &Options) -> Result<(), Failure> {
    match ask(global, &GuardCommand::Status)? {
        GuardReply::Status(status) if options.json => {
            let text =
                serde_json::to_string_pretty(&status).map_err(|e| Failure::new(Failure::SOFTWARE, e))?;
            println!("{text}");
            Ok(())
        }
        GuardReply::Status(status) => {
            println!("{}", text_of(&status));
            Ok(())
        }
        GuardReply::Refused { reason } => Err(Failure::new(Failure::TEMPORARY, reason)),
        _ => Err(Failure::new(Failure::SOFTWARE, "the guard answered something else")),
    }
}

/// Tells the guard to do something.
pub(crate) fn tell(global: &Global, options: TellOptions) -> Result<(), Failure> {
    match ask(global, &options.what.into())? {
        GuardReply::Done { text } => {
            println!("{text}");
            Ok(())
        }
        GuardReply::Listed { list, by_name } => {
            match list {
                None => println!("on no list"),
                Some(list) => {
                    let kind = if list == Listed::Allow { "an allow list" } else { "a deny list" };
                    println!("on {kind}, by the {}", if by_name { "name" } else { "number" });
                }
            }
            Ok(())
        }
        GuardReply::Refused { reason } => Err(Failure::new(Failure::UNAVAILABLE, reason)),
        _ => Err(Failure::new(Failure::SOFTWARE, "the guard answered something else")),
    }
}

/// How things stand, in words.
pub(crate) fn text_of(status: &GuardStatus) -> String {
    let mut lines = Vec::new();
    let since = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(status.since_ms).unwrap_or(0));
    lines.push(format!(
        "callblock {} guards since {} (process {}) with {}",
        status.version,
        Zone::Local.format(since, "%Y-%m-%d %H:%M:%S"),
        status.pid,
        status.dir
    ));
    for line in &status.lines {
        let lost =
            if line.losses > 0 { format!(", lost {}", counted(line.losses, "time")) } else { String::new() };
        lines.push(format!("  line {:12} {:8} {}{lost}", line.line, line.health, line.device));
        if let Some(call) = &line.call {
            lines.push(format!("    now: {} {} {}", call.caller, call.action, call.reason));
        }
    }
    let counts = &status.counts;
    lines.push(format!(
        "  {}: {} blocked, {} rang; {}{}",
        counted(counts.calls, "call"),
        counts.blocked,
        counts.rang,
        counted(counts.messages, "message"),
        if status.message_waiting { " (messages are waiting)" } else { "" }
    ));
    let dropped = counts.events_dropped + counts.notices_dropped + counts.log_failures;
    if dropped > 0 {
        lines.push(format!(
            "  dropped: {}, {}, {}",
            counted(counts.events_dropped, "event"),
            counted(counts.notices_dropped, "notice"),
            counted(counts.log_failures, "log entry")
        ));
    }
    if let Some(until) = status.permit_next_until_ms {
        let until = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(until).unwrap_or(0));
        lines.push(format!(
            "  the next caller rings, whoever it is, until {}",
            Zone::Local.format(until, "%H:%M")
        ));
    }
    if let Some(trouble) = &status.log_trouble {
        lines.push(format!("  call log: {trouble}"));
    }
    if let Some(server) = &status.log_server {
        match &server.failing {
            None => lines.push(format!(
                "  log server: reached, as site {}; {} delivered, {} waiting",
                server.site,
                counted(server.delivered, "entry"),
                server.waiting
            )),
            Some(reason) => lines.push(format!(
                "  log server: not reached, as site {}; {} waiting here: {reason}",
                server.site,
                counted(server.waiting, "entry")
            )),
        }
    }
    if let Some(trouble) = &status.trouble {
        lines.push(format!("  last trouble: {trouble}"));
    }
    for call in status.last_calls.iter().take(10) {
        let name = call.name.as_deref().unwrap_or("");
        lines.push(format!(
            "  {:5} {:18} {name:20} {} ({})",
            call.decision, call.caller, call.reason, call.outcome
        ));
    }
    lines.join("\n")
}
