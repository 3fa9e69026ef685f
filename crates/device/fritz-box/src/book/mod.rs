//! Phone books: what stands in them, and how they are kept at hand.

mod cache;
mod contact;
mod read;
mod write;

pub use cache::{BookCache, BookEntry, BookHit, BookUse};
pub use contact::{Contact, ContactNumber, PhoneBook};
pub(crate) use write::changed;
