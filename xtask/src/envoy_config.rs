//! Envoy's configuration for this machine, derived from the one that is deployed.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::{local_lines, repository};

/// The deployed configuration, relative to the repository.
const DEPLOYED: &str = "envoy/envoy.yaml";
/// Which certificate it has, where clients speak TLS.
const DEPLOYED_TLS: &str = "envoy/tls.yaml";

/// The values on these lines, as they are deployed.
const LISTENER: &str = "{address: 0.0.0.0, port_value: 80}";
const ADMIN: &str = "{address: 127.0.0.1, port_value: 9901}";
/// What stands before what only a configuration that asks for tokens has.
const AUTH: &str = "#[auth] ";
/// The same of one whose clients speak TLS.
const TLS: &str = "#[tls] ";
const TLS_FILE: &str = "/etc/envoy/tls.yaml";
const TLS_DIRECTORY: &str = "/tls";
const FILTER: &str = "/etc/envoy/ringway_filter.wasm";
const CONTROL: [&str; 5] = [
    "{address: n1, port_value: 18080}",
    "{address: n2, port_value: 18080}",
    "{address: n3, port_value: 18080}",
    "{address: n4, port_value: 18080}",
    "{address: n5, port_value: 18080}",
];

/// What a local configuration has otherwise than the deployed one.
#[derive(Clone, Copy, Debug)]
pub struct Local<'a> {
    /// Where clients reach it.
    pub listener: SocketAddr,
    /// Where its administration interface listens.
    pub admin: SocketAddr,
    /// Which nodes it asks for the view and for endpoints.
    pub control: &'a [SocketAddr],
    /// Where the filter's module lies.
    pub filter: &'a Path,
    /// Whether clients need tokens.
    pub asks_tokens: bool,
    /// Where clients speak TLS, the file that says by which certificate.
    pub tls: Option<&'a Path>,
}

impl Local<'_> {
    /// Derives the configuration from `envoy/envoy.yaml`.
    ///
    /// # Errors
    /// When the file can't be read, or what is to be replaced in it is not there as it
    /// was: a local configuration that differs from the deployed one in anything else,
    /// or too little, would prove nothing about it.
    pub fn configuration(&self) -> Result<String, EnvoyConfigError> {
        self.derive(&read(DEPLOYED)?)
    }

    fn derive(&self, deployed: &str) -> Result<String, EnvoyConfigError> {
        let filter = self.filter.display().to_string();
        let mut rest = vec![(LISTENER, vec![socket(self.listener)])];
        rest.push((ADMIN, vec![socket(self.admin)]));
        rest.push((FILTER, vec![filter]));
        let tls_file = self.tls.map_or(TLS_FILE.to_owned(), |file| file.display().to_string());
        rest.push((TLS_FILE, vec![tls_file]));
        // However many nodes there are: all stand where the first of the deployed did.
        let control = self.control.iter().map(|&address| socket(address)).collect();
        rest.extend(CONTROL.into_iter().zip([control, vec![], vec![], vec![], vec![]]));

        let derived = local_lines::derive(deployed, |text| {
            let place = rest.iter().position(|(value, _)| text.matches(value).count() == 1);
            let place =
                place.ok_or_else(|| EnvoyConfigError::Unexpected(text.trim().to_owned()))?;
            let (value, locally) = rest.swap_remove(place);
            Ok(locally.iter().map(|local| text.replace(value, local)).collect())
        })?;
        if let Some((value, _)) = rest.first() {
            return Err(EnvoyConfigError::Missing(value));
        }
        // As the image is made.
        let marks = [(AUTH, self.asks_tokens), (TLS, self.tls.is_some())];
        let taken_in = marks.into_iter().filter_map(|(mark, is_wanted)| is_wanted.then_some(mark));
        Ok(taken_in.fold(derived, |derived, mark| derived.replace(mark, "")))
    }
}

/// What says by which certificate clients are spoken with, derived from `envoy/tls.yaml`: that in
/// `directory`.
///
/// # Errors
/// When the file can't be read, or what is to be replaced in it is not there as it was.
pub fn tls_configuration(directory: &Path) -> Result<String, EnvoyConfigError> {
    let directory = directory.display().to_string();
    local_lines::derive(&read(DEPLOYED_TLS)?, |text| {
        if text.matches(TLS_DIRECTORY).count() == 1 {
            Ok(vec![text.replace(TLS_DIRECTORY, &directory)])
        } else {
            Err(EnvoyConfigError::Unexpected(text.trim().to_owned()))
        }
    })
}

fn read(deployed: &str) -> Result<String, EnvoyConfigError> {
    let path = repository::root().join(deployed);
    let text = fs::read_to_string(&path);
    text.map_err(|source| EnvoyConfigError::Unreadable { path, source })
}

fn socket(address: SocketAddr) -> String {
    format!("{{address: {}, port_value: {}}}", address.ip(), address.port())
}

/// Why no local configuration can be derived.
#[derive(Debug, Error)]
pub enum EnvoyConfigError {
    /// The deployed configuration can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// A marked line that holds nothing of what is replaced, or holds it once more.
    #[error("{DEPLOYED}: nobody knows what to put in place of the marked line {0:?}")]
    Unexpected(String),
    /// A value that no marked line holds.
    #[error("{DEPLOYED}: no line marked [local] holds {0}")]
    Missing(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local_lines::MARK;

    fn derive(deployed: &str) -> Result<String, EnvoyConfigError> {
        derive_for(deployed, false, None)
    }

    fn derive_for(
        deployed: &str,
        asks_tokens: bool,
        tls: Option<&Path>,
    ) -> Result<String, EnvoyConfigError> {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let (listener, admin) = (address(8000), address(9000));
        let control = [address(8081), address(8082)];
        let filter = Path::new("/f.wasm");
        Local { listener, admin, control: &control, filter, asks_tokens, tls }.derive(deployed)
    }

    fn deployed() -> String {
        read(DEPLOYED).unwrap()
    }

    #[test]
    fn only_the_marked_lines_differ() {
        let deployed = deployed();
        let derived = derive(&deployed).unwrap();
        let (removed, kept): (Vec<_>, Vec<_>) =
            deployed.lines().partition(|line| line.ends_with(MARK));
        assert_eq!(removed.len(), 9);
        let mut kept = kept.into_iter().peekable();
        let added = derived.lines().filter(|line| kept.next_if_eq(line).is_none());
        let added: Vec<_> = added.map(str::trim).collect();
        let expected = [
            "socket_address: {address: 127.0.0.1, port_value: 9000}",
            "socket_address: {address: 127.0.0.1, port_value: 8000}",
            "#[tls]           path_config_source: {path: /etc/envoy/tls.yaml}",
            "code: {local: {filename: /f.wasm}}",
            "- endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 8081}}}",
            "- endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 8082}}}",
        ];
        assert_eq!(added, expected);
        assert_eq!(kept.next(), None, "a line that is not marked was lost");
    }

    /// Checks that `with` differs from `without` only in what stands after `mark`.
    fn only_marked_lines_are_taken_in(without: &str, with: &str, mark: &str) -> usize {
        assert_eq!(without.lines().count(), with.lines().count());
        let differing = without.lines().zip(with.lines()).filter(|(without, with)| without != with);
        let count = differing.inspect(|(without, with)| {
            assert_eq!(without.replacen(mark, "", 1), *with);
            assert!(without.trim_start().starts_with(mark), "{without}");
        });
        count.count()
    }

    #[test]
    fn tokens_are_asked_for_where_that_is_said_and_nothing_else_differs() {
        let deployed = deployed();
        let [open, asking] = [false, true].map(|asks| derive_for(&deployed, asks, None).unwrap());
        assert!(only_marked_lines_are_taken_in(&open, &asking, AUTH) > 20);
        assert!(asking.contains("\n          - name: envoy.filters.http.jwt_authn\n"));
    }

    #[test]
    fn tls_is_spoken_where_that_is_said_and_nothing_else_differs() {
        let deployed = deployed();
        let (file, directory) = (Path::new(TLS_FILE), Path::new("/tmp/certificates"));
        let [plain, speaking] =
            [None, Some(file)].map(|tls| derive_for(&deployed, true, tls).unwrap());
        assert!(only_marked_lines_are_taken_in(&plain, &speaking, TLS) > 10);
        assert!(speaking.contains("\n      transport_socket:\n"));

        let certificate = tls_configuration(directory).unwrap();
        for line in [
            "    certificate_chain: {filename: /tmp/certificates/certificate.pem}\n",
            "    private_key: {filename: /tmp/certificates/key.pem}\n",
            "    watched_directory: {path: /tmp/certificates}\n",
        ] {
            assert!(certificate.contains(line), "{certificate}");
        }
    }

    #[test]
    fn a_configuration_that_has_changed_is_refused() {
        let deployed = deployed();
        for value in [LISTENER, ADMIN, FILTER, TLS_FILE, CONTROL[4]] {
            let changed = deployed.replace(value, "something else");
            assert!(matches!(derive(&changed), Err(EnvoyConfigError::Unexpected(_))), "{value}");
        }
        let unmarked = deployed.replace(&format!("{ADMIN}{MARK}"), ADMIN);
        assert!(matches!(derive(&unmarked), Err(EnvoyConfigError::Missing(ADMIN))));
        let twice = deployed.clone() + &format!("x: {ADMIN}{MARK}\n");
        assert!(matches!(derive(&twice), Err(EnvoyConfigError::Unexpected(_))));
    }
}
