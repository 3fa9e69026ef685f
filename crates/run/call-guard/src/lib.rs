#![doc = include_str!("../README.md")]

mod actions;
mod control;
mod diary;
mod error;
mod flow;
mod folder;
mod guard;
mod handler;
mod hub;
mod judge;
mod learned;
mod recording;
mod screen_judge;
pub mod sentences;
mod settings;
mod shared_lists;
mod sounds;
mod star;

pub use control::{ControlSocket, GuardHandle, Request, ask};
pub use diary::{LogDiary, record_of};
pub use error::GuardError;
pub use flow::{CallFacts, CallFlow, CallMark, Certainty, FinishedCall, FlowOutput};
pub use folder::{FolderLock, GuardFolder};
pub use guard::{Guard, Heartbeat, LineEnds, LineStarter, Reload, Reloader};
pub use handler::{CallControl, CallHandler, Handlers};
pub use hub::{NoticeHub, NoticeStream};
pub use judge::{Diary, EverybodyRings, Judge, Judgement, LookUp, NoDiary};
pub use learned::Learned;
pub use recording::{RecordingNames, UnknownZone, Zone, recording_name};
pub use screen_judge::{ScreenJudge, make_own_lists};
pub use settings::{
    ActionSettings, ChallengeSettings, Ear, KeepBusySettings, Sounds, StarKeySettings, VoiceMailSettings,
};
pub use shared_lists::{SharedLists, shared_entry};
