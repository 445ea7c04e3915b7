//! The status: a glyph, a space and the message, in the columns of a terminal.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The text of a frame, and what erases it. It counts display columns, where the book counts characters.
pub struct Status {
    text: String,
    columns: usize,
}

impl Status {
    /// The status of one frame, cut to one column less than `columns` if it is wider; `None` does not cut it.
    pub fn new(glyph: char, message: &str, terminal: Option<u16>) -> Status {
        let mut text = format!("{glyph} {message}");
        if let Some(terminal) = terminal
            .map(usize::from)
            .filter(|terminal| *terminal < text.width())
        {
            text.truncate(fitting(&text, terminal - 1));
        }
        Status {
            columns: text.width(),
            text,
        }
    }

    /// The text that is drawn.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Moves the cursor back to where the status begins.
    pub fn backspaces(&self) -> String {
        "\x08".repeat(self.columns)
    }

    /// Erases the status and moves the cursor back.
    pub fn erase(&self) -> String {
        " ".repeat(self.columns) + &self.backspaces()
    }
}

/// How many bytes of whole characters fit into `columns`.
fn fitting(text: &str, columns: usize) -> usize {
    let mut taken = 0;
    // Character by character: measuring the whole prefix each time would cost the square of the length.
    let ends = text.grapheme_indices(true).map_while(|(start, character)| {
        taken += character.width();
        (taken <= columns).then_some(start + character.len())
    });
    ends.last().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[track_caller]
    fn status(message: &str, terminal: Option<u16>, text: &str, columns: usize) {
        let status = Status::new('|', message, terminal);
        assert_eq!((status.text(), status.backspaces().len()), (text, columns));
        assert_eq!(
            status.erase(),
            " ".repeat(columns) + &"\x08".repeat(columns)
        );
    }

    #[test]
    fn display_columns_are_counted_instead_of_characters() {
        status("thinking!", None, "| thinking!", 11);
        status("", None, "| ", 2);
        status("思考中", None, "| 思考中", 8);
        status("e\u{301}", None, "| e\u{301}", 3);
    }

    #[test]
    fn a_status_is_cut_only_if_the_terminal_is_narrower() {
        status("thinking!", Some(80), "| thinking!", 11);
        status("thinking!", Some(11), "| thinking!", 11);
        status("thinking!", Some(10), "| thinkin", 9);
    }

    #[test]
    fn only_whole_characters_are_kept() {
        status("思考中", Some(7), "| 思考", 6);
        status("思考中", Some(6), "| 思", 4);
        status("e\u{301}e\u{301}", Some(3), "| ", 2);
        status("👩‍💻x", Some(4), "| ", 2);
        status("thinking!", Some(2), "|", 1);
        status("thinking!", Some(1), "", 0);
    }

    #[test]
    fn a_long_message_without_width_is_cut_at_once() {
        let hidden = "\u{200b}".repeat(200_000);
        let text = format!("| {hidden}xx");
        let started = std::time::Instant::now();
        status(&format!("{hidden}xxxx"), Some(5), &text, 4);
        // A moment; with a quadratic algorithm it would be a minute.
        assert!(started.elapsed().as_secs() < 5);
    }
}
