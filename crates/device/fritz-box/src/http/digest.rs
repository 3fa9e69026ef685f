//! HTTP digest authentication (RFC 2617): MD5, `qop=auth` or none, with its counter.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};

/// What the box asks for, and how often it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge {
    realm: Box<str>,
    nonce: Box<str>,
    opaque: Option<Box<str>>,
    qop_auth: bool,
    /// Set if only the nonce was too old and the password was right.
    pub(crate) stale: bool,
    /// How often this nonce was used.
    count: u32,
}

impl Challenge {
    /// Reads a `WWW-Authenticate` header; `None` if it asks for something else than MD5 digest.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let mut out = Self {
            realm: "".into(),
            nonce: "".into(),
            opaque: None,
            qop_auth: false,
            stale: false,
            count: 0,
        };
        let mut nonce = false;
        for (name, value) in parameters(rest) {
            match name.to_ascii_lowercase().as_str() {
                "realm" => out.realm = value.into(),
                "nonce" => {
                    out.nonce = value.into();
                    nonce = true;
                }
                "opaque" => out.opaque = Some(value.into()),
                "stale" => out.stale = value.eq_ignore_ascii_case("true"),
                "qop" => out.qop_auth = value.split(',').any(|q| q.trim().eq_ignore_ascii_case("auth")),
                "algorithm" if !value.eq_ignore_ascii_case("MD5") => return None,
                _ => {}
            }
        }
        nonce.then_some(out)
    }

    /// The `Authorization` header that answers it. `cnonce` is a word of ours that should not repeat.
    pub(crate) fn answer(
        &mut self,
        user: &str,
        password: &str,
        method: &str,
        path: &str,
        cnonce: &str,
    ) -> String {
        let secret = hash(&format!("{user}:{}:{password}", self.realm));
        let asked = hash(&format!("{method}:{path}"));
        self.count += 1;
        let count = format!("{:08x}", self.count);
        let response = if self.qop_auth {
            hash(&format!("{secret}:{}:{count}:{cnonce}:auth:{asked}", self.nonce))
        } else {
            hash(&format!("{secret}:{}:{asked}", self.nonce))
        };
        let mut out = format!(
            "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{path}\", response=\"{response}\", \
             algorithm=MD5",
            quoted(user),
            quoted(&self.realm),
            quoted(&self.nonce)
        );
        if self.qop_auth {
            let _ = write!(out, ", qop=auth, nc={count}, cnonce=\"{cnonce}\"");
        }
        if let Some(opaque) = &self.opaque {
            let _ = write!(out, ", opaque=\"{}\"", quoted(opaque));
        }
        out
    }
}

fn hash(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().fold(String::with_capacity(32), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn quoted(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .flat_map(|c| [matches!(c, '"' | '\\').then_some('\\'), Some(c)])
        .flatten()
        .collect()
}

/// `name=value` and `name="quoted, value"`, separated by commas.
fn parameters(mut text: &str) -> Vec<(&str, String)> {
    let mut out = Vec::new();
    while let Some((name, rest)) = text.split_once('=') {
        let name = name.trim_matches([' ', ',', '\t']);
        let mut value = String::new();
        if let Some(quoted) = rest.trim_start().strip_prefix('"') {
            let mut end = quoted.len();
            let mut escaped = false;
            for (at, c) in quoted.char_indices() {
                match c {
                    '\\' if !escaped => {
                        escaped = true;
                        continue;
                    }
                    '"' if !escaped => {
                        end = at + 1;
                        break;
                    }
                    _ => value.push(c),
                }
                escaped = false;
            }
            text = quoted.get(end..).unwrap_or_default();
        } else {
            let (word, after) = rest.split_once(',').unwrap_or((rest, ""));
            value.push_str(word.trim());
            text = after;
        }
        out.push((name, value));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 2617, section 3.5.
    #[test]
    fn the_example_of_the_standard() {
        let mut challenge = Challenge::parse(
            "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \
             nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
        )
        .unwrap();
        let answer = challenge.answer("Mufasa", "Circle Of Life", "GET", "/dir/index.html", "0a4f113b");
        assert!(answer.contains("response=\"6629fae49393a05397450978507c4ef1\""), "{answer}");
        assert!(answer.contains("nc=00000001"), "{answer}");
        let again = challenge.answer("Mufasa", "Circle Of Life", "GET", "/dir/index.html", "0a4f113b");
        assert!(again.contains("nc=00000002"), "{again}");
    }

    #[test]
    fn what_boxes_send() {
        let challenge = Challenge::parse(
            "Digest realm=\"HTTPS Access\",nonce=\"A5D1\",algorithm=MD5,qop=\"auth\",stale=true",
        )
        .unwrap();
        assert!(challenge.stale && challenge.qop_auth);
        assert_eq!(&*challenge.realm, "HTTPS Access");
        assert_eq!(Challenge::parse("Basic realm=\"x\""), None);
        assert_eq!(Challenge::parse("Digest realm=\"x\", nonce=\"y\", algorithm=SHA-256"), None);
    }

    #[test]
    fn any_text_is_read_or_refused() {
        bolero::check!().for_each(|bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            if let Some(mut challenge) = Challenge::parse(&format!("Digest nonce=1,{text}")) {
                assert!(!challenge.answer("u", "p", "GET", "/", "c").contains(['\r', '\n']));
            }
        });
    }
}
