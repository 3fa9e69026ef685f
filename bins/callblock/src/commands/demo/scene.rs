//! The ten calls, and the house they come to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use call_event::CallNews;
use call_guard::GuardFolder;
use line_sim::voice_modem::{CallerAct, CallerScript, Sound};
use telephone_audio::generate::ToneSequence;
use telephone_audio::write_wav;

/// How fast the story is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Before each call, for reading.
    pub(super) between: Duration,
    /// From ring to ring.
    pub(super) cadence: Duration,
    /// From the ring to the caller ID.
    pub(super) shown_after: Duration,
    /// So long without a ring, and the caller has given up.
    pub(super) ring_gap: Duration,
    /// Until a lost modem is looked for again.
    pub(super) retry: Duration,
    /// How long people and machines speak.
    pub(super) speech: u32,
}

impl Pace {
    /// A story for people: under a minute.
    pub(super) const USUAL: Self = Self {
        between: Duration::from_millis(500),
        cadence: Duration::from_millis(1000),
        shown_after: Duration::from_millis(350),
        ring_gap: Duration::from_millis(1800),
        retry: Duration::from_millis(800),
        speech: 1200,
    };
    /// As quick as the sounds allow.
    pub(super) const FAST: Self = Self {
        between: Duration::ZERO,
        cadence: Duration::from_millis(200),
        shown_after: Duration::from_millis(50),
        ring_gap: Duration::from_millis(450),
        retry: Duration::from_millis(150),
        speech: 600,
    };
}

/// One call of the story.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    /// What it is, for people.
    pub(super) title: &'static str,
    /// What happens.
    pub(super) what: What,
    /// `ring` or `block`.
    pub(super) decision: &'static str,
    /// The word of the action that must be at work in the end.
    pub(super) action: &'static str,
    /// The stage that must have decided.
    pub(super) stage: &'static str,
}

/// What happens in a scene.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// Somebody calls.
    Calls(Box<CallerScript>),
    /// The modem is unplugged and plugged in again, then somebody calls.
    PlugIsPulled(Box<CallerScript>),
}

impl Scene {
    /// Whether the call went as it should.
    pub(super) fn fits(&self, call: &CallNews) -> bool {
        call.decision == self.decision && call.action == self.action && call.stage == self.stage
    }
}

/// The configuration of the house: a telephone in Berlin.
const CONFIGURATION: &str = r#"[guard]
timezone = "local"

[numbers]
country = "DE"
area = "030"

[[screen.list]]
file = "lists/friends.csv"
kind = "allow"

[[screen.list]]
file = "lists/nuisance.csv"
kind = "deny"

[[screen.list]]
file = "lists/robots.csv"
kind = "deny"
action = "keep-busy"

[[screen.list]]
file = "lists/fax-spam.csv"
kind = "deny"
action = "fax"

[[screen.rule]]
name = "forged caller ID"
doubt = ["suspect"]
action = "hang-up"

[[screen.rule]]
name = "number withheld"
caller = ["withheld"]
action = "message"

[[screen.rule]]
name = "number that cannot exist"
doubt = ["no-such-area", "no-such-country", "too-short", "too-long"]
action = "hang-up"

[[screen.rule]]
name = "unknown caller"
caller = ["number"]
action = "challenge:1"

[voice-mail]
after-rings = 3
shortest = "300ms"
greeting = "greeting.wav"

[actions]
message = "message.wav"
fax-for = "4s"

[challenge]
prompt = "press-1.wav"
passed = "thank-you.wav"
allow-for = "24h"

[keep-busy]
gap = "500ms"
"#;

/// What the house's furniture would replace that no demo has made.
pub(super) fn would_replace(folder: &GuardFolder) -> Option<PathBuf> {
    if std::fs::read_to_string(folder.config()).is_ok_and(|text| text == CONFIGURATION) {
        return None;
    }
    let home = folder.path();
    let sounds = SOUNDS.map(|name| home.join(name));
    let lists = LISTS.map(|(name, _)| folder.lists().join(name));
    [folder.config(), folder.log()].into_iter().chain(sounds).chain(lists).find(|file| file.exists())
}

const SOUNDS: [&str; 4] = ["greeting.wav", "message.wav", "press-1.wav", "thank-you.wav"];

const LISTS: [(&str, &str); 4] = [
    ("friends.csv", "03023125001,Anna Winter\n08999998111,Dr. Berger\n03023125002,Ben Winter\n"),
    ("nuisance.csv", "03023125666,Sunny Solar Panels\n"),
    ("robots.csv", "06990009*,Lottery robot\n"),
    ("fax-spam.csv", "04066969700,Fax spam\n"),
];

/// Lists, sounds and configuration of the house.
pub(super) fn furnish(folder: &GuardFolder, pace: Pace) -> std::io::Result<()> {
    std::fs::write(folder.config(), CONFIGURATION)?;
    for (name, entries) in LISTS {
        std::fs::write(folder.lists().join(name), entries)?;
    }
    let home = folder.path();
    let sound = |path: &Path, pitch: f32, ms: u32| {
        let samples: Vec<i16> = words(pitch, ms);
        write_wav(path, &samples).map_err(std::io::Error::other)
    };
    let lengths = [pace.speech, pace.speech, pace.speech, pace.speech / 2];
    for ((name, pitch), length) in SOUNDS.into_iter().zip([220.0, 180.0, 240.0, 260.0]).zip(lengths) {
        sound(&home.join(name), pitch, length)?;
    }
    for (number, pitch) in [("1 hello", 140.0), ("2 tell me more", 150.0), ("3 wait a moment", 130.0)] {
        sound(&folder.phrases().join(format!("{number}.wav")), pitch, pace.speech * 2 / 3)?;
    }
    Ok(())
}

/// Something that sounds a little like speech.
fn words(pitch: f32, ms: u32) -> Vec<i16> {
    let mut sound = ToneSequence::new();
    for syllable in 0_u8..u8::try_from(ms / 150).unwrap_or(u8::MAX) {
        let pitch = pitch * (1.0 + 0.06 * f32::from(syllable % 4));
        sound = sound.tone(&[(pitch, -16.0), (pitch * 2.0, -18.0), (pitch * 4.6, -26.0)], 110).pause(40);
    }
    sound.collect()
}

/// The ten calls.
pub(super) fn story(pace: Pace) -> Vec<Scene> {
    let call = |number: &str, name: &str, rings: u32| {
        let mut script = CallerScript::number(number).name(name).rings(rings).cadence(pace.cadence);
        script.delay = pace.shown_after;
        script
    };
    let says = |pitch: f32| CallerAct::Say(Sound::Samples(words(pitch, pace.speech)));
    let pause = |times: u32| CallerAct::Wait(Duration::from_millis(u64::from(pace.speech)) * times);
    let calls = |title, script: CallerScript, decision, action, stage| Scene {
        title,
        what: What::Calls(Box::new(script)),
        decision,
        action,
        stage,
    };
    vec![
        calls(
            "Anna, who is on the list of friends",
            call("03023125001", "ANNA W", 2),
            "ring",
            "ring",
            "allow",
        ),
        calls(
            "a salesman who is on the list of nuisances",
            call("03023125666", "SUNNY SOLAR", 6),
            "block",
            "hang-up",
            "deny",
        ),
        calls(
            "somebody who hides the number",
            call("P", "P", 6).then(pause(4)).then(CallerAct::HangUp),
            "block",
            "message",
            "rule",
        ),
        calls(
            "a spoofed number, of an area that does not exist",
            call("0205551234", "YOUR BANK", 6),
            "block",
            "hang-up",
            "rule",
        ),
        calls(
            "somebody on no list, who presses the key that is asked for",
            call("015228817386", "", 6).then(pause(2)).then(CallerAct::Press("1".into())).then(pause(4)),
            "block",
            "challenge",
            "rule",
        ),
        calls(
            "a robot, which is kept busy",
            call("06990009123", "YOU HAVE WON", 6)
                .then(pause(1))
                .then(says(320.0))
                .then(CallerAct::Finish)
                .then(pause(3))
                .then(says(330.0))
                .then(CallerAct::Finish)
                .then(pause(3))
                .then(CallerAct::HangUp),
            "block",
            "keep-busy",
            "deny",
        ),
        calls(
            "a fax machine",
            call("04066969700", "FAX", 6).then(pause(2)).then(CallerAct::HangUp),
            "block",
            "fax",
            "deny",
        ),
        calls(
            "a forged caller ID: the name carries Anna's number",
            call("02214710850", "X\r\nNMBR = 03023125001", 6),
            "block",
            "hang-up",
            "rule",
        ),
        Scene {
            title: "the modem is unplugged and comes back; then the doctor calls",
            what: What::PlugIsPulled(Box::new(call("08999998111", "DR BERGER", 2))),
            decision: "ring",
            action: "ring",
            stage: "allow",
        },
        calls(
            "Ben, while nobody is at home",
            call("03023125002", "BEN W", 8)
                .then(pause(2))
                .then(says(200.0))
                .then(says(210.0))
                .then(CallerAct::Finish)
                .then(CallerAct::HangUp),
            "ring",
            "voice-mail",
            "allow",
        ),
    ]
}
