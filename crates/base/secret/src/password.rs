//! Passwords that are kept as their hash.

use std::fmt;

use argon2::Argon2;
use argon2::password_hash::{self as phc, PasswordHasher as _, PasswordVerifier as _, SaltString};

/// The longest password that is looked at: hashing costs time on purpose, and strangers may try.
const LONGEST: usize = 256;

/// A password of which only the hash is known (Argon2id, in the text form that configurations hold).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(Box<str>);

/// Why a password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// The system gives no random numbers.
    #[error("no random numbers: {0}")]
    Random(String),
    /// It cannot be hashed.
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
}

impl PasswordHash {
    /// Hashes a password, for the configuration.
    ///
    /// # Errors
    ///
    /// There are no random numbers, or the hash cannot be made.
    pub fn of(password: &str) -> Result<Self, HashError> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|e| HashError::Random(e.to_string()))?;
        let failed = |e: phc::Error| HashError::Hash(e.to_string());
        let salt = SaltString::encode_b64(&salt).map_err(failed)?;
        let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(failed)?;
        Ok(Self(hash.to_string().into()))
    }

    /// Reads a hash as it stands in a configuration; `None` if it is none.
    pub fn read(text: &str) -> Option<Self> {
        let hash = phc::PasswordHash::new(text.trim()).ok()?;
        hash.hash.is_some().then(|| Self(text.trim().into()))
    }

    /// Whether this is the password. It takes as long whatever is wrong with it.
    pub fn fits(&self, password: &str) -> bool {
        password.len() <= LONGEST
            && phc::PasswordHash::new(&self.0)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    }

    /// The hash as a configuration holds it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_hash_and_no_other() {
        let hash = PasswordHash::of("open sesame").unwrap();
        assert!(hash.as_str().starts_with("$argon2id$") && !hash.as_str().contains("sesame"));
        let read = PasswordHash::read(&format!(" {}\n", hash.as_str())).unwrap();
        assert!(read.fits("open sesame"));
        for wrong in ["", "open", "open sesame ", "Open sesame", &"x".repeat(300)] {
            assert!(!read.fits(wrong), "{wrong:?}");
        }
        assert_ne!(PasswordHash::of("open sesame").unwrap(), hash, "each has a salt of its own");
        assert_eq!(format!("{hash:?}"), "PasswordHash(***)");
    }

    #[test]
    fn a_hash_that_was_stored_stays_valid() {
        // Made by the `argon2` program, which others wrote.
        let stored = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$JjZP/I6X2TrSFcSclpQcl0xkXn5Wkw602PzwMqBEnUc";
        assert!(PasswordHash::read(stored).unwrap().fits("open sesame"));
    }

    #[test]
    fn what_is_no_hash_opens_nothing() {
        for wrong in ["", "secret", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg"] {
            assert_eq!(PasswordHash::read(wrong), None, "{wrong:?}");
        }
    }
}
