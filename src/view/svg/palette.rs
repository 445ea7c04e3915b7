//! The colors of the picture.

use crate::view::screen::{Color, Style};

/// The default background.
pub(super) const BACKGROUND: &str = "#15191e";
/// The default color of characters.
pub(super) const FOREGROUND: &str = "#d3d7cf";

/// The named colors, the bright ones last: the Tango palette, with a more readable blue.
const NAMED: [&str; 16] = [
    "#2e3436", "#cc3333", "#4e9a06", "#c4a000", "#4a7cc2", "#8b6396", "#06989a", "#d3d7cf",
    "#6a6e6b", "#ef5350", "#8ae234", "#fce94f", "#82b1ec", "#c79bc8", "#34e2e2", "#eeeeec",
];

/// The colors (characters, background) of a style; `None` is the default.
pub(super) fn colors(style: Style) -> (Option<String>, Option<String>) {
    let (foreground, background) = (color(style.foreground), color(style.background));
    if style.inverse {
        (
            Some(background.unwrap_or_else(|| BACKGROUND.to_owned())),
            Some(foreground.unwrap_or_else(|| FOREGROUND.to_owned())),
        )
    } else {
        (foreground, background)
    }
}

fn color(color: Color) -> Option<String> {
    match color {
        Color::Default => None,
        Color::Indexed(number) => Some(indexed(number)),
        Color::Rgb(red, green, blue) => Some(hex(red, green, blue)),
    }
}

/// A color of the palette of 256: 16 named, a cube of 6 by 6 by 6, 24 greys (xterm, `256colres.pl`).
fn indexed(number: u8) -> String {
    match number {
        0..16 => NAMED[usize::from(number)].to_owned(),
        16..232 => {
            let level = |part: u8| match part % 6 {
                0 => 0,
                part => 55 + 40 * part,
            };
            let cube = number - 16;
            hex(level(cube / 36), level(cube / 6), level(cube))
        }
        232.. => {
            let grey = 8 + 10 * (number - 232);
            hex(grey, grey, grey)
        }
    }
}

fn hex(red: u8, green: u8, blue: u8) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::{BACKGROUND, FOREGROUND, colors};
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
        paints(inverse, Some(BACKGROUND), Some(FOREGROUND));
        let style = Style {
            background: Color::Rgb(1, 2, 3),
            ..inverse
        };
        paints(style, Some("#010203"), Some(FOREGROUND));
    }
}
