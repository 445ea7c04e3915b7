//! The colors of the picture. Those that a theme has are classes, so that one picture can have two themes.

use crate::{
    terminal::palette::Rgb,
    view::{
        picture::Palette,
        screen::{Color, Style},
    },
};
use std::collections::BTreeSet;

/// What something is painted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Paint {
    /// The default color of characters.
    Text,
    /// The default background.
    Background,
    /// One of the 16 named colors.
    Named(u8),
    /// A color that no theme changes.
    Fixed(Rgb),
}

/// The paints that a picture has used.
#[derive(Default)]
pub(super) struct Paints(BTreeSet<Paint>);

impl Paint {
    /// The paint of a color, unless it is the default one.
    pub fn new(color: Color) -> Option<Paint> {
        match color {
            Color::Default => None,
            Color::Indexed(number @ 0..16) => Some(Paint::Named(number)),
            Color::Indexed(number) => Some(Paint::Fixed(crate::terminal::palette::indexed(number))),
            Color::Rgb(red, green, blue) => Some(Paint::Fixed((red, green, blue))),
        }
    }

    /// The class that a theme gives a color to.
    fn class(self) -> Option<String> {
        match self {
            Paint::Text => Some("fg".to_owned()),
            Paint::Background => Some("bg".to_owned()),
            Paint::Named(number) => Some(format!("c{number}")),
            Paint::Fixed(_) => None,
        }
    }

    fn rgb(self, palette: &Palette) -> Rgb {
        match self {
            Paint::Text => palette.foreground,
            Paint::Background => palette.background,
            Paint::Named(number) => palette.rgb(Color::Indexed(number)).unwrap_or_default(),
            Paint::Fixed(rgb) => rgb,
        }
    }
}

/// The paints (characters, background) of a style; `None` is the default. Of a dim one the characters are dim, and if it is
/// inverse, the background.
pub(super) fn paints(style: Style) -> (Option<Paint>, Option<Paint>) {
    let text = Paint::new(style.text_color());
    let text = text.or(style.reversed.then_some(Paint::Background));
    let background = under(style);
    if style.inverse {
        (
            Some(background.unwrap_or(Paint::Background)),
            Some(text.unwrap_or(Paint::Text)),
        )
    } else {
        (text, background)
    }
}

/// The paint of a style's background, before it is exchanged.
pub(super) fn under(style: Style) -> Option<Paint> {
    Paint::new(style.background).or(style.reversed.then_some(Paint::Text))
}

impl Paints {
    /// The attribute that fills a shape.
    pub fn fill(&mut self, paint: Paint) -> String {
        self.fill_dim(paint, false)
    }

    /// The attributes that fill a shape, which shows what is under it if it is dim.
    pub fn fill_dim(&mut self, paint: Paint, dim: bool) -> String {
        self.0.insert(paint);
        let class = paint.class();
        let dim = dim.then(|| "d".to_owned());
        let classes: Vec<String> = dim.into_iter().chain(class).collect();
        let mut attributes = String::new();
        if !classes.is_empty() {
            attributes += &format!(r#" class="{}""#, classes.join(" "));
        }
        if let Paint::Fixed(rgb) = paint {
            attributes += &format!(r#" fill="{}""#, hex(rgb));
        }
        attributes
    }

    /// The attributes of a text with these classes.
    pub fn text(&mut self, mut classes: Vec<String>, paint: Option<Paint>) -> String {
        self.0.extend(paint);
        classes.extend(paint.and_then(Paint::class));
        let mut attributes = String::new();
        if !classes.is_empty() {
            attributes += &format!(r#" class="{}""#, classes.join(" "));
        }
        if let Some(Paint::Fixed(rgb)) = paint {
            attributes += &format!(r#" style="fill:{}""#, hex(rgb));
        }
        attributes
    }

    /// The rules of a style sheet for what was used.
    pub fn rules(&self, palette: &Palette) -> String {
        let mut rules = format!("text{{fill:{}}}", hex(palette.foreground));
        for paint in &self.0 {
            if let Some(class) = paint.class() {
                rules += &format!(".{class}{{fill:{}}}", hex(paint.rgb(palette)));
            }
        }
        rules
    }
}

fn hex((red, green, blue): Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::{Paint, Paints, paints};
    use crate::view::{
        picture::Theme,
        screen::{Color, Style},
    };

    #[track_caller]
    fn paints_with(style: Style, text: Option<Paint>, background: Option<Paint>) {
        assert_eq!(paints(style), (text, background));
    }

    #[test]
    fn the_palette_has_a_cube_and_greys() {
        for (number, rgb) in [
            (16, (0, 0, 0)),
            (231, (0xff, 0xff, 0xff)),
            (208, (0xff, 0x87, 0)),
            (232, (8, 8, 8)),
            (255, (0xee, 0xee, 0xee)),
        ] {
            let style = Style {
                foreground: Color::Indexed(number),
                ..Style::default()
            };
            paints_with(style, Some(Paint::Fixed(rgb)), None);
        }
    }

    #[test]
    fn inverse_exchanges_even_the_default_colors() {
        let inverse = Style {
            inverse: true,
            ..Style::default()
        };
        paints_with(inverse, Some(Paint::Background), Some(Paint::Text));
        let style = Style {
            background: Color::Rgb(1, 2, 3),
            ..inverse
        };
        paints_with(style, Some(Paint::Fixed((1, 2, 3))), Some(Paint::Text));
    }

    #[test]
    fn a_style_sheet_has_the_colors_that_are_used() {
        let mut paints = Paints::default();
        assert_eq!(paints.fill(Paint::Named(1)), r#" class="c1""#);
        assert_eq!(paints.fill(Paint::Fixed((1, 2, 3))), r##" fill="#010203""##);
        let text = paints.text(vec!["b".to_owned()], Some(Paint::Named(1)));
        assert_eq!(text, r#" class="b c1""#);
        assert_eq!(
            paints.rules(Theme::default().palette),
            "text{fill:#d3d7cf}.c1{fill:#cc3333}"
        );
    }
}
