//! What one place of the screen holds: a character with its marks, and how it looks.

/// The most characters that are combined with the first one of a cell.
pub(super) const MAX_MARKS: usize = 5;

/// How a cell looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an attribute of its own"
)]
#[non_exhaustive]
pub struct Style {
    /// The color of the character.
    pub foreground: Color,
    /// The color of the background.
    pub background: Color,
    /// The color of the line under it; [`Color::Default`] is the color of the character.
    pub underline_color: Color,
    /// The line under it.
    pub underline: Underline,
    /// Bold.
    pub bold: bool,
    /// Whether bold makes the color of the character bright: one of the first eight, and set by `CSI 30 m` to `37 m`, not by
    /// `CSI 38 ; 5 ; 1 m`.
    pub brightens: bool,
    /// Dim.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Blinking.
    pub blink: bool,
    /// With both colors exchanged.
    pub inverse: bool,
    /// On a reversed screen (DECSCNM): the default colors are exchanged.
    pub reversed: bool,
    /// Concealed: the character is there and not drawn.
    pub conceal: bool,
    /// With a line through it.
    pub strike: bool,
    /// With a line over it.
    pub overline: bool,
}

impl Style {
    /// The color of the character as it is drawn: bold makes some [bright](Style::brightens).
    #[must_use]
    pub fn text_color(&self) -> Color {
        match self.foreground {
            Color::Indexed(number @ 0..8) if self.bold && self.brightens => {
                Color::Indexed(number + 8)
            }
            color => color,
        }
    }

    /// The same look with the default colors as they are, for what cannot exchange them: if the screen is reversed, both colors
    /// are exchanged twice.
    #[must_use]
    pub fn on_usual_screen(mut self) -> Style {
        if self.reversed {
            (self.foreground, self.background) = (self.background, self.text_color());
            (self.brightens, self.reversed) = (false, false);
            self.inverse = !self.inverse;
            // Only characters are dim, and they are the background now.
            self.dim = false;
        }
        self
    }
}

/// A color as a terminal knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Color {
    /// The terminal's default.
    #[default]
    Default,
    /// An entry of the palette of 256, whose first 16 are the named colors.
    Indexed(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// The line under a character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Underline {
    /// None.
    #[default]
    None,
    /// One line.
    Single,
    /// Two lines.
    Double,
    /// A wave.
    Curly,
    /// Dots.
    Dotted,
    /// Dashes.
    Dashed,
}

/// What is stored for one column of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub kind: Kind,
    /// The first character; a space if nothing was written.
    pub character: char,
    /// What was combined with it.
    pub marks: Option<Box<str>>,
    pub style: Style,
    /// The number of its hyperlink, or 0.
    pub link: u16,
    /// Whether selective erasure leaves it alone.
    pub protected: bool,
}

/// How many columns a slot's character takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing was written, or it was erased.
    Blank,
    One,
    Two,
    /// The second column of the character before.
    Continuation,
}

impl Slot {
    /// An erased place; of the style only the background is left.
    pub fn blank(background: Color) -> Slot {
        Slot {
            kind: Kind::Blank,
            character: ' ',
            marks: None,
            style: Style {
                background,
                ..Style::default()
            },
            link: 0,
            protected: false,
        }
    }

    /// Whether it shows nothing but its background.
    pub fn is_space(&self) -> bool {
        self.kind != Kind::Continuation && self.character == ' ' && self.marks.is_none()
    }

    /// Appends what it shows; nothing for the second column of a character.
    pub fn write(&self, text: &mut String) {
        if self.kind != Kind::Continuation {
            text.push(self.character);
            text.extend(self.marks.as_deref());
        }
    }

    /// Combines a character with it; returns whether there was space for one more.
    pub fn combine(&mut self, mark: char) -> bool {
        let mut marks = String::from(self.marks.take().unwrap_or_default());
        let fits = marks.chars().count() < MAX_MARKS;
        if fits {
            marks.push(mark);
        }
        self.marks = Some(marks.into());
        fits
    }
}
