//! Where the line is in the world, and what numbers mean there.

use std::sync::Arc;

use crate::areas::Areas;
use crate::number::{NumberKind, PhoneNumber};
use crate::plan::{self, Doubt, Doubts, Use};
use crate::{Country, Error, NumberKey, ShownNumber};

/// The country and area of a line, which say what the numbers mean that it shows.
///
/// ```
/// use phone_number::{NumberKind, Numbering, ShownNumber};
///
/// let berlin = Numbering::new("DE", Some("030")).unwrap();
/// let shown = ShownNumber::new("23125 555").unwrap();
/// assert_eq!(berlin.resolve(&shown).as_str(), "+493023125555");
/// let emergency = ShownNumber::new("110").unwrap();
/// assert_eq!(berlin.resolve(&emergency).kind(), NumberKind::Emergency);
/// ```
#[derive(Debug, Clone)]
pub struct Numbering {
    country: Option<&'static Country>,
    /// Without trunk prefix; empty where it is not known.
    area: Box<str>,
    /// Areas newer than those that come with the program, which are read when the first is asked for.
    own_areas: Option<Arc<Areas>>,
    /// `+` and the own calling code as the beginning of keys, where 0 is the trunk prefix.
    home: Option<(u64, usize)>,
}

impl Default for Numbering {
    fn default() -> Self {
        Self::unknown()
    }
}

impl Numbering {
    /// Nothing is known: numbers with `+` or `00` are international, all others stay as shown.
    pub fn unknown() -> Self {
        Self { country: None, area: Box::default(), own_areas: None, home: None }
    }

    /// A line in that country (`DE`, `+49`), in that area (`030` or `30`) where the country has areas.
    ///
    /// # Errors
    ///
    /// If no country has that code, or the area is not digits.
    pub fn new(country: &str, area: Option<&str>) -> Result<Self, Error> {
        let country = Country::find(country).ok_or_else(|| Error::NoSuchCountry(country.into()))?;
        let area = match area.map(str::trim).filter(|area| !area.is_empty()) {
            None => "",
            Some(text) => {
                let trunk = country.trunk_prefix();
                let area = text.strip_prefix(trunk).filter(|_| trunk.starts_with('0')).unwrap_or(text);
                if area.is_empty() || area.len() > 6 || !area.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(Error::NotAnAreaCode(text.into()));
                }
                area
            }
        };
        let plain = country.trunk_prefix() == "0" && country.international_prefix() == "00";
        let home =
            plain.then(|| NumberKey::open(format!("+{}", country.calling_code()).as_bytes())).flatten();
        if country.calling_code() == "49" {
            // Each caller will need them: better read now than when the first one rings.
            let _ = Areas::german();
        }
        Ok(Self { country: Some(country), area: area.into(), own_areas: None, home })
    }

    /// The same with a newer table of German areas.
    #[must_use]
    pub fn with_german_areas(mut self, areas: Areas) -> Self {
        self.own_areas = Some(Arc::new(areas));
        self
    }

    fn german_areas(&self) -> &Areas {
        self.own_areas.as_deref().unwrap_or_else(|| Areas::bundled_german())
    }

    /// The own country.
    pub fn country(&self) -> Option<&'static Country> {
        self.country
    }

    /// The own area code without trunk prefix; empty where it is not known.
    pub fn area(&self) -> &str {
        &self.area
    }

    /// Places a shown number.
    pub fn resolve(&self, shown: &ShownNumber) -> PhoneNumber {
        self.resolve_text(shown.as_str())
    }

    /// Reads and places a number as people write it: spaces, dashes, `(0)`, brackets.
    pub fn read(&self, text: &str) -> Option<PhoneNumber> {
        Some(self.resolve(&ShownNumber::new(text)?))
    }

    /// The key of the number at the beginning of a text, and how many digits it has; only for plain digits with the
    /// trunk prefix 0, which are most of all lists. The text goes on with anything but a digit.
    #[inline]
    pub fn leading_key(&self, text: &[u8]) -> Option<(NumberKey, usize)> {
        let [b'0', national @ ..] = text else { return None };
        if !matches!(national, [b'1'..=b'9', ..]) {
            return None;
        }
        let (key, digits) = NumberKey::with_digits(self.home?, national)?;
        // Shorter ones may be codes of the network.
        (digits >= 6).then_some((key, digits + 1))
    }

    /// The key of a number as lists hold it, without making the number; `None` if it holds anything but the
    /// characters of a number, or has more digits than any.
    ///
    /// This is the way of lists with millions of numbers.
    #[inline]
    pub fn key(&self, text: &[u8]) -> Option<NumberKey> {
        if let Some((key, length)) = self.leading_key(text)
            && length == text.len()
        {
            return Some(key);
        }
        if text.len() > ShownNumber::MAX_LEN {
            return None;
        }
        let mut kept = [0u8; ShownNumber::MAX_LEN];
        let mut len = 0;
        for &byte in text {
            match byte {
                b'0'..=b'9' | b'+' => {
                    kept[len] = byte;
                    len += 1;
                }
                b' ' | b'-' | b'/' | b'\t' | b'\r' => {}
                _ => return None,
            }
        }
        (len > 0).then(|| self.resolve_plain(&kept[..len]).key()).flatten()
    }

    /// Places a number of digits and `+ * # ( )` only.
    fn resolve_text(&self, text: &str) -> PhoneNumber {
        let (first, second) = crate::caller::split_second(text);
        if !first.contains(['(', ')']) {
            return self.resolve_plain(first.as_bytes()).with_second(second.is_some());
        }
        // "(0)" after a calling code is written for people at home; other brackets only group digits.
        let mut kept = [0u8; ShownNumber::MAX_LEN];
        let mut len = 0;
        let bytes = first.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if at > 1 && bytes[at..].starts_with(b"(0)") && (bytes[0] == b'+' || bytes.starts_with(b"00")) {
                at += 3;
                continue;
            }
            if !matches!(byte, b'(' | b')') && len < kept.len() {
                kept[len] = byte;
                len += 1;
            }
            at += 1;
        }
        self.resolve_plain(&kept[..len]).with_second(second.is_some())
    }

    fn resolve_plain(&self, bytes: &[u8]) -> PhoneNumber {
        // Boxes in a mesh put a `#` behind what was dialled.
        let digits = match bytes {
            [rest @ .., b'#'] if !rest.is_empty() && rest.iter().all(u8::is_ascii_digit) => rest,
            _ => bytes,
        };
        if let [b'+', digits @ ..] = digits {
            return self.international(digits, bytes);
        }
        if !digits.iter().all(u8::is_ascii_digit) || digits.is_empty() {
            let kind = match digits {
                [b'*', b'*', extension @ ..] if extension.iter().all(u8::is_ascii_digit) => {
                    NumberKind::Internal
                }
                _ => NumberKind::Odd,
            };
            return PhoneNumber::new(kind, None, &[bytes]);
        }
        let own_prefix = self.country.map_or("00", Country::international_prefix);
        if !matches!(own_prefix, "" | "00")
            && let Some(rest) = digits.strip_prefix(own_prefix.as_bytes())
            && rest.len() > 4
            && rest.first().is_some_and(|&d| d != b'0')
        {
            return self.international(rest, bytes);
        }
        if let [b'0', b'0', rest @ ..] = digits
            && rest.first().is_some_and(|&d| d != b'0')
        {
            return self.international(rest, bytes);
        }
        match self.country {
            Some(country) => self.at_home(country, digits),
            None => PhoneNumber::new(NumberKind::Local, None, &[digits]),
        }
    }

    fn international(&self, digits: &[u8], shown: &[u8]) -> PhoneNumber {
        let plain = digits.first().is_some_and(|&d| d != b'0') && digits.iter().all(u8::is_ascii_digit);
        if !plain {
            return PhoneNumber::new(NumberKind::Odd, None, &[shown]);
        }
        let country = Country::of_number(digits);
        let at_home = country.zip(self.country).is_some_and(|(a, b)| a.calling_code() == b.calling_code());
        match (at_home, self.country) {
            (true, Some(country)) => self.domestic(country, &digits[country.calling_code().len()..]),
            _ => PhoneNumber::new(NumberKind::Foreign, country, &[b"+", digits]),
        }
    }

    fn domestic(&self, country: &'static Country, national: &[u8]) -> PhoneNumber {
        let test = country.calling_code() == "49" && national.starts_with(b"31");
        let kind = if test { NumberKind::Test } else { NumberKind::Domestic };
        PhoneNumber::new(kind, Some(country), &[b"+", country.calling_code().as_bytes(), national])
    }

    /// A number without sign or international prefix `00`.
    fn at_home(&self, country: &'static Country, digits: &[u8]) -> PhoneNumber {
        if digits.len() <= 6 {
            let text = std::str::from_utf8(digits).unwrap_or_default();
            if country.is_emergency(text) {
                return PhoneNumber::new(NumberKind::Emergency, None, &[digits]);
            }
            if country.is_short(text) {
                return PhoneNumber::new(NumberKind::Short, None, &[digits]);
            }
        }
        let trunk = country.trunk_prefix().as_bytes();
        if trunk == b"0" {
            if let [b'0', national @ ..] = digits
                && national.first().is_some_and(|&d| d != b'0')
            {
                return self.domestic(country, national);
            }
        } else {
            if !trunk.is_empty()
                && let Some(national) = digits.strip_prefix(trunk)
                && country.has_length(national.len())
            {
                return self.domestic(country, national);
            }
            if country.has_length(digits.len()) {
                return self.domestic(country, digits);
            }
        }
        if digits.starts_with(b"0") {
            // An area or trunk prefix of its own making: stays what was shown.
            return PhoneNumber::new(NumberKind::Odd, None, &[digits]);
        }
        // Mobiles and service numbers of some countries are dialled without the trunk prefix; no number within an area
        // is so long.
        let longest = country.lengths().1;
        let long = longest <= 12
            && (digits.len() == longest || digits.len() >= 10 && country.has_length(digits.len()));
        if trunk == b"0" && long {
            return self.domestic(country, digits);
        }
        if self.area.is_empty() {
            let kind = if digits.len() < 3 { NumberKind::Odd } else { NumberKind::Local };
            return PhoneNumber::new(kind, None, &[digits]);
        }
        if digits.len() < 3 || !country.has_length(self.area.len() + digits.len()) {
            return PhoneNumber::new(NumberKind::Odd, None, &[digits]);
        }
        let code = country.calling_code().as_bytes();
        PhoneNumber::new(NumberKind::Domestic, Some(country), &[b"+", code, self.area.as_bytes(), digits])
            .completed()
    }

    /// What a German number is used for; `None` for numbers of other countries, whose plans are not known here.
    pub fn purpose(&self, number: &PhoneNumber) -> Option<Use> {
        let german = number.country().is_some_and(|c| c.calling_code() == "49");
        german.then(|| plan::german_use(self.german_areas(), number.national()).0)
    }

    /// The name of the area, network or country that the number belongs to.
    pub fn area_name(&self, number: &PhoneNumber) -> Option<&str> {
        let country = number.country()?;
        if country.calling_code() == "49" {
            let national = number.national();
            let area = self.german_areas().find(national).map(|(_, name)| name);
            return area.or_else(|| plan::german_network(national));
        }
        Areas::world().find(number.as_str().get(1..)?).map(|(_, name)| name)
    }

    /// Whether a short number may stand on a telephone that rings: in Germany the law allows the services of social
    /// value and the public authorities (the doctor on call at 116117 calls back), but no others; elsewhere nothing is
    /// known of it.
    fn short_may_call(&self, digits: &str) -> bool {
        let german = self.country.is_some_and(|country| country.calling_code() == "49");
        !german || digits == "115" || (digits.len() == 6 && digits.starts_with("116"))
    }

    /// All that speaks against the number being a real caller's, as far as tables without libphonenumber know.
    pub fn doubts(&self, number: &PhoneNumber) -> Doubts {
        let second = Doubts::NONE.with_if(Doubt::SecondNumber, number.has_second());
        let digits = number.as_str().strip_prefix('+').map_or(0, str::len);
        let doubts = match number.kind() {
            NumberKind::Emergency | NumberKind::Test => Doubts::NONE.with(Doubt::CannotCall),
            NumberKind::Short => {
                Doubts::NONE.with_if(Doubt::CannotCall, !self.short_may_call(number.as_str()))
            }
            NumberKind::Internal | NumberKind::Local => Doubts::NONE,
            NumberKind::Odd => {
                let digits = number.as_str().bytes().filter(u8::is_ascii_digit).count();
                Doubts::NONE
                    .with_if(Doubt::TooShort, digits < 3)
                    .with_if(Doubt::TooLong, digits > 15)
                    .with_if(
                        Doubt::NoSuchCountry,
                        number.as_str().starts_with("+0") || number.as_str().starts_with("000"),
                    )
            }
            NumberKind::Domestic | NumberKind::Foreign => match number.country() {
                None => second
                    .with(Doubt::NoSuchCountry)
                    .with_if(Doubt::TooShort, digits < 5)
                    .with_if(Doubt::TooLong, digits > 15),
                Some(country) if country.calling_code() == "49" => {
                    let doubts = plan::german_doubts(self.german_areas(), number.national());
                    doubts.with_if(Doubt::DisguisedMobile, self.disguised(number).is_some())
                }
                Some(country) => {
                    let national = number.national();
                    let longest = country.lengths().1;
                    Doubts::NONE
                        .with_if(
                            Doubt::NationalZero,
                            country.trunk_prefix() == "0" && national.starts_with('0'),
                        )
                        .with_if(
                            Doubt::TooShort,
                            national.len() < longest && !country.has_length(national.len()) || digits < 5,
                        )
                        .with_if(Doubt::TooLong, national.len() > longest || digits > 15)
                }
            },
        };
        doubts.with_if(Doubt::SecondNumber, number.has_second())
    }

    /// What the data of libphonenumber say of a number, if this was built with them.
    #[cfg(feature = "libphonenumber")]
    pub fn validity(&self, number: &PhoneNumber) -> Option<crate::Validity> {
        crate::validity::ask(number)
    }

    /// Adds [`Doubt::Invalid`] to the doubts about a number that cannot exist: by these doubts themselves, and by the
    /// data of libphonenumber where this was built with them (the first question reads them, some twenty milliseconds).
    pub fn with_validity(&self, number: &PhoneNumber, doubts: Doubts) -> Doubts {
        let impossible = [
            Doubt::NoSuchCountry,
            Doubt::NoSuchArea,
            Doubt::UnassignedMobile,
            Doubt::NationalZero,
            Doubt::TooShort,
            Doubt::TooLong,
        ];
        #[cfg(feature = "libphonenumber")]
        let known_invalid = self.validity(number).is_some_and(|validity| !validity.valid);
        #[cfg(not(feature = "libphonenumber"))]
        let known_invalid = {
            let _ = number;
            false
        };
        let invalid = known_invalid || impossible.into_iter().any(|doubt| doubts.has(doubt));
        doubts.with_if(Doubt::Invalid, invalid)
    }

    /// The mobile number that a German number hides behind the own area: area, `49`, mobile without its 0.
    ///
    /// ```
    /// use phone_number::Numbering;
    /// let berlin = Numbering::new("DE", Some("030")).unwrap();
    /// let shown = berlin.read("030 49 170 1234567").unwrap();
    /// assert_eq!(berlin.disguised(&shown).unwrap().as_str(), "+491701234567");
    /// ```
    pub fn disguised(&self, number: &PhoneNumber) -> Option<PhoneNumber> {
        let country = number.country().filter(|c| c.calling_code() == "49")?;
        if self.area.is_empty() || self.country != Some(country) {
            return None;
        }
        let mobile = number.national().strip_prefix(&*self.area)?.strip_prefix("49")?;
        let digits = mobile.len();
        let real = matches!(mobile.as_bytes(), [b'1', b'5'..=b'7', ..])
            && plan::german_network(mobile).is_some()
            && (9..=12).contains(&digits);
        real.then(|| self.domestic(country, mobile.as_bytes()))
    }

    /// The number as people at this line write it: `030 23125555`, `0152 28817386`, `+44 7700900123`.
    pub fn display(&self, number: &PhoneNumber) -> String {
        let Some(country) = number.country() else { return number.to_string() };
        let national = number.national();
        let lead = if country.calling_code() == "49" {
            plan::german_use(self.german_areas(), national).1
        } else {
            let calling = country.calling_code().len();
            let area = number.as_str().get(1..).and_then(|digits| Areas::world().find(digits));
            area.map_or(0, |(code, _)| code.len().saturating_sub(calling))
        };
        let (area, rest) = national.split_at(lead.min(national.len()));
        let gap = if area.is_empty() || rest.is_empty() { "" } else { " " };
        let at_home = self.country.is_some_and(|own| own.calling_code() == country.calling_code());
        if at_home {
            let trunk = if country.trunk_prefix() == "0" { "0" } else { "" };
            format!("{trunk}{area}{gap}{rest}")
        } else {
            format!("+{} {area}{gap}{rest}", country.calling_code())
        }
    }
}
