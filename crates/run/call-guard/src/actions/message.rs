//! Play something and hang up.

use std::path::PathBuf;
use std::time::Duration;

use call_event::{LineEvent, Sound};

use super::{CallAction, Hand};
use crate::sounds;

pub(super) struct Message {
    file: Option<PathBuf>,
}

impl Message {
    pub(super) fn new(file: Option<PathBuf>) -> Self {
        Self { file }
    }
}

impl CallAction for Message {
    fn begin(&mut self, hand: &mut Hand<'_>) {
        hand.answer(Duration::from_secs(300));
    }

    fn event(&mut self, event: &LineEvent, hand: &mut Hand<'_>) {
        match event {
            LineEvent::Answered { .. } => match self.file.clone().or_else(|| hand.settings.message.clone()) {
                Some(path) => hand.play(Sound::File(path), ""),
                None => hand.play(sounds::not_in_service(), "number not in service"),
            },
            LineEvent::Played { .. } | LineEvent::Refused { .. } => hand.hang_up(),
            _ => {}
        }
    }
}
