//! News to all viewers, by one thread: made into text once, kept for a while, and written to each without waiting.
//!
//! Two hundred viewers with a thread each would be two hundred threads that wake up beside the one that is about to
//! pick up the telephone. Here one does, after a moment in which that one went first.

use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use call_event::GuardNotice;
use crossbeam_channel::{Receiver, Sender, bounded, never, select};

use crate::Patience;

/// How many of the last news are kept: for those who come back, and for those who read slowly.
const KEPT: usize = 256;
/// News in one write.
const AT_ONCE: usize = 32;
/// Until a viewer who could not take more is tried again.
const AGAIN: Duration = Duration::from_millis(20);
/// How soon the thread notices that the page is to end.
const SOON: Duration = Duration::from_secs(5);
/// What a viewer reads first: from then on no news are missed. And how soon a browser comes back.
const WELCOME: &[u8] = b"retry: 2000\n\n";
const ALIVE: &[u8] = b": alive\n\n";

/// How the others reach the thread.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    asks: Sender<Ask>,
    taken: Arc<AtomicUsize>,
    most: usize,
}

/// One of the places for viewers, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _counted: Counted,
}

/// Counts one of something for as long as it lives, also when its thread panics.
#[derive(Debug)]
pub(crate) struct Counted(Arc<AtomicUsize>);

/// What the thread is asked.
#[derive(Debug)]
enum Ask {
    Join(Viewer, Option<u64>),
    /// Look who is gone, and say when that is done.
    Sweep(Sender<()>),
}

/// Somebody who watches. All that is kept of one: a socket, and how far it got.
#[derive(Debug)]
struct Viewer {
    stream: TcpStream,
    /// The piece of news that comes next, counted from the first that ever was.
    next: u64,
    /// How much of it is written.
    written: usize,
    /// Since when nothing could be written.
    stuck: Option<Instant>,
    _place: Place,
    _connection: Counted,
}

/// What the thread has.
struct Audience {
    viewers: Vec<Viewer>,
    /// The last news with their numbers.
    kept: VecDeque<(u64, Box<[u8]>)>,
    /// Counts the first of the kept.
    first: u64,
    patience: Patience,
}

impl Counted {
    /// `None` if there are `most` already.
    pub(crate) fn new(count: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let counted = Self(Arc::clone(count));
        (count.fetch_add(1, Ordering::Relaxed) < most).then_some(counted)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Live {
    /// The others' end, and what the thread has to run until `stopping`.
    pub(crate) fn new(
        news: Option<Receiver<Arc<GuardNotice>>>,
        most: usize,
        patience: Patience,
        stopping: Arc<AtomicBool>,
    ) -> (Self, impl FnOnce() + Send) {
        let (asks, asked) = bounded(64);
        let audience =
            Audience { viewers: Vec::new(), kept: VecDeque::with_capacity(KEPT), first: 0, patience };
        let run = move || audience.run(news.unwrap_or_else(never), &asked, &stopping);
        (Self { asks, taken: Arc::default(), most }, run)
    }

    /// A place for one more. `None` if all are taken by viewers who are still there.
    pub(crate) fn place(&self) -> Option<Place> {
        if let Some(counted) = Counted::new(&self.taken, self.most) {
            return Some(Place { _counted: counted });
        }
        let (done, swept) = bounded(1);
        self.asks.try_send(Ask::Sweep(done)).ok()?;
        swept.recv_timeout(Duration::from_secs(1)).ok()?;
        Counted::new(&self.taken, self.most).map(|counted| Place { _counted: counted })
    }

    /// Shows the news to the client of this connection, from the one after `seen` on.
    pub(crate) fn join(
        &self,
        stream: TcpStream,
        place: Place,
        connection: Counted,
        seen: Option<u64>,
    ) -> std::io::Result<()> {
        stream.set_nonblocking(true)?;
        let viewer =
            Viewer { stream, next: 0, written: 0, stuck: None, _place: place, _connection: connection };
        self.asks
            .send_timeout(Ask::Join(viewer, seen), Duration::from_secs(1))
            .map_err(|_| std::io::Error::other("the page ends"))
    }
}

impl Audience {
    fn run(mut self, mut news: Receiver<Arc<GuardNotice>>, asked: &Receiver<Ask>, stopping: &AtomicBool) {
        let mut greeted = Instant::now();
        while !stopping.load(Ordering::Relaxed) {
            let wait = if self.viewers.iter().any(|viewer| viewer.stuck.is_some()) {
                AGAIN
            } else {
                self.patience.alive.saturating_sub(greeted.elapsed()).min(SOON)
            };
            select! {
                recv(news) -> notice => match notice {
                    Ok(notice) => {
                        // The line, which acts on the same news, goes first.
                        std::thread::sleep(self.patience.gather);
                        self.keep(&notice);
                        while let Ok(more) = news.try_recv() {
                            self.keep(&more);
                        }
                    }
                    Err(_) => news = never(),
                },
                recv(asked) -> ask => match ask {
                    Ok(Ask::Join(viewer, seen)) => self.welcome(viewer, seen),
                    Ok(Ask::Sweep(done)) => {
                        self.viewers.retain_mut(Viewer::is_there);
                        let _ = done.try_send(());
                    }
                    Err(_) => return,
                },
                default(wait) => {}
            }
            self.write();
            if greeted.elapsed() >= self.patience.alive {
                greeted = Instant::now();
                let end = self.end();
                self.viewers.retain_mut(|viewer| viewer.is_there() && viewer.greet(end));
            }
        }
    }

    /// Counts the piece of news that has not happened yet.
    fn end(&self) -> u64 {
        self.first + self.kept.len() as u64
    }

    fn keep(&mut self, notice: &GuardNotice) {
        let Ok(json) = serde_json::to_string(notice) else { return };
        if self.kept.len() >= KEPT {
            // Before the oldest is forgotten everybody may take it; whoever has not is too slow.
            self.write();
            self.kept.pop_front();
            self.first += 1;
            let first = self.first;
            self.viewers.retain(|viewer| viewer.next >= first);
        }
        let text = format!("id: {}\ndata: {json}\n\n", notice.seq);
        self.kept.push_back((notice.seq, text.into_bytes().into()));
    }

    fn welcome(&mut self, mut viewer: Viewer, seen: Option<u64>) {
        let new = seen.and_then(|seen| self.kept.iter().position(|(seq, _)| *seq > seen));
        viewer.next = self.first + new.unwrap_or(self.kept.len()) as u64;
        if viewer.say(WELCOME) {
            self.viewers.push(viewer);
        }
    }

    /// Writes to everybody what they lack and can take; lets go who is gone or has taken nothing for too long.
    fn write(&mut self) {
        let (kept, first, end, patience) = (&self.kept, self.first, self.end(), self.patience.piece);
        self.viewers.retain_mut(|viewer| {
            while viewer.next < end {
                match viewer.write(kept, first) {
                    Ok(()) => viewer.stuck = None,
                    Err(ErrorKind::WouldBlock) => {
                        return viewer.stuck.get_or_insert_with(Instant::now).elapsed() < patience;
                    }
                    Err(ErrorKind::Interrupted) => {}
                    Err(_) => return false,
                }
            }
            true
        });
    }
}

impl Viewer {
    /// One write of what comes next.
    fn write(&mut self, kept: &VecDeque<(u64, Box<[u8]>)>, first: u64) -> Result<(), ErrorKind> {
        let from = usize::try_from(self.next - first).unwrap_or(usize::MAX);
        let mut pieces = [IoSlice::new(&[]); AT_ONCE];
        let mut count = 0;
        for (slot, (_, text)) in pieces.iter_mut().zip(kept.iter().skip(from)) {
            let done = if count == 0 { self.written } else { 0 };
            *slot = IoSlice::new(&text[done..]);
            count += 1;
        }
        let mut taken = match (&self.stream).write_vectored(&pieces[..count]) {
            Ok(0) => return Err(ErrorKind::WriteZero),
            Ok(taken) => taken,
            Err(error) => return Err(error.kind()),
        };
        for piece in &pieces[..count] {
            if taken < piece.len() {
                self.written += taken;
                return Ok(());
            }
            taken -= piece.len();
            self.next += 1;
            self.written = 0;
        }
        Ok(())
    }

    /// Whether the other end is open. What it still says is of no interest.
    fn is_there(&mut self) -> bool {
        match self.stream.read(&mut [0; 1024]) {
            Ok(said) => said > 0,
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }

    /// Says in a silent moment that the stream lives.
    fn greet(&mut self, end: u64) -> bool {
        self.next < end || self.say(ALIVE)
    }

    /// Says something between two news; `false` if the viewer is gone.
    fn say(&mut self, text: &[u8]) -> bool {
        match self.stream.write(text) {
            // Half of it would spoil what follows.
            Ok(written) => written == text.len(),
            Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
        }
    }
}
