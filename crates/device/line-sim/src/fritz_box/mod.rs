//! A simulated FRITZ!Box: the call monitor of port 1012, and TR-064 with phone books, barring, call list, dialling,
//! handsets, answering machines and second factor. It knows what a box knows and forgets it when it is dropped.
//!
//! ```
//! use std::io::{BufRead as _, BufReader};
//! use line_sim::fritz_box::{FritzBoxSim, Setup};
//! let sim = FritzBoxSim::start(Setup::default())?;
//! let monitor = std::net::TcpStream::connect(sim.monitor_addr())?;
//! sim.wait_for_monitors(1);
//! let call = sim.ring("03023125555", "23125001");
//! sim.end(call);
//! let mut line = String::new();
//! BufReader::new(monitor).read_line(&mut line)?;
//! assert!(line.ends_with(";RING;0;03023125555;23125001;SIP0;\r\n"), "{line}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod books;
mod calls;
mod digest;
mod faults;
mod files;
mod http;
mod monitor;
mod scpd;
mod soap;
mod stamp;
mod state;
mod words;

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use calls::{SimCall, SimCallKind};
pub use faults::{Fault, Faults};
pub use words::WORDS;

use crate::Error;
use state::State;

/// Where a simulated box listens, and who may ask it.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Address and port of the call monitor; port 0 for any.
    pub monitor: SocketAddr,
    /// Address and port of TR-064; port 0 for any.
    pub tr064: SocketAddr,
    /// The user.
    pub user: Box<str>,
    /// The password.
    pub password: Box<str>,
    /// Whether writing to the barring, and choosing the telephone for dialling, want a second factor.
    pub second_factor: bool,
}

impl Default for Setup {
    fn default() -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            monitor: any,
            tr064: any,
            user: "guard".into(),
            password: "secret".into(),
            second_factor: false,
        }
    }
}

/// Everything that the threads share.
#[derive(Debug)]
struct Shared {
    setup: Setup,
    state: Mutex<State>,
    changed: Condvar,
    stop: AtomicBool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A simulated box at work. Dropping it closes every connection.
#[derive(Debug)]
pub struct FritzBoxSim {
    shared: Arc<Shared>,
    monitor: SocketAddr,
    tr064: SocketAddr,
    /// What the threads listen at, to wake them.
    listeners: [TcpListener; 2],
    threads: Vec<JoinHandle<()>>,
}

impl FritzBoxSim {
    /// Starts a box with two phone books, `Telefonbuch` and `Spamnummern`; what stands in the second is rejected.
    ///
    /// # Errors
    ///
    /// An address is taken.
    pub fn start(setup: Setup) -> Result<Self, Error> {
        let listen =
            |addr: SocketAddr| TcpListener::bind(addr).map_err(|source| Error::Listen { addr, source });
        let (monitor, tr064) = (listen(setup.monitor)?, listen(setup.tr064)?);
        let addr = |l: &TcpListener, addr| l.local_addr().map_err(|source| Error::Listen { addr, source });
        let (monitor_addr, tr064_addr) = (addr(&monitor, setup.monitor)?, addr(&tr064, setup.tr064)?);
        let again = |l: &TcpListener, addr| l.try_clone().map_err(|source| Error::Listen { addr, source });
        let listeners = [again(&monitor, monitor_addr)?, again(&tr064, tr064_addr)?];
        let shared = Arc::new(Shared {
            setup,
            state: Mutex::new(State::new()),
            changed: Condvar::new(),
            stop: AtomicBool::new(false),
        });
        let (at_monitor, at_tr064) = (shared.clone(), shared.clone());
        let thread = |name: &str, work: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(name.into())
                .spawn(work)
                .map_err(|source| Error::Thread { source })
        };
        let threads = vec![
            thread("sim-1012", Box::new(move || monitor::serve(&monitor, &at_monitor)))?,
            thread("sim-tr064", Box::new(move || http::serve(&tr064, &at_tr064)))?,
        ];
        Ok(Self { shared, monitor: monitor_addr, tr064: tr064_addr, listeners, threads })
    }

    /// Where the call monitor listens.
    pub fn monitor_addr(&self) -> SocketAddr {
        self.monitor
    }

    /// Where TR-064 listens.
    pub fn tr064_addr(&self) -> SocketAddr {
        self.tr064
    }

    /// Waits until that many programs listen to the call monitor; gives up after ten seconds.
    pub fn wait_for_monitors(&self, count: usize) -> bool {
        self.wait(|state| state.listeners.len() >= count)
    }

    /// Waits until something holds of the box; gives up after ten seconds.
    fn wait(&self, holds: impl Fn(&State) -> bool) -> bool {
        let until = Instant::now() + Duration::from_secs(10);
        let mut state = self.shared.state();
        while !holds(&state) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Somebody calls. `caller` is empty for a withheld number; one that the box rejects is over at once. The answer
    /// is the call's id on the call monitor.
    pub fn ring(&self, caller: &str, called: &str) -> u16 {
        self.change(|state| state.ring(caller, called, "SIP0"))
    }

    /// Somebody in the house calls.
    pub fn dial(&self, extension: u16, own: &str, number: &str) -> u16 {
        self.change(|state| state.dial(extension, own, number))
    }

    /// A telephone answers, or the called side does.
    pub fn answer(&self, call: u16, extension: u16) {
        self.change(|state| state.answer(call, extension));
    }

    /// A call is over, and stands in the call list.
    pub fn end(&self, call: u16) {
        self.change(|state| state.end(call, None));
    }

    /// A call is over after that many seconds of talk, as the box would count them.
    pub fn end_after(&self, call: u16, seconds: u32) {
        self.change(|state| state.end(call, Some(seconds)));
    }

    /// Sends bytes to every program that listens to the call monitor.
    pub fn send_raw(&self, bytes: &[u8]) {
        self.change(|state| state.broadcast(bytes));
    }

    /// Breaks something, or mends it.
    pub fn faults(&self, change: impl FnOnce(&mut Faults)) {
        self.change(|state| change(&mut state.faults));
    }

    /// Ends every connection to the call monitor: orderly, or by a reset as a router does that has forgotten it.
    pub fn drop_monitors(&self, reset: bool) {
        self.change(|state| state.drop_listeners(reset));
    }

    /// Adds a phone book before all others, so that their positions shift.
    pub fn insert_book(&self, name: &str) {
        self.change(|state| state.books.insert(0, books::Book::new(name)));
    }

    /// Adds a phone book that is a copy of one kept elsewhere.
    pub fn add_mirrored_book(&self, name: &str) {
        self.change(|state| {
            let mut book = books::Book::new(name);
            book.mirrored = true;
            state.books.push(book);
        });
    }

    /// Enters a contact into a book; `false` if there is no such book.
    pub fn add_contact(&self, book: &str, name: &str, numbers: &[&str]) -> bool {
        self.change(|state| match state.books.iter_mut().find(|b| &*b.name == book) {
            Some(book) => {
                book.add_plain(name, numbers);
                true
            }
            None => false,
        })
    }

    /// The names and numbers in a book, or in the barring if `book` is empty.
    pub fn contacts(&self, book: &str) -> Vec<(String, Vec<String>)> {
        let state = self.shared.state();
        let found = if book.is_empty() {
            Some(&state.barring)
        } else {
            state.books.iter().find(|b| &*b.name == book)
        };
        found.map(books::Book::contents).unwrap_or_default()
    }

    /// Waits until a number stands in a book (the barring if `book` is empty); gives up after ten seconds.
    pub fn wait_for_number(&self, book: &str, number: &str) -> bool {
        self.wait(|state| {
            let found = if book.is_empty() {
                Some(&state.barring)
            } else {
                state.books.iter().find(|b| &*b.name == book)
            };
            found.is_some_and(|b| b.contents().iter().any(|(_, numbers)| numbers.iter().any(|n| n == number)))
        })
    }

    /// The number that was dialled last by TR-064.
    pub fn dialled(&self) -> Option<String> {
        self.shared.state().dialled.clone()
    }

    /// Puts a message on the first answering machine.
    pub fn leave_message(&self, caller: &str, name: &str, wav: Vec<u8>) {
        self.change(|state| state.leave_message(caller, name, wav));
    }

    /// Somebody presses a key on the box: what waits for a second factor is confirmed.
    pub fn press_key(&self) {
        self.change(State::confirm);
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let out = change(&mut self.shared.state());
        self.shared.changed.notify_all();
        out
    }
}

impl Drop for FritzBoxSim {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.change(|state| state.drop_listeners(false));
        // Each thread waits for a connection. Linux ends that wait when the port is shut, other systems when one comes;
        // a network that is down brings none.
        for (listener, addr) in self.listeners.iter().zip([self.monitor, self.tr064]) {
            if rustix::net::shutdown(listener, rustix::net::Shutdown::Both).is_err() {
                let _ = std::net::TcpStream::connect_timeout(&addr, Duration::from_secs(1));
            }
        }
        // The ports are free again when the box is gone.
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
