#![doc = include_str!("../README.md")]

mod areas;
mod caller;
mod country;
mod e164;
mod error;
mod key;
mod number;
mod numbering;
mod plan;
mod redact;
#[cfg(feature = "libphonenumber")]
mod validity;

pub use areas::Areas;
pub use caller::{Caller, ShownNumber};
pub use country::Country;
pub use e164::E164;
pub use error::Error;
pub use key::NumberKey;
pub use number::{NumberKind, PhoneNumber};
pub use numbering::Numbering;
pub use plan::{Doubt, Doubts, Use};
pub use redact::redact;
#[cfg(feature = "libphonenumber")]
pub use validity::Validity;
