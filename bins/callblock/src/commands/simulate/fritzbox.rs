//! `callblock simulate fritzbox`: a FRITZ!Box for trying things out and for testing other programs.

use std::io::{self, BufRead as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use line_sim::fritz_box::{FritzBoxSim, Setup, WORDS};

use crate::Failure;

/// Options of `callblock simulate fritzbox`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Commands are read from standard input, one a line; `help` names them.")]
pub struct Options {
    /// Where TR-064 listens.
    #[arg(long, default_value = "127.0.0.1:49000", value_name = "ADDR:PORT")]
    tr064: SocketAddr,
    /// Where the call monitor listens.
    #[arg(long, default_value = "127.0.0.1:1012", value_name = "ADDR:PORT")]
    monitor: SocketAddr,
    /// The user.
    #[arg(long, default_value = "guard", value_name = "U")]
    user: String,
    /// The password.
    #[arg(long, default_value = "secret", value_name = "P")]
    password: String,
    /// Barring and choosing the telephone for dialling want a second factor.
    #[arg(long)]
    second_factor: bool,
    /// This number calls, again and again; - for a withheld number.
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    call: Option<String>,
    /// From one such call to the next, in seconds.
    #[arg(long, default_value_t = 30, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// The own number that is called.
    #[arg(long, default_value = "23125001", value_name = "NUMBER")]
    called: String,
    /// Carry out this command before anything else; may be given often.
    #[arg(long = "do", value_name = "COMMAND")]
    first: Vec<String>,
}

/// Runs the box until Ctrl-C.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, stop.clone()).map_err(|e| Failure::new(Failure::SOFTWARE, e))?;
    }
    let sim = FritzBoxSim::start(Setup {
        monitor: options.monitor,
        tr064: options.tr064,
        user: options.user.as_str().into(),
        password: options.password.as_str().into(),
        second_factor: options.second_factor,
    })
    .map_err(|e| Failure::new(Failure::UNAVAILABLE, e))?;
    println!("a simulated FRITZ!Box: call monitor {}, TR-064 {}", sim.monitor_addr(), sim.tr064_addr());
    for command in &options.first {
        say(&sim, command).map_err(|e| Failure::new(Failure::USAGE, e))?;
    }
    let sim = Arc::new(sim);
    let at_input = sim.clone();
    // Nobody waits for this thread: it ends with the program.
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if let Err(error) = say(&at_input, &line) {
                println!("{error}");
            }
        }
    });
    let every = Duration::from_secs(options.every);
    let mut next = Instant::now() + Duration::from_secs(2);
    let mut ringing = None;
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(100));
        if let Some(caller) = &options.call
            && Instant::now() >= next
        {
            // The caller gives up after half of the time.
            next = Instant::now() + every / 2;
            match ringing.take() {
                Some(call) => sim.end(call),
                None => ringing = Some(sim.ring(caller.trim_matches('-'), &options.called)),
            }
        }
    }
    Ok(())
}

fn say(sim: &FritzBoxSim, line: &str) -> Result<(), String> {
    if line.trim() == "help" {
        println!("{WORDS}");
        return Ok(());
    }
    let answer = sim.say(line)?;
    if !answer.is_empty() {
        println!("{answer}");
    }
    Ok(())
}
