//! What comes from a person's terminal while a program is recorded: the keys, by their names, and the terminal's answers.

use super::screen::Screen;
use crate::recording::EventKind;
use std::collections::VecDeque;

/// How many answers are waited for.
const MAX_EXPECTED: usize = 256;

/// What a person's terminal is expected to answer.
#[derive(Debug, Default)]
pub(super) struct Person {
    /// The forms of the answers to the questions so far.
    expected: VecDeque<Form>,
}

/// What tells the answers to one question from those to another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Form {
    introducer: u8,
    /// What stands before the first digit, and between the last digit and the end.
    prefix: Vec<u8>,
    last: Vec<u8>,
}

impl Person {
    /// The program has asked something that a terminal answers like this.
    pub(super) fn expect(&mut self, answer: &[u8]) {
        self.expected
            .extend(sequence(answer).map(|len| Form::of(&answer[..len])));
        while self.expected.len() > MAX_EXPECTED {
            self.expected.pop_front();
        }
    }

    /// What has come from the terminal: its answers, and what the person typed.
    pub(super) fn came(&mut self, bytes: &[u8], screen: &Screen) -> Vec<EventKind> {
        let mut kinds = Vec::new();
        let (mut start, mut at) = (0, 0);
        while at < bytes.len() {
            match self.answer(&bytes[at..]) {
                Some(len) => {
                    kinds.extend(typed(&bytes[start..at], screen));
                    kinds.push(EventKind::Reply(bytes[at..at + len].to_vec()));
                    at += len;
                    start = at;
                }
                None => at += 1,
            }
        }
        kinds.extend(typed(&bytes[start..], screen));
        kinds
    }

    /// The length of an expected answer at the head.
    fn answer(&mut self, bytes: &[u8]) -> Option<usize> {
        let len = sequence(bytes)?;
        let form = Form::of(&bytes[..len]);
        let place = self
            .expected
            .iter()
            .position(|expected| *expected == form)?;
        self.expected.remove(place);
        Some(len)
    }
}

/// What a person typed, by its names.
fn typed(bytes: &[u8], screen: &Screen) -> Vec<EventKind> {
    let named = screen
        .named(bytes)
        .into_iter()
        .map(|(input, bytes)| match input {
            Some(input) => EventKind::Input { input, bytes },
            None => EventKind::Send(bytes),
        });
    named.collect()
}

/// The length of the control sequence or string at the head (ECMA-48, 5.4 and 5.6), if it is whole.
fn sequence(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0x1b, b'[', rest @ ..] => {
            let last = rest.iter().position(|byte| !matches!(byte, 0x20..=0x3f))?;
            matches!(rest[last], 0x40..=0x7e).then_some(last + 3)
        }
        [0x1b, b']' | b'P', rest @ ..] => {
            let end = rest.iter().position(|byte| matches!(byte, 0x07 | 0x1b))?;
            match rest[end..] {
                [0x07, ..] => Some(end + 3),
                [0x1b, b'\\', ..] => Some(end + 4),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Form {
    fn of(sequence: &[u8]) -> Form {
        let (introducer, body) = (sequence[1], &sequence[2..]);
        let is_number = |byte: &u8| byte.is_ascii_digit() || *byte == b';';
        if introducer == b'[' {
            let prefix = body.iter().position(is_number);
            let prefix = prefix.unwrap_or(body.len() - 1);
            let last = body.iter().rposition(is_number);
            return Form {
                introducer,
                prefix: body[..prefix].to_vec(),
                last: body[last.map_or(prefix, |last| last + 1)..].to_vec(),
            };
        }
        // Of an operating system command the number tells, of a device control string what ends its head.
        let is_command = introducer == b']';
        let ends = |byte: &u8| {
            if is_command {
                !byte.is_ascii_digit()
            } else {
                matches!(byte, 0x40..=0x7e)
            }
        };
        let end = body.iter().position(ends).map_or(0, |end| end + 1);
        let head = body[..end].iter();
        Form {
            introducer,
            prefix: head
                .filter(|byte| is_command || !byte.is_ascii_digit())
                .copied()
                .collect(),
            last: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EventKind, Person, Screen};

    #[test]
    fn answers_of_the_terminal_are_told_from_keys() {
        let mut person = Person::default();
        for answer in [
            &b"\x1b[3;5R"[..],
            b"\x1b[?62;22c",
            b"\x1b]11;rgb:0/0/0\x1b\\",
            b"\x1bP>|stroboscope 1\x1b\\",
        ] {
            person.expect(answer);
        }
        let screen = Screen::new(80, 24);
        let came = person.came(
            b"a\x1b[12;1R\x1b[?64;1;2cb\x1b]11;rgb:1/2/3\x07\x1bP>|xterm(379)\x1b\\\x1b[A",
            &screen,
        );
        let told: Vec<String> = came
            .iter()
            .map(|kind| crate::transcript::excerpt(kind, 40))
            .collect();
        assert_eq!(
            told,
            [
                "type \"a\"",
                r#"reply "\e[12;1R""#,
                r#"reply "\e[?64;1;2c""#,
                "type \"b\"",
                r#"reply "\e]11;rgb:1/2/3\x07""#,
                r#"reply "\eP>|xterm(379)\e\\""#,
                r#"press Up "\e[A""#,
            ]
        );
        // Each was asked for once.
        let again = person.came(b"\x1b[?64;1;2c", &screen);
        assert_eq!(again, [EventKind::Send(b"\x1b[?64;1;2c".to_vec())]);
    }
}
