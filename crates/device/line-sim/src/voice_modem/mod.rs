//! A voice modem on a telephone line, simulated from the command line to the caller's ear.

mod call;
mod caller_id;
mod command_line;
mod dialogue;
mod machine;
mod profile;
mod record;
pub mod scenario;
mod settings;
mod sim_modem;
mod sound;

pub use call::{CallerAct, CallerScript, FarEnd, Fate, GoneSign};
pub use caller_id::{CallerId, Field, Form, Split, When};
pub use dialogue::{Dialogue, Exchange};
pub use machine::{Machine, Output};
pub use profile::{
    AGREEABLE, CALLER_ID_ONLY, CONEXANT, CONEXANT_ETSI, Distinctive, EndOfPlay, FAX_ONLY, GENERIC, LUCENT,
    MULTITECH, PROFILES, Profile, USR_5637, USR_5637_OLD, Unknown, VoiceFormat, ZOOM_3095,
};
pub use record::{CallRecord, HungUpBy, LogEntry, SimEvent, Status, VoiceState};
pub use scenario::Scenario;
pub use settings::{Fault, FaultRule, Faults, Framing, Settings};
pub use sim_modem::{Heard, SimModem};
pub use sound::{Coding, RATE, Sound};
