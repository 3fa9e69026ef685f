//! Command lines: echo, reading, doing, answering.

use std::time::Duration;

use super::super::command_line::{Ask, Command, parse};
use super::super::profile::Unknown;
use super::super::record::{HungUpBy, SimEvent, VoiceState};
use super::super::settings::Fault;
use super::{AtState, LONGEST_LINE, Machine};

/// How a command ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Ok,
    Error,
    /// CONNECT, and sound flows from then on.
    Voice(VoiceState),
    /// A result in other words.
    Result(&'static str),
    /// The result comes when it comes.
    Later,
    /// OK after the time that it takes.
    After(Duration),
}

impl Machine {
    pub(super) fn command_byte(&mut self, byte: u8) {
        if self.at.echo {
            self.emit(vec![byte]);
        }
        match byte {
            b'\r' => {
                let line = std::mem::take(&mut self.line);
                self.command_line(&line);
            }
            b'\n' | 0 => {}
            8 | 127 => {
                self.line.pop();
            }
            _ if self.line.len() > LONGEST_LINE => {}
            _ => self.line.push(byte),
        }
    }

    fn command_line(&mut self, bytes: &[u8]) {
        // What stands before AT is noise from the line or the rest of something else.
        let text: String = bytes.iter().map(|b| char::from(*b)).collect();
        let upper = text.to_ascii_uppercase();
        let (whole, rest) = if upper.ends_with("A/") && !upper.contains("AT") {
            let last = self.last_line.clone();
            (format!("AT{last}"), last)
        } else if let Some(at) = upper.find("AT") {
            (text[at..].to_owned(), text[at + 2..].to_owned())
        } else {
            return;
        };
        self.commands += 1;
        self.log(SimEvent::Command(whole.clone()));
        self.last_line.clone_from(&rest);
        if bytes.len() > LONGEST_LINE {
            self.answer(&whole, Vec::new(), Outcome::Error, None);
            return;
        }
        let faults = &self.settings.faults;
        let (deaf_after, deaf_for) = (faults.deaf_after, faults.deaf_for);
        if deaf_after == Some(self.commands) {
            let now = self.now;
            self.go_deaf(now, deaf_for);
            return;
        }
        let faults = &self.settings.faults;
        let (unplug_after, back_after) = (faults.unplug_after, faults.plug_in_after);
        if unplug_after == Some(self.commands) {
            let now = self.now;
            self.pull_plug(now, back_after);
            return;
        }
        let fault = self.fault_for(&whole);
        match &fault {
            Some(Fault::Ignored) => {
                self.log(SimEvent::Fault(format!("{whole} ignored")));
                return;
            }
            Some(Fault::Wrong(text)) => {
                let bytes = self.result(text);
                self.log(SimEvent::Fault(format!("{whole} answered {text} and not done")));
                self.reply(bytes, None);
                return;
            }
            _ => {}
        }
        if let Some(lines) = self.settings.dialogue.reply_to(&whole) {
            self.answer_from_dialogue(&whole, &rest, &lines, fault);
            return;
        }
        let (infos, outcome) = match parse(&rest) {
            Some(commands) => self.run_commands(commands),
            None => (Vec::new(), Outcome::Error),
        };
        self.answer(&whole, infos, outcome, fault);
    }

    fn run_commands(&mut self, commands: Vec<Command>) -> (Vec<String>, Outcome) {
        let mut infos = Vec::new();
        let mut outcome = Outcome::Ok;
        for command in commands {
            outcome = match command {
                Command::Basic { name, number } => self.basic(&name, number, &mut infos),
                Command::Register { register, value } => self.register(register, value, &mut infos),
                Command::Dial { digits, then_commands } => self.dial(&digits, then_commands),
                Command::Extended { name, ask } => self.extended(&name, ask, &mut infos),
            };
            if outcome != Outcome::Ok {
                break;
            }
        }
        (infos, outcome)
    }

    fn answer_from_dialogue(&mut self, whole: &str, rest: &str, lines: &[Vec<u8>], fault: Option<Fault>) {
        let mut bytes = Vec::new();
        for line in lines {
            let text: String = line.iter().map(|b| char::from(*b)).collect();
            let framed = if line.iter().all(u8::is_ascii) { self.framed(&text) } else { line.clone() };
            bytes.extend(framed);
        }
        let connects = lines.last().is_some_and(|l| l.starts_with(b"CONNECT"));
        self.log(SimEvent::Sent(bytes.clone()));
        self.reply(bytes, fault);
        let upper = rest.to_ascii_uppercase();
        let state =
            [("+VTX", VoiceState::Playing), ("+VRX", VoiceState::Recording), ("+VTR", VoiceState::Duplex)]
                .into_iter()
                .find(|(name, _)| upper.contains(name));
        if let (true, Some((_, state))) = (connects, state) {
            self.enter_voice(state);
        } else {
            log::debug!("dialogue answers {whole}");
        }
    }

    /// Sends the reply to a command line, with what goes wrong with it.
    pub(super) fn answer(&mut self, whole: &str, infos: Vec<String>, outcome: Outcome, fault: Option<Fault>) {
        let wrong = self.settings.faults.wrong;
        let wrong = self.draw(wrong);
        if wrong {
            self.log(SimEvent::Fault(format!("{whole} answered wrongly")));
        }
        let (text, delay) = match &outcome {
            Outcome::Later => return,
            Outcome::Ok | Outcome::After(_) if wrong => ("ERROR", Duration::ZERO),
            Outcome::Voice(_) if wrong => ("OK", Duration::ZERO),
            Outcome::Ok => ("OK", Duration::ZERO),
            Outcome::After(time) => ("OK", *time),
            Outcome::Error => ("ERROR", Duration::ZERO),
            Outcome::Voice(_) => ("CONNECT", Duration::ZERO),
            Outcome::Result(text) => (*text, Duration::ZERO),
        };
        let mut bytes = Vec::new();
        for info in infos {
            bytes.extend(self.framed(&info));
        }
        bytes.extend(self.result(text));
        self.log(SimEvent::Sent(bytes.clone()));
        // What takes its time is answered late without being at fault.
        let late = (!delay.is_zero()).then_some(Fault::Late(delay));
        self.reply(bytes, fault.or(late));
        if let Outcome::Voice(state) = outcome
            && !wrong
        {
            self.enter_voice(state);
        }
    }

    /// Sends the bytes of a reply: lost, late, behind garbage, in pieces, or just so.
    pub(super) fn reply(&mut self, bytes: Vec<u8>, fault: Option<Fault>) {
        let mut delay = self.settings.think;
        match fault {
            Some(Fault::Lost) => {
                self.log(SimEvent::Fault("the reply is lost".into()));
                return;
            }
            Some(Fault::Late(by)) => delay += by,
            Some(Fault::Garbage(garbage)) => {
                self.log(SimEvent::Fault(format!("{} bytes of garbage", garbage.len())));
                self.emit_after(delay, garbage);
            }
            _ => {}
        }
        for (pause, piece) in self.settings.faults.split.pieces(&bytes) {
            delay += pause;
            self.emit_after(delay, piece);
        }
    }

    fn basic(&mut self, name: &str, number: u32, infos: &mut Vec<String>) -> Outcome {
        match (name, number) {
            ("A", _) => self.answer_call(),
            ("H", 0) => {
                self.hang_up(HungUpBy::Command);
                self.at.class = "0".into();
                Outcome::Ok
            }
            ("H", _) => {
                self.take_line();
                Outcome::Ok
            }
            ("Z", _) | ("&F", _) => {
                self.hang_up(HungUpBy::Command);
                let (echo, verbose) = (self.at.echo, self.at.verbose);
                self.at = AtState::fresh(&self.settings);
                // The reply to the reset itself still comes as the program expects it.
                if name == "Z" {
                    self.at.echo = echo && self.settings.echo;
                    self.at.verbose = verbose || self.settings.verbose;
                }
                self.no_calls_before =
                    self.now + Duration::from_millis(self.settings.profile.busy_after_reset);
                Outcome::Ok
            }
            ("E", n @ 0..=1) => {
                self.at.echo = n == 1;
                Outcome::Ok
            }
            ("V", n @ 0..=1) => {
                self.at.verbose = n == 1;
                Outcome::Ok
            }
            ("Q", n @ 0..=1) => {
                self.at.quiet = n == 1;
                Outcome::Ok
            }
            ("I", n) => match self.settings.profile.ati.iter().find(|(i, _)| *i == n) {
                Some((_, text)) => {
                    infos.push((*text).into());
                    Outcome::Ok
                }
                None => Outcome::Error,
            },
            ("&V", _) => {
                infos.push(format!(
                    "B1 E{} L2 M1 N0 Q0 T V{} W0 X4 Y0 &C1 &D2 &G0 &J0 &K3 &Q5 &R1 &S0 &T5 &X0 &Y0",
                    u8::from(self.at.echo),
                    u8::from(self.at.verbose)
                ));
                Outcome::Ok
            }
            ("E" | "V" | "Q", _) => Outcome::Error,
            _ => Outcome::Ok,
        }
    }

    fn register(&mut self, register: usize, value: Option<u32>, infos: &mut Vec<String>) -> Outcome {
        let Some(place) = self.at.registers.get_mut(register) else { return Outcome::Error };
        match value {
            Some(value @ 0..=255) => *place = value,
            Some(_) => return Outcome::Error,
            None => infos.push(format!("{:03}", *place)),
        }
        Outcome::Ok
    }

    fn extended(&mut self, name: &str, ask: Ask, infos: &mut Vec<String>) -> Outcome {
        let profile = &self.settings.profile;
        if let Some(reply) = fixed_reply(profile.replies, name, &ask)
            && !(name.starts_with("+VSD") && self.at.class != "8")
        {
            infos.push(reply.into());
            return Outcome::Ok;
        }
        if profile.country.is_some_and(|(command, _)| command == name) {
            return self.country(ask, infos);
        }
        if profile.caller_id_commands.contains(&name) {
            return self.caller_id_command(ask, infos);
        }
        match name {
            "+GMI" | "+GMM" | "+GMR" | "+FMI" | "+FMM" | "+FMR" => {
                let place = ["I", "M", "R"].iter().position(|end| name.ends_with(end)).unwrap_or(0);
                let text = profile.identity[place];
                if !text.is_empty() {
                    let before = if profile.names_replies { format!("{name}: ") } else { String::new() };
                    infos.push(before + text);
                }
                Outcome::Ok
            }
            "+GCAP" if profile.unknown == Unknown::Error => {
                infos.push(if profile.speaks() {
                    "+GCAP: +FCLASS,+V".into()
                } else {
                    "+GCAP: +FCLASS".into()
                });
                Outcome::Ok
            }
            "+FCLASS" => self.class(ask, infos),
            "+GCI" | "+IFC" | "+IPR" | "+ICF" | "+MS" | "+DS" | "+ES" | "+FAA" | "+FLID" | "+FCR" => {
                self.store(name, ask, infos)
            }
            "-SDR" | "+VDR" if profile.speaks() || name == "-SDR" => self.store(name, ask, infos),
            _ if name.starts_with("+V") && profile.speaks() => self.voice_command(name, ask, infos),
            _ if name.starts_with('+') && profile.unknown == Unknown::Ok => Outcome::Ok,
            _ => Outcome::Error,
        }
    }

    fn country(&mut self, ask: Ask, infos: &mut Vec<String>) -> Outcome {
        let right = self.settings.profile.country.map(|c| c.1);
        match ask {
            Ask::Set(value) => {
                self.at.country = Some(value.as_str()) == right;
                Outcome::Ok
            }
            Ask::Get => {
                infos.push(if self.at.country { right.unwrap_or("00").into() } else { "00".into() });
                Outcome::Ok
            }
            _ => Outcome::Error,
        }
    }

    fn caller_id_command(&mut self, ask: Ask, infos: &mut Vec<String>) -> Outcome {
        match ask {
            Ask::Set(value) => match value.parse() {
                Ok(n @ 0..=2u8) => self.at.caller_id = n,
                _ => return Outcome::Error,
            },
            Ask::Get => infos.push(self.at.caller_id.to_string()),
            Ask::Test => infos.push("(0-2)".into()),
            Ask::Do => return Outcome::Error,
        }
        Outcome::Ok
    }

    fn class(&mut self, ask: Ask, infos: &mut Vec<String>) -> Outcome {
        match ask {
            Ask::Get => infos.push(self.at.class.clone()),
            Ask::Test => infos.push(self.settings.profile.classes.into()),
            Ask::Set(class) if self.settings.profile.has_class(&class) => self.at.class = class,
            _ => return Outcome::Error,
        }
        Outcome::Ok
    }

    /// A setting that is kept and told, and does nothing here.
    fn store(&mut self, name: &str, ask: Ask, infos: &mut Vec<String>) -> Outcome {
        match ask {
            Ask::Set(value) => {
                self.at.stored.retain(|(n, _)| n != name);
                self.at.stored.push((name.into(), value));
            }
            Ask::Get => {
                let stored = self.at.stored.iter().find(|(n, _)| n == name);
                infos.push(stored.map_or("0", |(_, v)| v.as_str()).into());
            }
            Ask::Test => infos.push("(0-255)".into()),
            Ask::Do => {}
        }
        Outcome::Ok
    }

    fn voice_command(&mut self, name: &str, ask: Ask, infos: &mut Vec<String>) -> Outcome {
        if self.at.class != "8" {
            // Some settings are taken at any time; whatever moves the line or sound is not.
            return match (name, &ask) {
                ("+VIT" | "+VNH" | "+VRA" | "+VRN" | "+VGT" | "+VGR", _) => self.store(name, ask, infos),
                _ => Outcome::Error,
            };
        }
        match (name, ask) {
            ("+VTX", Ask::Do) => Outcome::Voice(VoiceState::Playing),
            ("+VRX", Ask::Do) => Outcome::Voice(VoiceState::Recording),
            ("+VTR", Ask::Do) => Outcome::Voice(VoiceState::Duplex),
            ("+VLS", Ask::Set(value)) => match value.as_str() {
                "0" => {
                    self.at.apart = false;
                    self.hang_up(HungUpBy::Command);
                    Outcome::Ok
                }
                "1" | "5" | "7" | "13" | "15" => {
                    if self.settings.profile.vls_takes_line {
                        self.take_line();
                    }
                    Outcome::Ok
                }
                "2" if !self.settings.profile.vls.iter().any(|label| label.starts_with("2,")) => {
                    Outcome::Error
                }
                "2" => {
                    self.at.apart = true;
                    Outcome::Ok
                }
                other if other.parse::<u8>().is_ok_and(|n| n < 24) => Outcome::Ok,
                _ => Outcome::Error,
            },
            ("+VLS", Ask::Get) => {
                infos.push(u8::from(self.off_hook).to_string());
                Outcome::Ok
            }
            ("+VLS", Ask::Test) => {
                infos.extend(self.settings.profile.vls.iter().map(|l| (*l).to_owned()));
                Outcome::Ok
            }
            ("+VSM", Ask::Test) => {
                infos.extend(self.settings.profile.voice.iter().map(|v| v.line.to_owned()));
                Outcome::Ok
            }
            ("+VSM", Ask::Get) => {
                let id = self.settings.profile.voice.get(self.at.format).map_or(0, |v| v.id);
                infos.push(format!("{id},{},0,0", self.at.rate));
                Outcome::Ok
            }
            ("+VSM", Ask::Set(value)) => self.select_sound(&value),
            ("+VTS", Ask::Set(value)) => match keys(&value) {
                Some((keys, time)) => {
                    if let Some(record) = self.record() {
                        record.keys.push_str(&keys);
                    }
                    Outcome::After(time)
                }
                None => Outcome::Error,
            },
            ("+VTX" | "+VRX" | "+VTR" | "+VTS", _) => Outcome::Error,
            (_, ask) => self.store(name, ask, infos),
        }
    }

    fn select_sound(&mut self, value: &str) -> Outcome {
        let mut parts = value.split(',').map(str::trim);
        let id = parts.next().and_then(|p| p.parse::<u32>().ok());
        let rate = parts.next().filter(|p| !p.is_empty()).map_or(Ok(super::super::sound::RATE), str::parse);
        let place = self.settings.profile.voice.iter().position(|v| Some(v.id) == id);
        match (place, rate) {
            (Some(place), Ok(rate @ (7200 | 8000 | 11025))) => {
                self.at.format = place;
                self.at.rate = rate;
                Outcome::Ok
            }
            _ => Outcome::Error,
        }
    }
}

fn fixed_reply(table: &[(&'static str, &'static str)], name: &str, ask: &Ask) -> Option<&'static str> {
    let end = match ask {
        Ask::Get => "?",
        Ask::Test => "=?",
        _ => return None,
    };
    table.iter().find(|(n, _)| n.strip_suffix(end) == Some(name)).map(|(_, reply)| *reply)
}

/// The keys of `+VTS=`: `5`, `1,2,#`, `{5,10}`, `[933,,50]`, in units of 10 ms; tones that are no
/// key count as `?`.
fn keys(value: &str) -> Option<(String, Duration)> {
    let mut keys = String::new();
    let mut units = 0u64;
    let mut rest = value;
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        let Some(first) = rest.chars().next() else { break };
        let close = match first {
            '{' => '}',
            '[' => ']',
            '0'..='9' | '*' | '#' | 'A'..='D' | 'a'..='d' => {
                keys.push(first.to_ascii_uppercase());
                units += 10;
                rest = &rest[1..];
                continue;
            }
            '!' => {
                rest = &rest[1..];
                continue;
            }
            _ => return None,
        };
        let end = rest.find(close)?;
        let parts: Vec<&str> = rest[1..end].split(',').map(str::trim).collect();
        let time: u64 = parts.last()?.parse().ok()?;
        units += time.min(3000);
        match (first, parts.as_slice()) {
            ('{', [key, _]) => keys.push(key.chars().next()?.to_ascii_uppercase()),
            ('[', ["", "", _]) => {}
            ('[', [_, _, _]) => keys.push('?'),
            _ => return None,
        }
        rest = &rest[end + 1..];
    }
    (units > 0).then(|| (keys, Duration::from_millis(units * 10)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_every_spelling() {
        let ms = Duration::from_millis;
        assert_eq!(keys("[933,,50]"), Some(("?".into(), ms(500))));
        assert_eq!(keys("{5,10},{#,7}"), Some(("5#".into(), ms(170))));
        assert_eq!(keys("1,2,*"), Some(("12*".into(), ms(300))));
        assert_eq!(keys(""), None);
        assert_eq!(keys("{5"), None);
        assert_eq!(keys("x"), None);
    }
}
