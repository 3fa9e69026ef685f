//! Eight tones at once: windowed correlations in whole numbers, so that every processor finds the same.
//!
//! Correlation instead of a recursive filter: nothing waits for the sample before, so the whole width of the
//! processor works on one stream, and a call costs as little as one of many. `pulp` finds out when the program
//! runs which instructions there are.

use std::f64::consts::TAU;
use std::sync::LazyLock;

/// The analysis moves on by so many samples (6 ms).
pub(super) const HOP: usize = 48;
/// Each analysis looks at so many (12 ms), weighted by a Hann window.
pub(super) const WINDOW: usize = 2 * HOP;
/// The energy is that of differences to the sample this far before, which takes away DC and hum.
pub(super) const LAG: usize = 2;
/// So many windows are analysed together, to read each weight once for all of them.
const TOGETHER: usize = 4;

/// The eight frequencies.
pub(super) const TONES: [f32; 8] = [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];

/// The largest weight: 96 products of 2^15 and 2^9 stay within 32 bits.
const SCALE: f64 = 511.0;
/// What a tone of amplitude 1 gives in magnitude: half the sum of the weights.
pub(super) const GAIN: f32 = 511.0 * HOP as f32 / 2.0;

/// What the difference that the energy is taken of does to the power of each tone.
const DIFFERENCE: [f32; 8] = [1.083632, 1.293050, 1.539221, 1.814911, 2.644862, 3.007246, 3.362209, 3.676771];
/// The energy that each tone has within a hop for a magnitude of 1.
pub(super) const ENERGY_OF: [f32; 8] = {
    let mut energy = DIFFERENCE;
    let mut tone = 0;
    while tone < 8 {
        energy[tone] *= HOP as f32 / (2.0 * 256.0 * GAIN * GAIN);
        tone += 1;
    }
    energy
};

/// For each pair of samples the weights of eight cosines, then of eight sines.
type Weights = [[i16; 32]; WINDOW / 2];
/// The same, one row of 96 for each cosine and sine.
type Rows = [[i16; WINDOW]; 16];

static ROWS: LazyLock<Rows> = LazyLock::new(|| {
    let mut rows = [[0; WINDOW]; 16];
    for (tone, &hz) in TONES.iter().enumerate() {
        for n in 0..WINDOW {
            let at = n as f64 + 0.5;
            let weight = SCALE * (0.5 - 0.5 * (TAU * at / WINDOW as f64).cos());
            let (sin, cos) = (TAU * f64::from(hz) * at / 8000.0).sin_cos();
            rows[tone][n] = (weight * cos).round() as i16;
            rows[8 + tone][n] = (weight * sin).round() as i16;
        }
    }
    rows
});

static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| {
    let mut weights = [[0; 32]; WINDOW / 2];
    for (pair, row) in weights.iter_mut().enumerate() {
        for (i, weight) in row.iter_mut().enumerate() {
            *weight = ROWS[i / 2][pair * 2 + i % 2];
        }
    }
    weights
});

/// What one window holds.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
pub(super) struct Analysis {
    /// The eight tones: real parts, then imaginary parts.
    pub(super) parts: [i32; 16],
    /// The energy of the hop in the middle of the window, DC and hum taken away, in units of 1/256.
    pub(super) energy: i32,
    /// The strongest row and column.
    pub(super) low: u8,
    pub(super) high: u8,
    /// Whether a digit may be in it: its two tones are a good part of it.
    pub(super) likely: bool,
}

impl Analysis {
    /// The energy that each tone has within a hop.
    #[inline(always)]
    pub(super) fn energies(&self) -> [f32; 8] {
        let mut energies = [0.0; 8];
        for tone in 0..8 {
            let (re, im) = (self.parts[tone] as f32, self.parts[8 + tone] as f32);
            energies[tone] = (re * re + im * im) * ENERGY_OF[tone];
        }
        energies
    }

    /// Looks for a digit; `least` is the part of the sound that its tones must be.
    #[inline(always)]
    fn screen(&mut self, least: f32) {
        let energies = self.energies();
        let pick = |at: usize| {
            let [a, b, c, d] = [energies[at], energies[at + 1], energies[at + 2], energies[at + 3]];
            let (first, i) = if b > a { (b, 1) } else { (a, 0) };
            let (second, j) = if d > c { (d, 3) } else { (c, 2) };
            if second > first { (second, j) } else { (first, i) }
        };
        let ((low, row), (high, column)) = (pick(0), pick(4));
        let explained = low + high;
        self.low = row;
        self.high = 4 + column;
        // A fiftieth is below any twist that is accepted; 40 is a tone below -50 dBm0.
        self.likely = (explained > least * self.energy as f32)
            & (low > 0.04 * explained)
            & (high > 0.04 * explained)
            & (self.energy > 40);
    }
}

/// How many samples must lie before each further hop: [`LAG`] before the window.
pub(super) const fn needed(hops: usize) -> usize {
    if hops == 0 { 0 } else { LAG + WINDOW + (hops - 1) * HOP }
}

/// Analyses as many hops as `out` has places; `samples` must hold [`needed`] of them.
pub(super) fn analyse(samples: &[i16], least: f32, out: &mut [Analysis]) {
    debug_assert!(samples.len() >= needed(out.len()));
    #[cfg(target_arch = "x86_64")]
    {
        match pulp::Arch::new() {
            pulp::Arch::V4(v4) => return v4.vectorize(x86::V4Pass { v4, samples, least, out }),
            pulp::Arch::V3(v3) => return v3.vectorize(x86::V3Pass { v3, samples, least, out }),
            _ => {}
        }
    }
    portable(samples, least, out);
}

/// For every other processor: plain sums of products, which the compiler turns into what it has.
fn portable(samples: &[i16], least: f32, out: &mut [Analysis]) {
    let rows = &*ROWS;
    for (i, analysis) in out.iter_mut().enumerate() {
        let Some(window) = samples[i * HOP + LAG..].first_chunk::<WINDOW>() else { return };
        for (part, row) in analysis.parts.iter_mut().zip(rows) {
            *part = window.iter().zip(row).map(|(&x, &w)| i32::from(x) * i32::from(w)).sum();
        }
        analysis.energy = energy(samples, i);
        analysis.screen(least);
    }
}

/// The energy of the middle of window `i`.
#[inline(always)]
fn energy(samples: &[i16], i: usize) -> i32 {
    let from = i * HOP + LAG + HOP / 2;
    let Some(now) = samples[from..].first_chunk::<HOP>() else { return 0 };
    let Some(before) = samples[from - LAG..].first_chunk::<HOP>() else { return 0 };
    let mut sum = 0i32;
    for n in 0..HOP {
        let y = i32::from(((now[n] >> 1) - (before[n] >> 1)) >> 3);
        sum += y * y;
    }
    sum
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! The same sums with 256 and 512 bits at a time. Each product takes two samples and two weights.

    use std::arch::x86_64::{__m256i, __m512i};

    use pulp::NullaryFnOnce;
    use pulp::x86::{V3, V4};

    use super::{Analysis, HOP, LAG, TOGETHER, WEIGHTS, WINDOW, Weights, energy};

    #[inline(always)]
    fn pair(samples: &[i16], at: usize) -> i32 {
        i32::from(samples[at].cast_unsigned()) | i32::from(samples[at + 1]) << 16
    }

    /// Runs a pass over the windows in fours, and over what is left in the size that it has.
    macro_rules! in_fours {
        ($samples:expr, $least:expr, $out:expr, $kind:ident::$block:ident, $isa:expr, $weights:expr) => {{
            let (fours, rest) = $out.as_chunks_mut::<TOGETHER>();
            let done = fours.len() * TOGETHER;
            for (i, four) in fours.iter_mut().enumerate() {
                $kind::$block::<TOGETHER>($isa, $weights, &$samples[i * TOGETHER * HOP..], four);
            }
            match rest.len() {
                0 => {}
                1 => $kind::$block::<1>($isa, $weights, &$samples[done * HOP..], rest),
                2 => $kind::$block::<2>($isa, $weights, &$samples[done * HOP..], rest),
                _ => $kind::$block::<3>($isa, $weights, &$samples[done * HOP..], rest),
            }
            for (i, analysis) in $out.iter_mut().enumerate() {
                analysis.energy = energy($samples, i);
                analysis.screen($least);
            }
        }};
    }

    pub(super) struct V4Pass<'a> {
        pub(super) v4: V4,
        pub(super) samples: &'a [i16],
        pub(super) least: f32,
        pub(super) out: &'a mut [Analysis],
    }

    impl V4Pass<'_> {
        /// The sums of `N` windows side by side.
        #[inline(always)]
        fn block<const N: usize>(v4: V4, weights: &Weights, samples: &[i16], out: &mut [Analysis]) {
            let samples = &samples[LAG..LAG + WINDOW + (N - 1) * HOP];
            let mut sums = [v4.avx512f._mm512_setzero_si512(); N];
            for (n, row) in weights.iter().enumerate() {
                let row: __m512i = pulp::cast(*row);
                for (k, sum) in sums.iter_mut().enumerate() {
                    let x = v4.avx512f._mm512_set1_epi32(pair(samples, 2 * n + HOP * k));
                    *sum = v4.avx512f._mm512_add_epi32(*sum, v4.avx512bw._mm512_madd_epi16(x, row));
                }
            }
            for (analysis, sum) in out.iter_mut().zip(sums) {
                analysis.parts = pulp::cast(sum);
            }
        }
    }

    impl NullaryFnOnce for V4Pass<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self { v4, samples, least, out } = self;
            let weights = &*WEIGHTS;
            in_fours!(samples, least, out, Self::block, v4, weights);
        }
    }

    pub(super) struct V3Pass<'a> {
        pub(super) v3: V3,
        pub(super) samples: &'a [i16],
        pub(super) least: f32,
        pub(super) out: &'a mut [Analysis],
    }

    impl V3Pass<'_> {
        /// The sums of `N` windows side by side.
        #[inline(always)]
        fn block<const N: usize>(v3: V3, weights: &Weights, samples: &[i16], out: &mut [Analysis]) {
            let samples = &samples[LAG..LAG + WINDOW + (N - 1) * HOP];
            let mut sums = [[v3.avx._mm256_setzero_si256(); 2]; N];
            for (n, row) in weights.iter().enumerate() {
                let row: [__m256i; 2] = pulp::cast(*row);
                for (k, sum) in sums.iter_mut().enumerate() {
                    let x = v3.avx._mm256_set1_epi32(pair(samples, 2 * n + HOP * k));
                    for (sum, row) in sum.iter_mut().zip(row) {
                        *sum = v3.avx2._mm256_add_epi32(*sum, v3.avx2._mm256_madd_epi16(x, row));
                    }
                }
            }
            for (analysis, sum) in out.iter_mut().zip(sums) {
                analysis.parts = pulp::cast(sum);
            }
        }
    }

    impl NullaryFnOnce for V3Pass<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self { v3, samples, least, out } = self;
            let weights = &*WEIGHTS;
            in_fours!(samples, least, out, Self::block, v3, weights);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(n: usize) -> Vec<i16> {
        let mut state = 1u32;
        (0..n)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16) as i16
            })
            .collect()
    }

    #[test]
    fn every_instruction_set_finds_the_same() {
        for hops in [1, 3, 4, 5, 23] {
            let samples = noise(needed(hops));
            let (mut plain, mut fast) = (vec![Analysis::default(); hops], vec![Analysis::default(); hops]);
            portable(&samples, 0.3, &mut plain);
            analyse(&samples, 0.3, &mut fast);
            for (plain, fast) in plain.iter().zip(&fast) {
                assert_eq!((plain.parts, plain.energy), (fast.parts, fast.energy));
            }
            #[cfg(target_arch = "x86_64")]
            if let Some(v3) = pulp::x86::V3::try_new() {
                v3.vectorize(x86::V3Pass { v3, samples: &samples, least: 0.3, out: &mut fast });
                for (plain, fast) in plain.iter().zip(&fast) {
                    assert_eq!((plain.parts, plain.energy), (fast.parts, fast.energy));
                }
            }
        }
    }

    #[test]
    fn the_difference_is_what_it_says() {
        for (hz, gain) in TONES.iter().zip(DIFFERENCE) {
            let sine = 2.0 * (TAU * f64::from(*hz) / 8000.0 * (LAG as f64 / 2.0)).sin();
            assert!((sine * sine - f64::from(gain)).abs() < 1e-5, "{hz}");
        }
    }

    #[test]
    fn the_loudest_input_stays_within_32_bits() {
        for x in [i16::MIN, i16::MAX] {
            let mut samples = vec![x; needed(4)];
            for (i, x) in samples.iter_mut().enumerate() {
                if i / 2 % 2 == 0 {
                    *x = !*x;
                }
            }
            let mut out = vec![Analysis::default(); 4];
            analyse(&samples, 0.3, &mut out);
            assert!(out.iter().all(|a| a.energy > 0));
        }
    }
}
