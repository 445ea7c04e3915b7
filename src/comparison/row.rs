//! Names how a row of a screen changed.

use super::{EXCERPT, count, edit::Editor, look::Looks};
use crate::{text::quote, view::screen::Row};

/// How a row changed.
pub(super) enum RowChange {
    /// Texts, each the old one and the new one; at least one of them.
    Texts(Vec<(String, String)>),
    /// The same characters look otherwise.
    Looks(Looks),
    /// What the row shows differs in characters that are not visible.
    Invisible(String),
}

/// What follows the words for a change that has more.
pub(super) const MORE: &str = ", and more";

/// How many characters the words for a row may have.
const MAX_NAME: usize = 100;

impl RowChange {
    /// How a row changed; `None` if it did not.
    pub fn of(old: &Row, new: &Row, editor: &mut Editor) -> Option<RowChange> {
        if old == new {
            return None;
        }
        let characters = |row: &Row| -> String { row.cells().map(|cell| cell.text).collect() };
        if characters(old).trim_end() == characters(new).trim_end() {
            let looks = Looks::of_rows(old, new);
            return Some(if looks.is_empty() {
                // The same characters are in other columns.
                RowChange::Invisible(old.to_string())
            } else {
                RowChange::Looks(looks)
            });
        }
        let (before, after) = (old.to_string(), new.to_string());
        if before == after {
            return Some(RowChange::Invisible(before));
        }
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let edits = editor.edits(before.as_bytes(), after.as_bytes());
        let texts = edits.iter().map(|edit| (text(edit.old), text(edit.new)));
        Some(RowChange::Texts(texts.collect()))
    }

    /// The change in words, as many as are short; the first one is always among them.
    pub fn name(&self) -> String {
        match self {
            RowChange::Texts(texts) => {
                let mut names = String::new();
                for (old, new) in texts {
                    let name = became(old.as_bytes(), new.as_bytes());
                    let separator = if names.is_empty() { "" } else { ", " };
                    if !names.is_empty() && names.chars().count() + name.chars().count() > MAX_NAME
                    {
                        return names + MORE;
                    }
                    names += separator;
                    names += &name;
                }
                names
            }
            RowChange::Looks(looks) => {
                format!("{} of {}", looks.name(), count(looks.cells, "cell"))
            }
            RowChange::Invisible(text) => {
                let text = quote(text.as_bytes(), EXCERPT);
                format!("{text} with other invisible characters")
            }
        }
    }
}

/// What became of some bytes.
pub(super) fn became(old: &[u8], new: &[u8]) -> String {
    match (old, new) {
        (old, []) => format!("{} is gone", quote(old, EXCERPT)),
        ([], new) => format!("{} is new", quote(new, EXCERPT)),
        _ => format!("{} became {}", quote(old, EXCERPT), quote(new, EXCERPT)),
    }
}
