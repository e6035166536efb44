//! An access test: its teams and projects are found by name, its days and clusters made out.

use super::resolver::{DeclarationResolver, numbered};
use crate::check::declare::access_test::{AccessTestSpec, ClusterSelectorSpec, KeyConditionsSpec};
use crate::check::declare::document::Document;
use crate::model::{
    AccessTest, Address, ClusterSelector, Declared, KeyConditions, LimitingOption, Name, Subject,
};
use crate::openssh::KeyType;
use crate::rules::{invalid_value, missing_field};
use crate::source::Route;

/// The assertions of a test, by their fields.
const ASSERTIONS: [&str; 5] = ["openedOnlyBy", "openedBy", "people", "key", "changedOnlyBy"];

/// The longest time that a test may give a key, in days.
const MOST_DAYS: u32 = 36_500;

impl DeclarationResolver<'_> {
    pub(super) fn access_test(
        &mut self,
        document: &Document<AccessTestSpec>,
        incomplete: bool,
    ) -> Option<Declared<AccessTest>> {
        let name = self.name(document.metadata.as_ref()?.name.as_ref(), "an access test");
        let spec = document.spec.as_ref()?;
        let AccessTestSpec { clusters, opened_only_by, opened_by, people, key, changed_only_by } = spec;
        let says_something = opened_only_by.is_some()
            || opened_by.is_some()
            || people.is_some()
            || key.is_some()
            || changed_only_by.is_some();
        if !says_something && !incomplete {
            let at = self.value(Route::fields(["spec"]));
            self.findings.push(missing_field::finding(at, "`spec` of an access test", &ASSERTIONS));
        }
        let test = AccessTest {
            name: name?,
            clusters: self.selector(clusters.as_ref()?),
            opened_only_by: opened_only_by.as_deref().map(|given| self.subjects(given, "openedOnlyBy")),
            opened_by: self.subjects(opened_by.as_deref().unwrap_or_default(), "openedBy"),
            people_at_least: people.as_ref().and_then(|people| people.at_least),
            people_at_most: people.as_ref().and_then(|people| people.at_most),
            key: key.as_ref().map(|key| self.key_conditions(key)).unwrap_or_default(),
            changed_only_by: changed_only_by.as_deref().map(|given| self.subjects(given, "changedOnlyBy")),
        };
        self.check_people(&test);
        Some(self.declared(test, None))
    }

    fn selector(&mut self, given: &ClusterSelectorSpec) -> ClusterSelector {
        let route = |field| Route::fields(["spec", "clusters"]).field(field);
        let projects = numbered(given.projects.as_deref().unwrap_or_default());
        let projects = projects.map(|(number, text)| self.project_at(text, route("projects").item(number)));
        let projects = projects.collect();
        let names = numbered(given.names.as_deref().unwrap_or_default());
        let names = names.filter_map(|(number, text)| self.cluster_at(text, route("names").item(number)));
        ClusterSelector {
            labels: given
                .labels
                .iter()
                .flatten()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            projects,
            names: names.collect(),
        }
    }

    fn cluster_at(&mut self, text: &str, route: Route) -> Option<(Name, Name)> {
        match Address::parse(&format!("cluster/{text}")) {
            Some(Address::Cluster(project, name)) => Some((project, name)),
            Some(Address::Team(_) | Address::Project(_) | Address::Key(..)) | None => {
                let help = match text.strip_prefix("cluster/") {
                    Some(short) => format!("write `{}`", crate::diagnostics::visible(short)),
                    None => "write `PROJECT/NAME`, as in `payments/prod-eu`".into(),
                };
                let why = "a cluster is named by its project and its name";
                let at = self.value(route);
                self.findings.push(invalid_value::finding(at, "`names` cannot hold", text, why, &help));
                None
            }
        }
    }

    fn subjects(&mut self, given: &[Option<Box<str>>], field: &'static str) -> Vec<Subject> {
        let subjects = numbered(given).filter_map(|(number, text)| {
            let route = Route::fields(["spec"]).field(field).item(number);
            self.subject(text, route, field)
        });
        subjects.collect()
    }

    fn key_conditions(&mut self, given: &KeyConditionsSpec) -> KeyConditions {
        let types = given.types.iter().flatten().flatten();
        let options = given.options.iter().flatten().flatten();
        KeyConditions {
            required: given.required == Some(true),
            last_day_within: given.last_day_within.as_deref().and_then(|text| self.days(text)),
            types: types.filter_map(|word| KeyType::parse(&word.0)).collect(),
            options: options.filter_map(|word| LimitingOption::parse(&word.0)).collect(),
        }
    }

    /// Reads so many days, as `180d`.
    fn days(&mut self, text: &str) -> Option<u32> {
        let number = text.strip_suffix('d').filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let days = number.and_then(|number| number.parse().ok());
        let days = days.filter(|days| (1..=MOST_DAYS).contains(days));
        if days.is_none() {
            let at = self.value(Route::fields(["spec", "key", "lastDayWithin"]));
            let help = match text.trim_end_matches(|letter: char| !letter.is_ascii_digit()) {
                digits if digits.parse().is_ok_and(|days: u32| (1..=MOST_DAYS).contains(&days)) => {
                    format!("if days are meant, write `{digits}d`")
                }
                _ => "write a number of days, as in `180d`".into(),
            };
            let why = format!("it is a number of days from `1d` to `{MOST_DAYS}d`");
            self.findings.push(invalid_value::finding(at, "`lastDayWithin` cannot be", text, &why, &help));
        }
        days
    }

    fn check_people(&mut self, test: &AccessTest) {
        if let (Some(least), Some(most)) = (test.people_at_least, test.people_at_most)
            && least > most
        {
            let at = self.value(Route::fields(["spec", "people", "atLeast"]));
            let why = format!("`atMost` is {most}");
            let help = "make `atLeast` the smaller one of the two";
            self.findings.push(invalid_value::finding(
                at,
                "`atLeast` cannot be",
                &least.to_string(),
                &why,
                help,
            ));
        }
    }
}
