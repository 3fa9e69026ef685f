//! `callblock init`: makes the folder and writes a commented configuration. Asks nothing it can find out.

use std::fs;
use std::path::PathBuf;

use crate::{Failure, Global, Home};

/// Options of `callblock init`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The modem's device; found out if there is one.
    #[arg(long, value_name = "DEV")]
    pub device: Option<PathBuf>,
    /// The country of the line, such as US or DE; taken from the computer's time zone, or else from its language
    /// settings, if absent.
    #[arg(long, value_name = "CC")]
    pub country: Option<String>,
    /// Print the configuration instead of writing it.
    #[arg(long)]
    pub print: bool,
    /// Write over a configuration that is there.
    #[arg(long)]
    pub force: bool,
}

/// Makes the folder and writes the file.
pub(crate) fn run(global: &Global, options: &Options) -> Result<(), Failure> {
    let zone = zone();
    let found = || zone.as_deref().and_then(country_of_zone).or_else(country_of_language);
    let country = options.country.clone().map(|country| (country, "as told")).or_else(found);
    let device = options.device.clone().or_else(modem);
    let text = configuration(device.as_deref(), country.as_ref().map(|(code, _)| &**code), zone.as_deref());
    if options.print {
        print!("{text}");
        return Ok(());
    }
    // A configuration that is there and has mistakes is no reason not to write a new one.
    let folder = match Home::open(&Global { config: None, dir: global.dir.clone() }) {
        Ok(home) => home.folder,
        Err(e) if options.force => call_guard::GuardFolder::new(global.dir.clone().ok_or(e)?),
        Err(e) => return Err(e),
    };
    folder.make().map_err(|e| Failure::new(Failure::IO, e))?;
    let path = global.config.clone().unwrap_or_else(|| folder.config());
    if path.exists() && !options.force {
        return Err(Failure::new(
            Failure::DATA,
            format!("{} is there already; --force writes over it, --print shows a new one", path.display()),
        ));
    }
    fs::write(&path, text).map_err(|e| Failure::new(Failure::IO, format!("{}: {e}", path.display())))?;
    println!("Wrote {}", path.display());
    match device {
        Some(device) if !device.exists() => {
            println!("{} is the modem, as told, but nothing is there yet.", device.display());
        }
        Some(device) if options.device.is_some() => println!("{} is the modem, as told.", device.display()),
        Some(device) => println!("Found a modem at {}.", device.display()),
        None => println!("Found no modem yet: plug one in, or name its device in the file."),
    }
    match country {
        Some((country, source)) => {
            println!("Country of the line: {country}, {source}; --country names another.");
        }
        None => println!(
            "Name the country of the line in the file, or by --country: it decides what numbers mean."
        ),
    }
    println!("Next: callblock check-config, then callblock run.");
    Ok(())
}

/// The first modem that is plugged in.
fn modem() -> Option<PathBuf> {
    let by_id = fs::read_dir("/dev/serial/by-id").ok()?;
    let mut paths: Vec<PathBuf> = by_id.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths.into_iter().next()
}

/// The computer's time zone.
fn zone() -> Option<String> {
    let known = |zone: &str| zone.parse::<call_guard::Zone>().is_ok().then(|| zone.to_owned());
    let told = std::env::var("TZ").ok().and_then(|zone| known(zone.trim_start_matches(':')));
    let named = || fs::read_to_string("/etc/timezone").ok().and_then(|zone| known(zone.trim()));
    let linked = || {
        let link = fs::read_link("/etc/localtime").ok()?;
        known(link.to_str()?.split("zoneinfo/").nth(1)?)
    };
    told.or_else(named).or_else(linked)
}

/// The country in which clocks go by that zone, by the system's own table. Better than the language: many computers
/// everywhere speak American English.
fn country_of_zone(zone: &str) -> Option<(String, &'static str)> {
    let table = fs::read_to_string("/usr/share/zoneinfo/zone.tab").ok()?;
    Some((country_in(&table, zone)?.to_owned(), "by the time zone"))
}

fn country_in<'t>(table: &'t str, zone: &str) -> Option<&'t str> {
    let mut rows = table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t'));
    rows.find(|row| row.clone().nth(2) == Some(zone))?.next()
}

/// The country in the computer's language settings.
fn country_of_language() -> Option<(String, &'static str)> {
    ["LC_ALL", "LC_TELEPHONE", "LANG"].iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        let country = value.split_once('_')?.1.get(..2)?.to_owned();
        let is_code = country.bytes().all(|b| b.is_ascii_uppercase());
        is_code.then_some((country, "by the language settings"))
    })
}

/// The commented file.
fn configuration(device: Option<&std::path::Path>, country: Option<&str>, zone: Option<&str>) -> String {
    let device = device.map_or_else(
        || "# device = \"/dev/serial/by-id/...\"".to_owned(),
        |path| format!("device = {:?}", path.display().to_string()),
    );
    let country_line =
        country.map_or_else(|| "# country = \"US\"".to_owned(), |c| format!("country = \"{c}\""));
    let zone = zone.unwrap_or("UTC");
    include_str!("../config/template.toml")
        .replace("@DEVICE@", &device)
        .replace("@COUNTRY@", &country_line)
        .replace("@ZONE@", zone)
}

#[cfg(test)]
mod tests {
    use super::country_in;

    #[test]
    fn a_zone_has_the_country_of_the_systems_table() {
        let table = "# country\tplace\tzone\tremarks\nAT\t+4813+01620\tEurope/Vienna\n\
                     US\t+404251-0740023\tAmerica/New_York\tEastern (most areas)\n";
        assert_eq!(country_in(table, "Europe/Vienna"), Some("AT"));
        assert_eq!(country_in(table, "America/New_York"), Some("US"));
        assert_eq!(country_in(table, "UTC"), None);
        assert_eq!(country_in("", "zone"), None);
    }
}
