//! How the access tests stand.

use std::io::{self, Write};

use maud::{Markup, html};

use super::element::{self, table, text};
use crate::access::test::TestResult;
use crate::model::AccessTest;
use crate::report::view::plural;
use crate::rules::access_test_failed;

/// How many links that break a test are told one by one.
const MOST_BREACHES: usize = 16;

/// A test with what it came to.
#[derive(Debug)]
pub struct CheckedTest<'a> {
    pub test: &'a AccessTest,
    pub result: TestResult,
}

impl CheckedTest<'_> {
    /// Whether it holds: a test about no cluster says nothing, and so does not.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.result.breaches.is_empty() && self.result.selected > 0
    }
}

pub(super) fn section(out: &mut dyn Write, tests: &[CheckedTest<'_>]) -> io::Result<()> {
    if tests.is_empty() {
        return Ok(());
    }
    element::section(out, ("tests", "Access tests"), "", |out| {
        table(out, "tests", &["Test", "About", "Result"], tests.iter().map(row))
    })
}

fn row(test: &CheckedTest<'_>) -> Markup {
    let breaches = &test.result.breaches;
    html! {
        tr {
            th scope="row" { code { (text(&test.test.name)) } }
            td data-of="about" { (plural(test.result.selected, "cluster")) }
            td {
                @if test.holds() {
                    span.good { "holds" }
                } @else {
                    span.bad { "fails" }
                    ul {
                        @if breaches.is_empty() { li { "no cluster meets what it selects" } }
                        @for breach in breaches.iter().take(MOST_BREACHES) {
                            li { (text(access_test_failed::sentence(test.test, breach))) }
                        }
                        @if breaches.len() > MOST_BREACHES {
                            li { "and " (breaches.len() - MOST_BREACHES) " more" }
                        }
                    }
                }
            }
        }
    }
}
