//! Speech, babble, sweeps and music, made here, for as long as they are wanted.

use super::Dice;

/// A voice: pulses through three resonances that glide from vowel to vowel, hiss for consonants, pauses.
/// It is no language, but it has the pitch, the glides and the rhythm that detectors stumble over.
#[derive(Debug, Clone)]
pub struct Speech {
    dice: Dice,
    pitch: f32,
    base: f32,
    bend: f32,
    turn: f32,
    formants: [Resonance; 3],
    target: [f32; 3],
    now: [f32; 3],
    left: u32,
    sound: Sounding,
    loud: f32,
    wanted: f32,
    gain: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Sounding {
    Vowel,
    Hiss,
    Nothing,
}

#[derive(Debug, Clone, Copy, Default)]
struct Resonance {
    a: f32,
    b: f32,
    gain: f32,
    y1: f32,
    y2: f32,
}

impl Resonance {
    fn tune(&mut self, hz: f32, width: f32) {
        let r = (-std::f32::consts::PI * width / 8000.0).exp();
        self.a = 2.0 * r * (std::f32::consts::TAU * hz / 8000.0).cos();
        self.b = -r * r;
        self.gain = 1.0 - self.a - self.b;
    }

    fn next(&mut self, x: f32) -> f32 {
        let y = self.gain * x + self.a * self.y1 + self.b * self.y2;
        self.y2 = self.y1;
        self.y1 = y;
        y
    }
}

const VOWELS: [[f32; 3]; 10] = [
    [270.0, 2290.0, 3010.0],
    [390.0, 1990.0, 2550.0],
    [530.0, 1840.0, 2480.0],
    [660.0, 1720.0, 2410.0],
    [730.0, 1090.0, 2440.0],
    [570.0, 840.0, 2410.0],
    [440.0, 1020.0, 2240.0],
    [300.0, 870.0, 2240.0],
    [640.0, 1190.0, 2390.0],
    [490.0, 1350.0, 1690.0],
];

impl Speech {
    /// A voice of its own for each seed, about `dbm0` loud while it speaks.
    pub fn new(seed: u64, dbm0: f32) -> Self {
        let mut dice = Dice::new(seed);
        let base = dice.between(85.0, 260.0);
        Self {
            pitch: base,
            base,
            bend: 0.0,
            turn: 0.0,
            formants: [Resonance::default(); 3],
            target: VOWELS[0],
            now: VOWELS[0],
            left: 0,
            sound: Sounding::Nothing,
            loud: 0.0,
            wanted: 0.0,
            gain: 5.2 * super::rms_of(dbm0),
            dice,
        }
    }

    fn next_sound(&mut self) {
        let die = self.dice.unit();
        let ms = |dice: &mut Dice, low, high| (dice.between(low, high) * 8.0) as u32;
        (self.sound, self.left, self.wanted) = if die < 0.68 {
            let scale = self.dice.between(0.9, 1.15);
            self.target = self.dice.pick(&VOWELS).map(|hz| hz * scale);
            self.bend = self.dice.between(-40.0, 40.0);
            (Sounding::Vowel, ms(&mut self.dice, 60.0, 260.0), self.dice.between(0.4, 1.0))
        } else if die < 0.86 {
            (Sounding::Hiss, ms(&mut self.dice, 30.0, 120.0), self.dice.between(0.05, 0.3))
        } else if die < 0.96 {
            (Sounding::Nothing, ms(&mut self.dice, 30.0, 90.0), 0.0)
        } else {
            // A new voice after a pause: the hours are not spoken by one person.
            self.base = self.dice.between(80.0, 280.0);
            self.pitch = self.base;
            (Sounding::Nothing, ms(&mut self.dice, 250.0, 900.0), 0.0)
        };
    }

    pub fn next_sample(&mut self) -> f32 {
        if self.left == 0 {
            self.next_sound();
        }
        self.left -= 1;
        if self.left.is_multiple_of(32) {
            for k in 0..3 {
                self.now[k] += 0.12 * (self.target[k] - self.now[k]);
                self.formants[k].tune(self.now[k].min(3600.0), 50.0 + 0.045 * self.now[k]);
            }
            self.pitch += 0.03 * (self.base + self.bend - self.pitch) + self.dice.between(-0.4, 0.4);
        }
        self.loud += 0.01 * (self.wanted - self.loud);
        let source = match self.sound {
            Sounding::Vowel | Sounding::Nothing => {
                self.turn += self.pitch / 8000.0;
                if self.turn >= 1.0 {
                    self.turn -= 1.0;
                    1.0
                } else {
                    // What a closing glottis leaves between the pulses.
                    -0.02
                }
            }
            Sounding::Hiss => 0.5 * self.dice.gauss(),
        };
        let x = source * self.loud;
        let mut y = 0.0;
        for (k, formant) in self.formants.iter_mut().enumerate() {
            y += formant.next(x) * [1.0, 0.7, 0.35][k];
        }
        y * self.gain
    }

    pub fn fill(&mut self, out: &mut [f32]) {
        for x in out {
            *x += self.next_sample();
        }
    }
}

/// Eight voices at once, `dbm0` loud together.
pub fn babble(samples: usize, dbm0: f32, seed: u64) -> Vec<f32> {
    let mut sound = vec![0.0; samples];
    for voice in 0..8 {
        Speech::new(seed * 8 + voice, -20.0).fill(&mut sound);
    }
    let rms = (sound.iter().map(|x| f64::from(x * x)).sum::<f64>() / samples as f64).sqrt() as f32;
    let gain = super::rms_of(dbm0) / rms;
    sound.iter_mut().for_each(|x| *x *= gain);
    sound
}

/// A table of the sine: hours of chords in seconds.
fn sine(turn: f32) -> f32 {
    // Bhaskara's approximation is not pure enough; two terms of the parabola are (harmonics below -55 dB).
    let x = 2.0 * (turn - turn.floor()) - 1.0;
    let y = 4.0 * x * (1.0 - x.abs());
    -(0.775 * y + 0.225 * y * y.abs())
}

/// A harmonic sound gliding up and down through all pitches: whistles, sirens, singing.
#[derive(Debug, Clone)]
pub struct Sweeps {
    dice: Dice,
    turn: f32,
    hz: f32,
    rate: f32,
    left: u32,
    harmonics: [f32; 8],
}

impl Sweeps {
    pub fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed), turn: 0.0, hz: 100.0, rate: 1.0, left: 0, harmonics: [0.0; 8] }
    }

    pub fn next_sample(&mut self) -> f32 {
        if self.left == 0 {
            self.left = (self.dice.between(0.3, 3.0) * 8000.0) as u32;
            let (from, to) = (self.dice.between(80.0, 1400.0), self.dice.between(80.0, 1400.0));
            self.hz = from;
            self.rate = (to / from).powf(1.0 / self.left as f32);
            let softer = self.dice.between(0.3, 1.0);
            let mut level = super::rms_of(self.dice.between(-22.0, -8.0));
            for h in &mut self.harmonics {
                *h = level * self.dice.between(0.3, 1.0);
                level *= softer;
            }
        }
        self.left -= 1;
        self.hz *= self.rate;
        self.turn += self.hz / 8000.0;
        self.turn -= self.turn.floor();
        let mut y = 0.0;
        for (k, level) in self.harmonics.iter().enumerate() {
            let order = (k + 1) as f32;
            if order * self.hz < 3800.0 {
                y += level * sine(order * self.turn);
            }
        }
        y
    }
}

/// Chords of an equal-tempered keyboard, each note with its overtones, plucked and held.
#[derive(Debug, Clone)]
pub struct Music {
    dice: Dice,
    notes: Vec<Note>,
    left: u32,
}

#[derive(Debug, Clone)]
struct Note {
    turn: f32,
    step: f32,
    level: f32,
    decay: f32,
    overtones: [f32; 5],
}

impl Music {
    pub fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed), notes: Vec::new(), left: 0 }
    }

    pub fn next_sample(&mut self) -> f32 {
        if self.left == 0 {
            self.left = (self.dice.between(0.15, 1.2) * 8000.0) as u32;
            const CHORDS: [&[i32]; 9] = [
                &[0, 4, 7],
                &[0, 3, 7],
                &[0, 4, 7, 10],
                &[0, 3, 7, 10],
                &[0, 4, 7, 11],
                &[0, 5, 7],
                &[0, 12],
                &[0, 7],
                &[0],
            ];
            let root = 40 + (self.dice.next() % 40) as i32;
            let bright = self.dice.between(0.15, 0.8);
            let held = self.dice.unit() < 0.5;
            let chord = self.dice.pick(&CHORDS);
            self.notes.clear();
            for &step in chord {
                let key = root + step;
                let hz = 440.0 * 2f32.powf((key - 69) as f32 / 12.0) * self.dice.between(0.998, 1.002);
                let mut overtones = [0.0; 5];
                let mut level = 1.0;
                for o in &mut overtones {
                    *o = level * self.dice.between(0.5, 1.0);
                    level *= bright;
                }
                self.notes.push(Note {
                    turn: self.dice.unit(),
                    step: hz / 8000.0,
                    level: super::rms_of(self.dice.between(-24.0, -14.0)) * 1.4,
                    decay: if held { 1.0 } else { 0.9998 },
                    overtones,
                });
            }
        }
        self.left -= 1;
        let mut y = 0.0;
        for note in &mut self.notes {
            note.turn += note.step;
            note.turn -= note.turn.floor();
            note.level *= note.decay;
            for (k, overtone) in note.overtones.iter().enumerate() {
                let order = (k + 1) as f32;
                if order * note.step < 0.475 {
                    y += note.level * overtone * sine(order * note.turn);
                }
            }
        }
        y
    }
}
