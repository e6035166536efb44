//! From what the YAML says to what it means: texts become keys, and names become references. Nothing here
//! reads a file or prints; what is wrong is collected as findings.

mod modulus;
pub mod proof;
pub mod public_key;
