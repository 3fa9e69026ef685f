//! What speaks against a number: no such area, too long, and the like.

use std::fmt;
use std::sync::LazyLock;

use crate::areas::Areas;

/// What a German national number is used for, as its first digits say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Use {
    /// A telephone in an area.
    Geographic,
    /// A mobile telephone.
    Mobile,
    /// Free of charge for the caller: 0800.
    Freephone,
    /// Shared cost: 0180.
    SharedCost,
    /// Premium rate: 0900, 0190.
    Premium,
    /// Televoting: 0137, 0138.
    Televoting,
    /// A personal number: 0700.
    Personal,
    /// A national number without area: 032.
    National,
    /// A pager.
    Pager,
    /// A user group: 018x, 019x, 012.
    Special,
    /// Directory enquiries and other services of the network: 0118.
    Enquiry,
    /// A number for testing lines: 031.
    Test,
    /// Nothing: no such area or block is in use.
    Unassigned,
}

impl Use {
    /// The word that `--json` uses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Geographic => "geographic",
            Self::Mobile => "mobile",
            Self::Freephone => "freephone",
            Self::SharedCost => "shared-cost",
            Self::Premium => "premium",
            Self::Televoting => "televoting",
            Self::Personal => "personal",
            Self::National => "national",
            Self::Pager => "pager",
            Self::Special => "special",
            Self::Enquiry => "enquiry",
            Self::Test => "test",
            Self::Unassigned => "unassigned",
        }
    }
}

/// One thing that speaks against a number being a real caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Doubt {
    /// No country has its calling code.
    NoSuchCountry,
    /// No area or mobile network in use has its first digits.
    NoSuchArea,
    /// The number in its area begins with zero, which no German subscriber's does.
    SubscriberZero,
    /// The national number of another country begins with zero where it can not.
    NationalZero,
    /// Fewer digits than any number there has.
    TooShort,
    /// More digits than any number there has.
    TooLong,
    /// A mobile block that is not assigned to any network.
    UnassignedMobile,
    /// Premium, televoting, enquiry or emergency, or short where the law keeps those off the display: nobody can call
    /// from it, so it is forged.
    CannotCall,
    /// The own area, then the own calling code and a mobile number: a mobile in disguise.
    DisguisedMobile,
    /// A second number in brackets: the first one is of the caller's own making.
    SecondNumber,
    /// No such number can exist: by the doubts about its country, area and length, and by the data of libphonenumber
    /// where they are built in. Only told by [`crate::Numbering::with_validity`].
    Invalid,
}

impl Doubt {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::NoSuchCountry,
        Self::NoSuchArea,
        Self::SubscriberZero,
        Self::NationalZero,
        Self::TooShort,
        Self::TooLong,
        Self::UnassignedMobile,
        Self::CannotCall,
        Self::DisguisedMobile,
        Self::SecondNumber,
        Self::Invalid,
    ];

    /// The word that rules and `--json` use.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoSuchCountry => "no-such-country",
            Self::NoSuchArea => "no-such-area",
            Self::SubscriberZero => "subscriber-zero",
            Self::NationalZero => "national-zero",
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::UnassignedMobile => "unassigned-mobile",
            Self::CannotCall => "cannot-call",
            Self::DisguisedMobile => "disguised-mobile",
            Self::SecondNumber => "second-number",
            Self::Invalid => "invalid",
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchCountry => "no country has its calling code",
            Self::NoSuchArea => "no such area code is in use",
            Self::SubscriberZero => "its number in the area begins with zero",
            Self::NationalZero => "its national number begins with zero",
            Self::TooShort => "it is too short",
            Self::TooLong => "it is too long",
            Self::UnassignedMobile => "its mobile block is not assigned",
            Self::CannotCall => "nobody can call from such a number",
            Self::DisguisedMobile => "it hides a mobile number behind the own area code",
            Self::SecondNumber => "a second number came in brackets",
            Self::Invalid => "no such number is valid",
        })
    }
}

/// A set of [`Doubt`]s.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Doubts(u16);

impl Doubts {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// Adds one.
    #[must_use]
    pub const fn with(self, doubt: Doubt) -> Self {
        Self(self.0 | 1 << doubt as u8)
    }

    #[must_use]
    pub(crate) fn with_if(self, doubt: Doubt, holds: bool) -> Self {
        if holds { self.with(doubt) } else { self }
    }

    /// Whether it is among them.
    pub const fn has(self, doubt: Doubt) -> bool {
        self.0 & 1 << doubt as u8 != 0
    }

    /// Whether any is in both.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// One after the other.
    pub fn iter(self) -> impl Iterator<Item = Doubt> {
        Doubt::ALL.into_iter().filter(move |&doubt| self.has(doubt))
    }
}

impl FromIterator<Doubt> for Doubts {
    fn from_iter<I: IntoIterator<Item = Doubt>>(doubts: I) -> Self {
        doubts.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Doubts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// Mobile blocks in use, three to five digits each, as their numeric value; sorted.
static MOBILE: LazyLock<Vec<(u32, &'static str)>> = LazyLock::new(|| {
    let lines = include_str!("../data/mobile-49.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut blocks: Vec<_> =
        lines.filter_map(|l| l.split_once('\t')).filter_map(|(b, n)| Some((b.parse().ok()?, n))).collect();
    blocks.sort_unstable();
    blocks
});

/// The mobile network that a German number's block was assigned to.
pub(crate) fn german_network(national: &str) -> Option<&'static str> {
    (3..=5).rev().find_map(|len| {
        let block: u32 = national.get(..len)?.parse().ok()?;
        MOBILE.binary_search_by_key(&block, |b| b.0).ok().map(|i| MOBILE[i].1)
    })
}

/// What a German national number (without its 0) is used for, and how many of its digits say so.
pub(crate) fn german_use(areas: &Areas, national: &str) -> (Use, usize) {
    let begins = |beginning: &str| national.starts_with(beginning);
    match national.as_bytes() {
        [b'1', b'5' | b'6' | b'7', ..] => {
            if begins("164") || begins("168") || begins("169") {
                (Use::Pager, 3)
            } else if german_network(national).is_some() {
                (Use::Mobile, if begins("15") { 4 } else { 3 })
            } else {
                (Use::Unassigned, 0)
            }
        }
        [b'1', b'3', b'7' | b'8', ..] => (Use::Televoting, 3),
        [b'1', b'1', b'8', ..] => (Use::Enquiry, 3),
        [b'1', b'8', b'0', ..] => (Use::SharedCost, 3),
        [b'1', b'8', _, ..] => (Use::Special, 3),
        [b'1', b'9', b'0', ..] => (Use::Premium, 3),
        [b'1', b'9', _, ..] | [b'1', b'2', _, ..] => (Use::Special, 3),
        [b'1', ..] => (Use::Unassigned, 0),
        [b'9', b'0', b'0', ..] => (Use::Premium, 3),
        [b'8', b'0', b'0', ..] => (Use::Freephone, 3),
        [b'7', b'0', b'0', ..] => (Use::Personal, 3),
        [b'3', b'2', ..] => (Use::National, 2),
        [b'3', b'1', ..] => (Use::Test, 2),
        _ => areas.find(national).map_or((Use::Unassigned, 0), |(code, _)| (Use::Geographic, code.len())),
    }
}

/// What speaks against a German national number (without its 0).
pub(crate) fn german_doubts(areas: &Areas, national: &str) -> Doubts {
    let (purpose, lead) = german_use(areas, national);
    let digits = national.len();
    // The longest that are dialled with an extension at their end; mobile numbers have none.
    let (shortest, longest) = match purpose {
        Use::Mobile if national.starts_with("15") => (11, 11),
        Use::Mobile => (10, 11),
        Use::Freephone => (10, 13),
        Use::Personal => (11, 11),
        Use::National => (9, 13),
        _ => (7, 13),
    };
    let mobile = matches!(national.as_bytes(), [b'1', b'5' | b'6' | b'7', ..]);
    let unassigned = purpose == Use::Unassigned;
    Doubts::NONE
        .with_if(Doubt::UnassignedMobile, unassigned && mobile)
        .with_if(Doubt::NoSuchArea, unassigned)
        .with_if(
            Doubt::SubscriberZero,
            purpose == Use::Geographic && national.as_bytes().get(lead) == Some(&b'0'),
        )
        .with_if(Doubt::CannotCall, matches!(purpose, Use::Premium | Use::Televoting | Use::Enquiry))
        .with_if(Doubt::TooShort, digits < shortest)
        .with_if(Doubt::TooLong, digits > longest)
}
