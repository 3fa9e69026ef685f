//! The other end of HTTP digest authentication.

use md5::{Digest as _, Md5};

use super::state::State;

const REALM: &str = "HTTPS Access";

/// Why a request is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// No name and password, or wrong ones.
    Unknown,
    /// The nonce is too old.
    Stale,
}

/// The header that asks for name and password.
pub(super) fn challenge(state: &mut State, refused: Refused) -> String {
    let nonce = State::word();
    state.nonces.push_back((nonce.clone(), 0));
    if state.nonces.len() > 64 {
        state.nonces.pop_front();
    }
    let stale = if refused == Refused::Stale { ",stale=true" } else { "" };
    format!("Digest realm=\"{REALM}\",nonce=\"{nonce}\",algorithm=MD5,qop=\"auth\"{stale}")
}

/// Checks an `Authorization` header.
pub(super) fn check(
    state: &mut State,
    user: &str,
    password: &str,
    method: &str,
    header: &str,
) -> Result<(), Refused> {
    let rest = header.strip_prefix("Digest ").ok_or(Refused::Unknown)?;
    let mut fields = std::collections::HashMap::new();
    for part in split(rest) {
        if let Some((name, value)) = part.split_once('=') {
            fields.insert(name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_owned());
        }
    }
    let of = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let inner = hash(&format!("{user}:{REALM}:{password}"));
    let asked = hash(&format!("{method}:{}", of("uri")));
    let expected = if of("qop") == "auth" {
        hash(&format!("{inner}:{}:{}:{}:auth:{asked}", of("nonce"), of("nc"), of("cnonce")))
    } else {
        hash(&format!("{inner}:{}:{asked}", of("nonce")))
    };
    if of("username") != user || of("response") != expected || state.faults.wrong_password {
        return Err(Refused::Unknown);
    }
    let stale_after = if state.faults.stale_nonces { 1 } else { u32::MAX };
    let count = u32::from_str_radix(of("nc"), 16).unwrap_or(1);
    let Some(nonce) = state.nonces.iter_mut().find(|(n, _)| n == of("nonce")) else {
        return Err(Refused::Stale);
    };
    // A counter that does not grow is a request replayed.
    if count <= nonce.1 || nonce.1 >= stale_after {
        return Err(Refused::Stale);
    }
    nonce.1 = count;
    Ok(())
}

/// Commas within quotes do not separate.
fn split(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
    .collect()
}

fn hash(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
