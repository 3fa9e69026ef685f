//! Splitting what is too long for one message.

/// The most characters that one message holds. Telegram counts UTF-16 units.
pub const MOST_CHARS: usize = 4096;

/// Splits a text into parts of at most `most` UTF-16 units, where possible between paragraphs, lines or
/// words. Nothing is lost but the white space at the cuts; a text of white space alone gives no part.
///
/// ```
/// use call_notify::telegram::split;
/// assert_eq!(split("first line\nsecond line", 12), ["first line", "second line"]);
/// ```
pub fn split(text: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = fitting(rest, most.max(2));
        if end == rest.len() {
            parts.push(rest);
            break;
        }
        let head = &rest[..end];
        // A cut in the first half of a part would make many small ones of a long text.
        let cut = ["\n\n", "\n", " "]
            .iter()
            .find_map(|mark| head.rfind(mark).filter(|at| *at >= head.len() / 2))
            .unwrap_or(end);
        parts.push(rest[..cut].trim_end());
        rest = rest[cut..].trim_start();
    }
    parts
}

/// How many bytes of the text fit into so many UTF-16 units.
fn fitting(text: &str, most: usize) -> usize {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > most {
            return at;
        }
    }
    text.len()
}

/// Cuts a text to at most so many UTF-16 units.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    &text[..fitting(text, most)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_emoji_counts_twice_and_is_never_cut() {
        let text = "\u{1f4de}".repeat(5);
        assert_eq!(split(&text, 5), ["\u{1f4de}\u{1f4de}", "\u{1f4de}\u{1f4de}", "\u{1f4de}"]);
        assert!(split(" \n ", 5).is_empty());
    }

    proptest! {
        #[test]
        fn parts_fit_and_lose_nothing_but_white_space(text in "\\PC{0,300}|[a-z \n]{0,300}", most in 2_usize..60) {
            let parts = split(&text, most);
            for part in &parts {
                prop_assert!(!part.is_empty() && part.encode_utf16().count() <= most);
            }
            let solid = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(solid(&parts.concat()), solid(&text));
        }
    }
}
