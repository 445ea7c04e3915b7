//! Text that runs from right to left, shown so that it does not reorder what stands beside it.

use std::borrow::Cow;

/// The blocks whose characters have the direction R or AL, or would have it if they were assigned (`DerivedBidiClass.txt` of
/// Unicode 16.0, the lines `@missing`). They also contain characters without a strong direction, which need no isolation.
const RIGHT_TO_LEFT: [(u32, u32); 5] = [
    (0x590, 0x8ff),
    (0xfb1d, 0xfdff),
    (0xfe70, 0xfeff),
    (0x10800, 0x10fff),
    (0x1e800, 0x1efff),
];

/// FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (UAX #9).
const ISOLATE: (char, char) = ('\u{2068}', '\u{2069}');

/// Isolates a text from what stands beside it in a line if a part of it runs from right to left.
///
/// Otherwise a terminal that reorders such text would show neighboring fields in another order. The text must be inert:
/// it contains no controls of its own.
///
/// ```
/// # use stroboscope::text::isolated;
/// assert_eq!(isolated("echo a"), "echo a");
/// assert_eq!(isolated("echo \u{5d0}"), "\u{2068}echo \u{5d0}\u{2069}");
/// ```
#[must_use]
pub fn isolated(text: &str) -> Cow<'_, str> {
    let runs_left = |character: char| {
        let code = u32::from(character);
        RIGHT_TO_LEFT
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&code))
    };
    if text.contains(runs_left) {
        Cow::Owned(format!("{}{text}{}", ISOLATE.0, ISOLATE.1))
    } else {
        Cow::Borrowed(text)
    }
}
