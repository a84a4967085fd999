//! An authority, and what it says of the edges.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;

/// An authority, and the directory in which edges find what it says of them.
pub(crate) struct Certificates {
    directory: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Certificates {
    pub(crate) fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, "an authority");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let issuer = CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap());
        let made = Self { directory: tempfile::tempdir().unwrap(), issuer: issuer.unwrap() };
        fs::write(made.authority(), pem("CERTIFICATE", made.issuer.der())).unwrap();
        made.issue();
        made
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The file with the authority's certificate.
    pub(crate) fn authority(&self) -> PathBuf {
        self.directory().join("ca.pem")
    }

    /// Gives the edges a new certificate, as whoever renews one does, and tells which it is.
    pub(crate) fn issue(&self) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()]);
        let certificate = parameters.unwrap().signed_by(&key, &self.issuer).unwrap();
        let certificate_pem = pem("CERTIFICATE", certificate.der());
        let key_pem = pem("PRIVATE KEY", key.serialized_der());
        self.replace("edge.pem", &format!("{certificate_pem}{key_pem}"));
        self.replace("key.pem", &key_pem);
        self.replace("certificate.pem", &certificate_pem);
        certificate.der().clone()
    }

    /// There whole, whenever it is read.
    fn replace(&self, name: &str, text: &str) {
        let new = self.directory().join("new");
        fs::write(&new, text).unwrap();
        fs::rename(new, self.directory().join(name)).unwrap();
    }

    /// What a client goes by that believes the authority alone.
    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap();
        Arc::new(config.with_root_certificates(roots).with_no_client_auth())
    }
}

/// RFC 7468
fn pem(label: &str, bytes: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(bytes);
    let lines = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap());
    let lines: Vec<_> = lines.collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
