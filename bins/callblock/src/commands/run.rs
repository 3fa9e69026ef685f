//! `callblock run`: guards the lines until it is stopped. Takes every option of pycallblock.

use std::path::PathBuf;

use super::lists_given::ListOptions;
use crate::config::Config;
use crate::guarding;
use crate::journal::JournalSettings;
use crate::{Failure, Global, Home};

/// Options of `callblock run`; letters and meaning are pycallblock's.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// The modem's device; several for several lines. Default: the configuration's, or the first modem found.
    #[arg(long, value_name = "DEV")]
    pub device: Vec<PathBuf>,
    /// Put the test numbers of `[fritzbox]` in the place of the next callers' numbers, one for each ring.
    #[arg(long)]
    pub test_numbers: bool,
    /// Serve the web page too. Default address: 127.0.0.1:8480; a port alone is one of this machine.
    #[cfg(feature = "web")]
    #[arg(long, value_name = "ADDR", num_args = 0..=1, value_parser = crate::web_house::address)]
    pub web: Option<Option<std::net::SocketAddr>>,
    /// Log to this file.
    #[arg(long, value_name = "FILE")]
    pub logfile: Option<PathBuf>,
    /// Log to syslog. Default address: /dev/log
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "/dev/log")]
    pub syslog: Option<PathBuf>,
    /// Log to stderr.
    #[arg(short = 'l', long)]
    pub stderr: bool,
    /// Seconds of silence before a file of the play folder is played. Only for duplex.
    #[arg(short = 's', long, value_name = "SEC", value_parser = silence)]
    pub silence: Option<f64>,
    /// Log more; twice: everything the modem says.
    #[arg(short = 'v', long, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// WAV file for -m, -d and -t.
    #[arg(short = 'a', long, value_name = "FILE")]
    pub audio_file: Option<PathBuf>,
    /// IANA time zone for the file names. Default: UTC
    #[arg(long, value_name = "TIMEZONE")]
    pub timezone: Option<String>,
    /// Who is blocked and who may ring.
    #[command(flatten)]
    pub lists: ListOptions,
    /// Blocked calls: act as a fax machine.
    #[arg(short = 'f', long, group = "block action")]
    pub fax: bool,
    /// Blocked calls: play the message given with -a.
    #[arg(short = 'm', long, group = "block action", requires = "audio_file")]
    pub message: bool,
    /// Blocked calls: record for SEC seconds. Default: 120
    #[arg(short = 'r', long, group = "block action", value_name = "SEC", num_args = 0..=1, default_missing_value = "120", value_parser = clap::value_parser!(u32).range(1..))]
    pub record: Option<u32>,
    /// Blocked calls: duplex for SEC seconds. Default: 120
    #[arg(short = 'd', long, group = "block action", value_name = "SEC", num_args = 0..=1, default_missing_value = "120", value_parser = clap::value_parser!(u32).range(1..))]
    pub duplex: Option<u32>,
    /// Blocked calls: transmit for SEC seconds. Default: 120
    #[arg(short = 't', long, group = "block action", value_name = "SEC", num_args = 0..=1, default_missing_value = "120", value_parser = clap::value_parser!(u32).range(1..))]
    pub transmit: Option<u32>,
}

fn silence(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds < 86_400.0 => Ok(seconds),
        _ => Err("must be a number of seconds greater than 0".into()),
    }
}

impl Options {
    /// Whether the files are there that the command line names; those of the configuration may come later.
    fn check_files(&self) -> Result<(), Failure> {
        for list in self.lists.blacklist.iter().chain(&self.lists.whitelist) {
            std::fs::File::open(list)
                .map_err(|e| Failure::new(Failure::NO_INPUT, format!("the list {}: {e}", list.display())))?;
        }
        match &self.audio_file {
            None => Ok(()),
            Some(file) if !file.exists() => {
                Err(Failure::new(Failure::NO_INPUT, format!("the sound {} is not there", file.display())))
            }
            Some(file) => telephone_audio::read_wav(file).map(|_| ()).map_err(|e| {
                let text = format!("{e}; `callblock sound convert` makes any sound playable");
                Failure::new(Failure::DATA, text)
            }),
        }
    }

    /// Puts what the command line says over what the file says.
    pub fn lay_over(&self, config: &mut Config) {
        guarding::lay_over(self, config);
    }

    /// Where the log goes: to the terminal unless something else was asked for.
    pub fn journal(&self, config: &Config) -> JournalSettings {
        let log = &config.log;
        let file = self.logfile.clone().or_else(|| log.file.clone());
        let syslog = self.syslog.clone().or_else(|| log.syslog.clone());
        let elsewhere = file.is_some() || syslog.is_some();
        JournalSettings {
            stderr: self.stderr || log.stderr || !elsewhere,
            file,
            syslog,
            verbose: self.verbose.max(log.verbose),
        }
    }
}

/// Guards until told to stop.
pub(crate) fn run(global: &Global, options: &Options) -> Result<(), Failure> {
    let mut home = Home::open(global)?;
    options.check_files()?;
    options.lay_over(&mut home.config);
    crate::journal::start(&options.journal(&home.config))?;
    guarding::run(&home, global, options)
}
