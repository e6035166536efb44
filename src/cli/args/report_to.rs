//! `--report FORMAT=FILE`

use camino::Utf8PathBuf;
use clap::ValueEnum;

/// A file that is written beside what is printed, in a format of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportTo<F> {
    pub format: F,
    pub path: Utf8PathBuf,
}

impl<F: ValueEnum> ReportTo<F> {
    /// Reads the value of the option.
    ///
    /// # Errors
    /// When it names no format or no file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (format, path) =
            text.split_once('=').ok_or("write a format and a file, as in `json=report.json`")?;
        let format = F::from_str(format, false).map_err(|_| {
            let known = F::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            let known: Vec<_> = known.map(|value| value.get_name().to_owned()).collect();
            format!("the format is one of {}", known.join(", "))
        })?;
        match path {
            "" => Err("name a file behind the `=`".into()),
            "-" => Err("a report is a file; `--format` says what is printed".into()),
            path => Ok(Self { format, path: path.into() }),
        }
    }
}

/// Whether annotations follow what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Annotations {
    /// On GitHub Actions, where no format is asked for
    Auto,
    /// Never
    Never,
}

#[cfg(test)]
mod tests {
    use super::ReportTo;
    use crate::report::findings::FindingsFormat;

    #[test]
    fn a_format_and_a_file() {
        let parse = ReportTo::<FindingsFormat>::parse;
        let ReportTo { format, path } = parse("sarif=a=b.sarif").unwrap();
        assert_eq!((format, path.as_str()), (FindingsFormat::Sarif, "a=b.sarif"));
        for wrong in ["", "sarif", "sarif=", "sarif=-", "=x", "SARIF=x", "csv=x"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse("csv=x").unwrap_err().contains("human, json, sarif, github, gitlab, junit"));
    }
}
