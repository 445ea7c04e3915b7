//! The colors of the picture.

use crate::{
    terminal::palette::{self, Rgb},
    view::screen::{Color, Style},
};

/// The default background, as XML has it.
pub(super) fn background() -> String {
    hex(palette::BACKGROUND)
}

/// The default color of characters.
pub(super) fn foreground() -> String {
    hex(palette::FOREGROUND)
}

/// The colors (characters, background) of a style; `None` is the default.
pub(super) fn colors(style: Style) -> (Option<String>, Option<String>) {
    let (foreground, background) = (color(style.foreground), color(style.background));
    if style.inverse {
        (
            Some(background.unwrap_or_else(self::background)),
            Some(foreground.unwrap_or_else(self::foreground)),
        )
    } else {
        (foreground, background)
    }
}

/// A color; `None` is the default.
pub(super) fn color(color: Color) -> Option<String> {
    match color {
        Color::Default => None,
        Color::Indexed(number) => Some(hex(palette::indexed(number))),
        Color::Rgb(red, green, blue) => Some(hex((red, green, blue))),
    }
}

fn hex((red, green, blue): Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::colors;
    use crate::view::screen::{Color, Style};

    #[track_caller]
    fn paints(style: Style, foreground: Option<&str>, background: Option<&str>) {
        let (characters, behind) = colors(style);
        assert_eq!(
            (characters.as_deref(), behind.as_deref()),
            (foreground, background)
        );
    }

    #[test]
    fn the_palette_has_a_cube_and_greys() {
        for (number, color) in [
            (16, "#000000"),
            (231, "#ffffff"),
            (208, "#ff8700"),
            (232, "#080808"),
            (255, "#eeeeee"),
        ] {
            let style = Style {
                foreground: Color::Indexed(number),
                ..Style::default()
            };
            paints(style, Some(color), None);
        }
    }

    #[test]
    fn inverse_exchanges_even_the_default_colors() {
        let inverse = Style {
            inverse: true,
            ..Style::default()
        };
        paints(inverse, Some("#15191e"), Some("#d3d7cf"));
        let style = Style {
            background: Color::Rgb(1, 2, 3),
            ..inverse
        };
        paints(style, Some("#010203"), Some("#d3d7cf"));
    }
}
