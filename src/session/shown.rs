//! What a recording shows of the run: names and numbers that differ where a program has no namespace of its own.

use crate::recording::{EventKind, Recording};
use std::collections::BTreeSet;

/// The bytes that a program wrote, stream by stream.
pub(super) struct Shown([Vec<u8>; 2]);

impl Shown {
    pub(super) fn in_recording(recording: &Recording) -> Shown {
        let events = recording.events().iter();
        let stderr = events.filter_map(|event| match &event.kind {
            EventKind::Stderr(bytes) => Some(bytes.as_slice()),
            _ => None,
        });
        Shown([recording.output(), stderr.collect::<Vec<_>>().concat()])
    }

    /// Whether one of these numbers is shown, and not as a part of a longer one.
    pub(super) fn any_number(&self, numbers: &BTreeSet<i32>) -> bool {
        let digits = |bytes: &u8| !bytes.is_ascii_digit();
        let mut shown = self
            .0
            .iter()
            .flat_map(|bytes| bytes.split(digits))
            .filter_map(|digits| str::from_utf8(digits).ok()?.parse().ok());
        shown.any(|number| numbers.contains(&number))
    }

    /// Whether a terminal is shown by its name, with `/dev/` or without.
    pub(super) fn terminal(&self, name: &str) -> bool {
        let name = name.strip_prefix("/dev/").unwrap_or(name).as_bytes();
        self.0.iter().any(|bytes| {
            let mut places = bytes.windows(name.len()).enumerate();
            places.any(|(at, window)| {
                window == name && !bytes.get(at + name.len()).is_some_and(u8::is_ascii_digit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Shown;
    use std::collections::BTreeSet;

    #[test]
    fn a_number_and_a_terminal_are_shown_if_they_are_not_part_of_another() {
        let shown = |bytes: &str| Shown([bytes.into(), Vec::new()]);
        let numbers = BTreeSet::from([217]);
        for (text, is_shown) in [("[1] 217\r\n", true), ("2170 1217", false), ("a217b", true)] {
            assert_eq!(shown(text).any_number(&numbers), is_shown, "{text}");
        }
        for (text, is_shown) in [("on pts/3.", true), ("/dev/pts/3", true), ("pts/31", false)] {
            assert_eq!(shown(text).terminal("/dev/pts/3"), is_shown, "{text}");
        }
    }
}
