//! The style sheet of the picture.

use super::{FONT, paint::Paints, timeline::Timeline, xml::escape};
use crate::view::picture::{Look, Playback};
use std::collections::HashMap;

/// The fonts that most systems have one of.
const FAMILY: &str =
    r#"ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,"Liberation Mono",monospace"#;

/// The animations of a picture, by their keyframes: rows that come and go together share one.
#[derive(Default)]
pub(super) struct Animations {
    numbers: HashMap<String, usize>,
    rules: String,
}

impl Animations {
    /// The class of what is animated so.
    pub fn class(&mut self, keyframes: String) -> String {
        let next = self.numbers.len();
        let number = *self
            .numbers
            .entry(keyframes)
            .or_insert_with_key(|keyframes| {
                self.rules += &format!(
                    "@keyframes k{next}{{{keyframes}}}.k{next}{{animation-name:k{next}}}\n"
                );
                next
            });
        format!("k{number}")
    }

    /// How many bytes their rules have.
    pub fn len(&self) -> usize {
        self.rules.len()
    }
}

/// Writes the rules.
pub(super) fn write(
    look: &Look,
    playback: &Playback,
    timeline: &Timeline,
    paints: &Paints,
    animations: &Animations,
    out: &mut String,
) {
    let family = look.font_family.as_ref();
    let family = family.map_or_else(|| FAMILY.to_owned(), ToString::to_string);
    *out += &format!("text{{font:{FONT}px ");
    escape(&family, out);
    *out += ";white-space:pre;direction:ltr;unicode-bidi:bidi-override}\n";
    *out +=
        ".b{font-weight:bold}.d{opacity:.6}.i{font-style:italic}.u{text-decoration:underline}\n";
    // Between rectangles that join is no seam; the round corners of the picture are none of these.
    *out += "g rect{shape-rendering:crispEdges}\n";
    *out += &paints.rules(look.theme.palette);
    *out += "\n";
    if let Some(light) = look.theme.light {
        *out += &format!(
            "@media(prefers-color-scheme:light){{{}}}\n",
            paints.rules(light)
        );
    }
    if !animations.numbers.is_empty() {
        let (time, times) = (
            crate::text::seconds(timeline.whole()),
            if playback.once {
                "forwards"
            } else {
                "infinite"
            },
        );
        *out += &format!("use{{animation:{time}s step-end {times}}}\n");
        *out += &animations.rules;
        *out += "@media(prefers-reduced-motion:reduce){use{animation:none!important}}\n";
    }
}
