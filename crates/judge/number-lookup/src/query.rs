//! A number in the forms in which sources want it.

use phone_number::PhoneNumber;

/// A number that is looked up. Only numbers that are placed in the world can be: nobody outside knows `**610`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    e164: Box<str>,
    national: Box<str>,
}

impl Query {
    /// The number in all its forms; `None` for internal, short and emergency numbers.
    ///
    /// ```
    /// use number_lookup::Query;
    /// let numbering = phone_number::Numbering::new("DE", Some("030")).unwrap();
    /// let query = Query::new(&numbering.read("23125555").unwrap()).unwrap();
    /// assert_eq!((query.e164(), query.national()), ("+493023125555", "03023125555"));
    /// assert_eq!(Query::new(&numbering.read("110").unwrap()), None);
    /// ```
    pub fn new(number: &PhoneNumber) -> Option<Self> {
        let e164 = number.e164()?.to_string();
        let national = match number.country() {
            Some(country) if number.kind() != phone_number::NumberKind::Foreign => {
                format!("{}{}", country.trunk_prefix(), number.national())
            }
            _ => format!("00{}", e164.trim_start_matches('+')),
        };
        Some(Self { e164: e164.into(), national: national.into() })
    }

    /// `+4930…`
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// As dialled in the country: `030…`, or `0044…` for numbers from elsewhere.
    pub fn national(&self) -> &str {
        &self.national
    }

    /// A text with `{e164}`, `{digits}` and `{national}` replaced. Digits need no escaping in a URL, a `+` does.
    pub(crate) fn fill(&self, template: &str) -> String {
        template
            .replace("{e164}", &format!("%2B{}", self.e164.trim_start_matches('+')))
            .replace("{digits}", self.e164.trim_start_matches('+'))
            .replace("{national}", &self.national)
    }
}
