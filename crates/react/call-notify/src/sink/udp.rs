//! By a line on the network, as jcblock sends it: to everybody on port 9753, at most 80 characters.

use std::net::{SocketAddr, UdpSocket};

use chrono::{DateTime, Local};
use serde::Deserialize;

use crate::notifier::Sink;
use crate::{Happening, Notice, SinkError, When};

/// `[[notify.udp]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct UdpSettings {
    /// To whom.
    pub to: Vec<SocketAddr>,
    /// Which notices; usually all calls.
    pub when: When,
}

impl Default for UdpSettings {
    fn default() -> Self {
        Self { to: vec![SocketAddr::from(([255, 255, 255, 255], 9753))], when: When::default() }
    }
}

/// Sends the line.
#[derive(Debug)]
pub(crate) struct Udp {
    to: Vec<SocketAddr>,
}

impl Udp {
    pub(crate) fn open(settings: &UdpSettings) -> Result<Self, SinkError> {
        if settings.to.is_empty() {
            return Err(SinkError::Settings {
                sink: "udp".into(),
                why: "nobody to send to; leave `to` out for everybody on the network".into(),
            });
        }
        Ok(Self { to: settings.to.clone() })
    }
}

impl Sink for Udp {
    fn tell(&mut self, notice: &Notice) -> Result<(), SinkError> {
        // One line for each call in, as soon as it is decided; what listens there knows of nothing else.
        if !matches!(notice.event, Happening::Ringing | Happening::Blocked | Happening::Test) {
            return Ok(());
        }
        let line = jcblock_line(notice);
        for to in &self.to {
            let fail = |e: std::io::Error| SinkError::Unreachable { to: to.to_string(), why: e.to_string() };
            let any: SocketAddr = if to.is_ipv4() {
                ([0, 0, 0, 0], 0).into()
            } else {
                (std::net::Ipv6Addr::UNSPECIFIED, 0).into()
            };
            let socket = UdpSocket::bind(any).map_err(fail)?;
            socket.set_broadcast(true).map_err(fail)?;
            socket.send_to(line.as_bytes(), to).map_err(fail)?;
        }
        Ok(())
    }
}

/// `B-DATE = 112026--TIME = 2341--NMBR = 03023125555--NAME = A CALLER--` and a line end.
pub fn jcblock_line(notice: &Notice) -> String {
    let at = DateTime::<Local>::from(notice.at);
    let number: String =
        notice.number.chars().filter(|c| c.is_ascii_digit() || matches!(c, '+' | '*' | '#')).collect();
    let number = match (number.as_str(), notice.number.as_str()) {
        ("", "withheld") => "P",
        ("", _) => "O",
        (number, _) => number,
    };
    // The receivers know ASCII, and two dashes end a field.
    let name: String =
        notice.name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
    let name = name.replace("--", "- ");
    let name: String = if name.is_empty() { "O".into() } else { name.chars().take(15).collect() };
    let mut line = format!(
        "{}-DATE = {}--TIME = {}--NMBR = {}--NAME = {name}--",
        notice.mark,
        at.format("%m%d%y"),
        at.format("%H%M"),
        number.chars().take(20).collect::<String>(),
    );
    line.truncate(79);
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn the_line_is_jcblocks_whatever_the_name() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000);
        let mut notice = Notice::test(at);
        notice.name = "J\u{f6}rg--NMBR = 999--\nB-DATE".into();
        let line = jcblock_line(&notice);
        assert!(line.starts_with("B-DATE = 112026--TIME = ") && line.is_ascii(), "{line}");
        assert!(line.contains("--NMBR = 03023125555--NAME = J?rg- NMBR = 99--\n"), "{line}");
        assert_eq!(line.matches('\n').count(), 1);
        notice.number = "withheld".into();
        assert!(jcblock_line(&notice).contains("--NMBR = P--"));
        notice.number = "9".repeat(64);
        notice.name = "x".repeat(300);
        assert!(jcblock_line(&notice).len() <= 80);
    }

    #[test]
    fn the_line_arrives() {
        let ear = UdpSocket::bind("127.0.0.1:0").unwrap();
        ear.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let settings = UdpSettings { to: vec![ear.local_addr().unwrap()], ..UdpSettings::default() };
        let notice = Notice::test(SystemTime::now());
        let mut sink = Udp::open(&settings).unwrap();
        for event in [Happening::LineUp, Happening::ListChanged, Happening::VoiceMail, Happening::Ended] {
            sink.tell(&Notice::new(event, SystemTime::now(), "home")).unwrap();
        }
        sink.tell(&notice).unwrap();
        let mut heard = [0; 200];
        let count = ear.recv(&mut heard).unwrap();
        assert_eq!(heard[..count], *jcblock_line(&notice).as_bytes());
    }
}
