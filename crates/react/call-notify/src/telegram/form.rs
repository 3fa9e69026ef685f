//! A form with a file in it, as uploads want it (RFC 7578).

use super::text::cut;

/// The most characters of a caption.
const MOST_CAPTION: usize = 1024;

/// A form that is being filled in.
#[derive(Debug)]
pub(super) struct Form {
    boundary: String,
    body: Vec<u8>,
}

impl Form {
    pub(super) fn new() -> Self {
        // It must not occur in the parts; nobody can guess it.
        Self { boundary: format!("callblock-{:032x}", boundary_number()), body: Vec::new() }
    }

    pub(super) fn field(mut self, name: &str, value: &str) -> Self {
        let head = format!("--{}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n", self.boundary);
        self.body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
        self
    }

    pub(super) fn caption(self, caption: &str) -> Self {
        if caption.is_empty() { self } else { self.field("caption", cut(caption, MOST_CAPTION)) }
    }

    pub(super) fn file(mut self, field: &str, name: &str, kind: &str, bytes: &[u8]) -> Self {
        let name: String =
            name.chars().map(|c| if c.is_control() || matches!(c, '"' | '\\') { '_' } else { c }).collect();
        let head = format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: {kind}\r\n\r\n",
            self.boundary
        );
        self.body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
        self
    }

    /// The content type and the body.
    pub(super) fn finish(mut self) -> (String, Vec<u8>) {
        self.body.extend(format!("--{}--\r\n", self.boundary).as_bytes());
        (format!("multipart/form-data; boundary={}", self.boundary), self.body)
    }
}

fn boundary_number() -> u128 {
    use std::hash::{BuildHasher as _, Hasher as _};
    // The standard library draws these hashing keys from the system's random numbers.
    let half = || u128::from(std::collections::hash_map::RandomState::new().build_hasher().finish());
    half() << 64 | half()
}
