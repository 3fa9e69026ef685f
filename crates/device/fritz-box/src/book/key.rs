//! One form for all the ways in which people and boxes write the same number.

/// `+` country, area, subscriber. `country` and `area` are the box's own, without zeros before them.
///
/// `(0)` after a country code is dropped, as are all marks that are put in for the eye. A number without a zero
/// before it is one of the box's own area, if the box has one.
pub(crate) fn number_key(number: &str, country: &str, area: &str) -> Option<Box<str>> {
    let number = number.trim();
    // Of a pair `A(B)` the first is compared; `(0)` is no pair.
    let plain: String = number.replace("(0)", "");
    let claimed = match plain.split_once('(') {
        Some((first, _)) if first.bytes().any(|b| b.is_ascii_digit()) => first.to_owned(),
        _ => plain,
    };
    let international = claimed.trim_start().starts_with('+');
    let digits: String = claimed.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return None;
    }
    let absolute = if international { Some(&*digits) } else { digits.strip_prefix("00") };
    let key = match absolute {
        Some(rest) => match rest.strip_prefix(country) {
            // Some write +49 030...; the zero is not dialled.
            Some(national) if !country.is_empty() => {
                format!("+{country}{}", national.strip_prefix('0').unwrap_or(national))
            }
            _ => format!("+{rest}"),
        },
        None => match digits.strip_prefix('0') {
            Some(national) => format!("+{country}{national}"),
            None => format!("+{country}{area}{digits}"),
        },
    };
    Some(key.into_boxed_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_to_write_one_number() {
        for way in [
            "03023125001",
            "23125001",
            "+493023125001",
            "004930 23125-001",
            "+49 (0)30 23125001",
            "+49 030 23125001",
            "030/23125001#",
            "(030) 23125001",
        ] {
            assert_eq!(number_key(way, "49", "30").as_deref(), Some("+493023125001"), "{way}");
        }
        assert_eq!(number_key("00302101234567", "49", "30").as_deref(), Some("+302101234567"));
        assert_eq!(number_key("0302101234567", "49", "30").as_deref(), Some("+49302101234567"));
        assert_eq!(number_key("03023125555(015228817386)", "49", "30").as_deref(), Some("+493023125555"));
        assert_eq!(number_key("anonymous", "49", "30"), None);
    }
}
