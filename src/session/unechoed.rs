//! What a person types while their terminal shows nothing of it: as a rule, a password.
//!
//! A program that asks for one turns the echo off and still lets the kernel edit the line. A program that reads keys turns
//! both off; nobody can tell what is a password there.

use rustix::termios::{LocalModes, SpecialCodeIndex, Termios};

/// The characters that edit a line, and those that end it without being in it.
#[derive(Debug)]
pub(super) struct Editing {
    erase: u8,
    erase_word: u8,
    erase_line: u8,
    end: u8,
    /// They discard the line.
    signals: Vec<u8>,
}

/// The line so far.
#[derive(Debug, Default)]
pub(super) struct Line(Vec<u8>);

/// What a byte that was typed does to the line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// It is in the line, or edits it.
    InLine,
    /// It ends the line, and is not in it.
    Ends(Option<String>),
}

impl Editing {
    /// How a line is edited, if the terminal lets the kernel edit it and shows nothing of it.
    pub(super) fn without_echo(modes: &Termios) -> Option<Editing> {
        let local = modes.local_modes;
        if local.contains(LocalModes::ECHO) || !local.contains(LocalModes::ICANON) {
            return None;
        }
        let code = |index| modes.special_codes[index];
        let signals = [
            SpecialCodeIndex::VINTR,
            SpecialCodeIndex::VQUIT,
            SpecialCodeIndex::VSUSP,
        ];
        Some(Editing {
            erase: code(SpecialCodeIndex::VERASE),
            erase_word: code(SpecialCodeIndex::VWERASE),
            erase_line: code(SpecialCodeIndex::VKILL),
            end: code(SpecialCodeIndex::VEOF),
            signals: if local.contains(LocalModes::ISIG) {
                signals.map(code).to_vec()
            } else {
                Vec::new()
            },
        })
    }
}

impl Line {
    /// Takes a byte that was typed.
    pub(super) fn take(&mut self, byte: u8, editing: &Editing) -> Typed {
        let Line(line) = self;
        match byte {
            b'\r' | b'\n' => return Typed::Ends(self.end()),
            _ if byte == editing.end => return Typed::Ends(self.end()),
            _ if editing.signals.contains(&byte) => {
                line.clear();
                return Typed::Ends(None);
            }
            _ if byte == editing.erase_line => line.clear(),
            _ if byte == editing.erase => {
                while let Some(last) = line.pop() {
                    if last & 0xc0 != 0x80 {
                        break;
                    }
                }
            }
            _ if byte == editing.erase_word => {
                let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
                let word = line.iter().rposition(|byte| !is_blank(byte));
                line.truncate(word.map_or(0, |last| last + 1));
                let blank = line.iter().rposition(is_blank);
                line.truncate(blank.map_or(0, |last| last + 1));
            }
            _ => line.push(byte),
        }
        Typed::InLine
    }

    /// Ends the line; returns what of it is text, if there is any.
    pub(super) fn end(&mut self) -> Option<String> {
        let mut text = String::from_utf8_lossy(&self.0).into_owned();
        self.0.clear();
        text.retain(|character| !character.is_control());
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Editing, Line, Typed};

    #[track_caller]
    fn is(typed: &str, line: Option<&str>) {
        let editing = Editing {
            erase: 0x7f,
            erase_word: 0x17,
            erase_line: 0x15,
            end: 4,
            signals: vec![3],
        };
        let mut edited = Line::default();
        let mut taken = typed.bytes().map(|byte| edited.take(byte, &editing));
        let end = taken.find(|typed| *typed != Typed::InLine);
        assert_eq!(end, Some(Typed::Ends(line.map(str::to_owned))), "{typed:?}");
    }

    #[test]
    fn a_line_is_what_is_left_of_it_after_it_was_edited() {
        is("hunter2\r", Some("hunter2"));
        is("hunté\x7fer2\n", Some("hunter2"));
        is("a b  \x17c\r", Some("a c"));
        is("wrong\x15right\x04", Some("right"));
        is("\r", None);
        is("hunter2\x03", None);
    }
}
