//! Each line to and from the stick, for whoever wants to see them.

use super::{Machine, MachineOutput};
use crate::GsmEvent;

impl Machine {
    /// Shows lines to whoever wants to see them, with a PIN blotted out: only whole ones, since half a line hides
    /// what it is about.
    pub(super) fn show(&mut self, sent: bool, bytes: &[u8]) {
        let mut all = if sent { Vec::new() } else { std::mem::take(&mut self.half_line) };
        all.extend_from_slice(bytes);
        if !sent && all.len() < 4096 {
            let end = all.iter().rposition(|b| matches!(b, b'\r' | b'\n')).map_or(0, |at| at + 1);
            self.half_line = all.split_off(end);
        }
        let text = String::from_utf8_lossy(&all);
        for line in text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty()) {
            let line: String = if line.to_ascii_uppercase().contains("+CPIN=") {
                "AT+CPIN=\"****\"".into()
            } else {
                line.chars().filter(|c| !c.is_control()).take(400).collect()
            };
            self.out.push_back(MachineOutput::Event(GsmEvent::Line { sent, text: line.into() }));
        }
    }
}
