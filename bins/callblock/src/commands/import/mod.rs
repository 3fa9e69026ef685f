//! `callblock import`: takes over lists, settings, log and sounds of another program, and says what it took and
//! what it could not. Files are read as data; nothing of the other program is run or changed.

mod a1fbox;
mod convert;
mod fbcallrouter;
mod php;
mod sources;
mod taking;
mod toml_text;

use std::path::PathBuf;

use crate::{Failure, Global, Home};
use taking::Taking;

/// Options of `callblock import`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Which program.
    #[command(subcommand)]
    pub from: From,
}

/// The programs that can be taken over.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum From {
    /// pycallblock: its folder (database, CSV lists, `play`), its CSV files, or its service file.
    Pycallblock(Where),
    /// jcblock: the folder with `blacklist.dat`, `whitelist.dat` and `callerID.dat`.
    Jcblock(Where),
    /// callattendant: its folder or its `callattendant.db`.
    Callattendant(Where),
    /// NCID: the folder with `ncidd.blacklist`, `ncidd.whitelist`, `ncidd.conf` and `cidcall.log`.
    Ncid(Where),
    /// fbcallrouter: its `config.php` as a configuration of callblock.
    Fbcallrouter(convert::ConfigFile),
    /// The Airport1 tools for the FRITZ!Box: their `config.py` as a configuration of callblock.
    A1fbox(convert::ConfigFile),
}

/// What is taken, and for which line.
#[derive(Debug, Clone, clap::Args)]
pub struct Where {
    /// The folder or file.
    pub path: PathBuf,
    /// The line whose calls they are.
    #[arg(long, default_value = "home")]
    pub line: String,
}

/// Takes everything that is there.
pub(crate) fn run(global: &Global, options: &Options) -> Result<(), Failure> {
    let place = match &options.from {
        From::Fbcallrouter(file) => return convert::convert(file, fbcallrouter::read),
        From::A1fbox(file) => return convert::convert(file, a1fbox::read),
        From::Pycallblock(place) | From::Jcblock(place) | From::Callattendant(place) | From::Ncid(place) => {
            place
        }
    };
    let home = Home::open(global)?;
    home.folder.make().map_err(|e| Failure::new(Failure::IO, e))?;
    let files = taking::files(&place.path).map_err(|e| {
        Failure::new(Failure::NO_INPUT, format!("{}: cannot be read: {e}", place.path.display()))
    })?;
    let mut taking = Taking::new(&home, &place.line);
    for file in &files {
        match &options.from {
            From::Pycallblock(_) => sources::pycallblock(&mut taking, file),
            From::Jcblock(_) => sources::jcblock(&mut taking, file),
            From::Callattendant(_) => sources::callattendant(&mut taking, file),
            From::Ncid(_) => sources::ncid(&mut taking, file),
            From::Fbcallrouter(_) | From::A1fbox(_) => {}
        }
    }
    taking.finish()
}
