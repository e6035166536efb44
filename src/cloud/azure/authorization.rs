//! What lets a request through.

use super::shared_access::SharedAccess;
use super::shared_key::SharedKey;
use crate::http::{Header, HeaderValue, Request, Secret};

/// What lets a request through.
#[derive(Clone, Debug)]
pub enum AzureAuthorization {
    Key(SharedKey),
    Shared(SharedAccess),
    Token(Secret),
}

impl AzureAuthorization {
    /// The request with what lets it through. It has all its other headers.
    #[must_use]
    pub fn authorize(&self, mut request: Request) -> Request {
        match self {
            Self::Key(key) => {
                let header = key.sign(&request);
                request.headers.push(header);
            }
            Self::Shared(shared) => request.url = shared.sign(request.url),
            Self::Token(token) => {
                let value = HeaderValue::Bearer(token.clone());
                request.headers.push(Header { name: "Authorization", value });
            }
        }
        request
    }
}
