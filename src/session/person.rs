//! What comes from a person's terminal while a program is recorded: the keys, by their names, and the terminal's answers.

use super::{
    screen::Screen,
    unechoed::{Editing, Line, Typed},
};
use crate::recording::EventKind;
use std::collections::VecDeque;

/// How many answers are waited for.
const MAX_EXPECTED: usize = 256;

/// What a person's terminal is expected to answer.
#[derive(Debug, Default)]
pub(super) struct Person {
    /// The forms of the answers to the questions so far.
    expected: VecDeque<Form>,
    /// What has been typed without an echo.
    line: Line,
}

/// What came from a person's terminal.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came {
    Kind(EventKind),
    /// A text that was typed without an echo.
    Secret(String),
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

    /// What has come from the terminal: its answers, and what the person typed; with `editing` without an echo.
    pub(super) fn came(
        &mut self,
        bytes: &[u8],
        screen: &Screen,
        editing: Option<&Editing>,
    ) -> Vec<Came> {
        let mut came = Vec::new();
        let (mut start, mut at) = (0, 0);
        while at < bytes.len() {
            match self.answer(&bytes[at..]) {
                Some(len) => {
                    self.typed(&bytes[start..at], screen, editing, &mut came);
                    came.push(Came::Kind(EventKind::Reply(bytes[at..at + len].to_vec())));
                    at += len;
                    start = at;
                }
                None => at += 1,
            }
        }
        self.typed(&bytes[start..], screen, editing, &mut came);
        came
    }

    /// Adds what the person typed.
    fn typed(
        &mut self,
        bytes: &[u8],
        screen: &Screen,
        editing: Option<&Editing>,
        came: &mut Vec<Came>,
    ) {
        let Some(editing) = editing else {
            came.extend(self.line.end().map(Came::Secret));
            came.extend(named(bytes, screen));
            return;
        };
        for byte in bytes {
            if let Typed::Ends(text) = self.line.take(*byte, editing) {
                came.extend(text.map(Came::Secret));
                came.extend(named(&[*byte], screen));
            }
        }
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
fn named(bytes: &[u8], screen: &Screen) -> Vec<Came> {
    let named = screen
        .named(bytes)
        .into_iter()
        .map(|(input, bytes)| match input {
            Some(input) => Came::Kind(EventKind::Input {
                input: Box::new(input),
                bytes,
            }),
            None => Came::Kind(EventKind::Send(bytes)),
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
    use super::{Came, EventKind, Person, Screen};

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
            None,
        );
        let told: Vec<String> = came
            .iter()
            .map(|came| match came {
                Came::Kind(kind) => crate::transcript::excerpt(kind, 40),
                Came::Secret(text) => text.clone(),
            })
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
        let again = person.came(b"\x1b[?64;1;2c", &screen, None);
        let sent = EventKind::Send(b"\x1b[?64;1;2c".to_vec());
        assert_eq!(again, [Came::Kind(sent)]);
    }
}
