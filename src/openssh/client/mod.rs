//! The user's own `ssh`: started, configured, timed out, killed and heard in one way, whatever it is for.
//!
//! A *query* asks an sshd which keys it would accept. It has public keys alone, and a configuration from which every
//! key of the user is left out: it cannot sign or log in. A *session* logs in as the user's configuration says, and
//! puts questions to one command.
//!
//! ssh says what it does to a file of its own (`-E`), and only that is heard. Its standard error is another file:
//! there the node's banner is, and what a jump host's ssh says.

mod destination;
mod log;
mod process;
mod program;
mod query;
mod session;
mod settings;

pub use destination::Destination;
pub use log::LoginKey;
pub use program::{Client, Limits, SetupError, SshError, UnknownHosts};
pub use query::Queried;
pub use session::{Question, Session, Sharing};
