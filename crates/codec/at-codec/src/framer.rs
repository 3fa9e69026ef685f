//! From bytes to lines: finds where a modem's lines begin and end, whatever arrives between them.

/// Longest line that is kept. What comes beyond is dropped and the line marked as cut.
pub const MAX_LINE: usize = 2048;

const DLE: u8 = 0x10;

/// One piece of what a modem says outside a voice stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A line with something in it, without its line end and without NUL bytes.
    Line {
        /// The line.
        bytes: &'a [u8],
        /// True if it was longer than [`MAX_LINE`] and lost its end.
        cut: bool,
    },
    /// The prompt `> `. Only found while one is expected, so that no text can pretend to be one.
    Prompt,
    /// A code behind a DLE at the start of a line: modems in voice mode send events so.
    Shielded(u8),
}

/// How a modem ends its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineEnd {
    /// Not known yet.
    #[default]
    Unknown,
    /// CR alone.
    Cr,
    /// LF alone.
    Lf,
    /// CR LF, as the standards have it.
    CrLf,
    /// CR CR LF.
    CrCrLf,
}

/// Cuts a modem's bytes into [`Frame`]s. Never holds more than [`MAX_LINE`] bytes.
///
/// CR and LF in any combination end a line, and empty lines are no frames; so every framing that
/// modems use reads the same.
///
/// ```
/// use at_codec::framer::{Frame, Framer};
/// let mut framer = Framer::new();
/// let mut input: &[u8] = b"\r\nRING\r\n";
/// let frame = framer.next(&mut input);
/// assert_eq!(frame, Some(Frame::Line { bytes: b"RING", cut: false }));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Framer {
    line: Vec<u8>,
    cut: bool,
    /// The line was handed out and must go before the next byte is kept.
    spent: bool,
    dle: bool,
    prompt: bool,
    end: LineEnd,
    tail: Tail,
}

/// What has come since the end of a line, while its kind of line end is still being learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tail {
    #[default]
    Done,
    Cr,
    CrCr,
}

impl Framer {
    /// A framer at the start of a line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says whether the next `> ` at the start of a line is a prompt.
    pub fn expect_prompt(&mut self, expected: bool) {
        self.prompt = expected;
    }

    /// How this modem ends its lines, as far as seen.
    pub fn line_end(&self) -> LineEnd {
        self.end
    }

    /// True if no line has begun.
    pub fn is_at_line_start(&self) -> bool {
        (self.line.is_empty() || self.spent) && !self.dle
    }

    /// Drops what has come of an unfinished line.
    pub fn clear(&mut self) {
        self.line.clear();
        self.cut = false;
        self.spent = false;
        self.dle = false;
        self.tail = Tail::Done;
    }

    /// Finds the next frame and takes its bytes off `input`. `None` once `input` is used up.
    pub fn next<'a>(&'a mut self, input: &mut &[u8]) -> Option<Frame<'a>> {
        if self.spent {
            self.line.clear();
            self.cut = false;
            self.spent = false;
        }
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            self.learn(byte);
            if self.dle {
                self.dle = false;
                return Some(Frame::Shielded(byte));
            }
            match byte {
                b'\r' | b'\n' if self.line.is_empty() => {}
                b'\r' | b'\n' => {
                    self.spent = true;
                    // The echo of a command ends as we ended it, not as the modem ends lines.
                    if !self.line.get(..2).is_some_and(|at| at.eq_ignore_ascii_case(b"AT")) {
                        if byte == b'\n' {
                            self.end = LineEnd::Lf;
                        } else {
                            self.tail = Tail::Cr;
                        }
                    }
                    return Some(Frame::Line { bytes: &self.line, cut: self.cut });
                }
                0 => {}
                DLE if self.line.is_empty() => self.dle = true,
                b' ' if self.prompt && self.line == b">" => {
                    self.prompt = false;
                    self.spent = true;
                    return Some(Frame::Prompt);
                }
                _ if self.line.len() < MAX_LINE => self.line.push(byte),
                _ => self.cut = true,
            }
        }
        None
    }

    /// Watches what follows the CR that ended a line.
    fn learn(&mut self, byte: u8) {
        match (self.tail, byte) {
            (Tail::Done, _) => {}
            (Tail::Cr, b'\n') => self.learned(LineEnd::CrLf),
            (Tail::Cr, b'\r') => self.tail = Tail::CrCr,
            (Tail::CrCr, b'\n') => self.learned(LineEnd::CrCrLf),
            (Tail::Cr | Tail::CrCr, _) => self.learned(LineEnd::Cr),
        }
    }

    fn learned(&mut self, end: LineEnd) {
        self.end = end;
        self.tail = Tail::Done;
    }

    /// Ends the line mode behind a line whose CR or LF was just seen: what of its line end is still to
    /// come is skipped by the returned value, and the next byte is the first of a voice stream.
    pub fn leave(&mut self) -> LineEndRest {
        let rest = match (self.tail, self.end) {
            (Tail::Done, _) | (_, LineEnd::Cr | LineEnd::Lf) => LineEndRest(b""),
            (_, LineEnd::CrCrLf) => LineEndRest(b"\r\n"),
            (_, LineEnd::CrLf | LineEnd::Unknown) => LineEndRest(b"\n"),
        };
        self.clear();
        rest
    }
}

/// What is still to come of a line end. See [`Framer::leave`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineEndRest(&'static [u8]);

impl LineEndRest {
    /// Takes the rest of the line end off `input`, as far as it has come.
    pub fn skip(&mut self, input: &mut &[u8]) {
        while let (Some((want, rest)), Some((&byte, left))) = (self.0.split_first(), input.split_first()) {
            if *want != byte {
                self.0 = b"";
                return;
            }
            self.0 = rest;
            *input = left;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(chunks: &[&[u8]], prompt: bool) -> Vec<String> {
        let mut framer = Framer::new();
        framer.expect_prompt(prompt);
        let mut out = Vec::new();
        for chunk in chunks {
            let mut input = *chunk;
            while let Some(frame) = framer.next(&mut input) {
                out.push(match frame {
                    Frame::Line { bytes, cut } => {
                        format!("{}{}", bytes.escape_ascii(), if cut { " (cut)" } else { "" })
                    }
                    Frame::Prompt => "PROMPT".into(),
                    Frame::Shielded(code) => format!("DLE {}", code.escape_ascii()),
                });
            }
        }
        out
    }

    #[test]
    fn every_framing_reads_the_same() {
        for text in [
            &b"\r\nRING\r\n\r\nOK\r\n"[..],
            b"RING\nOK\n",
            b"RING\rOK\r",
            b"RING\r\r\nOK\r\r\n",
            b"\0\r\n\0RI\0NG\r\nOK\0\r\n",
        ] {
            assert_eq!(frames(&[text], false), ["RING", "OK"]);
            let bytes: Vec<&[u8]> = text.chunks(1).collect();
            assert_eq!(frames(&bytes, false), ["RING", "OK"]);
        }
    }

    #[test]
    fn a_prompt_is_one_only_when_expected() {
        assert_eq!(frames(&[b"\r\n> "], true), ["PROMPT"]);
        assert_eq!(frames(&[b"\r\n>", b" "], true), ["PROMPT"]);
        assert_eq!(frames(&[b"> hello\r\n"], false), ["> hello"]);
    }

    #[test]
    fn dle_at_the_start_of_a_line_is_an_event_and_inside_it_is_text() {
        assert_eq!(
            frames(&[b"\x10R\x10", b"hOK\r\nNAME=a\x10Rb\r\n"], false),
            ["DLE R", "DLE h", "OK", "NAME=a\\x10Rb"]
        );
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory() {
        let mut framer = Framer::new();
        for _ in 0..1000 {
            assert_eq!(framer.next(&mut &[b'x'; 1000][..]), None);
        }
        assert!(framer.line.capacity() <= 2 * MAX_LINE);
        let mut end: &[u8] = b"\r";
        assert_eq!(framer.next(&mut end), Some(Frame::Line { bytes: &[b'x'; MAX_LINE], cut: true }));
    }

    #[test]
    fn the_line_end_is_learned_from_answers_and_not_from_echoes() {
        for (text, end) in [
            (&b"ATZ\r\r\nOK\r\nx"[..], LineEnd::CrLf),
            (b"ATZ\rOK\rx", LineEnd::Cr),
            (b"OK\r\r\nx", LineEnd::CrCrLf),
            (b"OK\n", LineEnd::Lf),
        ] {
            let mut framer = Framer::new();
            let mut input = text;
            while framer.next(&mut input).is_some() {}
            assert_eq!(framer.line_end(), end, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn audio_behind_connect_keeps_its_first_byte() {
        // Learned as CR LF: exactly one LF belongs to the line, a second one is sound.
        let mut framer = Framer::new();
        let mut input: &[u8] = b"\r\nOK\r\n\r\nCONNECT\r\n\nsound";
        assert!(framer.next(&mut input).is_some());
        assert!(framer.next(&mut input).is_some());
        framer.leave().skip(&mut input);
        assert_eq!(input, b"\nsound");
        // Learned as CR alone: an LF is sound already.
        let mut framer = Framer::new();
        let mut input: &[u8] = b"OK\rCONNECT\r\nsound";
        assert!(framer.next(&mut input).is_some());
        assert!(framer.next(&mut input).is_some());
        framer.leave().skip(&mut input);
        assert_eq!(input, b"\nsound");
    }
}
