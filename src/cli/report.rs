//! `keyplan report`: a page that shows who opens which clusters.

use camino::Utf8Path;

use super::access_of::open;
use super::args::AnsweredOf;
use super::exit_code::ExitCode;
use super::failure::Failure;
use super::output_file::{Kept, OutputFile, check_places};
use super::terminal::Terminal;
use crate::access::query::overview;
use crate::access::test;
use crate::report::access::AccessFormat;
use crate::report::html::{CheckedTest, page};

pub(super) fn run(
    workspace: &Utf8Path,
    path: &Utf8Path,
    of: &AnsweredOf,
    terminal: &mut Terminal<'_>,
) -> Result<ExitCode, Failure> {
    let file =
        OutputFile { path, what: "the page", instead: "`keyplan who` and `keyplan reach` print the same" };
    check_places(&[file], Kept::of(workspace, terminal))?;
    let Some(asked) = open(workspace, (of, AccessFormat::Human), None, terminal)? else {
        return Ok(ExitCode::Findings);
    };
    let facts = asked.facts();
    let tests = asked.tests().iter().map(|test| &test.value);
    let tests: Vec<_> =
        tests.map(|test| CheckedTest { test, result: test::run(facts.view, test, facts.day) }).collect();
    let overview = overview(facts);
    file.replace(|out| page(out, &asked.of, &overview, &tests))?;
    terminal.say(&format!("wrote {path}, {}", asked.of))?;
    Ok(ExitCode::Done)
}
