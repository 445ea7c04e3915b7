//! What a picture looks like around its rows.

use super::Theme;
use crate::{recording::Recording, view::frames::FrameMaker};
use std::{fmt, str::FromStr};

/// The usual margin around the rows (pixels).
const PADDING: u16 = 12;
/// The widest margin (pixels).
pub(crate) const MAX_PADDING: u16 = 1000;
/// The most characters of a list of fonts.
const MAX_FAMILY: usize = 500;

/// How a picture looks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Look {
    /// Its colors.
    pub theme: Theme,
    /// The fonts of an SVG, the preferred one first; the usual ones if there are none.
    pub font_family: Option<FontFamily>,
    /// The text in a title bar, if there is one.
    pub window: Option<String>,
    /// The margin around the rows (pixels), at most 1000.
    pub padding: u16,
    /// Whether the cursor is drawn where it is visible.
    pub cursor: bool,
}

impl Default for Look {
    fn default() -> Look {
        Look {
            theme: Theme::default(),
            font_family: None,
            window: None,
            padding: PADDING,
            cursor: true,
        }
    }
}

impl Look {
    /// Takes these colors.
    #[must_use]
    pub fn theme(mut self, theme: Theme) -> Look {
        self.theme = theme;
        self
    }

    /// Takes these fonts for an SVG.
    #[must_use]
    pub fn font_family(mut self, family: FontFamily) -> Look {
        self.font_family = Some(family);
        self
    }

    /// Draws a title bar with this text.
    #[must_use]
    pub fn window(mut self, title: impl Into<String>) -> Look {
        self.window = Some(title.into());
        self
    }

    /// Draws no cursor.
    #[must_use]
    pub fn without_cursor(mut self) -> Look {
        self.cursor = false;
        self
    }

    /// Leaves this margin around the rows (pixels); more than 1000 is 1000.
    #[must_use]
    pub fn padding(mut self, pixels: u16) -> Look {
        self.padding = pixels.min(MAX_PADDING);
        self
    }
}

impl Look {
    /// Makes the frames that are drawn of a recording.
    pub(in crate::view) fn maker(&self, recording: &Recording) -> FrameMaker {
        let maker = FrameMaker::new(recording.header());
        if self.cursor {
            maker.with_cursor()
        } else {
            maker
        }
    }
}

/// Returns the command of a recording, as the title of a picture; it may hold any character.
#[must_use]
pub fn title(recording: &Recording) -> String {
    let words: Vec<_> = recording
        .header()
        .command
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    if words.is_empty() {
        "A terminal".to_owned()
    } else {
        words.join(" ")
    }
}

/// Names of fonts with commas between them, as CSS has them; `Display` writes each as a string of CSS, but for the
/// generic ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FontFamily(Vec<String>);

/// Why a text does not name fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "name fonts, with commas between them, as in `Fira Code, monospace`; letters, digits, blanks, `-`, `_` and `.` only"
)]
pub struct FontFamilyError;

/// The names that stand for no font in particular (CSS Fonts 4).
const GENERIC: [&str; 4] = ["monospace", "ui-monospace", "serif", "sans-serif"];

impl FromStr for FontFamily {
    type Err = FontFamilyError;

    fn from_str(text: &str) -> Result<FontFamily, FontFamilyError> {
        let is_of_name =
            |character: char| character.is_alphanumeric() || " -_.".contains(character);
        let name = |name: &str| {
            let name = name.trim().trim_matches(['"', '\'']);
            let is_name = !name.is_empty() && name.chars().all(is_of_name);
            is_name.then(|| name.to_owned()).ok_or(FontFamilyError)
        };
        if text.len() > MAX_FAMILY {
            return Err(FontFamilyError);
        }
        text.split(',')
            .map(name)
            .collect::<Result<_, _>>()
            .map(FontFamily)
    }
}

impl fmt::Display for FontFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            if GENERIC.contains(&name.as_str()) {
                f.write_str(name)?;
            } else {
                write!(f, "\"{name}\"")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::FontFamily;

    #[track_caller]
    fn is_written(text: &str, written: Option<&str>) {
        let family = text.parse::<FontFamily>().ok();
        assert_eq!(family.map(|family| family.to_string()).as_deref(), written);
    }

    #[test]
    fn fonts_are_strings_of_css_and_nothing_else() {
        is_written(
            "Fira Code, 'Menlo',monospace",
            Some("\"Fira Code\",\"Menlo\",monospace"),
        );
        for text in [
            "",
            "a,,b",
            "a}b{",
            "url(x)",
            "a</style>",
            "a\\",
            "a\"b",
            "a;b",
            "a\nb",
        ] {
            is_written(text, None);
        }
    }
}
