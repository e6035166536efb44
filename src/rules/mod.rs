//! What is checked: one file per rule, with its documentation inside it, and the registry of all.
//! Rules see resources and texts, never bytes of a file.

pub mod bad_base64;
pub mod broken_rsa_key;
pub mod certificate_as_key;
pub mod dsa_key;
pub mod empty_key;
pub mod fingerprint_mismatch;
pub mod hidden_character;
pub mod invalid_point;
pub mod key_not_allowed;
pub mod key_options;
pub mod key_type_mismatch;
pub mod long_comment;
pub mod malformed_key;
pub mod new_key_type;
pub mod not_an_ssh_key;
pub mod private_key;
pub mod rsa_exponent;
pub mod rsa_size;
pub mod several_keys;
pub mod signature_algorithm;
pub mod sk_application;
pub mod skeleton_key;
pub mod unknown_key_type;
pub mod untidy_key;
pub mod unused_key;
