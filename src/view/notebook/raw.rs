//! The rule of an export: a line begins after its last carriage return that something follows.

/// A text that is not folded until it is exported.
#[derive(Clone, Debug, Default)]
pub(super) struct Raw {
    text: String,
}

impl Raw {
    pub(super) fn push(&mut self, message: &str) {
        self.text.push_str(message);
    }

    pub(super) fn text(&self) -> String {
        self.text.split_inclusive('\n').map(shown).collect()
    }
}

/// What is left of a line.
fn shown(line: &str) -> &str {
    let content = line.strip_suffix('\n').unwrap_or(line);
    let followed = content.strip_suffix('\r').unwrap_or(content);
    followed.rfind('\r').map_or(line, |last| &line[last + 1..])
}
