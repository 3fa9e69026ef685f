//! Numbers of things, for people.

use std::fmt::Display;

/// So many of something: `1 call`, `2 calls`, `0 entries`.
///
/// ```
/// use call_event::counted;
///
/// assert_eq!(counted(1_usize, "call"), "1 call");
/// assert_eq!(counted(2_u64, "call"), "2 calls");
/// assert_eq!(counted(0_u32, "new entry"), "0 new entries");
/// assert_eq!(counted(2_u32, "day"), "2 days");
/// ```
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, thing: &str) -> String {
    if count == N::from(1) {
        return format!("{count} {thing}");
    }
    match thing.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{count} {stem}ies"),
        _ => format!("{count} {thing}s"),
    }
}
