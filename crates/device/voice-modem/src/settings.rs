//! What a line with a voice modem is to be told.

use std::path::PathBuf;
use std::time::Duration;

use at_codec::profile::{Country, ModemProfile};
use call_event::LineId;

/// What a line with a voice modem is to be told. Only the line's name has no default.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// The line's name.
    pub line: LineId,
    /// The serial port; best by `/dev/serial/by-id/`. `None`: the first modem that is found.
    pub port: Option<PathBuf>,
    /// The port's speed. USB modems do not care.
    pub baud: u32,
    /// The make of modem, if it is not to be found out.
    pub profile: Option<&'static ModemProfile>,
    /// The country of the line, which decides how it sends caller IDs.
    pub country: Option<&'static Country>,
    /// Commands sent after each reset beside the usual.
    pub extra_commands: Vec<String>,
    /// After the last line of a caller ID for so long nothing, and it is complete. `None`: as the modem's
    /// profile says.
    pub quiet_gap: Option<Duration>,
    /// After the first ring without a caller ID for so long, none will come.
    pub no_caller_id: Duration,
    /// After the last ring for so long none, and the caller has given up.
    pub ring_gap: Duration,
    /// No call is longer.
    pub longest_call: Duration,
    /// The call ends after so much silence of the caller. `None`: never.
    pub hang_up_after_silence: Option<Duration>,
    /// Dialled first to hide the own number (`*67`, `141`, `*31#`).
    pub hide_number: Box<str>,
    /// Dialled first to show the own number (`*82`, `1470`, `#31#`).
    pub show_number: Box<str>,
    /// Between two looks whether the modem is still there.
    pub probe_every: Duration,
    /// The first pause before a lost modem is opened again; it doubles up to `retry_at_most`.
    pub retry_first: Duration,
    /// The longest such pause.
    pub retry_at_most: Duration,
    /// Whether silence, voice, tones and digits are listened for in the sound itself.
    pub listen: bool,
    /// How telephones on the modem's second socket are kept from the line, so that they miss the first ring.
    pub second_socket: Option<SecondSocket>,
}

/// The modem's second socket, where it can be parted from the line: telephones on it then do not ring until the
/// second ring, or until a known caller was not blocked for a second. It is parted only after the modem has
/// reported a lifted handset once (`DLE h`), and joined as soon as one is lifted: nobody lifts a dead telephone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondSocket {
    /// The command that parts it from the line.
    pub apart: String,
    /// The command that joins it to the line.
    pub joined: String,
}

impl Default for SecondSocket {
    /// The commands of ITU-T V.253.
    fn default() -> Self {
        Self { apart: "AT+FCLASS=8;+VLS=2".into(), joined: "AT+FCLASS=8;+VLS=0".into() }
    }
}

impl Settings {
    /// The usual settings for a line of that name, on the first modem that is found.
    pub fn new(line: LineId) -> Self {
        Self {
            line,
            port: None,
            baud: 115_200,
            profile: None,
            country: None,
            extra_commands: Vec::new(),
            quiet_gap: None,
            no_caller_id: at_codec::caller_id::NO_CALLER_ID,
            ring_gap: Duration::from_secs(8),
            longest_call: Duration::from_secs(30 * 60),
            hang_up_after_silence: None,
            hide_number: "*67".into(),
            show_number: "*82".into(),
            probe_every: Duration::from_secs(300),
            retry_first: Duration::from_secs(1),
            retry_at_most: Duration::from_secs(60),
            listen: true,
            second_socket: None,
        }
    }

    /// The usual settings on that port.
    pub fn on_port(line: LineId, port: impl Into<PathBuf>) -> Self {
        Self { port: Some(port.into()), ..Self::new(line) }
    }
}
