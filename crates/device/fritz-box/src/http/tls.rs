//! Encryption without an authority: a box signs its own certificate, so the one seen first is the one trusted.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use sha2::{Digest as _, Sha256};

use super::{Response, Timed, exchange};

/// The certificate that is trusted, once one was seen.
#[derive(Debug)]
pub(crate) struct Pinned {
    file: Option<PathBuf>,
    /// SHA-256 of the certificate, in hexadecimal.
    known: Mutex<Option<String>>,
}

impl Pinned {
    /// Remembers in that file, or only for this run.
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        Self { file, known: Mutex::new(None) }
    }

    pub(crate) fn file(&self) -> Option<&PathBuf> {
        self.file.as_ref()
    }

    /// One request over an encrypted connection. `None` if the certificate is another than the one remembered; then
    /// nothing was sent.
    pub(crate) fn exchange(
        &self,
        stream: Timed,
        request: &[u8],
        max_body: usize,
    ) -> io::Result<Option<Response>> {
        let provider = Arc::new(ring::default_provider());
        let seen =
            Arc::new(Seen { provider: provider.clone(), expected: self.known()?, found: Mutex::new(None) });
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(seen.clone())
            .with_no_client_auth();
        let name = ServerName::try_from("fritz.box").map_err(io::Error::other)?;
        let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        let result = exchange(StreamOwned::new(connection, stream), request, max_body);
        let found = seen.found.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (&seen.expected, found) {
            (Some(expected), Some(found)) if *expected != found => return Ok(None),
            (None, Some(found)) if result.is_ok() => self.remember(found)?,
            _ => {}
        }
        result.map(Some)
    }

    fn known(&self) -> io::Result<Option<String>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let (None, Some(file)) = (&*known, &self.file) {
            match fs::read_to_string(file) {
                Ok(text) => *known = Some(text.trim().to_owned()).filter(|t| !t.is_empty()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(known.clone())
    }

    fn remember(&self, found: String) -> io::Result<()> {
        if let Some(file) = &self.file {
            fs::write(file, format!("{found}\n"))?;
            log::info!("the FRITZ!Box's certificate is remembered in {}", file.display());
        }
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        Ok(())
    }
}

/// Trusts the certificate that is expected, or any if none is; the signatures are checked all the same, so that the
/// other side holds the certificate's key.
#[derive(Debug)]
struct Seen {
    provider: Arc<CryptoProvider>,
    expected: Option<String>,
    found: Mutex<Option<String>>,
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let print: String = Sha256::digest(end_entity.as_ref()).iter().map(|b| format!("{b:02x}")).collect();
        let right = self.expected.as_ref().is_none_or(|expected| *expected == print);
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(print);
        if right {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::time::{Duration, Instant};

    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use rustls::{ServerConfig, ServerConnection};

    use super::*;

    const BOX: (&[u8], &[u8]) = (
        include_bytes!("../../../../../fixtures/fritz-box/certificates/box.der"),
        include_bytes!("../../../../../fixtures/fritz-box/certificates/box.key.der"),
    );
    const OTHER: (&[u8], &[u8]) = (
        include_bytes!("../../../../../fixtures/fritz-box/certificates/other.der"),
        include_bytes!("../../../../../fixtures/fritz-box/certificates/other.key.der"),
    );

    /// Answers one request with that certificate; the answer is what was asked, or nothing if no request came.
    fn ask(
        pinned: &Pinned,
        (certificate, key): (&'static [u8], &'static [u8]),
    ) -> (Option<Response>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(
                    vec![CertificateDer::from(certificate)],
                    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)),
                )
                .unwrap();
            let connection = ServerConnection::new(Arc::new(config)).unwrap();
            let mut stream = StreamOwned::new(connection, listener.accept().unwrap().0);
            let mut asked = String::new();
            let _ = BufReader::new(&mut stream).read_line(&mut asked);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            let _ = stream.flush();
            asked
        });
        let stream = TcpStream::connect(address).unwrap();
        let timed = Timed { stream, until: Instant::now() + Duration::from_secs(20) };
        let answer = pinned.exchange(timed, b"GET /secret HTTP/1.1\r\n\r\n", 1000).unwrap();
        (answer, server.join().unwrap())
    }

    #[test]
    fn the_certificate_seen_first_is_the_one_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("certificate");
        let pinned = Pinned::new(Some(file.clone()));
        let (answer, _) = ask(&pinned, BOX);
        assert_eq!(answer.unwrap().body, b"ok");
        assert!(ask(&pinned, BOX).0.is_some());
        // Another run, and somebody else in the place of the box: nothing is told to them.
        let again = Pinned::new(Some(file.clone()));
        let (answer, asked) = ask(&again, OTHER);
        assert_eq!((answer, asked.as_str()), (None, ""));
        assert!(ask(&again, BOX).0.is_some());
        fs::remove_file(file).unwrap();
        assert!(ask(&Pinned::new(Some(folder.path().join("certificate"))), OTHER).0.is_some());
    }
}
