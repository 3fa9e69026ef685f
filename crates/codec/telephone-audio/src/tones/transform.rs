//! The transform behind every look: 256 complex values in a square of sixteen by sixteen, real and imaginary parts
//! apart. Sixteen transforms of sixteen run down the columns, side by side in the processor's vectors whatever their
//! width; the square is turned over, and they run down its columns again. One length needs no planner of any length.

use std::sync::LazyLock;

/// A side of the square.
pub(super) const SIDE: usize = 16;
/// How many values are transformed.
pub(super) const POINTS: usize = SIDE * SIDE;

pub(super) type Rows = [[f32; SIDE]; SIDE];

/// Complex values row by row, their parts apart.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub(super) re: Rows,
    pub(super) im: Rows,
}

impl Parts {
    pub(super) const ZERO: Self = Self { re: [[0.0; SIDE]; SIDE], im: [[0.0; SIDE]; SIDE] };
}

/// By how much each value turns between the two halves of the work.
static TURNS: LazyLock<Parts> = LazyLock::new(|| {
    let turn = |row: usize, n: usize| -std::f64::consts::TAU * (row * n) as f64 / POINTS as f64;
    let all =
        |part: fn(f64) -> f64| std::array::from_fn(|row| std::array::from_fn(|n| part(turn(row, n)) as f32));
    Parts { re: all(f64::cos), im: all(f64::sin) }
});

/// Transforms forwards; `values` is used up.
///
/// Inlined into a caller that is made for each width of processor.
#[inline(always)]
pub(super) fn forward(values: &mut Parts, out: &mut Parts) {
    columns(values, out, Some(&*TURNS));
    turn_over(&out.re, &mut values.re);
    turn_over(&out.im, &mut values.im);
    columns(values, out, None);
}

/// Transforms each column by itself, and then turns what comes out if that is wanted.
#[inline(always)]
fn columns(values: &mut Parts, out: &mut Parts, turns: Option<&Parts>) {
    each_fourth::<0>(values);
    each_fourth::<1>(values);
    each_fourth::<2>(values);
    each_fourth::<3>(values);
    each_four::<0>(values, out, turns);
    each_four::<1>(values, out, turns);
    each_four::<2>(values, out, turns);
    each_four::<3>(values, out, turns);
}

/// The first half of a column: every fourth row beginning with `FIRST`, in place, and turned by sixteenths.
#[inline(always)]
fn each_fourth<const FIRST: usize>(values: &mut Parts) {
    const C: f32 = 0.923_879_5; // cos(TAU / 16)
    const S: f32 = 0.382_683_43; // sin(TAU / 16)
    const H: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let Parts { re, im } = values;
    for q in 0..SIDE {
        let rows = [FIRST, FIRST + 4, FIRST + 8, FIRST + 12];
        let (x, y) = cross(rows.map(|row| re[row][q]), rows.map(|row| im[row][q]));
        for (k, row) in rows.into_iter().enumerate() {
            let (x, y) = (x[k], y[k]);
            (re[row][q], im[row][q]) = match FIRST * k {
                0 => (x, y),
                1 => turned(x, y, C, -S),
                2 => (H * (x + y), H * (y - x)),
                3 => turned(x, y, S, -C),
                4 => (y, -x),
                6 => (H * (y - x), -H * (x + y)),
                _ => turned(x, y, -C, S),
            };
        }
    }
}

/// The second half of a column: the four rows of place `GROUP`.
#[inline(always)]
fn each_four<const GROUP: usize>(values: &Parts, out: &mut Parts, turns: Option<&Parts>) {
    let Parts { re, im } = values;
    for q in 0..SIDE {
        let rows = [4 * GROUP, 4 * GROUP + 1, 4 * GROUP + 2, 4 * GROUP + 3];
        let (x, y) = cross(rows.map(|row| re[row][q]), rows.map(|row| im[row][q]));
        for k in 0..4 {
            let row = GROUP + 4 * k;
            (out.re[row][q], out.im[row][q]) = match turns {
                Some(turns) => turned(x[k], y[k], turns.re[row][q], turns.im[row][q]),
                None => (x[k], y[k]),
            };
        }
    }
}

/// Four values become four: what they come to at a turn of none, a quarter, a half and three quarters.
#[inline(always)]
fn cross(re: [f32; 4], im: [f32; 4]) -> ([f32; 4], [f32; 4]) {
    let (sum_re, sum_im) = (re[0] + re[2], im[0] + im[2]);
    let (less_re, less_im) = (re[0] - re[2], im[0] - im[2]);
    let (other_re, other_im) = (re[1] + re[3], im[1] + im[3]);
    // The difference of the odd two, a quarter turned.
    let (turned_re, turned_im) = (im[3] - im[1], re[1] - re[3]);
    (
        [sum_re + other_re, less_re - turned_re, sum_re - other_re, less_re + turned_re],
        [sum_im + other_im, less_im - turned_im, sum_im - other_im, less_im + turned_im],
    )
}

#[inline(always)]
fn turned(re: f32, im: f32, cos: f32, sin: f32) -> (f32, f32) {
    (re * cos - im * sin, re * sin + im * cos)
}

/// Rows become columns.
#[inline(always)]
fn turn_over(from: &Rows, to: &mut Rows) {
    #[cfg(target_arch = "x86_64")]
    if let Some(v3) = pulp::x86::V3::try_new() {
        return x86::turn_over(v3, from, to);
    }
    portable(from, to);
}

#[inline(always)]
fn portable(from: &Rows, to: &mut Rows) {
    for row in 0..SIDE {
        for n in 0..SIDE {
            to[n][row] = from[row][n];
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    //! Eight rows by eight in registers: pairs, then fours, then halves change places.

    use std::arch::x86_64::__m256;

    use pulp::x86::V3;

    use super::Rows;

    #[inline(always)]
    pub(super) fn turn_over(v3: V3, from: &Rows, to: &mut Rows) {
        for down in 0..2 {
            for along in 0..2 {
                eight(v3, from, to, down, along);
            }
        }
    }

    // Macros, for a closure is not made for the width that its function is made for.
    #[inline(always)]
    fn eight(v3: V3, from: &Rows, to: &mut Rows, down: usize, along: usize) {
        let avx = v3.avx;
        macro_rules! get {
            ($n:expr) => {{
                let row: __m256 = pulp::cast(from[8 * down + $n].as_chunks::<8>().0[along]);
                row
            }};
        }
        macro_rules! pairs {
            ($a:expr, $b:expr) => {
                (avx._mm256_unpacklo_ps($a, $b), avx._mm256_unpackhi_ps($a, $b))
            };
        }
        macro_rules! fours {
            ($a:expr, $b:expr) => {
                (avx._mm256_shuffle_ps::<0x44>($a, $b), avx._mm256_shuffle_ps::<0xEE>($a, $b))
            };
        }
        macro_rules! put_halves {
            ($n:expr, $a:expr, $b:expr) => {
                let low = avx._mm256_permute2f128_ps::<0x20>($a, $b);
                let high = avx._mm256_permute2f128_ps::<0x31>($a, $b);
                to[8 * along + $n].as_chunks_mut::<8>().0[down] = pulp::cast(low);
                to[8 * along + $n + 4].as_chunks_mut::<8>().0[down] = pulp::cast(high);
            };
        }
        let ((a0, a1), (b0, b1)) = (pairs!(get!(0), get!(1)), pairs!(get!(2), get!(3)));
        let ((c0, c1), (d0, d1)) = (pairs!(get!(4), get!(5)), pairs!(get!(6), get!(7)));
        let ((e0, e1), (e2, e3)) = (fours!(a0, b0), fours!(a1, b1));
        let ((f0, f1), (f2, f3)) = (fours!(c0, d0), fours!(c1, d1));
        put_halves!(0, e0, f0);
        put_halves!(1, e1, f1);
        put_halves!(2, e2, f2);
        put_halves!(3, e3, f3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made for this processor's width, as the detectors have it.
    struct Forward<'a>(Parts, &'a mut Parts);

    impl pulp::NullaryFnOnce for Forward<'_> {
        type Output = ();

        #[inline(always)]
        fn call(mut self) {
            forward(&mut self.0, self.1);
        }
    }

    /// By the definition, in double precision.
    fn by_definition(values: &Parts) -> Vec<(f64, f64)> {
        (0..POINTS)
            .map(|k| {
                (0..POINTS).fold((0.0, 0.0), |(re, im), n| {
                    let turn = -std::f64::consts::TAU * (k * n % POINTS) as f64 / POINTS as f64;
                    let (x, y) = (f64::from(values.re[n / 16][n % 16]), f64::from(values.im[n / 16][n % 16]));
                    (re + x * turn.cos() - y * turn.sin(), im + x * turn.sin() + y * turn.cos())
                })
            })
            .collect()
    }

    fn same_as_by_definition(values: &Parts) {
        let mut ours = Parts::ZERO;
        pulp::Arch::new().dispatch(Forward(values.clone(), &mut ours));
        let loudest = values.re.iter().chain(&values.im).flatten().fold(0.0f32, |most, x| most.max(x.abs()));
        let near = 1e-5 * f64::from(loudest) * POINTS as f64;
        for (k, (re, im)) in by_definition(values).into_iter().enumerate() {
            let (x, y) = (f64::from(ours.re[k / 16][k % 16]), f64::from(ours.im[k / 16][k % 16]));
            assert!((x - re).abs() <= near && (y - im).abs() <= near, "bin {k}: {x} {y}, not {re} {im}");
        }
    }

    #[test]
    fn one_value_anywhere_is_every_frequency() {
        for n in 0..POINTS {
            let mut values = Parts::ZERO;
            (values.re[n / 16][n % 16], values.im[n / 16][n % 16]) = (1.0, -0.5);
            same_as_by_definition(&values);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_values_come_out_as_the_definition_says(
            re in proptest::collection::vec(-32768.0f32..32768.0, POINTS),
            im in proptest::collection::vec(-32768.0f32..32768.0, POINTS),
        ) {
            let take = |values: Vec<f32>| std::array::from_fn(|row| std::array::from_fn(|n| values[16 * row + n]));
            same_as_by_definition(&Parts { re: take(re), im: take(im) });
        }
    }

    #[test]
    fn every_instruction_set_turns_over_alike() {
        let from: Rows = std::array::from_fn(|row| std::array::from_fn(|n| (16 * row + n) as f32));
        let (mut fast, mut plain) = ([[0.0; SIDE]; SIDE], [[0.0; SIDE]; SIDE]);
        turn_over(&from, &mut fast);
        portable(&from, &mut plain);
        assert_eq!(fast, plain);
        assert_eq!((plain[2][7], plain[15][0]), (from[7][2], from[0][15]));
    }
}
