//! `callblock service`: guards from every start of the computer on, as a user of its own with few rights.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use crate::Failure;

/// Options of `callblock service`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// What to do.
    #[command(subcommand)]
    pub what: What,
}

/// What can be done with the service.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum What {
    /// Make user and group, write unit and udev rule, start the service.
    Install {
        /// Show what would be written instead of doing it.
        #[arg(long)]
        print: bool,
        /// The program that the service starts; this one if absent.
        #[arg(long, value_name = "PATH")]
        program: Option<PathBuf>,
    },
    /// Ask the service manager how it fares.
    Status,
    /// Stop it, and remove unit and udev rule. Log and recordings stay.
    Remove {
        /// Show what would be removed instead of doing it.
        #[arg(long)]
        print: bool,
    },
}

const UNIT: &str = "/etc/systemd/system/callblock.service";
const RULE: &str = "/etc/udev/rules.d/60-callblock.rules";
const SYSUSERS: &str = "/etc/sysusers.d/callblock.conf";
/// Where the unit's program lies if this one lies in somebody's home, which the service cannot see.
const PROGRAM: &str = "/usr/local/bin/callblock";

/// Does it, or shows it.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    match &options.what {
        What::Install { print, program } => install(*print, program.as_deref()),
        What::Status => systemctl(&["status", "--no-pager", "callblock.service"]),
        What::Remove { print } => remove(*print),
    }
}

/// What a service may do that opens serial ports and sockets and writes its own folder, and no more.
pub const HARDENING: &str = "\
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
CapabilityBoundingSet=
AmbientCapabilities=
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
DevicePolicy=closed
DeviceAllow=char-ttyACM rw
DeviceAllow=char-ttyUSB rw
";

/// The unit: what it needs, and no more.
fn unit(program: &Path) -> String {
    format!(
        "\
[Unit]
Description=Guards telephone lines
Documentation=man:callblock(1)
After=network.target

[Service]
Type=notify
ExecStart={program} run
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=2
WatchdogSec=60
TimeoutStopSec=10
User=callblock
Group=callblock
SupplementaryGroups=dialout
StateDirectory=callblock
StateDirectoryMode=0750
UMask=0027

# It reads its configuration, writes its own folder and opens serial ports and sockets. Nothing else.
{HARDENING}DeviceAllow=char-ttyS rw

[Install]
WantedBy=multi-user.target
",
        program = program.display()
    )
}

/// Keeps ModemManager's fingers off voice modems: it opens every modem to see whether it is a mobile one.
fn rule() -> String {
    let mut text = String::from(
        "# Written by `callblock service install`: ModemManager leaves voice modems alone.\n\
         ACTION!=\"add|change|bind\", GOTO=\"callblock_end\"\n",
    );
    let mut known: Vec<(u16, u16)> =
        at_codec::profile::PROFILES.iter().flat_map(|profile| profile.usb.iter().copied()).collect();
    known.sort_unstable();
    known.dedup();
    for (vendor, product) in known {
        text.push_str(&format!(
            "ATTRS{{idVendor}}==\"{vendor:04x}\", ATTRS{{idProduct}}==\"{product:04x}\", \
             ENV{{ID_MM_DEVICE_IGNORE}}=\"1\", GROUP=\"dialout\", MODE=\"0660\"\n"
        ));
    }
    text.push_str("LABEL=\"callblock_end\"\n");
    text
}

const USERS: &str = "# Written by `callblock service install`.\n\
                     u callblock - \"Guards telephone lines\" /var/lib/callblock\n\
                     m callblock dialout\n";

fn install(print: bool, program: Option<&Path>) -> Result<(), Failure> {
    let own = std::env::current_exe().map_err(|e| Failure::new(Failure::SOFTWARE, e))?;
    let program = program.map_or_else(|| place_of(&own), Path::to_owned);
    let files = [(SYSUSERS, USERS.to_owned()), (RULE, rule()), (UNIT, unit(&program))];
    if print {
        for (path, text) in files {
            println!("# {path}\n{text}");
        }
        return Ok(());
    }
    needs_root()?;
    if program != own {
        fs::copy(&own, &program)
            .map_err(|e| Failure::new(Failure::IO, format!("{}: {e}", program.display())))?;
        println!("Copied the program to {}", program.display());
    }
    for (path, text) in files {
        let path = Path::new(path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
        written.map_err(|e| Failure::new(Failure::IO, format!("{}: {e}", path.display())))?;
        println!("Wrote {}", path.display());
    }
    command("systemd-sysusers", &[SYSUSERS])?;
    command("udevadm", &["control", "--reload"])?;
    command("udevadm", &["trigger", "--subsystem-match=tty"])?;
    systemctl(&["daemon-reload"])?;
    systemctl(&["enable", "--now", "callblock.service"])?;
    println!("callblock guards. Its folder is /var/lib/callblock; `journalctl -u callblock` shows its log.");
    Ok(())
}

/// A program in a home folder is copied to where the service can see it.
fn place_of(own: &Path) -> PathBuf {
    let hidden = ["/home", "/root", "/run/user", "/tmp"].iter().any(|folder| own.starts_with(folder));
    if hidden || own.components().any(|part| part.as_os_str() == "target") {
        PathBuf::from(PROGRAM)
    } else {
        own.to_owned()
    }
}

fn remove(print: bool) -> Result<(), Failure> {
    let files = [UNIT, RULE, SYSUSERS];
    if print {
        println!("would stop callblock.service and remove {}", files.join(", "));
        return Ok(());
    }
    needs_root()?;
    systemctl(&["disable", "--now", "callblock.service"])?;
    for path in files {
        match fs::remove_file(path) {
            Ok(()) => println!("Removed {path}"),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(Failure::new(Failure::IO, format!("{path}: {e}"))),
        }
    }
    systemctl(&["daemon-reload"])?;
    println!("Log, lists and recordings stay in /var/lib/callblock.");
    Ok(())
}

/// Files under /etc can only be written by root; whoever tries finds out here, before anything is half done.
fn needs_root() -> Result<(), Failure> {
    let etc = Path::new("/etc/systemd/system");
    if !etc.is_dir() {
        return Err(Failure::new(
            Failure::UNAVAILABLE,
            "systemd does not run this computer; --print shows the unit",
        ));
    }
    let probe = etc.join(".callblock-probe");
    fs::write(&probe, "").map_err(|_| {
        Failure::new(
            Failure::NO_PERMISSION,
            "only root can do that: run it with sudo; --print shows what it does",
        )
    })?;
    let _ = fs::remove_file(probe);
    Ok(())
}

fn systemctl(words: &[&str]) -> Result<(), Failure> {
    command("systemctl", words)
}

fn command(program: &str, words: &[&str]) -> Result<(), Failure> {
    let told = || format!("{program} {}", words.join(" "));
    let status = Process::new(program)
        .args(words)
        .status()
        .map_err(|e| Failure::new(Failure::UNAVAILABLE, format!("`{}` cannot be run: {e}", told())))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(Failure::UNAVAILABLE, format!("`{}` failed ({status})", told())))
    }
}
