//! A value that its field does not take.

use std::sync::Arc;

use jiff::civil::Date;

use super::repeats::{delete_all_but_one, places_again, times};
use crate::diagnostics::{Applicability, Fix, Check, Finding, Rule, Severity, Location, Suggestion, quoted, suggestion};
use crate::model::{Cluster, Declared, DeclaredKey, Resources};
use crate::source::Route;

/// A value that its field does not take.
pub static RULE: Rule = Rule {
    name: "invalid-value",
    severity: Severity::Error,
    fixed: true,
    summary: "a value that its field does not take",
    check: Check::Whole(own_keys),
    fixes: &[Applicability::Safe, Applicability::Unsafe],
    docs: "\
### What it does
Finds values that have the right type, but that their field does not take: a date that is not in the calendar,
an address that no node can have, a login user that no system accepts, a fingerprint in another form than
`SHA256:...`, an unknown cloud, an option of a key that sshd would take for something else or not heed, and in
`keyplan.yaml` a budget, a state store, a target or a rule setting that does not exist. A setting for a rule
that is fixed is such a value too, and so is the cluster's own key in its `knownKeys`.

### Why
Each of these values decides something later: when a key ends, which machine is asked, what a guard allows. A
wrong one would fail then, or be taken for something else in silence. sshd drops a key with an option that it
does not understand, and one network in `from` with host bits (`10.0.0.1/8`) makes it refuse every address.

### Example
```yaml
apiVersion: keyplan/v1
kind: Cluster
metadata: {name: prod-eu, project: payments}
spec:
  sshKey: ops
  cloud: vsfere              # did you mean `vsphere`?
  nodes: [\"10.0.0.11:99999\"] # ports end at 65535
```

### Remedy
Correct the value; the finding says what the field takes. A date is written `2027-06-30`. A node is a host
name or an IP address, with `:PORT` if it is not 22; an IPv6 address with a port is written
`\"[fd00::11]:2222\"`. The clouds are vsphere, maas, edge-native, azure, aks, aws, eks, cloudstack, gcp, gke
and generic. A rule that is fixed cannot be lowered or turned off: delete its line.
",
};

/// Finds clusters that accept their own key as one of others.
fn own_keys(resources: &Resources, findings: &mut Vec<Finding>) {
    for part in resources.by_project() {
        for cluster in part.clusters.iter().filter(|cluster| !cluster.value.known_keys.is_empty()) {
            findings.extend(part.key_of(&cluster.value).and_then(|key| own_key(cluster, key)));
        }
    }
}

fn own_key(cluster: &Declared<Arc<Cluster>>, key: &DeclaredKey) -> Option<Finding> {
    let own = key.value.public_key.as_ref()?.fingerprint();
    cluster.value.known_keys.iter().find(|known| known.fingerprint == *own)?;
    let finding = RULE
        .finding(format!("`knownKeys` cannot hold {own}: it is the cluster's own key"))
        .label(Location::Key(cluster.origin, Route::fields(["spec", "knownKeys"])), "this lists keys of others")
        .label(Location::Value(cluster.origin, Route::fields(["spec", "sshKey"])), "this key has that fingerprint")
        .help("delete it there: keyplan delivers the key itself");
    Some(finding)
}

/// A value that its field does not take. `cannot` begins the headline, as in "`expires` cannot be".
#[must_use]
pub fn finding(at: Location, cannot: &str, value: &str, why: &str, help: &str) -> Finding {
    RULE.finding(format!("{cannot} {}", quoted(value))).label(at, why).help(help)
}

/// A value that is more than once in a list: `places` are all of its places.
#[must_use]
pub fn again(field: &str, value: &str, mut places: impl ExactSizeIterator<Item = Location>) -> Finding {
    let count = places.len();
    let first = places.next();
    let finding = RULE.finding(format!("`{field}` holds {} {}", quoted(value), times(count)));
    let finding = places_again(finding, places, "listed").help(delete_all_but_one(count));
    first.into_iter().fold(finding, |finding, at| finding.label(at, "first listed here"))
}

/// A value that is none of the words that its field takes.
#[must_use]
pub fn not_one_of(at: Location, cannot: &str, value: &str, words: &[&str]) -> Finding {
    let means_off = matches!(value, "false" | "no" | "none" | "never" | "ignore" | "disabled" | "disable");
    let near = match words.iter().find(|word| means_off && **word == "off") {
        Some(off) => Some(Suggestion { word: off, is_only: true }),
        None => suggestion(value, words.iter().copied()),
    };
    let help = near.map_or_else(|| format!("write one of {}", words.join(", ")), |near| near.help());
    RULE.finding(format!("{cannot} {}", quoted(value)))
        .label(at.clone(), format!("this is none of the {} known values", words.len()))
        .help(help)
        .fix(near.and_then(|near| Fix::word(at, value, near)))
}

/// The day that a date in another form most likely means, where it can mean one only.
#[must_use]
pub fn day_meant(text: &str) -> Option<Date> {
    let day = text.trim().split(['T', ' ']).next().unwrap_or_default();
    let mut parts: Vec<&str> = day.split(['-', '/', '.']).collect();
    if let [all] = parts.as_slice()
        && all.len() == 8
        && all.is_ascii()
    {
        parts = vec![&all[..4], &all[4..6], &all[6..]];
    }
    let [first, second, third] = parts.as_slice() else { return None };
    let number = |text: &str| text.parse::<i8>().ok();
    let (year, month, day) = if first.len() == 4 {
        (first, number(second)?, number(third)?)
    } else if third.len() == 4 {
        let (first, second) = (number(first)?, number(second)?);
        match (day.contains('.'), first > 12, second > 12) {
            (true, ..) | (_, true, _) => (third, second, first),
            (_, _, true) => (third, first, second),
            _ if first == second => (third, first, second),
            _ => return None,
        }
    } else {
        return None;
    };
    Date::new(year.parse().ok()?, month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::{day_meant, not_one_of};
    use crate::diagnostics::Location;
    use crate::source::FileId;

    #[test]
    fn knows_a_day_in_other_forms() {
        for text in [
            "30.06.2027",
            "30.6.2027",
            "06/30/2027",
            "30/06/2027",
            "2027-6-30",
            "2027/06/30",
            "20270630",
            "2027-06-30T12:00:00Z",
            "2027-06-30 12:00",
        ] {
            assert_eq!(day_meant(text).map(|day| day.to_string()).as_deref(), Some("2027-06-30"), "{text}");
        }
        for text in ["06/07/2027", "2027-06-31", "never", "90d", "30 June 2027", "1.2.3", "", "2027063\u{fc}"]
        {
            assert_eq!(day_meant(text), None, "{text}");
        }
    }

    #[test]
    fn knows_what_turns_a_rule_off() {
        let finding =
            not_one_of(Location::File(FileId(0)), "`r` cannot be", "false", &["off", "warning", "error"]);
        assert_eq!(finding.help.unwrap(), "did you mean `off`?");
    }
}
