//! The `keyplan` program: see [`keyplan::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    keyplan::cli::main()
}
