//! Whose certificate a log server may show.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::LogError;

/// What a server asks for, and shows, beside its address.
#[derive(Debug, Clone, Copy, Default)]
pub struct ServerAccess<'a> {
    /// The password, if it does not stand in the address.
    pub password: Option<&'a str>,
    /// A file with the certificates (PEM) that the server's must be signed by, or be. Without it, those that browsers
    /// trust. Only looked at with `sslmode=require`.
    pub ca: Option<&'a Path>,
}

/// A connection that is encrypted, to the server that bears the name in the address and no other.
pub(super) fn trusting(place: &str, ca: Option<&Path>) -> Result<MakeRustlsConnect, LogError> {
    let failed = |what: String| LogError::Certificate { place: place.to_owned(), what };
    let mut roots = RootCertStore::empty();
    match ca {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(file) => {
            let named = |error: &dyn std::fmt::Display| failed(format!("{}: {error}", file.display()));
            let bytes = std::fs::read(file).map_err(|e| named(&e))?;
            for certificate in CertificateDer::pem_slice_iter(&bytes) {
                roots.add(certificate.map_err(|e| named(&e))?).map_err(|e| named(&e))?;
            }
            if roots.is_empty() {
                return Err(named(&"no certificate in it (BEGIN CERTIFICATE)"));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| failed(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// What is wrong with the certificate, if that is what ended the connection.
pub(super) fn distrust(error: &postgres::Error) -> Option<String> {
    let wrapped = std::error::Error::source(error)?.downcast_ref::<std::io::Error>()?.get_ref()?;
    let error = wrapped.downcast_ref::<rustls::Error>()?;
    matches!(error, rustls::Error::InvalidCertificate(_)).then(|| error.to_string())
}
