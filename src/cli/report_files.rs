//! Files that tell the same as what is printed, each in a format of its own.

use std::io::{self, Write};

use camino::Utf8Path;
use clap::ValueEnum;

use super::args::ReportTo;
use super::ci_commands::Inert;
use super::environment::variable;
use super::failure::Failure;
use super::output_file::OutputFile;
use super::paths::in_directory;
use crate::diagnostics::quoted;
use crate::report::findings::FindingsFormat;
use crate::report::plan::PlanFormat;

const FORMAT: &str = "KEYPLAN_FORMAT";

/// Reports that can be written.
#[derive(Debug)]
pub(super) struct Reports<F> {
    asked: Vec<ReportTo<F>>,
    on_runner: bool,
}

impl<F: Copy> Reports<F> {
    /// The reports that are asked for, from this directory.
    pub(super) fn new(asked: &[ReportTo<F>], directory: Option<&Utf8Path>, on_runner: bool) -> Self {
        let in_place = |ReportTo { format, path }: &ReportTo<F>| ReportTo {
            format: *format,
            path: in_directory(directory, path),
        };
        Self { asked: asked.iter().map(in_place).collect(), on_runner }
    }

    /// The files that are written.
    pub(super) fn files(&self) -> impl Iterator<Item = OutputFile<'_>> {
        self.asked.iter().map(|ReportTo { format: _, path }| report(path))
    }

    /// Writes each report. What a CI runner would obey is only in those for which `is_for_runner` holds.
    pub(super) fn write(
        &self,
        is_for_runner: impl Fn(F) -> bool,
        tell: impl Fn(F, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        for ReportTo { format, path } in &self.asked {
            report(path).replace(|out| {
                if is_for_runner(*format) {
                    tell(*format, out)
                } else {
                    tell(*format, &mut Inert::new(out, self.on_runner))
                }
            })?;
        }
        Ok(())
    }
}

fn report(path: &Utf8Path) -> OutputFile<'_> {
    OutputFile { path, what: "a report", instead: "`--format` says what is printed" }
}

/// The format that was asked for: by an option, or else by the environment. A format that only other commands have says
/// nothing to this one.
pub(super) fn format<F: ValueEnum>(option: Option<F>) -> Result<Option<F>, Failure> {
    let Some(word) = variable(FORMAT).filter(|_| option.is_none()) else { return Ok(option) };
    let is_known =
        FindingsFormat::from_str(&word, false).is_ok() || PlanFormat::from_str(&word, false).is_ok();
    match F::from_str(&word, false) {
        Ok(format) => Ok(Some(format)),
        Err(_) if is_known => Ok(None),
        Err(_) => Err(Failure::Usage {
            problem: format!("`{FORMAT}` is {}, which is no format", quoted(&word)),
            help: "`keyplan validate --help` and `keyplan plan --help` list the formats".into(),
        }),
    }
}
