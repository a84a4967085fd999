//! Whose certificates are believed.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};

use crate::client_error::ClientError;
use crate::endpoint::Endpoint;

/// Whose certificates are believed of who is asked by `https`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Those of the authorities that the system trusts.
    #[default]
    System,
    /// Those of the authorities in this file, in PEM, and of no others.
    File(PathBuf),
}

impl Trust {
    /// What connects to `endpoint`, by TLS where that says so.
    pub(crate) fn connector(
        &self,
        endpoint: &Endpoint,
        mut plain: HttpConnector,
    ) -> Result<HttpsConnector<HttpConnector>, ClientError> {
        plain.enforce_http(false);
        // Read only where they are needed: the system has hundreds.
        let roots = if endpoint.is_https() { self.roots()? } else { RootCertStore::empty() };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .unwrap_or_else(|error| unreachable!("the provider has TLS 1.3: {error}"))
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new().with_tls_config(config);
        Ok(connector.https_or_http().enable_http1().wrap_connector(plain))
    }

    fn roots(&self) -> Result<RootCertStore, ClientError> {
        let mut roots = RootCertStore::empty();
        match self {
            Self::System => {
                let found = rustls_native_certs::load_native_certs();
                // What can't be read among hundreds concerns few: who is not believed is told.
                roots.add_parsable_certificates(found.certs);
            }
            Self::File(path) => {
                let failed = |why: String| {
                    let doing = format!("the certificates in {}", path.display());
                    ClientError::file(doing, io::Error::new(io::ErrorKind::InvalidData, why))
                };
                let found = CertificateDer::pem_file_iter(path);
                let found: Result<Vec<_>, _> = found.and_then(Iterator::collect);
                let found = found.map_err(|error| failed(error.to_string()))?;
                if found.is_empty() {
                    return Err(failed("there is none, in PEM".to_owned()));
                }
                for certificate in found {
                    roots.add(certificate).map_err(|error| failed(error.to_string()))?;
                }
            }
        }
        Ok(roots)
    }
}

/// Why the certificate of who answers is not believed, where `error` is that.
pub(crate) fn disbelief(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            return Some(why.to_string());
        }
        // What an `io::Error` was made of is not among its sources.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused_and_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ca.pem");
        let refused = |path: &Path| {
            let error = Trust::File(path.to_owned()).roots().unwrap_err();
            assert_eq!(error.exit_code(), crate::exit_codes::FILE);
            error.to_string()
        };
        assert!(refused(&path).contains("ca.pem"), "{}", refused(&path));
        for text in ["", "none", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            fs::write(&path, text).unwrap();
            assert!(refused(&path).contains("ca.pem"), "{text:?}: {}", refused(&path));
        }
    }

    #[test]
    fn disbelief_is_found_below_all_that_libraries_say_around_it() {
        let refused = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let wrapped = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, refused));
        assert!(disbelief(&wrapped).is_some());
        let other = io::Error::other(rustls::Error::DecryptError);
        assert_eq!(disbelief(&other), None);
        assert_eq!(disbelief(&io::Error::other("reset")), None);
    }
}
