//! Writes bytes as literals: units, escapes, runs and continuation lines.

use super::{
    Cut,
    plain::{self, Simple},
    repetition,
    unit::Unit,
};
use std::{io::Write, iter::repeat_n, ops::Range};

/// From how many of one blank or escaped unit on a run stands alone.
const RUN_ESCAPED: usize = 8;
/// From how many of any other unit on a run stands alone.
const RUN_BARE: usize = 64;

/// Whether every character of a text stands for itself, but for `\` and `"`.
pub(super) fn is_bare(text: &str) -> bool {
    let mut after_bare = false;
    text.chars().all(|character| {
        after_bare = shows(character, after_bare);
        after_bare
    })
}

/// Whether a character stands for itself outside a literal, where `\` and `"` do too.
pub(crate) fn shows(character: char, after_shown: bool) -> bool {
    matches!(character, '\\' | '"') || Unit::Scalar(character).is_bare(after_shown)
}

/// Whether a byte may stand in a word without quotation marks.
pub(crate) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte)
}

/// Writes one word of a header: bare where it can be, else one literal.
pub(crate) fn word(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    if !bytes.is_empty() && bytes.iter().all(|byte| is_word_byte(*byte)) {
        out.extend_from_slice(bytes);
    } else {
        out.push(b'"');
        units(bytes, &mut out);
        out.push(b'"');
    }
    written(out)
}

/// Writes units one by one: neither runs nor lines.
fn units(bytes: &[u8], out: &mut Vec<u8>) {
    let (mut at, mut after_bare) = (0, false);
    while at < bytes.len() {
        let unit = Unit::at(&bytes[at..]);
        after_bare = unit.is_bare(after_bare);
        unit.write(after_bare, out);
        at += unit.len();
    }
}

/// Writes bytes as the units of a literal, without quotation marks and runs; of at most `most` scalars, the last of which
/// is `…` where something was cut. Messages show names, and other bytes that may be anything, so.
///
/// ```
/// # use stroboscope::text::escape;
/// assert_eq!(escape(b"a\x07b", 40), r"a\x07b");
/// ```
#[must_use]
pub fn escape(bytes: &[u8], most: usize) -> String {
    let mut out = Vec::new();
    // A scalar has at most four bytes, so that whatever is left out would have been cut.
    units(
        &bytes[..bytes.len().min(most.saturating_add(1).saturating_mul(4))],
        &mut out,
    );
    cut(&written(out), most)
}

/// A part of a payload that is no literal.
pub(crate) struct Token {
    /// The bytes that it stands for.
    pub bytes: Range<usize>,
    /// How it is written.
    pub text: String,
}

/// Writes a payload in its canonical form; `column` is where it begins in its line, in scalars from 0.
pub(crate) fn payload(bytes: &[u8], tokens: &[Token], column: usize, out: &mut Vec<u8>) {
    head(bytes, tokens, &[], column, usize::MAX, Breaks::AtRows, out);
}

/// Writes a payload as if nothing had been cut from it. Returns whether that can be: whether each cut is in the middle of
/// what has a count.
pub(crate) fn payload_with_cuts(
    bytes: &[u8],
    tokens: &[Token],
    cuts: &[Cut],
    column: usize,
    out: &mut Vec<u8>,
) -> bool {
    head(bytes, tokens, cuts, column, usize::MAX, Breaks::AtRows, out)
}

/// Writes the payload of an input: only a line end breaks its line, as its control sequences draw nothing.
pub(crate) fn input(bytes: &[u8], column: usize, out: &mut Vec<u8>) {
    head(bytes, &[], &[], column, usize::MAX, Breaks::AtLineEnds, out);
}

/// Writes the payload of an input in one line.
pub(crate) fn one_line(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    input(bytes, 0, &mut out);
    written(out).replace('\n', " ")
}

/// Writes bytes as a payload in one line, of at most `most` scalars; `…` stands for what was cut.
///
/// ```
/// # use stroboscope::text::quote;
/// assert_eq!(quote(b"\x08\x08\x1b[2J\n| thinking!", 40), r#""\b\b\e[2J\n" "| thinking!""#);
/// assert_eq!(quote(b"a long line", 7), r#""a lon…"#);
/// ```
#[must_use]
pub fn quote(bytes: &[u8], most: usize) -> String {
    quote_written(bytes, &[], most)
}

/// Quotes a write in which tokens stand for what is masked.
pub(crate) fn quote_written(bytes: &[u8], tokens: &[Token], most: usize) -> String {
    let mut out = Vec::new();
    // A scalar has at most four bytes, so that whatever is left out would have been cut.
    let enough = most.saturating_add(1).saturating_mul(4);
    head(bytes, tokens, &[], 0, enough, Breaks::AtRows, &mut out);
    cut(&written(out).replace('\n', " "), most)
}

/// Writes bytes as [`quote`] does, as the payload of an input.
pub(crate) fn quote_input(bytes: &[u8], most: usize) -> String {
    let enough = most.saturating_add(1).saturating_mul(4);
    cut(&one_line(&bytes[..bytes.len().min(enough)]), most)
}

/// What the functions of this module have written.
pub(super) fn written(out: Vec<u8>) -> String {
    String::from_utf8(out).expect("all that is written is text")
}

/// Cuts a text down to at most `most` scalars; `…`, one of them, stands for what was cut. Neither an escape nor an escape
/// sequence is cut in two, unless nothing else would be left.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let most = most.saturating_sub(1);
    let (mut end, mut scalars) = (0, 0);
    while end < text.len() {
        let len = whole(&text[end..]);
        scalars += text[end..end + len].chars().count();
        if scalars > most {
            break;
        }
        end += len;
    }
    // A quotation mark alone says nothing.
    if end <= 1 {
        end = text.char_indices().nth(most).map_or(end, |(at, _)| at);
    }
    format!("{}…", &text[..end])
}

/// How many bytes at the head of a text, which is not empty, belong together: an escape sequence, an escape, or a scalar.
fn whole(text: &str) -> usize {
    let after = |head: &str, stop: fn(char) -> bool| {
        let rest = &text[head.len()..];
        let last = rest.char_indices().find(|(_, character)| stop(*character));
        last.map_or(text.len(), |(at, last)| head.len() + at + last.len_utf8())
    };
    // The final byte of a control sequence (ECMA-48, 5.4).
    let is_final = |character: char| !matches!(character, ' '..='?');
    match text.as_bytes() {
        [b'\\', b'e', b'[', ..] => after("\\e[", is_final),
        [b'\\', b'e', b']' | b'P' | b'X' | b'^' | b'_', ..] => {
            let ends = [r"\x07", r"\e\\"].map(|end| text.find(end).map(|at| at + end.len()));
            ends.into_iter().flatten().min().unwrap_or(text.len())
        }
        [b'\\', b'u', ..] => after("\\u", |character| character == '}'),
        [b'\\', b'x', ..] => text.len().min(4),
        [b'\\', _, ..] => 2,
        _ => text.chars().next().map_or(1, char::len_utf8),
    }
}

/// Cuts a text in its middle, so that both ends of it are shown: what was cut is counted in its place. The result has at most
/// `most` scalars, or a few more if `most` is smaller than the count.
///
/// ```
/// # use stroboscope::text::cut_middle;
/// assert_eq!(cut_middle("a long line that ends badly", 40), "a long line that ends badly");
/// assert_eq!(cut_middle(&"ab".repeat(50), 40), "ababababab […80 characters…] ababababab");
/// ```
#[must_use]
pub fn cut_middle(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    // As many digits as the largest count.
    let marker = format!(" […{length} characters…] ").chars().count();
    let side = most.saturating_sub(marker) / 2;
    let head: String = text.chars().take(side).collect();
    let tail: String = text.chars().skip(length - side).collect();
    format!("{head} […{} characters…] {tail}", length - 2 * side)
}

/// Writes a payload, but nothing more once there are `enough` bytes of it. Returns whether each cut is counted.
fn head(
    bytes: &[u8],
    tokens: &[Token],
    cuts: &[Cut],
    column: usize,
    enough: usize,
    breaks: Breaks,
    out: &mut Vec<u8>,
) -> bool {
    let enough = enough.saturating_add(out.len());
    if bytes.is_empty() && tokens.is_empty() {
        out.extend_from_slice(b"\"\"");
        return true;
    }
    let mut writer = Writer {
        out,
        cuts,
        column,
        breaks,
        place: Place::Start,
        broken: false,
        after_bare: false,
    };
    let mut at = 0;
    let mut before = None;
    let mut tokens = tokens.iter().peekable();
    while writer.out.len() < enough {
        if let Some(token) = tokens.next_if(|token| token.bytes.start == at) {
            writer.token(&token.text);
            (at, before) = (token.bytes.end, None);
            continue;
        }
        let end = tokens.peek().map_or(bytes.len(), |token| token.bytes.start);
        let rest = &bytes[at..end];
        if rest.is_empty() {
            break;
        }
        if writer.is_open() && !writer.broken {
            // Inside a run that began earlier there is nothing but its units.
            if before == Some(Unit::Scalar(rest[0].into())) {
                let len = plain::write_equal(rest, writer.out);
                if len > 0 {
                    at += len;
                    continue;
                }
            } else {
                let moves = breaks == Breaks::AtRows;
                if let Some(Simple { len, last, is_bare }) = plain::write(rest, moves, writer.out) {
                    writer.after_bare = is_bare;
                    before = Some(last);
                    at += len;
                    continue;
                }
            }
        } else if (writer.broken || writer.place == Place::Start)
            && let Some((len, count)) = repetition::of_line(rest, breaks == Breaks::AtRows)
        {
            let missing = writer.missing(at..at + len * count, len);
            writer.lines(&rest[..len], count + missing);
            before = None;
            at += len * count;
            continue;
        }
        // What begins a line is seldom a run.
        if rest[0].is_ascii() && rest.get(1) != rest.first() {
            let unit = Unit::Scalar(rest[0].into());
            writer.unit(unit, rest);
            (at, before) = (at + 1, Some(unit));
            continue;
        }
        let unit = Unit::at(rest);
        // The rest of a run too short to stand alone need not be counted again.
        if before != Some(unit) {
            let bare = unit.is_bare(writer.is_open() && writer.after_bare);
            let enough = least_run(unit, bare);
            let count = run(rest, unit, enough);
            if count >= enough {
                let missing = writer.missing(at..at + count * unit.len(), unit.len());
                writer.run(unit, count + missing);
                at += count * unit.len();
                before = None;
                continue;
            }
        }
        writer.unit(unit, rest);
        before = Some(unit);
        at += unit.len();
    }
    writer.close();
    writer.cuts.is_empty()
}

/// From how many on a unit that stands for itself, or does not, is a run.
pub(super) fn least_run(unit: Unit, bare: bool) -> usize {
    if bare && unit != Unit::Scalar(' ') {
        RUN_BARE
    } else {
        RUN_ESCAPED
    }
}

/// How often the unit at the head repeats: the whole count where it is at least `enough`, else anything less than that.
pub(super) fn run(bytes: &[u8], unit: Unit, enough: usize) -> usize {
    let len = unit.len();
    let first = &bytes[..len];
    // Most units are no run: the place where its last one would be tells at once.
    if bytes.get((enough - 1) * len) != first.first() {
        return 1;
    }
    let count = bytes
        .chunks_exact(len)
        .take_while(|chunk| *chunk == first)
        .count();
    // The last of many stray bytes may be the first of a scalar.
    if Unit::at(&bytes[(count - 1) * len..]) == unit {
        count
    } else {
        count - 1
    }
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// Those that are not counted yet.
    cuts: &'a [Cut],
    column: usize,
    breaks: Breaks,
    place: Place,
    /// A `\n` was the last unit: what follows starts a line.
    broken: bool,
    /// The last unit of the open literal stands for itself.
    after_bare: bool,
}

/// Where a payload goes on in another line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    /// After a line end, and where the cursor moves to another row, or to the start of its own.
    AtRows,
    /// After a line end.
    AtLineEnds,
}

/// Where a writer is in its payload.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first literal.
    Start,
    /// In a literal.
    Inside,
    /// Between two literals, or behind the last.
    Behind,
}

impl Writer<'_> {
    fn is_open(&self) -> bool {
        self.place == Place::Inside
    }

    /// How many periods have been cut from a part of the payload that has this period.
    fn missing(&mut self, part: Range<usize>, period: usize) -> usize {
        let mut missing = 0;
        while let [cut, rest @ ..] = self.cuts
            && cut.is_in(&part, period)
        {
            missing += cut.missing / period;
            self.cuts = rest;
        }
        missing
    }

    fn run(&mut self, unit: Unit, count: usize) {
        self.close();
        self.literal(self.broken);
        let bare = unit.is_bare(false);
        unit.write(bare, self.out);
        self.close();
        // Writing to memory cannot fail.
        let _ = write!(self.out, "*{count}");
        self.broken = unit == Unit::Scalar('\n');
    }

    /// Writes a line that is one literal, and how often it comes.
    fn lines(&mut self, line: &[u8], count: usize) {
        let on_new_line = self.broken;
        self.close();
        self.literal(on_new_line);
        units(line, self.out);
        self.close();
        // Writing to memory cannot fail.
        let _ = write!(self.out, "*{count}");
        self.broken = true;
    }

    fn token(&mut self, text: &str) {
        self.close();
        self.separate(self.broken);
        self.out.extend_from_slice(text.as_bytes());
        (self.place, self.broken) = (Place::Behind, false);
    }

    /// Writes the unit at the head of `rest`.
    fn unit(&mut self, unit: Unit, rest: &[u8]) {
        let moves = self.is_open()
            && self.breaks == Breaks::AtRows
            && (is_lone_return(rest) || is_row_move(rest));
        if self.broken || moves {
            self.close();
        }
        if !self.is_open() {
            self.literal(self.broken || moves);
        }
        self.after_bare = unit.is_bare(self.after_bare);
        unit.write(self.after_bare, self.out);
        self.broken = unit == Unit::Scalar('\n');
    }

    /// Opens a literal, on a line of its own or behind what stands there.
    fn literal(&mut self, on_new_line: bool) {
        self.separate(on_new_line);
        self.out.push(b'"');
        (self.place, self.broken, self.after_bare) = (Place::Inside, false, false);
    }

    /// Writes what stands before a literal or a token.
    fn separate(&mut self, on_new_line: bool) {
        if on_new_line {
            self.out.push(b'\n');
            self.out.extend(repeat_n(b' ', self.column));
        } else if self.place != Place::Start {
            self.out.push(b' ');
        }
    }

    fn close(&mut self) {
        if self.is_open() {
            self.out.push(b'\"');
            self.place = Place::Behind;
        }
    }
}

/// A carriage return before something else than a line feed: what follows is drawn from the line's start on.
pub(super) fn is_lone_return(bytes: &[u8]) -> bool {
    bytes[0] == b'\r' && bytes.get(1).is_some_and(|next| *next != b'\n')
}

/// A control sequence that moves the cursor to another row: CUU, CUD, CNL, CPL, CUP, VPA, HVP (ECMA-48, 8.3).
pub(super) fn is_row_move(bytes: &[u8]) -> bool {
    let Some(parameters) = bytes.strip_prefix(b"\x1b[") else {
        return false;
    };
    let last = parameters.iter().find(|byte| !matches!(byte, b'0'..=b';'));
    matches!(last, Some(b'A' | b'B' | b'E' | b'F' | b'H' | b'd' | b'f'))
}

#[cfg(test)]
mod tests {
    use super::quote;
    use proptest::prelude::*;

    #[track_caller]
    fn cuts(bytes: &[u8], most: usize, cut: &str) {
        assert_eq!(quote(bytes, most), cut);
    }

    #[test]
    fn neither_an_escape_nor_a_sequence_is_cut_in_two() {
        for most in 8..19 {
            cuts(b"abcdef\x1b[38;5;12mg", most, "\"abcdef…");
        }
        cuts(b"abcdef\x1b[38;5;12mgh", 19, "\"abcdef\\e[38;5;12m…");
        cuts(b"abc\x1b]0;a title\x07defgh", 12, "\"abc…");
        cuts(b"abc\x1b]0;a title\x1b\\defgh", 12, "\"abc…");
        cuts("abc\u{202e}defgh".as_bytes(), 9, "\"abc…");
        cuts(b"abc\x01defgh", 7, "\"abc…");
        cuts(b"abc\\defgh", 6, "\"abc…");
    }

    #[test]
    fn a_sequence_that_is_all_there_is_is_shown_as_far_as_it_goes() {
        cuts(b"\x1b]0;a long title\x07", 9, "\"\\e]0;a …");
    }

    proptest! {
        #[test]
        fn what_is_cut_is_the_head_of_the_whole(bytes in any::<Vec<u8>>(), most in 1_usize..40) {
            let whole = quote(&bytes, usize::MAX);
            let cut = quote(&bytes, most);
            prop_assert!(cut.chars().count() <= most);
            match cut.strip_suffix('…') {
                Some(head) if cut != whole => prop_assert!(whole.starts_with(head)),
                _ => prop_assert_eq!(cut, whole),
            }
        }
    }
}
