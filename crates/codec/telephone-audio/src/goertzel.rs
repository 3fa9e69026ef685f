//! The Goertzel algorithm: how much of one frequency a block of samples holds.

/// Follows one frequency, block after block.
///
/// ```
/// use telephone_audio::goertzel::Goertzel;
/// let tone: Vec<i16> = telephone_audio::generate::beep(-10.0).take(800).collect();
/// let mut at_the_tone = Goertzel::new(1000.0, 400);
/// let mut beside_it = Goertzel::new(1300.0, 400);
/// let (mut hit, mut miss) = (0.0, 0.0);
/// at_the_tone.push(&tone, |level| hit = level);
/// beside_it.push(&tone, |level| miss = level);
/// assert!((hit - -10.0).abs() < 0.2 && miss < -40.0);
/// ```
#[derive(Debug, Clone)]
pub struct Goertzel {
    turn: f32,
    block: usize,
    filled: usize,
    s1: f32,
    s2: f32,
}

impl Goertzel {
    /// A filter for a frequency in Hz, its answer every `block` samples (at least one).
    pub fn new(hz: f32, block: usize) -> Self {
        let turn = 2.0 * (std::f64::consts::TAU * f64::from(hz) / 8000.0).cos() as f32;
        Self { turn, block: block.max(1), filled: 0, s1: 0.0, s2: 0.0 }
    }

    /// Takes the next samples; `level` is told the tone's level in dBm0 after each block.
    pub fn push(&mut self, samples: &[i16], mut level: impl FnMut(f32)) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(self.block - self.filled));
            for &x in now {
                let s = f32::from(x) + self.turn * self.s1 - self.s2;
                self.s2 = self.s1;
                self.s1 = s;
            }
            self.filled += now.len();
            rest = later;
            if self.filled == self.block {
                let square = self.s1 * self.s1 + self.s2 * self.s2 - self.turn * self.s1 * self.s2;
                // A tone of amplitude A gives (A * block / 2)^2; its mean square is A^2 / 2.
                level(crate::dbm0_of_power(2.0 * square.max(0.0) / (self.block * self.block) as f32));
                (self.filled, self.s1, self.s2) = (0, 0.0, 0.0);
            }
        }
    }
}

/// Several frequencies at once, with the same block: eight at a time in the processor's lanes.
#[derive(Debug, Clone)]
pub struct GoertzelBank<const N: usize> {
    turn: [f32; N],
    block: usize,
    filled: usize,
    s1: [f32; N],
    s2: [f32; N],
}

impl<const N: usize> GoertzelBank<N> {
    /// A bank for these frequencies in Hz.
    pub fn new(hz: [f32; N], block: usize) -> Self {
        let turn = hz.map(|hz| 2.0 * (std::f64::consts::TAU * f64::from(hz) / 8000.0).cos() as f32);
        Self { turn, block: block.max(1), filled: 0, s1: [0.0; N], s2: [0.0; N] }
    }

    /// Takes the next samples; `levels` is told each tone's level in dBm0 after each block.
    pub fn push(&mut self, samples: &[i16], mut levels: impl FnMut([f32; N])) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(self.block - self.filled));
            let (mut s1, mut s2) = (self.s1, self.s2);
            for &x in now {
                let x = f32::from(x);
                for k in 0..N {
                    let s = x + self.turn[k] * s1[k] - s2[k];
                    s2[k] = s1[k];
                    s1[k] = s;
                }
            }
            (self.s1, self.s2) = (s1, s2);
            self.filled += now.len();
            rest = later;
            if self.filled == self.block {
                let scale = 2.0 / (self.block * self.block) as f32;
                levels(std::array::from_fn(|k| {
                    let (a, b) = (self.s1[k], self.s2[k]);
                    crate::dbm0_of_power((a * a + b * b - self.turn[k] * a * b).max(0.0) * scale)
                }));
                (self.filled, self.s1, self.s2) = (0, [0.0; N], [0.0; N]);
            }
        }
    }
}
