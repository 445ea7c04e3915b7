//! Characters, drawn with the font that is part of the library: DejaVu Sans Mono.

use super::{
    HEIGHT, WIDTH,
    canvas::{Canvas, Rect},
};
use crate::{terminal::palette::Rgb, view::screen::Style};
use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};
use std::collections::HashMap;

const REGULAR: &[u8] = include_bytes!("../font/DejaVuSansMono.ttf");
const BOLD: &[u8] = include_bytes!("../font/DejaVuSansMono-Bold.ttf");

/// The height of the font, ascender to descender (pixels): its characters are then as wide as a cell.
const SCALE: f32 = 19.34;
/// The distance of the baseline from the top of a cell (pixels).
const BASELINE: f32 = 15.0;
/// How many steps there are between background and character: few, so that pictures stay small.
const STEPS: f32 = 15.0;

/// The characters that were drawn before.
pub(super) struct Glyphs {
    fonts: Option<[FontRef<'static>; 2]>,
    known: HashMap<(char, bool), Option<Vec<Dot>>>,
}

/// A pixel that a character covers, from the left and the top of its cell, and how much of it (0 to 255).
#[derive(Clone, Copy)]
struct Dot {
    x: i32,
    y: i32,
    part: u8,
}

impl Glyphs {
    pub fn new() -> Glyphs {
        let font = |bytes| FontRef::try_from_slice(bytes).ok();
        Glyphs {
            fonts: font(REGULAR).zip(font(BOLD)).map(<[_; 2]>::from),
            known: HashMap::new(),
        }
    }

    /// Draws a character with its marks into a cell of so many columns. What the font does not have is a box.
    pub fn draw(
        &mut self,
        canvas: &mut Canvas,
        (left, top): (usize, usize),
        (text, columns): (&str, usize),
        style: Style,
        color: Rgb,
    ) {
        let mut characters = text.chars();
        let Some(base) = characters.next().filter(|base| *base != ' ') else {
            return;
        };
        // The font has characters of one column; if one of two is among them, it is in the middle.
        let shift = (columns - 1) * WIDTH / 2;
        let Some(dots) = self.dots(base, style.bold) else {
            return missing(canvas, (left, top), columns, color);
        };
        draw_dots(canvas, (left + shift, top), dots, style.italic, color);
        for mark in characters {
            if let Some(dots) = self.dots(mark, style.bold) {
                draw_dots(canvas, (left + shift, top), dots, style.italic, color);
            }
        }
    }

    /// What a character covers, if the font has it.
    fn dots(&mut self, character: char, bold: bool) -> Option<&[Dot]> {
        let fonts = self.fonts.as_ref()?;
        let known = self.known.entry((character, bold)).or_insert_with(|| {
            let [regular, heavy] = fonts;
            outlined(if bold { heavy } else { regular }, character)
                .or_else(|| outlined(regular, character))
        });
        known.as_deref()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a character is some pixels large, and a part at most 255"
)]
fn outlined(font: &FontRef<'static>, character: char) -> Option<Vec<Dot>> {
    let id = font.glyph_id(character);
    if id.0 == 0 {
        return None;
    }
    let scale = PxScale::from(SCALE);
    let advance = font.as_scaled(scale).h_advance(id);
    // Marks have no width of their own, and reach to the left.
    let left = if advance == 0.0 {
        WIDTH_PX
    } else {
        (WIDTH_PX - advance) / 2.0
    };
    let glyph = Glyph {
        id,
        scale,
        position: point(left, BASELINE),
    };
    let mut dots = Vec::new();
    if let Some(outline) = font.outline_glyph(glyph) {
        let bounds = outline.px_bounds();
        let (left, top) = (bounds.min.x as i32, bounds.min.y as i32);
        outline.draw(|x, y, part| {
            let part = (part.clamp(0.0, 1.0) * STEPS).round() / STEPS;
            if part > 0.0 {
                dots.push(Dot {
                    x: left + x.cast_signed(),
                    y: top + y.cast_signed(),
                    part: (part * 255.0).round() as u8,
                });
            }
        });
    }
    Some(dots)
}

const WIDTH_PX: f32 = 10.0;

/// Draws what a character covers, within its row; an italic one leans.
fn draw_dots(
    canvas: &mut Canvas,
    (left, top): (usize, usize),
    dots: &[Dot],
    italic: bool,
    color: Rgb,
) {
    let height = i32::try_from(HEIGHT).unwrap_or(i32::MAX);
    for dot in dots.iter().filter(|dot| (0..height).contains(&dot.y)) {
        let lean = if italic {
            (height - 5 - dot.y).div_euclid(5)
        } else {
            0
        };
        let x = i32::try_from(left)
            .unwrap_or(i32::MAX)
            .saturating_add(dot.x + lean);
        if let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(dot.y)) {
            canvas.paint(x, top + y, color, dot.part);
        }
    }
}

/// Draws a box where a character is missing.
fn missing(canvas: &mut Canvas, (left, top): (usize, usize), columns: usize, color: Rgb) {
    let (right, bottom) = (left + columns * WIDTH - 1, top + HEIGHT - 4);
    let (left, top) = (left + 1, top + 3);
    for (left, top, right, bottom) in [
        (left, top, right, top + 1),
        (left, bottom - 1, right, bottom),
        (left, top, left + 1, bottom),
        (right - 1, top, right, bottom),
    ] {
        let rect = Rect {
            left,
            top,
            right,
            bottom,
        };
        canvas.fill(rect, color);
    }
}
