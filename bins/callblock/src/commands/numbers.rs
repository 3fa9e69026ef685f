//! `callblock numbers`: what numbers mean here, and the table of area codes.

use std::path::PathBuf;

use call_screen::list::write_atomically;
use phone_number::{Areas, Doubt};
use serde_json::json;

use crate::config::NumbersSection;
use crate::{Failure, Global, Home, screening};

/// Options of `callblock numbers`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Command {
    /// Say what numbers mean at this line: world form, area, use, doubts.
    Show {
        /// The numbers.
        #[arg(required = true, value_name = "NUMBER")]
        numbers: Vec<String>,
        /// The country of the line, such as DE or +49. Default: the configuration's.
        #[arg(long, value_name = "CC")]
        country: Option<String>,
        /// The area code of the line. Default: the configuration's, if the country is its own too.
        #[arg(long, value_name = "CODE")]
        area: Option<String>,
        /// Print JSON, one line for each number.
        #[arg(long)]
        json: bool,
    },
    /// Use a newer table of German area codes: the CSV file that the Federal Network Agency publishes.
    Update {
        /// The file.
        file: PathBuf,
    },
    /// Go back to the table that came with the program.
    Reset,
}

/// Does what was asked for.
pub(crate) fn run(global: &Global, options: Options) -> Result<(), Failure> {
    let mut home = Home::open(global)?;
    let place = screening::areas_file(home.folder.path());
    match options.command {
        Command::Show { numbers, country, area, json } => {
            if country.is_some() {
                home.config.numbers = NumbersSection { country, area };
            } else if area.is_some() {
                home.config.numbers.area = area;
            }
            show(&home, &numbers, json)
        }
        Command::Update { file } => {
            let bytes = std::fs::read(&file)
                .map_err(|e| Failure::new(Failure::NO_INPUT, format!("{}: {e}", file.display())))?;
            let areas = Areas::from_official_csv(&bytes).map_err(|e| {
                Failure::new(Failure::DATA, format!("{}: {e}; nothing was changed", file.display()))
            })?;
            let before = Areas::german().len();
            // Germany has had about 5,200 areas for decades; much fewer means that half of the file is missing.
            if areas.len() < before / 2 {
                let text = format!(
                    "{}: only {} areas, but there are about {before}; nothing was changed",
                    file.display(),
                    areas.len()
                );
                return Err(Failure::new(Failure::DATA, text));
            }
            std::fs::create_dir_all(home.folder.path()).map_err(|e| Failure::new(Failure::IO, e))?;
            write_atomically(&place, &bytes).map_err(|e| Failure::new(Failure::IO, e))?;
            println!("{} areas are known from now on", areas.len());
            Ok(())
        }
        Command::Reset => match std::fs::remove_file(&place) {
            Ok(()) => {
                println!("{} areas are known from now on", Areas::german().len());
                Ok(())
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(Failure::new(Failure::IO, format!("{}: {e}", place.display()))),
        },
    }
}

fn show(home: &Home, numbers: &[String], as_json: bool) -> Result<(), Failure> {
    let numbering = screening::numbering(&home.config, home.folder.path())
        .map_err(|e| Failure::new(Failure::CONFIG, e))?;
    let mut unreadable = 0;
    for text in numbers {
        let Some(number) = numbering.read(text) else {
            eprintln!("callblock: {text:?} is not a telephone number");
            unreadable += 1;
            continue;
        };
        let doubts = numbering.doubts(&number);
        let valid = !numbering.with_validity(&number, doubts).has(Doubt::Invalid);
        let purpose = numbering.purpose(&number).map(|purpose| purpose.word());
        let country = number.country().map(|country| country.iso());
        if as_json {
            let value = json!({
                "number": text,
                "e164": number.e164().map(|e164| e164.to_string()),
                "display": numbering.display(&number),
                "kind": number.kind().word(),
                "country": country,
                "area": numbering.area_name(&number),
                "use": purpose,
                "valid": valid,
                "doubts": doubts.iter().map(|doubt| doubt.word()).collect::<Vec<_>>(),
            });
            println!("{value}");
            continue;
        }
        println!("{}", numbering.display(&number));
        println!("  {:<8} {number}", "world");
        println!("  {:<8} {}", "kind", number.kind().word());
        for (label, value) in [("country", country), ("area", numbering.area_name(&number)), ("use", purpose)]
        {
            if let Some(value) = value {
                println!("  {label:<8} {value}");
            }
        }
        if !valid {
            println!("  {:<8} no", "valid");
        }
        for doubt in doubts.iter() {
            println!("  {:<8} {doubt}", "doubt");
        }
    }
    match unreadable {
        0 => Ok(()),
        _ => Err(Failure::new(Failure::DATA, format!("{unreadable} of {} are no numbers", numbers.len()))),
    }
}
