//! The telephones of a box, by the numbers that it gives them.

use std::fmt;

/// A telephone, fax, answering machine or program connected to the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Extension(pub u16);

impl Extension {
    /// Whether it is one of the box's own answering machines: nobody in the house took the call.
    pub fn is_answering_machine(self) -> bool {
        matches!(self.0, 6 | 40..=49)
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n @ 0..=2 => write!(f, "FON {}", n + 1),
            3 => f.write_str("call-through"),
            4 => f.write_str("ISDN S0"),
            5 => f.write_str("fax"),
            6 => f.write_str("answering machine"),
            n @ 10..=15 => write!(f, "DECT {}", n - 9),
            n @ 16..=19 => write!(f, "FRITZ!Mini {}", n - 15),
            n @ 20..=29 => write!(f, "IP phone {}", n - 19),
            n @ 32..=34 => write!(f, "data on FON {}", n - 31),
            36 => f.write_str("data on ISDN S0"),
            37 => f.write_str("data on fax"),
            n @ 40..=49 => write!(f, "answering machine {}", n - 39),
            n => write!(f, "extension {n}"),
        }
    }
}
