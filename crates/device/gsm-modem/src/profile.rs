//! What is known of the makers' sticks, as data: what to set up, and the faults to work around.

/// How one maker's sticks differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GsmProfile {
    /// For logs.
    pub name: &'static str,
    /// Words of which one is in what `AT+CGMI` says, in lower case.
    pub makers: &'static [&'static str],
    /// Commands for the set-up; errors do not matter.
    pub setup: &'static [&'static str],
    /// The command whose OK says that the stick has a voice side; `None` if the list of calls says enough.
    pub voice_probe: Option<&'static str>,
    /// Digits go as `AT^DTMF=<call>,<digit>` instead of `AT+VTS=<digit>`.
    pub digits_by_call: bool,
    /// `AT+CHLD=1x` for a call that is not confirmed yet kills the stick.
    pub early_release_kills: bool,
    /// Of two calls that are not joined, the one that remains has no sound (chan_dongle, notes on E1550 and E173).
    pub lone_call_mute: bool,
    /// `AT+CMGL` is known to hang: messages are read one by one.
    pub list_hangs: bool,
    /// USSD texts are packed hexadecimal unless [`GsmProfile::setup`] could turn that off.
    pub ussd_packed: bool,
}

/// Every profile; the last one is for all other makers.
pub(crate) const PROFILES: &[GsmProfile] = &[
    GsmProfile {
        name: "Huawei",
        makers: &["huawei"],
        setup: &["AT^CURC=1", "AT^PORTSEL=0"],
        voice_probe: Some("AT^CVOICE?"),
        digits_by_call: true,
        early_release_kills: true,
        lone_call_mute: true,
        list_hangs: true,
        ussd_packed: true,
    },
    GsmProfile {
        name: "SIMCom",
        makers: &["simcom", "sim com"],
        setup: &["AT+CLCC=0", "AT+DDET=1"],
        voice_probe: None,
        digits_by_call: false,
        early_release_kills: false,
        lone_call_mute: false,
        list_hangs: false,
        ussd_packed: false,
    },
    GsmProfile {
        name: "Quectel",
        makers: &["quectel"],
        setup: &["AT+QURCCFG=\"urcport\",\"usbat\"", "AT+QTONEDET=1"],
        voice_probe: None,
        digits_by_call: false,
        early_release_kills: false,
        lone_call_mute: false,
        list_hangs: false,
        ussd_packed: false,
    },
    GsmProfile {
        name: "ZTE",
        makers: &["zte"],
        setup: &["AT+ZOPRT=5"],
        voice_probe: None,
        digits_by_call: false,
        early_release_kills: false,
        lone_call_mute: false,
        list_hangs: false,
        ussd_packed: false,
    },
    GsmProfile {
        name: "another maker",
        makers: &[],
        setup: &[],
        voice_probe: None,
        digits_by_call: false,
        early_release_kills: false,
        lone_call_mute: false,
        list_hangs: false,
        ussd_packed: false,
    },
];

impl GsmProfile {
    /// The profile for what a stick says of its maker.
    pub fn of(maker: &str) -> &'static Self {
        let maker = maker.to_ascii_lowercase();
        let last = &PROFILES[PROFILES.len() - 1];
        PROFILES.iter().find(|p| p.makers.iter().any(|m| maker.contains(m))).unwrap_or(last)
    }
}
