//! How far a long work is, on a terminal; nothing in files and pipes.

use std::io::IsTerminal as _;

/// A line that counts up on standard error, and is ended when this is dropped.
pub(crate) struct Progress {
    what: &'static str,
    shown: bool,
    terminal: bool,
}

impl Progress {
    /// Counts so many of that: `lines`, `calls`.
    pub(crate) fn new(what: &'static str) -> Self {
        Self { what, shown: false, terminal: std::io::stderr().is_terminal() }
    }

    /// So many are done.
    pub(crate) fn tell(&mut self, done: impl std::fmt::Display) {
        if self.terminal {
            eprint!("\r{done} {}", self.what);
            self.shown = true;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            eprintln!();
        }
    }
}
