//! The branch on the remote: what is fetched from it, and what becomes of a push.

use super::super::error::{StoreError, StoreErrorKind};
use super::cache::Locked;
use super::fault::{self, Fault, cleaned};
use super::program::Ran;

/// The newest commit that was fetched.
const FETCHED: &str = "refs/keyplan/fetched";
/// The newest commit that was seen and taken for a state.
const SEEN: &str = "refs/keyplan/seen";

/// A branch of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// As git takes it: a URL, `host:path`, or an absolute path.
    pub remote: Box<str>,
    /// Its full name, as in `refs/heads/keyplan-state`.
    pub name: Box<str>,
    /// Whether the environment says which ssh git runs. Else it is one that asks nothing.
    pub has_ssh: bool,
}

/// What to do about a server that refuses a push.
const RULES: &str = "let whoever applies push to the branch: see its protection, and the hooks of the server";

/// What became of a push.
#[derive(Debug)]
pub(super) enum Pushed {
    Done,
    /// The branch is no more what it was taken for.
    Outrun,
    /// The server refuses it, which may be because another push was faster.
    Refused(StoreError),
}

impl Branch {
    /// Fetches the newest commit; nothing where there is no such branch.
    pub(super) fn fetch(&self, cache: &Locked<'_>) -> Result<Option<String>, Fault> {
        let new = self.newest(cache)?;
        let seen = cache.commit(SEEN)?;
        if new == seen {
            return Ok(new);
        }
        if let Some(seen) = seen {
            goes_on(cache, &seen, new.as_deref())?;
        }
        if let Some(new) = &new {
            cache.set(SEEN, new)?;
        }
        Ok(new)
    }

    fn newest(&self, cache: &Locked<'_>) -> Result<Option<String>, Fault> {
        let refspec = format!("+{}:{FETCHED}", self.name);
        let mut depth: &[&str] = &["--depth=1"];
        let mut was_missing = false;
        loop {
            let fetch = ["fetch", "--progress", "--no-tags", "--force"];
            let ran = cache.git().run_remote(&[&fetch, depth, &["--", &self.remote, &refspec]].concat())?;
            if ran.is_success() {
                return cache.commit(FETCHED);
            }
            let said = ran.err.to_lowercase();
            if said.contains("couldn't find remote ref") && !was_missing {
                // That is what it says. How the next one ends is exact.
                if self.is_missing(cache)? {
                    return Ok(None);
                }
                was_missing = true;
            } else if said.contains("shallow") && !depth.is_empty() {
                depth = &[];
            } else {
                return Err(fault::of_remote(&ran)
                    .map_or_else(|| Fault::Torn(fault::unknown(&ran).words), Fault::Store));
            }
        }
    }

    /// Whether the remote can be reached, is one of git, and has no such branch.
    fn is_missing(&self, cache: &Locked<'_>) -> Result<bool, Fault> {
        let list = ["ls-remote", "--exit-code", "--refs", "--", &self.remote, &self.name];
        let (ran, speaks_git) = cache.git().run_remote_traced(&list)?;
        match ran.code {
            Some(0) => Ok(false),
            Some(2) if speaks_git => Ok(true),
            Some(2) => Err(fault::no_git().into()),
            _ => Err(fault::of_remote(&ran).unwrap_or_else(|| fault::unknown(&ran)).into()),
        }
    }

    /// Pushes a commit whose parent is what the branch is taken for.
    pub(super) fn push(
        &self,
        cache: &Locked<'_>,
        parent: Option<&str>,
        commit: &str,
    ) -> Result<Pushed, Fault> {
        let lease = format!("--force-with-lease={}:{}", self.name, parent.unwrap_or_default());
        let refspec = format!("{commit}:{}", self.name);
        let push = ["push", "--progress", "--porcelain", "--no-verify", "--no-follow-tags", &lease, "--"];
        let ran = cache.git().run_remote(&[&push[..], &[&self.remote, &refspec]].concat())?;
        let pushed = outcome(&ran, &self.name)?;
        if matches!(pushed, Pushed::Done) {
            // Where that fails, the next fetch does it.
            let _ = cache.set(SEEN, commit);
        }
        Ok(pushed)
    }
}

/// What git says of a push to a branch. Where that is not known, it may have been done.
fn outcome(ran: &Ran, branch: &str) -> Result<Pushed, StoreError> {
    if ran.is_success() {
        return Ok(Pushed::Done);
    }
    let text = ran.text();
    let of_branch = text.lines().find_map(|line| {
        let (_, rest) = line.strip_prefix("!\t")?.split_once(':')?;
        rest.strip_prefix(branch)?.strip_prefix('\t')
    });
    let Some(why) = of_branch else {
        return Err(match fault::of_remote(ran) {
            Some(error) if !error.may_be_retried() => error,
            known => {
                let words = known.unwrap_or_else(|| fault::unknown(ran)).words;
                StoreError::new(StoreErrorKind::Ambiguous, words)
            }
        });
    };
    if why.starts_with("[rejected]") {
        return Ok(Pushed::Outrun);
    }
    let why = cleaned(why);
    let words = match fault::of_server(ran) {
        Some(said) => format!("git says: {why}: {said}"),
        None => format!("git says: {why}"),
    };
    let refused = |kind| StoreError::new(kind, words.clone());
    if !why.starts_with("[remote rejected]") {
        return Err(refused(StoreErrorKind::Ambiguous));
    }
    if fault::is_full(ran) {
        return Err(refused(StoreErrorKind::Full));
    }
    let says = |parts: &[&str]| parts.iter().any(|part| why.contains(part));
    if says(&["declined", "protected", "prohibited", "denied"]) {
        return Err(refused(StoreErrorKind::Denied).with_help(RULES));
    }
    let is_race = says(&["lock", "failed to update ref", "incorrect old value", "already exists"]);
    let kind = if is_race { StoreErrorKind::Unavailable } else { StoreErrorKind::Denied };
    Ok(Pushed::Refused(refused(kind).with_help(RULES)))
}

/// Whether all that was there is there as it was. A branch that was moved by force is not taken for the state: it may
/// be an older one.
fn goes_on(cache: &Locked<'_>, seen: &str, new: Option<&str>) -> Result<(), Fault> {
    let rewritten = |what: &str| {
        let words = format!("{what}: the branch was rewritten");
        let help = format!(
            "find out who has moved the branch, and bring it back; if it was meant, delete `{}`, by which keyplan \
             knows of it",
            cache.git().folder()
        );
        Err(StoreError::new(StoreErrorKind::Damaged, words).with_help(help).into())
    };
    let Some(new) = new else { return rewritten("the branch was there, and is gone") };
    let diff = ["diff-tree", "-r", "-z", "--no-renames", "--diff-filter=a", "--name-only", seen, new, "--"];
    let names = cache.run(&diff, &[])?;
    match names.split('\0').find(|name| !name.is_empty()) {
        Some(name) => rewritten(&format!("`{}` was on the branch, and is gone or another", cleaned(name))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRANCH: &str = "refs/heads/a";

    /// How a push ended: with what kind of error, and whether another look at the branch decides.
    fn ended(code: i32, out: &str, err: &str) -> (Option<StoreErrorKind>, bool) {
        let ran = Ran { code: Some(code), out: out.into(), err: err.into() };
        match outcome(&ran, BRANCH) {
            Ok(Pushed::Done) => (None, false),
            Ok(Pushed::Outrun) => (None, true),
            Ok(Pushed::Refused(error)) => (Some(error.kind), true),
            Err(error) => (Some(error.kind), false),
        }
    }

    #[test]
    fn each_end_of_a_push_is_known_for_what_it_is() {
        use StoreErrorKind::{Ambiguous, Denied, Full, Unavailable};
        let rejected = |why: &str| format!("To x\n!\tabc:{BRANCH}\t{why}\nDone\n");
        assert_eq!(ended(0, "To x\n*\tabc:refs/heads/a\t[new branch]\nDone\n", ""), (None, false));
        for why in ["[rejected] (stale info)", "[rejected] (fetch first)", "[rejected] (non-fast-forward)"] {
            assert_eq!(ended(1, &rejected(why), ""), (None, true), "{why}");
        }
        for (why, kind, is_open) in [
            ("[remote rejected] (failed to update ref)", Unavailable, true),
            ("[remote rejected] (cannot lock ref 'refs/heads/a': is at b but expected c)", Unavailable, true),
            ("[remote rejected] (reference already exists)", Unavailable, true),
            ("[remote rejected] (deny updating a hidden ref)", Denied, true),
            ("[remote rejected] (pre-receive hook declined)", Denied, false),
            ("[remote rejected] (protected branch hook declined)", Denied, false),
            ("[remote failure] (remote failed to report status)", Ambiguous, false),
        ] {
            assert_eq!(ended(1, &rejected(why), ""), (Some(kind), is_open), "{why}");
        }
        let full = "remote: fatal: write error: No space left on device\n";
        assert_eq!(ended(1, &rejected("[remote rejected] (unpacker error)"), full), (Some(Full), false));
        for (err, kind) in [
            ("git@example.com: Permission denied (publickey).\n", Denied),
            ("fatal: the remote end hung up unexpectedly\n", Ambiguous),
            ("", Ambiguous),
        ] {
            assert_eq!(ended(128, "", err), (Some(kind), false), "{err}");
        }
        // It was done, and then something went wrong.
        assert_eq!(ended(1, "To x\n \tabc:refs/heads/a\ta..b\n", ""), (Some(Ambiguous), false));
        assert_eq!(
            ended(1, "To x\n!\tabc:refs/heads/ab\t[rejected] (stale info)\n", ""),
            (Some(Ambiguous), false)
        );
    }
}
