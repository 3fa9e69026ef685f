//! Actions and spans of time as people write them in a configuration.

use std::path::PathBuf;
use std::time::Duration;

use call_event::Action;

/// How long a caller is recorded or spoken to if nothing else is said.
const USUAL_LENGTH: Duration = Duration::from_secs(120);

/// Reads an action: `ring`, `ring:3`, `hang-up`, `fax`, `message`, `message:gone.wav`, `record:60`, `transmit:60`,
/// `duplex:120`, `voice-mail`, `challenge:5`, `keep-busy`, `forward:+493023125555`, `bar`. Times are in seconds
/// where no unit stands.
///
/// ```
/// use std::time::Duration;
/// use call_event::Action;
/// assert_eq!(call_screen::read_action("record:2m").unwrap(), Action::Record(Duration::from_secs(120)));
/// assert!(call_screen::read_action("shout").is_err());
/// ```
///
/// # Errors
///
/// One sentence that says what would be right.
pub fn read_action(text: &str) -> Result<Action, String> {
    let (word, rest) = match text.trim().split_once(':') {
        Some((word, rest)) => (word.trim(), Some(rest.trim())),
        None => (text.trim(), None),
    };
    let length = || rest.map_or(Ok(USUAL_LENGTH), read_span);
    let plain = |action: Action| match rest {
        None => Ok(action),
        Some(rest) => Err(format!("\"{word}\" takes nothing behind a colon, but {rest:?} stands there")),
    };
    match word {
        "ring" | "allow" => match rest {
            None => Ok(Action::Ring { rings: None }),
            Some(rings) => match rings.parse() {
                Ok(rings) if rings > 0 => Ok(Action::Ring { rings: Some(rings) }),
                _ => Err(format!("\"ring:{rings}\" needs a number of rings, such as ring:3")),
            },
        },
        "hang-up" | "block" => plain(Action::HangUp),
        "fax" => plain(Action::Fax),
        "message" => Ok(Action::Message(rest.map(PathBuf::from))),
        "record" => Ok(Action::Record(length()?)),
        "transmit" => Ok(Action::Transmit(length()?)),
        "duplex" => Ok(Action::Duplex(length()?)),
        "voice-mail" => plain(Action::VoiceMail),
        "keep-busy" => plain(Action::KeepBusy),
        "bar" => plain(Action::Bar),
        "challenge" => {
            let mut digits = rest.unwrap_or("5").chars();
            match (digits.next(), digits.next()) {
                (Some(digit @ ('0'..='9' | '*' | '#')), None) => Ok(Action::Challenge { digit }),
                _ => Err("\"challenge\" needs one digit, such as challenge:5".into()),
            }
        }
        "forward" => match rest.and_then(phone_number::ShownNumber::new) {
            Some(number) => Ok(Action::Forward(number.as_str().into())),
            None => Err("\"forward\" needs a number, such as forward:+493023125555".into()),
        },
        _ => Err(format!(
            "{word:?} is no action; use ring, hang-up, fax, message, record, transmit, duplex, voice-mail, \
             challenge, keep-busy, forward or bar"
        )),
    }
}

/// Writes an action as [`read_action`] reads it.
pub fn write_action(action: &Action) -> String {
    let word = action.word();
    match action {
        Action::Ring { rings: Some(rings) } => format!("{word}:{rings}"),
        Action::Message(Some(file)) => format!("{word}:{}", file.display()),
        Action::Record(length) | Action::Transmit(length) | Action::Duplex(length) => {
            format!("{word}:{}", length.as_secs())
        }
        Action::Challenge { digit } => format!("{word}:{digit}"),
        Action::Forward(number) => format!("{word}:{number}"),
        _ => word.to_owned(),
    }
}

/// Reads a span of time: `90`, `90s`, `10m`, `2h`, `30d`, `4w`.
///
/// # Errors
///
/// One sentence that says what would be right.
pub fn read_span(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        other => return Err(format!("{other:?} is no unit of time; use s, m, h, d or w")),
    };
    match digits.trim().parse::<u32>() {
        Ok(count) if count > 0 => Ok(Duration::from_secs(u64::from(count) * unit)),
        _ => Err(format!("{text:?} is no span of time; write for example 90s, 10m, 2h or 30d")),
    }
}

/// Writes a span of time as [`read_span`] reads it.
pub fn write_span(span: Duration) -> String {
    let seconds = span.as_secs();
    for (unit, length) in [("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60)] {
        if seconds >= length && seconds.is_multiple_of(length) {
            return format!("{}{unit}", seconds / length);
        }
    }
    format!("{seconds}s")
}
