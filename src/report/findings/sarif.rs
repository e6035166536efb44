//! SARIF 2.1.0, as code scanning of forges and editors read it: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::annotation::{AnnotatedFix, Annotation, Region};
use crate::diagnostics::{Applicability, Rule, Severity};
use crate::report::json_v1;
use crate::report::view::plural;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Most results of a run that GitHub takes.
const MOST_RESULTS: usize = 25_000;

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<ReportingDescriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportingDescriptor {
    id: &'static str,
    short_description: Message,
    full_description: Message,
    default_configuration: Configuration,
    help: Help,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: PartialFingerprints,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixes: Option<[Fix; 1]>,
}

/// A proposal: whoever reads it decides.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix {
    description: Message,
    artifact_changes: [ArtifactChange; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: SarifRegion,
    inserted_content: Content,
}

/// Bytes of a file as text, which is no message.
#[derive(Serialize)]
struct Content {
    text: String,
}

/// A fingerprint by the key of GitHub would have to be the hash of a line; this is of keyplan alone.
#[derive(Serialize)]
struct PartialFingerprints {
    #[serde(rename = "keyplan/v1")]
    keyplan: String,
}

#[derive(Serialize)]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(rename = "physicalLocation")]
    physical: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: SarifRegion,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

/// Columns count characters, as `columnKind` of the run says; the end is behind the last.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifRegion {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

pub(super) fn write(out: &mut dyn Write, annotations: Vec<Annotation>) -> io::Result<()> {
    let left_out = annotations.len().saturating_sub(MOST_RESULTS);
    let mut rules = Rules::default();
    let results = annotations.into_iter().take(MOST_RESULTS).map(|one| result(one, &mut rules)).collect();
    let notification = (left_out > 0).then(|| Notification {
        level: "warning",
        message: Message::new(&format!(
            "{} left out, which are more than is shown: `keyplan validate --format json` has them all",
            plural(left_out, "finding")
        )),
    });
    let invocation = Invocation {
        execution_successful: true,
        tool_execution_notifications: notification.into_iter().collect(),
    };
    let driver = Driver { name: "keyplan", version: env!("CARGO_PKG_VERSION"), rules: rules.descriptors };
    let run =
        Run { tool: Tool { driver }, invocations: [invocation], column_kind: "unicodeCodePoints", results };
    json_v1::write(out, &Log { schema: SCHEMA, version: "2.1.0", runs: [run] })
}

/// The rules that have found something, in the order in which they first did.
#[derive(Default)]
struct Rules {
    numbers: BTreeMap<&'static str, usize>,
    descriptors: Vec<ReportingDescriptor>,
}

impl Rules {
    fn number(&mut self, rule: &'static Rule) -> usize {
        *self.numbers.entry(rule.name).or_insert_with(|| {
            self.descriptors.push(descriptor(rule));
            self.descriptors.len() - 1
        })
    }
}

fn descriptor(rule: &'static Rule) -> ReportingDescriptor {
    ReportingDescriptor {
        id: rule.name,
        short_description: Message::new(rule.summary),
        full_description: Message::new(&what_it_does(rule.docs)),
        default_configuration: Configuration { level: level(rule.severity) },
        help: Help { text: escaped(&rule.docs.replace("### ", "")), markdown: rule.docs },
    }
}

/// The first section of the documentation of a rule, in one line.
fn what_it_does(docs: &str) -> String {
    let lines = docs.lines().skip(1).take_while(|line| !line.starts_with('#'));
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Off => "none",
    }
}

fn result(annotation: Annotation, rules: &mut Rules) -> SarifResult {
    let mut text = vec![annotation.summary];
    text.extend(annotation.detail);
    let fixes = annotation.fix.and_then(|it| fix(it, annotation.help.as_deref())).map(|fix| [fix]);
    text.extend((!annotation.label.is_empty()).then_some(annotation.label));
    text.extend(annotation.help.map(|help| format!("help: {help}")));
    let related = annotation.related.into_iter().zip(1..);
    SarifResult {
        rule_id: annotation.rule.name,
        rule_index: rules.number(annotation.rule),
        level: level(annotation.severity),
        message: Message::new(&text.join("\n")),
        locations: [location(&annotation.region, None, None)],
        related_locations: related
            .map(|((region, text), id)| location(&region, Some(id), Some(Message::new(&text))))
            .collect(),
        partial_fingerprints: PartialFingerprints { keyplan: annotation.fingerprint },
        fixes,
    }
}

fn fix(fix: AnnotatedFix, help: Option<&str>) -> Option<Fix> {
    let help = help.unwrap_or_default();
    let description = match fix.applicability {
        Applicability::Safe => help.to_owned(),
        Applicability::Unsafe => format!("{help} (unsafe: who gets in may be another)"),
    };
    let (Region { path, .. }, _) = fix.edits.first()?;
    let artifact_location = ArtifactLocation { uri: uri(path) };
    let replacement = |(region, text): (Region, String)| Replacement {
        deleted_region: SarifRegion::new(&region),
        inserted_content: Content { text },
    };
    let replacements = fix.edits.into_iter().map(replacement).collect();
    Some(Fix {
        description: Message::new(&description),
        artifact_changes: [ArtifactChange { artifact_location, replacements }],
    })
}

fn location(region: &Region, id: Option<usize>, message: Option<Message>) -> Location {
    Location {
        id,
        physical: PhysicalLocation {
            artifact_location: ArtifactLocation { uri: uri(&region.path) },
            region: SarifRegion::new(region),
        },
        message,
    }
}

impl SarifRegion {
    const fn new(Region { path: _, start, end }: &Region) -> Self {
        Self {
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

impl Message {
    fn new(text: &str) -> Self {
        Self { text: escaped(text) }
    }
}

/// A text in which nothing is a link: `[text](target)` would be one, by section 3.11.6 of the standard.
fn escaped(text: &str) -> String {
    if text.contains("](") {
        text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
    } else {
        text.to_owned()
    }
}

/// A path as a relative reference, by section 4.2 of RFC 3986.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            _ => uri.extend(['%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
    uri
}

fn digit(value: u8) -> char {
    char::from_digit(value.into(), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::{escaped, uri, what_it_does};
    use crate::rules;

    #[test]
    fn a_path_is_percent_encoded() {
        assert_eq!(uri("a/b-c_d.~e/1.yaml"), "a/b-c_d.~e/1.yaml");
        assert_eq!(uri("a b#c%d,e:ü?.yaml"), "a%20b%23c%25d%2Ce%3A%C3%BC%3F.yaml");
    }

    #[test]
    fn nothing_is_a_link() {
        assert_eq!(escaped("an [x] and (y)"), "an [x] and (y)");
        assert_eq!(escaped("[x](http://y)"), "\\[x\\](http://y)");
        assert_eq!(escaped("\\[x](y)"), "\\\\\\[x\\](y)");
    }

    #[test]
    fn every_rule_says_in_a_sentence_what_it_does() {
        for rule in rules::ALL {
            let text = what_it_does(rule.docs);
            assert!(text.len() > 20 && !text.contains('\n'), "{}: {text}", rule.name);
        }
    }
}
