//! What a notebook keeps of a text stream: backspaces and carriage returns are folded before anything is stored.
//!
//! A notebook never shows a turning spinner to its later readers. The frontend folds each message onto the text that it
//! has, and saving stores that text; an export only copies it. There are two rules, and they differ: of `abc` and three
//! backspaces one keeps `ab`, the other nothing.
//!
//! ```
//! use stroboscope::view::notebook::{Notebook, Rule, fold};
//!
//! assert_eq!(fold(Rule::Rx, "abc\x08\x08\x08"), "ab");
//! assert_eq!(fold(Rule::Lab, "abc\x08\x08\x08"), "");
//!
//! let mut notebook = Notebook::new(Rule::Rx);
//! for message in ["abc\x08", "\x08\x08"] {
//!     notebook.push(message);
//! }
//! assert_eq!(notebook.text(), "");
//! ```
//!
//! Both rules count in UTF-16 code units, as their sources do. So a backspace may leave half of a character; in the
//! returned text each half is U+FFFD.

mod lab;
mod rx;

use super::utf8::Decoder;
use crate::{recording::Recording, text};
use lab::Lab;
use rx::Rx;

const BACKSPACE: u16 = 0x08;
const FEED: u16 = 0x0a;
const RETURN: u16 = 0x0d;

/// The prefix of each line of a stream in a markdown export.
const INDENT: &str = "    ";

/// The rule by which a notebook folds a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Folds by regular expressions: the classic notebook since 4.3, `JupyterLab` 1.0 to 4.2, VS Code.
    ///
    /// It comes from `fixOverwrittenChars` in `utils.js` of jupyter/notebook, which the others copied. What only one of
    /// them does is omitted: the classic notebook starts a new output above 8192 characters, and in VS Code a message
    /// that begins with `\e[A` deletes the last line of the previous one.
    Rx,
    /// Folds with a cursor: `JupyterLab` since 4.3, in the version of 4.3.8 and later.
    ///
    /// It comes from `processText` in `packages/outputarea/src/model.ts` of jupyterlab/jupyterlab. 4.3.0 to 4.3.7
    /// differ if a stream comes in several messages.
    Lab,
}

/// Returns what a notebook keeps of a stream that arrives as one message.
#[must_use]
pub fn fold(rule: Rule, text: &str) -> String {
    let mut notebook = Notebook::new(rule);
    notebook.push(text);
    notebook.text()
}

/// Returns what a notebook keeps of a recording's output, inert: each write is one message.
///
/// A character that was cut in two comes with the later message; bytes that are no UTF-8 are U+FFFD. A control character
/// that is kept stands as its picture, such as `␛`, and what else hides as U+FFFD; for the exact text there is
/// [`Notebook`].
///
/// ```
/// # use stroboscope::{recording::Recording, view::notebook::{Rule, notebook}};
/// let recording: Recording = "transcript: 1\nchannel: pipe\n\n\
///     0.000 \"\\e[1mabc\"\n0.000 \"\\b\"*3 \"\\n\"\n@0.000 exit 0\n".parse()?;
/// assert_eq!(notebook(&recording, Rule::Rx), "␛[1mab\n");
/// # Ok::<(), stroboscope::transcript::TranscriptError>(())
/// ```
#[must_use]
pub fn notebook(recording: &Recording, rule: Rule) -> String {
    let mut notebook = Notebook::new(rule);
    let mut decoder = Decoder::default();
    for (_, bytes) in recording.writes() {
        notebook.push(&decoder.decode(bytes));
    }
    notebook.push(&decoder.finish());
    inert(&notebook.text())
}

/// The text with a visible character in place of each one that is invisible or has an effect.
fn inert(text: &str) -> String {
    let mut shown = false;
    let picture = |character: char| {
        shown = character != '\n' && text::shows(character, shown);
        match character {
            _ if shown => character,
            '\n' => character,
            '\0'..' ' => {
                char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            '\x7f' => '␡',
            _ => char::REPLACEMENT_CHARACTER,
        }
    };
    text.chars().map(picture).collect()
}

/// What a notebook keeps of one stream, message by message.
///
/// By [`Rule::Rx`] a later message is folded together with the text kept so far, so a run of backspaces that is split
/// may fold differently; by [`Rule::Lab`] only the text matters, not where it is split.
#[derive(Clone, Debug)]
pub struct Notebook {
    kept: Kept,
}

/// The state needed to fold the next message.
#[derive(Clone, Debug)]
enum Kept {
    Rx(Rx),
    Lab(Lab),
}

impl Notebook {
    /// Starts with nothing kept.
    #[must_use]
    pub fn new(rule: Rule) -> Self {
        let kept = match rule {
            Rule::Rx => Kept::Rx(Rx::default()),
            Rule::Lab => Kept::Lab(Lab::default()),
        };
        Self { kept }
    }

    /// Folds the next message onto what is kept.
    pub fn push(&mut self, message: &str) {
        match &mut self.kept {
            Kept::Rx(rx) => rx.push(message),
            Kept::Lab(lab) => lab.push(message),
        }
    }

    /// Returns what is kept, with half characters as U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        let units = match &self.kept {
            Kept::Rx(rx) => rx.units(),
            Kept::Lab(lab) => lab.units(),
        };
        String::from_utf16_lossy(&units)
    }
}

/// Returns a folded stream as the code block of a notebook's markdown: each line, and the empty one after a final `\n`,
/// indented by four spaces.
///
/// So a text that ends with `\n` is followed by a line of exactly four spaces. This is nbconvert's markdown on Windows:
/// elsewhere its filter `indent` removes those four spaces again, as it compares with the platform's line end.
#[must_use]
pub fn markdown_block(folded: &str) -> String {
    folded
        .split('\n')
        .flat_map(|line| [INDENT, line, "\n"])
        .collect()
}
