//! `keyplan state log`: what each revision changed, all or those of a resource or since a time.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::args::Format;
use super::failure::Failure;
use super::interrupt::SystemClock;
use super::recorded::{address, resources};
use super::terminal::Terminal;
use super::workspace::has_history;
use crate::diagnostics::{did_you_mean, quoted};
use crate::model::Address;
use crate::plan::Resource;
use crate::report::json_v1::{self, StateLog};
use crate::report::state_log as view;
use crate::state::{Clock, LoggedRevision, RevisionLog, State, StateError};

/// What `state log` is asked.
pub(super) struct LogQuestion<'a> {
    pub(super) address: Option<&'a str>,
    pub(super) since: Option<&'a str>,
}

pub(super) fn run(
    state: &State<'_>,
    question: &LogQuestion<'_>,
    format: Format,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let address = question.address.map(address).transpose()?;
    let now = SystemClock.now();
    let since = question.since.map(|text| since(text, now)).transpose()?;
    if address.is_some() || since.is_some() {
        has_history(state)?;
    }
    let mut log = RevisionLog::read(state, since, address.as_ref())?.peekable();
    if log.peek().is_none()
        && let Some(address) = &address
    {
        is_known(state, address)?;
    }
    match format {
        Format::Json => {
            let revisions = log.collect::<Result<Vec<_>, StateError>>()?;
            json_v1::write(terminal.out, &StateLog::new(&revisions))?;
        }
        Format::Human if state.revision() == 0 => view::empty(terminal.out)?,
        Format::Human if log.peek().is_none() => {
            let of =
                address.map_or_else(|| "nothing was recorded".into(), |of| format!("`{of}` did not change"));
            let newest = state.head.as_ref().map(|head| head.entry.time.as_str()).unwrap_or_default();
            let since = since.map(|since| since.to_string()).unwrap_or_default();
            view::none(terminal.out, &of, &since, (state.revision(), newest))?;
        }
        Format::Human => {
            for revision in log {
                let revision: LoggedRevision = revision?;
                view::revision(terminal.out, &revision, terminal.view)?;
            }
        }
    }
    Ok(())
}

/// Refuses an address that no revision had.
fn is_known(state: &State<'_>, address: &Address) -> Result<(), Failure> {
    if state.has(address)? || RevisionLog::read(state, None, Some(address))?.next().transpose()?.is_some() {
        return Ok(());
    }
    let known: Vec<_> =
        resources(&state.recorded()?).iter().map(|known| Resource::address(known).to_string()).collect();
    let near = did_you_mean(&address.to_string(), known.iter().map(String::as_str));
    Err(Failure::Refused {
        problem: format!("no revision has ever recorded `{address}`"),
        help: near.unwrap_or_else(|| "`keyplan state list` prints what is recorded now".into()),
    })
}

/// Reads a day, a time, or how long ago.
fn since(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let unknown = || {
        Failure::Usage {
        problem: format!("{} is no date and no duration", quoted(text)),
        help: "write a day as in `2026-11-01`, a time as in `2026-11-01T08:00:00Z`, or how long ago as in `12h`, `7d` \
               or `3 months`"
            .into(),
    }
    };
    let start = |day: Date| day.to_zoned(TimeZone::UTC).map(|start| start.timestamp()).ok();
    let ago = |span: Span| now.to_zoned(TimeZone::UTC).checked_sub(span).map(|then| then.timestamp()).ok();
    let day = || text.parse::<Date>().ok().filter(|_| text.len() == "2026-11-01".len()).and_then(start);
    let time = || text.parse::<Timestamp>().ok();
    let span = || text.parse::<Span>().ok().filter(|span| !span.is_negative()).and_then(ago);
    let since = day().or_else(time).or_else(span).ok_or_else(unknown)?;
    if since > now {
        return Err(Failure::Usage {
            problem: format!("{} is still to come", quoted(text)),
            help: format!("now it is {} in UTC", now.strftime("%Y-%m-%dT%H:%M:%SZ")),
        });
    }
    Ok(since)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::since;

    #[test]
    fn a_day_a_time_or_a_duration_is_read() {
        let now: Timestamp = "2026-11-22T18:03:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-11-22", "2026-11-22T00:00:00Z"),
            ("2026-11-01T08:00:00Z", "2026-11-01T08:00:00Z"),
            ("2026-11-01T08:00:00+02:00", "2026-11-01T06:00:00Z"),
            ("7d", "2026-11-15T18:03:00Z"),
            ("2w", "2026-11-08T18:03:00Z"),
            ("90 minutes", "2026-11-22T16:33:00Z"),
            ("1 month", "2026-10-22T18:03:00Z"),
        ] {
            assert_eq!(since(text, now).unwrap(), expected.parse().unwrap(), "{text}");
        }
        for text in [
            "",
            "x",
            "7",
            "-7d",
            "7 d ago!",
            "2026-02-30",
            "2026-11-23",
            "2026-11",
            "99999999999999y",
            "2026-11-01T08:00:00",
        ] {
            assert!(since(text, now).is_err(), "{text}");
        }
    }
}
