//! Masks: which parts of what a program writes are not kept.
//!
//! A mask has a name and a regular expression. What the expression matches in the output is replaced by the name when a
//! run is recorded, and the columns that it took are kept, so that nothing after it moves.

use super::wait::with_slashes;
use crate::text;
use regex_lite::{Regex, RegexBuilder};
use std::{fmt, ops::Range, str::FromStr};

pub(crate) use events::{mask_events, mask_text, masked_names};
pub use kinds::MaskKind;
pub(crate) use masking::mask;
pub(crate) use names::by_name;
pub(crate) use secret::Secret;
pub use span::Masked;
pub(crate) use span::Written;

mod events;
mod kinds;
mod masking;
mod names;
mod secret;
mod span;
mod stream;

/// What is not kept of a program's output: a name, and a regular expression that finds it.
///
/// If the expression has groups, `(…)` or `(?<name>…)`, what the groups match is masked and the rest is kept; a group with
/// a name masks by that name. Otherwise the whole match is masked. `^` and `$` stand for the ends of a line.
///
/// ```
/// use stroboscope::{Session, recording::Mask};
///
/// let pid = Mask::new("pid", r"\[(\d+)\]")?;
/// let recording = Session::new("sh").args(["-c", "echo \"[$$] ready\""]).mask(pid).run()?;
/// assert!(recording.to_string().contains(r#""[" <pid"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// `Display` is what a header says of it, `pid /\[(\d+)\]/`, and `FromStr` reads that, the form of the command line
/// (`pid=/\[(\d+)\]/`), and the name of a [kind](MaskKind).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mask {
    name: String,
    /// Every slash in it stands without a backslash.
    expression: String,
    by_width: bool,
}

/// Why something is no mask.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MaskError {
    /// It is neither a name with an expression nor a kind.
    #[error("`{0}` is no mask: write NAME=/REGEX/, or one of {kinds}", kinds = kinds::names())]
    Form(String),
    /// The name cannot stand in a transcript.
    #[error(
        "`{0}` is no name of a mask: it has letters, digits, `_` and `-`, and begins with a letter"
    )]
    Name(String),
    /// The expression cannot stand in one line.
    #[error("the mask `{0}` is not one line of printable text: write the rest as `\\x{{…}}`")]
    Unprintable(String),
    /// The regular expression is invalid.
    #[error("the mask `{name}`: {reason}, at character {at} of /{expression}/", at = at + 1)]
    Regex {
        /// The mask.
        name: String,
        /// What is wrong.
        reason: String,
        /// The expression.
        expression: String,
        /// Where: in scalars from its start.
        at: usize,
    },
    /// It matches nothing at all, everywhere.
    #[error("the mask `{0}` also matches where there is nothing: use `+` for `*`")]
    Empty(String),
}

impl Mask {
    /// A mask by this name for what a regular expression matches.
    ///
    /// # Errors
    /// A [`MaskError`] if the name or the expression cannot be used, or the expression matches the empty text.
    pub fn new(name: &str, expression: &str) -> Result<Mask, MaskError> {
        if !is_name(name) {
            return Err(MaskError::Name(text::escape(name.as_bytes(), 40)));
        }
        if !text::is_line(&format!("/{expression}/")) {
            return Err(MaskError::Unprintable(name.to_owned()));
        }
        let mask = Mask {
            name: name.to_owned(),
            expression: with_slashes(expression, "/"),
            by_width: false,
        };
        let regex = compile(&mask.expression).map_err(|reason| MaskError::Regex {
            name: name.to_owned(),
            at: place(&mask.expression),
            reason,
            expression: mask.expression.clone(),
        })?;
        if let Some(group) = regex.capture_names().flatten().find(|name| !is_name(name)) {
            return Err(MaskError::Name(text::escape(group.as_bytes(), 40)));
        }
        let matches_nothing = |text| regex.find_iter(text).any(|found| found.is_empty());
        if ["", "a b\r\n1."].into_iter().any(matches_nothing) {
            return Err(MaskError::Empty(name.to_owned()));
        }
        Ok(mask)
    }

    /// The same; that something is as wide as before is compared, too.
    #[must_use]
    pub fn by_width(mut self) -> Mask {
        self.by_width = true;
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its regular expression, in which a slash needs no backslash.
    #[must_use]
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Whether a comparison looks at how wide something was.
    #[must_use]
    pub fn is_by_width(&self) -> bool {
        self.by_width
    }

    /// Every name that it masks by: its own, and those of its groups.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let regex = self.regex();
        let groups = regex.capture_names().flatten().map(str::to_owned);
        [self.name.clone()].into_iter().chain(groups).collect()
    }

    /// The parts of a text that it masks.
    pub(crate) fn parts(&self, text: &str) -> Vec<Range<usize>> {
        let regex = self.regex();
        let first = usize::from(regex.captures_len() > 1);
        let found = regex.captures_iter(text);
        let parts = found.flat_map(|found| {
            let groups = (first..found.len()).filter_map(|group| found.get(group));
            groups.map(|group| group.range()).collect::<Vec<_>>()
        });
        parts.collect()
    }

    fn regex(&self) -> Regex {
        compile(&self.expression).expect("the constructor has compiled it")
    }
}

/// Writes it as in a header.
impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expression = with_slashes(&self.expression, "\\/");
        write!(f, "{} /{expression}/", self.name)?;
        f.write_str(if self.by_width { " width" } else { "" })
    }
}

impl FromStr for Mask {
    type Err = MaskError;

    fn from_str(text: &str) -> Result<Mask, MaskError> {
        let (rest, by_width) = match text.strip_suffix(" width") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let form = || MaskError::Form(text::escape(text.as_bytes(), 80));
        let mask = match rest.find(['=', ' ']) {
            None => MaskKind::named(rest).ok_or_else(form)?.mask(),
            Some(end) => {
                let expression = rest[end + 1..].strip_prefix('/');
                let expression = expression.and_then(|rest| rest.strip_suffix('/'));
                Mask::new(&rest[..end], expression.ok_or_else(form)?)?
            }
        };
        Ok(Mask { by_width, ..mask })
    }
}

/// Whether a mask may have this name.
pub(crate) fn is_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.bytes().all(is_part)
}

/// A line ends in `\n`, in `\r\n` on a terminal, or in the `\r` of a line that is drawn again.
fn compile(expression: &str) -> Result<Regex, String> {
    let mut builder = RegexBuilder::new(expression);
    let regex = builder.multi_line(true).crlf(true).build();
    regex.map_err(|error| error.to_string())
}

/// Where an expression goes wrong: behind its longest head that is an expression.
fn place(expression: &str) -> usize {
    let ends = expression.char_indices().map(|(at, _)| at);
    let heads: Vec<&str> = ends.map(|end| &expression[..end]).collect();
    let valid = heads.iter().rposition(|head| compile(head).is_ok());
    valid.unwrap_or(0)
}

#[cfg(test)]
mod tests;
