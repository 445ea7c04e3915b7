//! Writes and reads the header of a transcript.

use super::{
    TranscriptError, TranscriptErrorKind,
    cursor::{Cursor, quote},
    happening, parse,
};
use crate::recording::{
    Answers, Channel, Clock, Header, LEAST_GRAIN, Machine, Mask, Network, Precision,
    RecordingError, Seed,
};
use crate::text::{self, is_line, word};
use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
    time::Duration,
};

/// Every key, in the order in which they stand.
const KEYS: [&str; 18] = [
    "transcript",
    "command",
    "cwd",
    "env",
    "channel",
    "answers",
    "network",
    "clock",
    "date",
    "seed",
    "limit",
    "output-limit",
    "machine",
    "allow",
    "level",
    "varies",
    "mask",
    "note",
];
/// The keys that may stand more than once.
const REPEATED: [&str; 5] = ["env", "allow", "varies", "mask", "note"];

/// Writes the header, without the empty line after it.
pub(super) fn write(header: &Header) -> String {
    let mut out = String::new();
    let mut line = |key: &str, value: &str| out.extend([key, ": ", value, "\n"]);
    line("transcript", "1");
    if !header.command.is_empty() {
        line("command", &words_of(&header.command));
    }
    if let Some(cwd) = &header.cwd {
        line("cwd", &word(cwd.as_os_str().as_bytes()));
    }
    for (name, value) in &header.env {
        line(
            "env",
            &word(&[name.as_bytes(), b"=", value.as_bytes()].concat()),
        );
    }
    for name in &header.passed {
        line("env", &word(name.as_bytes()));
    }
    match &header.channel {
        Channel::Pipe => line("channel", "pipe"),
        Channel::Pty {
            columns,
            rows,
            term,
        } => {
            line(
                "channel",
                &format!("pty {columns}x{rows} {}", word(term.as_bytes())),
            );
        }
    }
    if header.answers == Answers::None {
        line("answers", "none");
    }
    match header.network {
        Network::Host => {}
        Network::Inside => line("network", "inside"),
        Network::None => line("network", "none"),
    }
    match header.clock {
        None => {}
        Some(Clock::Real) => line("clock", "real"),
        Some(Clock::Paused { grain }) if grain == LEAST_GRAIN => {
            line("clock", "paused");
        }
        Some(Clock::Paused { grain }) => line("clock", &format!("paused {}", duration(grain))),
        Some(Clock::Virtual { law, precision }) => {
            let law = if law == 1 {
                String::new()
            } else {
                format!(" {law}")
            };
            let precision = match precision {
                Precision::Milliseconds => "",
                Precision::Microseconds => " us",
                Precision::Nanoseconds => " ns",
            };
            line("clock", &format!("virtual{law}{precision}"));
        }
    }
    if let Some(date) = header.date {
        line("date", &humantime::format_rfc3339(date).to_string());
    }
    match header.seed {
        None => {}
        Some(Seed::None) => line("seed", "none"),
        Some(Seed::Number(number)) => line("seed", &number.to_string()),
    }
    if let Some(limit) = header.limit {
        line("limit", &duration(limit));
    }
    if let Some(bytes) = header.output_limit {
        line("output-limit", &bytes.to_string());
    }
    match header.machine {
        None => {}
        Some(Machine::Virtual) => line("machine", "virtual"),
        Some(Machine::Host) => line("machine", "host"),
    }
    header.allow.iter().for_each(|text| line("allow", text));
    if let Some(level) = header.level {
        line("level", &level.to_string());
    }
    header.varies.iter().for_each(|text| line("varies", text));
    let masks = header.mask.iter().map(ToString::to_string);
    masks.for_each(|mask| line("mask", &mask));
    header.note.iter().for_each(|text| line("note", text));
    out
}

/// Words joined by one blank.
pub(super) fn words_of(words: &[OsString]) -> String {
    let words: Vec<String> = words.iter().map(|one| word(one.as_bytes())).collect();
    words.join(" ")
}

/// A duration in seconds, or in milliseconds below one, exactly: `30s`, `15.625ms`.
fn duration(duration: Duration) -> String {
    let (whole, fraction, digits, unit) = if duration >= Duration::from_secs(1) {
        (duration.as_secs(), duration.subsec_nanos(), 9, "s")
    } else {
        (
            u64::from(duration.subsec_millis()),
            duration.subsec_nanos() % 1_000_000,
            6,
            "ms",
        )
    };
    let fraction = format!("{fraction:0digits$}");
    match fraction.trim_end_matches('0') {
        "" => format!("{whole}{unit}"),
        fraction => format!("{whole}.{fraction}{unit}"),
    }
}

/// Reads the header and the empty line after it.
pub(super) fn read(cursor: &mut Cursor) -> Result<Header, TranscriptError> {
    const FIRST: TranscriptErrorKind =
        TranscriptErrorKind::Expected("`transcript: 1`, the first line of every transcript");
    const MARKED: TranscriptErrorKind = TranscriptErrorKind::Expected(
        "`transcript: 1` at the start of the file, and before it no byte order mark (U+FEFF), which some editors add",
    );
    let mut header = Header::new(Channel::Pipe);
    let mut has_channel = false;
    // Where in KEYS the last line's key stands.
    let mut last: Option<usize> = None;
    while last.is_none() || !cursor.is_at_line_end() {
        let place = cursor.place();
        let word = cursor.word();
        let key = word
            .strip_suffix(':')
            .and_then(|key| KEYS.iter().position(|known| *known == key));
        let index = match (key, last) {
            (Some(0), None) => 0,
            (_, None) if word.starts_with('\u{feff}') => return Err(cursor.error_at(place, MARKED)),
            (_, None) => return Err(cursor.error_at(place, FIRST)),
            (None, _) => {
                return Err(cursor.error_at(
                    place,
                    happening::unknown_word("key", word.trim_end_matches(':')),
                ));
            }
            (Some(index), Some(last))
                if index < last || (index == last && !REPEATED.contains(&KEYS[index])) =>
            {
                return Err(cursor.error_at(
                    place,
                    TranscriptErrorKind::Misplaced(KEYS[index].to_owned()),
                ));
            }
            (Some(index), _) => index,
        };
        last = Some(index);
        has_channel |= KEYS[index] == "channel";
        parse::separator(cursor)?;
        value(cursor, KEYS[index], &mut header)?;
        cursor.line_end()?;
    }
    if !has_channel {
        return Err(cursor.expected("a line `channel: …` in the header"));
    }
    cursor.line_end()?;
    Ok(header)
}

/// Reads the value behind a key, up to the end of the line.
fn value(
    cursor: &mut Cursor,
    key: &'static str,
    header: &mut Header,
) -> Result<(), TranscriptError> {
    let place = cursor.place();
    match key {
        "transcript" => match cursor.word() {
            "1" => {}
            other => return Err(cursor.error_at(place, TranscriptErrorKind::Version(quote(other)))),
        },
        "command" => header.command = words(cursor)?,
        "cwd" => header.cwd = Some(PathBuf::from(word_value(cursor)?)),
        "env" => {
            for variable in words(cursor)? {
                let bytes = variable.as_bytes();
                let equals = bytes.iter().position(|byte| *byte == b'=');
                let Some(equals) = equals else {
                    header.passed.push(variable);
                    continue;
                };
                if equals == 0 {
                    let reason = TranscriptErrorKind::Expected("NAME=VALUE, or NAME");
                    return Err(cursor.error_at(place, reason));
                }
                let part = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
                header
                    .env
                    .push((part(&bytes[..equals]), part(&bytes[equals + 1..])));
            }
        }
        "channel" => header.channel = channel(cursor)?,
        "answers" => match cursor.word() {
            "none" => header.answers = Answers::None,
            other => {
                return Err(cursor.error_at(place, happening::unknown_word("answer", other)));
            }
        },
        "network" => match cursor.word() {
            "inside" => header.network = Network::Inside,
            "none" => header.network = Network::None,
            other => {
                return Err(cursor.error_at(place, happening::unknown_word("network", other)));
            }
        },
        "clock" => header.clock = Some(clock(cursor)?),
        "date" => {
            let date = humantime::parse_rfc3339(cursor.word());
            let reason = TranscriptErrorKind::Expected("a date, such as `2026-01-01T00:00:00Z`");
            header.date = Some(date.map_err(|_| cursor.error_at(place, reason))?);
        }
        "seed" => {
            let word = cursor.word();
            let number = text::number(word).map(Seed::Number);
            let seed = if word == "none" {
                Some(Seed::None)
            } else {
                number
            };
            header.seed = Some(seed.ok_or_else(|| {
                cursor.error_at(place, TranscriptErrorKind::Expected("a number or `none`"))
            })?);
        }
        "limit" => header.limit = Some(duration_value(cursor, key, Duration::from_nanos(1))?),
        "output-limit" => {
            let bytes = text::number(cursor.word());
            let reason = TranscriptErrorKind::Expected("a number of bytes");
            header.output_limit = Some(bytes.ok_or_else(|| cursor.error_at(place, reason))?);
        }
        "machine" => match cursor.word() {
            "virtual" => header.machine = Some(Machine::Virtual),
            "host" => header.machine = Some(Machine::Host),
            other => return Err(cursor.error_at(place, happening::unknown_word("machine", other))),
        },
        "level" => {
            let word = cursor.word();
            let level = word.parse();
            header.level = Some(
                level
                    .map_err(|_| cursor.error_at(place, happening::unknown_word("level", word)))?,
            );
        }
        "mask" => {
            let mask: Result<Mask, _> = cursor.line().parse();
            let mask = mask.map_err(|error| cursor.error_at(place, error.into()))?;
            header.mask.push(mask);
        }
        "allow" => header.allow.push(line(cursor, key)?),
        "varies" => header.varies.push(line(cursor, key)?),
        _ => header.note.push(line(cursor, key)?),
    }
    Ok(())
}

fn line(cursor: &mut Cursor, key: &'static str) -> Result<String, TranscriptError> {
    let place = cursor.place();
    let text = cursor.line();
    if is_line(text) {
        Ok(text.to_owned())
    } else {
        Err(cursor.error_at(place, RecordingError::Text(key).into()))
    }
}

fn words(cursor: &mut Cursor) -> Result<Vec<OsString>, TranscriptError> {
    let mut words = vec![word_value(cursor)?];
    loop {
        cursor.blanks();
        if cursor.is_at_line_end() {
            return Ok(words);
        }
        words.push(word_value(cursor)?);
    }
}

/// A word: bare, or one literal.
fn word_value(cursor: &mut Cursor) -> Result<OsString, TranscriptError> {
    let bytes = if cursor.rest().starts_with('"') {
        let mut bytes = Vec::new();
        cursor.quoted(&mut bytes)?;
        bytes
    } else {
        cursor.bare_word().as_bytes().to_vec()
    };
    if !cursor.is_at_line_end() && !cursor.rest().starts_with(' ') {
        return Err(cursor.expected("a blank, or the whole word in quotation marks"));
    }
    Ok(OsString::from_vec(bytes))
}

fn channel(cursor: &mut Cursor) -> Result<Channel, TranscriptError> {
    let place = cursor.place();
    match cursor.word() {
        "pipe" => Ok(Channel::Pipe),
        "pty" => {
            parse::separator(cursor)?;
            let (columns, rows) = happening::size(cursor)?;
            parse::separator(cursor)?;
            let place = cursor.place();
            let term = word_value(cursor)?.into_string();
            let term = term.map_err(|_| {
                cursor.error_at(
                    place,
                    TranscriptErrorKind::Expected("a terminal type in valid UTF-8"),
                )
            })?;
            Ok(Channel::Pty {
                columns,
                rows,
                term,
            })
        }
        other => Err(cursor.error_at(place, happening::unknown_word("channel", other))),
    }
}

fn clock(cursor: &mut Cursor) -> Result<Clock, TranscriptError> {
    let place = cursor.place();
    let clock = cursor.word();
    cursor.blanks();
    let bare = cursor.is_at_line_end();
    Ok(match clock {
        "real" => Clock::Real,
        "paused" if bare => Clock::Paused { grain: LEAST_GRAIN },
        "paused" => Clock::Paused {
            grain: duration_value(cursor, "clock", LEAST_GRAIN)?,
        },
        "virtual" => virtual_clock(cursor)?,
        other => return Err(cursor.error_at(place, happening::unknown_word("clock", other))),
    })
}

/// A virtual clock's law, 1 unless it is named, and its precision.
fn virtual_clock(cursor: &mut Cursor) -> Result<Clock, TranscriptError> {
    let mut place = cursor.place();
    let mut word = cursor.word();
    let mut law = 1;
    if word.starts_with(|first: char| first.is_ascii_digit()) {
        law = text::number(word)
            .filter(|law| *law > 0)
            .ok_or_else(|| cursor.error_at(place, RecordingError::Range("clock").into()))?;
        cursor.blanks();
        place = cursor.place();
        word = cursor.word();
    }
    let precision = match word {
        "" => Precision::Milliseconds,
        "us" => Precision::Microseconds,
        "ns" => Precision::Nanoseconds,
        other => return Err(cursor.error_at(place, happening::unknown_word("precision", other))),
    };
    Ok(Clock::Virtual { law, precision })
}

/// A duration, of at least `least`.
fn duration_value(
    cursor: &mut Cursor,
    key: &'static str,
    least: Duration,
) -> Result<Duration, TranscriptError> {
    let place = cursor.place();
    let Ok(duration) = humantime::parse_duration(cursor.line()) else {
        let reason = TranscriptErrorKind::Expected("a duration, such as `30s` or `15.625ms`");
        return Err(cursor.error_at(place, reason));
    };
    if duration < least {
        return Err(cursor.error_at(place, RecordingError::Range(key).into()));
    }
    Ok(duration)
}
