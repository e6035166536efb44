//! What manual pages say beside what `--help` says.

pub(super) type Entries = &'static [(&'static str, &'static str)];

/// Files that keyplan reads and writes.
pub(super) const FILES: Entries = &[
    ("*.yaml, *.yml", "The declarations of a workspace. Hidden files and folders are passed over."),
    ("keyplan.yaml", "The settings of a workspace, at its top. It may be missing."),
    (".keyplan/state/", "What was applied, unless `state` in keyplan.yaml names another folder. Keep it."),
    (
        ".keyplan/cache/",
        "Fingerprints of keys that passed every costly check. It may be deleted at any time.",
    ),
    (".keyplan/schemas/", "The JSON Schema for editors, as `keyplan init` writes it."),
    ("~/.cache/keyplan/seal", "The secret that seals the cache of a user. It may be deleted at any time."),
];

pub(super) const ENVIRONMENT: Entries = &[
    ("NO_COLOR, CLICOLOR_FORCE", "Whether to colour, where `--color` says nothing."),
    (
        "KEYPLAN_FORMAT",
        "The format of `validate`, `plan`, `apply` and `show` where `--format` says nothing. A command passes over a \
         format that it does not have.",
    ),
    (
        "KEYPLAN_STATE",
        "Where the state is, where `--state` says nothing; it overrides `state` of `keyplan.yaml`, which a pull request can \
         change.",
    ),
    (
        "LC_ALL, LC_CTYPE, LANG",
        "Whether frames are drawn with Unicode: where none of them is set, or it is UTF-8.",
    ),
    (
        "GITHUB_ACTIONS, GITHUB_ACTOR, GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_SHA",
        "On GitHub Actions: who applies, in which run and at which commit, for the log of the state. Where \
         GITHUB_ACTIONS is `true`, annotations follow the findings.",
    ),
    ("GITLAB_CI, GITLAB_USER_LOGIN, CI_JOB_URL, CI_COMMIT_SHA", "The same in GitLab CI."),
    (
        "TF_BUILD, BUILD_REQUESTEDFOREMAIL, BUILD_REQUESTEDFOR, SYSTEM_TEAMFOUNDATIONCOLLECTIONURI, \
         SYSTEM_TEAMPROJECT, BUILD_BUILDID, BUILD_SOURCEVERSION",
        "The same in Azure Pipelines.",
    ),
    (
        "BUILDKITE, BUILDKITE_BUILD_CREATOR_EMAIL, BUILDKITE_BUILD_CREATOR, BUILDKITE_BUILD_URL, BUILDKITE_JOB_ID, \
         BUILDKITE_COMMIT",
        "The same on Buildkite.",
    ),
    ("CIRCLECI, CIRCLE_USERNAME, CIRCLE_BUILD_URL, CIRCLE_SHA1", "The same on CircleCI."),
    ("JENKINS_URL, BUILD_USER_ID, BUILD_URL, GIT_COMMIT", "The same on Jenkins."),
    ("USER, LOGNAME", "Who applies, for the log of the state, where no CI service says it."),
    (
        "GITHUB_ACTIONS, TF_BUILD, TEAMCITY_VERSION",
        "Where one of them is set, text that the CI runner would obey is written with an escape.",
    ),
    (
        "GITHUB_WORKSPACE, CI_PROJECT_DIR",
        "The top of the repository, from which SARIF and other formats for forges name files; else it is the nearest \
         folder upwards with a .git.",
    ),
    (
        "XDG_CACHE_HOME, HOME",
        "Where the seal of the cache is kept, and what was read of a state over a network. Without them nothing is \
         cached.",
    ),
    (
        "GIT_SSH_COMMAND, GIT_SSH",
        "The ssh by which git reaches a state on a branch. Without them, and without core.sshCommand of git, it is one \
         that asks nothing.",
    ),
    ("TMPDIR", "Where ssh keeps its own files while nodes are asked or changed."),
];

pub(super) fn examples(command: &str) -> Entries {
    match command {
        "keyplan" => &[
            ("keyplan init access", "Start a workspace."),
            ("keyplan validate access", "Check every rule; it needs no state and no network."),
            ("keyplan plan access", "Show what would change, and who gains or loses access."),
            ("keyplan apply access", "Show it again, ask, and do it."),
            ("keyplan verify --workspace access", "Ask the nodes whether they conform."),
        ],
        "keyplan apply" => &[
            ("keyplan apply access", "Show what would change, ask, and do it."),
            ("keyplan apply access.plan access", "Do what a saved plan says, without a question."),
            ("keyplan apply --auto-approve access", "Ask nothing, as in a job."),
            ("keyplan apply -m 'Off-boarding of dan' access", "Say why, for the log of the state."),
        ],
        "keyplan show" => {
            &[("keyplan show access.plan access", "Print a saved plan, and whether it still applies.")]
        }
        "keyplan drift" => &[
            ("keyplan drift --workspace access", "Look at all nodes."),
            ("keyplan drift payments/prod-eu project/shop", "Look at one cluster, and at all of a project."),
            ("keyplan drift --repair", "Have the next apply write anew what differs."),
        ],
        "keyplan verify" => &[
            ("keyplan verify --workspace access", "Ask all nodes."),
            ("keyplan verify --timeout 3 payments/prod-eu", "Ask those of one cluster, for 3 seconds each."),
        ],
        "keyplan authorized-keys" => &[(
            "keyplan authorized-keys --state /var/lib/keyplan/state payments/prod-eu",
            "What sshd on the nodes of this cluster is told.",
        )],
        "keyplan render" => &[
            ("keyplan render cloud-init payments/prod-eu access", "User data with the declared key."),
            (
                "keyplan render --recorded authorized-keys payments/prod-eu access",
                "A file with the recorded key.",
            ),
        ],
        "keyplan state" => &[
            ("keyplan state list --workspace access", "What is recorded."),
            ("keyplan state log --workspace access", "What was applied, and by whom."),
        ],
        "keyplan state list" => &[
            ("keyplan state list --workspace access", "The address of all that is recorded."),
            ("keyplan state list | grep ^cluster/", "The clusters alone."),
        ],
        "keyplan state log" => &[
            ("keyplan state log --workspace access", "What was applied, by whom, when and why."),
            (
                "keyplan state log cluster/payments/prod-eu --since 7d",
                "What changed on a cluster in the last week.",
            ),
            (
                "keyplan state log --format json | jq -r '.revisions[0].digest'",
                "The digest of the newest revision.",
            ),
        ],
        "keyplan state verify" => &[
            ("keyplan state verify", "Check a state that was copied or restored."),
            (
                "keyplan state verify --format json | jq .open_applies",
                "Applies that have begun and not ended.",
            ),
        ],
        "keyplan state release" => &[
            ("keyplan state release 3f9c", "Give up the apply whose lease begins so, after a question."),
            ("keyplan state release --auto-approve 3f9c", "Ask nothing, as in a job."),
        ],
        "keyplan state copy" => &[
            (
                "keyplan state copy .keyplan/state s3://acme-access/keyplan",
                "Let the state go on in a bucket, after a question.",
            ),
            ("keyplan state copy --auto-approve old new", "Ask nothing, as in a job."),
        ],
        "keyplan state show" => &[("keyplan state show key/payments/ops", "All that is recorded of a key.")],
        "keyplan state diff" => &[
            ("keyplan state diff 3", "What changed since revision 3."),
            ("keyplan state diff 2 3", "What revision 3 changed."),
        ],
        "keyplan state export" => {
            &[("keyplan state export > recorded.json", "All that is recorded, as JSON.")]
        }
        "keyplan explain" => &[
            ("keyplan explain second-key", "What this rule finds, why, and how to mend it."),
            ("keyplan explain --format json", "All rules and guards for machines."),
        ],
        "keyplan schema" => &[("keyplan schema > declaration-v1.json", "The schema for an editor.")],
        "keyplan import" => &[(
            "keyplan import authorized-keys --project payments ~/.ssh/authorized_keys",
            "Declare every key of a file.",
        )],
        "keyplan import authorized-keys" => &[
            (
                "keyplan import authorized-keys --project payments --cluster prod --key ana@laptop old/*",
                "Declare the keys of some files, and a cluster that has one of them.",
            ),
            (
                "curl -fsS https://github.com/ana.keys | keyplan import authorized-keys --project payments --owner ana@example.com -",
                "Declare the keys that GitHub has of a person.",
            ),
        ],
        "keyplan import nodes" => &[
            (
                "keyplan import nodes --project payments --cluster prod-eu ubuntu@10.0.0.11 ubuntu@10.0.0.12",
                "Declare two nodes and the keys that are on them.",
            ),
            (
                "keyplan import nodes --project payments --cluster prod-eu --key ana@laptop ubuntu@10.0.0.11",
                "The same where several keys are on them.",
            ),
        ],
        "keyplan import palette" => &[
            ("keyplan import palette", "Declare and record all that the tenant of keyplan.yaml has."),
            (
                "keyplan import palette --project payments --project shop",
                "The same of two projects, and of the teams that have roles in them.",
            ),
        ],
        "keyplan import terraform" => &[
            (
                "terraform show -json | keyplan import terraform --project payments -",
                "Declare what Terraform keeps of a project of Palette.",
            ),
            (
                "keyplan import terraform --project shop --only module.shop state.json",
                "Declare the keys and clusters of one module.",
            ),
        ],
        "keyplan init" => &[("keyplan init access", "Write the first files of a workspace.")],
        "keyplan lsp" => &[
            ("keyplan lsp", "Serve the editor that starts it."),
            ("keyplan lsp --workspace access", "Serve it for this workspace alone."),
        ],
        "keyplan completions" => {
            &[("keyplan completions fish > ~/.config/fish/completions/keyplan.fish", "Completions for fish.")]
        }
        "keyplan man" => &[
            ("keyplan man | man -l -", "Read the page of keyplan."),
            ("keyplan man state-log | man -l -", "Read the page of `keyplan state log`."),
        ],
        _ => of_checks(command),
    }
}

fn of_checks(command: &str) -> Entries {
    match command {
        "keyplan validate" => &[
            ("keyplan validate access", "Check a workspace."),
            ("keyplan validate --format json access", "The same for machines."),
            (
                "keyplan validate --report sarif=keyplan.sarif --report junit=keyplan.xml access",
                "The same for people, and in two files for those who show findings in a review.",
            ),
            (
                "keyplan validate --deny-warnings --min-files 1 access",
                "In a job: no warning, and not the wrong folder.",
            ),
        ],
        "keyplan plan" => &[
            ("keyplan plan access", "Show what would change."),
            ("keyplan plan --out access.plan access", "Save the plan, to apply exactly that."),
            ("keyplan plan --detailed-exitcode access", "End with 2 when something would change."),
        ],
        _ => of_questions(command),
    }
}

fn of_questions(command: &str) -> Entries {
    match command {
        "keyplan who" => &[
            (
                "keyplan who payments/prod-eu",
                "Who opens a cluster, who may still, and who may change its key.",
            ),
            (
                "keyplan who env=prod --format csv > access.csv",
                "All paths to clusters with a label, for an auditor.",
            ),
            ("keyplan who --at 2026-06-30", "Who opened what at the end of a day."),
            ("keyplan who --expires-within 90d", "What ends within 90 days."),
        ],
        "keyplan report" => &[
            ("keyplan report --html access.html", "Write who opens what as a page."),
            ("keyplan report --html access.html --at 2026-06-30", "The same, as it was at the end of a day."),
        ],
        "keyplan reach" => &[
            ("keyplan reach ana@example.com", "What is to be done when a person leaves."),
            ("keyplan reach team:sre key/payments/ops", "What a team reaches, and what a key opens."),
            ("keyplan reach SHA256:...", "Whose key it is that sshd has logged."),
        ],
        "keyplan why" => &[
            ("keyplan why ana@example.com payments/prod-eu", "The chain, or the first link that is missing."),
            ("keyplan why --declared ana@example.com payments/prod-eu", "The same of what is declared."),
        ],
        _ => &[],
    }
}
