//! Names for entries that no two sites ever choose alike.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _};
use std::str::FromStr;
use std::time::SystemTime;

use crate::time::millis;

/// The name of one entry, unlike that of any other entry on any site.
///
/// It begins with the time, so that keys made one after another lie beside each other in an index. An
/// entry that is written twice under one key is there once, which is what makes late delivery safe.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey([u8; 16]);

impl CallKey {
    /// A new key for something that happened at this time.
    pub fn new(at: SystemTime) -> Self {
        // The standard library draws these hashing keys from the system's random numbers.
        let mut first = RandomState::new().build_hasher();
        first.write_u32(std::process::id());
        let mut second = RandomState::new().build_hasher();
        second.write_i64(millis(at));
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&millis(at).to_be_bytes()[2..]);
        bytes[6..14].copy_from_slice(&first.finish().to_be_bytes());
        bytes[14..].copy_from_slice(&second.finish().to_be_bytes()[..2]);
        Self(bytes)
    }

    /// A key that is always the same for the same source and entry, so that an import can be repeated.
    pub fn imported(source: &str, entry: &str, at: SystemTime) -> Self {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&millis(at).to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(&spread(source, entry).to_be_bytes()[6..]);
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The key with these bytes; `None` unless there are 16 of them.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// FNV-1a over both texts, 128 bits wide: stable for ever, unlike the standard library's hash.
fn spread(source: &str, entry: &str) -> u128 {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in source.bytes().chain([0]).chain(entry.bytes()) {
        hash ^= u128::from(byte);
        hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    hash
}

impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallKey({self})")
    }
}

impl FromStr for CallKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        if text.len() != 32 || !text.is_ascii() {
            return Err(NotAKey);
        }
        let mut bytes = [0; 16];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|_| NotAKey)?;
        }
        Ok(Self(bytes))
    }
}

/// The text is no key: a key is 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is 32 hexadecimal digits")]
pub struct NotAKey;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::{Duration, SystemTime};

    use super::CallKey;

    #[test]
    fn keys_differ_order_by_time_and_read_back() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_000);
        let keys: HashSet<CallKey> = (0..10_000).map(|_| CallKey::new(at)).collect();
        assert_eq!(keys.len(), 10_000);
        assert!(keys.iter().all(|k| *k < CallKey::new(at + Duration::from_millis(1))));
        for key in keys.iter().take(10) {
            assert_eq!(key.to_string().parse(), Ok(*key));
            assert_eq!(CallKey::from_bytes(key.as_bytes()), Some(*key));
        }
        assert!("xyz".parse::<CallKey>().is_err());
        assert!("é".repeat(16).parse::<CallKey>().is_err());
    }

    #[test]
    fn an_imported_entry_has_the_same_key_each_time() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(5);
        assert_eq!(CallKey::imported("a", "1", at), CallKey::imported("a", "1", at));
        assert_ne!(CallKey::imported("a", "1", at), CallKey::imported("a1", "", at));
        assert_ne!(CallKey::imported("a", "1", at), CallKey::imported("a", "2", at));
    }
}
