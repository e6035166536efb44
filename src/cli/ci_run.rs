//! Where keyplan runs, by the variables of CI services.

/// What a CI service says of the run that keyplan is part of.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct CiRun {
    /// Who started it.
    pub(super) actor: Option<String>,
    /// Its address on the web.
    pub(super) url: Option<String>,
    pub(super) commit: Option<String>,
}

/// The variables of a CI service.
struct Service {
    /// Set in every run of the service, and nowhere else.
    marker: &'static str,
    /// The first that is set counts.
    actor: &'static [&'static str],
    /// With variables in braces, all of which must be set.
    url: &'static str,
    commit: &'static str,
}

/// Jenkins is the last, whose variables others set too.
const SERVICES: [Service; 6] = [
    Service {
        marker: "GITHUB_ACTIONS",
        actor: &["GITHUB_ACTOR"],
        url: "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
        commit: "GITHUB_SHA",
    },
    Service {
        marker: "GITLAB_CI",
        actor: &["GITLAB_USER_LOGIN"],
        url: "{CI_JOB_URL}",
        commit: "CI_COMMIT_SHA",
    },
    Service {
        marker: "TF_BUILD",
        actor: &["BUILD_REQUESTEDFOREMAIL", "BUILD_REQUESTEDFOR"],
        url: "{SYSTEM_TEAMFOUNDATIONCOLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}",
        commit: "BUILD_SOURCEVERSION",
    },
    Service {
        marker: "BUILDKITE",
        actor: &["BUILDKITE_BUILD_CREATOR_EMAIL", "BUILDKITE_BUILD_CREATOR"],
        url: "{BUILDKITE_BUILD_URL}#{BUILDKITE_JOB_ID}",
        commit: "BUILDKITE_COMMIT",
    },
    Service {
        marker: "CIRCLECI",
        actor: &["CIRCLE_USERNAME"],
        url: "{CIRCLE_BUILD_URL}",
        commit: "CIRCLE_SHA1",
    },
    Service { marker: "JENKINS_URL", actor: &["BUILD_USER_ID"], url: "{BUILD_URL}", commit: "GIT_COMMIT" },
];

/// The run by the variables of the environment, as they are there; nothing outside of CI.
pub(super) fn ci_run(variable: impl Fn(&str) -> Option<String>) -> CiRun {
    let service = SERVICES.iter().find(|service| variable(service.marker).is_some());
    service.map_or_else(CiRun::default, |service| CiRun {
        actor: service.actor.iter().find_map(|name| variable(name)),
        url: filled(service.url, &variable),
        commit: variable(service.commit).filter(|commit| is_commit(commit)),
    })
}

/// A template with the values of its variables; nothing where one is not set.
fn filled(template: &str, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut text = String::new();
    for part in template.split_inclusive('}') {
        let (before, name) = part.split_once('{').unwrap_or((part, ""));
        text.push_str(before);
        if let Some(name) = name.strip_suffix('}') {
            // Azure has names of projects with blanks.
            text.push_str(&variable(name)?.replace(' ', "%20"));
        }
    }
    Some(text)
}

/// Whether it is the name of an object of git: Buildkite also says `HEAD`.
fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::{CiRun, SERVICES, Service, ci_run};
    use crate::cli::man_pages::ENVIRONMENT;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn run(set: &[(&str, &str)]) -> (Option<String>, Option<String>, Option<String>) {
        let variable =
            |name: &str| set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        let CiRun { actor, url, commit } = ci_run(variable);
        (actor, url, commit)
    }

    fn some(actor: &str, url: &str) -> (Option<String>, Option<String>, Option<String>) {
        (Some(actor.into()), Some(url.into()), Some(COMMIT.into()))
    }

    #[test]
    fn each_service_says_who_where_and_of_what() {
        for (set, expected) in [
            (
                &[
                    ("GITHUB_ACTIONS", "true"),
                    ("GITHUB_ACTOR", "ana"),
                    ("GITHUB_SERVER_URL", "https://github.com"),
                    ("GITHUB_REPOSITORY", "acme/access"),
                    ("GITHUB_RUN_ID", "42"),
                    ("GITHUB_SHA", COMMIT),
                ][..],
                some("ana", "https://github.com/acme/access/actions/runs/42"),
            ),
            (
                &[
                    ("GITLAB_CI", "true"),
                    ("GITLAB_USER_LOGIN", "ana"),
                    ("CI_JOB_URL", "https://gitlab.com/acme/access/-/jobs/7"),
                    ("CI_COMMIT_SHA", COMMIT),
                ],
                some("ana", "https://gitlab.com/acme/access/-/jobs/7"),
            ),
            (
                &[
                    ("TF_BUILD", "True"),
                    ("BUILD_REQUESTEDFOR", "Ana"),
                    ("BUILD_REQUESTEDFOREMAIL", "ana@example.com"),
                    ("SYSTEM_TEAMFOUNDATIONCOLLECTIONURI", "https://dev.azure.com/acme/"),
                    ("SYSTEM_TEAMPROJECT", "our access"),
                    ("BUILD_BUILDID", "9"),
                    ("BUILD_SOURCEVERSION", COMMIT),
                ],
                some("ana@example.com", "https://dev.azure.com/acme/our%20access/_build/results?buildId=9"),
            ),
            (
                &[
                    ("BUILDKITE", "true"),
                    ("BUILDKITE_BUILD_CREATOR", "Ana"),
                    ("BUILDKITE_BUILD_URL", "https://buildkite.com/acme/access/builds/3"),
                    ("BUILDKITE_JOB_ID", "018f"),
                    ("BUILDKITE_COMMIT", COMMIT),
                ],
                some("Ana", "https://buildkite.com/acme/access/builds/3#018f"),
            ),
            (
                &[
                    ("CIRCLECI", "true"),
                    ("CIRCLE_USERNAME", "ana"),
                    ("CIRCLE_BUILD_URL", "https://circleci.com/gh/acme/access/5"),
                    ("CIRCLE_SHA1", COMMIT),
                ],
                some("ana", "https://circleci.com/gh/acme/access/5"),
            ),
            (
                &[
                    ("JENKINS_URL", "https://ci.example.com/"),
                    ("BUILD_USER_ID", "ana"),
                    ("BUILD_URL", "https://ci.example.com/job/access/6/"),
                    ("GIT_COMMIT", COMMIT),
                ],
                some("ana", "https://ci.example.com/job/access/6/"),
            ),
        ] {
            assert_eq!(run(set), expected);
        }
    }

    #[test]
    fn variables_without_their_service_or_in_part_say_nothing() {
        assert_eq!(run(&[("GITHUB_ACTOR", "ana"), ("GIT_COMMIT", COMMIT)]), (None, None, None));
        let part = [("GITHUB_ACTIONS", "true"), ("GITHUB_RUN_ID", "42"), ("GITHUB_SHA", "HEAD")];
        assert_eq!(run(&part), (None, None, None));
    }

    #[test]
    fn every_variable_is_in_the_manual() {
        let listed: Vec<_> = ENVIRONMENT.iter().flat_map(|(names, _)| names.split(", ")).collect();
        for Service { marker, actor, url, commit } in &SERVICES {
            let in_url = url.split('{').skip(1).filter_map(|part| part.split('}').next());
            for name in in_url.chain(actor.iter().copied()).chain([*marker, *commit]) {
                assert!(listed.contains(&name), "{name}");
            }
        }
    }
}
