//! Runs a program more than once: that it is repeatable is found out, and not hoped for.

use super::{Error, Session};
use crate::{
    comparison,
    recording::{Kind, Level, Recording},
};
use std::{io, num::NonZeroU32};

impl Session {
    /// Runs the program to its end so many times, and gives the first recording. Where another run is not the same, its
    /// header says so: a line `varies` names the first difference, with what is likely to be behind it. The first run that
    /// differs is the last one.
    ///
    /// In real time no run is the same as another, and there is one.
    ///
    /// # Errors
    /// What [`run`](Session::run) says, whichever run it is.
    pub fn proved(&self, runs: NonZeroU32) -> Result<Recording, Error> {
        let first = self.run()?;
        if self.virtual_time.is_none() {
            return Ok(first);
        }
        let mut header = first.header().clone();
        for _ in 1..runs.get() {
            let another = self.run()?;
            for reason in &another.header().varies {
                header.vary(reason);
            }
            let comparison = comparison::compare(&first, &another, Level::Exact);
            if let Some(difference) = comparison.lines().first() {
                header.vary(&format!("{difference} ({})", hint(&first, &another)));
                break;
            }
        }
        Recording::new(header, first.events().to_vec())
            .map_err(|flaw| Error::System(io::Error::other(flaw)))
    }
}

/// What is likely to be behind a difference between two runs in virtual time.
fn hint(first: &Recording, another: &Recording) -> &'static str {
    let is_same = |level| comparison::compare(first, another, level).is_same();
    if is_same(Level::Writes) {
        return "the instants alone";
    }
    if is_same(Level::Bytes) {
        return "the same bytes in other writes";
    }
    let agree = |seen: fn(Vec<u8>) -> Vec<u8>| payloads(first, seen) == payloads(another, seen);
    if agree(|bytes| bytes) {
        "the same bytes, and something else was done, or another end"
    } else if agree(|bytes| without(&bytes, u8::is_ascii_digit)) {
        "digits: a pid, a date or a size of the real world"
    } else if agree(|bytes| without(&bytes, u8::is_ascii_hexdigit)) {
        "hexadecimal digits: an address, a hash or a random number"
    } else if agree(sorted) {
        "the same bytes in another order: of a hash table, of a folder, of processes"
    } else {
        "random bytes, or something of the real world"
    }
}

/// What each stream received, as `seen`.
fn payloads(recording: &Recording, seen: fn(Vec<u8>) -> Vec<u8>) -> Vec<Vec<u8>> {
    let joined = recording.at_level(Level::Bytes);
    let payloads = joined
        .events()
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::Output(bytes) | Kind::Stderr(bytes) => Some(seen(bytes.clone())),
            _ => None,
        });
    payloads.collect()
}

/// Bytes with one `0` for each run of such digits, however long it is.
fn without(bytes: &[u8], is_digit: fn(&u8) -> bool) -> Vec<u8> {
    let runs = bytes.chunk_by(|one, next| is_digit(one) == is_digit(next));
    let shown = |run: &[u8]| {
        if is_digit(&run[0]) {
            b"0".to_vec()
        } else {
            run.to_vec()
        }
    };
    runs.flat_map(shown).collect()
}

fn sorted(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.sort_unstable();
    bytes
}

#[cfg(test)]
mod tests {
    use super::hint;
    use crate::recording::Recording;

    /// What is said of two runs, given by the lines of their events.
    #[track_caller]
    fn is_put_down_to(first: &str, another: &str, cause: &str) {
        let recording = |events: &str| -> Recording {
            let text = format!("transcript: 1\nchannel: pipe\n\n{events}\n");
            text.parse().unwrap()
        };
        let hint = hint(&recording(first), &recording(another));
        assert!(hint.starts_with(cause), "{hint}");
    }

    #[test]
    fn a_difference_is_put_down_to_its_likely_cause() {
        for (first, another, cause) in [
            (
                "0.100 \"a\"\n@0.100 exit 0",
                "0.101 \"a\"\n@0.101 exit 0",
                "the instants",
            ),
            (
                "0.100 \"ab\"\n@0.100 exit 0",
                "0.100 \"a\"\n0.000 \"b\"\n@0.100 exit 0",
                "the same bytes in other writes",
            ),
            (
                "0.100 \"a\"\n@0.100 exit 0",
                "0.100 \"a\"\n@0.100 exit 1",
                "the same bytes, and something else",
            ),
            (
                "0.100 \"pid 99\"\n@0.100 exit 0",
                "0.100 \"pid 100\"\n@0.100 exit 0",
                "digits",
            ),
            (
                "0.100 \"at 0x7ffd\"\n@0.100 exit 0",
                "0.100 \"at 0x55e0\"\n@0.100 exit 0",
                "hexadecimal digits",
            ),
            (
                "0.100 \"{x, yz}\"\n@0.100 exit 0",
                "0.100 \"{yz, x}\"\n@0.100 exit 0",
                "the same bytes in another order",
            ),
            (
                "0.100 \"qwx\"\n@0.100 exit 0",
                "0.100 \"zq\"\n@0.100 exit 0",
                "random bytes",
            ),
        ] {
            is_put_down_to(first, another, cause);
        }
    }
}
