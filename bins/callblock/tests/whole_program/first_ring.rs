//! Telephones on the modem's second socket that miss the first ring.

use std::time::Duration;

use line_sim::voice_modem::{GENERIC, Settings};

use crate::house::{BLOCKED, House, STRANGER, caller};

#[test]
fn a_blocked_caller_is_never_heard_and_others_from_the_second_ring_on() {
    let mut house = House::with_modem("hang-up", "", Settings { seed: 8, ..Settings::of(&GENERIC) });
    let file = house.path("callblock.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace("ring-gap = \"900ms\"", "ring-gap = \"3s\"\nfirst-ring = \"silent\"");
    std::fs::write(&file, text).unwrap();
    house.guard();
    let apart = |wanted: bool| {
        house.sim.wait_for(Duration::from_secs(20), |status| status.phones_apart == wanted).unwrap();
    };
    // The modem shows that it reports a handset.
    house.sim.line_code('h');
    house.sim.line_code('H');
    apart(true);
    let slow = |number| caller(number).cadence(Duration::from_millis(1500)).rings(3);
    house.call(slow(BLOCKED), 1);
    assert_eq!(house.sim.status().last_call().unwrap().heard, 0);
    apart(true);
    house.call(slow(STRANGER), 2);
    let call = house.sim.status().last_call().cloned().unwrap();
    assert_eq!((call.heard, call.rings), (2, 3));
    apart(true);
    house.sim.line_code('h');
    apart(false);
    house.sim.line_code('H');
    apart(true);
    house.stop();
    assert!(!house.sim.status().phones_apart, "the telephones have their line again");
}
