//! The Ogg pages around the Opus packets (RFC 3533, RFC 7845).

/// Names the stream inside its file; any number does.
const STREAM: u32 = 0x0ca1_1b10;
/// Packets on one page: a second of sound.
const PER_PAGE: usize = 50;
const FIRST_PAGE: u8 = 2;
const LAST_PAGE: u8 = 4;

/// A file that grows page by page.
#[derive(Debug)]
pub(super) struct OggFile {
    bytes: Vec<u8>,
    pages: u32,
    waiting: Vec<Vec<u8>>,
    /// Packets on the pages that are written.
    written: u64,
}

impl OggFile {
    /// Begins with the two pages of heads: one channel, so many samples a second, so much to pass over.
    pub(super) fn new(rate: u32, skip: u16) -> Self {
        let mut file = Self { bytes: Vec::new(), pages: 0, waiting: Vec::new(), written: 0 };
        let mut head = b"OpusHead\x01\x01".to_vec();
        head.extend(skip.to_le_bytes());
        head.extend(rate.to_le_bytes());
        head.extend([0, 0, 0]);
        file.page(FIRST_PAGE, 0, &[head]);
        let maker = b"callblock";
        let mut tags = b"OpusTags".to_vec();
        tags.extend(9_u32.to_le_bytes());
        tags.extend(maker);
        tags.extend(0_u32.to_le_bytes());
        file.page(0, 0, &[tags]);
        file
    }

    /// How many packets there are.
    pub(super) fn packets(&self) -> u64 {
        self.written + self.waiting.len() as u64
    }

    /// Takes a packet of so many ticks, of which there are 48,000 a second.
    pub(super) fn push(&mut self, packet: Vec<u8>, ticks: u64) {
        // A page is written with the packet behind it, so that the last one is never empty.
        if self.waiting.len() == PER_PAGE {
            let packets = std::mem::take(&mut self.waiting);
            self.written += packets.len() as u64;
            self.page(0, self.written * ticks, &packets);
        }
        self.waiting.push(packet);
    }

    /// The whole file; the sound ends at that tick, whatever the last packet holds.
    pub(super) fn finish(mut self, end: u64) -> Vec<u8> {
        let packets = std::mem::take(&mut self.waiting);
        self.page(LAST_PAGE, end, &packets);
        self.bytes
    }

    fn page(&mut self, kind: u8, position: u64, packets: &[Vec<u8>]) {
        let start = self.bytes.len();
        self.bytes.extend(b"OggS\0");
        self.bytes.push(kind);
        self.bytes.extend(position.to_le_bytes());
        self.bytes.extend(STREAM.to_le_bytes());
        self.bytes.extend(self.pages.to_le_bytes());
        self.bytes.extend([0; 4]);
        self.pages += 1;
        let mut laces = Vec::new();
        for packet in packets {
            laces.extend(std::iter::repeat_n(255, packet.len() / 255));
            laces.push((packet.len() % 255) as u8);
        }
        self.bytes.push(laces.len() as u8);
        self.bytes.extend(laces);
        self.bytes.extend(packets.iter().flatten());
        let sum = checksum(&self.bytes[start..]);
        self.bytes[start + 22..start + 26].copy_from_slice(&sum.to_le_bytes());
    }
}

/// The CRC of a page, with its own place for it empty.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte) << 24, |sum: u32, _| {
            if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_ogg() {
        // The check value of CRC-32 with this polynomial, nothing turned round and nothing set at the start.
        assert_eq!(checksum(b"123456789"), 0x89a1_897f);
    }
}
