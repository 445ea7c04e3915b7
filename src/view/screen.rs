//! The visible terminal screen: what a [terminal](crate::terminal) shows at an instant or at the end of a recording.
//!
//! ```
//! # use stroboscope::{recording::Recording, view::screen::screen};
//! let recording: Recording = "transcript: 1\nchannel: pty 80x24 dumb\n\n\
//!     0.000 \"| thinking!\"\n0.100 \"\\b\"*11 \"/ thinking!\"\n@0.100 exit 0\n".parse()?;
//! assert_eq!(screen(&recording).to_string(), "/ thinking!\n");
//! # Ok::<(), stroboscope::transcript::TranscriptError>(())
//! ```
//!
//! A pipe is shown on a terminal of 80x24: stdout and stderr in the order in which they came, and `\n` as `\r\n`,
//! because no line discipline has done that.
//!
//! What is concealed is blank here, too, and nothing of it is kept. While a program synchronizes its output, the screen
//! stays as it was; at the recording's end everything is shown.

use crate::recording::Recording;
use std::{fmt, sync::Arc, time::Duration};

pub(crate) use emulator::Emulator;
pub(crate) use row::prints;
pub(crate) use still::Words;
pub use {
    crate::terminal::{Color, MAX_COLUMNS, MAX_ROWS, MIN_COLUMNS, Style, Underline},
    cursor::{CursorForm, DrawnCursor},
    row::{Cell, Row},
    still::{Player, Still, still, still_at},
};

mod cursor;
mod emulator;
mod row;
mod still;

/// A visible screen; `Display` writes its rows as lines, up to the last one that is not blank, inert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    size: (u16, u16),
    /// Up to the last row that is not blank; rows that earlier or later screens have, too, are shared.
    rows: Vec<Arc<Row>>,
}

/// Returns the final screen of a recording.
#[must_use]
pub fn screen(recording: &Recording) -> Screen {
    at(recording, Duration::MAX)
}

/// Returns the screen at an instant since the start, after everything that happened up to and at that instant.
#[must_use]
pub fn at(recording: &Recording, instant: Duration) -> Screen {
    Emulator::played(recording, instant).screen()
}

/// Returns what the terminal does not know of what came up to an instant, as a manual writes it, and how often it came:
/// (`CSI ? 1234 h`, 2). A screen may be wrong for the want of it.
#[must_use]
pub fn unknown(recording: &Recording, instant: Duration) -> Vec<(String, u64)> {
    let emulator = Emulator::played(recording, instant);
    let unknown = emulator.terminal().unknown();
    unknown
        .map(|(name, count)| (name.to_owned(), count))
        .collect()
}

impl Screen {
    /// Its size (columns, rows), within [`MAX_COLUMNS`] and [`MAX_ROWS`].
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// Its rows from the top, up to the last one that is not blank.
    #[must_use]
    pub fn rows(&self) -> &[Arc<Row>] {
        &self.rows
    }

    /// Draws a cursor as a block.
    pub(super) fn draw(&mut self, cursor: DrawnCursor) {
        let blank = || Arc::new(Row::default());
        if self.rows.len() <= cursor.row {
            self.rows.resize_with(cursor.row + 1, blank);
        }
        let row = &mut self.rows[cursor.row];
        *row = Arc::new(cursor.drawn_on(row));
    }
}

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}
