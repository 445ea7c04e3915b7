//! The visible terminal screen: the state of an emulator at an instant or at the end of a recording.
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

use super::utf8::Decoder;
use crate::recording::{Channel, Event, EventKind, Recording};
use guard::Guard;
use std::{fmt, num::NonZeroU16, sync::Arc, time::Duration};

pub use row::{Cell, Color, Row, Style};

mod guard;
mod row;

/// The most columns that a screen has, whatever the recording says.
pub const MAX_COLUMNS: u16 = 1000;
/// The most rows that a screen has, whatever the recording says.
pub const MAX_ROWS: u16 = 250;
/// The fewest columns that a screen has: space for one wide character.
pub const MIN_COLUMNS: u16 = 2;
/// The columns and rows of a terminal of unknown size.
const UNKNOWN: (u16, u16) = (80, 24);

/// The variation selector that turns the previous character into an emoji, two columns wide (VS16).
const WIDENER: &str = "\u{fe0f}";
/// The byte that cancels a control sequence, CAN.
const CANCEL: u8 = 0x18;

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
    let mut emulator = Emulator::new(recording);
    let events = recording.events();
    for event in events.iter().take_while(|event| event.at <= instant) {
        emulator.take(event);
    }
    emulator.screen(None)
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
}

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))
    }
}

/// A terminal on which a recording is played.
pub(super) struct Emulator {
    terminal: vt100::Parser,
    /// The emulator needs whole characters: it would repeat a mark that was split (vte 0.15).
    decoder: Decoder,
    guard: Guard,
    /// Whether a line discipline has turned `\n` into `\r\n`.
    cooked: bool,
    columns: u16,
    cells: u64,
}

impl Emulator {
    /// The terminal before the first event.
    pub(super) fn new(recording: &Recording) -> Emulator {
        let size = match recording.header().channel {
            Channel::Pty { columns, rows, .. } => size(columns, rows),
            Channel::Pipe => size(0, 0),
        };
        // Rows that scrolled away are needed if the screen may grow.
        let is_resize = |event: &Event| matches!(event.kind, EventKind::Resize { .. });
        let kept = if recording.events().iter().any(is_resize) {
            MAX_ROWS.into()
        } else {
            0
        };
        Emulator {
            terminal: vt100::Parser::new(size.1, size.0, kept),
            decoder: Decoder::default(),
            guard: Guard::new(),
            cooked: recording.header().channel != Channel::Pipe,
            columns: size.0.get(),
            cells: cells(size),
        }
    }

    /// Processes the next event.
    pub(super) fn take(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Output(bytes) | EventKind::Stderr(bytes) => self.feed(bytes),
            EventKind::Resize { columns, rows } => {
                let size = size(*columns, *rows);
                self.terminal.set_size(size.1, size.0);
                self.columns = size.0.get();
                self.cells = cells(size);
            }
            _ => {}
        }
    }

    /// Feeds bytes in stretches, interrupted where the emulator needs other bytes.
    fn feed(&mut self, bytes: &[u8]) {
        let text = self.decoder.decode(bytes);
        let bytes = text.as_bytes();
        let mut start = 0;
        for (index, byte) in bytes.iter().copied().enumerate() {
            if bytes[index..].starts_with(WIDENER.as_bytes()) {
                self.terminal.process(&bytes[start..index]);
                start = index;
                if self.terminal.screen().cursor_position().1 >= self.columns {
                    // A character in the last column cannot be widened (vt100 0.18 would leave half of it).
                    start += WIDENER.len();
                }
            }
            let allowed = self.guard.allows(byte, self.cells);
            if allowed && byte != b'\x08' && (byte != b'\n' || self.cooked) {
                continue;
            }
            self.terminal.process(&bytes[start..index]);
            start = index;
            if !allowed {
                self.terminal.process(&[CANCEL]);
                start = index + 1;
            } else if byte == b'\n' {
                self.terminal.process(b"\r");
            } else if self.terminal.screen().cursor_position().1 >= self.columns {
                // After the last column the cursor stays on it, as in xterm; vt100 counts one column more.
                self.terminal.process(b"\x08");
            }
        }
        self.terminal.process(&bytes[start..]);
    }

    /// The visible screen; rows that are equal in `before` are shared with it.
    pub(super) fn screen(&self, before: Option<&Screen>) -> Screen {
        let terminal = self.terminal.screen();
        let (height, width) = terminal.size();
        let mut scratch = Row::default();
        let mut rows: Vec<Arc<Row>> = Vec::new();
        let mut blank = None;
        for row in 0..height.get() {
            scratch.clear();
            let cells = (0..width.get()).filter_map(|column| terminal.cell(row, column));
            for cell in cells.filter(|cell| !cell.is_wide_continuation()) {
                scratch.push(cell.contents(), cell.is_wide(), style(cell));
            }
            scratch.trim();
            let same = before.and_then(|before| before.rows.get(usize::from(row)));
            rows.push(match same {
                Some(same) if **same == scratch => Arc::clone(same),
                _ if scratch.is_blank() => Arc::clone(blank.get_or_insert_default()),
                _ => Arc::new(scratch.clone()),
            });
        }
        let used = rows
            .iter()
            .rposition(|row| !row.is_blank())
            .map_or(0, |last| last + 1);
        rows.truncate(used);
        Screen {
            size: (width.get(), height.get()),
            rows,
        }
    }
}

/// The size (columns, rows) of the emulated terminal.
fn size(columns: u16, rows: u16) -> (NonZeroU16, NonZeroU16) {
    let columns = NonZeroU16::new(columns).map_or(UNKNOWN.0, NonZeroU16::get);
    let rows = NonZeroU16::new(rows).map_or(UNKNOWN.1, NonZeroU16::get);
    let within = |value: u16, least, most| {
        NonZeroU16::new(value.clamp(least, most)).unwrap_or(NonZeroU16::MIN)
    };
    (
        within(columns, MIN_COLUMNS, MAX_COLUMNS),
        within(rows, 1, MAX_ROWS),
    )
}

fn cells((columns, rows): (NonZeroU16, NonZeroU16)) -> u64 {
    u64::from(columns.get()) * u64::from(rows.get())
}

fn style(cell: &vt100::Cell) -> Style {
    let color = |color| match color {
        vt100::Color::Default => Color::Default,
        vt100::Color::Idx(number) => Color::Indexed(number),
        vt100::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    };
    Style {
        foreground: color(cell.fgcolor()),
        background: color(cell.bgcolor()),
        bold: cell.bold(),
        dim: cell.dim(),
        italic: cell.italic(),
        underline: cell.underline(),
        inverse: cell.inverse(),
    }
}
