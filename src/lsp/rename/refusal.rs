//! Why something is not renamed.

use camino::Utf8PathBuf;

use crate::diagnostics::quoted;
use crate::model::{Address, Name, NameError};

/// Why something is not renamed.
#[derive(Debug, thiserror::Error)]
pub(in crate::lsp) enum Refusal {
    #[error("there is no name of a project, a team, a key or a cluster here")]
    Nothing,
    #[error("this is no name: {0}")]
    Name(NameError),
    #[error("{} is not valid YAML, and what it names cannot be seen", quoted(.0.as_str()))]
    Broken(Utf8PathBuf),
    #[error("{}", declared(.address, *.times))]
    Declared { address: Address, times: usize },
    #[error("{address} is declared in {} already", quoted(.path.as_str()))]
    Taken { address: Address, path: Utf8PathBuf },
    #[error("{} names it by an alias, an anchor or with escapes: write it out first", quoted(.0.as_str()))]
    Form(Utf8PathBuf),
    /// It has a previous name, and nobody knows whether that rename was applied.
    #[error(
        "it has `previousName: {0}` already: delete that line if the rename was applied, and apply it if not"
    )]
    PreviousName(Name),
    /// It would get the name that it had before.
    #[error("`{0}` is its `previousName`: delete that line first")]
    Back(Name),
    #[error("under this name the workspace would not be valid: {0}")]
    Invalid(String),
    /// Something would change beside the name.
    #[error("more than the name would change")]
    More,
}

fn declared(address: &Address, times: usize) -> String {
    match times {
        0 => format!("{address} is not declared"),
        times => format!("{address} is declared {times} times"),
    }
}
