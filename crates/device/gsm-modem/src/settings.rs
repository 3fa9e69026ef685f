//! How a GSM modem is found and set up.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Which stick.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stick {
    /// The one at this port, such as `/dev/serial/by-id/usb-HUAWEI_Mobile-if00-port0`.
    Port(PathBuf),
    /// The one with this serial number, whatever port it appears at. Every USB port is asked.
    Imei(Box<str>),
    /// The first one with these USB ids.
    Usb {
        /// Maker, such as `0x12d1`.
        vendor: u16,
        /// Product.
        product: u16,
        /// The USB interface of the port for commands; `None` asks each which answers.
        interface: Option<u8>,
    },
}

/// Where the system lists its serial ports. A container may see those of its host in another place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortTree {
    /// The folder with a link for each port, which leads to its USB device.
    pub class: PathBuf,
    /// The folder with the ports themselves.
    pub devices: PathBuf,
}

impl Default for PortTree {
    fn default() -> Self {
        Self { class: "/sys/class/tty".into(), devices: "/dev".into() }
    }
}

/// The SIM's PIN. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Box<str>);

impl Pin {
    /// A PIN of four to eight digits; `None` for anything else.
    pub fn new(digits: &str) -> Option<Self> {
        let digits = digits.trim();
        ((4..=8).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| Self(digits.into()))
    }

    /// For the one command that needs it, and for nothing that prints.
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(****)")
    }
}

/// How a GSM modem is found and set up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Which stick.
    pub stick: Stick,
    /// The port on which the stick reports events, for sticks that do so on another port than the one for
    /// commands.
    pub event_port: Option<PathBuf>,
    /// The same by its USB interface: the port of the stick found that has this number, wherever it appears.
    pub event_interface: Option<u8>,
    /// Where the system lists its serial ports.
    pub ports: PortTree,
    /// Bits a second; USB sticks ignore it.
    pub baud: u32,
    /// The SIM's PIN, if it asks for one.
    pub pin: Option<Pin>,
    /// Where it is noted that a PIN was tried. A PIN is never tried twice, not even after a restart, unless it
    /// was right: three wrong ones lock the SIM. Without a folder only this run remembers.
    pub state_dir: Option<PathBuf>,
    /// Take calls: `false` leaves the voice side alone.
    pub calls: bool,
    /// Read received SMS.
    pub sms: bool,
    /// Delete a received SMS from the stick once it is kept.
    pub delete_kept_sms: bool,
    /// Ask the network to report what became of each sent SMS.
    pub sms_reports: bool,
    /// How long the network tries to deliver a sent SMS.
    pub sms_validity: Duration,
    /// How long to wait for the missing parts of a long SMS.
    pub sms_parts_wait: Duration,
    /// How long a number that was called may ring before the call is given up.
    pub dial_limit: Duration,
    /// How often signal and network are asked for.
    pub poll: Duration,
    /// Report each line to and from the stick.
    pub show_lines: bool,
}

impl Settings {
    /// The stick at a port, everything else as most people want it.
    pub fn at_port(port: impl Into<PathBuf>) -> Self {
        Self::new(Stick::Port(port.into()))
    }

    /// Everything but the stick as most people want it.
    pub fn new(stick: Stick) -> Self {
        Self {
            stick,
            event_port: None,
            event_interface: None,
            ports: PortTree::default(),
            baud: 115_200,
            pin: None,
            state_dir: None,
            calls: true,
            sms: true,
            delete_kept_sms: true,
            sms_reports: true,
            sms_validity: Duration::from_secs(2 * 24 * 3600),
            sms_parts_wait: Duration::from_secs(600),
            dial_limit: Duration::from_secs(90),
            poll: Duration::from_secs(30),
            show_lines: false,
        }
    }
}
