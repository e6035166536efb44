//! The commands of keyplan that are measured, each as often as was asked for.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::facts::{Facts, Layout};
use crate::measure::{Cost, Run, own_path};
use crate::options::Options;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// What reading the files costs, whoever does it.
    Hash,
    /// No key was ever proven.
    ValidateNew,
    Validate,
    FirstPlan,
    /// Into a state that does not exist.
    Apply,
    NoChange,
    Changed,
}

impl Step {
    pub(crate) const ALL: [Self; 7] = [
        Self::Hash,
        Self::ValidateNew,
        Self::Validate,
        Self::FirstPlan,
        Self::Apply,
        Self::NoChange,
        Self::Changed,
    ];

    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Hash => "read and hash",
            Self::ValidateNew => "validate, new keys",
            Self::Validate => "validate",
            Self::FirstPlan => "first plan",
            Self::Apply => "apply",
            Self::NoChange => "plan, no change",
            Self::Changed => "plan, some changed",
        }
    }
}

/// Where the facts are, and the home of a user who has never run keyplan.
struct World {
    folder: tempfile::TempDir,
    limit: std::time::Duration,
}

impl World {
    fn at(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn cost(&self, step: Step) -> Cost {
        let workspace = self.at("workspace");
        let workspace = workspace.to_str().expect("a path in UTF-8");
        let own = own_path();
        let keyplan = env!("CARGO_BIN_EXE_keyplan");
        let plan = [keyplan, "plan", "--detailed-exitcode", workspace];
        let (words, expected): (&[&str], i32) = match step {
            Step::Hash => (&[&own, "hash", workspace], 0),
            Step::ValidateNew | Step::Validate => (&[keyplan, "validate", workspace], 0),
            Step::Apply => (&[keyplan, "apply", "--auto-approve", workspace], 0),
            Step::NoChange => (&plan, 0),
            Step::FirstPlan | Step::Changed => (&plan, 2),
        };
        let run = Run {
            program: words[0],
            args: &words[1..],
            folder: self.folder.path(),
            home: &self.at("home"),
            expected,
            limit: self.limit,
        };
        run.cost().expect("keyplan ends in time: `SECONDS_EACH` gives it more")
    }
}

/// Each step with what its runs cost.
pub(crate) fn rows(
    keys: usize,
    layout: Layout,
    facts: &Facts,
    changed: &Facts,
    options: &Options,
) -> Vec<(Step, Vec<Option<Cost>>)> {
    let world = World { folder: tempfile::tempdir().expect("a temporary folder"), limit: options.limit };
    fs::create_dir_all(world.at("home")).expect("a folder that can be made");
    facts.write(layout, &world.at("workspace"));
    let mut rows = Vec::new();
    for step in Step::ALL {
        eprintln!("{keys} keys and clusters, {}: {}", layout.words(), step.words());
        if step == Step::Changed {
            changed.write(layout, &world.at("workspace"));
        }
        settle();
        let mut costs = Vec::new();
        for _ in 0..options.runs {
            match step {
                Step::ValidateNew => remove(&world.at("workspace/.keyplan/cache")),
                Step::Apply => remove(&world.at("workspace/.keyplan/state")),
                Step::Hash | Step::Validate | Step::FirstPlan | Step::NoChange | Step::Changed => {}
            }
            costs.push(Some(world.cost(step)));
        }
        rows.push((step, costs));
    }
    rows
}

fn remove(folder: &Path) {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("a folder that can be removed");
    }
}

/// Waits until what was written before is on the disk.
pub(crate) fn settle() {
    assert!(Command::new("sync").status().expect("sync runs").success());
}
