//! Phone books: what stands in them, and how they are kept at hand.

mod cache;
mod key;

pub use cache::{BookCache, BookEntry, BookHit, BookUse};
pub(crate) use key::number_key;
