//! Lines out of a stream that may stop anywhere.

/// Collects bytes until a line is whole. Bounded: a line that grows beyond [`LineFramer::MAX_LEN`] is dropped up to
/// its end, and counted.
#[derive(Debug, Clone, Default)]
pub struct LineFramer {
    held: Vec<u8>,
    skipping: bool,
    dropped: u64,
}

impl LineFramer {
    /// The longest line that is kept, in bytes. Real ones have less than 80.
    pub const MAX_LEN: usize = 512;

    /// Nothing held.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many lines were too long.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Forgets a line begun: the connection was lost, so its end will never come.
    pub fn reset(&mut self) {
        self.held.clear();
        self.skipping = false;
    }

    /// Takes bytes as they come and hands over each whole line, without its end. Empty lines are left out.
    pub fn push(&mut self, mut bytes: &[u8], mut on_line: impl FnMut(&[u8])) {
        while let Some(at) = memchr::memchr(b'\n', bytes) {
            let (head, tail) = bytes.split_at(at);
            bytes = tail.get(1..).unwrap_or_default();
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            if self.held.is_empty() {
                self.hand_over(head, &mut on_line);
            } else {
                let mut whole = std::mem::take(&mut self.held);
                whole.extend_from_slice(head);
                self.hand_over(&whole, &mut on_line);
                whole.clear();
                self.held = whole;
            }
        }
        if self.skipping {
            return;
        }
        if self.held.len() + bytes.len() > Self::MAX_LEN {
            self.held.clear();
            self.skipping = true;
            self.dropped += 1;
        } else {
            self.held.extend_from_slice(bytes);
        }
    }

    fn hand_over(&mut self, line: &[u8], on_line: &mut impl FnMut(&[u8])) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.len() > Self::MAX_LEN {
            self.dropped += 1;
        } else if !line.is_empty() {
            on_line(line);
        }
    }
}
