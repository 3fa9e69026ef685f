//! `callblock simulate gsm`: a GSM stick on a serial port.

use std::io::BufRead as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use line_sim::gsm::{Deed, SimCard, SimHand, SimStick, StickProfile};

use crate::Failure;

/// How long one wait for news lasts, so that Ctrl-C is seen.
const LOOK: Duration = Duration::from_millis(100);

/// Options of `callblock simulate gsm`. What happens is typed in, a line each; `help` lists the words.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The link under which programs find the port, such as /tmp/ttyGSM0. Without it one is made.
    #[arg(long, value_name = "PATH")]
    link: Option<PathBuf>,
    /// Tell events on a port of its own, behind this link.
    #[arg(long, value_name = "PATH")]
    event_link: Option<PathBuf>,
    /// The make of stick: huawei, huawei-data (no voice), simcom, quectel.
    #[arg(long, default_value = "huawei", value_name = "NAME")]
    profile: String,
    /// The SIM asks for this PIN.
    #[arg(long, value_name = "PIN")]
    pin: Option<String>,
    /// The SIM's own number.
    #[arg(long, default_value = "+447700900001", value_name = "NUMBER")]
    number: String,
    /// Do this at once; may be given several times. The words are those of the standard input.
    #[arg(long = "do", value_name = "DEED")]
    deeds: Vec<String>,
    /// Stop after so many seconds. Without it: on Ctrl-C or `stop`.
    #[arg(long = "for", value_name = "SECONDS")]
    lasting: Option<u64>,
}

/// Runs the stick until told to stop.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let profile = StickProfile::named(&options.profile).ok_or_else(|| {
        let names = StickProfile::NAMES.join(", ");
        Failure::new(
            Failure::USAGE,
            format!("--profile {}: no such stick; there are {names}", options.profile),
        )
    })?;
    let deeds: Vec<Deed> = options
        .deeds
        .iter()
        .map(|deed| deed.parse().map_err(|e| Failure::new(Failure::USAGE, format!("--do: {e}"))))
        .collect::<Result<_, _>>()?;
    let card = SimCard { pin: options.pin.clone(), number: options.number.clone(), ..SimCard::default() };
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, stop.clone()).map_err(|e| Failure::new(Failure::SOFTWARE, e))?;
    }
    let stick = match &options.event_link {
        Some(event_link) => SimStick::plug_in_pair(profile, card, options.link.as_deref(), event_link),
        None => SimStick::plug_in(profile, card, options.link.as_deref()),
    }
    .map_err(|e| Failure::new(Failure::UNAVAILABLE, e))?;
    println!(
        "{} is a simulated GSM stick; Ctrl-C ends it, help lists what can be done",
        stick.path().display()
    );
    deeds.into_iter().for_each(|deed| stick.deed(deed));
    listen(stick.hand(), stop.clone())?;
    let mut left = options.lasting.map(|seconds| Duration::from_secs(seconds).as_millis() / LOOK.as_millis());
    while !stop.load(Ordering::Relaxed) && left != Some(0) {
        left = left.map(|left| left - 1);
        if let Ok(seen) = stick.seen.recv_timeout(LOOK) {
            println!("{seen}");
            // Several may be seen at once; only the wait counts as time.
            stick.seen.try_iter().for_each(|seen| println!("{seen}"));
        }
    }
    Ok(())
}

/// Takes what is typed, on a thread that ends with the program.
fn listen(hand: SimHand, stop: Arc<AtomicBool>) -> Result<(), Failure> {
    let work = move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            match line.trim() {
                "" => {}
                "help" => println!("{}", Deed::WORDS),
                "stop" => {
                    stop.store(true, Ordering::Relaxed);
                    break;
                }
                line => match line.parse() {
                    Ok(deed) => hand.deed(deed),
                    Err(error) => eprintln!("{error}"),
                },
            }
        }
    };
    std::thread::Builder::new()
        .name("typed".into())
        .spawn(work)
        .map(drop)
        .map_err(|e| Failure::new(Failure::SOFTWARE, e))
}
