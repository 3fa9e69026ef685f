//! Each fault on a line of its own, two calls each: the second is handled, the line ends on-hook, the log is whole.

use std::thread;
use std::time::Duration;

use line_sim::voice_modem::{
    CONEXANT, CallerAct, Fault, FaultRule, Faults, Framing, GoneSign, Settings, Split,
};

use crate::house::{BLOCKED, House, caller};

/// What goes wrong, at which action.
struct Case {
    name: &'static str,
    action: &'static str,
    faults: Faults,
    settings: fn(Settings) -> Settings,
    during: fn(&House),
    gone: GoneSign,
}

fn same(settings: Settings) -> Settings {
    settings
}

fn nothing(_: &House) {}

fn rule(command: &str, times: u32, fault: Fault) -> Faults {
    Faults { rules: vec![FaultRule { command: command.into(), times, fault }], ..Faults::default() }
}

impl Case {
    fn new(name: &'static str, action: &'static str) -> Self {
        Self {
            name,
            action,
            faults: Faults::default(),
            settings: same,
            during: nothing,
            gone: GoneSign::Busy,
        }
    }

    fn run(self) {
        let settings = (self.settings)(Settings { seed: 5, ..Settings::of(&CONEXANT) });
        let mut house = House::with_modem(self.action, "", settings);
        house.guard();
        house.sim.set_faults(self.faults);
        let mut script = caller(BLOCKED).gone(self.gone).rings(8);
        script = script.then(CallerAct::Wait(Duration::from_millis(1500))).then(CallerAct::HangUp);
        assert!(house.sim.ring(script));
        (self.during)(&house);
        house
            .wait_until(&format!("{}: the first call is over", self.name), |status| status.counts.calls >= 1);
        house.on_hook();
        house.sim.set_faults(Faults::default());
        house.wait_until(&format!("{}: the line is up again", self.name), |status| {
            status.lines[0].health == "up"
        });
        // Who rings between the reset and the end of the setting up is not shown, and rings.
        house.set_up_again();
        let before = house.status().unwrap().counts.calls;
        house.call(
            caller(BLOCKED).then(CallerAct::Wait(Duration::from_secs(1))).then(CallerAct::HangUp),
            before + 1,
        );
        house.on_hook();
        let calls = house.logged(2);
        let last = &calls[calls.len() - 1].call;
        assert_eq!(last.number(), Some(BLOCKED), "{}: {:?}\n{}", self.name, last, house.said());
        assert_eq!(last.action, self.action.split(':').next().unwrap(), "{}", self.name);
        assert!(
            calls.iter().all(|c| !c.call.ending.is_empty() && !c.call.reason.is_empty()),
            "{}",
            self.name
        );
        if let Some(file) = &last.recording {
            telephone_audio::read_wav(file).expect(self.name);
        }
        let said = house.said().lines().count();
        assert!(said < 60, "{}: {said} lines of log for two calls\n{}", self.name, house.said());
        house.stop();
    }
}

#[test]
fn two_calls_under_every_fault() {
    let cases = vec![
        Case { gone: GoneSign::Busy, ..Case::new("caller gone: busy code", "record:20") },
        Case { gone: GoneSign::NoCarrier, ..Case::new("caller gone: NO CARRIER", "record:20") },
        Case { gone: GoneSign::LoopBreak, ..Case::new("caller gone: loop current", "duplex:20") },
        Case { gone: GoneSign::DialTone, ..Case::new("caller gone: dial tone", "record:20") },
        Case { gone: GoneSign::BusyToneOnly, ..Case::new("caller gone: a tone and no code", "record:20") },
        Case { gone: GoneSign::Nothing, ..Case::new("caller gone: no sign, the limit ends it", "record:4") },
        Case {
            faults: rule("+VLS=1", 1, Fault::Lost),
            ..Case::new("the reply to answering is lost", "record:3")
        },
        Case {
            faults: rule("+VRX", 1, Fault::Wrong("ERROR".into())),
            ..Case::new("recording fails", "record:3")
        },
        Case {
            faults: rule("+VRX", 1, Fault::Wrong("OK".into())),
            ..Case::new("OK instead of CONNECT", "record:3")
        },
        Case { faults: rule("H", 1, Fault::Lost), ..Case::new("the reply to hanging up is lost", "hang-up") },
        Case { faults: rule("H", 1, Fault::Ignored), ..Case::new("hanging up is ignored once", "record:2") },
        Case {
            faults: rule("H", 1, Fault::Late(Duration::from_secs(2))),
            ..Case::new("a late reply", "hang-up")
        },
        Case {
            faults: Faults { garbage: 0.7, ..Faults::default() },
            ..Case::new("garbage before replies", "hang-up")
        },
        Case {
            faults: Faults {
                split: Split::Every { bytes: 3, pause: Duration::from_millis(15) },
                ..Faults::default()
            },
            ..Case::new("replies in pieces", "hang-up")
        },
        Case {
            settings: |s| Settings { framing: Framing::CrCrLf, lower_case: true, echo: false, ..s },
            ..Case::new("odd framing and lower case", "hang-up")
        },
        Case {
            during: |house| {
                house.sim.wait_for(Duration::from_secs(10), |s| s.off_hook).expect("answered");
                house.sim.unplug();
                thread::sleep(Duration::from_millis(300));
                house.sim.replug();
            },
            ..Case::new("unplugged in the call and back", "duplex:20")
        },
        Case {
            during: |house| {
                house.sim.wait_for(Duration::from_secs(10), |s| s.off_hook).expect("answered");
                house.sim.deaf(Some(Duration::from_secs(3)));
            },
            ..Case::new("deaf for a time in the call", "record:3")
        },
        Case {
            during: |house| {
                house.sim.wait_for(Duration::from_secs(10), |s| s.off_hook).expect("answered");
                house.sim.deaf(None);
                thread::sleep(Duration::from_secs(2));
                house.sim.unplug();
                house.sim.replug();
                house.sim.hear_again();
            },
            ..Case::new("deaf for ever, and put in anew", "record:3")
        },
    ];
    let lines: Vec<_> =
        cases.into_iter().map(|case| (case.name, thread::spawn(move || case.run()))).collect();
    let mut wrong = Vec::new();
    for (name, line) in lines {
        if let Err(why) = line.join() {
            let why = why.downcast_ref::<String>().cloned().unwrap_or_else(|| "?".into());
            wrong.push(format!("{name}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
