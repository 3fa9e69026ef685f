//! Times as people write them: `7s`, `1.5s`, `2m`, `24h`, `30d`, or a plain number of seconds.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A time in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Span {
    /// The longest time that makes sense here.
    const LONGEST: f64 = 10.0 * 366.0 * 86_400.0;

    /// Reads a time.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and how to write it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let unit_at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, unit) = text.split_at(unit_at);
        let factor = match unit.trim() {
            "ms" => 0.001,
            "" | "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => {
                return Err(format!(
                    "\"{}\" is no time; write one such as 90s, 2m, 24h or 30d",
                    text.escape_debug()
                ));
            }
        };
        number
            .trim()
            .parse::<f64>()
            .map_err(|_| {
                format!("\"{}\" is no time; write one such as 90s, 2m, 24h or 30d", text.escape_debug())
            })
            .and_then(|value| Self::seconds(value * factor))
    }

    fn seconds(seconds: f64) -> Result<Self, String> {
        if seconds.is_finite() && (0.0..=Self::LONGEST).contains(&seconds) {
            Ok(Self(Duration::from_secs_f64(seconds)))
        } else {
            Err("a time lies between 0 and ten years".into())
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Times;
        impl Visitor<'_> for Times {
            type Value = Span;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as \"90s\", \"2m\", \"24h\" or a number of seconds")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Span, E> {
                Span::parse(text).map_err(E::custom)
            }
            fn visit_i64<E: Error>(self, seconds: i64) -> Result<Span, E> {
                #[allow(clippy::cast_precision_loss, reason = "ten years of seconds fit")]
                Span::seconds(seconds as f64).map_err(E::custom)
            }
            fn visit_f64<E: Error>(self, seconds: f64) -> Result<Span, E> {
                Span::seconds(seconds).map_err(E::custom)
            }
        }
        from.deserialize_any(Times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let ms = |text: &str| Span::parse(text).map(|s| s.0.as_millis()).ok();
        assert_eq!(ms("7"), Some(7000));
        assert_eq!(ms("7s"), Some(7000));
        assert_eq!(ms(" 1.5 s "), Some(1500));
        assert_eq!(ms("250ms"), Some(250));
        assert_eq!(ms("2m"), Some(120_000));
        assert_eq!(ms("30d"), Some(30 * 86_400_000));
        for wrong in ["", "s", "-1s", "1e400s", "7 weeks", "nan", "infs"] {
            assert_eq!(ms(wrong), None, "{wrong:?}");
        }
    }
}
