//! `callblock man`: the manual page, made from the command line's own definition.

use std::io;

use clap::CommandFactory as _;

use super::log::place::print;
use crate::{Args, Failure};

/// Prints the manual page, one section for each command.
pub(crate) fn run() -> Result<(), Failure> {
    let mut page = Vec::new();
    let mut command = Args::command();
    command.build();
    render(&command, &mut page).map_err(|e| Failure::new(Failure::IO, e))?;
    print(|out| out.write_all(&page))
}

fn render(command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(page)?;
    command.get_subcommands().filter(|c| c.get_name() != "help").try_for_each(|c| render(c, page))
}
