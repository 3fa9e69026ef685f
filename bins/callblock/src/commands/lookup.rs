//! `callblock lookup`: what others know of a number, and whether the sources still answer.

use std::time::Duration;

use call_event::counted;
use number_lookup::{LookupSettings, Lookups, Outcome, Site};
use serde_json::json;

use crate::{Failure, Global, Home, guarding, looking_up};

/// Options of `callblock lookup`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What to do.
    #[command(subcommand)]
    what: What,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// Ask every source of `[lookup]` about a number, and say which of them no longer answers as it should.
    Test {
        /// The number; a well-known service number if none is given.
        #[arg(default_value = "0221 4710 123")]
        number: String,
        /// Ask these sites instead of those of the configuration; `all` for all that are known.
        #[arg(long, value_name = "NAME")]
        site: Vec<String>,
        /// How long each may take, in seconds.
        #[arg(long, default_value_t = 20, value_name = "SECONDS")]
        within: u64,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Bring PhoneBlock's list and the lists to download up to date now.
    Refresh,
}

/// Asks.
pub(crate) fn run(global: &Global, options: &Options) -> Result<(), Failure> {
    let home = Home::open(global)?;
    let wrong = |e: &dyn std::fmt::Display| Failure::new(Failure::CONFIG, e);
    match &options.what {
        What::Test { number, site, within, json } => {
            let mut settings = home.config.lookup.clone();
            if !site.is_empty() {
                let all = site.iter().any(|name| name == "all");
                let sites = if all { Site::known().map(str::to_owned).collect() } else { site.clone() };
                settings = LookupSettings { sites, ..LookupSettings::default() };
            }
            if !looking_up::is_wanted(&settings) {
                return Err(Failure::new(
                    Failure::CONFIG,
                    "nobody is asked about callers: name sources in `[lookup]`, or give --site",
                ));
            }
            let numbering = guarding::numbering(&home.config.numbers).map_err(|e| wrong(&e))?;
            let placed = numbering.read(number).and_then(|n| number_lookup::Query::new(&n).map(|_| n));
            let number = placed.ok_or_else(|| {
                Failure::new(
                    Failure::USAGE,
                    format!("`{number}` is not a number of the public network; set [numbers] country, or write +49..."),
                )
            })?;
            let lookups = Lookups::new(&settings, home.folder.path()).map_err(|e| wrong(&e))?;
            show(lookups.look_closely(&number, Duration::from_secs(*within)), *json)
        }
        What::Refresh => {
            home.folder.make().map_err(|e| Failure::new(Failure::IO, e))?;
            let lookups = Lookups::new(&home.config.lookup, home.folder.path()).map_err(|e| wrong(&e))?;
            lookups.refresh();
            Ok(())
        }
    }
}

/// One line for each source. A source that no longer answers as it should makes the command fail.
fn show(tried: Vec<number_lookup::Tried>, as_json: bool) -> Result<(), Failure> {
    let mut broken = 0;
    let mut list = Vec::new();
    for tried in tried {
        let (state, detail) = match &tried.outcome {
            Outcome::Known(a) => {
                let mut words = Vec::new();
                words.extend(a.score.map(|s| format!("{s} of 9")));
                words.extend((a.votes > 0 && a.votes < u32::MAX).then(|| counted(a.votes, "vote")));
                words.extend(a.label.as_deref().map(str::to_owned));
                words.extend(a.name.as_deref().map(str::to_owned));
                ("known", words.join(", "))
            }
            Outcome::Unknown => ("unknown", String::new()),
            Outcome::Failed(error) => {
                broken += 1;
                ("failed", error.to_string())
            }
        };
        if as_json {
            let answer = match &tried.outcome {
                Outcome::Known(a) => json!({
                    "score": a.score, "votes": a.votes, "name": a.name.as_deref(), "label": a.label.as_deref(),
                    "link": a.link.as_deref(),
                }),
                _ => json!(null),
            };
            list.push(json!({"source": tried.source, "state": state, "detail": detail, "answer": answer}));
        } else {
            println!("{:<16} {state:<8} {detail}", tried.source);
        }
    }
    if as_json {
        let text = serde_json::to_string_pretty(&list).map_err(|e| Failure::new(Failure::SOFTWARE, e))?;
        println!("{text}");
    }
    if broken > 0 {
        let text =
            format!("{} not answering as it should; calls are judged without", counted(broken, "source"));
        return Err(Failure::new(Failure::UNAVAILABLE, text));
    }
    Ok(())
}
