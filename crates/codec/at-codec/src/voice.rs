//! Sound and events in one stream: every code behind a DLE is an event, all the rest is sound.

use memchr::memchr;

const DLE: u8 = 0x10;
const SUB: u8 = 0x1a;

/// Ends what we transmit.
pub const END_TRANSMIT: &[u8] = b"\x10\x03";
/// Drops what the modem has not played yet.
pub const PURGE_TRANSMIT: &[u8] = b"\x10\x18";
/// Ends what we receive.
pub const ABORT_RECEIVE: &[u8] = b"\x10!";
/// Ends both ways at once; some modems end receiving by it too.
pub const ABORT_DUPLEX: &[u8] = b"\x10^";

/// What a modem says inside, or beside, a voice stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VoiceEvent {
    /// The stream is over (ETX).
    End,
    /// A digit begins (`/`).
    DigitStart,
    /// A digit ends (`~`).
    DigitEnd,
    /// A digit is heard. Some modems repeat it while it lasts; see [`Digits`].
    Digit(char),
    /// It rings (`R`).
    Ring,
    /// A caller ID begins (`.`).
    CallerIdStart,
    /// A caller ID ends (`X`).
    CallerIdEnd,
    /// The telephone on the modem was picked up (`h`).
    HandsetUp,
    /// The telephone on the modem was put down (`H`).
    HandsetDown,
    /// Another telephone on the line was picked up (`p`) or put down (`P`): the voltage says so.
    Extension {
        /// True for picked up.
        up: bool,
    },
    /// Silence for so long that the caller has hung up, the modem thinks (`s`).
    PresumedHangUp,
    /// Quiet after speech (`q`).
    Quiet,
    /// Busy tone (`b`).
    Busy,
    /// Dial tone (`d`).
    DialTone,
    /// Ringback tone (`r`).
    Ringback,
    /// Special information tone (`J`).
    Sit,
    /// The loop current broke or turned round (`l`).
    LoopBreak,
    /// Answer tone of a modem (`a`).
    AnswerTone,
    /// Calling tone of a fax (`c`).
    FaxCalling,
    /// Calling tone of a modem (`e`).
    DataCalling,
    /// Answer tone of a modem (`f`).
    DataAnswer,
    /// Sound was lost because we read too slowly (`o`).
    Overrun,
    /// The modem had nothing to play (`u`).
    Underrun,
    /// Voice was detected (`V`) where modems say so.
    Voice,
    /// Any other code.
    Unknown(u8),
}

impl VoiceEvent {
    /// The event behind a DLE. DLE DLE and DLE SUB are sound and never come here.
    pub fn from_code(code: u8) -> Self {
        match code {
            0x03 => Self::End,
            b'/' => Self::DigitStart,
            b'~' => Self::DigitEnd,
            b'0'..=b'9' | b'A'..=b'D' | b'*' | b'#' => Self::Digit(char::from(code)),
            b'R' => Self::Ring,
            b'.' => Self::CallerIdStart,
            b'X' => Self::CallerIdEnd,
            b'h' => Self::HandsetUp,
            b'H' => Self::HandsetDown,
            b'p' => Self::Extension { up: true },
            b'P' => Self::Extension { up: false },
            b's' => Self::PresumedHangUp,
            b'q' => Self::Quiet,
            b'b' => Self::Busy,
            b'd' => Self::DialTone,
            b'r' => Self::Ringback,
            b'J' => Self::Sit,
            b'l' => Self::LoopBreak,
            b'a' => Self::AnswerTone,
            b'c' => Self::FaxCalling,
            b'e' => Self::DataCalling,
            b'f' => Self::DataAnswer,
            b'o' => Self::Overrun,
            b'u' => Self::Underrun,
            b'V' => Self::Voice,
            other => Self::Unknown(other),
        }
    }

    /// The code that a modem sends behind a DLE for this event.
    pub fn code(self) -> u8 {
        match self {
            Self::End => 0x03,
            Self::DigitStart => b'/',
            Self::DigitEnd => b'~',
            // Digits are made from one byte each.
            Self::Digit(digit) => u8::try_from(digit).unwrap_or(b'?'),
            Self::Ring => b'R',
            Self::CallerIdStart => b'.',
            Self::CallerIdEnd => b'X',
            Self::HandsetUp => b'h',
            Self::HandsetDown => b'H',
            Self::Extension { up: true } => b'p',
            Self::Extension { up: false } => b'P',
            Self::PresumedHangUp => b's',
            Self::Quiet => b'q',
            Self::Busy => b'b',
            Self::DialTone => b'd',
            Self::Ringback => b'r',
            Self::Sit => b'J',
            Self::LoopBreak => b'l',
            Self::AnswerTone => b'a',
            Self::FaxCalling => b'c',
            Self::DataCalling => b'e',
            Self::DataAnswer => b'f',
            Self::Overrun => b'o',
            Self::Underrun => b'u',
            Self::Voice => b'V',
            Self::Unknown(code) => code,
        }
    }
}

/// One piece of a voice stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoicePiece<'a> {
    /// Sound, as it stands in the input.
    Audio(&'a [u8]),
    /// An event.
    Event(VoiceEvent),
}

/// Takes a voice stream apart without copying it, however it was split.
///
/// ```
/// use at_codec::voice::{VoiceDecoder, VoiceEvent, VoicePiece};
/// let mut decoder = VoiceDecoder::new();
/// let mut input: &[u8] = b"ab\x10\x10c\x10b";
/// assert_eq!(decoder.next(&mut input), Some(VoicePiece::Audio(b"ab")));
/// assert_eq!(decoder.next(&mut input), Some(VoicePiece::Audio(b"\x10c")));
/// assert_eq!(decoder.next(&mut input), Some(VoicePiece::Event(VoiceEvent::Busy)));
/// assert_eq!(decoder.next(&mut input), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct VoiceDecoder {
    dle: bool,
}

impl VoiceDecoder {
    /// A decoder at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// True if the last byte was a DLE whose code has not come yet.
    pub fn is_waiting(&self) -> bool {
        self.dle
    }

    /// Finds the next piece and takes its bytes off `input`. `None` once `input` is used up.
    #[inline]
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Option<VoicePiece<'a>> {
        let bytes = *input;
        let (&first, rest) = bytes.split_first()?;
        let code = if self.dle {
            self.dle = false;
            Some((first, rest))
        } else if first == DLE {
            match rest.split_first() {
                Some((&code, rest)) => Some((code, rest)),
                None => {
                    self.dle = true;
                    *input = rest;
                    return None;
                }
            }
        } else {
            None
        };
        // A doubled DLE is sound: the run begins with the second of the two.
        let run = match code {
            None => bytes,
            Some((DLE, rest)) => &bytes[bytes.len() - rest.len() - 1..],
            Some((code, rest)) => {
                *input = rest;
                return Some(match code {
                    SUB => VoicePiece::Audio(&[DLE, DLE]),
                    code => VoicePiece::Event(VoiceEvent::from_code(code)),
                });
            }
        };
        let end = memchr(DLE, &run[1..]).map_or(run.len(), |at| at + 1);
        let (audio, rest) = run.split_at(end);
        *input = rest;
        Some(VoicePiece::Audio(audio))
    }
}

/// Shields sound for sending: gives slices of the input which, one after the other, are the input
/// with every DLE doubled. Nothing is copied.
///
/// ```
/// let sent: Vec<u8> = at_codec::voice::shield(b"a\x10b").flatten().copied().collect();
/// assert_eq!(sent, b"a\x10\x10b");
/// ```
pub fn shield(sound: &[u8]) -> Shield<'_> {
    Shield { left: sound, again: false }
}

/// The slices of [`shield`].
#[derive(Debug, Clone)]
pub struct Shield<'a> {
    left: &'a [u8],
    /// `left` begins with a DLE that was sent once already.
    again: bool,
}

impl<'a> Iterator for Shield<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.left.is_empty() {
            return None;
        }
        let from = usize::from(self.again);
        match memchr(DLE, &self.left[from..]) {
            Some(at) => {
                // Up to and with the DLE, which then begins the next slice too.
                let at = from + at;
                let slice = &self.left[..=at];
                self.left = &self.left[at..];
                self.again = true;
                Some(slice)
            }
            None => {
                let slice = self.left;
                self.left = &[];
                Some(slice)
            }
        }
    }
}

/// Puts shielded sound at the end of `out`.
pub fn shield_into(sound: &[u8], out: &mut Vec<u8>) {
    out.reserve(sound.len() + sound.len() / 64);
    for slice in shield(sound) {
        out.extend_from_slice(slice);
    }
}

/// Makes presses out of digit events: a digit that a modem repeats while it is held counts once.
#[derive(Debug, Clone, Default)]
pub struct Digits {
    held: bool,
    last: Option<char>,
}

impl Digits {
    /// Takes an event; gives the digit if this is a new press.
    pub fn press(&mut self, event: VoiceEvent) -> Option<char> {
        match event {
            VoiceEvent::DigitStart => {
                self.held = true;
                self.last = None;
                None
            }
            VoiceEvent::DigitEnd => {
                self.held = false;
                self.last = None;
                None
            }
            VoiceEvent::Digit(digit) if self.held => {
                let new = self.last != Some(digit);
                self.last = Some(digit);
                new.then_some(digit)
            }
            VoiceEvent::Digit(digit) => Some(digit),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(chunks: &[&[u8]]) -> (Vec<u8>, Vec<VoiceEvent>) {
        let mut decoder = VoiceDecoder::new();
        let (mut audio, mut events) = (Vec::new(), Vec::new());
        for chunk in chunks {
            let mut input = *chunk;
            while let Some(piece) = decoder.next(&mut input) {
                match piece {
                    VoicePiece::Audio(bytes) => audio.extend_from_slice(bytes),
                    VoicePiece::Event(event) => events.push(event),
                }
            }
        }
        (audio, events)
    }

    #[test]
    fn every_code_both_ways() {
        for code in 0..=255u8 {
            let (audio, events) = decode(&[b"a", &[DLE, code], b"b"]);
            match code {
                DLE => assert_eq!((audio.as_slice(), events.len()), (&b"a\x10b"[..], 0)),
                SUB => assert_eq!((audio.as_slice(), events.len()), (&b"a\x10\x10b"[..], 0)),
                _ => {
                    assert_eq!(audio, b"ab");
                    assert_eq!(events.len(), 1);
                    assert_eq!(events[0].code(), code);
                }
            }
        }
    }

    #[test]
    fn every_split_gives_the_same() {
        let stream = b"\x10\x10a\x10b\x10\x10\x10\x10\x10\x1a\x10\n\x10\xffz\x10/\x105\x10~\x10\x03";
        let whole = decode(&[stream]);
        assert_eq!(whole.0, b"\x10a\x10\x10\x10\x10z");
        for cut in 0..=stream.len() {
            assert_eq!(decode(&[&stream[..cut], &stream[cut..]]), whole, "split at {cut}");
        }
        assert_eq!(decode(&stream.chunks(1).collect::<Vec<_>>()), whole);
    }

    #[test]
    fn shielded_sound_comes_back_as_it_was() {
        for sound in [&b""[..], b"\x10", b"\x10\x10\x10", b"a\x10", b"\x10a", b"abc", b"\x10\x03\x10!"] {
            let mut sent = Vec::new();
            shield_into(sound, &mut sent);
            let (audio, events) = decode(&[&sent]);
            assert_eq!(audio, sound);
            assert!(events.is_empty(), "sound must never be taken for an event");
        }
    }

    #[test]
    fn a_held_digit_is_one_press() {
        // MultiTech: <DLE></><DLE><5><DLE><5>...<DLE><~>, then a bare 7 twice.
        let (_, events) = decode(&[b"\x10/\x105\x105\x105\x10~\x107\x107"]);
        let mut digits = Digits::default();
        let pressed: String = events.into_iter().filter_map(|e| digits.press(e)).collect();
        assert_eq!(pressed, "577");
    }
}
