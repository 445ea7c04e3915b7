//! Draws a recording as an animated SVG, which plays in a browser and wherever a page embeds it as an image.
//!
//! The picture is self-contained: no scripts, no fonts or other resources. It is animated by SMIL, which works in an
//! `<img>`, too; viewers without animation show the last frame. Each distinct row is drawn once, and placed by `<use>`
//! wherever and whenever it was visible, so a spinner costs four rows however long it turns. The picture loops, with a
//! pause on the last frame. It is as high as the rows that are used, and at most 80 columns wide unless more are used.
//!
//! A picture has at most [`MAX_FRAMES`] frames and, if it is animated, at most [`MAX_BYTES`] bytes. Longer recordings
//! are thinned out: time is divided into equal stretches, of each of which the last frame is kept, and always the very
//! last.
//!
//! ```no_run
//! # use stroboscope::{Session, view::svg};
//! let recording = Session::new("my-cli").arg("build").run()?;
//! std::fs::write("build.svg", svg(&recording))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::{
    recording::Recording,
    view::{frames::frames, screen::Row},
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use timeline::{Timeline, thinned};
use xml::{escape, tenths};

mod lines;
mod palette;
mod row;
mod timeline;
mod xml;

/// The most frames that a picture has.
pub const MAX_FRAMES: usize = 2_000;
/// The most bytes that an animated picture has.
pub const MAX_BYTES: usize = 2 << 20;

/// How long the last frame is shown before the picture starts again.
const PAUSE: Duration = Duration::from_secs(2);
/// The width of a picture that uses fewer columns, unless the terminal had fewer.
const USUAL_COLUMNS: usize = 80;

/// The font size (pixels).
const FONT: usize = 14;
/// The width of a column (tenths of a pixel): 0.6 of the font size, as in most monospaced fonts.
const COLUMN: usize = 84;
/// The height of a row (pixels).
const ROW: usize = 16;
/// The distance of the baseline from the top of a row (pixels).
const BASELINE: usize = 12;
/// The margin around the rows (pixels).
const MARGIN: usize = 12;

/// Returns the picture of a recording; the same recording always gives the same bytes.
#[must_use]
pub fn svg(recording: &Recording) -> String {
    let frames = frames(recording);
    let mut most = MAX_FRAMES;
    loop {
        let timeline = Timeline::new(&thinned(&frames, most), PAUSE);
        let limit = if most > 1 { MAX_BYTES } else { usize::MAX };
        if let Some(picture) = draw(&title(recording), &timeline, limit) {
            return picture;
        }
        most /= 2;
    }
}

/// The command, as its title.
fn title(recording: &Recording) -> String {
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

/// The picture, unless it has more than `limit` bytes.
fn draw(title: &str, timeline: &Timeline, limit: usize) -> Option<String> {
    let (columns, rows) = timeline.size(USUAL_COLUMNS);
    let width = tenths(columns * COLUMN + 20 * MARGIN);
    let height = rows * ROW + 2 * MARGIN;
    let (background, foreground) = (palette::background(), palette::foreground());
    let mut out = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" xml:space="preserve">
<title>"#
    );
    escape(title, &mut out);
    out += &format!(
        r#"</title>
<style>
text{{font:{FONT}px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,"Liberation Mono",monospace;fill:{foreground};white-space:pre;direction:ltr;unicode-bidi:bidi-override}}
.b{{font-weight:bold}}.d{{opacity:.6}}.i{{font-style:italic}}.u{{text-decoration:underline}}
</style>
<rect width="100%" height="100%" rx="8" fill="{background}"/>
<defs>
"#
    );
    let mut numbers: HashMap<&Arc<Row>, usize> = HashMap::new();
    for appearance in timeline.appearances() {
        let next = numbers.len();
        if *numbers.entry(appearance.row).or_insert(next) == next {
            out += &format!(r#"<g id="r{next}">"#);
            row::draw(appearance.row, &mut out);
            out += "</g>\n";
        }
        if out.len() > limit {
            return None;
        }
    }
    out += &format!("</defs>\n<g transform=\"translate({MARGIN} {MARGIN})\">\n");
    for appearance in timeline.appearances() {
        let number = numbers[appearance.row];
        out += &format!(r##"<use href="#r{number}" y="{}""##, appearance.line * ROW);
        match timeline.animation(appearance) {
            None => out += "/>\n",
            Some(animation) => {
                let hidden = if animation.ends_visible {
                    ""
                } else {
                    r#" visibility="hidden""#
                };
                out += &format!("{hidden}>{}</use>\n", animation.element);
            }
        }
        if out.len() > limit {
            return None;
        }
    }
    out += "</g>\n</svg>\n";
    Some(out)
}
