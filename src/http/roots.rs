//! Whom a server's certificate may be from.

use std::sync::Arc;

use rustls::RootCertStore;
use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

/// Authorities that are trusted.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    trusted: Vec<Certificate<'static>>,
    /// Why the system named none.
    problem: Option<String>,
}

/// Why a text holds no certificates to trust.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RootsError {
    #[error("there is no certificate in it: one begins with `-----BEGIN CERTIFICATE-----`")]
    Empty,
    #[error("certificate {number} in it cannot be read: {why}")]
    Certificate { number: usize, why: String },
}

impl Roots {
    /// Those of the system, or of `SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set. A system without any trusts
    /// nobody, which is told by whatever then fails.
    #[must_use]
    pub fn system() -> Self {
        let loaded = rustls_native_certs::load_native_certs();
        let trusted: Vec<_> = loaded.certs.iter().map(|one| Certificate::from_der(one).to_owned()).collect();
        let why = || loaded.errors.first().map_or_else(|| "none was found".into(), ToString::to_string);
        let problem = trusted.is_empty().then(why);
        Self { trusted, problem }
    }

    /// These and those of a text in PEM. What else is in it is left alone.
    ///
    /// # Errors
    /// When there is none in it, or one that is not well formed.
    pub fn and_pem(mut self, text: &[u8]) -> Result<Self, RootsError> {
        let before = self.trusted.len();
        for item in parse_pem(text) {
            let number = self.trusted.len() - before + 1;
            let failed = |why: String| RootsError::Certificate { number, why };
            if let PemItem::Certificate(certificate) = item.map_err(|error| failed(error.to_string()))? {
                let added = RootCertStore::empty().add(certificate.der().into());
                added.map_err(|error| failed(error.to_string()))?;
                self.trusted.push(certificate);
            }
        }
        if self.trusted.len() == before { Err(RootsError::Empty) } else { Ok(self) }
    }

    /// Why nobody is trusted, if that is so.
    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref().filter(|_| self.trusted.is_empty())
    }

    pub(super) fn certificates(self) -> RootCerts {
        RootCerts::Specific(Arc::new(self.trusted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_certificate_is_refused() {
        let refused = |text: &str| Roots::default().and_pem(text.as_bytes()).unwrap_err();
        assert_eq!(refused(""), RootsError::Empty);
        assert_eq!(refused("hello"), RootsError::Empty);
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(refused(garbage), RootsError::Certificate { number: 1, .. }));
        let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        assert!(matches!(refused(cut), RootsError::Certificate { number: 1, .. } | RootsError::Empty));
    }
}
