//! A command line as a modem reads it: `AT&F E0 V1 +FCLASS=8;+VLS=1` is five commands.

/// One command of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// A letter with a number: `H1`, `E0`, `&D2`, `\N3`, `%E2`. The number is 0 if none stands there.
    Basic {
        /// The letter, with its sign before it, in upper case.
        name: String,
        /// The number.
        number: u32,
    },
    /// `S7=30` or, without a value, `S7?`.
    Register {
        /// Which.
        register: usize,
        /// What it is set to; `None` asks for it.
        value: Option<u32>,
    },
    /// `D` and all that follows, less the signs that only please the eye.
    Dial {
        /// The number with its modifiers: `T`, `P`, `,`, `W`, `@`, `!`.
        digits: String,
        /// A `;` stood at the end: back to commands once it is dialled.
        then_commands: bool,
    },
    /// `+VLS=1`, `#CID=1`, `!4886=02`, `-SDR=7`.
    Extended {
        /// The name with its sign, in upper case.
        name: String,
        /// What is asked.
        ask: Ask,
    },
}

/// What an extended command asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Do it.
    Do,
    /// Set it to that.
    Set(String),
    /// What is it set to?
    Get,
    /// What can it be set to?
    Test,
}

/// Reads what stands after `AT`; `None` if it cannot be read to its end.
pub(crate) fn parse(line: &str) -> Option<Vec<Command>> {
    let mut rest: &str = line;
    let mut commands = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', ';']);
        let Some(first) = rest.chars().next() else { return Some(commands) };
        match first.to_ascii_uppercase() {
            '+' | '#' | '!' | '-' | '*' | '$' => {
                let (one, after) = rest.split_once(';').unwrap_or((rest, ""));
                commands.push(extended(one)?);
                rest = after;
            }
            'D' => {
                let (digits, after) = match rest[1..].split_once(';') {
                    Some((digits, after)) => (digits, Some(after)),
                    None => (&rest[1..], None),
                };
                let digits = digits.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect();
                commands.push(Command::Dial { digits, then_commands: after.is_some() });
                rest = after.unwrap_or("");
            }
            'S' => {
                let (register, after) = number(&rest[1..]);
                let after = after.trim_start();
                if let Some(after) = after.strip_prefix('?') {
                    commands.push(Command::Register { register: register? as usize, value: None });
                    rest = after;
                } else {
                    let (value, after) = number(after.strip_prefix('=')?);
                    commands.push(Command::Register {
                        register: register? as usize,
                        value: Some(value.unwrap_or(0)),
                    });
                    rest = after;
                }
            }
            '&' | '\\' | '%' => {
                let letter = rest[1..].chars().next().filter(char::is_ascii_alphabetic)?;
                let (n, after) = number(&rest[2..]);
                let name = format!("{first}{}", letter.to_ascii_uppercase());
                commands.push(Command::Basic { name, number: n.unwrap_or(0) });
                rest = after;
            }
            letter if letter.is_ascii_uppercase() => {
                let (n, after) = number(&rest[1..]);
                commands.push(Command::Basic { name: letter.into(), number: n.unwrap_or(0) });
                rest = after;
            }
            _ => return None,
        }
    }
}

fn extended(one: &str) -> Option<Command> {
    let one = one.trim_end();
    let end = one[1..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(one.len(), |i| i + 1);
    let (name, tail) = one.split_at(end);
    if name.len() < 2 {
        return None;
    }
    let ask = match tail.trim_start() {
        "" => Ask::Do,
        "?" => Ask::Get,
        "=?" => Ask::Test,
        set => Ask::Set(set.strip_prefix('=')?.trim().into()),
    };
    Some(Command::Extended { name: name.to_ascii_uppercase(), ask })
}

/// The number at the start, if one stands there, and the rest.
fn number(text: &str) -> (Option<u32>, &str) {
    let text = text.trim_start_matches(' ');
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (if digits.is_empty() { None } else { Some(digits.parse().unwrap_or(u32::MAX)) }, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(name: &str, number: u32) -> Command {
        Command::Basic { name: name.into(), number }
    }

    fn ext(name: &str, ask: Ask) -> Command {
        Command::Extended { name: name.into(), ask }
    }

    #[test]
    fn lines_as_programs_send_them() {
        let set = |v: &str| Ask::Set(v.into());
        let rows: [(&str, Vec<Command>); 11] = [
            ("", vec![]),
            ("Z", vec![basic("Z", 0)]),
            ("e0v1", vec![basic("E", 0), basic("V", 1)]),
            (
                " Z S0=0 E1 V1 Q0",
                vec![
                    basic("Z", 0),
                    Command::Register { register: 0, value: Some(0) },
                    basic("E", 1),
                    basic("V", 1),
                    basic("Q", 0),
                ],
            ),
            ("S7?", vec![Command::Register { register: 7, value: None }]),
            ("&F&D2", vec![basic("&F", 0), basic("&D", 2)]),
            ("+VRA=70;+VRN=10", vec![ext("+VRA", set("70")), ext("+VRN", set("10"))]),
            ("+vts=[933,,50]", vec![ext("+VTS", set("[933,,50]"))]),
            ("+VSM=?", vec![ext("+VSM", Ask::Test)]),
            ("!4886=02", vec![ext("!4886", set("02"))]),
            (
                "DT 030-23125 555;H",
                vec![Command::Dial { digits: "T03023125555".into(), then_commands: true }, basic("H", 0)],
            ),
        ];
        for (line, wanted) in rows {
            assert_eq!(parse(line), Some(wanted), "{line:?}");
        }
        for wrong in ["=", "S", "&", "&5", "+", "S7", "?", "+VLS!", "\u{e4}"] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn any_text_at_all() {
        bolero::check!().with_type::<String>().for_each(|text| {
            let _ = parse(text);
        });
    }
}
