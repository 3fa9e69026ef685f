//! Modems as data: what they answer, what they can do, where they differ.

use super::caller_id::Form;
use super::sound::Coding;

/// A form of sound that a modem offers, one line of its reply to `AT+VSM=?`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoiceFormat {
    /// The number that selects it.
    pub id: u32,
    /// The line as the modem prints it.
    pub line: &'static str,
    /// How samples are bytes.
    pub coding: Coding,
}

/// What a modem says to a `+` command that it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// ERROR.
    Error,
    /// OK: iaxmodem and some soft modems, which makes them seem to speak.
    Ok,
}

/// How the program on the port ends what it plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOfPlay {
    /// `DLE ETX`.
    OneDle,
    /// `DLE DLE DLE ETX`: Zoom 3095, which takes anything less for sound.
    ThreeDles,
}

/// One make of modem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The word that the command line takes.
    pub name: &'static str,
    /// What it is, for people.
    pub title: &'static str,
    /// The replies to `ATI0`, `ATI3` and so on; others are ERROR.
    pub ati: &'static [(u32, &'static str)],
    /// The replies to `+GMI`, `+GMM`, `+GMR`; empty: OK without a text.
    pub identity: [&'static str; 3],
    /// Whether `+GMI: ` stands before such a reply.
    pub names_replies: bool,
    /// The reply to `+FCLASS=?`. With `8` in it the modem speaks.
    pub classes: &'static str,
    /// The commands that switch caller ID on; empty: it shows no callers.
    pub caller_id_commands: &'static [&'static str],
    /// How it prints callers.
    pub caller_id: Form,
    /// The command that selects the kind of caller ID of a country, with the value that shows the
    /// callers of this line. `None`: it shows them without.
    pub country: Option<(&'static str, &'static str)>,
    /// The forms of sound.
    pub voice: &'static [VoiceFormat],
    /// The reply to `+VLS=?`.
    pub vls: &'static [&'static str],
    /// Other commands with their replies: `+VSD=?` and so on.
    pub replies: &'static [(&'static str, &'static str)],
    /// What it says to unknown `+` commands.
    pub unknown: Unknown,
    /// How playing ends.
    pub end_of_play: EndOfPlay,
    /// The code after DLE that ends recording.
    pub end_of_record: &'static [u8],
    /// Whether `+VLS=1` takes the line; U.S. Robotics with old firmware needs `ATH1`.
    pub vls_takes_line: bool,
    /// Whether closing the port hangs up.
    pub closing_hangs_up: bool,
    /// For so long after a reset calls are rejected as busy, in milliseconds: iaxmodem.
    pub busy_after_reset: u64,
    /// How distinctive rings are told: `RING A`, `RING 1`, or DRON and DROF lines.
    pub distinctive: Distinctive,
    /// The result of a call that was answered.
    pub answered: &'static str,
}

/// How a modem tells distinctive rings apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distinctive {
    /// `RING A`, `RING 1`: the pattern behind the word.
    Suffix,
    /// `DRON=n` and `DROF=n` lines before it.
    OnOff,
}

const fn voice(id: u32, line: &'static str, coding: Coding) -> VoiceFormat {
    VoiceFormat { id, line, coding }
}

/// A modem by the book: ITU-T V.253, all that it names, nothing strange.
pub const GENERIC: Profile = Profile {
    name: "generic",
    title: "voice modem after ITU-T V.253",
    ati: &[(0, "33600"), (3, "V.253 Voice Modem"), (9, "V.253 Voice Modem")],
    identity: ["GENERIC", "V.253", "1.0"],
    names_replies: false,
    classes: "0,1,1.0,2,2.0,8",
    caller_id_commands: &["+VCID"],
    caller_id: Form::Spaced,
    country: None,
    voice: &[
        voice(0, "0,\"SIGNED PCM\",8,0,8000,0,0", Coding::Signed8),
        voice(1, "1,\"UNSIGNED PCM\",8,0,8000,0,0", Coding::Unsigned8),
        voice(4, "4,\"ULAW\",8,0,8000,0,0", Coding::MuLaw),
        voice(5, "5,\"ALAW\",8,0,8000,0,0", Coding::ALaw),
        voice(130, "130,\"UNSIGNED PCM\",8,0,8000,0,0", Coding::Unsigned8),
    ],
    vls: &[
        "0,\"\",B0000000,B0000000,B0000000",
        "1,\"T\",0BC01800,0FC01800,0B841800",
        "2,\"L\",0BC01800,0FC01800,0B841800",
    ],
    replies: &[
        ("+VSD=?", "(0-255),(0-255)"),
        ("+VGT=?", "(0-255)"),
        ("+VGR=?", "(0-255)"),
        ("+VCID=?", "(0-2)"),
    ],
    unknown: Unknown::Error,
    end_of_play: EndOfPlay::OneDle,
    end_of_record: b"!\x1b",
    vls_takes_line: true,
    closing_hangs_up: true,
    busy_after_reset: 0,
    distinctive: Distinctive::Suffix,
    answered: "OK",
};

/// Conexant CX93001, as in LB LINK, RD02-D400, TFM-561U and most modems sold today.
pub const CONEXANT: Profile = Profile {
    name: "conexant",
    title: "Conexant CX93001",
    ati: &[(0, "56000"), (3, "CX93001-EIS_V0.2013-V92"), (9, "CX93001")],
    identity: ["CONEXANT", "CX93001", "V0.2013-V92"],
    // Its second socket is the line itself.
    vls: &["0,\"\",B0000000,B0000000,B0000000", "1,\"T\",0BC01800,0FC01800,0B841800"],
    names_replies: true,
    classes: "0,1,1.0,2,8",
    voice: &[
        voice(0, "0,\"SIGNED PCM\",8,0,8000,0,0", Coding::Signed8),
        voice(1, "1,\"UNSIGNED PCM\",8,0,8000,0,0", Coding::Unsigned8),
        voice(129, "129,\"IMA ADPCM\",4,0,8000,0,0", Coding::ImaAdpcm),
        voice(130, "130,\"UNSIGNED PCM\",8,0,8000,0,0", Coding::Unsigned8),
        voice(131, "131,\"Mu-Law\",8,0,8000,0,0", Coding::MuLaw),
        voice(132, "132,\"A-Law\",8,0,8000,0,0", Coding::ALaw),
    ],
    replies: &[
        ("+VSD=?", "(0-255),(0-255)"),
        ("+VSD?", "128,0"),
        ("+GCI?", "+GCI: B5"),
        ("+GCI=?", "+GCI: (00,09,0A,16,1B,20,25,26,2D,2E,31,36,3C,3D,42,46,59,A0,A6,B4,B5,F6)"),
        ("+VCID=?", "(0-2)"),
    ],
    end_of_record: b"!\x1b^",
    ..GENERIC
};

/// A Conexant whose caller ID is silent until it is set to the standard of the country.
pub const CONEXANT_ETSI: Profile = Profile {
    name: "conexant-etsi",
    title: "Conexant CX93001 on a European line, silent until AT!4886=02",
    country: Some(("!4886", "02")),
    ..CONEXANT
};

/// U.S. Robotics 5637.
pub const USR_5637: Profile = Profile {
    name: "usr5637",
    title: "U.S. Robotics USR5637",
    ati: &[
        (0, "5601"),
        (3, "U.S. Robotics 56K FAX USB V1.2.23"),
        (
            7,
            "Configuration Profile...\r\n\r\nProduct type           US/Canada USB\r\nSupervisor rev         V1.2.23",
        ),
        (9, "(1.0USR5637\\\\Modem\\PNPC107\\U.S. Robotics 56K FAX USB)"),
    ],
    identity: ["U.S. Robotics", "USR5637", "V1.2.23"],
    names_replies: false,
    classes: "0,1,2,2.0,8",
    caller_id_commands: &["+VCID", "#CID"],
    caller_id: Form::Tight,
    voice: &[
        voice(128, "128,\"8-BIT LINEAR\",(7200,8000,11025)", Coding::Unsigned8),
        voice(129, "129,\"16-BIT LINEAR\",(7200,8000,11025)", Coding::Signed16),
        voice(130, "130,\"8-BIT ALAW\",(8000)", Coding::ALaw),
        voice(131, "131,\"8-BIT ULAW\",(8000)", Coding::MuLaw),
        voice(132, "132,\"IMA ADPCM\",(7200,8000,11025)", Coding::ImaAdpcm),
    ],
    closing_hangs_up: false,
    ..GENERIC
};

/// U.S. Robotics 5637 before firmware 1.2.23: `+VLS=1` answers OK and leaves the line alone.
pub const USR_5637_OLD: Profile = Profile {
    name: "usr5637-old",
    title: "U.S. Robotics USR5637 with firmware 1.2.22",
    ati: &[
        (0, "5601"),
        (3, "U.S. Robotics 56K FAX USB V1.2.22"),
        (
            7,
            "Configuration Profile...\r\n\r\nProduct type           US/Canada USB\r\nSupervisor rev         V1.2.22",
        ),
    ],
    vls_takes_line: false,
    ..USR_5637
};

/// Zoom 3095, which shares its firmware with others and ends playing and recording its own way.
pub const ZOOM_3095: Profile = Profile {
    name: "zoom3095",
    title: "Zoom 3095",
    ati: &[(0, "56000"), (3, "CX93001-EIS_V0.2002-V92 Zoom"), (9, "Zoom 3095")],
    identity: ["ZOOM", "3095", "V0.2002-V92"],
    end_of_play: EndOfPlay::ThreeDles,
    end_of_record: b"^\x1b",
    ..CONEXANT
};

/// MultiTech MT5634 and MT9234.
pub const MULTITECH: Profile = Profile {
    name: "multitech",
    title: "MultiTech MT9234MU",
    ati: &[(0, "Multi-Tech Systems"), (1, "V4.16a"), (3, "MT9234MU-CDC"), (9, "MT9234MU")],
    identity: ["Multi-Tech Systems, Inc.", "MT9234MU", "V4.16a"],
    names_replies: false,
    classes: "0,1,2,2.0,8",
    voice: &[
        voice(2, "2,\"ADPCM\",4,0,8000,0,0", Coding::ImaAdpcm),
        voice(128, "128,\"8-BIT LINEAR\",8,0,8000,0,0", Coding::Unsigned8),
        voice(131, "131,\"8-BIT ULAW\",8,0,8000,0,0", Coding::MuLaw),
    ],
    vls: &["0,\"\",0A0001000,0E601800,1A803840", "1, \"T\", 0A0001000,0E601800,1A803840"],
    end_of_record: b"!\x1b",
    ..GENERIC
};

/// Lucent and Agere, which tell rings apart by the time they last.
pub const LUCENT: Profile = Profile {
    name: "lucent",
    title: "Lucent (Agere) LT",
    ati: &[(0, "LT V.92 1.0"), (3, "LT V.92 Data+Fax Modem Version 8.26"), (9, "Lucent LT")],
    identity: ["LUCENT", "LT V.92", "8.26"],
    names_replies: false,
    classes: "0,1,8",
    caller_id_commands: &["+VCID", "#CID"],
    voice: &[
        voice(1, "1;\"UNSIGNED PCM\";8;0;(8000)", Coding::Unsigned8),
        voice(131, "131;\"Mu-Law\";8;0;(8000)", Coding::MuLaw),
    ],
    distinctive: Distinctive::OnOff,
    answered: "VCON",
    ..GENERIC
};

/// A modem that shows callers and does not speak.
pub const CALLER_ID_ONLY: Profile = Profile {
    name: "caller-id-only",
    title: "data modem with caller ID",
    ati: &[(0, "56000"), (3, "V.92 Data Modem")],
    identity: ["GENERIC", "DATA", "1.0"],
    classes: "0",
    voice: &[],
    vls: &[],
    replies: &[("+VCID=?", "(0-2)")],
    ..GENERIC
};

/// A modem that faxes, shows no callers and does not speak.
pub const FAX_ONLY: Profile = Profile {
    name: "fax-only",
    title: "data and fax modem without caller ID",
    ati: &[(0, "14400"), (3, "Fax Modem")],
    identity: ["GENERIC", "FAX", "1.0"],
    classes: "0,1,2",
    caller_id_commands: &[],
    caller_id: Form::Nothing,
    voice: &[],
    vls: &[],
    replies: &[],
    ..GENERIC
};

/// A modem in the manner of iaxmodem: every unknown `+` command is OK, and it never speaks.
pub const AGREEABLE: Profile = Profile {
    name: "agreeable",
    title: "soft modem that says OK to everything",
    ati: &[(0, "spandsp"), (3, "www.soft-switch.org")],
    identity: ["", "", ""],
    classes: "0,1,1.0",
    caller_id: Form::Framed,
    voice: &[],
    vls: &[],
    replies: &[("+VCID=?", "0,1")],
    unknown: Unknown::Ok,
    busy_after_reset: 5000,
    ..GENERIC
};

/// All of them.
pub const PROFILES: [&Profile; 11] = [
    &GENERIC,
    &CONEXANT,
    &CONEXANT_ETSI,
    &USR_5637,
    &USR_5637_OLD,
    &ZOOM_3095,
    &MULTITECH,
    &LUCENT,
    &CALLER_ID_ONLY,
    &FAX_ONLY,
    &AGREEABLE,
];

impl Profile {
    /// The profile of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PROFILES.into_iter().find(|p| p.name == name)
    }

    /// Whether it can play and record.
    pub fn speaks(&self) -> bool {
        self.has_class("8")
    }

    /// Whether `+FCLASS` can be set to that.
    pub(crate) fn has_class(&self, class: &str) -> bool {
        self.classes.split(',').any(|c| c == class)
    }
}
