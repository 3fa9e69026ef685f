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
}

/// How many samples must lie before each further hop: [`LAG`] before the window.
pub(super) const fn needed(hops: usize) -> usize {
    if hops == 0 { 0 } else { LAG + WINDOW + (hops - 1) * HOP }
}

/// Analyses as many hops as `out` has places; `samples` must hold [`needed`] of them.
pub(super) fn analyse(samples: &[i16], out: &mut [Analysis]) {
    debug_assert!(samples.len() >= needed(out.len()));
    #[cfg(target_arch = "x86_64")]
    {
        match pulp::Arch::new() {
            pulp::Arch::V4(v4) => return v4.vectorize(x86::V4Pass { v4, samples, out }),
            pulp::Arch::V3(v3) => return v3.vectorize(x86::V3Pass { v3, samples, out }),
            _ => {}
        }
    }
    portable(samples, out);
}

/// For every other processor: plain sums of products, which the compiler turns into what it has.
fn portable(samples: &[i16], out: &mut [Analysis]) {
    let rows = &*ROWS;
    for (i, analysis) in out.iter_mut().enumerate() {
        let Some(window) = samples[i * HOP + LAG..].first_chunk::<WINDOW>() else { return };
        for (part, row) in analysis.parts.iter_mut().zip(rows) {
            *part = window.iter().zip(row).map(|(&x, &w)| i32::from(x) * i32::from(w)).sum();
        }
        analysis.energy = energy(samples, i);
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

    use super::{Analysis, HOP, LAG, TOGETHER, WEIGHTS, WINDOW, energy};

    /// The samples of [`TOGETHER`] windows.
    const SPAN: usize = WINDOW + (TOGETHER - 1) * HOP;

    #[inline(always)]
    fn pair(samples: &[i16; SPAN], at: usize) -> i32 {
        i32::from(samples[at].cast_unsigned()) | i32::from(samples[at + 1]) << 16
    }

    /// Runs `four` over the windows in fours. The last ones are done again with the three before them, where
    /// there are so many; fewer than four are done one by one.
    #[inline(always)]
    fn in_fours(
        samples: &[i16],
        out: &mut [Analysis],
        mut four: impl FnMut(&[i16; SPAN], &mut [Analysis; TOGETHER]),
        one: impl Fn(&[i16; WINDOW]) -> [i32; 16],
    ) {
        let hops = out.len();
        if hops < TOGETHER {
            for (i, analysis) in out.iter_mut().enumerate() {
                let Some(window) = samples[i * HOP + LAG..].first_chunk() else { return };
                analysis.parts = one(window);
                analysis.energy = energy(samples, i);
            }
            return;
        }
        let mut i = 0;
        while i < hops {
            let at = i.min(hops - TOGETHER);
            let (Some(span), Some(analyses)) =
                (samples[at * HOP + LAG..].first_chunk(), out[at..].first_chunk_mut())
            else {
                return;
            };
            four(span, analyses);
            for (k, analysis) in analyses.iter_mut().enumerate() {
                analysis.energy = energy(samples, at + k);
            }
            i += TOGETHER;
        }
    }

    pub(super) struct V4Pass<'a> {
        pub(super) v4: V4,
        pub(super) samples: &'a [i16],
        pub(super) out: &'a mut [Analysis],
    }

    impl NullaryFnOnce for V4Pass<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self { v4, samples, out } = self;
            let weights = &*WEIGHTS;
            in_fours(
                samples,
                out,
                #[inline(always)]
                |span, analyses| {
                    let mut sums = [v4.avx512f._mm512_setzero_si512(); TOGETHER];
                    for (n, row) in weights.iter().enumerate() {
                        let row: __m512i = pulp::cast(*row);
                        for (k, sum) in sums.iter_mut().enumerate() {
                            let x = v4.avx512f._mm512_set1_epi32(pair(span, 2 * n + HOP * k));
                            *sum = v4.avx512f._mm512_add_epi32(*sum, v4.avx512bw._mm512_madd_epi16(x, row));
                        }
                    }
                    for (analysis, sum) in analyses.iter_mut().zip(sums) {
                        analysis.parts = pulp::cast(sum);
                    }
                },
                #[inline(always)]
                |window| {
                    let mut sum = v4.avx512f._mm512_setzero_si512();
                    for (pair, row) in window.as_chunks::<2>().0.iter().zip(weights) {
                        let pair = i32::from(pair[0].cast_unsigned()) | i32::from(pair[1]) << 16;
                        let x = v4.avx512f._mm512_set1_epi32(pair);
                        sum = v4
                            .avx512f
                            ._mm512_add_epi32(sum, v4.avx512bw._mm512_madd_epi16(x, pulp::cast(*row)));
                    }
                    pulp::cast(sum)
                },
            );
        }
    }

    pub(super) struct V3Pass<'a> {
        pub(super) v3: V3,
        pub(super) samples: &'a [i16],
        pub(super) out: &'a mut [Analysis],
    }

    impl NullaryFnOnce for V3Pass<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self { v3, samples, out } = self;
            let weights = &*WEIGHTS;
            in_fours(
                samples,
                out,
                #[inline(always)]
                |span, analyses| {
                    let mut sums = [[v3.avx._mm256_setzero_si256(); 2]; TOGETHER];
                    for (n, row) in weights.iter().enumerate() {
                        let row: [__m256i; 2] = pulp::cast(*row);
                        for (k, sum) in sums.iter_mut().enumerate() {
                            let x = v3.avx._mm256_set1_epi32(pair(span, 2 * n + HOP * k));
                            for (sum, row) in sum.iter_mut().zip(row) {
                                *sum = v3.avx2._mm256_add_epi32(*sum, v3.avx2._mm256_madd_epi16(x, row));
                            }
                        }
                    }
                    for (analysis, sum) in analyses.iter_mut().zip(sums) {
                        analysis.parts = pulp::cast(sum);
                    }
                },
                #[inline(always)]
                |window| {
                    let mut sum = [v3.avx._mm256_setzero_si256(); 2];
                    for (pair, row) in window.as_chunks::<2>().0.iter().zip(weights) {
                        let row: [__m256i; 2] = pulp::cast(*row);
                        let pair = i32::from(pair[0].cast_unsigned()) | i32::from(pair[1]) << 16;
                        let x = v3.avx._mm256_set1_epi32(pair);
                        for (sum, row) in sum.iter_mut().zip(row) {
                            *sum = v3.avx2._mm256_add_epi32(*sum, v3.avx2._mm256_madd_epi16(x, row));
                        }
                    }
                    pulp::cast(sum)
                },
            );
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
            portable(&samples, &mut plain);
            analyse(&samples, &mut fast);
            for (plain, fast) in plain.iter().zip(&fast) {
                assert_eq!((plain.parts, plain.energy), (fast.parts, fast.energy));
            }
            #[cfg(target_arch = "x86_64")]
            if let Some(v3) = pulp::x86::V3::try_new() {
                v3.vectorize(x86::V3Pass { v3, samples: &samples, out: &mut fast });
                for (plain, fast) in plain.iter().zip(&fast) {
                    assert_eq!((plain.parts, plain.energy), (fast.parts, fast.energy));
                }
            }
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
            analyse(&samples, &mut out);
            assert!(out.iter().all(|a| a.energy > 0));
        }
    }
}
