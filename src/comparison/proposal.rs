//! Proposes masks for what differs from run to run.

use super::{CauseKind, compare};
use crate::{
    recording::{Level, Mask, MaskKind, Recording, mask_text},
    text,
};
use std::{fmt, ops::Range, slice};

/// How many masks are proposed at most.
const MOST: usize = 16;
/// How many characters of a line before a difference are in a mask.
const CONTEXT: usize = 16;
/// How many characters of what differs are shown.
const SHOWN: usize = 40;

/// A mask for something that differed between two runs; `Display` is a line that says so, with the option of `strobe record`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proposal {
    /// The mask.
    pub mask: Mask,
    /// What the first run wrote.
    pub was: String,
    /// What the other wrote.
    pub became: String,
}

impl Proposal {
    /// The option of `strobe record`, for a shell.
    #[must_use]
    pub fn option(&self) -> String {
        let name = self.mask.name();
        let is_kind = MaskKind::named(name).is_some_and(|kind| kind.mask() == self.mask);
        if is_kind {
            return format!("--mask {name}");
        }
        let mask = self.mask.to_string().replacen(' ', "=", 1);
        format!("--mask '{}'", mask.replace('\'', "'\\''"))
    }
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [was, became] =
            [&self.was, &self.became].map(|part| text::escape(part.as_bytes(), SHOWN));
        write!(f, "`{was}` became `{became}`: `{}`", self.option())
    }
}

/// Proposes masks with which two runs have written the same; none if there are no such masks, or there is no difference.
///
/// A number, a path, a date and their like can be masked, and a word that has a digit in it. A word for another is a change
/// that a mask would hide.
///
/// ```
/// use stroboscope::{Recording, comparison::proposals};
///
/// let run = |pid| format!("transcript: 1\nchannel: pipe\n\n0.000 \"[{pid}] up\\n\"\n@0.000 exit 0\n").parse();
/// let (first, another): (Recording, Recording) = (run(29969)?, run(29985)?);
/// let proposed: Vec<String> = proposals(&first, &another).iter().map(|one| one.to_string()).collect();
/// assert_eq!(proposed, [r"`29969` became `29985`: `--mask 'pid=/\[(\d+)\]/'`"]);
/// # Ok::<(), stroboscope::transcript::TranscriptError>(())
/// ```
#[must_use]
pub fn proposals(first: &Recording, another: &Recording) -> Vec<Proposal> {
    let mut found = Vec::new();
    let (mut left, mut right) = (first.clone(), another.clone());
    while found.len() < MOST
        && let Some(proposal) = next(&left, &right)
    {
        let mask = slice::from_ref(&proposal.mask);
        let masked = (left.mask(mask), right.mask(mask));
        if masked.0 == left || masked.1 == right {
            break;
        }
        (left, right) = masked;
        found.push(proposal);
    }
    let comparison = compare(&left, &right, Level::Bytes);
    let is_left = |kind| {
        matches!(
            kind,
            CauseKind::Output | CauseKind::Stderr | CauseKind::Mask
        )
    };
    if comparison
        .causes()
        .iter()
        .any(|cause| is_left(cause.kind()))
    {
        found.clear();
    }
    found
}

/// A mask for the first difference of what was written.
fn next(left: &Recording, right: &Recording) -> Option<Proposal> {
    let [left, right] = [left, right].map(|recording| recording.at_level(Level::Bytes));
    let texts = [false, true]
        .map(|is_stderr| [&left, &right].map(|recording| mask_text(recording.events(), is_stderr)));
    let [old, new] = texts.iter().find(|[old, new]| old != new)?;
    let same = old.char_indices().zip(new.chars());
    let same = same.take_while(|((_, old), new)| old == new);
    let at = same
        .last()
        .map_or(0, |((at, last), _)| at + last.len_utf8());
    let start = old[..at].rfind(is_line_end).map_or(0, |end| end + 1);
    let lines = [old, new].map(|text| {
        let line = &text[start..];
        let end = line[at - start..].find(is_line_end);
        &line[..end.map_or(line.len(), |end| at - start + end)]
    });
    let at = at - start;
    let (mask, parts) = by_kind(lines, at).or_else(|| by_context(lines, at))?;
    let [was, became] = [0, 1].map(|side| lines[side][parts[side].clone()].to_owned());
    Some(Proposal { mask, was, became })
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\r' | '\n')
}

type Parts = [Range<usize>; 2];

/// The mask of a kind that the difference at this place is in.
fn by_kind(lines: [&str; 2], at: usize) -> Option<(Mask, Parts)> {
    let kinds = ["uuid", "date", "time", "version", "duration", "path"];
    let kinds = kinds.into_iter().filter_map(MaskKind::named);
    kinds.map(MaskKind::mask).find_map(|mask| {
        let part = |line: &str| {
            let parts = mask.parts(line).into_iter();
            parts
                .into_iter()
                .find(|part| part.start <= at && at <= part.end)
        };
        let parts = [part(lines[0])?, part(lines[1])?];
        let is_in = parts.iter().any(|part| at < part.end) && parts[0].start == parts[1].start;
        is_in.then_some((mask, parts))
    })
}

/// A mask for a number, or for a word with a digit, between what stands before and after it in its line.
fn by_context(lines: [&str; 2], at: usize) -> Option<(Mask, Parts)> {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let is_number = |character: char| character.is_ascii_digit() || character == '.';
    let part = |line: &str, is_part: fn(char) -> bool| {
        let start = line[..at].rfind(|character| !is_part(character));
        let start = start.map_or(0, |before| {
            before + line[before..].chars().next().map_or(0, char::len_utf8)
        });
        let end = line[at..].find(|character| !is_part(character));
        start..end.map_or(line.len(), |end| at + end)
    };
    let numbers = lines.map(|line| {
        let part = part(line, is_number);
        let dots = line[part.clone()].trim_end_matches('.').len();
        part.start..part.start + dots
    });
    let are_numbers = [0, 1].iter().all(|side| {
        let (line, part) = (lines[*side], numbers[*side].clone());
        let is_bare =
            !line[part.end..].starts_with(is_word) && !line[..part.start].ends_with(is_word);
        is_bare && line[part].starts_with(|first: char| first.is_ascii_digit())
    });
    let parts = if are_numbers {
        numbers
    } else {
        lines.map(|line| part(line, is_word))
    };
    let words = [0, 1].map(|side| &lines[side][parts[side].clone()]);
    let are = |is: fn(&&str) -> bool| words.iter().all(is);
    let has_digit = |word: &&str| word.contains(|part: char| part.is_ascii_digit());
    let is_mixed = |word: &&str| {
        let has = |is: fn(&u8) -> bool| word.bytes().any(|byte| is(&byte));
        word.len() >= 6 && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
    };
    let (name, core) = if parts[0].start != parts[1].start {
        return None;
    } else if are(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())) {
        let says_pid = lines[0][..parts[0].start].to_lowercase().ends_with("pid ");
        let name = if says_pid || are(|word| (3..8).contains(&word.len())) {
            "pid"
        } else {
            "number"
        };
        (name, r"\d+")
    } else if are_numbers {
        ("number", r"\d+(?:\.\d+)*")
    } else if are(|word| word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        ("hex", "[0-9a-fA-F]+")
    } else if words.iter().all(|word| has_digit(word) || is_mixed(word)) {
        ("id", r"\w+")
    } else {
        return None;
    };
    let before = before(&lines[0][..parts[0].start]);
    let after = after([0, 1].map(|side| &lines[side][parts[side].end..]));
    let mask = Mask::new(name, &format!("{before}({core}){after}")).ok()?;
    Some((mask, parts))
}

/// What stands directly before something in its line, as an expression: to the last blank, or if that is all, the word before.
fn before(line: &str) -> String {
    if line.is_empty() {
        return "^".to_owned();
    }
    let is_plain = |character: &char| !character.is_control() && *character != '\u{fffc}';
    let plain: Vec<char> = line
        .chars()
        .rev()
        .take(CONTEXT)
        .take_while(is_plain)
        .collect();
    let blanks = plain
        .iter()
        .take_while(|character| **character == ' ')
        .count();
    let word = plain[blanks..]
        .iter()
        .take_while(|character| **character != ' ');
    let len = blanks + word.count();
    let context: String = plain[..len].iter().rev().collect();
    regex_lite::escape(context.trim_start_matches(' '))
}

/// What stands directly after something in both lines, as an expression: a mark, or the end of the line.
fn after(rests: [&str; 2]) -> String {
    let [old, new] = rests.map(|rest| rest.chars().next());
    match (old, new) {
        (None, None) => "$".to_owned(),
        (Some(old), Some(new)) if old == new && old.is_ascii_punctuation() => {
            regex_lite::escape(&old.to_string())
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::proposals;
    use crate::{
        comparison::compare,
        recording::{Level, Mask, Recording},
        text::quote,
    };

    fn run(written: &str) -> Recording {
        let payload = quote(written.as_bytes(), 1000);
        format!("transcript: 1\nchannel: pipe\n\n0.000 {payload}\n@0.000 exit 0\n")
            .parse()
            .unwrap()
    }

    #[track_caller]
    fn proposed(first: &str, another: &str, expected: &[&str]) {
        let (first, another) = (run(first), run(another));
        let found = proposals(&first, &another);
        let options: Vec<String> = found.iter().map(super::Proposal::option).collect();
        assert_eq!(options, expected);
        if !expected.is_empty() {
            let masks: Vec<Mask> = found.into_iter().map(|one| one.mask).collect();
            let masked = (first.mask(&masks), another.mask(&masks));
            assert!(compare(&masked.0, &masked.1, Level::Exact).is_same());
        }
    }

    #[test]
    fn a_number_is_masked_between_what_surrounds_it() {
        proposed(
            "[29969] up\n",
            "[29985] up\n",
            &[r"--mask 'pid=/\[(\d+)\]/'"],
        );
        proposed(
            "pid 99 up\n",
            "pid 100 up\n",
            &[r"--mask 'pid=/pid (\d+)/'"],
        );
        proposed("1234\n", "5678\n", &[r"--mask 'pid=/^(\d+)$/'"]);
        proposed(
            "load 0.12, ok\n",
            "load 1.5, ok\n",
            &[r"--mask 'number=/load (\d+(?:\.\d+)*),/'"],
        );
        proposed(
            "it's 11\n",
            "it's 12\n",
            &[r"--mask 'number=/it'\''s (\d+)$/'"],
        );
    }

    #[test]
    fn colors_do_not_stand_between_what_differs_and_its_line() {
        proposed(
            "pid \x1b[1m11\x1b[0m.\n",
            "pid \x1b[1m12\x1b[0m.\n",
            &[r"--mask 'pid=/pid (\d+)\./'"],
        );
    }

    #[test]
    fn what_is_of_a_kind_is_masked_by_it() {
        proposed(
            "in /tmp/tmp.Xy12/a\n",
            "in /tmp/tmp.Zb34/a\n",
            &["--mask path"],
        );
        proposed("at 10:22:33\n", "at 10:22:41\n", &["--mask time"]);
        proposed("took 1.5s\n", "took 12s\n", &["--mask duration"]);
    }

    #[test]
    fn several_differences_have_a_mask_each_and_equal_ones_share_it() {
        proposed(
            "[11] in /tmp/a.1\n[11] id ab12cd34\n",
            "[12] in /tmp/a.2\n[12] id ff00ff01\n",
            &[
                r"--mask 'number=/\[(\d+)\]/'",
                "--mask path",
                "--mask 'hex=/id ([0-9a-fA-F]+)$/'",
            ],
        );
    }

    #[test]
    fn what_a_mask_would_hide_or_not_cure_is_not_proposed() {
        proposed("tests ok\n", "tests failed\n", &[]);
        proposed("[11] ok\n", "[12] failed\n", &[]);
        proposed("[11] ok\n", "[12] ok\nmore\n", &[]);
        proposed("same\n", "same\n", &[]);
    }
}
