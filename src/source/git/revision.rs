//! A git revision as it is given.

use std::fmt;

/// A revision as it is given: what `git rev-parse` knows, or `A...` for the merge base of `A` and `HEAD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision(Box<str>);

/// Why a text cannot name a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRevision {
    #[error("it is empty")]
    Empty,
    #[error("it begins with `-`, as an option does")]
    Option,
    #[error("it has a control character in it")]
    Control,
}

impl Revision {
    /// Reads the text of a revision. Git is not asked.
    ///
    /// # Errors
    /// When git could take it for something else.
    pub fn parse(text: &str) -> Result<Self, BadRevision> {
        if text.trim_end_matches("...").is_empty() {
            return Err(BadRevision::Empty);
        }
        if text.starts_with('-') {
            return Err(BadRevision::Option);
        }
        if text.chars().any(char::is_control) {
            return Err(BadRevision::Control);
        }
        Ok(Self(text.into()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it means a merge base.
    pub(super) fn is_merge_base(&self) -> bool {
        self.0.ends_with("...")
    }

    /// What is looked up.
    pub(super) fn start(&self) -> &str {
        self.0.strip_suffix("...").unwrap_or(&self.0)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether a text is the whole name of an object, and nothing more.
pub(super) fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// A revision that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub(super) revision: Revision,
    pub(super) is_shallow: bool,
}

impl Missing {
    /// What to fetch. A text that a shell would not take as one plain word is in no command.
    pub(super) fn help(&self) -> String {
        let name = self.revision.start();
        let depth = if self.is_shallow { " --depth=1" } else { "" };
        let is_plain = name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '/' | '-'));
        let fetch = match name.strip_prefix("origin/") {
            _ if self.revision.is_merge_base() || !is_plain => None,
            Some(branch) => Some(format!("+refs/heads/{branch}:refs/remotes/origin/{branch}")),
            None if is_id(name) => Some(name.to_owned()),
            None if self.is_shallow => Some(format!("{name}:{name}")),
            None => None,
        };
        match (fetch, self.is_shallow) {
            (Some(what), true) => format!(
                "`git fetch{depth} origin {what}` fetches it, and so does `fetch-depth: 0` of the checkout in CI"
            ),
            (Some(what), false) => format!("`git fetch origin {what}` fetches it"),
            (None, true) => {
                "`git fetch --unshallow origin` fetches all history, and so does `fetch-depth: 0` of the checkout in CI"
                    .into()
            }
            (None, false) => "name a branch, a tag or a commit; `git branch --all` lists the branches".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BadRevision, Missing, Revision};

    #[test]
    fn what_git_could_take_for_an_option_is_no_revision() {
        for (text, why) in [
            ("", BadRevision::Empty),
            ("...", BadRevision::Empty),
            ("-x", BadRevision::Option),
            ("--upload-pack=touch /tmp/x", BadRevision::Option),
            ("main\nHEAD", BadRevision::Control),
            ("main\0", BadRevision::Control),
        ] {
            assert_eq!(Revision::parse(text), Err(why), "{text:?}");
        }
        for text in ["main", "origin/main", "HEAD~2", "main...", "v1^{}", "@{upstream}"] {
            assert_eq!(Revision::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn help_names_what_to_fetch_and_no_command_of_a_stranger() {
        let help =
            |text: &str, is_shallow| Missing { revision: Revision::parse(text).unwrap(), is_shallow }.help();
        let id = "0123456789012345678901234567890123456789";
        for (revision, command) in [
            ("origin/main", "git fetch --depth=1 origin +refs/heads/main:refs/remotes/origin/main`"),
            ("release/2", "git fetch --depth=1 origin release/2:release/2`"),
            (id, &*format!("git fetch --depth=1 origin {id}`")),
            ("HEAD~1", "git fetch --unshallow origin`"),
            ("origin/main...", "git fetch --unshallow origin`"),
            ("origin/$(reboot)", "git fetch --unshallow origin`"),
        ] {
            let help = help(revision, true);
            assert!(help.contains(command) && help.contains("fetch-depth: 0"), "{help}");
            assert!(!help.contains("reboot"), "{help}");
        }
        assert!(help("origin/main", false).starts_with("`git fetch origin +refs/heads/main:"));
        assert!(help("mian", false).contains("git branch --all"));
    }
}
