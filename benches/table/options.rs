//! What may be chosen, by the environment, so that `make bench-table N=1000` says it as well.

use std::fmt::Debug;
use std::str::FromStr;
use std::time::Duration;

use crate::generator::Workspace;

pub(crate) struct Options {
    /// Numbers of keys, with as many clusters each: `N`.
    pub(crate) sizes: Vec<usize>,
    /// Projects: `PROJECTS`.
    projects: Option<usize>,
    /// Files, where they are packed: `FILES`.
    files: Option<usize>,
    /// The share of keys that are RSA: `RSA`.
    pub(crate) rsa: f64,
    /// The share of clusters that are changed: `CHANGED`.
    pub(crate) changed: f64,
    /// Another seed makes other keys: `SEED`.
    pub(crate) seed: u64,
    /// How often each command runs: `RUNS`.
    pub(crate) runs: usize,
    /// The largest number of keys that Terraform is given: `TERRAFORM_N`.
    pub(crate) terraform_most: usize,
    /// How often each command of Terraform runs: `TERRAFORM_RUNS`.
    pub(crate) terraform_runs: usize,
    /// After that a command is stopped: `SECONDS_EACH`.
    pub(crate) limit: Duration,
}

const RSA_BITS: usize = 3072;
const KEYS_A_FILE: usize = 100;

impl Options {
    pub(crate) fn read() -> Self {
        let sizes = std::env::var("N").unwrap_or_else(|_| "100 1000 10000 100000".into());
        let mut sizes: Vec<usize> =
            sizes.split_whitespace().map(|size| size.parse().expect("`N` is a list of numbers")).collect();
        sizes.sort_unstable();
        assert!(sizes.first().is_some_and(|&size| size > 0), "`N` is a list of numbers from 1");
        Self {
            sizes,
            projects: number("PROJECTS"),
            files: number("FILES"),
            rsa: number("RSA").unwrap_or(0.0),
            changed: number("CHANGED").unwrap_or(0.01),
            seed: number("SEED").unwrap_or(1),
            runs: number("RUNS").unwrap_or(5).max(1),
            terraform_most: number("TERRAFORM_N").unwrap_or(1000),
            terraform_runs: number("TERRAFORM_RUNS").unwrap_or(1).max(1),
            limit: Duration::from_secs(number("SECONDS_EACH").unwrap_or(600)),
        }
    }

    /// What to generate.
    pub(crate) fn workspace(&self, keys: usize) -> Workspace {
        let parts = (keys / KEYS_A_FILE).max(1);
        Workspace {
            keys,
            projects: self.projects.unwrap_or(parts).clamp(1, keys),
            files: self.files.unwrap_or(parts).clamp(1, keys),
            rsa: (share(keys, self.rsa), RSA_BITS),
            seed: self.seed,
        }
    }

    /// How many clusters are changed; one at least.
    pub(crate) fn changed_of(&self, clusters: usize) -> usize {
        share(clusters, self.changed).max(1)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "no more than the whole, which is far below 2^52"
)]
fn share(of: usize, share: f64) -> usize {
    (of as f64 * share.clamp(0.0, 1.0)).round() as usize
}

fn number<T: FromStr<Err: Debug>>(name: &str) -> Option<T> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("`{name}` is no number")))
}
