//! Finding a stick among the serial ports.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serialport::TTYPort;

use crate::{PortTree, Settings, Stick};

/// How long a port may take to answer while sticks are looked for.
const ANSWER_LIMIT: Duration = Duration::from_millis(1500);
/// How long one read waits.
pub(crate) const READ_WAIT: Duration = Duration::from_millis(100);

/// The ports of the stick that was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) port: TTYPort,
    /// The port for events, if it is another one.
    pub(crate) events: Option<PathBuf>,
}

/// Opens the port of the stick that the settings ask for.
///
/// # Errors
///
/// Why not, with the remedy.
pub(crate) fn open(settings: &Settings) -> Result<Found, String> {
    let (tree, baud) = (&settings.ports, settings.baud);
    let (path, port) = match &settings.stick {
        Stick::Port(path) => (path.clone(), open_port(path, baud)?),
        Stick::Imei(imei) => first_that_answers(&usb_ports(tree)?, settings, Some(imei))
            .ok_or_else(|| format!("no USB port answers with the IMEI {imei}; is the stick plugged in?"))?,
        Stick::Usb { vendor, product, interface } => {
            let mut ports = usb_ports(tree)?;
            ports.retain(|port| {
                (port.vendor, port.product) == (*vendor, *product)
                    && interface.is_none_or(|wanted| port.interface == Some(wanted))
            });
            if ports.is_empty() {
                return Err(format!("no USB stick {vendor:04x}:{product:04x} has a port; is it plugged in?"));
            }
            first_that_answers(&ports, settings, None).ok_or_else(|| {
                format!(
                    "no port of the USB stick {vendor:04x}:{product:04x} answers; does another program hold it \
                     (ModemManager?)"
                )
            })?
        }
    };
    let events = match (&settings.event_port, settings.event_interface) {
        (Some(path), _) => Some(path.clone()),
        (None, Some(interface)) => Some(sibling(tree, &path, interface)?),
        (None, None) => None,
    };
    Ok(Found { path, port, events })
}

/// The port of the same stick with that interface.
fn sibling(tree: &PortTree, path: &Path, interface: u8) -> Result<PathBuf, String> {
    let ports = usb_ports(tree)?;
    // The port may be named by a link, such as those in /dev/serial/by-id.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let is = |port: &&UsbPort| port.path == path || port.path.canonicalize().is_ok_and(|p| p == real);
    let own = ports.iter().find(is).ok_or_else(|| {
        format!(
            "{} is no USB port, so no interface for events is beside it; name the event port",
            path.display()
        )
    })?;
    let events = ports.iter().find(|port| port.device == own.device && port.interface == Some(interface));
    events.map(|port| port.path.clone()).ok_or_else(|| {
        format!("the stick at {} has no port with the USB interface {interface} for events", path.display())
    })
}

pub(crate) fn open_port(path: &Path, baud: u32) -> Result<TTYPort, String> {
    let name = path.to_string_lossy();
    let open = serialport::new(name.clone(), baud).timeout(READ_WAIT).open_native();
    open.map_err(|error| {
        if !path.exists() {
            format!("{name} is not there; is the stick plugged in?")
        } else {
            format!("{name} cannot be opened: {error}; does another program hold it (ModemManager?), and may this one use it?")
        }
    })
}

/// A serial port of a USB device.
#[derive(Debug, Clone, PartialEq, Eq)]
struct UsbPort {
    path: PathBuf,
    vendor: u16,
    product: u16,
    /// The USB interface, which tells a stick's ports apart.
    interface: Option<u8>,
    /// The folder of the device, the same for all its ports.
    device: PathBuf,
}

/// All of them, in the order of their interfaces and names.
fn usb_ports(tree: &PortTree) -> Result<Vec<UsbPort>, String> {
    let listed = std::fs::read_dir(&tree.class).map_err(|error| {
        format!(
            "{}: the serial ports cannot be listed: {error}; give the stick's port by its path",
            tree.class.display()
        )
    })?;
    let mut ports: Vec<UsbPort> =
        listed.flatten().filter_map(|entry| usb_port(tree, &entry.file_name())).collect();
    ports.sort_by(|a, b| (&a.device, a.interface, &a.path).cmp(&(&b.device, b.interface, &b.path)));
    Ok(ports)
}

/// What a port's folder says; `None` if it is no USB port. Above the port stands its interface, above that the device.
fn usb_port(tree: &PortTree, name: &OsStr) -> Option<UsbPort> {
    let start = tree.class.join(name).join("device").canonicalize().ok()?;
    let hex = |folder: &Path, file: &str| {
        let text = std::fs::read_to_string(folder.join(file)).ok()?;
        u16::from_str_radix(text.trim(), 16).ok()
    };
    let mut interface = None;
    for folder in start.ancestors().take(5) {
        interface = interface.or_else(|| hex(folder, "bInterfaceNumber").and_then(|n| u8::try_from(n).ok()));
        if let (Some(vendor), Some(product)) = (hex(folder, "idVendor"), hex(folder, "idProduct")) {
            let (path, device) = (tree.devices.join(name), folder.to_owned());
            return Some(UsbPort { path, vendor, product, interface, device });
        }
    }
    None
}

fn first_that_answers(
    ports: &[UsbPort],
    settings: &Settings,
    imei: Option<&str>,
) -> Option<(PathBuf, TTYPort)> {
    ports.iter().find_map(|candidate| {
        let mut port = open_port(&candidate.path, settings.baud).ok()?;
        answers(&mut port, imei).then(|| (candidate.path.clone(), port))
    })
}

/// Whether a port answers to AT, and with that IMEI.
fn answers(port: &mut TTYPort, imei: Option<&str>) -> bool {
    let question: &[u8] = if imei.is_some() { b"\x1b\rAT+CGSN\r" } else { b"\x1b\rAT\r" };
    if port.write_all(question).is_err() {
        return false;
    }
    let until = Instant::now() + ANSWER_LIMIT;
    let mut got = Vec::new();
    let mut buffer = [0; 256];
    while Instant::now() < until && got.len() < 4096 {
        match port.read(&mut buffer) {
            Ok(read) => got.extend_from_slice(&buffer[..read]),
            Err(error) if is_only_waiting(&error) => {}
            Err(_) => return false,
        }
        let text = String::from_utf8_lossy(&got);
        let ended = text.lines().any(|line| line.trim() == "OK");
        let right = imei.is_none_or(|imei| text.lines().any(|line| line.trim().ends_with(imei)));
        if ended {
            return right;
        }
    }
    false
}

/// Errors that mean "nothing now"; every other means that the stick is gone.
pub(crate) fn is_only_waiting(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
