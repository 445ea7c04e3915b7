//! Draws a recording as an animated SVG, which plays in a browser and wherever a page embeds it as an image.
//!
//! The picture is self-contained: no scripts, no fonts or other resources. It is animated by CSS, which works in an
//! `<img>`, too. Viewers without animation, and people who prefer no motion, see the first frame that shows something.
//! Each distinct row is drawn once, and placed by `<use>` wherever and whenever it was visible, so a spinner costs four
//! rows however long it turns. The cursor is placed over them. The picture loops, with a pause on the last frame, unless it plays
//! [once](Playback::once). It is as high as the rows that are used, and at most 80 columns wide unless more are used.
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
    view::picture::{Look, Playback, thinned, title},
};
use paint::{Paint, Paints};
use std::{collections::HashMap, hash::Hash, time::Duration};
use style::Animations;
use timeline::Timeline;
use xml::{escape, tenths};

mod blocks;
mod cursor;
mod lines;
mod paint;
mod row;
mod style;
mod timeline;
mod window;
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

/// Returns the picture of a recording; the same recording always gives the same bytes.
#[must_use]
pub fn svg(recording: &Recording) -> String {
    draw(recording, &Look::default(), &Playback::default())
}

/// Returns the picture of a recording with a look of its own, played in a way of its own.
#[must_use]
pub fn draw(recording: &Recording, look: &Look, playback: &Playback) -> String {
    let frames = playback.thinned_frames(recording, look, MAX_FRAMES);
    let mut most = MAX_FRAMES;
    loop {
        let timeline = Timeline::new(&thinned(&frames, most), PAUSE);
        let limit = if most > 1 { MAX_BYTES } else { usize::MAX };
        if let Some(picture) = picture(&title(recording), look, playback, &timeline, limit) {
            return picture;
        }
        most /= 2;
    }
}

/// The picture, unless it has more than `limit` bytes.
fn picture(
    title: &str,
    look: &Look,
    playback: &Playback,
    timeline: &Timeline,
    limit: usize,
) -> Option<String> {
    let (columns, rows) = timeline.size(USUAL_COLUMNS);
    let padding = usize::from(look.padding);
    let bar = look.window.as_ref().map_or(0, |_| window::BAR);
    let width = columns * COLUMN + 20 * padding;
    let height = rows * ROW + 2 * padding + bar;
    let (mut paints, mut animations) = (Paints::default(), Animations::default());
    let mut body = format!(
        "<rect width=\"100%\" height=\"100%\" rx=\"8\"{}/>\n",
        paints.fill(Paint::Background)
    );
    if let Some(title) = &look.window {
        window::draw(title, width, &mut paints, &mut body);
    }
    body += "<defs>\n";
    let (mut rows, mut cursors) = (Numbers::default(), Numbers::default());
    for appearance in &timeline.rows {
        if let Some(number) = rows.add(appearance.what) {
            body += &format!(r#"<g id="r{number}">"#);
            row::draw(appearance.what, &mut paints, &mut body);
            body += "</g>\n";
        }
        if body.len() > limit {
            return None;
        }
    }
    for appearance in &timeline.cursors {
        if let Some(number) = cursors.add(&appearance.what) {
            body += &format!(r#"<g id="c{number}">"#);
            cursor::draw(&appearance.what, &mut paints, &mut body);
            body += "</g>\n";
        }
    }
    body += &format!(
        "</defs>\n<g transform=\"translate({padding} {})\">\n",
        padding + bar
    );
    let places = timeline
        .rows
        .iter()
        .map(|row| (('r', rows.get(row.what)), row.at, &row.spans));
    let over = timeline.cursors.iter().map(|cursor| {
        let number = cursors.get(&cursor.what);
        (('c', number), cursor.at, &cursor.spans)
    });
    for ((kind, number), at, spans) in places.chain(over) {
        body += &format!(r##"<use href="#{kind}{number}""##);
        if at.column > 0 {
            body += &format!(r#" x="{}""#, tenths(at.column * COLUMN));
        }
        body += &format!(r#" y="{}""#, at.line * ROW);
        if let Some(keyframes) = timeline.keyframes(spans) {
            body += &format!(r#" class="{}""#, animations.class(keyframes));
            if !timeline.is_in_still(spans) {
                body += r#" visibility="hidden""#;
            }
        }
        body += "/>\n";
        if body.len() + animations.len() > limit {
            return None;
        }
    }
    body += "</g>\n</svg>\n";
    let width = tenths(width);
    let mut out = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" xml:space="preserve">
<title>"#
    );
    escape(title, &mut out);
    out += "</title>\n<style>\n";
    style::write(look, playback, timeline, &paints, &animations, &mut out);
    out += "</style>\n";
    out += &body;
    (out.len() <= limit).then_some(out)
}

/// The number of each distinct thing that is drawn, in the order in which they are added.
struct Numbers<T>(HashMap<T, usize>);

impl<T> Default for Numbers<T> {
    fn default() -> Numbers<T> {
        Numbers(HashMap::new())
    }
}

impl<T: Copy + Eq + Hash> Numbers<T> {
    /// The number of something that was not added before.
    fn add(&mut self, what: T) -> Option<usize> {
        let next = self.0.len();
        (*self.0.entry(what).or_insert(next) == next).then_some(next)
    }

    fn get(&self, what: T) -> usize {
        self.0[&what]
    }
}
