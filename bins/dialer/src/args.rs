//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::hours::Hours;

/// Places telephone calls through a voice modem, one or a whole list.
#[derive(Debug, Parser)]
#[command(name = "dialer", version, propagate_version = true, after_help = EXIT_CODES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) device: DeviceOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes of `dialer call`: 0 answered, 10 busy, 11 no answer, 12 no dial tone, \
13 rejected or no such number, 14 the modem was lost, 130 stopped by Ctrl-C; 64 wrong use, 65 wrong data, \
66 a file is missing, 69 no modem, 74 a file cannot be written. `dialer batch` ends with 0 if every number was \
reached, 20 if some were not.";

/// Which modem.
#[derive(Debug, clap::Args)]
pub(crate) struct DeviceOptions {
    /// The modem's port, best by /dev/serial/by-id/. Without it the first modem that is found.
    #[arg(long, global = true, value_name = "DEV", env = "DIALER_PORT")]
    pub(crate) port: Option<PathBuf>,
    /// Use a simulated modem and line, so many times as fast as a real one. Numbers that end in 7 are busy
    /// there, in 8 nobody answers, in 9 there is no such number; all others answer.
    #[arg(long, global = true, value_name = "SPEED", num_args = 0..=1, require_equals = true,
          default_missing_value = "1", conflicts_with = "port")]
    pub(crate) simulate: Option<f64>,
    /// Print results as JSON, one object a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Call a number: play files, send digits, record.
    Call(CallOptions),
    /// Call every number of a CSV file.
    Batch(BatchOptions),
}

/// What is done in a call.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct CallOptions {
    /// The number; `,` is a pause of two seconds.
    pub(crate) number: String,
    #[command(flatten)]
    pub(crate) content: Content,
}

/// What is done once somebody answers.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Content {
    /// Play this WAV file; several are played in turn.
    #[arg(long, value_name = "FILE")]
    pub(crate) play: Vec<PathBuf>,
    /// Send these digits before the files; `,` is a pause of a second.
    #[arg(long, value_name = "DIGITS")]
    pub(crate) digits: Option<String>,
    /// Record what is heard into this WAV file. The call then lasts until the other side hangs up or the limit.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// The call ends so long after it was answered.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = time)]
    pub(crate) limit: Duration,
    /// Give up if nobody has answered after so long.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = time)]
    pub(crate) ring_for: Duration,
    /// Wait so long after the answer before anything is sent.
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = time)]
    pub(crate) after: Duration,
    /// Hide the own number.
    #[arg(long, conflicts_with = "show_own_number")]
    pub(crate) hide_own_number: bool,
    /// Show the own number although the line hides it.
    #[arg(long)]
    pub(crate) show_own_number: bool,
}

/// What is done with a list.
#[derive(Debug, clap::Args)]
pub(crate) struct BatchOptions {
    /// A CSV file with a column `number`, and, as wished, `name`, `play`, `digits`, `record`. Without a heading
    /// its first column is the number.
    pub(crate) list: PathBuf,
    /// Where the results go, one row a number as soon as it is known.
    #[arg(long, value_name = "CSV", default_value = "results.csv")]
    pub(crate) results: PathBuf,
    /// Leave out numbers that the results file already shows as answered, and add to it.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Try a number that was busy or did not answer so many times more.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) retries: u32,
    /// Wait at least so long before the same number is tried again.
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = time)]
    pub(crate) retry_pause: Duration,
    /// Wait so long between calls.
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = time)]
    pub(crate) pause: Duration,
    /// Call only at these hours, such as 09:00-18:00 or mon-fri/09:00-18:00; may be given several times.
    #[arg(long, value_name = "HOURS")]
    pub(crate) hours: Vec<Hours>,
    #[command(flatten)]
    pub(crate) content: Content,
}

/// A time such as `200ms`, `30s` or `5m`.
fn time(text: &str) -> Result<Duration, String> {
    line_sim::voice_modem::scenario::time(text)
}
