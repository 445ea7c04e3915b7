//! Designated character sets.

/// A set of characters that can be designated to G0 to G3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Charset {
    #[default]
    Ascii,
    /// ASCII, with £ in the place of #.
    British,
    /// Lines and signs in the places of `_` to `~` (DEC Special Graphics).
    Graphics,
}

/// What DEC's set has in the places of `_` to `~`.
const GRAPHICS: [char; 32] = [
    ' ', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─',
    '⎼', '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
];

/// The designated sets, and which of them is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Charsets {
    designated: [Charset; 4],
    shift: usize,
    /// The set of the next character alone.
    single: Option<usize>,
}

impl Charset {
    /// The set with this final byte of its designation.
    pub fn designated(last: u8) -> Option<Charset> {
        match last {
            b'B' | b'1' | b'@' => Some(Charset::Ascii),
            b'A' => Some(Charset::British),
            b'0' | b'2' => Some(Charset::Graphics),
            _ => None,
        }
    }

    pub fn character(self, character: char) -> char {
        match self {
            Charset::British if character == '#' => '£',
            Charset::Graphics => u32::from(character)
                .checked_sub(0x5f)
                .and_then(|index| GRAPHICS.get(index as usize))
                .copied()
                .unwrap_or(character),
            _ => character,
        }
    }
}

impl Charsets {
    pub fn designate(&mut self, index: usize, charset: Charset) {
        self.designated[index] = charset;
    }

    pub fn shift(&mut self, index: usize) {
        self.shift = index;
    }

    pub fn shift_once(&mut self, index: usize) {
        self.single = Some(index);
    }

    /// The set of the next character.
    pub fn next(&mut self) -> Charset {
        self.designated[self.single.take().unwrap_or(self.shift)]
    }

    /// Whether characters stand for themselves.
    pub fn is_plain(&self) -> bool {
        self.single.is_none() && self.designated[self.shift] == Charset::Ascii
    }
}
