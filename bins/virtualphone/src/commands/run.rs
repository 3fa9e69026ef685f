//! `virtualphone run`: takes calls and SMS until it is stopped.

use call_bridge::phone::socket::ControlSocket;
use call_bridge::phone::{Inbound, Inlets, Messenger, Phone, telegram};
use call_notify::telegram::{Bot, Servers};
use callblock::Failure;
use callblock::journal::{self, JournalSettings};
use crossbeam_channel::{Receiver, Sender, bounded};

use crate::args::Args;
use crate::config::TelegramSection;
use crate::lists::FileLists;
use crate::setup::{Setup, config_failure};
use crate::spammers::Spammers;

/// Runs the phone.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let setup = Setup::open(args)?;
    journal::start(&JournalSettings { stderr: true, verbose: args.verbose, ..JournalSettings::default() })?;
    setup.make_folder()?;
    let _alone = callblock_lock(&setup)?;
    let stop = signals()?;
    let (to_phone, inbound) = bounded(256);
    let mut messengers = Vec::new();
    let _socket = if setup.config.remote.socket {
        let path = setup.socket();
        let (socket, messenger) = ControlSocket::open(&path, to_phone.clone())
            .map_err(|e| Failure::new(Failure::TEMPORARY, format!("{}: {e}", path.display())))?;
        messengers.push(messenger);
        Some(socket)
    } else {
        None
    };
    if let Some(telegram) = &setup.config.telegram {
        messengers.push(start_telegram(&setup, telegram, to_phone.clone())?);
    }
    drop(to_phone);
    let line = gsm_modem::spawn(setup.gsm()?).map_err(|e| Failure::new(Failure::SOFTWARE, e))?;
    let spammers = Spammers::start(&setup.config.lists, &setup.folder)?;
    let lists = FileLists::open(&setup.config.lists, &setup.folder, &setup.numbering, spammers);
    let phone =
        Phone::new(setup.phone()?, line, setup.contacts()?, setup.calendar()?, Box::new(lists), messengers);
    #[cfg(target_os = "linux")]
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    phone.run(&Inlets { inbound, stop, watch: None });
    Ok(())
}

/// Telegram's two threads.
fn start_telegram(
    setup: &Setup,
    section: &TelegramSection,
    to_phone: Sender<Inbound>,
) -> Result<Messenger, Failure> {
    let token = setup.secret(&section.token_file)?;
    let servers = section.base_url.as_deref().map_or_else(Servers::default, Servers::at);
    let bot = Bot::new(servers, token).map_err(config_failure)?;
    telegram::start(bot, setup.folder.join("telegram-offset"), to_phone)
        .map_err(|e| Failure::new(Failure::SOFTWARE, format!("no thread for Telegram: {e}")))
}

/// Keeps a second phone out of the folder.
fn callblock_lock(setup: &Setup) -> Result<std::fs::File, Failure> {
    let path = setup.folder.join("lock");
    let file = std::fs::File::create(&path)
        .map_err(|e| Failure::new(Failure::IO, format!("{}: cannot be made: {e}", path.display())))?;
    file.try_lock().map_err(|_| {
        let text =
            format!("{}: another virtualphone works in this folder; stop it first", setup.folder.display());
        Failure::new(Failure::TEMPORARY, text)
    })?;
    Ok(file)
}

/// Gets something when the phone is to stop.
fn signals() -> Result<Receiver<()>, Failure> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let failed =
        |e: std::io::Error| Failure::new(Failure::SOFTWARE, format!("signals cannot be followed: {e}"));
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]).map_err(failed)?;
    let (tell, told) = bounded(1);
    let follow = move || {
        for _ in signals.forever() {
            // Asked to stop already.
            let _ = tell.try_send(());
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(follow).map_err(failed)?;
    Ok(told)
}
