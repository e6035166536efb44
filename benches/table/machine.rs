//! The machine, as far as Linux tells; numbers mean nothing without it.

use std::fs;
use std::thread;

/// One line about the machine.
pub(crate) fn describe() -> String {
    let processor = line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".into());
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory = line_of("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split(' ').next()?.parse::<u64>().ok())
        .map_or_else(|| "unknown".into(), |kib| format!("{} GiB", kib >> 20));
    let kernel = text_of("/proc/sys/kernel/osrelease").unwrap_or_else(|| "unknown".into());
    let kernel = kernel.split('-').next().unwrap_or_default();
    let load = text_of("/proc/loadavg").unwrap_or_else(|| "unknown".into());
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "{processor}, {cores} cores, {memory} of memory, {} {}, kernel {}; load average before: {load}",
        std::env::consts::OS,
        std::env::consts::ARCH,
        kernel.trim()
    )
}

fn text_of(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// What stands behind a name and a colon.
fn line_of(path: &str, name: &str) -> Option<String> {
    let text = text_of(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
