//! A text of any length as messages to be sent.

use super::address::Address;
use super::coding::{Coding, Encoding};
use super::header::{Header, Part};
use super::pdu::{Content, PduError, Submit};
use super::septet::Alphabet;
use super::stamp::Validity;

/// How a text is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composer {
    /// Number the parts of a long text with 16 bits instead of 8. Costs a character a part.
    pub wide_reference: bool,
    /// Tables of the 7-bit alphabet to try after the default one and before UTF-16. Old telephones know none.
    pub national: Vec<Alphabet>,
    /// Ask the network what became of it.
    pub want_report: bool,
    /// How long the network tries.
    pub validity: Option<Validity>,
}

impl Composer {
    /// Messages that every telephone can read.
    pub fn new() -> Self {
        Self { wide_reference: false, national: Vec::new(), want_report: false, validity: None }
    }

    /// Splits a text into messages. A character is never split, nor is what belongs together inside one: the
    /// escape and its character, the two halves of a surrogate pair. All parts carry `reference`.
    ///
    /// ```
    /// use at_codec::gsm::{Address, Composer};
    /// let to = Address::number("+44 7700 900123").unwrap();
    /// let parts = Composer::new().compose(&to, &"x".repeat(161), 7).unwrap();
    /// assert_eq!(parts.len(), 2);
    /// ```
    ///
    /// # Errors
    ///
    /// [`PduError::TooLong`] if it needs more than 255 parts.
    pub fn compose(&self, to: &Address, text: &str, reference: u16) -> Result<Vec<Submit>, PduError> {
        let (coding, alphabet, pieces) = self.split(text)?;
        let total = u8::try_from(pieces.len()).map_err(|_| PduError::TooLong)?;
        let mut number = 0;
        let parts = pieces.into_iter().map(|content| {
            number += 1;
            let wide = self.wide_reference;
            let reference = if wide { reference } else { reference & 0xff };
            let part = (total > 1).then_some(Part { reference, wide, total, number });
            Submit {
                centre: None,
                reject_duplicates: false,
                want_report: self.want_report,
                reply_path: false,
                reference: 0,
                to: to.clone(),
                protocol: 0,
                coding,
                validity: self.validity,
                header: Header { part, alphabet, ..Header::default() },
                content,
            }
        });
        Ok(parts.collect())
    }

    fn split(&self, text: &str) -> Result<(Coding, Alphabet, Vec<Content>), PduError> {
        let tables = std::iter::once(Alphabet::default()).chain(self.national.iter().copied());
        for alphabet in tables {
            let letters: Option<Vec<_>> = text.chars().map(|c| alphabet.septets(c)).collect();
            let Some(letters) = letters else { continue };
            let room = |headed| 160 - (self.header_octets(alphabet, headed) * 8).div_ceil(7);
            let letters: Vec<&[u8]> = letters.iter().map(|(septets, used)| &septets[..*used]).collect();
            let pieces = split(&letters, room(false), room(true))?;
            let pieces = pieces.into_iter().map(Content::Septets).collect();
            return Ok((Coding::of(Encoding::Septets), alphabet, pieces));
        }
        let mut buffer = [0; 2];
        let letters: Vec<Vec<u16>> = text.chars().map(|c| c.encode_utf16(&mut buffer).to_vec()).collect();
        let letters: Vec<&[u16]> = letters.iter().map(Vec::as_slice).collect();
        let plain = Alphabet::default();
        let room = (140 - self.header_octets(plain, true)) / 2;
        let pieces = split(&letters, 70, room)?.into_iter().map(Content::Ucs2).collect();
        Ok((Coding::of(Encoding::Ucs2), plain, pieces))
    }

    /// How many octets the header takes, its length octet included.
    fn header_octets(&self, alphabet: Alphabet, headed: bool) -> usize {
        let tables = usize::from(alphabet.single != 0) + usize::from(alphabet.locking != 0);
        let part = if headed { 5 + usize::from(self.wide_reference) } else { 0 };
        let elements = tables * 3 + part;
        if elements == 0 { 0 } else { elements + 1 }
    }
}

impl Default for Composer {
    fn default() -> Self {
        Self::new()
    }
}

/// One piece if it fits into `single`, else pieces of up to `each`, never splitting a letter.
fn split<T: Copy>(letters: &[&[T]], single: usize, each: usize) -> Result<Vec<Vec<T>>, PduError> {
    if letters.iter().map(|l| l.len()).sum::<usize>() <= single {
        return Ok(vec![letters.concat()]);
    }
    let mut pieces: Vec<Vec<T>> = Vec::new();
    for letter in letters {
        match pieces.last_mut() {
            Some(piece) if piece.len() + letter.len() <= each => piece.extend_from_slice(letter),
            _ => pieces.push(letter.to_vec()),
        }
        if pieces.len() > 255 {
            return Err(PduError::TooLong);
        }
    }
    Ok(pieces)
}
