//! Where the state is kept, as `state` of `keyplan.yaml`, `--state` and `KEYPLAN_STATE` say it.

use std::fmt;

/// Where the state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatePlace {
    /// A folder; a relative one begins at the workspace, or on the command line where that is run.
    Folder(Box<str>),
    S3(S3Place),
    /// A bucket of Google Cloud Storage.
    Gcs {
        bucket: Box<str>,
        prefix: Prefix,
    },
    /// A container of Azure Blob Storage.
    Azure {
        account: Box<str>,
        container: Box<str>,
        prefix: Prefix,
    },
    Git {
        /// As git takes it: a URL, `host:path`, or a path.
        remote: Box<str>,
        /// The full name of a branch, as in `refs/heads/keyplan-state`. Nothing else is kept there.
        branch: Box<str>,
    },
}

/// A bucket of S3, or of what speaks its protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Place {
    pub bucket: Box<str>,
    pub prefix: Prefix,
    /// Nothing where the environment, or the bucket, says it.
    pub region: Option<Box<str>>,
    /// The server, where it is not that of AWS.
    pub endpoint: Option<Box<str>>,
    /// Whether the bucket is in the path, and not in the name of the host.
    pub has_path_style: bool,
}

/// What the names of all objects of a state begin with, in front of a slash; empty at the top of a bucket. It is of
/// plain segments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix(Box<str>);

impl Prefix {
    /// Its segments, and those of a name.
    pub fn segments<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.split('/').chain(name.split('/')).filter(|segment| !segment.is_empty())
    }

    /// The whole name of an object.
    #[must_use]
    pub fn name(&self, name: &str) -> String {
        if self.0.is_empty() { name.into() } else { format!("{}/{name}", self.0) }
    }
}

/// Why a text says no place for a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct StatePlaceError {
    pub why: &'static str,
    /// What to write, as an example.
    pub example: &'static str,
}

const FOLDER: &str = ".keyplan/state";
const S3: &str = "s3://acme-access/keyplan?region=eu-central-1";
const GCS: &str = "gs://acme-access/keyplan";
const AZURE: &str = "az://acmeaccount/access/keyplan";
const GIT: &str = "git:git@example.com:acme/access-state.git#refs/heads/keyplan-state";

impl StatePlace {
    /// Reads a folder, `s3://BUCKET/PREFIX?region=…&endpoint=…&path_style=true`, `gs://BUCKET/PREFIX`,
    /// `az://ACCOUNT/CONTAINER/PREFIX` or `git:REMOTE#BRANCH`.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(text: &str) -> Result<Self, StatePlaceError> {
        let error = |why, example| Err(StatePlaceError { why, example });
        if let Some(rest) = text.strip_prefix("git:") {
            return git(rest);
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return match text {
                "" => error("it names no place", FOLDER),
                folder if folder.chars().any(char::is_control) => {
                    error("a character of it does not show itself", FOLDER)
                }
                folder => Ok(Self::Folder(folder.into())),
            };
        };
        match scheme {
            "s3" => s3(rest),
            "gs" => {
                let (bucket, prefix) = bucket(plain(rest, GCS)?, GCS)?;
                Ok(Self::Gcs { bucket, prefix })
            }
            "az" => {
                let (account, rest) = plain(rest, AZURE)?.split_once('/').unwrap_or((rest, ""));
                let is_account = (3..=24).contains(&account.len())
                    && account.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
                if !is_account {
                    return error("a storage account has 3 to 24 of `a-z0-9`", AZURE);
                }
                let (container, prefix) = bucket(rest, AZURE)?;
                Ok(Self::Azure { account: account.into(), container, prefix })
            }
            _ => error("not a folder, `s3://`, `gs://`, `az://` or `git:`", S3),
        }
    }

    /// The folder, where it is one.
    #[must_use]
    pub fn folder(&self) -> Option<&str> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::S3(_) | Self::Gcs { .. } | Self::Azure { .. } | Self::Git { .. } => None,
        }
    }
}

/// Whether git takes a remote for a path of this machine.
#[must_use]
pub fn is_path_of_git(remote: &str) -> bool {
    let is_drive = cfg!(windows) && remote.as_bytes().get(1) == Some(&b':');
    is_drive || !remote.split('/').next().is_some_and(|first| first.contains(':'))
}

/// A text in which URLs have no password or token: whoever is named before the host is left out, but for a user of ssh.
#[must_use]
pub fn without_secrets(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let end = after.find(['/', '?', '#', '\'', '"', ' ']).unwrap_or(after.len());
        let (user, host) = after[..end].rsplit_once('@').unwrap_or(("", &after[..end]));
        let user = if before.ends_with("ssh") { user.split(':').next().unwrap_or_default() } else { "" };
        let at = if user.is_empty() { "" } else { "@" };
        shown.extend([before, "://", user, at, host]);
        rest = &after[end..];
    }
    shown + rest
}

/// A text without a query, a fragment or a user.
fn plain<'a>(text: &'a str, example: &'static str) -> Result<&'a str, StatePlaceError> {
    if text.contains(['?', '#', '@', '\\', ':']) {
        return Err(StatePlaceError { why: "only names stand in it, with slashes between", example });
    }
    Ok(text)
}

/// The bucket and the prefix. The rules are those that S3, Google and Azure have in common.
fn bucket(text: &str, example: &'static str) -> Result<(Box<str>, Prefix), StatePlaceError> {
    let error = |why| Err(StatePlaceError { why, example });
    let (bucket, prefix) = text.split_once('/').unwrap_or((text, ""));
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    let is_name = (3..=222).contains(&bucket.len()) && bucket.bytes().all(is_part);
    if !is_name
        || bucket.starts_with(['-', '.', '_'])
        || bucket.ends_with(['-', '.', '_'])
        || bucket.contains("..")
    {
        return error("a bucket or container has 3 or more of `a-z0-9-._`");
    }
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_segment = |segment: &str| !matches!(segment, "" | "." | "..") && segment.bytes().all(is_letter);
    if prefix.len() > 512 || !(prefix.is_empty() || prefix.split('/').all(is_segment)) {
        return error("a name behind the bucket has only `A-Za-z0-9-._`");
    }
    Ok((bucket.into(), Prefix(prefix.into())))
}

fn s3(text: &str) -> Result<StatePlace, StatePlaceError> {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let (bucket, prefix) = bucket(plain(path, S3)?, S3)?;
    let mut place = S3Place { bucket, prefix, region: None, endpoint: None, has_path_style: false };
    for part in query.split('&').filter(|part| !part.is_empty()) {
        match part.split_once('=') {
            Some(("region", region)) if is_region(region) => place.region = Some(region.into()),
            Some(("endpoint", endpoint)) if !endpoint.is_empty() => place.endpoint = Some(endpoint.into()),
            Some(("path_style", "true")) => place.has_path_style = true,
            Some(("path_style", "false")) => place.has_path_style = false,
            _ => {
                let why = "only `region`, `endpoint` and `path_style` stand behind `?`";
                return Err(StatePlaceError { why, example: S3 });
            }
        }
    }
    Ok(StatePlace::S3(place))
}

/// Whether a text can be the name of a region of AWS.
#[must_use]
pub fn is_region(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(is_part)
}

fn git(text: &str) -> Result<StatePlace, StatePlaceError> {
    let error = |why| Err(StatePlaceError { why, example: GIT });
    let Some((remote, branch)) = text.rsplit_once('#') else {
        return error("a remote, `#` and the full name of a branch are needed");
    };
    // One that begins with `-` would be an option of git, and `ext::` a command.
    if remote.is_empty() || remote.starts_with('-') || remote.chars().any(char::is_control) {
        return error("this is no remote of git");
    }
    if remote.contains("::") {
        return error("a remote helper of git, as in `ext::`, is not run");
    }
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let is_segment = |part: &str| {
        !part.is_empty()
            && part.bytes().all(is_letter)
            && !part.starts_with(['.', '-'])
            && !part.ends_with('.')
            && !part.as_bytes().ends_with(b".lock")
            && !part.contains("..")
    };
    let is_branch = branch.strip_prefix("refs/heads/").is_some_and(|name| name.split('/').all(is_segment));
    if !is_branch {
        return error("behind `#` stands the full name of a branch");
    }
    Ok(StatePlace::Git { remote: remote.into(), branch: branch.into() })
}

impl fmt::Display for StatePlace {
    /// As it is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => f.write_str(folder),
            Self::S3(S3Place { bucket, prefix, region, endpoint, has_path_style }) => {
                write!(f, "s3://{}", bucket_and(bucket, prefix))?;
                let region = region.iter().map(|region| format!("region={region}"));
                let endpoint = endpoint.iter().map(|endpoint| format!("endpoint={endpoint}"));
                let style = has_path_style.then(|| "path_style=true".into());
                let query: Vec<String> = region.chain(endpoint).chain(style).collect();
                if query.is_empty() { Ok(()) } else { write!(f, "?{}", query.join("&")) }
            }
            Self::Gcs { bucket, prefix } => write!(f, "gs://{}", bucket_and(bucket, prefix)),
            Self::Azure { account, container, prefix } => {
                write!(f, "az://{account}/{}", bucket_and(container, prefix))
            }
            Self::Git { remote, branch } => write!(f, "git:{remote}#{branch}"),
        }
    }
}

fn bucket_and(bucket: &str, prefix: &Prefix) -> String {
    if prefix.0.is_empty() { bucket.into() } else { format!("{bucket}/{}", prefix.0) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_is_shown_as_it_is_read() {
        for text in [
            ".keyplan/state",
            "/srv/state",
            r"C:\state",
            "s3://acme-access",
            "s3://acme-access/a/b.c",
            "s3://acme/a?region=eu-central-1&endpoint=https://minio.example.com:9000&path_style=true",
            "gs://acme_access/keyplan",
            "az://acme1/access/keyplan",
            "az://acme1/access",
            "git:git@example.com:acme/state.git#refs/heads/keyplan-state",
            "git:../state.git#refs/heads/a/b",
            "git:https://example.com/a#b.git#refs/heads/main",
        ] {
            assert_eq!(StatePlace::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(StatePlace::parse("s3://acme/a/").unwrap().to_string(), "s3://acme/a");
    }

    #[test]
    fn a_remote_is_a_path_where_git_takes_it_for_one() {
        for remote in ["state.git", "../state.git", "/srv/state.git", "./a:b", "a@b"] {
            assert!(is_path_of_git(remote), "{remote}");
        }
        for remote in ["host:state.git", "git@host:a/b.git", "ssh://host/a", "https://host/a", "file:///a"] {
            assert!(!is_path_of_git(remote), "{remote}");
        }
    }

    #[test]
    fn no_password_and_no_token_is_shown() {
        for (text, shown) in [
            ("git@example.com:acme/state.git", "git@example.com:acme/state.git"),
            ("https://example.com/a@b", "https://example.com/a@b"),
            ("https://user:secret@example.com/a", "https://example.com/a"),
            ("https://secret@example.com/a", "https://example.com/a"),
            ("https://user:se@cret@example.com", "https://example.com"),
            ("ssh://git:secret@example.com/a", "ssh://git@example.com/a"),
            ("from 'https://secret@a/' to 'https://secret@b'", "from 'https://a/' to 'https://b'"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }

    #[test]
    fn what_is_no_place_is_refused_with_an_example_that_is_one() {
        for text in [
            "",
            "a\nb",
            "http://example.com",
            "S3://acme",
            "s3://",
            "s3://ab",
            "s3://Acme",
            "s3://acme//a",
            "s3://acme/../b",
            "s3://acme/a b",
            "s3://user@acme/a",
            "s3://acme:9000/a",
            "s3://acme?zone=a",
            "s3://acme?region=EU",
            "gs://acme?region=eu",
            "az://acme",
            "az://Acme/access",
            "az://acme1",
            "git:",
            "git:x",
            "git:#refs/heads/a",
            "git:x#main",
            "git:--upload-pack=evil#refs/heads/a",
            "git:ext::sh -c evil#refs/heads/a",
            "git:x#refs/heads/a..b",
            "git:x#refs/heads/a.lock",
            "git:x#refs/heads/-a",
            "git:x#refs/tags/a",
        ] {
            let error = StatePlace::parse(text).expect_err(text);
            assert!(StatePlace::parse(error.example).is_ok(), "{text}: {}", error.example);
            // It stands beside a frame, behind what it points at.
            assert!(error.why.len() <= 60, "{}", error.why);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_can_be_read_again_as_it_is_shown(text in "(s3://|gs://|az://|git:|)[a-z0-9A-Z./#?&=_@:-]{0,30}") {
            if let Ok(place) = StatePlace::parse(&text) {
                prop_assert_eq!(StatePlace::parse(&place.to_string()), Ok(place));
            }
        }
    }
}
