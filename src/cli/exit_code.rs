//! How keyplan ends: every exit code, in one place.

/// Why keyplan ended. The number is part of the interface and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    Done,
    /// Something outside of the declarations failed.
    Error,
    /// A plan has changes, and `--detailed-exitcode` asked to be told so.
    Pending,
    /// The declarations have findings of severity error.
    Findings,
    /// A target has something else than is recorded.
    Drift,
    /// A guard stands in the way of a plan.
    Guarded,
    /// Another apply holds the projects of this one.
    Held,
    /// The plan was made from a state that has moved on.
    Stale,
    /// Somebody said no, or could not be asked.
    Declined,
    /// Some changes were done, and others were not.
    Partial,
    /// The command line was not understood.
    Usage,
    Bug,
}

impl ExitCode {
    /// Every way to end, in the order of the numbers.
    pub const ALL: [Self; 12] = [
        Self::Done,
        Self::Error,
        Self::Pending,
        Self::Findings,
        Self::Drift,
        Self::Guarded,
        Self::Held,
        Self::Stale,
        Self::Declined,
        Self::Partial,
        Self::Usage,
        Self::Bug,
    ];

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
            Self::Usage => 64,
            Self::Bug => 70,
        }
    }

    /// What it means, for the help, the manual and the README.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Error => "error: a file or the state could not be read or written",
            Self::Pending => "changes are pending (`plan --detailed-exitcode` only)",
            Self::Findings => "the declarations have findings of severity error",
            Self::Drift => "drift: what is there differs from what is recorded",
            Self::Guarded => "refused by a guard",
            Self::Held => "another apply holds the lease",
            Self::Stale => "the plan is stale",
            Self::Declined => "declined or interrupted, or nobody could be asked",
            Self::Partial => "applied in part",
            Self::Usage => "the command line was not understood",
            Self::Bug => "a bug in keyplan; the message says how to report it",
        }
    }

    /// All codes, a line each, as the help shows them.
    #[must_use]
    pub fn table() -> String {
        let rows = Self::ALL.map(|code| format!("  {:>2}  {}\n", code.number(), code.meaning()));
        rows.concat()
    }

    /// All codes as a table in Markdown.
    #[must_use]
    pub fn markdown() -> String {
        let rows = Self::ALL.map(|code| format!("| {} | {} |\n", code.number(), code.meaning()));
        format!("| code | meaning |\n|---|---|\n{}", rows.concat())
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}
