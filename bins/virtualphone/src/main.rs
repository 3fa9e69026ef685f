//! The virtual phone.
fn main() {}
