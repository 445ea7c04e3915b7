//! What a notebook keeps of a text stream: backspaces and carriage returns are folded before anything is stored.
//!
//! A notebook never shows a turning spinner to its later readers. The frontend folds each message onto the text that it
//! has, and saving stores that text; an export only copies it. There are two rules for that, and they differ: of `abc` and
//! three backspaces one keeps `ab`, the other nothing. A third is that of `nbconvert`, where no frontend was involved.
//!
//! ```
//! use stroboscope::view::notebook::{Notebook, Rule, fold};
//!
//! assert_eq!(fold(Rule::Rx, "abc\x08\x08\x08")?, "ab");
//! assert_eq!(fold(Rule::Lab, "abc\x08\x08\x08")?, "");
//!
//! let mut notebook = Notebook::new(Rule::Rx);
//! for message in ["abc\x08", "\x08\x08"] {
//!     notebook.push(message)?;
//! }
//! assert_eq!(notebook.text(), "");
//! # Ok::<(), stroboscope::view::notebook::FoldError>(())
//! ```
//!
//! Both rules of frontends count in UTF-16 code units, as their sources do. So a backspace may leave half of a character; in the
//! returned text each half is U+FFFD.

mod lab;
mod raw;
mod rx;

use super::utf8::Decoder;
use crate::{
    recording::{EventKind, Recording},
    text,
};
use lab::Lab;
use raw::Raw;
pub use rx::FoldError;
use rx::{Rx, budget::Budget};

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
    /// What an export makes of a stream that no frontend has folded, as in a notebook that was executed from the command
    /// line: carriage returns drop what precedes them in their line, and backspaces are kept.
    ///
    /// It comes from the preprocessor `CoalesceStreamsPreprocessor` of nbconvert, 7.14 and later.
    NbConvert,
}

/// An output of a cell: what was written to one stream until something was written to the other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamOutput {
    /// The stream, `stdout` or `stderr`.
    pub name: &'static str,
    /// What is kept of it.
    pub text: String,
}

/// Returns what a notebook keeps of a stream that arrives as one message.
///
/// # Errors
/// By [`Rule::Rx`] it costs too much.
pub fn fold(rule: Rule, text: &str) -> Result<String, FoldError> {
    let mut notebook = Notebook::new(rule);
    notebook.push(text)?;
    Ok(notebook.text())
}

/// Returns what a notebook keeps of a recording, inert: the texts of its [outputs], each in lines of its own.
///
/// A control character that is kept stands as its picture, such as `␛`, and what else hides as U+FFFD; for the exact text
/// there are the outputs and [`Notebook`].
///
/// ```
/// # use stroboscope::{recording::Recording, view::notebook::{Rule, notebook}};
/// let recording: Recording = "transcript: 1\nchannel: pipe\n\n\
///     0.000 \"\\e[1mabc\"\n0.000 \"\\b\"*3 \"\\n\"\n@0.000 exit 0\n".parse()?;
/// assert_eq!(notebook(&recording, Rule::Rx)?, "␛[1mab\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// By [`Rule::Rx`] it costs too much.
pub fn notebook(recording: &Recording, rule: Rule) -> Result<String, FoldError> {
    let mut text = String::new();
    for output in outputs(recording, rule)? {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text += &output.text;
    }
    Ok(inert(&text))
}

/// Returns the outputs that a notebook keeps of a recording: each write is one message, and messages to one stream are one
/// output until the other stream has one.
///
/// A character that was cut in two comes with the later message; bytes that are no UTF-8 are U+FFFD.
///
/// # Errors
/// By [`Rule::Rx`] they cost too much, all together.
pub fn outputs(recording: &Recording, rule: Rule) -> Result<Vec<StreamOutput>, FoldError> {
    let writes = recording
        .events()
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Output(bytes) => Some(("stdout", bytes)),
            EventKind::Stderr(bytes) => Some(("stderr", bytes)),
            _ => None,
        });
    let writes: Vec<(&'static str, &Vec<u8>)> = writes.collect();
    let mut budget = Budget::default();
    let mut decoders = [Decoder::default(), Decoder::default()];
    let mut outputs = Vec::new();
    let mut left = writes.as_slice();
    for run in writes.chunk_by(|(name, _), (next, _)| name == next) {
        left = &left[run.len()..];
        let name = run[0].0;
        let decoder = &mut decoders[usize::from(name == "stderr")];
        let mut notebook = Notebook::new(rule);
        notebook.exchange(&mut budget);
        for (_, bytes) in run {
            notebook.push(&decoder.decode(bytes))?;
        }
        if !left.iter().any(|(other, _)| *other == name) {
            notebook.push(&decoder.finish())?;
        }
        notebook.exchange(&mut budget);
        outputs.push(StreamOutput {
            name,
            text: notebook.text(),
        });
    }
    Ok(outputs)
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
    Raw(Raw),
}

impl Notebook {
    /// Starts with nothing kept.
    #[must_use]
    pub fn new(rule: Rule) -> Self {
        let kept = match rule {
            Rule::Rx => Kept::Rx(Rx::default()),
            Rule::Lab => Kept::Lab(Lab::default()),
            Rule::NbConvert => Kept::Raw(Raw::default()),
        };
        Self { kept }
    }

    /// Exchanges its budget for another one, so that all outputs of a view share one.
    fn exchange(&mut self, budget: &mut Budget) {
        if let Kept::Rx(rx) = &mut self.kept {
            std::mem::swap(&mut rx.budget, budget);
        }
    }

    /// Folds the next message onto what is kept.
    ///
    /// # Errors
    /// By [`Rule::Rx`] the messages cost too much, and what is kept means nothing. The other rules have no errors.
    pub fn push(&mut self, message: &str) -> Result<(), FoldError> {
        match &mut self.kept {
            Kept::Rx(rx) => rx.push(message)?,
            Kept::Lab(lab) => lab.push(message),
            Kept::Raw(raw) => raw.push(message),
        }
        Ok(())
    }

    /// Returns what is kept, with half characters as U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.kept {
            Kept::Rx(rx) => rx.text(),
            Kept::Lab(lab) => String::from_utf16_lossy(&lab.units()),
            Kept::Raw(raw) => raw.text(),
        }
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
