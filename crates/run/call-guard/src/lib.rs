#![doc = include_str!("../README.md")]

mod actions;
mod flow;
mod learned;
mod recording;
mod settings;
mod sounds;

pub use flow::{CallFacts, CallFlow, CallMark, Certainty, FinishedCall, FlowOutput};
pub use learned::Learned;
pub use recording::{RecordingNames, UnknownZone, Zone, recording_name};
pub use settings::{
    ActionSettings, ChallengeSettings, Ear, KeepBusySettings, Sounds, StarKeySettings, VoiceMailSettings,
};
