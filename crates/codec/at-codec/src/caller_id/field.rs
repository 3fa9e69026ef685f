//! One line of a formatted caller ID: label, `=`, value, in all the spellings that modems use.

/// What a line of a caller ID says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Label {
    /// The date, `MMDD`.
    Date,
    /// The time, `HHMM`.
    Time,
    /// Date and time in one (`DATE TIME=`).
    DateTime,
    /// The caller's number.
    Number,
    /// A number to dial back, which some networks send beside the number or instead of it.
    DialBack,
    /// The caller's name.
    Name,
    /// A parameter that the modem did not read, in hex.
    Message,
    /// The number that was called.
    Called,
    /// Marks the begin or end and says nothing itself (`CID RING`, `CALLING MSG`, `END MSG`).
    Mark,
    /// A label that means nothing to us.
    Other,
}

/// A line of a caller ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// What the line says.
    pub label: Label,
    /// What stands behind the `=`, without blanks at both ends.
    pub value: &'a [u8],
}

impl<'a> Field<'a> {
    /// Reads a line; `None` if it is no line of a caller ID.
    ///
    /// ```
    /// use at_codec::caller_id::{Field, Label};
    /// let field = Field::parse(b"NAME = A = B").unwrap();
    /// assert_eq!((field.label, field.value), (Label::Name, &b"A = B"[..]));
    /// ```
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let line = line.trim_ascii();
        if is_mark(line) {
            return Some(Self { label: Label::Mark, value: b"" });
        }
        let equals = memchr::memchr(b'=', line.get(..line.len().min(40))?)?;
        let (label, value) = (&line[..equals], &line[equals + 1..]);
        // Some modems let control characters stand before the label ("P.^XNAME").
        let from = label.iter().rposition(|b| *b < b' ').map_or(0, |at| at + 1);
        let label = label[from..].trim_ascii();
        Some(Self { label: label_of(label)?, value: value.trim_ascii() })
    }

    /// The value, or `None` where the modem printed that there is none.
    pub fn said(&self) -> Option<&'a [u8]> {
        (!self.value.is_empty() && !self.value.eq_ignore_ascii_case(b"<NONE>")).then_some(self.value)
    }
}

fn is_mark(line: &[u8]) -> bool {
    [&b"CID RING"[..], b"CALLING MSG", b"END MSG", b"CALLER ID", b"CID MSG"]
        .iter()
        .any(|mark| line.eq_ignore_ascii_case(mark))
}

fn label_of(label: &[u8]) -> Option<Label> {
    const LABELS: [(&[u8], Label); 16] = [
        (b"DATE", Label::Date),
        (b"TIME", Label::Time),
        (b"DATE TIME", Label::DateTime),
        (b"NMBR", Label::Number),
        (b"NBR", Label::Number),
        (b"NMRB", Label::Number),
        (b"NUMBER", Label::Number),
        (b"CALLER NUMBER", Label::Number),
        (b"DDN", Label::DialBack),
        (b"DDN_NMBR", Label::DialBack),
        (b"NAME", Label::Name),
        (b"CALLER NAME", Label::Name),
        (b"MESG", Label::Message),
        (b"NDID", Label::Called),
        (b"REASON NO NAME", Label::Other),
        (b"REASON NO NUMBER", Label::Other),
    ];
    if let Some((_, found)) = LABELS.iter().find(|(name, _)| label.eq_ignore_ascii_case(name)) {
        return Some(*found);
    }
    // The cadence of a ring has the form of a field and is none.
    if [&b"DRON"[..], b"DROF"].iter().any(|name| label.eq_ignore_ascii_case(name)) {
        return None;
    }
    // Any other word in capitals before a `=` is a field that some modem prints (ANID, QUAL, REDIRECT ...).
    let plain = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b' ' | b'_');
    (label.len() >= 2 && label.len() <= 20 && label[0].is_ascii_uppercase() && label.iter().all(plain))
        .then_some(Label::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_in_every_spelling() {
        for (line, label, value) in [
            ("DATE=1203", Label::Date, "1203"),
            ("DATE = 1203", Label::Date, "1203"),
            ("date =", Label::Date, ""),
            ("TIME = 12541", Label::Time, "12541"),
            ("DATE TIME=11/24 22:10", Label::DateTime, "11/24 22:10"),
            ("NMBR = P", Label::Number, "P"),
            ("NBR=0312312345", Label::Number, "0312312345"),
            ("NMRB = 6945076867", Label::Number, "6945076867"),
            ("DDN=5550100", Label::DialBack, "5550100"),
            ("DDN_NMBR = 9415557218", Label::DialBack, "9415557218"),
            ("NAME = A = B", Label::Name, "A = B"),
            ("P.\x18NAME=X", Label::Name, "X"),
            ("NAME=NMBR=5", Label::Name, "NMBR=5"),
            ("MESG = 110101", Label::Message, "110101"),
            ("CID RING", Label::Mark, ""),
            ("END MSG", Label::Mark, ""),
            ("ANID=<NONE>", Label::Other, "<NONE>"),
            ("NDID=5551000", Label::Called, "5551000"),
        ] {
            let field = Field::parse(line.as_bytes()).unwrap();
            assert_eq!((field.label, field.value), (label, value.as_bytes()), "{line}");
        }
        for line in ["RING", "DRON=5", "OK", "", "=", "X=1", "S00:0 S01:0", "a thing = b", "\u{fc}BER=1"] {
            assert_eq!(Field::parse(line.as_bytes()), None, "{line}");
        }
        assert_eq!(Field::parse(b"NMBR=<NONE>").unwrap().said(), None);
    }
}
