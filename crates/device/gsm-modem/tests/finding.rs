//! Sticks found among the serial ports: by serial number, by USB ids, with a port for events beside them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gsm_modem::{GsmEvent, GsmLine, LegState, PortTree, Settings, Stick};
use line_sim::gsm::{Deed, SimCard, SimStick, StickProfile};

/// No test waits longer; every wait ends as soon as its event is there.
const LONGEST: Duration = Duration::from_secs(40);

/// A folder that lists serial ports as Linux does.
struct Tree {
    folder: tempfile::TempDir,
}

impl Tree {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["class", "dev", "devices"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        Self { folder }
    }

    fn ports(&self) -> PortTree {
        PortTree { class: self.folder.path().join("class"), devices: self.dev("") }
    }

    fn dev(&self, name: &str) -> PathBuf {
        self.folder.path().join("dev").join(name)
    }

    /// A USB device at a plug, such as `1-2`.
    fn device(&self, plug: &str, vendor: &str, product: &str) {
        let folder = self.folder.path().join("devices").join(plug);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("idVendor"), format!("{vendor}\n")).unwrap();
        fs::write(folder.join("idProduct"), format!("{product}\n")).unwrap();
    }

    /// One of its ports. USB serial drivers put a folder of their own between, modems of the ACM class do not.
    fn port(&self, plug: &str, interface: u8, name: &str) {
        let own = self.folder.path().join(format!("devices/{plug}/{plug}:1.{interface}"));
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("bInterfaceNumber"), format!("{interface:02x}\n")).unwrap();
        let target = if name.starts_with("ttyACM") { own } else { own.join(name) };
        fs::create_dir_all(&target).unwrap();
        self.class(name, &target);
    }

    fn class(&self, name: &str, target: &Path) {
        let class = self.folder.path().join("class").join(name);
        fs::create_dir(&class).unwrap();
        symlink(target, class.join("device")).unwrap();
    }

    /// The simulated stick's port gets this name.
    fn plug(&self, name: &str, stick: &SimStick) {
        symlink(stick.path(), self.dev(name)).unwrap();
    }

    fn pull(&self, plug: &str, name: &str) {
        fs::remove_dir_all(self.folder.path().join("devices").join(plug)).unwrap();
        fs::remove_dir_all(self.folder.path().join("class").join(name)).unwrap();
        let _ = fs::remove_file(self.dev(name));
    }

    fn settings(&self, stick: Stick) -> Settings {
        let mut settings = Settings::new(stick);
        settings.ports = self.ports();
        settings
    }
}

fn wait<T>(line: &GsmLine, mut wanted: impl FnMut(&GsmEvent) -> Option<T>) -> T {
    let until = Instant::now() + LONGEST;
    let mut all = Vec::new();
    loop {
        match line.events.recv_deadline(until) {
            Ok(event) => match wanted(&event) {
                Some(found) => return found,
                None => all.push(event),
            },
            Err(error) => panic!("{error}; there were only {all:?}"),
        }
    }
}

fn up(line: &GsmLine) -> String {
    wait(line, |e| match e {
        GsmEvent::Up(info) => Some(info.imei.as_deref().unwrap_or_default().to_owned()),
        _ => None,
    })
}

fn down(line: &GsmLine) -> String {
    wait(line, |e| match e {
        GsmEvent::Down { reason, .. } => Some(reason.to_string()),
        _ => None,
    })
}

fn caller(line: &GsmLine) -> String {
    wait(line, |e| match e {
        GsmEvent::Leg(leg) if leg.state == LegState::Incoming => leg.number.as_ref().map(ToString::to_string),
        _ => None,
    })
}

fn stick(profile: StickProfile) -> SimStick {
    SimStick::plug_in(profile, SimCard::default(), None).unwrap()
}

/// Two sticks, of which the first port of the second one answers nothing, a port that is gone, and one that is on
/// no USB at all.
fn crowded(tree: &Tree) -> (SimStick, SimStick) {
    let (quectel, huawei) = (stick(StickProfile::quectel()), {
        let events = tree.dev("ttyUSB1");
        SimStick::plug_in_pair(StickProfile::huawei(), SimCard::default(), None, &events).unwrap()
    });
    tree.class("ttyS0", tree.folder.path());
    tree.device("1-1", "2c7c", "0125");
    tree.port("1-1", 2, "ttyUSB0");
    tree.plug("ttyUSB0", &quectel);
    tree.device("1-2", "12d1", "1001");
    tree.port("1-2", 0, "ttyUSB1");
    tree.port("1-2", 1, "ttyUSB2");
    tree.plug("ttyUSB2", &huawei);
    tree.port("1-2", 2, "ttyUSB9");
    (quectel, huawei)
}

#[test]
fn a_stick_is_found_by_its_serial_number_among_others() {
    let tree = Tree::new();
    let (_quectel, huawei) = crowded(&tree);
    let imei = StickProfile::huawei().imei;
    let line = gsm_modem::spawn(tree.settings(Stick::Imei(imei.into()))).unwrap();
    assert_eq!(up(&line), imei);
    drop(line);
    drop(huawei);
    let line = gsm_modem::spawn(tree.settings(Stick::Imei("490154203237518".into()))).unwrap();
    let reason = down(&line);
    assert!(reason.contains("490154203237518") && reason.contains("plugged in"), "{reason}");
}

#[test]
fn a_stick_is_found_by_its_usb_ids_whichever_port_answers() {
    let tree = Tree::new();
    let (quectel, _huawei) = crowded(&tree);
    let usb = |vendor, product, interface| Stick::Usb { vendor, product, interface };
    let line = gsm_modem::spawn(tree.settings(usb(0x12d1, 0x1001, None))).unwrap();
    assert_eq!(up(&line), StickProfile::huawei().imei);
    drop(line);
    let line = gsm_modem::spawn(tree.settings(usb(0x2c7c, 0x0125, Some(2)))).unwrap();
    assert_eq!(up(&line), StickProfile::quectel().imei);
    drop(line);
    drop(quectel);
    for (wanted, said) in [
        (usb(0x2c7c, 0x0125, Some(3)), "has a port; is it plugged in?"),
        (usb(0x1e0e, 0x9001, None), "1e0e:9001 has a port"),
        (usb(0x12d1, 0x1001, Some(2)), "does another program hold it"),
    ] {
        let line = gsm_modem::spawn(tree.settings(wanted)).unwrap();
        let reason = down(&line);
        assert!(reason.contains(said), "{reason}");
    }
}

#[test]
fn a_stick_that_comes_back_at_another_port_is_found_again() {
    let tree = Tree::new();
    tree.device("1-1", "12d1", "1001");
    tree.port("1-1", 0, "ttyUSB0");
    let first = stick(StickProfile::huawei());
    tree.plug("ttyUSB0", &first);
    let line = gsm_modem::spawn(tree.settings(Stick::Imei(StickProfile::huawei().imei.into()))).unwrap();
    up(&line);
    tree.pull("1-1", "ttyUSB0");
    drop(first);
    down(&line);
    tree.device("3-4", "12d1", "1001");
    tree.port("3-4", 0, "ttyACM7");
    let second = stick(StickProfile::huawei());
    tree.plug("ttyACM7", &second);
    up(&line);
    second.deed(Deed::Call(Some("+447700900123".into())));
    assert_eq!(caller(&line), "+447700900123");
}

#[test]
fn events_come_on_a_port_of_their_own_named_or_by_its_interface() {
    for named in [true, false] {
        let tree = Tree::new();
        let (_quectel, huawei) = crowded(&tree);
        let mut settings = tree.settings(Stick::Imei(StickProfile::huawei().imei.into()));
        if named {
            settings.event_port = Some(tree.dev("ttyUSB1"));
        } else {
            settings.event_interface = Some(0);
        }
        let line = gsm_modem::spawn(settings).unwrap();
        up(&line);
        huawei.deed(Deed::Call(Some("+447700900123".into())));
        assert_eq!(caller(&line), "+447700900123");
        huawei.deed(Deed::Sms { from: "+447700900456".into(), text: "hello".into(), lost: Vec::new() });
        let text = wait(&line, |e| match e {
            GsmEvent::Sms(sms) => Some(sms.text.clone()),
            _ => None,
        });
        assert_eq!(text, "hello");
        // Either port that goes takes the stick with it, and both are taken up again.
        huawei.deed(Deed::Unplug);
        down(&line);
        huawei.deed(Deed::PlugIn);
        up(&line);
    }
}

#[test]
fn a_port_for_events_that_is_not_there_is_told_with_the_remedy() {
    let tree = Tree::new();
    let (quectel, _huawei) = crowded(&tree);
    let mut settings = tree.settings(Stick::Imei(StickProfile::huawei().imei.into()));
    settings.event_interface = Some(7);
    let line = gsm_modem::spawn(settings.clone()).unwrap();
    let reason = down(&line);
    assert!(reason.contains("no port with the USB interface 7"), "{reason}");
    drop(line);
    settings.stick = Stick::Port(quectel.path().into());
    tree.pull("1-1", "ttyUSB0");
    let line = gsm_modem::spawn(settings.clone()).unwrap();
    let reason = down(&line);
    assert!(reason.contains("name the event port"), "{reason}");
    drop(line);
    settings.ports.class = tree.dev("nowhere");
    settings.stick = Stick::Imei("1".into());
    let line = gsm_modem::spawn(settings).unwrap();
    let reason = down(&line);
    assert!(reason.contains("give the stick's port by its path"), "{reason}");
}
