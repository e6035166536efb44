//! Why the state cannot be used.

use super::entry::VERSION;
use super::store::StoreError;

/// Why the state cannot be used. It is never read as empty instead.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The store cannot be read.
    #[error("cannot read `{object}` of the state: {source}")]
    Unreadable {
        /// The object, with the place of the store.
        object: String,
        source: StoreError,
    },
    /// An object is not what its name and its digest say.
    #[error("`{object}` of the state is damaged: {why}")]
    Damaged {
        /// The object, with the place of the store.
        object: String,
        why: String,
    },
    /// An object that another one names is not there.
    #[error("`{object}` of the state is missing")]
    Missing {
        /// The object, with the place of the store.
        object: String,
    },
    /// There is a state, and its whole log is gone.
    #[error("`{place}/log/` of the state is missing, and the rest of the state is there")]
    NoLog { place: String },
    /// An entry does not name the digest of the one before it.
    #[error("`{object}` of the state does not follow the entry before it: two histories are mixed")]
    Broken {
        /// The entry, with the place of the store.
        object: String,
        place: String,
    },
    /// A merge of git has written its marks into an object.
    #[error("`{object}` of the state is an unfinished merge of git")]
    Merge {
        /// The object, with the place of the store.
        object: String,
        place: String,
    },
    /// A file in the log that is no entry.
    #[error("`{object}` is no entry of the log of the state")]
    Stray {
        /// The file, with the place of the store.
        object: String,
    },
    /// A newer keyplan wrote it.
    #[error("the state at `{place}` has format version {version}, and this keyplan knows version {VERSION}")]
    Newer { place: String, version: u64 },
    /// It was copied to another place, and goes on there.
    #[error("the state at `{place}` goes on at `{to}` since revision {revision}")]
    Moved {
        place: String,
        /// The place, as it was written.
        to: String,
        revision: u64,
    },
    /// Something else is kept there.
    #[error("`{place}` holds something that is no state of keyplan")]
    Foreign { place: String },
    /// It is the state of another workspace.
    #[error("the state at `{place}` is that of the workspace `{recorded}`, and this workspace {}", named(.workspace.as_ref()))]
    OtherWorkspace {
        place: String,
        recorded: String,
        /// Who wants to use it; nothing for a workspace without a name.
        workspace: Option<String>,
    },
}

fn named(workspace: Option<&String>) -> String {
    workspace.map_or_else(|| "has no name".into(), |name| format!("is `{name}`"))
}

impl StateError {
    /// The next keystroke.
    #[must_use]
    pub fn help(&self) -> String {
        let one_side = |place: &String| {
            format!(
                "take the log of one branch whole, with `git restore --source=BRANCH --staged --worktree \
                 {place}/log`; then plan, and apply again what the other branch had applied"
            )
        };
        match self {
            Self::Unreadable { source, .. } => format!("{}; nothing was changed", source.help()),
            Self::Damaged { .. } | Self::Missing { .. } => {
                "bring the object back from a copy of the state; `keyplan state verify` names all that are wrong"
                    .into()
            }
            Self::NoLog { place } => {
                let folder = place.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                format!(
                    "does git ignore it, as a line `[Ll]og/` in `.gitignore` does? Then add a line `!**/{folder}/log/` \
                     after that one, and commit the folder from where it is; else bring it back from a copy"
                )
            }
            Self::Broken { place, .. } | Self::Merge { place, .. } => one_side(place),
            Self::Stray { .. } => "move it out of the folder".into(),
            Self::Newer { .. } => "use a newer keyplan".into(),
            Self::Moved { to, .. } => format!("write `state: {to}` in keyplan.yaml, or whatever names that place"),
            Self::Foreign { .. } => "name another folder in `state` of keyplan.yaml".into(),
            Self::OtherWorkspace { recorded, workspace: Some(_), .. } => format!(
                "name another folder in `state` of keyplan.yaml, or bring back `name: {recorded}` if this is that \
                 workspace"
            ),
            Self::OtherWorkspace { recorded, workspace: None, .. } => {
                format!("bring back its keyplan.yaml, with `metadata: {{name: {recorded}}}`")
            }
        }
    }
}
