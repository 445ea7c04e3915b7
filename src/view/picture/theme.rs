//! The colors of a picture: our own, and the well-known palettes by name.

use crate::{
    terminal::palette::{self, BACKGROUND, FOREGROUND, NAMED, Rgb},
    view::screen::Color,
};

/// The colors of a picture.
///
/// ```
/// use stroboscope::view::picture::Theme;
///
/// assert_eq!(Theme::named("nord").map(|theme| theme.name()), Some("nord"));
/// assert_eq!(Theme::default().name(), "dark");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    name: &'static str,
    /// What is drawn.
    pub(in crate::view) palette: &'static Palette,
    /// What is drawn instead for viewers who prefer light pages.
    pub(in crate::view) light: Option<&'static Palette>,
}

/// The colors that a program cannot know.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::view) struct Palette {
    name: &'static str,
    pub foreground: Rgb,
    pub background: Rgb,
    /// The 16 named colors, the bright ones last.
    named: [Rgb; 16],
}

impl Palette {
    /// A color that is not the default one.
    pub fn rgb(&self, color: Color) -> Option<Rgb> {
        match color {
            Color::Default => None,
            Color::Indexed(number) => Some(match self.named.get(usize::from(number)) {
                Some(named) => *named,
                None => palette::indexed(number),
            }),
            Color::Rgb(red, green, blue) => Some((red, green, blue)),
        }
    }
}

impl Theme {
    /// The names of all themes; `auto` is `dark` or `light`, whichever the viewer of the picture prefers.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let palettes = PALETTES.iter().map(|palette| palette.name);
        [DARK.name, LIGHT.name, AUTO].into_iter().chain(palettes)
    }

    /// The theme of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Theme> {
        if name == AUTO {
            return Some(Theme {
                name: AUTO,
                palette: &DARK,
                light: Some(&LIGHT),
            });
        }
        let mut palettes = [&DARK, &LIGHT].into_iter().chain(&PALETTES);
        let palette = palettes.find(|palette| palette.name == name)?;
        Some(Theme {
            name: palette.name,
            palette,
            light: None,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// A color in red, green and blue; `None` is the default one.
    #[must_use]
    pub fn rgb(&self, color: Color) -> Option<(u8, u8, u8)> {
        self.palette.rgb(color)
    }

    /// The default color of characters.
    #[must_use]
    pub fn foreground(&self) -> (u8, u8, u8) {
        self.palette.foreground
    }

    /// The default background.
    #[must_use]
    pub fn background(&self) -> (u8, u8, u8) {
        self.palette.background
    }

    /// Whether it depends on what the viewer prefers, which only an SVG can.
    #[must_use]
    pub fn is_auto(&self) -> bool {
        self.light.is_some()
    }
}

impl Default for Theme {
    /// `dark`: the colors that the terminal tells to programs that ask.
    fn default() -> Theme {
        Theme {
            name: DARK.name,
            palette: &DARK,
            light: None,
        }
    }
}

const AUTO: &str = "auto";

static DARK: Palette = Palette {
    name: "dark",
    foreground: FOREGROUND,
    background: BACKGROUND,
    named: NAMED,
};

#[rustfmt::skip]
static LIGHT: Palette = palette(
    "light", 0x24292f, 0xffffff,
    [0x24292f, 0xc01c28, 0x2f7d12, 0x8a6a00, 0x1f5fbf, 0x8b3a96, 0x04777a, 0x6a6e73,
     0x57606a, 0xa40e26, 0x1a6300, 0x6f5300, 0x0a3d91, 0x6b2176, 0x035a5c, 0x8c959f],
);

const fn palette(
    name: &'static str,
    foreground: u32,
    background: u32,
    named: [u32; 16],
) -> Palette {
    let mut colors = [(0, 0, 0); 16];
    let mut index = 0;
    while index < 16 {
        colors[index] = rgb(named[index]);
        index += 1;
    }
    Palette {
        name,
        foreground: rgb(foreground),
        background: rgb(background),
        named: colors,
    }
}

const fn rgb(color: u32) -> Rgb {
    let [_, red, green, blue] = color.to_be_bytes();
    (red, green, blue)
}

/// Palettes as their authors publish them, in the order black, red, green, yellow, blue, magenta, cyan, white.
#[rustfmt::skip]
static PALETTES: [Palette; 16] = [
    palette(
        "dracula", 0xf8f8f2, 0x282a36,
        [0x000000, 0xff5555, 0x50fa7b, 0xf1fa8c, 0xbd93f9, 0xff79c6, 0x8be9fd, 0xbbbbbb,
         0x555555, 0xff5555, 0x50fa7b, 0xf1fa8c, 0xcaa9fa, 0xff79c6, 0x8be9fd, 0xffffff],
    ),
    palette(
        "solarized-dark", 0x839496, 0x002b36,
        [0x073642, 0xdc322f, 0x859900, 0xb58900, 0x268bd2, 0xd33682, 0x2aa198, 0xeee8d5,
         0x002b36, 0xcb4b16, 0x586e75, 0x657b83, 0x839496, 0x6c71c4, 0x93a1a1, 0xfdf6e3],
    ),
    palette(
        "solarized-light", 0x586e75, 0xfdf6e3,
        [0x073642, 0xdc322f, 0x859900, 0xb58900, 0x268bd2, 0xd33682, 0x2aa198, 0xeee8d5,
         0x002b36, 0xcb4b16, 0x586e75, 0x657b83, 0x839496, 0x6c71c4, 0x93a1a1, 0xfdf6e3],
    ),
    palette(
        "nord", 0xd8dee9, 0x2e3440,
        [0x3b4252, 0xbf616a, 0xa3be8c, 0xebcb8b, 0x81a1c1, 0xb48ead, 0x88c0d0, 0xe5e9f0,
         0x4c566a, 0xbf616a, 0xa3be8c, 0xebcb8b, 0x81a1c1, 0xb48ead, 0x8fbcbb, 0xeceff4],
    ),
    palette(
        "gruvbox-dark", 0xebdbb2, 0x282828,
        [0x282828, 0xcc241d, 0x98971a, 0xd79921, 0x458588, 0xb16286, 0x689d6a, 0xa89984,
         0x928374, 0xfb4934, 0xb8bb26, 0xfabd2f, 0x83a598, 0xd3869b, 0x8ec07c, 0xebdbb2],
    ),
    palette(
        "gruvbox-light", 0x3c3836, 0xfbf1c7,
        [0xfbf1c7, 0xcc241d, 0x98971a, 0xd79921, 0x458588, 0xb16286, 0x689d6a, 0x7c6f64,
         0x928374, 0x9d0006, 0x79740e, 0xb57614, 0x076678, 0x8f3f71, 0x427b58, 0x3c3836],
    ),
    palette(
        "monokai", 0xf8f8f2, 0x272822,
        [0x272822, 0xf92672, 0xa6e22e, 0xf4bf75, 0x66d9ef, 0xae81ff, 0xa1efe4, 0xf8f8f2,
         0x75715e, 0xf92672, 0xa6e22e, 0xf4bf75, 0x66d9ef, 0xae81ff, 0xa1efe4, 0xf9f8f5],
    ),
    palette(
        "one-dark", 0xabb2bf, 0x282c34,
        [0x1e2127, 0xe06c75, 0x98c379, 0xd19a66, 0x61afef, 0xc678dd, 0x56b6c2, 0xabb2bf,
         0x5c6370, 0xe06c75, 0x98c379, 0xd19a66, 0x61afef, 0xc678dd, 0x56b6c2, 0xffffff],
    ),
    palette(
        "one-light", 0x2a2b33, 0xf8f8f8,
        [0x000000, 0xde3d35, 0x3e953a, 0xd2b67b, 0x2f5af3, 0xa00095, 0x3e953a, 0xbbbbbb,
         0x000000, 0xde3d35, 0x3e953a, 0xd2b67b, 0x2f5af3, 0xa00095, 0x3e953a, 0xffffff],
    ),
    palette(
        "tokyo-night", 0xa9b1d6, 0x1a1b26,
        [0x32344a, 0xf7768e, 0x9ece6a, 0xe0af68, 0x7aa2f7, 0xad8ee6, 0x449dab, 0x787c99,
         0x444b6a, 0xff7a93, 0xb9f27c, 0xff9e64, 0x7da6ff, 0xbb9af7, 0x0db9d7, 0xacb0d0],
    ),
    palette(
        "catppuccin-mocha", 0xcdd6f4, 0x1e1e2e,
        [0x45475a, 0xf38ba8, 0xa6e3a1, 0xf9e2af, 0x89b4fa, 0xf5c2e7, 0x94e2d5, 0xbac2de,
         0x585b70, 0xf38ba8, 0xa6e3a1, 0xf9e2af, 0x89b4fa, 0xf5c2e7, 0x94e2d5, 0xa6adc8],
    ),
    palette(
        "catppuccin-latte", 0x4c4f69, 0xeff1f5,
        [0x5c5f77, 0xd20f39, 0x40a02b, 0xdf8e1d, 0x1e66f5, 0xea76cb, 0x179299, 0xacb0be,
         0x6c6f85, 0xd20f39, 0x40a02b, 0xdf8e1d, 0x1e66f5, 0xea76cb, 0x179299, 0xbcc0cc],
    ),
    palette(
        "github-dark", 0xd1d5da, 0x24292e,
        [0x586069, 0xea4a5a, 0x34d058, 0xffea7f, 0x2188ff, 0xb392f0, 0x39c5cf, 0xd1d5da,
         0x959da5, 0xf97583, 0x85e89d, 0xffea7f, 0x79b8ff, 0xb392f0, 0x56d4dd, 0xfafbfc],
    ),
    palette(
        "github-light", 0x24292f, 0xffffff,
        [0x24292e, 0xd73a49, 0x28a745, 0xdbab09, 0x0366d6, 0x5a32a3, 0x0598bc, 0x6a737d,
         0x959da5, 0xcb2431, 0x22863a, 0xb08800, 0x005cc5, 0x5a32a3, 0x3192aa, 0xd1d5da],
    ),
    palette(
        "tango", 0xd3d7cf, 0x2e3436,
        [0x2e3436, 0xcc0000, 0x4e9a06, 0xc4a000, 0x3465a4, 0x75507b, 0x06989a, 0xd3d7cf,
         0x555753, 0xef2929, 0x8ae234, 0xfce94f, 0x729fcf, 0xad7fa8, 0x34e2e2, 0xeeeeec],
    ),
    palette(
        "xterm", 0xffffff, 0x000000,
        [0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
         0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff],
    ),
];

#[cfg(test)]
mod tests {
    use super::{DARK, LIGHT, Palette, Theme};
    use crate::{terminal::palette::Rgb, view::screen::Color};

    /// The relative luminance of a color (WCAG 2.2).
    fn luminance((red, green, blue): Rgb) -> f64 {
        let linear = |part: u8| match f64::from(part) / 255.0 {
            part if part <= 0.04045 => part / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(one: Rgb, other: Rgb) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[track_caller]
    fn is_readable(palette: &Palette) {
        for number in (1..8).chain(9..16) {
            let color = palette.rgb(Color::Indexed(number)).unwrap();
            let contrast = contrast(color, palette.background);
            assert!(contrast >= 3.0, "{}: {number}: {contrast:.1}", palette.name);
        }
        assert!(contrast(palette.foreground, palette.background) >= 7.0);
    }

    #[test]
    fn the_named_colors_of_our_own_themes_are_readable() {
        is_readable(&DARK);
        is_readable(&LIGHT);
    }

    #[test]
    fn every_name_is_that_of_one_theme() {
        let names: Vec<_> = Theme::names().collect();
        for name in &names {
            assert_eq!(Theme::named(name).unwrap().name(), *name);
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1);
        }
        assert_eq!(Theme::named("Dracula"), None);
    }

    #[test]
    fn a_theme_has_the_named_colors_and_all_have_the_same_cube() {
        let dracula = Theme::named("dracula").unwrap().palette;
        let rgb = |number| dracula.rgb(Color::Indexed(number));
        assert_eq!(rgb(1), Some((0xff, 0x55, 0x55)));
        assert_eq!(rgb(208), Some((0xff, 0x87, 0)));
        assert_eq!(dracula.background, (0x28, 0x2a, 0x36));
    }
}
