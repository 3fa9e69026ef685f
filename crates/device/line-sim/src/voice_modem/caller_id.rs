//! What a modem prints of a caller, in every form that has been seen.

use std::time::Duration;

/// How a modem prints a caller ID.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Form {
    /// As the modem's profile says.
    #[default]
    Usual,
    /// `NMBR = 5550100`: Conexant, Rockwell and most others.
    Spaced,
    /// `NMBR=5550100`: U.S. Robotics.
    Tight,
    /// Each line with a CRLF on both sides, NAME before NMBR, `<NONE>` for what is missing: iaxmodem.
    Framed,
    /// `CID RING`, `CALLING MSG`, `DATE TIME=11/24 22:10`, `NBR=…`, `END MSG`: Kortex.
    Kortex,
    /// The bytes of the multiple data message as hexadecimal digits, as after `AT+VCID=2`.
    Mdmf,
    /// The bytes of the single data message as hexadecimal digits: date and number, no name.
    Sdmf,
    /// These bytes and no others.
    Raw(Vec<u8>),
    /// Nothing: the line or the modem shows no callers.
    Nothing,
}

/// A field of a caller ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// Month and day.
    Date,
    /// Hour and minute.
    Time,
    /// The number.
    Number,
    /// The name.
    Name,
    /// A message: call type, message waiting.
    Message,
}

/// When the caller ID comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// Before the first ring, as in the United Kingdom.
    BeforeFirstRing,
    /// After that ring, counted from 1; the first in most countries.
    AfterRing(u32),
    /// In the same burst as that ring.
    WithRing(u32),
}

/// How what is sent is cut into pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Split {
    /// In one piece.
    #[default]
    Whole,
    /// In pieces of so many bytes, with a pause between them.
    Every {
        /// Bytes in a piece.
        bytes: usize,
        /// The pause.
        pause: Duration,
    },
    /// Cut at these places, with a pause at each.
    At {
        /// Counted from the start.
        places: Vec<usize>,
        /// The pause.
        pause: Duration,
    },
}

impl Split {
    /// The pieces, each with the time that passes before it.
    pub(crate) fn pieces(&self, bytes: &[u8]) -> Vec<(Duration, Vec<u8>)> {
        let (places, pause): (Vec<usize>, Duration) = match self {
            Self::Whole => return vec![(Duration::ZERO, bytes.to_vec())],
            Self::Every { bytes: n, pause } => {
                ((1..).map(|i| i * (*n).max(1)).take_while(|&p| p < bytes.len()).collect(), *pause)
            }
            Self::At { places, pause } => (places.clone(), *pause),
        };
        let mut pieces = Vec::new();
        let mut from = 0;
        for place in places.into_iter().filter(|&p| p < bytes.len()).chain([bytes.len()]) {
            if place > from {
                let before = if from == 0 { Duration::ZERO } else { pause };
                pieces.push((before, bytes[from..place].to_vec()));
                from = place;
            }
        }
        pieces
    }
}

/// Who calls and how the modem shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerId {
    /// The number, or `P`, `O` and the like; `None` leaves the field out.
    pub number: Option<String>,
    /// The name as bytes, since strangers choose them; `None` leaves the field out.
    pub name: Option<Vec<u8>>,
    /// `MMDD`; `None` leaves the field out.
    pub date: Option<String>,
    /// `HHMM`; `None` leaves the field out.
    pub time: Option<String>,
    /// The contents of a MESG field.
    pub message: Option<String>,
    /// How it is printed.
    pub form: Form,
    /// What the number's field is called: `NMBR`, `NBR`, `NMRB`, `DDN`, `DDN_NMBR`.
    pub number_label: String,
    /// Which field comes after which.
    pub order: Vec<Field>,
    /// Whether an unformatted message ends with a wrong checksum.
    pub damaged: bool,
}

impl Default for CallerId {
    fn default() -> Self {
        Self {
            number: None,
            name: None,
            date: Some("1120".into()),
            time: Some("2131".into()),
            message: None,
            form: Form::Usual,
            number_label: "NMBR".into(),
            order: vec![Field::Date, Field::Time, Field::Number, Field::Name, Field::Message],
            damaged: false,
        }
    }
}

impl CallerId {
    /// The bytes that a modem sends for it, whose own form is `usual`, while it shows callers in the
    /// given mode (1 formatted, 2 unformatted).
    pub(crate) fn bytes(&self, usual: &Form, mode: u8) -> Vec<u8> {
        let form = match &self.form {
            Form::Usual if mode == 2 => &Form::Mdmf,
            Form::Usual => usual,
            other => other,
        };
        match form {
            Form::Nothing => Vec::new(),
            Form::Raw(bytes) => bytes.clone(),
            Form::Usual | Form::Spaced => self.lines(b" = "),
            Form::Tight => self.lines(b"="),
            Form::Framed => self.framed(),
            Form::Kortex => self.kortex(),
            Form::Mdmf => hex_line(&self.mdmf()),
            Form::Sdmf => hex_line(&self.sdmf()),
        }
    }

    fn field(&self, field: Field) -> Option<(&str, &[u8])> {
        Some(match field {
            Field::Date => ("DATE", self.date.as_ref()?.as_bytes()),
            Field::Time => ("TIME", self.time.as_ref()?.as_bytes()),
            Field::Number => (&self.number_label, self.number.as_ref()?.as_bytes()),
            Field::Name => ("NAME", self.name.as_ref()?),
            Field::Message => ("MESG", self.message.as_ref()?.as_bytes()),
        })
    }

    fn lines(&self, equals: &[u8]) -> Vec<u8> {
        let mut out = b"\r\n".to_vec();
        for (label, value) in self.order.iter().filter_map(|&f| self.field(f)) {
            for part in [label.as_bytes(), equals, value, b"\r\n"] {
                out.extend_from_slice(part);
            }
        }
        out
    }

    fn framed(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut line = |label: &str, value: Option<&[u8]>| {
            for part in [b"\r\n", label.as_bytes(), b"=", value.unwrap_or(b"<NONE>"), b"\r\n"] {
                out.extend_from_slice(part);
            }
        };
        line("DATE", self.date.as_deref().map(str::as_bytes));
        line("TIME", self.time.as_deref().map(str::as_bytes));
        line("NAME", self.name.as_deref());
        line("NMBR", self.number.as_deref().map(str::as_bytes));
        for label in ["ANID", "USER", "PASS", "CDID"] {
            line(label, None);
        }
        line("NDID", Some(b"5551000"));
        out
    }

    fn kortex(&self) -> Vec<u8> {
        let mut out = b"\r\nCID RING\r\n\r\nCALLING MSG\r\n".to_vec();
        if let (Some(date), Some(time)) = (&self.date, &self.time) {
            let (month, day) = date.split_at_checked(2).unwrap_or((date, ""));
            let (hour, minute) = time.split_at_checked(2).unwrap_or((time, ""));
            out.extend_from_slice(format!("DATE TIME={month}/{day} {hour}:{minute}\r\n").as_bytes());
        }
        if let Some(number) = &self.number {
            out.extend_from_slice(format!("NBR={number}\r\n").as_bytes());
        }
        if let Some(name) = &self.name {
            out.extend_from_slice(b"NAME=");
            out.extend_from_slice(name);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"END MSG\r\n");
        out
    }

    /// The multiple data message with its checksum.
    fn mdmf(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let mut parameter = |tag: u8, value: &[u8]| {
            let value = &value[..value.len().min(255)];
            body.push(tag);
            body.push(u8::try_from(value.len()).unwrap_or(u8::MAX));
            body.extend_from_slice(value);
        };
        if let (Some(date), Some(time)) = (&self.date, &self.time) {
            parameter(0x01, format!("{date}{time}").as_bytes());
        }
        match self.number.as_deref() {
            Some(reason @ ("P" | "O")) => parameter(0x04, reason.as_bytes()),
            Some(number) => parameter(0x02, number.as_bytes()),
            None => {}
        }
        match self.name.as_deref() {
            Some(reason @ (b"P" | b"O")) => parameter(0x08, reason),
            Some(name) => parameter(0x07, name),
            None => {}
        }
        self.sealed(0x80, body)
    }

    /// The single data message with its checksum.
    fn sdmf(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for part in [&self.date, &self.time, &self.number].into_iter().flatten() {
            body.extend_from_slice(part.as_bytes());
        }
        self.sealed(0x04, body)
    }

    fn sealed(&self, tag: u8, mut body: Vec<u8>) -> Vec<u8> {
        body.truncate(255);
        let mut message = vec![tag, u8::try_from(body.len()).unwrap_or(u8::MAX)];
        message.append(&mut body);
        let sum = message.iter().fold(0u8, |sum, b| sum.wrapping_add(*b)).wrapping_neg();
        message.push(if self.damaged { sum.wrapping_add(1) } else { sum });
        message
    }
}

fn hex_line(message: &[u8]) -> Vec<u8> {
    let digits: String = message.iter().map(|b| format!("{b:02X}")).collect();
    format!("\r\n{digits}\r\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller() -> CallerId {
        CallerId { number: Some("5551234".into()), name: Some(b"JOHN DOE".to_vec()), ..CallerId::default() }
    }

    #[test]
    fn each_form_as_seen() {
        let form = |form| String::from_utf8(CallerId { form, ..caller() }.bytes(&Form::Spaced, 1)).unwrap();
        assert_eq!(
            form(Form::Usual),
            "\r\nDATE = 1120\r\nTIME = 2131\r\nNMBR = 5551234\r\nNAME = JOHN DOE\r\n"
        );
        assert_eq!(form(Form::Tight), "\r\nDATE=1120\r\nTIME=2131\r\nNMBR=5551234\r\nNAME=JOHN DOE\r\n");
        assert_eq!(
            form(Form::Framed),
            "\r\nDATE=1120\r\n\r\nTIME=2131\r\n\r\nNAME=JOHN DOE\r\n\r\nNMBR=5551234\r\n\r\nANID=<NONE>\r\n\
             \r\nUSER=<NONE>\r\n\r\nPASS=<NONE>\r\n\r\nCDID=<NONE>\r\n\r\nNDID=5551000\r\n"
        );
        assert_eq!(
            form(Form::Kortex),
            "\r\nCID RING\r\n\r\nCALLING MSG\r\nDATE TIME=11/20 21:31\r\nNBR=5551234\r\nNAME=JOHN DOE\r\n\
             END MSG\r\n"
        );
        assert_eq!(form(Form::Nothing), "");
    }

    #[test]
    fn unformatted_messages_sum_to_zero() {
        for form in [Form::Mdmf, Form::Sdmf] {
            for damaged in [false, true] {
                let text = CallerId { form: form.clone(), damaged, ..caller() }.bytes(&Form::Spaced, 2);
                let digits = std::str::from_utf8(&text).unwrap().trim();
                let sum = (0..digits.len() / 2)
                    .map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap())
                    .fold(0u8, u8::wrapping_add);
                assert_eq!(sum == 0, !damaged);
            }
        }
        assert_eq!(
            CallerId { form: Form::Sdmf, ..caller() }.bytes(&Form::Spaced, 2),
            b"\r\n040F313132303231333135353531323334F9\r\n"
        );
    }

    #[test]
    fn pieces_are_the_whole() {
        let text = caller().bytes(&Form::Spaced, 1);
        let pause = Duration::from_millis(15);
        for split in [
            Split::Whole,
            Split::Every { bytes: 1, pause },
            Split::Every { bytes: 7, pause },
            Split::Every { bytes: 0, pause },
            Split::At { places: vec![0, 3, 3, 40, 400], pause },
        ] {
            let joined: Vec<u8> = split.pieces(&text).into_iter().flat_map(|p| p.1).collect();
            assert_eq!(joined, text, "{split:?}");
        }
    }
}
