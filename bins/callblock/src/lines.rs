//! A line of the configuration becomes a driver.

use call_guard::LineStarter;

use crate::config::LineSection;

/// Checks a line's settings.
///
/// # Errors
///
/// What is not known, and what is.
pub(crate) fn settings(_line: &LineSection) -> Result<(), String> {
    Ok(())
}

/// What starts the line's driver.
pub(crate) fn starter(_line: &LineSection) -> Result<LineStarter, String> {
    Err("the driver is being built".into())
}
