//! Numbers in a form that may be shown to strangers.

/// Replaces the last three digits of a number by `xxx`, wherever they stand.
///
/// A text with three digits or fewer loses all of them.
///
/// ```
/// assert_eq!(phone_number::redact("+493023125555"), "+493023125xxx");
/// assert_eq!(phone_number::redact("12"), "xx");
/// ```
pub fn redact(number: &str) -> String {
    let mut left = 3;
    let mut out: Vec<char> = number.chars().collect();
    for c in out.iter_mut().rev() {
        // An `x` stands for a digit that was hidden before.
        if left > 0 && (c.is_ascii_digit() || *c == 'x') {
            *c = 'x';
            left -= 1;
        }
    }
    out.into_iter().collect()
}
