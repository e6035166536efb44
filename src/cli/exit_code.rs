//! How keyplan ends: every exit code, in one place.

use crate::words::words;

words! {
    /// Why keyplan ended, with what it means for the help, the manual and the README.
    pub enum ExitCode {
        Done = "done",
        /// Something outside of the declarations failed.
        Error = "error: a file or the state could not be read or written",
        Pending = "changes are pending (`plan --detailed-exitcode` only)",
        Findings = "the declarations have findings of severity error",
        Drift = "drift: what is there differs from what is recorded",
        Guarded = "refused by a guard",
        Held = "another apply holds the lease",
        Stale = "the plan is stale",
        Declined = "declined or interrupted, or nobody could be asked",
        /// Some of it was done, and the rest was not.
        Partial = "applied in part, or imported in part",
        No = "the answer is no (`why` only)",
        Usage = "the command line was not understood",
        Bug = "a bug in keyplan; the message says how to report it",
    }
}

impl ExitCode {
    /// A part of the interface: it never changes.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Pending => 2,
            Self::Findings => 3,
            Self::Drift => 4,
            Self::Guarded => 5,
            Self::Held => 6,
            Self::Stale => 7,
            Self::Declined => 8,
            Self::Partial => 9,
            Self::No => 10,
            Self::Usage => 64,
            Self::Bug => 70,
        }
    }

    /// All codes, a line each, as the help shows them.
    #[must_use]
    pub fn table() -> String {
        let rows = Self::ALL.iter().map(|code| format!("  {:>2}  {}\n", code.number(), code));
        rows.collect()
    }

    /// All codes as a table in Markdown.
    #[must_use]
    pub fn markdown() -> String {
        let rows = Self::ALL.iter().map(|code| format!("| {} | {} |\n", code.number(), code));
        format!("| code | meaning |\n|---|---|\n{}", rows.collect::<String>())
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}
