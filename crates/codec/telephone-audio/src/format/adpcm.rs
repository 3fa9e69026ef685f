//! IMA ADPCM: four bits a sample, each the difference to a prediction, the step growing and shrinking.

const STEPS: [i32; 89] = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88,
    97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658,
    724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660,
    4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10_442, 11_487, 12_635, 13_899, 15_289,
    16_818, 18_500, 20_350, 22_385, 24_623, 27_086, 29_794, 32_767,
];

const STEP_CHANGE: [i32; 8] = [-1, -1, -1, -1, 2, 4, 6, 8];

/// Codes into samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImaDecoder {
    predicted: i32,
    step: i32,
}

impl ImaDecoder {
    /// Starts from a known sample and step, as a block of a WAV file does. Steps beyond the table count as
    /// its last.
    pub fn starting_at(sample: i16, step: u8) -> Self {
        Self { predicted: i32::from(sample), step: i32::from(step.min(88)) }
    }

    /// The next sample; only the low four bits of `code` count.
    pub fn decode(&mut self, code: u8) -> i16 {
        // The step is kept within the table by the clamp below.
        let step = STEPS[self.step as usize];
        let mut difference = step >> 3;
        if code & 4 != 0 {
            difference += step;
        }
        if code & 2 != 0 {
            difference += step >> 1;
        }
        if code & 1 != 0 {
            difference += step >> 2;
        }
        self.predicted += if code & 8 == 0 { difference } else { -difference };
        self.predicted = self.predicted.clamp(-32_768, 32_767);
        self.step = (self.step + STEP_CHANGE[usize::from(code & 7)]).clamp(0, 88);
        self.predicted as i16
    }
}

/// Samples into codes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImaEncoder {
    // The encoder follows what the other side will decode, so errors do not add up.
    other_side: ImaDecoder,
}

impl ImaEncoder {
    /// The four bits for the next sample.
    pub fn encode(&mut self, sample: i16) -> u8 {
        let step = STEPS[self.other_side.step as usize];
        let mut difference = i32::from(sample) - self.other_side.predicted;
        let mut code = 0;
        if difference < 0 {
            code = 8;
            difference = -difference;
        }
        let mut part = step;
        for bit in [4, 2, 1] {
            if difference >= part {
                code |= bit;
                difference -= part;
            }
            part >>= 1;
        }
        self.other_side.decode(code);
        code
    }
}
