//! Finding a stick among the serial ports.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serialport::{SerialPortType, TTYPort};

use crate::{Settings, Stick};

/// How long a port may take to answer while sticks are looked for.
const ANSWER_LIMIT: Duration = Duration::from_millis(1500);
/// How long one read waits.
pub(crate) const READ_WAIT: Duration = Duration::from_millis(100);

/// Opens the port of the stick that the settings ask for.
///
/// # Errors
///
/// Why not, with the remedy.
pub(crate) fn open(settings: &Settings) -> Result<(PathBuf, TTYPort), String> {
    match &settings.stick {
        Stick::Port(path) => Ok((path.clone(), open_port(path, settings.baud)?)),
        Stick::Imei(imei) => {
            let ports = usb_ports(|_, _, _| true)?;
            first_that_answers(&ports, settings.baud, Some(imei))
                .ok_or_else(|| format!("no USB port answers with the IMEI {imei}; is the stick plugged in?"))
        }
        Stick::Usb { vendor, product, interface } => {
            let ports = usb_ports(|v, p, i| {
                v == *vendor && p == *product && interface.is_none_or(|want| i.is_none_or(|is| is == want))
            })?;
            first_that_answers(&ports, settings.baud, None).ok_or_else(|| {
                format!("no port of a USB stick {vendor:04x}:{product:04x} answers; is it plugged in?")
            })
        }
    }
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

/// The USB serial ports for which `wanted(vendor, product, interface)`, in the order of their names.
fn usb_ports(wanted: impl Fn(u16, u16, Option<u8>) -> bool) -> Result<Vec<PathBuf>, String> {
    // Listing panics without it.
    if !Path::new("/sys/class/tty").exists() {
        return Err(
            "the serial ports cannot be listed without /sys; give the stick's port by its path".into()
        );
    }
    let ports =
        serialport::available_ports().map_err(|e| format!("the serial ports cannot be listed: {e}"))?;
    let mut found: Vec<PathBuf> = ports
        .into_iter()
        .filter(|port| match &port.port_type {
            SerialPortType::UsbPort(usb) => wanted(usb.vid, usb.pid, interface(&port.port_name)),
            _ => false,
        })
        .map(|port| port.port_name.into())
        .collect();
    found.sort();
    Ok(found)
}

/// The USB interface of a port, which tells a stick's ports apart.
fn interface(port: &str) -> Option<u8> {
    let name = Path::new(port).file_name()?;
    let mut folder = Path::new("/sys/class/tty").join(name).join("device").canonicalize().ok()?;
    for _ in 0..3 {
        if let Ok(text) = std::fs::read_to_string(folder.join("bInterfaceNumber")) {
            return u8::from_str_radix(text.trim(), 16).ok();
        }
        folder = folder.parent()?.to_owned();
    }
    None
}

fn first_that_answers(ports: &[PathBuf], baud: u32, imei: Option<&str>) -> Option<(PathBuf, TTYPort)> {
    ports.iter().find_map(|path| {
        let mut port = open_port(path, baud).ok()?;
        answers(&mut port, imei).then(|| (path.clone(), port))
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
