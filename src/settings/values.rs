//! The values of options, in the notation that the command line and `strobe.toml` share.

use crate::virtual_time::VirtualTime;
use std::time::Duration;

/// An instant since the start, which may be the start.
///
/// # Errors
/// How to write it.
pub fn instant(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write it as in `30s` or `1.5s`"))
}

/// A duration that is not zero.
///
/// # Errors
/// How to write it.
pub fn duration(text: &str) -> Result<Duration, String> {
    let duration = instant(text)?;
    if duration.is_zero() {
        Err("it must be longer than nothing".to_owned())
    } else {
        Ok(duration)
    }
}

/// A limit of virtual time.
///
/// # Errors
/// How to write it, or that the virtual clock does not go so far.
pub fn virtual_limit(text: &str) -> Result<Duration, String> {
    let limit = duration(text)?;
    let settings = VirtualTime::default().limit(limit);
    let checked = settings.check().map(|()| limit);
    checked.map_err(|error| error.to_string())
}

/// The columns and rows of a terminal.
///
/// # Errors
/// How to write it.
pub fn size(text: &str) -> Result<(u16, u16), String> {
    let size = text
        .split_once('x')
        .and_then(|(columns, rows)| Some((columns.parse().ok()?, rows.parse().ok()?)));
    size.filter(|(columns, rows)| *columns > 0 && *rows > 0)
        .ok_or_else(|| "it must be COLUMNSxROWS, such as `80x24`".to_owned())
}

/// A variable of the environment and its value; without a value it is passed on.
///
/// # Errors
/// How to write it.
pub fn variable(text: &str) -> Result<(String, Option<String>), String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    if name.is_empty() {
        Err("it must be NAME=VALUE, or NAME to pass yours on".to_owned())
    } else {
        Ok((name.to_owned(), value))
    }
}
