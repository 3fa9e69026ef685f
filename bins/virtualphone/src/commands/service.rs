//! `virtualphone service`: a hardened unit for systemd, and a rule that keeps other programs off the stick.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use callblock::Failure;
use callblock::commands::service::HARDENING;

use crate::args::{Args, ServiceCommand};

const UNIT: &str = "/etc/systemd/system/virtualphone.service";
const RULE: &str = "/etc/udev/rules.d/78-virtualphone.rules";

/// Does what was asked for.
pub(crate) fn run(args: &Args, what: &ServiceCommand) -> Result<(), Failure> {
    match what {
        ServiceCommand::Install { print } => install(args, *print),
        ServiceCommand::Status => system(&["status", "--no-pager", "virtualphone"]),
        ServiceCommand::Remove => remove(),
    }
}

fn unit(program: &Path, config: Option<&Path>) -> String {
    let config = config.map(|file| format!(" --config {}", file.display())).unwrap_or_default();
    format!(
        "[Unit]
Description=Virtual phone: filters, forwards and joins calls on a mobile line
After=network.target

[Service]
Type=notify
ExecStart={program}{config} run
Restart=always
RestartSec=5
DynamicUser=yes
User=virtualphone
SupplementaryGroups=dialout
StateDirectory=virtualphone
StateDirectoryMode=0700
UMask=0077
{HARDENING}
[Install]
WantedBy=multi-user.target
",
        program = program.display()
    )
}

const RULES: &str = "# Keeps ModemManager off the stick that the virtual phone works with.
SUBSYSTEM==\"tty\", ENV{ID_USB_DRIVER}==\"option|option1|qcserial|sierra\", ENV{ID_MM_PORT_IGNORE}=\"1\"
";

fn install(args: &Args, print: bool) -> Result<(), Failure> {
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("/usr/local/bin/virtualphone"));
    let config =
        args.config.as_deref().map(|file| fs::canonicalize(file).unwrap_or_else(|_| file.to_owned()));
    let unit = unit(&program, config.as_deref());
    if print {
        println!("# {UNIT}\n{unit}\n# {RULE}\n{RULES}");
        return Ok(());
    }
    for (path, text) in [(UNIT, unit.as_str()), (RULE, RULES)] {
        fs::write(path, text).map_err(|e| {
            let text = format!("{path}: cannot be written: {e}; run it with sudo, or --print and copy");
            Failure::new(Failure::NO_PERMISSION, text)
        })?;
        println!("{path} is written.");
    }
    system(&["daemon-reload"])?;
    system(&["enable", "--now", "virtualphone"])
}

fn remove() -> Result<(), Failure> {
    if Path::new(UNIT).exists() {
        system(&["disable", "--now", "virtualphone"])?;
    }
    for path in [UNIT, RULE] {
        match fs::remove_file(path) {
            Ok(()) => println!("{path} is removed."),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => {
                return Err(Failure::new(Failure::NO_PERMISSION, format!("{path}: {e}; run it with sudo")));
            }
        }
    }
    system(&["daemon-reload"])
}

fn system(words: &[&str]) -> Result<(), Failure> {
    let failed = |e: &dyn std::fmt::Display| {
        Failure::new(
            Failure::UNAVAILABLE,
            format!("systemctl {}: {e}; is systemd running here?", words.join(" ")),
        )
    };
    let status = Command::new("systemctl").args(words).status().map_err(|e| failed(&e))?;
    if status.success() { Ok(()) } else { Err(failed(&status)) }
}
