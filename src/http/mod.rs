//! HTTP/1.1 as a client: one request at a time and thread, over TLS, in a limited time and size, at a limited rate, and
//! again only where that does no harm. Redirects are never followed, so that no secret goes where it was not meant to.
//! The only user of `ureq`.

mod agent;
mod at_most;
mod clock;
mod message;
mod proxy;
mod retry;
mod retry_after;
mod roots;
mod secret;
mod sender;
mod throttle;
mod transport;
mod url;
#[cfg(test)]
pub(crate) mod virtual_clock;

pub use agent::{Agent, AgentSettings};
pub use at_most::AtMost;
pub use clock::{Clock, GoOn, wait_until};
pub use message::{Header, HeaderValue, Method, Request, Response};
pub use proxy::{Proxy, ProxyError};
pub use retry::RequestKind;
pub use roots::{Roots, RootsError};
pub use secret::{Secret, SecretError};
pub use sender::{Failure, FailureCause, Limits, SendError, Sender};
pub use throttle::{Rate, TokenBucket};
pub use transport::{Transport, TransportError};
pub use url::{Origin, OriginError, Url, UrlError, form};
