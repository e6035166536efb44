//! How a plan is told, and what came of it: on standard output in one format, and in reports.

use std::io::{self, Write};

use camino::Utf8Path;

use super::args::PlanOutputArgs;
use super::failure::Failure;
use super::output_file::{Kept, OutputFile, check_places};
use super::report_files::{Reports, format};
use super::terminal::Terminal;
use crate::report::plan::PlanFormat;
use crate::report::view::View;

pub(super) struct PlanOutput {
    pub(super) format: PlanFormat,
    /// Whether an option or the environment says the format.
    pub(super) is_format_asked: bool,
    /// The most bytes of Markdown.
    pub(super) max_bytes: usize,
    reports: Reports<PlanFormat>,
}

impl PlanOutput {
    /// What is asked for, with files from this directory.
    pub(super) fn new(
        args: &PlanOutputArgs,
        directory: Option<&Utf8Path>,
        terminal: &Terminal<'_>,
    ) -> Result<Self, Failure> {
        let asked = format(args.format)?;
        Ok(Self {
            format: asked.unwrap_or(PlanFormat::Human),
            is_format_asked: asked.is_some(),
            max_bytes: args.max_bytes.unwrap_or(usize::MAX),
            reports: Reports::new(&args.report, directory, terminal.on_runner),
        })
    }

    /// Whether all files can be written, and `out` beside them.
    pub(super) fn check_files(&self, out: Option<&Utf8Path>, kept: Kept<'_>) -> Result<(), Failure> {
        let files: Vec<_> = out.map(plan_file).into_iter().chain(self.reports.files()).collect();
        check_places(&files, kept)
    }

    /// Writes to standard output, and to each report.
    pub(super) fn tell(
        &self,
        terminal: &mut Terminal<'_>,
        tell: impl Fn(PlanFormat, &mut dyn Write, View) -> io::Result<()>,
    ) -> Result<(), Failure> {
        tell(self.format, terminal.out, terminal.view)?;
        self.report(terminal.view, tell)
    }

    /// Writes to each report.
    pub(super) fn report(
        &self,
        view: View,
        tell: impl Fn(PlanFormat, &mut dyn Write, View) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let plain = View { color: false, ..view };
        self.reports.write(|_| false, |format, out| tell(format, out, plain))
    }
}

/// A plan that is to be saved.
pub(super) fn plan_file(path: &Utf8Path) -> OutputFile<'_> {
    OutputFile { path, what: "the plan", instead: "`--format json` prints the plan" }
}
