//! `kind: SSHKey`

use schemars::JsonSchema;
use serde::Deserialize;

use super::key_options::KeyOptionsSpec;

/// `spec` of an SSH key. The public key stands here or in a file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "if" = {"required": ["publicKey"]},
    "then" = {"properties": {"publicKeyFile": false}},
    "else" = {"required": ["publicKeyFile"]}
))]
pub struct SshKeySpec {
    /// The public key on one line, as in `ssh-ed25519 AAAAC3Nz... ops@payments`.
    pub public_key: Option<Box<str>>,
    /// A file with the public key, relative to this file and inside of the workspace.
    pub public_key_file: Option<Box<str>>,
    /// The fingerprint that the key must have, `SHA256:...` as `ssh-keygen -l` prints it: a guard
    /// against paste errors.
    pub fingerprint: Option<Box<str>>,
    /// Whose key it is: a user, or `team:NAME`.
    pub owner: Option<Box<str>>,
    /// The last day on which it is valid, in UTC: `2027-06-30`.
    pub expires: Option<Box<str>>,
    /// What the key may do, and from where.
    pub options: Option<Box<KeyOptionsSpec>>,
}
