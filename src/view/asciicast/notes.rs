//! What the header of an asciicast says for players alone: it is kept as notes, and written back from them.

use serde_json::{Map, Value};

/// The note if there is no exit status.
pub(super) const NO_STATUS: &str = "the asciicast does not say how the run ended";

const THEME: &str = "the asciicast's theme: ";
const IDLE_LIMIT: &str = "the asciicast's idle limit: ";
/// The parts of a theme.
const PARTS: [&str; 3] = ["fg", "bg", "palette"];

/// The note of a theme, if it is one.
pub(super) fn of_theme(theme: Option<&Value>) -> Option<String> {
    let theme = theme?.as_object()?;
    let part = |name: &str| Some(format!("{name} {}", colors(theme, name)?));
    let parts: Vec<String> = PARTS.iter().filter_map(|name| part(name)).collect();
    (!parts.is_empty()).then(|| format!("{THEME}{}", parts.join(", ")))
}

/// The note of an idle limit (seconds), if it is one.
pub(super) fn of_idle_limit(limit: Option<&Value>) -> Option<String> {
    let Value::Number(limit) = limit? else {
        return None;
    };
    Some(format!("{IDLE_LIMIT}{limit} s"))
}

/// Colors in hexadecimal, with colons between them.
fn colors<'a>(theme: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let colors = theme.get(name)?.as_str()?;
    is_colors(colors).then_some(colors)
}

fn is_colors(text: &str) -> bool {
    let is_of_color = |byte: u8| byte.is_ascii_hexdigit() || b"#:".contains(&byte);
    !text.is_empty() && text.bytes().all(is_of_color)
}

/// The theme in JSON that a note is of.
pub(super) fn theme(notes: &[String]) -> Option<String> {
    let note = notes.iter().find_map(|note| note.strip_prefix(THEME))?;
    let mut parts = Vec::new();
    for part in note.split(", ") {
        let (name, colors) = part.split_once(' ')?;
        if !PARTS.contains(&name) || !is_colors(colors) {
            return None;
        }
        parts.push(format!(r#""{name}":"{colors}""#));
    }
    Some(format!("{{{}}}", parts.join(",")))
}

/// The idle limit in JSON that a note is of.
pub(super) fn idle_limit(notes: &[String]) -> Option<&str> {
    let mut notes = notes.iter();
    let limit = notes.find_map(|note| note.strip_prefix(IDLE_LIMIT)?.strip_suffix(" s"))?;
    serde_json::from_str::<serde_json::Number>(limit)
        .is_ok()
        .then_some(limit)
}
