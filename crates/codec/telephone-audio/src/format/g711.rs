//! G.711: eight bits a sample, spaced so that soft and loud speech are equally clear.

/// 14-bit linear from a µ-law byte, scaled to 16 bits.
const fn mulaw_decode(byte: u8) -> i16 {
    let code = !byte;
    let magnitude = (((code as i16 & 0x0f) << 3) + 0x84) << ((code >> 4) & 7);
    if code & 0x80 != 0 { 0x84 - magnitude } else { magnitude - 0x84 }
}

/// 13-bit linear from an A-law byte, scaled to 16 bits.
const fn alaw_decode(byte: u8) -> i16 {
    let code = byte ^ 0x55;
    let segment = (code >> 4) & 7;
    let step = ((code as i16 & 0x0f) << 4) + 8;
    let magnitude = if segment == 0 { step } else { (step + 0x100) << (segment - 1) };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}

const fn table(mulaw: bool) -> [i16; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = if mulaw { mulaw_decode(i as u8) } else { alaw_decode(i as u8) };
        i += 1;
    }
    table
}

static FROM_MULAW: [i16; 256] = table(true);
static FROM_ALAW: [i16; 256] = table(false);

/// A µ-law byte as a 16-bit sample.
#[inline]
pub fn linear_from_mulaw(byte: u8) -> i16 {
    FROM_MULAW[usize::from(byte)]
}

/// An A-law byte as a 16-bit sample.
#[inline]
pub fn linear_from_alaw(byte: u8) -> i16 {
    FROM_ALAW[usize::from(byte)]
}

/// The segment and step of a magnitude, as a float's exponent and first four bits hold them: no search, no
/// branch, and the compiler makes many at once. Magnitudes below 128 give nothing useful.
#[inline]
fn segment_and_step(magnitude: i32) -> i32 {
    // Whole numbers this small are exact in a float. 134 is the exponent of 128 to 255: segment 0.
    ((magnitude as f32).to_bits() >> 19) as i32 - (134 << 4)
}

/// The µ-law byte nearest to a sample.
#[inline]
pub fn mulaw_from_linear(sample: i16) -> u8 {
    let x = i32::from(sample);
    let sign = (x >> 24) & 0x80;
    // The bias (33 at 14 bits) makes every segment start at a power of two.
    let magnitude = (x.abs() + 0x84).min(0x7fff);
    !(sign | segment_and_step(magnitude)) as u8
}

/// The A-law byte nearest to a sample.
#[inline]
pub fn alaw_from_linear(sample: i16) -> u8 {
    let x = i32::from(sample);
    // One's complement keeps -1 in the first negative step, as the recommendation has it.
    let magnitude = x ^ (x >> 31);
    let code = if magnitude < 0x100 { magnitude >> 4 } else { segment_and_step(magnitude) };
    ((code | (!(x >> 24) & 0x80)) ^ 0x55) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_of_the_recommendation() {
        assert_eq!(linear_from_mulaw(0xff), 0);
        assert_eq!(linear_from_mulaw(0x80), 32_124);
        assert_eq!(linear_from_mulaw(0x00), -32_124);
        assert_eq!(linear_from_alaw(0xd5), 8);
        assert_eq!(linear_from_alaw(0x55), -8);
        assert_eq!(linear_from_alaw(0xaa), 32_256);
        assert_eq!(linear_from_alaw(0x2a), -32_256);
        assert_eq!(mulaw_from_linear(0), 0xff);
        assert_eq!(mulaw_from_linear(i16::MAX), 0x80);
        assert_eq!(mulaw_from_linear(i16::MIN), 0x00);
        assert_eq!(alaw_from_linear(0), 0xd5);
        assert_eq!(alaw_from_linear(-1), 0x55);
        assert_eq!(alaw_from_linear(i16::MAX), 0xaa);
        assert_eq!(alaw_from_linear(i16::MIN), 0x2a);
    }

    #[test]
    fn every_byte_survives_the_way_there_and_back() {
        for byte in 0..=255u8 {
            assert_eq!(alaw_from_linear(linear_from_alaw(byte)), byte, "A-law {byte:#04x}");
            // µ-law has two zeros; the negative one comes back as the positive one.
            let back = mulaw_from_linear(linear_from_mulaw(byte));
            assert_eq!(back, if byte == 0x7f { 0xff } else { byte }, "mu-law {byte:#04x}");
        }
    }

    #[test]
    fn the_error_never_passes_half_a_step() {
        for sample in i16::MIN..=i16::MAX {
            let size = i32::from(sample).abs();
            let mu = i32::from(linear_from_mulaw(mulaw_from_linear(sample)));
            let a = i32::from(linear_from_alaw(alaw_from_linear(sample)));
            let clipped = i32::from(sample).clamp(-32_635, 32_635);
            assert!((mu - clipped).abs() <= (size + 132) / 32 + 4, "mu-law {sample} -> {mu}");
            assert!((a - i32::from(sample)).abs() <= size / 32 + 9, "A-law {sample} -> {a}");
        }
    }
}
