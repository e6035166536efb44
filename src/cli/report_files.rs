//! Files that tell the same as what is printed, each in a format of its own.

use std::collections::BTreeSet;
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use clap::ValueEnum;

use super::args::ReportTo;
use super::ci_commands::Inert;
use super::environment::variable;
use super::failure::Failure;
use super::output_file::{check_place, replace_file};
use super::paths::in_directory;
use crate::diagnostics::quoted;
use crate::durable::folder_of;
use crate::report::findings::FindingsFormat;
use crate::report::plan::PlanFormat;

const FORMAT: &str = "KEYPLAN_FORMAT";

/// What to do in place of a report that cannot be one.
const INSTEAD: &str = "`--format` says what is printed";

/// Reports that can be written.
#[derive(Debug)]
pub(super) struct Reports<F> {
    asked: Vec<ReportTo<F>>,
    on_runner: bool,
}

impl<F: Copy> Reports<F> {
    /// The reports that are asked for, from this directory. Whether they can be written is known before any work is done.
    pub(super) fn new(
        asked: &[ReportTo<F>],
        directory: Option<&Utf8Path>,
        on_runner: bool,
    ) -> Result<Self, Failure> {
        let in_place = |ReportTo { format, path }: &ReportTo<F>| ReportTo {
            format: *format,
            path: in_directory(directory, path),
        };
        let asked: Vec<_> = asked.iter().map(in_place).collect();
        let mut seen = BTreeSet::new();
        for ReportTo { format: _, path } in &asked {
            if !seen.insert(real(path)) {
                return Err(Failure::Usage {
                    problem: format!("two reports are to be the file {}", quoted(path.as_str())),
                    help: "name a file for each".into(),
                });
            }
            check_place(path, INSTEAD)?;
        }
        Ok(Self { asked, on_runner })
    }

    /// Writes each report. What a CI runner would obey is only in those for which `is_for_runner` holds.
    pub(super) fn write(
        &self,
        is_for_runner: impl Fn(F) -> bool,
        tell: impl Fn(F, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        for ReportTo { format, path } in &self.asked {
            replace_file(path, INSTEAD, |out| {
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

/// The same for all names of a file in the same folder.
fn real(path: &Utf8Path) -> Utf8PathBuf {
    let folder = folder_of(path).canonicalize_utf8().unwrap_or_else(|_| folder_of(path).to_owned());
    path.file_name().map_or_else(|| path.to_owned(), |name| folder.join(name))
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
