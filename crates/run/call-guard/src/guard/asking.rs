//! Look-ups on a thread of their own: the loop asks, goes on, and takes the answer when it comes.

use call_event::{IncomingCall, LookupAnswer};
use crossbeam_channel::{Receiver, Sender, bounded};

use crate::judge::LookUp;

/// Calls that may wait for their look-up; what is beyond rings without one.
const WAITING: usize = 16;

#[derive(Debug)]
pub(super) struct Asking {
    questions: Sender<IncomingCall>,
    pub(super) answers: Receiver<(IncomingCall, Vec<LookupAnswer>)>,
}

impl Asking {
    pub(super) fn start(mut look_up: impl LookUp) -> Self {
        let (questions, asked) = bounded::<IncomingCall>(WAITING);
        let (answer, answers) = bounded(WAITING);
        let work = move || {
            for call in asked {
                let found = look_up.look_up(&call);
                if answer.send((call, found)).is_err() {
                    return;
                }
            }
        };
        if let Err(e) = std::thread::Builder::new().name("look-up".into()).spawn(work) {
            log::error!("look-ups are off, no thread could be started: {e}");
        }
        Self { questions, answers }
    }

    /// Asks about a call; `false` if too many wait already.
    pub(super) fn ask(&self, call: &IncomingCall) -> bool {
        self.questions.try_send(call.clone()).is_ok()
    }
}
