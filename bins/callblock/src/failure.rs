//! How a command ends that could not do its work.

use std::fmt;
use std::process::ExitCode;

/// Why a command failed: one line of text, where possible with the remedy, and an exit code after
/// `sysexits.h`.
#[derive(Debug)]
pub struct Failure {
    text: String,
    code: u8,
}

impl Failure {
    /// Wrong use of the command line (64).
    pub const USAGE: u8 = 64;
    /// Wrong input data (65).
    pub const DATA: u8 = 65;
    /// An input file is missing (66).
    pub const NO_INPUT: u8 = 66;
    /// A device or service is not there (69).
    pub const UNAVAILABLE: u8 = 69;
    /// A fault of ours (70).
    pub const SOFTWARE: u8 = 70;
    /// A file of the user's would have to be replaced (73).
    pub const CANNOT_CREATE: u8 = 73;
    /// Reading or writing failed (74).
    pub const IO: u8 = 74;
    /// Try again later, or something else holds what is needed (75).
    pub const TEMPORARY: u8 = 75;
    /// Not permitted (77).
    pub const NO_PERMISSION: u8 = 77;
    /// Wrong configuration (78).
    pub const CONFIG: u8 = 78;

    /// A failure with one of the codes above.
    pub fn new(code: u8, text: impl fmt::Display) -> Self {
        Self { text: text.to_string(), code }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }

    /// Tells the user and gives the exit code.
    pub fn report(&self) -> ExitCode {
        self.report_as("callblock")
    }

    /// The same, under the name of another program of the family.
    pub fn report_as(&self, program: &str) -> ExitCode {
        if !self.text.is_empty() {
            eprintln!("{program}: {}", self.text);
        }
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}
