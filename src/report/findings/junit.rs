//! JUnit's XML, as CI servers show it beside the tests of a run. It follows `junit-10.xsd` of Jenkins, the strictest
//! description there is: a case has no attributes for its place, which is in its name and class. Nothing is written as
//! the output of a test, in which servers look for files to attach.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::iter;

use super::annotation::{Annotation, Region};
use crate::check::Validated;
use crate::diagnostics::{has_weight, visible};
use crate::model::{AccessTest, Declared};
use crate::report::paths::RepositoryPaths;
use crate::report::view::plural;
use crate::rules::access_test_failed;
use crate::source::FileId;

/// A case of a suite.
struct Case<'a> {
    name: String,
    outcome: Outcome<'a>,
}

enum Outcome<'a> {
    Passed,
    /// It was not run, and why.
    Skipped(&'static str),
    /// The errors; at least one.
    Failed(Vec<&'a Annotation>),
}

/// The cases of each file, by its path.
type Suites<'a> = BTreeMap<String, Vec<Case<'a>>>;

pub(super) fn write(
    out: &mut dyn Write,
    annotations: &[Annotation],
    validated: &Validated,
    paths: &RepositoryPaths,
) -> io::Result<()> {
    let suites = suites(annotations, validated, paths);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    let [tests, failures, _] = counts(suites.values().flatten());
    writeln!(out, "<testsuites name=\"keyplan\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">")?;
    suites.iter().try_for_each(|(path, cases)| write_suite(out, &escaped(&visible(path)), cases))?;
    writeln!(out, "</testsuites>")
}

/// A case for each finding and each access test; of a workspace without any, one that passes.
fn suites<'a>(annotations: &'a [Annotation], validated: &Validated, paths: &RepositoryPaths) -> Suites<'a> {
    let mut tests = Tests::of(validated, paths);
    let mut suites = Suites::new();
    for annotation in annotations {
        if let Some(failures) = tests.failures_of(annotation) {
            failures.push(annotation);
        } else {
            suites.entry(annotation.region.path.clone()).or_default().push(case(annotation));
        }
    }
    for ((path, _), test) in tests.0 {
        suites.entry(path).or_default().push(test.case(validated));
    }
    if suites.is_empty() {
        let name = format!("nothing found in {}", plural(validated.counts.files, "file"));
        suites.insert(paths.path(".".into()), vec![Case { name, outcome: Outcome::Passed }]);
    }
    suites
}

fn case(annotation: &Annotation) -> Case<'_> {
    let Region { path: _, start, end: _ } = &annotation.region;
    Case {
        name: format!("{} at {}:{}", annotation.rule.name, start.line, start.column),
        outcome: if annotation.is_error() { Outcome::Failed(vec![annotation]) } else { Outcome::Passed },
    }
}

/// Access tests, by the path of their file and the line on which they begin.
struct Tests<'a>(BTreeMap<(String, usize), Test<'a>>);

struct Test<'a> {
    name: String,
    /// The line on which the next document begins.
    end: usize,
    findings: Vec<&'a Annotation>,
}

impl<'a> Tests<'a> {
    fn of(validated: &Validated, paths: &RepositoryPaths) -> Self {
        let test = |test: &Declared<AccessTest>| {
            let file = validated.sources.file(FileId(test.origin.file));
            let line = |document| file.line_of_document(document);
            let key = (paths.path(file.path()), line(test.origin.document).unwrap_or(1));
            let end = line(test.origin.document + 1).unwrap_or(usize::MAX);
            (key, Test { name: test.value.name.to_string(), end, findings: Vec::new() })
        };
        Self(validated.tests.iter().map(test).collect())
    }

    /// The findings of the test that this is one of.
    fn failures_of(&mut self, annotation: &Annotation) -> Option<&mut Vec<&'a Annotation>> {
        if *annotation.rule != access_test_failed::RULE {
            return None;
        }
        let related = annotation.related.iter().map(|(region, _)| region);
        let key = iter::once(&annotation.region).chain(related).find_map(|region| self.key_at(region))?;
        self.0.get_mut(&key).map(|test| &mut test.findings)
    }

    fn key_at(&self, Region { path, start, end: _ }: &Region) -> Option<(String, usize)> {
        let (key, test) = self.0.range(..=(path.clone(), start.line)).next_back()?;
        (key.0 == *path && start.line < test.end).then(|| key.clone())
    }
}

impl<'a> Test<'a> {
    fn case(self, validated: &Validated) -> Case<'a> {
        let errors: Vec<_> = self.findings.into_iter().filter(|finding| finding.is_error()).collect();
        let outcome = if !errors.is_empty() {
            Outcome::Failed(errors)
        } else if validated.tests_ran {
            Outcome::Passed
        } else {
            Outcome::Skipped("access tests are run once nothing else is an error, unless their rule is off")
        };
        Case { name: format!("AccessTest {}", self.name), outcome }
    }
}

/// How many cases there are, and how many of them failed and were skipped.
fn counts<'a>(cases: impl IntoIterator<Item = &'a Case<'a>>) -> [usize; 3] {
    let mut counts = [0; 3];
    for case in cases {
        counts[0] += 1;
        match case.outcome {
            Outcome::Passed => {}
            Outcome::Failed(_) => counts[1] += 1,
            Outcome::Skipped(_) => counts[2] += 1,
        }
    }
    counts
}

fn write_suite(out: &mut dyn Write, path: &str, cases: &[Case<'_>]) -> io::Result<()> {
    let [tests, failures, skipped] = counts(cases);
    writeln!(
        out,
        "  <testsuite name=\"{path}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">"
    )?;
    for Case { name, outcome } in cases {
        write!(out, "    <testcase name=\"{}\" classname=\"{path}\"", escaped(name))?;
        match outcome {
            Outcome::Passed => writeln!(out, "/>")?,
            Outcome::Skipped(why) => writeln!(out, "><skipped message=\"{why}\"/></testcase>")?,
            Outcome::Failed(annotations) => {
                writeln!(out, ">")?;
                write_failure(out, annotations)?;
                writeln!(out, "    </testcase>")?;
            }
        }
    }
    writeln!(out, "  </testsuite>")
}

fn write_failure(out: &mut dyn Write, annotations: &[&Annotation]) -> io::Result<()> {
    let (rule, summary) =
        annotations.first().map(|one| (one.rule.name, one.summary.as_str())).unwrap_or_default();
    write!(out, "      <failure type=\"{rule}\" message=\"{}\">", escaped(summary))?;
    for annotation in annotations {
        let Region { path, start, end: _ } = &annotation.region;
        let place = format!("{}:{}:{}", visible(path), start.line, start.column);
        writeln!(out, "{}: {}", escaped(&place), escaped(&annotation.lines().join("\n")))?;
    }
    writeln!(out, "      </failure>")
}

/// A text as content or value of XML 1.0, with names for characters that it does not allow or that nobody would see. No
/// CI runner takes a part of it for a command.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = None;
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            ':' if before == Some(':') => escaped.push_str("&#58;"),
            '#' if before == Some('#') => escaped.push_str("&#35;"),
            '\n' => escaped.push(letter),
            ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. if has_weight(letter) => {
                escaped.push(letter);
            }
            _ => escaped.extend(letter.escape_unicode()),
        }
        before = Some(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn only_characters_of_xml_are_left() {
        let every: String = (0..=0x10_ffff).filter_map(char::from_u32).collect();
        let escaped = escaped(&every);
        let is_legal =
            |letter: char| letter == '\n' || (letter >= ' ' && !matches!(letter, '\u{fffe}' | '\u{ffff}'));
        assert!(escaped.chars().all(is_legal));
        assert!(!escaped.contains(['<', '>', '"']));
    }

    #[test]
    fn no_part_is_a_command() {
        assert_eq!(escaped(":\u{fe0f}:a"), ":\\u{fe0f}:a");
        assert_eq!(escaped("::a::b ###[x] & <y>"), ":&#58;a:&#58;b #&#35;&#35;[x] &amp; &lt;y&gt;");
    }
}
