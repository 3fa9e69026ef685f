//! `cargo bench -p call-guard --bench ring_to_verdict`: from the moment a FRITZ!Box says RING to the verdict by local
//! rules: through the socket, the call monitor's thread, the line's thread and the screening.

use std::path::Path;
use std::time::{Duration, SystemTime};

use call_event::LineEvent;
use call_guard::{Judge as _, ScreenJudge};
use call_screen::{Screen, ScreenSettings};
use divan::{Bencher, black_box};
use fritz_box::{FritzBoxSettings, spawn};
use line_sim::fritz_box::{FritzBoxSim, Setup};
use phone_number::Numbering;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn ring_to_verdict(bencher: Bencher<'_, '_>) {
    let Ok(sim) = FritzBoxSim::start(Setup::default()) else { panic!("the simulated box does not start") };
    let mut settings = FritzBoxSettings::at("127.0.0.1");
    settings.monitor_port = sim.monitor_addr().port();
    let Ok(line) = spawn(settings) else { panic!("no thread to be had") };
    assert!(sim.wait_for_monitors(1), "nobody listens");
    let rules = ScreenSettings { rule_set: vec!["fbcallrouter".into()], ..ScreenSettings::default() };
    let numbering = Numbering::new("DE", Some("030")).unwrap_or_default();
    let Ok((screen, _)) = Screen::new(&rules, numbering, Path::new(".")) else {
        panic!("the rules are wrong")
    };
    let mut judge = ScreenJudge::new(screen, "allow.csv".into(), "deny.csv".into());
    bencher
        // Between two calls the box is quiet, as it is at home.
        .with_inputs(|| std::thread::sleep(Duration::from_millis(2)))
        .bench_local_values(|()| {
            let id = sim.ring("0207565747377", "23125001");
            let call = loop {
                if let Ok(LineEvent::Call(call)) = line.events.recv() {
                    break call;
                }
            };
            let judged = black_box(judge.judge(&call, &[], SystemTime::now()));
            assert_eq!(&*judged.verdict.reason.rule, "no-such-area");
            sim.end(id);
        });
}
