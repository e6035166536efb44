//! Requests over TCP and TLS, by `ureq`.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use rustls::CertificateError;
use ureq::http;
use ureq::tls::{TlsConfig, TlsProvider};
use ureq::{AsSendBody, SendBody, Timeout};

use super::{Proxy, Request, Response, Roots, Transport, TransportError};

/// How this program names itself.
const USER_AGENT: &str = concat!("keyplan/", env!("CARGO_PKG_VERSION"));

/// How servers are reached.
#[derive(Clone, Debug)]
pub struct AgentSettings {
    pub roots: Roots,
    /// Not used for loopback addresses, nor for the metadata services of clouds.
    pub proxy: Option<Proxy>,
    /// The longest time until a connection is there.
    pub connect_timeout: Duration,
    /// Most bytes of an answer's body.
    pub largest: u64,
}

/// Connections that are kept for the next request to the same server.
#[derive(Debug)]
pub struct Agent {
    pool: ureq::Agent,
    largest: u64,
    /// Why no authority is trusted, if that is so.
    no_roots: Option<String>,
}

impl Agent {
    #[must_use]
    pub fn new(settings: AgentSettings) -> Self {
        let no_roots = settings.roots.problem().map(str::to_owned);
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(settings.roots.certificates());
        let config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .proxy(settings.proxy.map(|proxy| proxy.0))
            .timeout_connect(Some(settings.connect_timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent(USER_AGENT);
        Self { pool: config.build().new_agent(), largest: settings.largest, no_roots }
    }

    fn run<B: AsSendBody>(
        &self,
        request: &Request,
        body: B,
        timeout: Duration,
    ) -> Result<Response, ureq::Error> {
        let configured = self.pool.configure_request(head(request, body)?).timeout_global(Some(timeout));
        let is_local = request.url.origin.is_near();
        let configured = if is_local { configured.proxy(None) } else { configured };
        let mut response = self.pool.run(configured.build())?;
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
        Ok(Response {
            status: response.status().as_u16(),
            headers: headers.collect(),
            body: response.body_mut().with_config().limit(self.largest).read_to_vec()?,
        })
    }

    /// What it means that a request ended like this.
    fn failed(&self, error: ureq::Error, body: &Body<'_>) -> TransportError {
        use ureq::Error;
        match error {
            Error::BodyExceedsLimit(_) => TransportError::TooLarge(self.largest),
            error if let Some(why) = untrusted(&error) => {
                let roots = self.no_roots.as_ref().map(|why| format!("; this system trusts nobody: {why}"));
                let roots = roots.unwrap_or_default();
                TransportError::Refused(format!("the server's certificate is not trusted: {why}{roots}"))
            }
            Error::Http(_) => TransportError::Refused("a header cannot be sent".into()),
            Error::BadUri(_) | Error::InvalidProxyUrl => TransportError::Refused(error.to_string()),
            Error::HostNotFound
            | Error::ConnectionFailed
            | Error::ConnectProxyFailed(_)
            | Error::Timeout(Timeout::Resolve | Timeout::Connect) => TransportError::NotSent(words(&error)),
            Error::Io(ref io) if io.kind() == io::ErrorKind::ConnectionRefused => {
                TransportError::NotSent(words(&error))
            }
            _ if body.is_unread() => TransportError::NotSent(words(&error)),
            _ => TransportError::Lost(words(&error)),
        }
    }
}

impl Transport for Agent {
    fn send(&self, request: &Request, timeout: Duration) -> Result<Response, TransportError> {
        let mut body = Body { bytes: request.body.as_deref(), is_begun: false };
        let sent = match body.bytes {
            Some(_) => self.run(request, SendBody::from_reader(&mut body), timeout),
            None => self.run(request, (), timeout),
        };
        sent.map_err(|error| self.failed(error, &body))
    }
}

/// A request with what its body is read from.
fn head<B>(request: &Request, body: B) -> Result<http::Request<B>, http::Error> {
    let method = request.method.word();
    let mut head = http::Request::builder().method(method).uri(request.url.as_sent());
    for header in &request.headers {
        head = head.header(header.name, &*header.value.as_sent());
    }
    if let Some(body) = &request.body {
        head = head.header(http::header::CONTENT_LENGTH, body.len());
    }
    head.body(body)
}

/// The words of an error, without those of the libraries between.
fn words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Timeout(Timeout::Global) => "it took too long".into(),
        ureq::Error::Timeout(Timeout::Connect) => "the connection took too long".into(),
        error => error.to_string(),
    }
}

/// Why a certificate is not trusted, where the error is that.
fn untrusted(error: &ureq::Error) -> Option<String> {
    let error = match error {
        ureq::Error::Rustls(error) => error,
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref::<rustls::Error>()?,
        _ => return None,
    };
    let rustls::Error::InvalidCertificate(why) = error else { return None };
    Some(match why {
        CertificateError::UnknownIssuer => "nobody who is trusted has issued it".into(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its time is over, or the clock of this machine is ahead".into()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its time has not begun, or the clock of this machine is behind".into()
        }
        CertificateError::Other(error) if error.to_string().contains("CaUsedAsEndEntity") => {
            "it is that of an authority, and not of a server".into()
        }
        why => why.to_string(),
    })
}

/// The body of a request. It is read once a connection is there and the head was sent: as long as nothing was read of
/// it, the server has no whole request.
struct Body<'a> {
    bytes: Option<&'a [u8]>,
    is_begun: bool,
}

impl Body<'_> {
    /// Whether there is one of which nothing was read.
    fn is_unread(&self) -> bool {
        !self.is_begun && self.bytes.is_some_and(|bytes| !bytes.is_empty())
    }
}

impl Read for Body<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.is_begun = true;
        self.bytes.as_mut().map_or(Ok(0), |bytes| bytes.read(into))
    }
}

#[cfg(test)]
mod tests;
