//! Runs a program more than once: that it is repeatable is found out, and not hoped for.

use super::{Error, Session};
use crate::{
    comparison,
    recording::{End, Kind, Level, Recording, Stop},
};
use std::{io, num::NonZeroU32};

impl Session {
    /// Runs the program to its end so many times, and gives the first recording. Where another run is not the same, its
    /// header says so: a line `varies` names the first difference, with what is likely to be behind it. The first run that
    /// differs is the last one; who was ended by the limit of real time varies without that.
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
        if first.end().1 == End::Stopped(Stop::Limit) {
            header.vary("it was ended by the limit of real time");
        } else {
            for _ in 1..runs.get() {
                let another = self.run()?;
                for reason in &another.header().varies {
                    header.vary(reason);
                }
                if let Some(difference) = difference(&first, &another) {
                    header.vary(&difference);
                    break;
                }
            }
        }
        Recording::new(header, first.events().to_vec())
            .map_err(|flaw| Error::System(io::Error::other(flaw)))
    }
}

/// The first difference between two runs in virtual time, and what is likely to be behind it.
fn difference(first: &Recording, another: &Recording) -> Option<String> {
    let comparison = comparison::compare(first, another, Level::Exact);
    let difference = comparison.lines().first()?;
    let is_same = |level| comparison::compare(first, another, level).is_same();
    let hint = if is_same(Level::Writes) {
        "the instants alone"
    } else if is_same(Level::Bytes) {
        "the same bytes in other writes"
    } else {
        first_payloads(first, another)
            .map_or("another order of events, or another end", |payloads| {
                hint(payloads)
            })
    };
    Some(format!("{difference} ({hint})"))
}

/// What the first events that are not the same wrote, if both wrote.
fn first_payloads<'a>(first: &'a Recording, another: &'a Recording) -> Option<[&'a [u8]; 2]> {
    let mut pairs = first.events().iter().zip(another.events());
    let (first, another) = pairs.find(|(first, another)| first.kind != another.kind)?;
    match (&first.kind, &another.kind) {
        (Kind::Output(first), Kind::Output(another))
        | (Kind::Stderr(first), Kind::Stderr(another)) => Some([first, another]),
        _ => None,
    }
}

/// What is likely to be behind other bytes.
fn hint(payloads: [&[u8]; 2]) -> &'static str {
    let agree = |seen: fn(&[u8]) -> Vec<u8>| {
        let [first, another] = payloads.map(seen);
        first == another
    };
    if agree(|bytes| without(bytes, u8::is_ascii_digit)) {
        "digits: a pid, a date or a size of the real world"
    } else if agree(|bytes| without(bytes, u8::is_ascii_hexdigit)) {
        "hexadecimal digits: an address, a hash or a random number"
    } else if agree(sorted) {
        "the same bytes in another order: of a hash table, of a folder"
    } else {
        "random bytes, or something of the real world"
    }
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

fn sorted(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.sort_unstable();
    bytes
}

#[cfg(test)]
mod tests {
    use super::difference;
    use crate::recording::Recording;

    /// The hint at what is behind the difference of two runs, given by the lines of their events.
    #[track_caller]
    fn is_put_down_to(first: &str, another: &str, cause: &str) {
        let recording = |events: &str| -> Recording {
            let text = format!("transcript: 1\nchannel: pipe\n\n{events}\n");
            text.parse().unwrap()
        };
        let difference = difference(&recording(first), &recording(another)).unwrap();
        let (_, hint) = difference.split_once(" (").unwrap();
        assert!(hint.starts_with(cause), "{difference}");
    }

    /// As above, where one write and nothing else is not the same.
    #[track_caller]
    fn bytes_are_put_down_to(first: &str, another: &str, cause: &str) {
        let events = |bytes: &str| {
            format!("0.100 \"same 1\"\n0.000 \"{bytes}\"\n0.000 stderr \"a\"\n@0.200 exit 0")
        };
        is_put_down_to(&events(first), &events(another), cause);
    }

    #[test]
    fn other_instants_are_told_from_other_writes_and_ends() {
        let one = "0.100 \"ab\"\n@0.200 exit 0";
        is_put_down_to(one, "0.101 \"ab\"\n@0.200 exit 0", "the instants alone");
        let two = "0.100 \"a\"\n0.000 \"b\"\n@0.200 exit 0";
        is_put_down_to(one, two, "the same bytes in other writes");
        is_put_down_to(
            one,
            "0.100 \"ab\"\n@0.200 exit 1",
            "another order of events",
        );
        is_put_down_to(one, "@0.200 exit 0", "another order of events");
    }

    #[test]
    fn other_bytes_are_put_down_to_their_likely_cause() {
        bytes_are_put_down_to("pid 99", "pid 100", "digits");
        bytes_are_put_down_to("at 0x7ffd", "at 0x55e0", "hexadecimal digits");
        bytes_are_put_down_to("{x, yz}", "{yz, x}", "the same bytes in another order");
        bytes_are_put_down_to("qwx", "zq", "random bytes");
    }
}
