//! Laws of the transcript, over arbitrary recordings and damaged transcripts.

use crate::{arbitrary, effort::cases};
use proptest::prelude::*;
use regex_syntax::hir::{Class, HirKind};
use std::sync::LazyLock;
use stroboscope::{
    recording::{Channel, End, Event, EventKind, Header, Level, Recording},
    transcript::{self, ReadError, Reader},
};

/// A transcript of one output, and the lines of its payload alone, without their indent.
fn payload(bytes: &[u8]) -> Vec<String> {
    let event = |kind| Event::new(std::time::Duration::ZERO, kind);
    let events = vec![
        event(EventKind::Output(bytes.to_vec())),
        event(EventKind::End(End::Exit(0))),
    ];
    let text = Recording::new(Header::new(Channel::Pipe), events)
        .unwrap()
        .to_string();
    let body = text
        .split_once("\n\n")
        .unwrap()
        .1
        .strip_suffix("@0.000 exit 0\n")
        .unwrap();
    let lines = body.lines().map(|line| {
        line.strip_prefix("0.000 ")
            .or(line.strip_prefix("      "))
            .unwrap()
            .to_owned()
    });
    lines.collect()
}

/// What the format says of a unit, by the tables of `regex-syntax` and not by the library's own.
mod reference {
    use super::{Class, HirKind, LazyLock};

    static HIDDEN: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
        class(r"[[\p{Cf}\p{Zs}\p{Zl}\p{Zp}\p{Co}\p{DI}\p{NChar}\x{2800}\p{Cc}]--[\x20]]")
    });
    static MARKS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| class(r"\p{M}"));

    fn class(class: &str) -> Vec<(char, char)> {
        let hir = regex_syntax::parse(class).unwrap();
        let HirKind::Class(Class::Unicode(class)) = hir.kind() else {
            panic!("not a class")
        };
        class
            .ranges()
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect()
    }

    fn has(table: &[(char, char)], character: char) -> bool {
        table
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&character))
    }

    pub fn is_printable(character: char) -> bool {
        !has(&HIDDEN, character)
    }

    /// One unit as it is written, and whether it stands for itself.
    pub fn unit(unit: &str, after_bare: bool) -> (String, bool) {
        let &[byte] = unit.as_bytes() else {
            let character = unit.chars().next().unwrap();
            let bare = is_printable(character) && (after_bare || !has(&MARKS, character));
            return (
                if bare {
                    unit.to_owned()
                } else {
                    format!("\\u{{{:x}}}", u32::from(character))
                },
                bare,
            );
        };
        let escape = match byte {
            b'\\' => "\\\\".to_owned(),
            b'"' => "\\\"".to_owned(),
            b'\n' => "\\n".to_owned(),
            b'\r' => "\\r".to_owned(),
            b'\t' => "\\t".to_owned(),
            8 => "\\b".to_owned(),
            27 => "\\e".to_owned(),
            0x20..=0x7e => return (unit.to_owned(), true),
            _ => format!("\\x{byte:02x}"),
        };
        (escape, false)
    }

    /// How many units a line has, with its end.
    fn line_length(units: &[Vec<u8>]) -> usize {
        let end = units.iter().position(|unit| unit == b"\n");
        end.map_or(units.len(), |end| end + 1)
    }

    /// The canonical payload's lines, by the rules as they stand, unit by unit.
    pub fn payload(bytes: &[u8]) -> Vec<String> {
        let units: Vec<Vec<u8>> = bytes
            .utf8_chunks()
            .flat_map(|chunk| {
                let scalars = chunk
                    .valid()
                    .chars()
                    .map(|character| character.to_string().into_bytes());
                scalars
                    .chain(chunk.invalid().iter().map(|byte| vec![*byte]))
                    .collect::<Vec<_>>()
            })
            .collect();
        let write = |one: &[u8], after_bare| match str::from_utf8(one) {
            Ok(text) => unit(text, after_bare),
            Err(_) => (format!("\\x{:02x}", one[0]), false),
        };
        let (mut lines, mut open, mut bare, mut fresh) = (vec![String::new()], false, false, false);
        let mut at = 0;
        while at < units.len() {
            if fresh || at == 0 {
                let length = line_length(&units[at..]);
                let whole = &units[at..at + length];
                let count = units[at..]
                    .chunks(length)
                    .take_while(|other| *other == whole)
                    .count();
                // A run of line ends takes the last line's with it.
                let rest = units[at + count * length..].iter();
                let count =
                    count - usize::from(rest.take_while(|unit| *unit == b"\n").count() >= 7);
                let alone = (length > 1 && count >= 64 && whole.ends_with(&[b"\n".to_vec()]))
                    .then(|| payload(&whole.concat()));
                let mut bare = false;
                let written = whole.iter().map(|unit| {
                    let text;
                    (text, bare) = write(unit, bare);
                    text
                });
                let literal = format!("\"{}\"", written.collect::<String>());
                if alone.is_some_and(|lines| lines == [literal.as_str()]) {
                    if at > 0 {
                        if open {
                            lines.last_mut().unwrap().push('"');
                        }
                        lines.push(String::new());
                    }
                    *lines.last_mut().unwrap() += &format!("{literal}*{count}");
                    (open, fresh) = (false, true);
                    at += count * length;
                    continue;
                }
            }
            let count = units[at..]
                .iter()
                .take_while(|other| **other == units[at])
                .count();
            let is_first = at == 0 || units[at - 1] != units[at];
            let (_, in_place) = write(&units[at], open && bare);
            let enough = if in_place && units[at] != b" " { 64 } else { 8 };
            let run = is_first && count >= enough;
            let head = units[at..].concat();
            let is_row_move = head.starts_with(b"\x1b[")
                && head[2..]
                    .iter()
                    .find(|byte| !b"0123456789:;".contains(byte))
                    .is_some_and(|byte| b"ABEFHdf".contains(byte));
            let is_return =
                units[at] == b"\r" && units.get(at + 1).is_some_and(|next| next != b"\n");
            if open && (run || fresh || is_row_move || is_return) {
                lines.last_mut().unwrap().push('"');
                if fresh || !run {
                    lines.push(String::new());
                }
                open = false;
            } else if fresh {
                lines.push(String::new());
            }
            fresh = units[at] == b"\n";
            let line = lines.last_mut().unwrap();
            if !open {
                line.push_str(if line.is_empty() { "\"" } else { " \"" });
                (open, bare) = (true, false);
            }
            let text;
            (text, bare) = write(&units[at], bare);
            line.push_str(&text);
            if run {
                *line += &format!("\"*{count}");
                open = false;
            }
            at += if run { count } else { 1 };
        }
        if open {
            lines.last_mut().unwrap().push('"');
        }
        lines
    }
}

/// A part of a payload, perhaps one that comes often.
fn part() -> impl Strategy<Value = String> {
    let units = prop::sample::select(vec![
        "a",
        "b",
        "ab",
        "aa",
        " ",
        r"\n",
        r"y\n",
        r"y\r\n",
        r"\ny",
        r"y\ny\n",
        r"\e[Hy\n",
        r"\ry\n",
        r"aaaaaaaay\n",
        r"\b",
        r"\b\b",
        r"\xe4",
        r"\xb8",
        r"\xe4\xb8",
        "中",
        r"\u{301}",
        r"a\u{301}",
        r"\r",
        r"\r\n",
        "0123456789",
    ]);
    let counts = prop::sample::select(vec![
        1, 1, 1, 2, 7, 8, 63, 64, 65, 255, 256, 257, 258, 300, 511, 777,
    ]);
    prop_oneof![
        8 => (units, counts).prop_map(|(unit, count)| match count {
            1 => format!("\"{unit}\""),
            _ => format!("\"{unit}\"*{count}"),
        }),
        1 => Just("<pid>".to_owned()),
        1 => Just("<pid 0>".to_owned()),
    ]
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_recording_survives_its_transcript(recording in arbitrary::recording(12)) {
        let text = recording.to_string();
        let read: Recording = text.parse().unwrap();
        prop_assert_eq!(&read, &recording);
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn a_transcript_reads_the_same_event_by_event(recording in arbitrary::recording(12)) {
        let text = recording.to_string();
        let reader = Reader::new(text.as_bytes(), transcript::DEFAULT_LIMIT).unwrap();
        prop_assert_eq!(reader.header(), recording.header());
        let events: Vec<Event> = reader.map(Result::unwrap).collect();
        prop_assert_eq!(events, recording.events());
        // In pieces the joined bytes are the same, and so is everything else.
        let reader = Reader::new(text.as_bytes(), transcript::DEFAULT_LIMIT).unwrap();
        let pieces = reader.in_pieces().map(Result::unwrap).collect();
        let pieces = Recording::new(recording.header().clone(), pieces).unwrap();
        prop_assert_eq!(pieces.at_level(Level::Bytes), recording.at_level(Level::Bytes));
    }

    /// What has a count is not written out, and the text is the same.
    #[test]
    fn a_canonical_text_is_the_same_event_by_event(parts in prop::collection::vec(part(), 1..7)) {
        let text = format!(
            "transcript: 1\nchannel: pipe\nmask: pid /[0-9]+/\n\n0.000 {}\n@0.100 exit 0\n",
            parts.join(" ")
        );
        let whole = transcript::parse(&text, 1 << 20).unwrap();
        let reader = || Reader::new(text.as_bytes(), 1 << 20).unwrap();
        prop_assert_eq!(reader().into_text().unwrap(), whole.to_string());
        prop_assert_eq!(reader().into_text_with_instants().unwrap(), transcript::with_instants(&whole));
    }

    /// Whatever is damaged is read event by event as it is read as a whole: the same events, or an error at the same place.
    #[test]
    fn a_damaged_transcript_is_refused_event_by_event_for_the_same_reason(
        recording in arbitrary::recording(4),
        at in any::<prop::sample::Index>(),
        instead in "[ -~\n]{0,2}",
    ) {
        let mut text = recording.to_string();
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let at = *at.get(&places);
        let len = text[at..].chars().next().map_or(0, char::len_utf8);
        text.replace_range(at..at + len, &instead);
        let whole = transcript::parse(&text, 1 << 20);
        let events = Reader::new(text.as_bytes(), 1 << 20).and_then(Iterator::collect::<Result<Vec<Event>, _>>);
        match (whole, events) {
            (Ok(whole), Ok(events)) => prop_assert_eq!(whole.events(), events),
            (Err(whole), Err(ReadError::Transcript(events))) => prop_assert_eq!(whole, events),
            (whole, events) => prop_assert!(false, "{:?} and {:?}", whole, events),
        }
    }

    #[test]
    fn a_payload_is_written_as_the_rules_say(bytes in arbitrary::bytes()) {
        prop_assume!(!bytes.is_empty());
        prop_assert_eq!(payload(&bytes), reference::payload(&bytes));
    }

    #[test]
    fn a_transcript_is_printable_text_without_blanks_at_line_ends(recording in arbitrary::recording(6)) {
        let text = recording.to_string();
        for line in text.lines() {
            prop_assert!(line.chars().all(reference::is_printable), "{line:?}");
            prop_assert!(!line.ends_with(' '), "{line:?}");
        }
        prop_assert!(!text.ends_with("\n\n"));
    }

    #[test]
    fn line_ends_of_either_kind_read_the_same(recording in arbitrary::recording(6)) {
        let text = recording.to_string().replace('\n', "\r\n");
        prop_assert_eq!(text.parse::<Recording>().unwrap(), recording);
    }

    /// Whatever is damaged: a transcript or an error, never a panic, and an error's position lies in the text.
    #[test]
    fn a_damaged_transcript_is_read_or_refused_with_its_position(
        recording in arbitrary::recording(4),
        damages in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<char>(), "[ -~]"), 1..4),
    ) {
        let mut characters: Vec<char> = recording.to_string().chars().collect();
        for (index, how, any, ascii) in damages {
            let Some(last) = characters.len().checked_sub(1) else { break };
            let at = index.index(last + 1);
            let ascii = ascii.chars().next().unwrap();
            match how {
                0 => drop(characters.remove(at)),
                1 => characters.insert(at, any),
                2 => characters[at] = ascii,
                _ => characters.truncate(at.max(1)),
            }
        }
        let text: String = characters.into_iter().collect();
        match transcript::parse(&text, 1 << 20) {
            Ok(read) => prop_assert_eq!(read.to_string().parse::<Recording>().unwrap(), read),
            Err(error) => {
                let line = text.split('\n').nth(error.line - 1);
                prop_assert!(line.is_some_and(|line| error.column <= 1 + line.chars().count()), "{} in {:?}", error, text);
            }
        }
    }

    #[test]
    fn arbitrary_text_parses_or_is_an_error_without_a_panic(text in any::<String>()) {
        prop_assert!(text.parse::<Recording>().is_err());
    }
}

#[test]
fn thousands_of_events_and_a_very_long_write_survive() {
    let event = |index: u64, kind| Event::new(std::time::Duration::from_micros(index * 333), kind);
    let long: Vec<u8> = (0..1_000_000_u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let mut events: Vec<Event> = (0..2_000)
        .map(|index| {
            event(
                index,
                EventKind::Output(format!("\r{index} \u{301}\x1b[K").into_bytes()),
            )
        })
        .collect();
    events.push(event(6_000, EventKind::Output(long)));
    events.push(event(6_001, EventKind::End(End::Exit(255))));
    let recording = Recording::new(Header::new(Channel::Pipe), events).unwrap();
    assert_eq!(
        recording.to_string().parse::<Recording>().unwrap(),
        recording
    );
}
