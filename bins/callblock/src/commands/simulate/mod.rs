//! `callblock simulate`: simulated devices for trying things out and for testing other programs.

mod fritzbox;
mod gsm;
mod modem;

use crate::Failure;

/// Options of `callblock simulate`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Which device.
    #[command(subcommand)]
    pub device: Device,
}

/// The devices.
#[derive(Debug, clap::Subcommand)]
pub enum Device {
    /// A voice modem on a serial port, with callers who ring, speak and hang up.
    Modem(Box<modem::Options>),
    /// A FRITZ!Box: its call monitor, phone books, barring, call list, dialling and answering machine.
    Fritzbox(fritzbox::Options),
    /// A GSM stick on a serial port, with callers, messages and faults as told on its standard input.
    Gsm(gsm::Options),
}

/// Runs the simulation until Ctrl-C.
pub(crate) fn run(options: Options) -> Result<(), Failure> {
    match options.device {
        Device::Modem(options) => modem::run(*options),
        Device::Fritzbox(options) => fritzbox::run(&options),
        Device::Gsm(options) => gsm::run(&options),
    }
}
