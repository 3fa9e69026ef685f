//! The commands that a simulated stick knows, and what it says to them.

use std::time::{Duration, Instant};

use super::profile::Maker;
use super::stick::{Later, Seen, Stick};

/// Commands that work before the SIM is unlocked.
const WITHOUT_PIN: &[&str] = &[
    "+CPIN", "+CFUN", "+CMEE", "+CGMI", "+CGMM", "+CGMR", "+CGSN", "+GMI", "+GMM", "+GMR", "+GSN", "+GCAP",
    "+CSCS", "+WS46", "+CSQ", "+CREG", "+CGREG", "+CEREG", "+CLAC", "+IPR", "+IFC", "+ICF", "+CPAS", "^CURC",
    "^PORTSEL",
];

impl Stick {
    pub(super) fn handle_command_line(&mut self, now: Instant, line: &str) {
        let Some(mut rest) =
            line.get(..2).filter(|at| at.eq_ignore_ascii_case("AT")).and_then(|_| line.get(2..))
        else {
            return;
        };
        if rest.trim().is_empty() {
            self.ok();
            return;
        }
        // All but the last command of a line answer nothing if they work.
        while !rest.trim().is_empty() {
            rest = rest.trim_start();
            let first = rest.chars().next().map_or('\0', |c| c.to_ascii_uppercase());
            match first {
                '+' | '^' | '$' | '*' | '%' => {
                    let end = extended_end(rest);
                    let command = rest[..end].trim().to_owned();
                    rest = rest[end..].trim_start_matches(';');
                    if rest.trim().is_empty() {
                        self.extended(now, &command);
                        return;
                    }
                    if !self.setting(now, &command) {
                        return;
                    }
                }
                'D' => {
                    self.dial(now, &rest[1..]);
                    return;
                }
                'A' => {
                    self.answer(now);
                    return;
                }
                _ => {
                    let (command, behind) = basic(rest);
                    rest = behind;
                    if !self.basic(now, &command) {
                        self.result("ERROR");
                        return;
                    }
                }
            }
        }
        self.ok();
    }

    /// A letter with its number; false if it is not known.
    fn basic(&mut self, now: Instant, command: &str) -> bool {
        let upper = command.to_ascii_uppercase();
        match upper.as_str() {
            "E" | "E0" => self.echo = false,
            "E1" => self.echo = true,
            "V" | "V0" => self.verbose = false,
            "V1" => self.verbose = true,
            "H" | "H0" => {
                self.hang_up(now);
                // The OK is said already.
                self.unsay_ok();
            }
            "Z" | "Z0" | "&F" | "&F0" => {
                self.echo = true;
                self.verbose = true;
                self.errors = 0;
                self.clip = false;
                self.crc = false;
            }
            "I" | "I0" => {
                let text = format!(
                    "Manufacturer: {}\r\nModel: {}\r\nRevision: {}\r\nIMEI: {}\r\n+GCAP: +CGSM,+DS,+ES",
                    self.profile.maker_name, self.profile.model, self.profile.firmware, self.profile.imei
                );
                self.line(&text);
            }
            _ => return upper.starts_with(['X', 'Q', 'S', '&', 'L', 'M', 'P', 'T', 'O', '\\']),
        }
        true
    }

    /// A command in the middle of a line; false if it failed, which ends the line.
    fn setting(&mut self, now: Instant, command: &str) -> bool {
        self.extended(now, command);
        self.unsay_ok()
    }

    fn extended(&mut self, now: Instant, command: &str) {
        let at = command.find(['=', '?']).unwrap_or(command.len());
        let name = command[..at].trim().to_ascii_uppercase();
        let what = command[at..].trim();
        if !self.unlocked && !WITHOUT_PIN.contains(&name.as_str()) {
            self.equipment_error(if self.tries == 0 { 12 } else { 11 });
            return;
        }
        if what == "=?" {
            self.range(&name);
        } else if what == "?" {
            self.query(&name);
        } else if let Some(value) = what.strip_prefix('=') {
            self.set(now, &name, value.trim());
        } else if what.is_empty() {
            self.act(now, &name);
        } else {
            self.result("ERROR");
        }
    }

    /// `+NAME`.
    fn act(&mut self, now: Instant, name: &str) {
        let profile = &self.profile;
        let text = match name {
            "+CGMI" | "+GMI" => profile.maker_name.to_owned(),
            "+CGMM" | "+GMM" => profile.model.to_owned(),
            "+CGMR" | "+GMR" => profile.firmware.to_owned(),
            "+CGSN" | "+GSN" => profile.imei.to_owned(),
            "+CIMI" => self.card.imsi.clone(),
            "+GCAP" => "+GCAP: +CGSM,+DS,+ES".into(),
            "+CNUM" => format!("+CNUM: \"\",\"{}\",145", self.card.number),
            "+CSQ" => format!("+CSQ: {},99", self.rssi),
            "+CPAS" => format!("+CPAS: {}", if self.calls.is_empty() { 0 } else { 4 }),
            "+CBC" => "+CBC: 0,100".into(),
            "+CLCC" if self.profile.voice => {
                self.list_calls();
                return;
            }
            "+CHUP" if self.profile.voice => {
                self.hang_up(now);
                return;
            }
            "+CMGL" => {
                self.list_messages("0");
                return;
            }
            "+CNMA" | "+CFUN" => {
                self.ok();
                return;
            }
            "+CLAC" => {
                "+CLIP\r\n+CRC\r\n+CVHU\r\n+CLCC\r\n+CHLD\r\n+CMGS\r\n+CNMI\r\n+VTS\r\n+CNUM\r\n+CUSD\r\n+CPIN".into()
            }
            _ => {
                self.unknown();
                return;
            }
        };
        self.line(&text);
        self.ok();
    }

    fn unknown(&mut self) {
        if self.profile.model == "E1752" && self.errors == 0 {
            self.line("COMMAND NOT SUPPORT");
        } else {
            self.equipment_error(4);
        }
    }

    /// `+NAME=?`.
    fn range(&mut self, name: &str) {
        let values = match name {
            "+CFUN" => "(0,1,4,5,6,7),(0-1)",
            "+WS46" => "(12,22,25)",
            "+CSCS" => "(\"GSM\",\"IRA\",\"UCS2\")",
            "+CMGF" => "(0)",
            "+CPMS" => "(\"SM\"),(\"SM\"),(\"SM\")",
            "+CNMI" => match self.profile.maker {
                Maker::Huawei => "(0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)",
                Maker::Simcom => "(2),(0-2),(0,2),(0-2),(0)",
                Maker::Quectel => "(0-2),(0-3),(0,2),(0-2),(0,1)",
            },
            "+CHLD" if !self.profile.voice => {
                self.unknown();
                return;
            }
            "+CHLD" if self.profile.join => "(0,1,1x,2,2x,3,4)",
            "+CHLD" => "(0,1,1x,2,2x)",
            "+CREG" | "+CGREG" => "(0-2)",
            "+CEREG" if self.profile.maker != Maker::Huawei => "(0-2)",
            "+CLIP" | "+CRC" | "+CSSN" | "+CVHU" => "(0,1)",
            "+CCWA" => "(0,1)",
            "+CMEE" => "(0,1,2)",
            "+CUSD" => "(0-2)",
            "+CSMS" => "(0,1)",
            "+CMGL" => "(0-4)",
            "+CMGD" => "(0-19),(0-4)",
            "+CIND" => {
                "(\"signal\",(0-5)),(\"service\",(0,1)),(\"message\",(0,1)),(\"call\",(0,1)),(\"roam\",(0,1)),\
                        (\"smsfull\",(0,1))"
            }
            "+VTS" => "(0-9,A-D,*,#)",
            "+CLCK" => "(\"SC\",\"AO\",\"OI\",\"AI\",\"FD\")",
            "+CPBS" => "(\"SM\",\"ON\")",
            "+CMGS" | "+CMGW" | "+CMGR" | "+CSMP" | "+CSCA" | "+CHUP" | "+CPIN" | "+CGSN" | "+CGMI"
            | "+CGMM" | "+CGMR" | "+CIMI" => {
                self.ok();
                return;
            }
            "+COPS" => "(2,\"Simulated Mobile\",\"SimMob\",\"23415\",2),,(0-4),(0-2)",
            _ => {
                self.unknown();
                return;
            }
        };
        self.line(&format!("{name}: {values}"));
        self.ok();
    }

    /// `+NAME?`.
    fn query(&mut self, name: &str) {
        let bit = u8::from;
        let creg = |n: usize| self.creg[n];
        let value = match name {
            "+CPIN" => match (self.unlocked, self.tries) {
                (true, _) => "READY".into(),
                (false, 0) => "SIM PUK".into(),
                (false, _) => "SIM PIN".into(),
            },
            "+CFUN" => "1".into(),
            "+CMEE" => self.errors.to_string(),
            "+CSCS" => format!("\"{}\"", self.charset),
            "+CREG" => format!("{},{}{}", creg(0), self.network, place(creg(0))),
            "+CGREG" => format!("{},{}{}", creg(1), self.network, place(creg(1))),
            "+CEREG" if self.profile.maker != Maker::Huawei => {
                format!("{},{}{}", creg(2), self.network, place(creg(2)))
            }
            "+COPS" => match (self.network, self.operator_format) {
                (1 | 5, 2) => "0,2,\"23415\",2".into(),
                (1 | 5, format) => format!("0,{format},\"{}\",2", self.card.operator),
                _ => "0".into(),
            },
            "+CMGF" => "0".into(),
            "+CSCA" => format!("\"{}\",145", self.centre),
            "+CSMP" => self.csmp.clone(),
            "+CPMS" => {
                let (used, total) = (self.store.len(), self.profile.store);
                let one = format!("\"SM\",{used},{total}");
                format!("{one},{one},{one}")
            }
            "+CNMI" => self.cnmi.map(|n| n.to_string()).join(","),
            "+CSMS" => "0,1,1,1".into(),
            "+CLIP" => format!("{},1", bit(self.clip)),
            "+CRC" => bit(self.crc).to_string(),
            "+CCWA" => bit(self.waiting_shown).to_string(),
            "+CSSN" => format!("{},{}", bit(self.notices.0), bit(self.notices.1)),
            "+CIND" => format!("4,{},0,{},0,0", bit(self.network == 1), bit(!self.calls.is_empty())),
            "+CPBS" => "\"SM\",0,100".into(),
            "+CUSD" => "1".into(),
            "+CVHU" => "0".into(),
            "+CGATT" => bit(self.network == 1).to_string(),
            "+CLVL" => "3".into(),
            "+IPR" => "115200".into(),
            "+WS46" => "25".into(),
            "^CVOICE" if self.profile.maker == Maker::Huawei && self.profile.voice => {
                self.line("^CVOICE:0,8000,16,20");
                self.ok();
                return;
            }
            "^CVOICE" => {
                self.result("ERROR");
                return;
            }
            "^U2DIAG" if self.profile.maker == Maker::Huawei => {
                self.line("^U2DIAG:255");
                self.ok();
                return;
            }
            _ => {
                self.unknown();
                return;
            }
        };
        self.line(&format!("{name}: {value}"));
        self.ok();
    }

    /// `+NAME=value`.
    fn set(&mut self, now: Instant, name: &str, value: &str) {
        let words: Vec<&str> = value.split(',').map(|w| w.trim().trim_matches('"')).collect();
        let number = |n: usize| words.get(n).and_then(|w| w.parse::<u8>().ok());
        let huawei = self.profile.maker == Maker::Huawei;
        match name {
            "+CPIN" => {
                self.enter_pin(now, words[0]);
                return;
            }
            "+CMEE" => self.errors = number(0).unwrap_or(0).min(2),
            "+CLIP" => self.clip = number(0) == Some(1),
            "+CRC" => self.crc = number(0) == Some(1),
            "+CCWA" => {
                if number(1) == Some(2) {
                    self.line("+CCWA: 1,1");
                } else {
                    self.waiting_shown = number(0) == Some(1);
                }
            }
            "+CSSN" => self.notices = (number(0) == Some(1), number(1) == Some(1)),
            "+CLCC" if self.profile.maker == Maker::Simcom => self.call_list_events = number(0) == Some(1),
            "+CREG" => self.creg[0] = number(0).unwrap_or(0),
            "+CGREG" => self.creg[1] = number(0).unwrap_or(0),
            "+CEREG" if !huawei => self.creg[2] = number(0).unwrap_or(0),
            "+COPS" => {
                if number(0) == Some(3) || words.len() > 1 {
                    self.operator_format = number(1).unwrap_or(0);
                }
            }
            "+CSCS" => self.charset = words[0].to_owned(),
            "+CSCA" => self.centre = words[0].to_owned(),
            "+CSMP" => self.csmp = value.to_owned(),
            "+CMGF" if number(0) == Some(0) => {}
            "+CMGF" => {
                self.result("ERROR");
                return;
            }
            "+CNMI" => {
                for (slot, word) in self.cnmi.iter_mut().zip(&words) {
                    *slot = word.parse().unwrap_or(*slot);
                }
            }
            "+CPMS" => {
                if words.iter().any(|w| *w != "SM") {
                    self.line("+CMS ERROR: 302");
                    return;
                }
                let usage = self.store_usage();
                self.line(&format!("+CPMS: {usage}"));
            }
            "+CMGS" => {
                match value.parse::<usize>() {
                    Ok(length) if length < 200 => self.prompt(length),
                    _ => self.line("+CMS ERROR: 304"),
                }
                return;
            }
            "+CMGR" => {
                self.read_message(words[0]);
                return;
            }
            "+CMGL" => {
                self.list_messages(words[0]);
                return;
            }
            "+CMGD" => {
                self.delete_message(value);
                return;
            }
            "+CHLD" if self.profile.voice => {
                self.hold(now, value);
                return;
            }
            "+CUSD" => {
                match number(0) {
                    Some(1) if words.len() > 1 => self.ussd(now, words[1]),
                    _ => self.ok(),
                }
                return;
            }
            "+VTS" | "^DTMF" => {
                let digit = words.last().and_then(|w| w.chars().next());
                if !digit.is_some_and(|d| self.digit(d)) {
                    self.equipment_error(3);
                    return;
                }
            }
            "^USSDMODE" if huawei => self.ussd_packed = number(0) == Some(1),
            "^CURC" | "^PORTSEL" | "^DDSETEX" | "^DDTMFCFG" | "^CVOICE" if huawei => {}
            "+QURCCFG" | "+QTONEDET" | "^DSCI" | "+QPCMV" if self.profile.maker == Maker::Quectel => {}
            "+CPCMREG" | "+DDET" if self.profile.maker == Maker::Simcom => {}
            "+CVHU" | "+CFUN" | "+CGATT" | "+CSMS" | "+COLP" | "+CPBS" | "+CSDH" | "+IPR" | "+IFC"
            | "+ICF" | "+CMER" | "+CTZR" | "+CTZU" | "+CLVL" | "+CNMA" | "+CGEREP" | "+CIND" | "+CLIR"
            | "+MODE" => {}
            "+CLCK" if number(1) == Some(2) => {
                let on = u8::from(words[0] == "SC" && self.card.pin.is_some());
                self.line(&format!("+CLCK: {on}"));
            }
            _ => {
                self.unknown();
                return;
            }
        }
        self.ok();
    }

    fn enter_pin(&mut self, now: Instant, pin: &str) {
        if self.unlocked {
            self.equipment_error(3);
            return;
        }
        if self.tries == 0 {
            self.equipment_error(12);
            return;
        }
        let right = self.card.pin.as_deref() == Some(pin);
        self.sees(Seen::PinTried { right });
        if right {
            self.unlocked = true;
            self.tries = 3;
            self.ok();
            self.later(now + Duration::from_millis(200), Later::Say("^SIMST:1".into()));
        } else {
            self.tries -= 1;
            self.equipment_error(16);
        }
    }
}

/// Where an extended command ends: at a `;` outside quotes.
fn extended_end(text: &str) -> usize {
    let mut quoted = false;
    text.find(|c| {
        quoted ^= c == '"';
        c == ';' && !quoted
    })
    .unwrap_or(text.len())
}

/// A basic command: a letter, perhaps behind `&`, and its digits.
fn basic(text: &str) -> (String, &str) {
    let mut end = 0;
    for (n, c) in text.char_indices() {
        let keep = match n {
            0 => true,
            1 if text.starts_with(['&', '\\']) => true,
            _ => c.is_ascii_digit() || (c == '=' && text.starts_with(['S', 's'])),
        };
        if !keep {
            break;
        }
        end = n + c.len_utf8();
    }
    (text[..end].to_owned(), &text[end..])
}

fn place(setting: u8) -> &'static str {
    if setting == 2 { ",\"00C3\",\"0000A1B2\"" } else { "" }
}
