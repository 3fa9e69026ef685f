//! A FRITZ!Box, as far as the simulated one is one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says why it fails by panicking")]

mod asking;
mod guarding;

use fritz_box::FritzBoxSettings;
use line_sim::fritz_box::{FritzBoxSim, Setup};

/// A box and the settings that reach it.
fn simulated(setup: Setup) -> (FritzBoxSim, FritzBoxSettings) {
    let sim = FritzBoxSim::start(setup).unwrap();
    let mut settings = FritzBoxSettings::at("127.0.0.1");
    settings.monitor_port = sim.monitor_addr().port();
    settings.tr064_port = sim.tr064_addr().port();
    settings.user = "guard".into();
    settings.password = Some(secret::Secret::new("secret"));
    (sim, settings)
}
