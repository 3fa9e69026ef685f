//! What could not be read, told so that it can be mended.

use std::fmt;
use std::path::{Path, PathBuf};

/// A card, event or file that was left out, and why. The rest is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The file or address, where known.
    pub source: Option<PathBuf>,
    /// The line that the trouble begins at, from 1; 0 for the whole.
    pub line: usize,
    /// What is wrong.
    pub text: Box<str>,
}

impl Problem {
    pub(crate) fn new(line: usize, text: impl Into<Box<str>>) -> Self {
        Self { source: None, line, text: text.into() }
    }

    pub(crate) fn of(mut self, source: &Path) -> Self {
        self.source = Some(source.to_owned());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{}:", source.display())?;
            if self.line > 0 {
                write!(f, "{}:", self.line)?;
            }
            f.write_str(" ")?;
        } else if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        f.write_str(&self.text)
    }
}
