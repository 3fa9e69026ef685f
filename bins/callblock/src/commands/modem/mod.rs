//! `callblock modem`: what modems there are, what they can do, and a terminal to talk to one.

pub(crate) mod doctor;
mod terminal;
mod watch;

use std::path::PathBuf;

use call_event::LineId;
use voice_modem::{Error, Settings};

use crate::Failure;

/// Options of `callblock modem`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What to do.
    #[command(subcommand)]
    pub what: What,
}

/// What can be done with modems.
#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// List the serial ports and the modems among them.
    List {
        /// As JSON, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Find out what a modem is and can do, and what is to be done about it.
    Doctor(doctor::Options),
    /// Type AT commands and see the answers with every byte named. Ends on-hook.
    Terminal(terminal::Options),
    /// Print what the line reports as it happens; words typed are commands to it (answer, hang-up, play FILE ...).
    Watch(watch::Options),
}

/// Does it.
pub(crate) fn run(options: Options) -> Result<(), Failure> {
    match options.what {
        What::List { json } => {
            list(json);
            Ok(())
        }
        What::Doctor(options) => doctor::run(&options),
        What::Terminal(options) => terminal::run(&options),
        What::Watch(options) => watch::run(&options),
    }
}

fn list(json: bool) {
    let ports = voice_modem::list_ports();
    if json {
        let ports: Vec<serde_json::Value> = ports
            .iter()
            .map(|port| {
                serde_json::json!({
                    "port": port.path,
                    "stable_port": port.stable_path,
                    "usb": port.usb.map(|(vendor, product)| format!("{vendor:04x}:{product:04x}")),
                    "product": port.product,
                    "known_modem": port.known_modem,
                })
            })
            .collect();
        println!("{}", serde_json::Value::Array(ports));
        return;
    }
    if ports.is_empty() {
        println!("No serial port was found. Plug the modem in, then look again.");
        return;
    }
    println!("{:<16} {:<10} {:<7} WHAT", "PORT", "USB", "MODEM");
    for port in ports {
        let usb = port
            .usb
            .map_or_else(|| "-".to_owned(), |(vendor, product)| format!("{vendor:04x}:{product:04x}"));
        println!(
            "{:<16} {:<10} {:<7} {}",
            port.path.display(),
            usb,
            if port.known_modem { "known" } else { "?" },
            port.product.as_deref().unwrap_or("-"),
        );
        if let Some(stable) = port.stable_path {
            println!("  best named {}", stable.display());
        }
    }
}

fn settings(port: Option<&PathBuf>) -> Settings {
    let line = LineId::new("modem");
    match port {
        Some(port) => Settings::on_port(line, port),
        None => Settings::new(line),
    }
}

/// The exit code for what is wrong with a modem.
fn failure(error: &Error) -> Failure {
    let code = match error {
        Error::Busy { .. } => Failure::TEMPORARY,
        Error::NotPermitted { .. } => Failure::NO_PERMISSION,
        Error::Lost { .. } | Error::Stalled { .. } => Failure::IO,
        _ => Failure::UNAVAILABLE,
    };
    Failure::new(code, error)
}
