//! What is peculiar to a make of modem, as data: how it is known, how it goes off-hook, which codes end
//! its sound, what must be sent after each reset.

use std::time::Duration;

use crate::caller_id::QUIET_GAP;

/// What is peculiar to a make of modem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModemProfile {
    /// The name that the configuration and `callblock modem doctor` use.
    pub name: &'static str,
    /// Words in its replies to `ATI`, `+GMI` and `+GMM`, in capitals, any of which tells it.
    pub known_by: &'static [&'static str],
    /// Its USB vendor and product numbers.
    pub usb: &'static [(u16, u16)],
    /// Sent after each reset beside the usual; an ERROR is borne.
    pub extras: &'static [&'static str],
    /// How the country of the line is set.
    pub country: CountrySetting,
    /// Goes off-hook in data mode, to end a ringing call. This is the first thing sent, so the fastest.
    pub reject: &'static str,
    /// Goes off-hook in voice mode.
    pub answer: &'static str,
    /// Goes on-hook; all are sent, one after the other.
    pub hang_up: &'static [&'static str],
    /// A ringing call that is ended stays off-hook for so long, or the network takes no notice.
    pub off_hook_at_least: Duration,
    /// After the last line of a caller ID for so long nothing, and it is complete.
    pub quiet_gap: Duration,
    /// Ends what we transmit.
    pub end_transmit: &'static [u8],
    /// Ends what we receive.
    pub end_receive: &'static [u8],
    /// Ends both.
    pub end_duplex: &'static [u8],
    /// Forms of sound in the order in which they are tried, best known to work first.
    pub sound: &'static [Encoding],
    /// False if voice commands are never to be tried.
    pub voice: bool,
}

/// How a make of modem is told its country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CountrySetting {
    /// It cannot be told, or need not.
    None,
    /// By `AT+GCI=`.
    Gci,
    /// By `AT+GCI=`, `AT!4886=` (the caller ID's standard) and, for Bell, `AT!4892=FF`.
    Conexant,
}

/// How a form of sound holds its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// One byte a sample, silence is 128.
    Unsigned8,
    /// One byte a sample, silence is 0.
    Signed8,
    /// Two bytes a sample, the low one first.
    Linear16,
    /// G.711 mu-law.
    MuLaw,
    /// G.711 A-law.
    ALaw,
    /// IMA ADPCM, four bits a sample.
    ImaAdpcm,
    /// Something else.
    Other,
}

const LINEAR_FIRST: &[Encoding] =
    &[Encoding::Unsigned8, Encoding::Linear16, Encoding::MuLaw, Encoding::ALaw, Encoding::Signed8];

/// Any modem after V.253, and the base of the table.
const GENERIC: ModemProfile = ModemProfile {
    name: "generic",
    known_by: &[],
    usb: &[],
    extras: &[],
    country: CountrySetting::None,
    reject: "ATH1",
    answer: "AT+VLS=1",
    hang_up: &["ATH0"],
    off_hook_at_least: Duration::from_millis(1200),
    quiet_gap: QUIET_GAP,
    end_transmit: crate::voice::END_TRANSMIT,
    end_receive: crate::voice::ABORT_RECEIVE,
    end_duplex: crate::voice::ABORT_DUPLEX,
    sound: LINEAR_FIRST,
    voice: true,
};

/// All known makes; the last is for any other.
pub const PROFILES: &[ModemProfile] = &[
    // `CX93001-EIS_V0.2002-V92`, `CX93001-EIS_V0.2013-V92`, `+GMI: CONEXANT`; RD02-D400, Dell, TFM-561U, StarTech.
    // TFM-561U needs a second between off-hook and on-hook. +VCID and !4886 are forgotten on ATZ.
    ModemProfile {
        name: "conexant",
        known_by: &["CX930", "CX9301", "CONEXANT", "CX8180", "CX810"],
        usb: &[(0x0572, 0x1340), (0x0572, 0x1329), (0x0572, 0x1321), (0x0572, 0x1300), (0x413c, 0x8187)],
        country: CountrySetting::Conexant,
        hang_up: &["AT+VLS=0", "ATH0"],
        ..GENERIC
    },
    // Ends sound by a tripled DLE, else plays on (`u<DLE><DLE><DLE><ETX>`); `+VLS=1` at times does nothing;
    // ends receiving by `DLE ^`. Its chip is a Conexant that names itself so: the USB numbers or the setting tell it.
    ModemProfile {
        name: "zoom-3095",
        known_by: &["ZOOM"],
        usb: &[(0x0803, 0x3095), (0x0803, 0x1300)],
        country: CountrySetting::Conexant,
        answer: "AT+VLS=1",
        hang_up: &["AT+VLS=0", "ATH0"],
        end_transmit: b"\x10\x10\x10\x03",
        end_receive: b"\x10^",
        ..GENERIC
    },
    // `U.S. Robotics 56K FAX USB V1.2.23`, ATI0 `5601`. Before firmware 1.2.23 `+VLS=1` does not go off-hook;
    // dropping DTR does not hang up, ATH0 does. 128 is 8-bit linear and works.
    ModemProfile {
        name: "usr-5637",
        known_by: &["U.S. ROBOTICS", "USROBOTICS", "U.S.ROBOTICS", "5601"],
        usb: &[(0x0baf, 0x0303), (0x0baf, 0x0306)],
        hang_up: &["AT+VLS=0", "ATH0"],
        ..GENERIC
    },
    // `AT+VLS=?` holds strings; digits come as DLE / 5 5 5 ~.
    ModemProfile {
        name: "multitech",
        known_by: &["MT9234", "MT5634", "MULTITECH", "MULTI-TECH"],
        usb: &[(0x06e0, 0xf104), (0x06e0, 0xf107)],
        country: CountrySetting::Gci,
        ..GENERIC
    },
    // Tells rings apart by `DRON=5 DROF=11` after `+VDR=1,0`.
    ModemProfile {
        name: "lucent",
        known_by: &["LUCENT", "AGERE", "LSI"],
        usb: &[(0x047e, 0x2892), (0x08e3, 0x0100)],
        extras: &["AT+VDR=1,0"],
        ..GENERIC
    },
    // The software modem of spandsp (iaxmodem): says OK to any `+` command, has no voice, answers by ATA only, and
    // obeys after ATA in a fax class only: in data mode it listens to no command until the caller hangs up.
    ModemProfile {
        name: "fax-only",
        known_by: &["SPANDSP", "IAXMODEM"],
        extras: &["AT+FCLASS=1"],
        reject: "ATA",
        off_hook_at_least: Duration::from_millis(500),
        voice: false,
        ..GENERIC
    },
    // Any modem that is not to speak: shows callers and ends calls.
    ModemProfile { name: "caller-id-only", voice: false, ..GENERIC },
    GENERIC,
];

impl ModemProfile {
    /// The profile for any modem that is not known.
    pub fn generic() -> &'static Self {
        // The table is a constant and not empty.
        PROFILES.last().unwrap_or(&GENERIC)
    }

    /// The profile of that name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        PROFILES.iter().find(|profile| profile.name.eq_ignore_ascii_case(name))
    }

    /// The profile that fits USB numbers or what the modem said of itself; the USB numbers win, since
    /// several makes share one firmware and its words.
    ///
    /// ```
    /// use at_codec::ModemProfile;
    /// assert_eq!(ModemProfile::find(None, "56000 CX93001-EIS_V0.2002-V92").name, "conexant");
    /// assert_eq!(ModemProfile::find(Some((0x0803, 0x3095)), "56000").name, "zoom-3095");
    /// ```
    pub fn find(usb: Option<(u16, u16)>, words: &str) -> &'static Self {
        let words = words.to_ascii_uppercase();
        PROFILES
            .iter()
            .find(|profile| usb.is_some_and(|usb| profile.usb.contains(&usb)))
            .or_else(|| {
                PROFILES.iter().find(|profile| profile.known_by.iter().any(|known| words.contains(known)))
            })
            .unwrap_or_else(|| Self::generic())
    }

    /// True if a USB device with these numbers is known to be a modem.
    pub fn knows_usb(usb: (u16, u16)) -> bool {
        PROFILES.iter().any(|profile| profile.usb.contains(&usb))
    }
}

/// A country whose lines send caller ID in their own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country {
    /// Its two letters after ISO 3166.
    pub code: &'static str,
    /// The T.35 number for `AT+GCI=`, in hex.
    pub gci: &'static str,
    /// The caller ID's standard for Conexant's `AT!4886=`: 00 Bell, 01 V.23 Japan, 02 ETSI FSK, 03 SIN 227,
    /// 05 ETSI DTMF.
    pub caller_id: &'static str,
}

/// The known countries.
pub const COUNTRIES: &[Country] = &[
    Country { code: "US", gci: "B5", caller_id: "00" },
    Country { code: "CA", gci: "B5", caller_id: "00" },
    Country { code: "GB", gci: "B4", caller_id: "03" },
    Country { code: "DE", gci: "42", caller_id: "02" },
    Country { code: "FR", gci: "3D", caller_id: "02" },
    Country { code: "IT", gci: "59", caller_id: "02" },
    Country { code: "ES", gci: "A0", caller_id: "02" },
    Country { code: "CH", gci: "A6", caller_id: "02" },
    Country { code: "AT", gci: "FD", caller_id: "02" },
    Country { code: "NL", gci: "FD", caller_id: "05" },
    Country { code: "BE", gci: "FD", caller_id: "02" },
    Country { code: "DK", gci: "FD", caller_id: "05" },
    Country { code: "SE", gci: "FD", caller_id: "05" },
    Country { code: "FI", gci: "FD", caller_id: "05" },
    Country { code: "NO", gci: "FD", caller_id: "02" },
    Country { code: "JP", gci: "00", caller_id: "01" },
];

impl Country {
    /// The country with these two letters.
    pub fn by_code(code: &str) -> Option<&'static Self> {
        COUNTRIES.iter().find(|country| country.code.eq_ignore_ascii_case(code))
    }

    /// The commands that tell a modem the country.
    pub fn commands(&self, setting: CountrySetting) -> Vec<String> {
        match setting {
            CountrySetting::None => Vec::new(),
            CountrySetting::Gci => vec![format!("AT+GCI={}", self.gci)],
            CountrySetting::Conexant => {
                let mut commands =
                    vec![format!("AT+GCI={}", self.gci), format!("AT!4886={}", self.caller_id)];
                if self.caller_id == "00" {
                    commands.push("AT!4892=FF".into());
                }
                commands
            }
        }
    }
}

/// A form of sound that a modem offers (`AT+VSM=?`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundForm {
    /// Its number for `AT+VSM=`.
    pub id: u32,
    /// Its name as the modem gives it.
    pub name: Box<str>,
    /// How it holds samples.
    pub encoding: Encoding,
    /// The rates it offers, in samples a second.
    pub rates: Vec<u32>,
}

impl SoundForm {
    /// Reads a line of the reply to `AT+VSM=?`, in either spelling; `None` for any other line.
    ///
    /// ```
    /// use at_codec::profile::{Encoding, SoundForm};
    /// let form = SoundForm::parse(br#"128,"8-BIT LINEAR",(7200,8000,11025)"#).unwrap();
    /// assert_eq!((form.id, form.encoding), (128, Encoding::Unsigned8));
    /// assert_eq!(form.rates, [7200, 8000, 11025]);
    /// let form = SoundForm::parse(br#"131,"Mu-Law",8,0,8000,0,0"#).unwrap();
    /// assert_eq!((form.encoding, form.rates), (Encoding::MuLaw, vec![8000]));
    /// ```
    pub fn parse(line: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?.trim();
        let line = line.strip_prefix("+VSM:").unwrap_or(line).trim();
        if line.len() > 200 {
            return None;
        }
        let (id, rest) = line.split_once([',', ';'])?;
        let id = id.trim().parse().ok()?;
        let (name, rest) = match rest.trim_start().strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_once([',', ';']).unwrap_or((rest, "")),
        };
        let numbers: Vec<u32> = rest
            .split(|c: char| !c.is_ascii_digit() && c != '-')
            .filter_map(|word| word.split('-').next().and_then(|word| word.parse().ok()))
            .collect();
        let rates = numbers.iter().copied().filter(|rate| (4000..=48_000).contains(rate)).collect();
        // The second spelling gives the bits of a sample before the rate.
        let bits = numbers.first().copied().filter(|bits| *bits <= 16);
        Some(Self { id, name: name.trim().into(), encoding: encoding_of(name, bits), rates })
    }

    /// True if it offers 8,000 samples a second, as telephone networks use.
    pub fn has_telephone_rate(&self) -> bool {
        self.rates.contains(&8000)
    }
}

fn encoding_of(name: &str, bits: Option<u32>) -> Encoding {
    let name: String = name.to_ascii_uppercase().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let has = |part: &str| name.contains(part);
    if has("MULAW") || has("ULAW") {
        Encoding::MuLaw
    } else if has("ALAW") {
        Encoding::ALaw
    } else if has("ADPCM") {
        if has("IMA") { Encoding::ImaAdpcm } else { Encoding::Other }
    } else if has("16BIT") || (bits == Some(16) && (has("PCM") || has("LINEAR"))) {
        Encoding::Linear16
    } else if has("14BIT") || bits == Some(14) {
        Encoding::Other
    } else if has("UNSIGNED") || has("8BITLINEAR") || (has("LINEAR") && bits == Some(8)) {
        Encoding::Unsigned8
    } else if has("SIGNED") {
        Encoding::Signed8
    } else {
        Encoding::Other
    }
}

/// A fax class that a modem has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaxClass {
    /// Class 2, after the draft that most chips followed.
    Two,
    /// Class 2.0, after TIA-592.
    TwoPointZero,
    /// Class 1, after TIA-578.
    One,
    /// Class 1.0, after T.31.
    OnePointZero,
}

impl FaxClass {
    /// All, in the order in which they are tried.
    pub const ORDER: [Self; 4] = [Self::Two, Self::TwoPointZero, Self::One, Self::OnePointZero];

    /// As `AT+FCLASS=` wants it.
    pub fn value(self) -> &'static str {
        match self {
            Self::Two => "2",
            Self::TwoPointZero => "2.0",
            Self::One => "1",
            Self::OnePointZero => "1.0",
        }
    }
}

/// What a modem can do, by its reply to `AT+FCLASS=?` alone: some say OK to every other question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Classes {
    values: Vec<Box<str>>,
}

impl Classes {
    /// Reads the lines of the reply.
    ///
    /// ```
    /// use at_codec::profile::{Classes, FaxClass};
    /// let classes = Classes::parse([&b"+FCLASS: (0,1,1.0,2,8)"[..]]);
    /// assert!(classes.voice());
    /// assert_eq!(classes.fax(), Some(FaxClass::Two));
    /// ```
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut values: Vec<Box<str>> = Vec::new();
        for line in lines {
            let text = String::from_utf8_lossy(line);
            let text = text.trim().trim_start_matches("+FCLASS:");
            if !text.chars().all(|c| c.is_ascii_digit() || " .,();\"-".contains(c)) {
                continue;
            }
            for word in text.split(|c: char| !c.is_ascii_digit() && c != '.').filter(|w| !w.is_empty()) {
                if values.len() < 32 {
                    values.push(word.into());
                }
            }
        }
        Self { values }
    }

    fn has(&self, value: &str) -> bool {
        self.values.iter().any(|known| **known == *value)
    }

    /// It can play and record.
    pub fn voice(&self) -> bool {
        self.has("8") || self.has("8.0")
    }

    /// The fax class to answer in, if it has one.
    pub fn fax(&self) -> Option<FaxClass> {
        FaxClass::ORDER.into_iter().find(|class| self.has(class.value()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for (i, profile) in PROFILES.iter().enumerate() {
            assert_eq!(ModemProfile::by_name(profile.name), Some(profile));
            assert!(PROFILES[..i].iter().all(|other| other.name != profile.name));
            assert!(profile.known_by.iter().all(|word| *word == word.to_ascii_uppercase()));
        }
        assert_eq!(ModemProfile::find(None, "nothing known").name, "generic");
        assert_eq!(ModemProfile::find(None, "spandsp www.soft-switch.org").name, "fax-only");
    }

    #[test]
    fn sound_forms_in_every_spelling_seen() {
        for (line, id, encoding, rates) in [
            (r#"0,"SIGNED PCM",8,0,8000,0,0"#, 0, Encoding::Signed8, vec![8000]),
            (r#"1,"UNSIGNED PCM",8,0,8000,0,0"#, 1, Encoding::Unsigned8, vec![8000]),
            (r#"129,"IMA ADPCM",4,0,8000,0,0"#, 129, Encoding::ImaAdpcm, vec![8000]),
            (r#"131,"Mu-Law",8,0,8000,0,0"#, 131, Encoding::MuLaw, vec![8000]),
            (r#"132,"A-Law",8,0,8000,0,0"#, 132, Encoding::ALaw, vec![8000]),
            (r#"133,"14 bit PCM",14,0,8000,0,0"#, 133, Encoding::Other, vec![8000]),
            (r#"129,"16-BIT LINEAR",(7200,8000,11025)"#, 129, Encoding::Linear16, vec![7200, 8000, 11025]),
            (r#"130,"8-BIT ALAW",(8000)"#, 130, Encoding::ALaw, vec![8000]),
            (r#"131,"8-BIT ULAW",(8000)"#, 131, Encoding::MuLaw, vec![8000]),
            ("1;CELP;1;0;(9600)", 1, Encoding::Other, vec![9600]),
            ("2;ADPCM;2;0;(9600)", 2, Encoding::Other, vec![9600]),
            (r#"+VSM: 128,"8-BIT LINEAR",8,0,(7200-11025,8000)"#, 128, Encoding::Unsigned8, vec![7200, 8000]),
        ] {
            let form = SoundForm::parse(line.as_bytes()).unwrap();
            assert_eq!((form.id, form.encoding, form.rates), (id, encoding, rates), "{line}");
        }
        for line in ["OK", "", "x,y", "(0,1),(2)", "\u{fc}"] {
            assert_eq!(SoundForm::parse(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn voice_is_class_eight_and_nothing_else() {
        let classes = |line: &[u8]| Classes::parse([line]);
        assert!(classes(b"0,2,8").voice());
        assert!(!classes(b"0,1,1.0").voice());
        assert!(!classes(b"0,1.8,18").voice());
        assert_eq!(classes(b"0,1,1.0").fax(), Some(FaxClass::One));
        assert_eq!(classes(b"0,1.0,2.0").fax(), Some(FaxClass::TwoPointZero));
        assert_eq!(classes(b"0").fax(), None);
        assert_eq!(classes(b"CLASS 8 MODEM").fax(), None);
    }

    #[test]
    fn a_country_sets_the_standard_of_the_caller_id() {
        let country = Country::by_code("us").unwrap();
        assert_eq!(country.commands(CountrySetting::Conexant), ["AT+GCI=B5", "AT!4886=00", "AT!4892=FF"]);
        let country = Country::by_code("GB").unwrap();
        assert_eq!(country.commands(CountrySetting::Conexant), ["AT+GCI=B4", "AT!4886=03"]);
        assert_eq!(country.commands(CountrySetting::Gci), ["AT+GCI=B4"]);
    }
}
