//! `virtualphone demo`: the whole phone on a simulated stick, with Telegram played in the terminal.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use call_bridge::phone::{Contacts, Inbound, Inlets, Messenger, Outbound, Phone, PhoneSettings};
use call_bridge::policy::Defaults;
use call_bridge::remote::{Asker, Channel, Owners, RemoteSettings};
use call_bridge::{Limits, Settings};
use callblock::Failure;
use crossbeam_channel::{Receiver, Sender, bounded};
use line_sim::gsm::{Deed, SimCard, SimStick, StickProfile, Subscriber};
use phone_number::Numbering;

use crate::config::ListsSection;
use crate::lists::FileLists;

const OWNER: i64 = 1001;
const MASTER: &str = "+4915228817386";
const ERIKA: &str = "+493023125001";
const SPAMMER: &str = "+493023125666";
/// No step of the story takes longer.
const STEP: Duration = Duration::from_secs(30);

/// Plays the story.
pub(crate) fn run() -> Result<(), Failure> {
    let failed =
        |e: &dyn std::fmt::Display| Failure::new(Failure::SOFTWARE, format!("the demo cannot run: {e}"));
    let dir = tempfile::tempdir().map_err(|e| failed(&e))?;
    let contacts_dir = dir.path().join("contacts");
    let card = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Erika Muster\r\nTEL:{ERIKA}\r\nEND:VCARD\r\n");
    fs::create_dir(&contacts_dir)
        .and_then(|()| fs::write(contacts_dir.join("Family.vcf"), card))
        .and_then(|()| fs::write(dir.path().join("deny.csv"), format!("{SPAMMER},solar panels\n")))
        .map_err(|e| failed(&e))?;

    let stick =
        SimStick::plug_in(StickProfile::huawei(), SimCard::default(), None).map_err(|e| failed(&e))?;
    let numbering = Numbering::new("DE", Some("30")).map_err(|e| failed(&e))?;
    let line = gsm_modem::spawn(gsm_modem::Settings::at_port(stick.path())).map_err(|e| failed(&e))?;
    let contacts = Contacts::new(contacts_dir, Vec::new(), STEP, None, &numbering).map_err(|e| failed(&e))?;
    let lists = FileLists::open(&ListsSection::default(), dir.path(), &numbering, None);
    let settings = PhoneSettings {
        bridge: Settings { limits: Limits::default(), ..Settings::default() },
        remote: RemoteSettings { default_master: Some(MASTER.into()), ..RemoteSettings::default() },
        owners: Owners::new(vec![OWNER], Vec::new(), None, STEP),
        defaults: Defaults::default(),
        reject_after: Duration::ZERO,
        numbering,
        state_dir: dir.path().to_owned(),
        log: dir.path().join("calls.db"),
        sms_owners: Vec::new(),
        tell_spammers: true,
        line: "mobile".into(),
    };
    let (to, notes) = bounded(256);
    let (people, inbound) = bounded(16);
    let (stop, stopped) = bounded(1);
    let telegram = Messenger { channel: Channel::Telegram, to, news: true };
    let phone = Phone::new(settings, line, contacts, None, Box::new(lists), vec![telegram]);
    let worker = std::thread::spawn(move || phone.run(&Inlets { inbound, stop: stopped, watch: None }));

    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted)).map_err(|e| failed(&e))?;
    }
    let story = Story { notes, people, stick, interrupted };
    let told = story.play();
    let _ = stop.send(());
    let _ = worker.join();
    told.map_err(|missing| Failure::new(Failure::SOFTWARE, format!("the demo stopped: {missing}")))?;
    println!("\nThat was it. For your own stick: virtualphone init, then virtualphone run.");
    println!("`virtualphone calendar NUMBER --at TIME` says who would take a call, and why.");
    Ok(())
}

struct Story {
    notes: Receiver<Outbound>,
    people: Sender<Inbound>,
    stick: SimStick,
    interrupted: Arc<AtomicBool>,
}

impl Story {
    fn play(&self) -> Result<(), String> {
        self.until("Service is running")?;
        let deed = |deed: Deed| self.stick.deed(deed);
        deed(Deed::Subscriber(MASTER.into(), Subscriber::Answers(Duration::from_secs(1))));
        deed(Deed::Subscriber(ERIKA.into(), Subscriber::Answers(Duration::from_secs(1))));

        chapter("Erika calls. She is held while your telephone rings, then you are connected.");
        deed(Deed::Call(Some(ERIKA.into())));
        self.until("Call merged")?;
        deed(Deed::HangUp(ERIKA.into()));
        self.until("closed after")?;

        chapter("Somebody from the deny list calls.");
        deed(Deed::Call(Some(SPAMMER.into())));
        self.until("closed")?;

        chapter("An SMS comes, and you answer it.");
        deed(Deed::Sms { from: ERIKA.into(), text: "Are you in time?".into(), lost: vec![] });
        self.until("Are you in time?")?;
        self.write(&format!("/sms {ERIKA} Ten minutes late"));
        self.until("SMS message sent")?;

        chapter("You call Erika from your own telephone, through the stick.");
        self.write(&format!("/call {ERIKA}"));
        self.until("Call merged")?;
        self.write("/close");
        self.until("closed")?;

        chapter("What the phone remembers.");
        self.write("/log");
        self.until("they spoke")
    }

    /// Shows what owners are told until that is said.
    fn until(&self, part: &str) -> Result<(), String> {
        let end = Instant::now() + STEP;
        while Instant::now() < end {
            if self.interrupted.load(Ordering::Relaxed) {
                return Err("interrupted".into());
            }
            let Ok(Outbound::Note { note, .. }) = self.notes.recv_timeout(Duration::from_millis(200)) else {
                continue;
            };
            for (index, line) in note.text.lines().enumerate() {
                println!("  {} {line}", if index == 0 { "bot:" } else { "    " });
            }
            if !note.buttons.is_empty() {
                let labels: Vec<String> = note.buttons.iter().map(|b| format!("[{}]", b.label)).collect();
                println!("       {}", labels.join(" "));
            }
            if note.text.contains(part) {
                return Ok(());
            }
        }
        Err(format!("\"{part}\" was never said"))
    }

    fn write(&self, text: &str) {
        println!("  you: {text}");
        let asker = Asker { channel: Channel::Telegram, id: OWNER, reply_to: OWNER.to_string() };
        // If nobody takes it, the next step says so.
        let _ = self.people.send(Inbound::Message { asker, text: text.into(), reply_to: None });
    }
}

fn chapter(text: &str) {
    println!("\n{text}");
}
