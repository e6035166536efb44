//! The report: a table for each layout, and one beside Terraform.

use std::fmt::Write as _;

use crate::facts::Layout;
use crate::measure::Cost;
use crate::options::Options;
use crate::program::Step;
use crate::terraform;

/// What the runs of one step cost; nothing for one that took too long.
pub(crate) struct Measured {
    pub(crate) step: Step,
    pub(crate) keys: usize,
    pub(crate) costs: Vec<Option<Cost>>,
}

impl Measured {
    /// One of the costs of every run, the least first.
    fn sorted(&self, of: fn(&Cost) -> f64) -> Vec<f64> {
        let mut sorted: Vec<f64> = self.costs.iter().flatten().map(of).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    }

    fn least(&self, of: fn(&Cost) -> f64) -> Option<f64> {
        self.sorted(of).first().copied()
    }

    fn median(&self, of: fn(&Cost) -> f64) -> Option<f64> {
        let sorted = self.sorted(of);
        sorted.get(sorted.len() / 2).copied()
    }

    fn most(&self, of: fn(&Cost) -> f64) -> Option<f64> {
        self.sorted(of).last().copied()
    }
}

/// A line of keyplan's tables.
pub(crate) struct Row {
    pub(crate) layout: Layout,
    pub(crate) measured: Measured,
    /// Bytes of YAML.
    pub(crate) yaml: usize,
}

const fn wall(cost: &Cost) -> f64 {
    cost.wall
}

const fn cpu(cost: &Cost) -> f64 {
    cost.cpu
}

const fn peak(cost: &Cost) -> f64 {
    cost.peak
}

/// All that was measured.
pub(crate) fn report(machine: &str, options: &Options, rows: &[Row], theirs: &[Measured]) -> String {
    let mut text = format!(
        "Machine: {machine}. keyplan {}; {} runs of each command; {} of the keys RSA, {} of the clusters \
         changed, seed {}.\n",
        env!("CARGO_PKG_VERSION"),
        options.runs,
        percent(options.rsa),
        percent(options.changed),
        options.seed
    );
    for layout in Layout::ALL {
        let rows: Vec<_> = rows.iter().filter(|row| row.layout == layout).collect();
        let _ = write!(text, "\n{}:\n\n{HEAD}", sentence(layout.words()));
        for step in Step::ALL {
            let mut before = None;
            for row in rows.iter().filter(|row| row.measured.step == step) {
                let read = rows.iter().find(|other| {
                    other.measured.step == Step::Hash && other.measured.keys == row.measured.keys
                });
                line(&mut text, row, before, read.map(|read| &read.measured));
                before = Some(&row.measured);
            }
        }
    }
    beside_terraform(&mut text, options, rows, theirs);
    text
}

const HEAD: &str = "\
| command | keys + clusters | wall, least | wall, median | CPU, least | growth | of reading | peak memory | of the YAML |
|---|---|---|---|---|---|---|---|---|
";

fn line(text: &mut String, row: &Row, before: Option<&Measured>, read: Option<&Measured>) {
    let Row { layout: _, measured, yaml } = row;
    let least = measured.least(wall);
    let _ = writeln!(
        text,
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        measured.step.words(),
        of_each(measured.keys),
        seconds(least),
        seconds(measured.median(wall)),
        seconds(measured.least(cpu)),
        before.and_then(|before| growth(before, measured)).map_or_else(String::new, |it| format!("{it:.2}")),
        times(least, read.and_then(|read| read.least(wall))),
        measured.most(peak).map_or_else(String::new, |bytes| format!("{:.1} MB", bytes / 1e6)),
        times(measured.most(peak), Some(float(*yaml))),
    );
}

/// The exponent: 1 where ten times the facts take ten times as long, 2 where they take a hundred times.
fn growth(before: &Measured, now: &Measured) -> Option<f64> {
    let time = now.least(wall)? / before.least(wall)?;
    Some(time.ln() / (float(now.keys) / float(before.keys)).ln())
}

fn beside_terraform(text: &mut String, options: &Options, rows: &[Row], theirs: &[Measured]) {
    let Some(version) = terraform::version() else {
        text.push_str("\nThere is no `terraform` on the PATH to compare with.\n");
        return;
    };
    let _ = write!(
        text,
        "\n{version}, the same files in the same run, {} of each command, which is stopped after {} s; \
         keyplan with {}:\n\n\
         | command | keys + clusters | keyplan | Terraform | ratio | Terraform's growth |\n|---|---|---|---|---|---|\n",
        match options.terraform_runs {
            1 => "one run".into(),
            runs => format!("the least of {runs} runs"),
        },
        options.limit.as_secs(),
        Layout::Packed.words(),
    );
    for step in Step::ALL {
        let mut before = None;
        for their in theirs.iter().filter(|their| their.step == step) {
            let ours = rows.iter().find(|row| {
                row.layout == Layout::Packed && row.measured.step == step && row.measured.keys == their.keys
            });
            let ours = ours.and_then(|row| row.measured.least(wall));
            let is_over = their.costs.iter().any(Option::is_none);
            let time = if is_over { Some(options.limit.as_secs_f64()) } else { their.least(wall) };
            let more = if is_over { "more than " } else { "" };
            let growth = before.filter(|_| !is_over).and_then(|before| growth(before, their));
            let _ = writeln!(
                text,
                "| {} | {} | {} | {more}{} | {more}{} | {} |",
                step.words(),
                of_each(their.keys),
                seconds(ours),
                seconds(time),
                times(time, ours),
                growth.map_or_else(String::new, |growth| format!("{growth:.2}")),
            );
            before = Some(their);
        }
    }
}

fn seconds(seconds: Option<f64>) -> String {
    seconds.map_or_else(String::new, |seconds| format!("{seconds:.3} s"))
}

fn times(one: Option<f64>, other: Option<f64>) -> String {
    match (one, other) {
        (Some(one), Some(other)) if one >= 10.0 * other => format!("{:.0} ×", one / other),
        (Some(one), Some(other)) => format!("{:.1} ×", one / other),
        _ => String::new(),
    }
}

/// A number of keys with as many clusters.
fn of_each(number: usize) -> String {
    let grouped = |mut number: usize| {
        let mut groups = Vec::new();
        while number >= 1000 {
            groups.push(format!("{:03}", number % 1000));
            number /= 1000;
        }
        groups.push(number.to_string());
        groups.reverse();
        groups.join(",")
    };
    format!("{0} + {0}", grouped(number))
}

fn percent(share: f64) -> String {
    format!("{} %", (share * 1e4).round() / 1e2)
}

fn sentence(words: &str) -> String {
    words[..1].to_uppercase() + &words[1..]
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
const fn float(number: usize) -> f64 {
    number as f64
}
