//! What can be wrong with numbers and tables of numbers.

/// What can be wrong with numbers and tables of numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not the code of a country.
    #[error("no country has the code {0:?}; give two letters such as DE, or a calling code such as +49")]
    NoSuchCountry(Box<str>),
    /// Not an area code.
    #[error("{0:?} is not an area code; give its digits, such as 030")]
    NotAnAreaCode(Box<str>),
    /// Not `+` and digits.
    #[error("{0:?} is not an international number; give + and at most fifteen digits")]
    NotInternational(Box<str>),
    /// A table of area codes that cannot be read.
    #[error("line {line} of the table of area codes: {reason}")]
    BadTable {
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        reason: Box<str>,
    },
}
