//! `spec.options` of an SSH key: the words of sshd's `authorized_keys`, in the form of this format.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::openssh::MAX_TUNNEL;

/// What a key may do, and from where. Every node obeys: sshd(8), `AUTHORIZED_KEYS FILE FORMAT`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyOptionsSpec {
    /// Forbid everything that can be forbidden: forwarding of ports, of the agent and of X11, a terminal,
    /// `~/.ssh/rc`. What is then `true` is allowed again.
    #[schemars(extend("default" = false))]
    pub restrict: Option<bool>,
    /// Whether ports may be forwarded.
    pub port_forwarding: Option<bool>,
    /// Whether the agent may be forwarded.
    pub agent_forwarding: Option<bool>,
    /// Whether X11 may be forwarded.
    pub x11_forwarding: Option<bool>,
    /// Whether there may be a terminal.
    pub pty: Option<bool>,
    /// Whether `~/.ssh/rc` is run.
    pub user_rc: Option<bool>,
    /// Whether a FIDO key must be touched. Only of FIDO keys.
    #[schemars(extend("default" = true))]
    pub touch_required: Option<bool>,
    /// Whether a FIDO key must have verified its user, by a PIN or a finger. Only of FIDO keys.
    #[schemars(extend("default" = false))]
    pub verify_required: Option<bool>,
    /// From where the key lets in: addresses, networks as `10.0.0.0/8`, patterns as `10.0.*`. A `!` before
    /// one keeps out what it matches.
    pub from: Option<Vec<Option<String>>>,
    /// What is run, whatever was asked for: one line for the user's shell.
    pub command: Option<String>,
    /// Variables of the environment, by name. sshd sets them where its configuration has
    /// `PermitUserEnvironment`.
    pub environment: Option<BTreeMap<String, String>>,
    /// To where ports may be forwarded (`ssh -L`): `HOST:PORT`, where both may be `*`.
    pub permit_open: Option<Vec<Option<String>>>,
    /// Where ports may be listened on (`ssh -R`): `HOST:PORT`, or `"PORT"` for any host.
    pub permit_listen: Option<Vec<Option<String>>>,
    /// The number of the tunnel device on the node.
    #[schemars(range(min = 0, max = MAX_TUNNEL))]
    pub tunnel: Option<u32>,
}
