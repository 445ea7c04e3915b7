//! Designated character sets.

/// A set of characters that can be designated to G0 to G3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Charset {
    #[default]
    Ascii,
    /// The upper half of Latin-1; with national sets (DECNRCM) it is ASCII with £ in the place of #.
    Latin,
    /// Lines and signs in the places of `_` to `~` (DEC Special Graphics).
    Graphics,
    /// DEC Technical.
    Technical,
    /// DEC Supplemental.
    Supplemental,
    /// ASCII with the letters of a language in some places: these characters, each before what replaces it.
    National(&'static str),
}

/// What DEC's set has in the places of `_` to `~`.
const GRAPHICS: [char; 32] = [
    ' ', '◆', '▒', '␉', '␌', '␍', '␊', '°', '±', '␤', '␋', '┘', '┐', '┌', '└', '┼', '⎺', '⎻', '─',
    '⎼', '⎽', '├', '┤', '┴', '┬', '│', '≤', '≥', 'π', '≠', '£', '·',
];

/// What DEC Technical has in the places of `!` to `~`; what has none is ⸮, as in xterm.
const TECHNICAL: &str = "⎷┌─⌠⌡│⎡⎣⎤⎦⎧⎩⎫⎭⎨⎬⸮⸮⸮⸮⸮⸮⸮⸮⸮⸮⸮≤≠≥∫∴∝∞÷Δ∇ΦΓ∼≃Θ×Λ⇔⇒≡ΠΨ⸮Σ⸮⸮√ΩΞΥ⊂⊃∩∪∧∨¬αβχδεφγηιθκλ⸮ν∂πψρστ⸮ƒωξυζ←↑→↓";
/// What DEC Supplemental has there.
const SUPPLEMENTAL: &str = "¡¢£⸮¥⸮§¤©ª«⸮⸮⸮⸮°±²³⸮µ¶·⸮¹º»¼½⸮¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏ⸮ÑÒÓÔÕÖŒØÙÚÛÜŸ⸮ßàáâãäåæçèéêëìíîï⸮ñòóôõöœøùúûüÿ⸮";

/// The national sets of the VT200 to VT500, by the ends of their designations.
const NATIONAL: [(&[&str], &str); 12] = [
    (&["4"], "#£@¾[ĳ\\½]|{¨|ƒ}¼~´"),
    (&["5", "C"], "[Ä\\Ö]Å^Ü`é{ä|ö}å~ü"),
    (&["R", "f"], "#£@à[°\\ç]§{é|ù}è~¨"),
    (&["Q", "9"], "@à[â\\ç]ê^î`ô{é|ù}è~û"),
    (&["K"], "@§[Ä\\Ö]Ü{ä|ö}ü~ß"),
    (&["Y"], "#£@§[°\\ç]é`ù{à|ò}è~ì"),
    (&["E", "6", "`"], "@Ä[Æ\\Ø]Å^Ü`ä{æ|ø}å~ü"),
    (&["%6"], "[Ã\\Ç]Õ{ã|ç}õ"),
    (&["Z"], "#£@§[¡\\Ñ]¿{°|ñ}ç"),
    (&["H", "7"], "@É[Ä\\Ö]Å^Ü`é{ä|ö}å~ü"),
    (&["="], "#ù@à[é\\ç]ê^î_è`ô{ä|ö}ü~û"),
    (&["1", "2"], ""),
];

/// The designated sets, and which of them are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charsets {
    designated: [Charset; 4],
    shift: usize,
    /// The set of bytes beyond ASCII.
    right: usize,
    /// The set of the next character alone.
    single: Option<usize>,
}

impl Charset {
    /// The set that is designated by the end of an escape sequence: that of 94 characters, or that of 96. `None` if it is not
    /// known; then nothing changes.
    pub fn designated(end: &str, of_96: bool, national: bool) -> Option<Charset> {
        match (end, of_96) {
            ("A", _) => Some(Charset::Latin),
            (_, true) => None,
            ("B" | "@", _) => Some(Charset::Ascii),
            ("0", _) => Some(Charset::Graphics),
            (">", _) => Some(Charset::Technical),
            ("<" | "%5", _) => Some(Charset::Supplemental),
            _ => {
                let row = NATIONAL.iter().find(|row| row.0.contains(&end))?;
                // Without the mode for them these are ASCII.
                Some(if national && !row.1.is_empty() {
                    Charset::National(row.1)
                } else {
                    Charset::Ascii
                })
            }
        }
    }

    /// The character in the place of one of ASCII.
    pub fn character(self, character: char, national: bool) -> char {
        let code = u32::from(character);
        let nth = |list: &str, first: u32| {
            let index = code.checked_sub(first)?;
            list.chars().nth(index as usize).filter(|_| code < 0x7f)
        };
        let found = match self {
            Charset::Ascii => None,
            Charset::Latin if national => (character == '#').then_some('£'),
            Charset::Latin => char::from_u32(code | 0x80).filter(|_| (0x20..0x7f).contains(&code)),
            Charset::Graphics => {
                let index = code.checked_sub(0x5f);
                index
                    .and_then(|index| GRAPHICS.get(index as usize))
                    .copied()
            }
            Charset::Technical => nth(TECHNICAL, 0x21),
            // With national sets ASCII is where it has none.
            Charset::Supplemental => {
                nth(SUPPLEMENTAL, 0x21).filter(|found| !national || *found != '⸮')
            }
            Charset::National(pairs) => {
                let mut pairs = pairs.chars();
                std::iter::from_fn(|| Some((pairs.next()?, pairs.next()?)))
                    .find(|pair| pair.0 == character)
                    .map(|pair| pair.1)
            }
        };
        found.unwrap_or(character)
    }
}

impl Default for Charsets {
    fn default() -> Charsets {
        Charsets {
            designated: [Charset::Ascii; 4],
            shift: 0,
            right: 2,
            single: None,
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

    /// Takes bytes beyond ASCII from another set (LS1R, LS2R, LS3R).
    pub fn shift_right(&mut self, index: usize) {
        self.right = index;
    }

    /// The set of bytes beyond ASCII; while it is ASCII, they are UTF-8.
    pub fn right(&self) -> Charset {
        self.designated[self.right]
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
