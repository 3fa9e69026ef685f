//! The lines of NCID's protocol, both ways.

use chrono::{DateTime, Local};

use crate::{Happening, Notice, Wish};

/// The longest line that is read; what is longer is no client's.
pub(super) const LONGEST: usize = 1000;

/// What a client or gateway says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientLine {
    /// It is alive and wants an answer.
    AreYouThere,
    /// It wants its calls echoed.
    WantsEcho,
    /// It wants no old calls.
    NoLog,
    /// It says who it is.
    Hello(String),
    /// It asks what is known of a number.
    Info {
        /// The number.
        number: String,
        /// The name, or nothing.
        name: String,
    },
    /// It wants a list changed; with the comment.
    Change(Wish, String),
    /// It wants the lists read again.
    Reload,
    /// It wants the call log once more.
    Reread,
    /// It says something to everybody.
    Message(String),
    /// A gateway brings a call.
    Call(GatewayCall),
    /// A job that is not done here.
    UnknownJob(String),
    /// Something else; to be ignored.
    Other,
}

/// A call that a gateway brings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GatewayCall {
    /// `IN`, `OUT`, `HUP`, `BLK`, `WID`, `PID`, or `BYE`, `CANCEL` for its end.
    pub kind: String,
    /// The gateway's name of the line.
    pub line: String,
    /// The number as the gateway shows it.
    pub number: String,
    /// The name.
    pub name: String,
}

/// Reads a line; any bytes give something.
pub fn read_line(line: &[u8]) -> ClientLine {
    let text = String::from_utf8_lossy(&line[..line.len().min(LONGEST)]);
    let text: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    let Some((label, rest)) = text.split_once(':') else { return ClientLine::Other };
    let rest = rest.trim();
    match label {
        "HELLO" => match rest.split_once(':').map(|(kind, value)| (kind.trim(), value.trim())) {
            Some(("CMD", "no_log")) => ClientLine::NoLog,
            Some(("IDENT", who)) => ClientLine::Hello(who.chars().take(80).collect()),
            _ => ClientLine::Other,
        },
        "REQ" => request(rest),
        "MSG" => ClientLine::Message(rest.split(" ###").next().unwrap_or(rest).chars().take(200).collect()),
        "CALL" | "CALLINFO" => rest
            .strip_prefix("###")
            .and_then(|rest| rest.strip_suffix("+++"))
            .map_or(ClientLine::Other, |fields| ClientLine::Call(gateway_call(fields))),
        _ => ClientLine::Other,
    }
}

fn request(text: &str) -> ClientLine {
    let mut words = quoted(text).into_iter();
    let job = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    match (job.as_str(), &rest[..]) {
        ("YO", []) => ClientLine::AreYouThere,
        ("ACK", []) => ClientLine::WantsEcho,
        ("RELOAD", _) => ClientLine::Reload,
        ("REREAD", _) => ClientLine::Reread,
        ("INFO", [_, ..]) => {
            let asked = rest.join(" ");
            let mut fields = asked.split("&&").map(|field| field.trim().chars().take(80).collect());
            ClientLine::Info {
                number: fields.next().unwrap_or_default(),
                name: fields.next().unwrap_or_default(),
            }
        }
        ("black" | "white", [what, item, more @ ..]) => {
            let verb = match (job.as_str(), what.as_str()) {
                ("black", "add") => "block",
                ("black", "remove") => "unblock",
                ("white", "add") => "allow",
                ("white", "remove") => "disallow",
                _ => return ClientLine::UnknownJob(text.chars().take(80).collect()),
            };
            let comment = more.first().cloned().unwrap_or_default();
            Wish::parse(&format!("{verb} {item}")).map_or_else(
                || ClientLine::UnknownJob(text.chars().take(80).collect()),
                |wish| ClientLine::Change(wish, comment),
            )
        }
        _ => ClientLine::UnknownJob(text.chars().take(80).collect()),
    }
}

/// Words, of which those in quotes may hold spaces.
fn quoted(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(inner) => inner.split_once('"').unwrap_or((inner, "")),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

fn gateway_call(fields: &str) -> GatewayCall {
    let mut call = GatewayCall::default();
    for field in fields.split("...") {
        for (label, place) in [
            ("CALL", &mut call.kind),
            ("LINE", &mut call.line),
            ("NMBR", &mut call.number),
            ("NAME", &mut call.name),
        ] {
            // The date's label would do for none of them; a scheduled call's is SCALL.
            if let Some(value) = field.strip_prefix(label) {
                *place = value.chars().take(60).collect();
            }
        }
        if matches!(field, "BYE" | "CANCEL") {
            call.kind = field.into();
        }
    }
    call
}

/// The line that tells clients of a call, `label` being CID, HUP, OUT and so on, or CIDLOG and so on.
pub fn call_line(label: &str, notice: &Notice) -> String {
    let at = DateTime::<Local>::from(notice.at);
    let number = match notice.number.as_str() {
        "withheld" => "PRIVATE".into(),
        "" | "unavailable" => "OUT-OF-AREA".into(),
        number => field(number).replace([' ', '/'], ""),
    };
    let name = if notice.name.is_empty() { "NO NAME".into() } else { field(&notice.name) };
    format!(
        "{label}: *DATE*{}*TIME*{}*LINE*{}*NMBR*{number}*MESG*NONE*NAME*{name}*",
        at.format("%m%d%Y"),
        at.format("%H%M"),
        field(&notice.line),
    )
}

/// The line that a client's message becomes for all.
pub(super) fn message_line(text: &str, at: std::time::SystemTime) -> String {
    let at = DateTime::<Local>::from(at);
    format!(
        "MSG: {} ***DATE*{}*TIME*{}*NAME*-*NMBR*-*LINE*-*MTYPE*OUT*",
        field(text),
        at.format("%m%d%Y"),
        at.format("%H%M")
    )
}

/// The line that tells clients how a call ended.
pub fn end_line(notice: &Notice) -> String {
    let end = DateTime::<Local>::from(notice.at);
    let kind = if notice.seconds > 0 { "BYE" } else { "CANCEL" };
    let begin = end - chrono::Duration::seconds(i64::try_from(notice.seconds).unwrap_or(0));
    let form = "%m/%d/%Y %H:%M:%S";
    format!(
        "END: *HTYPE*{kind}*DATE*{}*TIME*{}*SCALL*{}*ECALL*{}*CTYPE*{}*LINE*{}*NMBR*{}*NAME*{}*",
        end.format("%m%d%Y"),
        end.format("%H%M"),
        begin.format(form),
        end.format(form),
        if notice.outgoing { "OUT" } else { "IN" },
        field(&notice.line),
        field(&notice.number).replace([' ', '/'], ""),
        field(&notice.name),
    )
}

/// The lines that a notice gives.
pub(super) fn lines(notice: &Notice) -> Vec<String> {
    let info = |ring: i32| {
        let at = DateTime::<Local>::from(notice.at).format("%H:%M:%S");
        format!("CIDINFO: *LINE*{}*RING*{ring}*TIME*{at}*", field(&notice.line))
    };
    let message = |text: &str| {
        let at = DateTime::<Local>::from(notice.at);
        format!(
            "NOT: {} ***DATE*{}*TIME*{}*NAME*callblock*NMBR*{}*LINE*{}*MTYPE*-*",
            field(text),
            at.format("%m%d%Y"),
            at.format("%H%M"),
            field(&notice.number).replace([' ', '/'], ""),
            field(&notice.line),
        )
    };
    match notice.event {
        // A call that waits rings no telephone.
        Happening::Ringing if notice.waiting => vec![call_line("WID", notice)],
        Happening::Ringing => vec![call_line("CID", notice), info(1)],
        Happening::Blocked => vec![call_line("HUP", notice), info(-2)],
        Happening::Ended if notice.outgoing => vec![call_line("OUT", notice), end_line(notice)],
        Happening::Ended => vec![info(if notice.seconds > 0 { 0 } else { -1 }), end_line(notice)],
        Happening::Summary => Vec::new(),
        _ => vec![message(&notice.headline())],
    }
}

/// A star ends a field, and strangers choose names.
fn field(text: &str) -> String {
    let text: String = text.chars().map(|c| if c == '*' || c.is_control() { ' ' } else { c }).collect();
    let text = text.trim();
    if text.is_empty() { "-".into() } else { text.chars().take(50).collect() }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn requests_are_read_and_wild_ones_are_harmless() {
        assert_eq!(read_line(b"REQ: YO\r\n"), ClientLine::AreYouThere);
        assert_eq!(read_line(b"HELLO: CMD: no_log"), ClientLine::NoLog);
        let info = |number: &str, name: &str| ClientLine::Info { number: number.into(), name: name.into() };
        assert_eq!(read_line(b"REQ: INFO 4075550100&&X&&POTS"), info("4075550100", "X"));
        assert_eq!(read_line(b"REQ: INFO 4075550100&&DOE JANE"), info("4075550100", "DOE JANE"));
        assert_eq!(read_line(b"REQ: INFO 4075550100"), info("4075550100", ""));
        assert_eq!(
            read_line(b"REQ: black add \"4075550100\" \"robo caller\""),
            ClientLine::Change(Wish::Block("4075550100".into()), "robo caller".into())
        );
        assert_eq!(
            read_line(b"REQ: white remove 4075550100"),
            ClientLine::Change(Wish::Disallow("4075550100".into()), String::new())
        );
        assert!(matches!(read_line(b"REQ: black add \"x; rm -rf\""), ClientLine::UnknownJob(_)));
        assert_eq!(
            read_line(b"CALL: ###DATE11202241...CALLIN...LINEVOIP...NMBR4075550100...NAMEA CALLER+++"),
            ClientLine::Call(GatewayCall {
                kind: "IN".into(),
                line: "VOIP".into(),
                number: "4075550100".into(),
                name: "A CALLER".into()
            })
        );
        assert_eq!(read_line(b"FOO: bar"), ClientLine::Other);
        bolero::check!().with_iterations(3000).for_each(|bytes: &[u8]| drop(read_line(bytes)));
    }

    #[test]
    fn a_name_cannot_forge_a_field_or_a_line() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_176_000);
        let mut notice = Notice::test(at);
        notice.name = "X*NMBR*999*\r\nHUP: *".into();
        let line = call_line("CID", &notice);
        assert_eq!(line.matches("*NMBR*").count(), 1, "{line}");
        assert!(!line.contains('\n') && line.starts_with("CID: *DATE*11202026*TIME*"), "{line}");
        assert!(line.ends_with("*LINE*test*NMBR*03023125555*MESG*NONE*NAME*X NMBR 999   HUP:*"), "{line}");
        notice.number = "withheld".into();
        assert!(call_line("CID", &notice).contains("*NMBR*PRIVATE*"));
    }
}
