//! The colors of the terminal: what is drawn, and what a program is told.

use super::{cell::Color, color_names};
use std::collections::BTreeMap;

/// Red, green and blue.
pub(crate) type Rgb = (u8, u8, u8);

/// The default color of characters.
pub(crate) const FOREGROUND: Rgb = (0xd3, 0xd7, 0xcf);
/// The default background.
pub(crate) const BACKGROUND: Rgb = (0x15, 0x19, 0x1e);

/// The named colors, the bright ones last: the Tango palette, with a more readable blue.
#[rustfmt::skip]
pub(crate) const NAMED: [Rgb; 16] = [
    (0x2e, 0x34, 0x36), (0xcc, 0x33, 0x33), (0x4e, 0x9a, 0x06), (0xc4, 0xa0, 0x00),
    (0x4a, 0x7c, 0xc2), (0x8b, 0x63, 0x96), (0x06, 0x98, 0x9a), (0xd3, 0xd7, 0xcf),
    (0x6a, 0x6e, 0x6b), (0xef, 0x53, 0x50), (0x8a, 0xe2, 0x34), (0xfc, 0xe9, 0x4f),
    (0x82, 0xb1, 0xec), (0xc7, 0x9b, 0xc8), (0x34, 0xe2, 0xe2), (0xee, 0xee, 0xec),
];

/// One of the default colors, which a program can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dynamic {
    /// OSC 10.
    Foreground,
    /// OSC 11.
    Background,
    /// OSC 12.
    Cursor,
}

impl Dynamic {
    /// The color that OSC sets with a number.
    pub fn numbered(number: u32) -> Option<Dynamic> {
        match number {
            10 => Some(Dynamic::Foreground),
            11 => Some(Dynamic::Background),
            12 => Some(Dynamic::Cursor),
            _ => None,
        }
    }
}

/// The colors that a program has set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Palette {
    indexed: BTreeMap<u8, Rgb>,
    dynamic: BTreeMap<Dynamic, Rgb>,
    /// Grows with each change.
    pub version: u64,
}

impl Palette {
    pub fn set(&mut self, index: u8, color: Rgb) {
        self.version += 1;
        self.indexed.insert(index, color);
    }

    /// Resets one entry, or all.
    pub fn reset(&mut self, index: Option<u8>) {
        self.version += 1;
        match index {
            Some(index) => drop(self.indexed.remove(&index)),
            None => self.indexed.clear(),
        }
    }

    pub fn indexed(&self, index: u8) -> Rgb {
        self.indexed.get(&index).copied().unwrap_or(indexed(index))
    }

    pub fn set_dynamic(&mut self, which: Dynamic, color: Option<Rgb>) {
        self.version += 1;
        match color {
            Some(color) => self.dynamic.insert(which, color),
            None => self.dynamic.remove(&which),
        };
    }

    /// A default color, if it was set.
    pub fn changed(&self, which: Dynamic) -> Option<Rgb> {
        self.dynamic.get(&which).copied()
    }

    pub fn dynamic(&self, which: Dynamic) -> Rgb {
        self.changed(which).unwrap_or(match which {
            Dynamic::Background => BACKGROUND,
            Dynamic::Foreground => FOREGROUND,
            Dynamic::Cursor => self.dynamic(Dynamic::Foreground),
        })
    }

    /// The color as it looks: an entry that was set is its color.
    pub fn resolve(&self, color: Color) -> Color {
        match color {
            Color::Indexed(index) => match self.indexed.get(&index) {
                Some((red, green, blue)) => Color::Rgb(*red, *green, *blue),
                None => color,
            },
            _ => color,
        }
    }
}

/// A color of the palette of 256: 16 named, a cube of 6 by 6 by 6, 24 greys (xterm, `256colres.pl`).
pub(crate) fn indexed(number: u8) -> Rgb {
    match number {
        0..16 => NAMED[usize::from(number)],
        16..232 => {
            let level = |part: u8| match part % 6 {
                0 => 0,
                part => 55 + 40 * part,
            };
            let cube = number - 16;
            (level(cube / 36), level(cube / 6), level(cube))
        }
        232.. => {
            let grey = 8 + 10 * (number - 232);
            (grey, grey, grey)
        }
    }
}

/// Reads `rgb:R/G/B` with one to four hexadecimal digits each, `#RGB` with equally many, or a name (`XParseColor`).
pub(super) fn parse(text: &str) -> Option<Rgb> {
    let scaled = |digits: &str| -> Option<u8> {
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
        let most = 16_u32.pow(u32::try_from(digits.len()).ok().filter(|len| *len <= 4)?) - 1;
        u8::try_from((value * 255 + most / 2) / most).ok()
    };
    let start = text.get(..4).unwrap_or_default();
    if start.eq_ignore_ascii_case("rgb:") {
        let parts = &text[4..];
        let mut parts = parts.split('/').map(scaled);
        let color = (parts.next()??, parts.next()??, parts.next()??);
        return parts.next().is_none().then_some(color);
    }
    let Some(digits) = text.strip_prefix('#') else {
        return color_names::named(text);
    };
    if !digits.is_ascii() {
        return None;
    }
    let each = digits.len() / 3;
    if !matches!(digits.len(), 3 | 6 | 9 | 12) {
        return None;
    }
    // The digits are the most significant ones.
    let part = |index: usize| -> Option<u8> {
        let digits = &digits[index * each..(index + 1) * each];
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digits = format!("{digits:0<2}");
        u8::from_str_radix(&digits[..2], 16).ok().filter(|_| is_hex)
    };
    Some((part(0)?, part(1)?, part(2)?))
}

/// A color as xterm reports it.
pub(super) fn report((red, green, blue): Rgb) -> String {
    format!("rgb:{red:02x}{red:02x}/{green:02x}{green:02x}/{blue:02x}{blue:02x}")
}
