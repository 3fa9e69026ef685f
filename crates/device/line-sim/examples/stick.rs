//! A simulated GSM stick at the path given; what happens to it is typed in. `cargo run -p line-sim --example stick
//! /tmp/ttyGSM0 quectel`, then `call +447700900123`.

use std::io::BufRead as _;
use std::path::PathBuf;

use line_sim::gsm::{Deed, SimCard, SimStick, StickProfile};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let link = words.next().map(PathBuf::from);
    let profile =
        words.next().and_then(|name| StickProfile::named(&name)).unwrap_or_else(StickProfile::huawei);
    let stick = SimStick::plug_in(profile, SimCard::default(), link.as_deref())?;
    println!("{} is a simulated GSM stick", stick.path().display());
    let seen = stick.seen.clone();
    std::thread::spawn(move || seen.iter().for_each(|seen| println!("{seen}")));
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        match line.parse() {
            Ok(Deed::Stop) => break,
            Ok(deed) => stick.deed(deed),
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok(())
}
