//! Countries: calling codes, prefixes, lengths, emergency and short numbers.

use std::sync::LazyLock;

/// How the numbers of one country are dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country {
    iso: &'static str,
    calling_code: &'static str,
    international_prefix: &'static str,
    trunk_prefix: &'static str,
    /// Bit n is set if national numbers of n digits exist.
    lengths: u32,
    main: bool,
    emergency: &'static str,
    short: &'static str,
}

struct Countries {
    all: Vec<Country>,
    /// By calling code; `u16::MAX` where there is none.
    by_code: Vec<u16>,
}

static COUNTRIES: LazyLock<Countries> = LazyLock::new(|| {
    let all: Vec<Country> = include_str!("../data/countries.tsv").lines().filter_map(read).collect();
    let mut by_code = vec![u16::MAX; 1000];
    for (index, country) in (0u16..).zip(&all) {
        if let Some(place) = country.calling_code.parse::<usize>().ok().and_then(|code| by_code.get_mut(code))
            && (*place == u16::MAX || country.main)
        {
            *place = index;
        }
    }
    Countries { all, by_code }
});

fn read(line: &'static str) -> Option<Country> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    Some(Country {
        iso: next()?,
        calling_code: next()?,
        international_prefix: next()?,
        trunk_prefix: next()?,
        lengths: next()?
            .split(' ')
            .filter_map(|length| length.parse::<u32>().ok())
            .filter(|&length| length < 32)
            .fold(0, |set, length| set | 1 << length),
        main: next()? == "1",
        emergency: next()?,
        short: next()?,
    })
}

impl Country {
    /// Finds a country by its two letters (`DE`, in any case) or calling code (`49`, `+49`, `0049`).
    ///
    /// ```
    /// use phone_number::Country;
    /// assert_eq!(Country::find("de").unwrap().calling_code(), "49");
    /// assert_eq!(Country::find("+39").unwrap().iso(), "IT");
    /// ```
    pub fn find(text: &str) -> Option<&'static Self> {
        let text = text.trim();
        let digits = text.strip_prefix('+').or_else(|| text.strip_prefix("00")).unwrap_or(text);
        if digits.bytes().all(|b| b.is_ascii_digit()) {
            return Self::of_number(digits.as_bytes()).filter(|c| c.calling_code == digits);
        }
        COUNTRIES.all.iter().find(|country| country.iso.eq_ignore_ascii_case(text))
    }

    /// The country whose calling code the digits of an international number begin with. Where several
    /// countries share one (such as 1), the largest of them.
    pub fn of_number(digits: &[u8]) -> Option<&'static Self> {
        let mut code = 0usize;
        // No calling code is the beginning of another, so the first that is found is the only one.
        for &digit in digits.iter().take(3) {
            if !digit.is_ascii_digit() {
                return None;
            }
            code = code * 10 + usize::from(digit - b'0');
            if code == 0 {
                return None;
            }
            if let Some(country) = COUNTRIES.all.get(usize::from(COUNTRIES.by_code[code])) {
                return Some(country);
            }
        }
        None
    }

    /// The two letters of ISO 3166, or `001` for calling codes that belong to no country.
    pub fn iso(&self) -> &'static str {
        self.iso
    }

    /// The calling code without `+`.
    pub fn calling_code(&self) -> &'static str {
        self.calling_code
    }

    /// What is dialled before a calling code, such as `00` or `011`.
    pub fn international_prefix(&self) -> &'static str {
        self.international_prefix
    }

    /// What is dialled before an area code within the country, such as `0`; empty where there is nothing.
    pub fn trunk_prefix(&self) -> &'static str {
        self.trunk_prefix
    }

    /// The fewest and most digits of its national numbers.
    pub fn lengths(&self) -> (usize, usize) {
        match self.lengths {
            0 => (1, 14),
            set => (set.trailing_zeros() as usize, 31 - set.leading_zeros() as usize),
        }
    }

    /// Whether national numbers of that many digits exist.
    pub fn has_length(&self, digits: usize) -> bool {
        self.lengths == 0 || digits < 32 && self.lengths & 1 << digits != 0
    }

    /// Whether the digits are an emergency number there. `112` is one everywhere.
    pub fn is_emergency(&self, digits: &str) -> bool {
        digits == "112" || self.emergency.split(' ').any(|number| number == digits)
    }

    /// Whether the digits are a short code there, such as a directory service.
    pub fn is_short(&self, digits: &str) -> bool {
        digits.len() <= 6
            && self.short.split(' ').any(|pattern| {
                pattern.len() == digits.len()
                    && pattern.bytes().zip(digits.bytes()).all(|(p, d)| p == b'.' || p == d)
            })
    }
}
