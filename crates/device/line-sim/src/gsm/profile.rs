//! What kinds of stick are simulated, as data.

/// How a maker's sticks differ in what they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Maker {
    /// `^ORIG`, `^CONN`, `^CEND`, `^DTMF`.
    Huawei,
    /// `VOICE CALL: BEGIN`, CR CR LF before some events.
    Simcom,
    /// Events on one port, `NO CARRIER` and `BUSY` by themselves.
    Quectel,
}

/// A kind of stick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StickProfile {
    /// Whose manners it has.
    pub maker: Maker,
    /// What `AT+CGMI` says.
    pub maker_name: &'static str,
    /// What `AT+CGMM` says.
    pub model: &'static str,
    /// What `AT+CGMR` says.
    pub firmware: &'static str,
    /// What `AT+CGSN` says.
    pub imei: &'static str,
    /// It has a voice side.
    pub voice: bool,
    /// It can join calls (`AT+CHLD=3`).
    pub join: bool,
    /// Told to end one call (`AT+CHLD=1x`) before `^CONF`, it hangs until it is unplugged.
    pub dies_on_early_release: bool,
    /// `AT+CMGL` never answers.
    pub list_hangs: bool,
    /// How many messages the SIM holds.
    pub store: usize,
}

impl StickProfile {
    /// A Huawei E173 with its voice side unlocked.
    pub fn huawei() -> Self {
        Self {
            maker: Maker::Huawei,
            maker_name: "huawei",
            model: "E173",
            firmware: "11.126.85.00.209",
            imei: "353456789012348",
            voice: true,
            join: true,
            dies_on_early_release: true,
            list_hangs: true,
            store: 20,
        }
    }

    /// A Huawei stick for data, as most are sold: no voice.
    pub fn huawei_data() -> Self {
        Self { model: "E1752", voice: false, join: false, ..Self::huawei() }
    }

    /// A SIMCom SIM7600 module.
    pub fn simcom() -> Self {
        Self {
            maker: Maker::Simcom,
            maker_name: "SIMCOM INCORPORATED",
            model: "SIMCOM_SIM7600E-H",
            firmware: "+CGMR: LE11B13SIM7600M22",
            imei: "861234567890126",
            voice: true,
            join: true,
            dies_on_early_release: false,
            list_hangs: false,
            store: 30,
        }
    }

    /// A Quectel EC25 module.
    pub fn quectel() -> Self {
        Self {
            maker: Maker::Quectel,
            maker_name: "Quectel",
            model: "EC25",
            firmware: "EC25EFAR06A06M4G",
            imei: "867654321098767",
            voice: true,
            join: true,
            dies_on_early_release: false,
            list_hangs: false,
            store: 25,
        }
    }

    /// A profile by its name on the command line.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "huawei" => Self::huawei(),
            "huawei-data" => Self::huawei_data(),
            "simcom" => Self::simcom(),
            "quectel" => Self::quectel(),
            _ => return None,
        })
    }

    /// The names that [`StickProfile::named`] knows.
    pub const NAMES: [&'static str; 4] = ["huawei", "huawei-data", "simcom", "quectel"];
}

/// The SIM in the stick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimCard {
    /// Its PIN, if it asks for one.
    pub pin: Option<String>,
    /// Its own number.
    pub number: String,
    /// Its subscriber identity.
    pub imsi: String,
    /// The network's name.
    pub operator: String,
}

impl Default for SimCard {
    fn default() -> Self {
        Self {
            pin: None,
            number: "+447700900001".into(),
            imsi: "234150000000001".into(),
            operator: "Simulated Mobile".into(),
        }
    }
}
