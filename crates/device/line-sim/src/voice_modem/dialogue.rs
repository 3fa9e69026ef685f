//! Dialogue files: what was sent to a modem and what it answered, as a person can read and write it.
//!
//! ```text
//! # Zoom 3095, as reported
//! > ATI0
//! < 56000
//! < OK
//! > AT+VTX
//! < CONNECT
//! ```
//!
//! `>` is a command, `<` a line of its reply. A command that stands there several times gives its
//! replies in turn, and the last of them from then on. `\r`, `\n`, `\\` and `\xHH` stand for bytes.
//! A reply whose last line is `CONNECT` also sets the modem to playing or recording, as its own
//! would; any other reply changes nothing in the modem.

use std::path::{Path, PathBuf};

use crate::Error;

/// A dialogue: commands and the replies to them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dialogue {
    exchanges: Vec<Exchange>,
}

/// One command with its reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The command as sent, without its line end.
    pub command: String,
    /// The lines of the reply.
    pub reply: Vec<Vec<u8>>,
    used: bool,
}

impl Dialogue {
    /// Reads a dialogue file.
    ///
    /// # Errors
    ///
    /// [`Error::File`] or [`Error::Script`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Error::File { path: path.to_owned(), reason: e.to_string().into() })?;
        Self::parse(&text).map_err(|(line, reason)| Error::Script {
            path: PathBuf::from(path),
            line,
            reason: reason.into(),
        })
    }

    /// Reads the text of a dialogue file.
    ///
    /// # Errors
    ///
    /// The line, from 1, and what is wrong with it.
    ///
    /// ```
    /// use line_sim::voice_modem::Dialogue;
    /// let dialogue = Dialogue::parse("> ATI3\n< CX93001-EIS_V0.2002-V92\n< OK\n").unwrap();
    /// assert_eq!(dialogue.exchanges().len(), 1);
    /// ```
    pub fn parse(text: &str) -> Result<Self, (usize, &'static str)> {
        let mut exchanges: Vec<Exchange> = Vec::new();
        for (n, line) in text.lines().enumerate() {
            let line = line.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(command) = line.strip_prefix('>') {
                let command = command.trim().to_owned();
                exchanges.push(Exchange { command, reply: Vec::new(), used: false });
            } else if let Some(reply) = line.strip_prefix('<') {
                let reply = unescape(reply.strip_prefix(' ').unwrap_or(reply))
                    .ok_or((n + 1, "only \\r, \\n, \\\\ and \\xHH are known after a backslash"))?;
                let exchange = exchanges.last_mut().ok_or((n + 1, "a reply before any command"))?;
                exchange.reply.push(reply);
            } else {
                return Err((n + 1, "a line begins with > (command), < (reply) or #"));
            }
        }
        Ok(Self { exchanges })
    }

    /// All of it.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// The reply to a command line, if there is one.
    pub(crate) fn reply_to(&mut self, line: &str) -> Option<Vec<Vec<u8>>> {
        let wanted = normal(line);
        let fits = |e: &Exchange| normal(&e.command) == wanted;
        let place = self
            .exchanges
            .iter()
            .position(|e| fits(e) && !e.used)
            .or_else(|| self.exchanges.iter().rposition(fits))?;
        let exchange = &mut self.exchanges[place];
        exchange.used = true;
        Some(exchange.reply.clone())
    }
}

/// Commands are the same whatever their case and spaces.
fn normal(line: &str) -> String {
    line.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect()
}

/// The bytes of a text with `\r`, `\n`, `\\` and `\xHH` in it.
pub(super) fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let after = &rest[at + 1..];
        let (byte, used) = match after.chars().next()? {
            'r' => (b'\r', 1),
            'n' => (b'\n', 1),
            '\\' => (b'\\', 1),
            'x' => (u8::from_str_radix(after.get(1..3)?, 16).ok()?, 3),
            _ => return None,
        };
        out.push(byte);
        rest = &after[used..];
    }
    out.extend_from_slice(rest.as_bytes());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_come_in_turn_and_the_last_stays() {
        let mut d = Dialogue::parse("# x\n> AT+X?\n< 1\n< OK\n\n> at+x?\n< \\x802\\r\\n\n").unwrap();
        assert_eq!(d.reply_to("AT +X?"), Some(vec![b"1".to_vec(), b"OK".to_vec()]));
        assert_eq!(d.reply_to("AT+X?"), Some(vec![b"\x802\r\n".to_vec()]));
        assert_eq!(d.reply_to("AT+X?"), Some(vec![b"\x802\r\n".to_vec()]));
        assert_eq!(d.reply_to("AT"), None);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        assert_eq!(Dialogue::parse("> AT\n< a\\q").unwrap_err().0, 2);
        assert_eq!(Dialogue::parse("\n< OK").unwrap_err().0, 2);
        assert_eq!(Dialogue::parse("AT").unwrap_err().0, 1);
    }
}
