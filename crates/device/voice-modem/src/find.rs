//! Which serial ports there are, and which of them may be modems.

use std::path::{Path, PathBuf};

use at_codec::ModemProfile;

use crate::Error;

/// A serial port of this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PortInfo {
    /// Its path.
    pub path: PathBuf,
    /// The path that stays the same when it is plugged into another socket, if there is one.
    pub stable_path: Option<PathBuf>,
    /// What the USB device calls itself.
    pub product: Option<String>,
    /// USB vendor and product numbers.
    pub usb: Option<(u16, u16)>,
    /// True if such a device is known to be a modem.
    pub known_modem: bool,
}

/// All serial ports, known modems first.
pub fn list_ports() -> Vec<PortInfo> {
    // The enumeration of `serialport` panics where the system has no /sys.
    if !Path::new("/sys/class/tty").is_dir() {
        return Vec::new();
    }
    let mut ports: Vec<PortInfo> = serialport::available_ports()
        .unwrap_or_default()
        .into_iter()
        .map(|port| {
            let path = PathBuf::from(&port.port_name);
            let (usb, product) = match port.port_type {
                serialport::SerialPortType::UsbPort(usb) => {
                    let words =
                        [usb.manufacturer, usb.product].into_iter().flatten().collect::<Vec<_>>().join(" ");
                    (Some((usb.vid, usb.pid)), (!words.is_empty()).then_some(words))
                }
                _ => (None, None),
            };
            PortInfo {
                stable_path: stable_path(&path),
                known_modem: usb.is_some_and(ModemProfile::knows_usb),
                path,
                product,
                usb,
            }
        })
        .collect();
    ports.sort_by_key(|port| (!port.known_modem, port.usb.is_none(), port.path.clone()));
    ports
}

/// The port of the modem to use where none is named: the first known one, else the first USB modem.
///
/// # Errors
///
/// There is none.
pub fn find_modem() -> Result<PathBuf, Error> {
    let ports = list_ports();
    let acm = |port: &&PortInfo| port.usb.is_some() && port.path.to_string_lossy().contains("ACM");
    let port = ports.iter().find(|port| port.known_modem).or_else(|| ports.iter().find(acm));
    port.map(|port| port.stable_path.clone().unwrap_or_else(|| port.path.clone())).ok_or(Error::NoneFound)
}

/// The USB numbers of the device behind a port.
pub(crate) fn usb_numbers(path: &Path) -> Option<(u16, u16)> {
    let real = std::fs::canonicalize(path).ok()?;
    if real.starts_with("/dev/pts") {
        return None;
    }
    list_ports().into_iter().find(|port| port.path == real)?.usb
}

fn stable_path(path: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir("/dev/serial/by-id").ok()?;
    let mut links = entries.filter_map(Result::ok).map(|entry| entry.path());
    links.find(|link| std::fs::canonicalize(link).is_ok_and(|real| real == path))
}
