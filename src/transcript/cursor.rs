//! A place in a text, with the words that both halves of a transcript are read by.

use super::{TranscriptError, TranscriptErrorKind, hint};
use crate::text::{self, Cut};

pub(super) use literal::Literal;

mod literal;
mod payload;

/// A place in a text; every reader of it moves on only over what it took.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// How many more bytes payloads may decode to, and how many they could in all.
    left: usize,
    limit: usize,
    /// What the payload at hand decodes to; kept, so that each event has a copy of the right size.
    decoded: Vec<u8>,
    /// Where a payload's copies are cut, and what was.
    pub(super) cuts: Option<Vec<Cut>>,
}

impl<'a> Cursor<'a> {
    /// The place `at` in a text, the start of a line.
    pub(super) fn new(text: &'a str, at: usize, limit: usize) -> Cursor<'a> {
        Cursor {
            text,
            at,
            left: limit,
            limit,
            decoded: Vec::new(),
            cuts: None,
        }
    }

    /// A place in the middle of a text, from where payloads may decode to `left` more bytes of `limit`.
    pub(super) fn resumed(text: &'a str, at: usize, left: usize, limit: usize) -> Cursor<'a> {
        Cursor {
            left,
            ..Cursor::new(text, at, limit)
        }
    }

    /// How many more bytes payloads may decode to.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The same, as bytes: they are looked at without asking whether a character begins here.
    fn bytes(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.bytes().first().copied()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// An error here.
    pub(super) fn error(&self, reason: TranscriptErrorKind) -> TranscriptError {
        self.error_at(self.at, reason)
    }

    /// An error at an earlier place.
    pub(super) fn error_at(&self, at: usize, reason: TranscriptErrorKind) -> TranscriptError {
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let (line, column) = (
            1 + before.matches('\n').count(),
            1 + before[line_start..].chars().count(),
        );
        TranscriptError {
            line,
            column,
            reason,
        }
    }

    /// An error here: something else was expected, or a raw control character stands in its place.
    pub(super) fn expected(&self, what: &'static str) -> TranscriptError {
        match self.rest().chars().next() {
            Some(control) if control.is_control() && !self.is_at_line_end() => {
                self.error(TranscriptErrorKind::Control(control.into()))
            }
            _ => self.error(TranscriptErrorKind::Expected(what)),
        }
    }

    /// The place, for [`Cursor::error_at`].
    pub(super) fn place(&self) -> usize {
        self.at
    }

    pub(super) fn take(&mut self, token: &str) -> bool {
        let found = self.bytes().starts_with(token.as_bytes());
        self.at += if found { token.len() } else { 0 };
        found
    }

    /// Takes a word that ends here: at a blank or the end of the line.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let rest = self.bytes().strip_prefix(word.as_bytes());
        let found = rest.is_some_and(|rest| matches!(rest, [] | [b' ' | b'\r' | b'\n', ..]));
        found && self.take(word)
    }

    /// Takes a token if another one follows it.
    pub(super) fn take_before(&mut self, token: &str, next: &str) -> bool {
        let rest = self.rest().strip_prefix(token);
        rest.is_some_and(|rest| rest.trim_start_matches(' ').starts_with(next)) && {
            self.take(token);
            self.blanks();
            true
        }
    }

    /// Whether blanks and another word, which is no literal, follow on this line.
    pub(super) fn has_word(&self) -> bool {
        let rest = self.rest();
        let word = rest.trim_start_matches(' ');
        word.len() < rest.len() && !word.is_empty() && !word.starts_with(['"', '\r', '\n'])
    }

    /// What was read since an earlier place.
    pub(super) fn since(&self, place: usize) -> &'a str {
        &self.text[place..self.at]
    }

    /// Reads on from an earlier place.
    pub(super) fn return_to(&mut self, place: usize) {
        self.at = place;
    }

    /// The text of this line up to the next slash that is not escaped, and takes the slash, too.
    pub(super) fn until_slash(&mut self) -> Result<&'a str, TranscriptError> {
        let rest = self.rest();
        let mut is_escaped = false;
        for (at, byte) in rest.bytes().enumerate() {
            match byte {
                b'\r' | b'\n' => break,
                b'/' if !is_escaped => {
                    self.at += at + 1;
                    return Ok(&rest[..at]);
                }
                _ => is_escaped = byte == b'\\' && !is_escaped,
            }
        }
        Err(self.expected("`/` at the end of the regular expression"))
    }

    fn take_while(&mut self, is_part: impl Fn(u8) -> bool) -> &'a str {
        let place = self.at;
        let bytes = self.bytes().iter();
        self.at += bytes.take_while(|byte| is_part(**byte)).count();
        self.since(place)
    }

    pub(super) fn blanks(&mut self) -> usize {
        self.take_while(|byte| byte == b' ').len()
    }

    pub(super) fn digits(&mut self) -> &'a str {
        self.take_while(|byte| byte.is_ascii_digit())
    }

    /// The characters that may stand in a word without quotation marks.
    pub(super) fn bare_word(&mut self) -> &'a str {
        self.take_while(text::is_word_byte)
    }

    /// The characters up to the next blank or the end of the line.
    pub(super) fn word(&mut self) -> &'a str {
        self.take_while(|byte| !matches!(byte, b' ' | b'\r' | b'\n'))
    }

    pub(super) fn is_at_line_end(&self) -> bool {
        matches!(self.bytes(), [] | [b'\n', ..] | [b'\r', b'\n', ..])
    }

    /// The rest of the line, without the blanks at its end.
    pub(super) fn line(&mut self) -> &'a str {
        let rest = self.rest();
        let len = rest.find('\n').unwrap_or(rest.len());
        let line = rest[..len]
            .strip_suffix('\r')
            .unwrap_or(&rest[..len])
            .trim_end_matches(' ');
        self.at += line.len();
        line
    }

    /// Whether nothing but empty lines is left.
    pub(super) fn is_done(&self) -> bool {
        let mut rest = self.rest();
        while let Some(next) = rest.strip_prefix("\r\n").or(rest.strip_prefix('\n')) {
            rest = next;
        }
        rest.is_empty()
    }

    /// Takes the blanks before the end of a line, and the end.
    pub(super) fn line_end(&mut self) -> Result<(), TranscriptError> {
        self.blanks();
        if self.is_at_end() {
            return Ok(());
        }
        if self.take("\n") || self.take("\r\n") {
            return Ok(());
        }
        let word = self.rest().split([' ', '\r', '\n']).next();
        Err(match word.and_then(hint::of_second_step) {
            Some(reason) => self.error(reason),
            None => self.expected("the end of the line"),
        })
    }
}

/// A word as an error shows it: short, and printable whatever it was.
pub(super) fn quote(word: &str) -> String {
    const MOST: usize = 40;
    let mut shown: String = word.chars().take(MOST).flat_map(show).collect();
    if word.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

fn show(character: char) -> Vec<char> {
    let plain = if character.is_ascii() {
        !character.is_ascii_control()
    } else {
        text::is_bare(character)
    };
    if plain {
        vec![character]
    } else {
        character.escape_unicode().collect()
    }
}
