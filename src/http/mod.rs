//! HTTP as a client, at a limited rate.

mod clock;
mod throttle;
#[cfg(test)]
pub(crate) mod virtual_clock;

pub use clock::{Clock, GoOn, wait_until};
pub use throttle::{Rate, TokenBucket};
