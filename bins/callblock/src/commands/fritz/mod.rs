//! `callblock fritz`: a FRITZ!Box asked from the command line.

mod books;
mod calls;
mod lines;
mod ratings;
mod table;

use std::path::PathBuf;
use std::time::Duration;

use fritz_box::{BookName, Confirmation, Error, Fault, FritzBox, FritzBoxSettings};

use crate::{Failure, Global, Home};
use ratings::Ratings;

/// Options of `callblock fritz`.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(flatten)]
    reach: Reach,
    /// As JSON.
    #[arg(long, global = true)]
    json: bool,
    /// What to ask.
    #[command(subcommand)]
    what: What,
}

/// How the box is reached; what is not given stands in `[fritzbox]` of the configuration.
#[derive(Debug, clap::Args)]
struct Reach {
    /// Name or address of the box.
    #[arg(long, global = true, value_name = "HOST")]
    address: Option<String>,
    /// The port of TR-064.
    #[arg(long, global = true, value_name = "PORT")]
    port: Option<u16>,
    /// The user.
    #[arg(long, global = true, value_name = "U")]
    user: Option<String>,
    /// A file that holds the password.
    #[arg(long, global = true, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Ask by HTTPS; the box's certificate is remembered in the folder of callblock.
    #[arg(long, global = true)]
    encrypted: bool,
}

/// What to ask.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the phone books.
    Books,
    /// Show a phone book; without a name the first one.
    Book {
        /// Its name or position; `barred` for the call barring.
        #[arg(default_value = "0")]
        book: String,
    },
    /// Look for a number or a part of a name, in one book or in all.
    Find {
        /// The number, with or without area and country code, or a part of the name.
        what: String,
        /// Only in this book.
        #[arg(long)]
        book: Option<String>,
    },
    /// Enter a contact; numbers that stand in the book already are left out.
    Add {
        /// The book, by name or position.
        book: String,
        /// The contact's name.
        name: String,
        /// Its numbers; a kind may stand before one: home:, mobile:, work:, `fax_home`:, `fax_work`:, other:.
        #[arg(required = true)]
        numbers: Vec<String>,
    },
    /// Change the name or the numbers of a contact.
    Change {
        /// The book, by name or position.
        book: String,
        /// A number or a name that only this contact has.
        what: String,
        /// The new name.
        #[arg(long)]
        name: Option<String>,
        /// One more number.
        #[arg(long, value_name = "NUMBER")]
        add_number: Vec<String>,
        /// One number less.
        #[arg(long, value_name = "NUMBER")]
        remove_number: Vec<String>,
    },
    /// Remove a contact.
    Remove {
        /// The book, by name or position.
        book: String,
        /// A number or a name that only this contact has.
        what: String,
    },
    /// Bar numbers: they ring no more.
    Bar {
        /// The numbers.
        #[arg(required = true)]
        numbers: Vec<String>,
        /// The name of the entry.
        #[arg(long, default_value = "blocked by callblock")]
        name: String,
    },
    /// Let a barred number ring again.
    Unbar {
        /// The number or the name of the entry.
        what: String,
    },
    /// Show the last calls with names, areas and, where wanted, ratings.
    Calls {
        /// How many.
        #[arg(long, default_value_t = 400, value_name = "N")]
        last: u32,
        /// Only those that the box rejected.
        #[arg(long)]
        rejected: bool,
        /// Also ask the sources of `[lookup]` about every number that stands in no book or list; this tells them the numbers.
        #[arg(long)]
        ratings: bool,
        /// How long they may take for all numbers together; what is left is not asked.
        #[arg(long, default_value_t = 120, value_name = "SECONDS", requires = "ratings")]
        within: u64,
    },
    /// Call a number: the telephone chosen for dialling rings first.
    Dial {
        /// The number; without it the telephones that can be chosen are shown.
        number: Option<String>,
        /// Choose this telephone for dialling.
        #[arg(long, value_name = "TELEPHONE")]
        from: Option<String>,
        /// End the call that was placed.
        #[arg(long, conflicts_with = "number")]
        hang_up: bool,
    },
    /// Show the handsets and their phone books, or give one another book.
    Handsets {
        /// Let this handset show another book.
        #[arg(long, value_name = "ID", requires = "book")]
        set: Option<u16>,
        /// The book.
        #[arg(long)]
        book: Option<String>,
    },
    /// Show, fetch, mark or delete messages of the answering machines.
    Messages {
        /// The answering machine, 0 for the first.
        #[arg(long, default_value_t = 0, value_name = "N")]
        machine: u16,
        /// Fetch the sounds into this folder.
        #[arg(long, value_name = "DIR")]
        fetch: Option<PathBuf>,
        /// Mark this message as heard.
        #[arg(long, value_name = "INDEX")]
        heard: Option<u32>,
        /// Delete this message.
        #[arg(long, value_name = "INDEX")]
        delete: Option<u32>,
        /// Switch the answering machine on or off.
        #[arg(long, value_name = "on|off", value_parser = ["on", "off"])]
        switch: Option<String>,
    },
    /// Show calls out of the call monitor's lines: live from the box, or out of a file that holds such lines.
    Lines {
        /// A file with lines of the call monitor; comments after `#` are left out.
        file: Option<PathBuf>,
        /// Wait for more lines at the file's end.
        #[arg(long, requires = "file")]
        follow: bool,
        /// Show the lines themselves instead of the calls.
        #[arg(long)]
        raw: bool,
        /// Show the last three digits of numbers.
        #[arg(long)]
        whole: bool,
    },
    /// Show model, place in the world and own numbers: the first thing to try.
    Test,
}

/// Asks the box.
pub(crate) fn run(global: &Global, options: Options) -> Result<(), Failure> {
    let home = Home::open(global)?;
    let settings = settings(&home, options.reach);
    if let What::Lines { file, follow, raw, whole } = &options.what {
        let shown = lines::Shown { raw: *raw, whole: *whole, json: options.json };
        return match file {
            Some(file) => lines::from_file(file, *follow, shown),
            None => lines::from_box(&settings, shown),
        };
    }
    let fritz_box = FritzBox::new(&settings).map_err(failure)?;
    let desk = Desk { fritz_box, settings, json: options.json };
    match options.what {
        What::Books => desk.books(),
        What::Book { book } => desk.book(&book),
        What::Find { what, book } => desk.find(&what, book.as_deref()),
        What::Add { book, name, numbers } => desk.add(&book, &name, &numbers),
        What::Change { book, what, name, add_number, remove_number } => {
            desk.change(&book, &what, name, &add_number, &remove_number)
        }
        What::Remove { book, what } => desk.remove(&book, &what),
        What::Bar { numbers, name } => desk.bar(&numbers, &name),
        What::Unbar { what } => desk.unbar(&what),
        What::Calls { last, rejected, ratings, within } => {
            let ratings = ratings.then(|| Ratings::open(&home, Duration::from_secs(within))).transpose()?;
            desk.calls(last, rejected, ratings)
        }
        What::Dial { number, from, hang_up } => desk.dial(number.as_deref(), from.as_deref(), hang_up),
        What::Handsets { set, book } => desk.handsets(set, book.as_deref()),
        What::Messages { machine, fetch, heard, delete, switch } => {
            if let Some(word) = switch {
                desk.ask(|f| f.set_answering_machine(machine, word == "on"))?;
            }
            desk.messages(machine, fetch.as_deref(), heard, delete)
        }
        What::Test => desk.test(),
        // Needs no TR-064 and was done before.
        What::Lines { .. } => Ok(()),
    }
}

fn settings(home: &Home, reach: Reach) -> FritzBoxSettings {
    let mut settings = home.config.fritzbox.clone().unwrap_or_default();
    if let Some(address) = reach.address {
        settings.address = address.into();
    }
    if let Some(user) = reach.user {
        settings.user = user.into();
    }
    if let Some(file) = reach.password_file {
        settings.password = None;
        settings.password_file = Some(file);
    }
    settings.encrypted |= reach.encrypted;
    if settings.encrypted && settings.certificate_file.is_none() {
        settings.certificate_file = Some(home.folder.path().join("fritzbox-certificate"));
    }
    if let Some(port) = reach.port {
        if settings.encrypted { settings.tr064_tls_port = port } else { settings.tr064_port = port }
    }
    settings
}

/// The exit code that fits what went wrong.
fn failure(error: Error) -> Failure {
    let code = match &error {
        Error::NoUser | Error::Password(_) | Error::NoTls | Error::NoBookSet { .. } => Failure::CONFIG,
        Error::WrongPassword { .. } | Error::OtherCertificate { .. } => Failure::NO_PERMISSION,
        Error::Fault { fault, .. } if fault.code == 606 => Failure::NO_PERMISSION,
        Error::NoBook { .. } | Error::NoEntry { .. } | Error::NotANumber(_) | Error::MirroredBook { .. } => {
            Failure::DATA
        }
        error if error.may_pass() => Failure::UNAVAILABLE,
        _ => Failure::SOFTWARE,
    };
    Failure::new(code, error)
}

/// The box, and how its answers are shown.
struct Desk {
    fritz_box: FritzBox,
    settings: FritzBoxSettings,
    json: bool,
}

/// How often a confirmation is asked for.
const CONFIRM_EVERY: Duration = Duration::from_secs(2);
/// The box waits about a minute for it.
const CONFIRM_TRIES: u32 = 30;

impl Desk {
    /// Asks, and if the box wants that confirmed, waits for it and asks again.
    fn ask<T>(&self, question: impl Fn(&FritzBox) -> Result<T, Error>) -> Result<T, Failure> {
        match question(&self.fritz_box) {
            Err(Error::Fault { fault, .. }) if fault.code == Fault::SECOND_FACTOR_NEEDED => {
                let factor = self.fritz_box.begin_confirmation().map_err(failure)?;
                eprintln!("The FRITZ!Box wants this confirmed: {factor}. Waiting for a minute ...");
                let mut left = CONFIRM_TRIES;
                let given = loop {
                    match self.fritz_box.confirmation().map_err(failure)? {
                        Confirmation::Given => break true,
                        Confirmation::Waiting if left > 0 => {
                            left -= 1;
                            std::thread::sleep(CONFIRM_EVERY);
                        }
                        _ => break false,
                    }
                };
                let answer = if given {
                    question(&self.fritz_box).map_err(failure)
                } else {
                    Err(Failure::new(Failure::NO_PERMISSION, "it was not confirmed: nothing was done"))
                };
                self.fritz_box.end_confirmation();
                answer
            }
            other => other.map_err(failure),
        }
    }

    /// Numbers are compared in their full form, so the box is asked where it is.
    fn locate(&self) -> Result<(), Failure> {
        self.ask(FritzBox::locate).map(drop)
    }

    fn book_at(&self, name: &str) -> Result<fritz_box::BookAt, Failure> {
        self.ask(|f| f.find_book(&BookName::from_text(name)))
    }

    fn test(&self) -> Result<(), Failure> {
        let device = self.ask(FritzBox::device)?;
        let numbering = self.ask(FritzBox::locate)?;
        let own = self.ask(FritzBox::own_numbers)?;
        let country = numbering.country().map_or("", |c| c.calling_code());
        if self.json {
            let numbers: Vec<_> = own.iter().map(|o| o.number.to_string()).collect();
            let value = serde_json::json!({
                "device": device, "country": country, "area": numbering.area(), "own-numbers": numbers,
            });
            return table::print_json(&value);
        }
        println!("{device}, country {country}, area {}", numbering.area());
        for number in own {
            println!("own number {} {}", number.number, number.name);
        }
        let monitor = (&*self.settings.address, self.settings.monitor_port);
        match std::net::TcpStream::connect(monitor) {
            Ok(_) => println!("the call monitor is on"),
            Err(_) => println!("the call monitor is off: dial #96*5* on a telephone of the box"),
        }
        Ok(())
    }
}
