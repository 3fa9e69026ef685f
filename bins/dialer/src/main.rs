//! Places calls.
fn main() {}
