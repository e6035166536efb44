//! How the services are asked that hand out credentials.

use std::sync::Arc;
use std::time::Duration;

use crate::http::{
    Clock, FailureCause, Limits, Rate, Request, RequestKind, Response, Sender, TokenBucket, Transport,
};

/// The longest time that AWS, or a metadata service of this machine, is asked in all.
const CLOUD: Duration = Duration::from_secs(30);
const METADATA: Duration = Duration::from_secs(5);
/// The longest time of one try.
const CLOUD_TRY: Duration = Duration::from_secs(10);
const METADATA_TRY: Duration = Duration::from_secs(2);

pub(super) struct Senders {
    cloud: Sender,
    metadata: Sender,
    pace: TokenBucket,
}

impl Senders {
    pub(super) fn new(
        cloud: Box<dyn Transport>,
        metadata: Box<dyn Transport>,
        clock: &Arc<dyn Clock>,
    ) -> Self {
        // The pauses need not differ: one process asks once.
        let sender =
            |transport, timeout| Sender::new(transport, Arc::clone(clock), timeout, Box::new(|| u32::MAX));
        Self {
            cloud: sender(cloud, CLOUD_TRY),
            metadata: sender(metadata, METADATA_TRY),
            pace: TokenBucket::new(Rate { per_second: 10, burst: 10 }),
        }
    }

    /// Asks AWS.
    pub(super) fn cloud(&self, request: &Request) -> Result<Response, String> {
        self.send(&self.cloud, request, CLOUD)
    }

    /// Asks a service of this machine, for a short time and without a proxy.
    pub(super) fn metadata(&self, request: &Request) -> Result<Response, String> {
        self.send(&self.metadata, request, METADATA)
    }

    fn send(&self, sender: &Sender, request: &Request, within: Duration) -> Result<Response, String> {
        let limits = Limits { deadline: sender.clock().monotonic() + within, go_on: &|| Ok(()) };
        // What hands out credentials changes nothing, whatever its method.
        let sent = sender.send(request, RequestKind::Read, &self.pace, &limits);
        sent.or_else(|error| {
            let host = request.url.origin().host();
            match error {
                crate::http::SendError::Failed(failure) => match failure.cause {
                    FailureCause::Response(response) => Ok(response),
                    cause => Err(format!(
                        "no answer from `{host}`: {}",
                        crate::http::Failure { cause, tries: failure.tries }
                    )),
                },
                error => Err(format!("no answer from `{host}`: {error}")),
            }
        })
    }
}
