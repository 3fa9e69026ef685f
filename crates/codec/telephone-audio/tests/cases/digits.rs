//! The cases for digits.

use telephone_audio::dtmf::DIGITS;
use telephone_audio::generate::dtmf_frequencies;

use super::sounds::babble;
use super::{Dice, add_noise, add_tone, rms_of, to_samples};

/// What a detector must make of a case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Must {
    /// Every digit, and no other.
    All,
    /// So many of a hundred at least, and hardly any other.
    AtLeast(f32),
    /// No digit.
    None,
    /// Nothing is asked: it is measured for comparison.
    Open,
}

/// Digits that were sent, and how.
#[derive(Debug, Clone)]
pub struct Case {
    pub name: String,
    pub samples: Vec<i16>,
    pub sent: String,
    pub must: Must,
}

/// How one digit is sent.
#[derive(Debug, Clone, Copy)]
struct How {
    on: usize,
    off: usize,
    low_dbm0: f32,
    high_dbm0: f32,
    low_off: f32,
    high_off: f32,
    hole: usize,
}

const PLAIN: How =
    How { on: 400, off: 400, low_dbm0: -10.0, high_dbm0: -10.0, low_off: 0.0, high_off: 0.0, hole: 0 };

fn send(rounds: usize, hows: &[How], seed: u64) -> (Vec<f32>, String) {
    let mut dice = Dice::new(seed);
    let mut sound = vec![0.0; 800];
    let mut sent = String::new();
    for _ in 0..rounds {
        for how in hows {
            for digit in DIGITS {
                let (low, high) = dtmf_frequencies(digit).expect("each digit has its tones");
                // The start falls anywhere between two looks of a detector.
                let at = sound.len() + (dice.next() % 97) as usize;
                sound.resize(at + how.on + how.off, 0.0);
                let phases = [dice.between(0.0, 6.3), dice.between(0.0, 6.3)];
                add_tone(&mut sound, at, how.on, low * (1.0 + how.low_off), how.low_dbm0, phases[0]);
                add_tone(&mut sound, at, how.on, high * (1.0 + how.high_off), how.high_dbm0, phases[1]);
                if how.hole > 0 {
                    let hole = at + (dice.between(0.3, 0.6) * how.on as f32) as usize;
                    sound[hole..hole + how.hole].fill(0.0);
                }
                sent.push(digit);
            }
        }
    }
    sound.extend([0.0; 1600]);
    (sound, sent)
}

/// Every case of the table but the hours without digits.
pub fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    let mut add = |name: &str, (sound, sent): (Vec<f32>, String), must: Must| {
        all.push(Case { name: name.into(), samples: to_samples(&sound), sent, must });
    };
    let ms = |on: usize, off: usize| How { on: on * 8, off: off * 8, ..PLAIN };
    add("clean 50/50 ms", send(20, &[PLAIN], 1), Must::All);
    add("clean 40/40 ms", send(20, &[ms(40, 40)], 2), Must::All);
    add("clean 40/30 ms", send(10, &[ms(40, 30)], 3), Must::Open);
    for on in [26, 30, 35] {
        add(&format!("{on} ms bursts (either)"), send(10, &[ms(on, 50)], on as u64), Must::Open);
    }
    for on in [20, 23] {
        add(&format!("{on} ms bursts"), send(10, &[ms(on, 50)], on as u64), Must::None);
    }
    add("10 ms hole in 100 ms", send(4, &[How { hole: 80, ..ms(100, 60) }], 5), Must::All);
    for (off, must) in [
        (0.5, Must::All),
        (1.0, Must::All),
        (1.5, Must::All),
        (2.5, Must::Open),
        (3.5, Must::None),
        (4.0, Must::None),
        (5.0, Must::None),
    ] {
        let f = off / 100.0;
        let hows: Vec<How> = [(f, 0.0), (0.0, f), (f, f), (f, -f)]
            .into_iter()
            .flat_map(|(low, high)| [(low, high), (-low, -high)])
            .map(|(low_off, high_off)| How { low_off, high_off, ..PLAIN })
            .collect();
        add(&format!("off by {off} %"), send(3, &hows, 6), must);
    }
    for twist in [0.0, 4.0, 6.0, 7.0, 8.0, 10.0, 14.0] {
        let how = How { high_dbm0: -10.0 - twist, ..PLAIN };
        let must = if twist <= 8.0 {
            Must::All
        } else if twist >= 14.0 {
            Must::None
        } else {
            Must::Open
        };
        add(&format!("twist {twist} dB"), send(4, &[how], 7), must);
    }
    for twist in [2.0, 3.0, 4.0, 6.0, 10.0] {
        let how = How { low_dbm0: -10.0 - twist, ..PLAIN };
        let must = if twist <= 4.0 {
            Must::All
        } else if twist >= 10.0 {
            Must::None
        } else {
            Must::Open
        };
        add(&format!("reverse twist {twist} dB"), send(4, &[how], 8), must);
    }
    for dbm0 in [0, -6, -12, -18, -24, -30, -33, -36, -40, -46] {
        let dbm0 = dbm0 as f32;
        let how = How { low_dbm0: dbm0, high_dbm0: dbm0, ..PLAIN };
        add(
            &format!("level {dbm0} dBm0"),
            send(4, &[how], 9),
            if dbm0 >= -36.0 { Must::All } else { Must::Open },
        );
    }
    let power = rms_of(-10.0) * 2f32.sqrt();
    for (snr, must) in [
        (24.0, Must::All),
        (12.0, Must::All),
        (10.0, Must::Open),
        (8.0, Must::AtLeast(99.0)),
        (6.0, Must::Open),
    ] {
        let (mut sound, sent) = send(30, &[PLAIN], 10);
        add_noise(&mut sound, power * 10f32.powf(-snr / 20.0), 11);
        add(&format!("white noise {snr} dB"), (sound, sent), must);
    }
    for (snr, must) in [
        (24.0, Must::All),
        (15.0, Must::All),
        (12.0, Must::AtLeast(99.0)),
        (10.0, Must::Open),
        (8.0, Must::Open),
    ] {
        let (mut sound, sent) = send(30, &[PLAIN], 12);
        let noise = babble(sound.len(), -10.0 + 3.01 - snr, 13);
        sound.iter_mut().zip(noise).for_each(|(x, n)| *x += n);
        add(&format!("babble {snr} dB"), (sound, sent), must);
    }
    for hum in [50.0, 60.0] {
        for dbm0 in [-30.0, -15.0] {
            let (mut sound, sent) = send(8, &[PLAIN], 14);
            let n = sound.len();
            add_tone(&mut sound, 0, n, hum, dbm0, 0.3);
            sound.iter_mut().for_each(|x| *x += 1500.0);
            add(&format!("{hum} Hz hum at {dbm0} dBm0, DC"), (sound, sent), Must::All);
        }
    }
    for (name, tones) in [("350+440", &[350.0, 440.0][..]), ("425", &[425.0][..])] {
        for relative in [-10.0, -5.0, 0.0, 5.0] {
            let how = How { low_dbm0: -15.0, high_dbm0: -15.0, ..PLAIN };
            let (mut sound, sent) = send(8, &[how], 15);
            let n = sound.len();
            for &hz in tones {
                add_tone(&mut sound, 0, n, hz, -15.0 + relative, 1.0);
            }
            let must = if relative <= -5.0 { Must::All } else { Must::Open };
            add(&format!("dial tone {name} at {relative:+} dB"), (sound, sent), must);
        }
    }
    let (mut sound, sent) = send(15, &[PLAIN], 16);
    let mut dice = Dice::new(17);
    for _ in 0..sound.len() / 800 {
        let at = (dice.next() % (sound.len() as u64 - 8)) as usize;
        for k in 0..8 {
            sound[at + k] += dice.between(-12_000.0, 12_000.0);
        }
    }
    add("10 clicks a second", (sound, sent), Must::Open);
    all
}

/// How many of the digits sent were heard in their order, and how many others were.
pub fn score(sent: &str, heard: &str) -> (usize, usize) {
    // The longest common sequence, row by row.
    let heard: Vec<char> = heard.chars().collect();
    let mut row = vec![0usize; heard.len() + 1];
    for s in sent.chars() {
        let mut corner = 0;
        for (i, &h) in heard.iter().enumerate() {
            let above = row[i + 1];
            row[i + 1] = if s == h { corner + 1 } else { above.max(row[i]) };
            corner = above;
        }
    }
    (row[heard.len()], heard.len() - row[heard.len()])
}

impl Must {
    /// Whether a score will do.
    pub fn met(self, sent: usize, right: usize, others: usize) -> bool {
        match self {
            Self::All => right == sent && others == 0,
            Self::AtLeast(part) => right as f32 >= part / 100.0 * sent as f32 && others * 100 <= sent,
            Self::None => right == 0 && others == 0,
            Self::Open => true,
        }
    }
}
