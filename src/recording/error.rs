//! Why a header and events are no recording.

/// What can be typed as a text.
pub(crate) const TYPABLE: &str = "a text has at least one character, and of control characters only \\n and \\t; `press` has the other keys, `send` any byte";

/// What can be the name of something that is not kept.
const NAME: &str = "a name has letters, digits, `_` and `-`, and begins with a letter";

/// Why a header and events are no recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// There is no end.
    #[error("the recording has no end (`exit`, `killed` or `stopped`): it was cut short")]
    CutShort,
    /// An event follows the end. The index counts from 0, the message from 1.
    #[error("event {} comes after the end", .0 + 1)]
    AfterEnd(usize),
    /// An event lies before the one above it. The index counts from 0, the message from 1.
    #[error("event {} is earlier than the event before it", .0 + 1)]
    Decreasing(usize),
    /// An output, stderr or trigger holds no bytes. The index counts from 0, the message from 1.
    #[error("event {} has no bytes", .0 + 1)]
    Empty(usize),
    /// The channel cannot have such an event. The index counts from 0, the message from 1.
    #[error(
        "event {} cannot happen on this channel (`stderr` belongs to a pipe; a screen, keys and `resize` to a pty)",
        .0 + 1
    )]
    Channel(usize),
    /// Something waited that was not done to the program. The index counts from 0, the message from 1.
    #[error("event {} cannot wait for anything", .0 + 1)]
    Wait(usize),
    /// What is masked is not in order, or not of a write. The index counts from 0, the message from 1.
    #[error("event {} has a mask that is not in the bytes of a write", .0 + 1)]
    Masked(usize),
    /// A text that was typed or pasted is empty, or has a control character. The index counts from 0, the message from 1.
    #[error("event {} types what no key types: {TYPABLE}", .0 + 1)]
    Typed(usize),
    /// A text of the header cannot stand in one line.
    #[error("the header's `{0}` is not one line of printable text without blanks at its ends")]
    Text(&'static str),
    /// A secret has no name that can stand in a transcript. The index counts from 0, the message from 1.
    #[error("event {} sends a secret without a name: {NAME}", .0 + 1)]
    SecretName(usize),
    /// A value of the header cannot be written, such as a paused clock's grain below a millisecond.
    #[error("the header's `{0}` is out of range")]
    Range(&'static str),
    /// The header names a variable of the environment that cannot be one.
    #[error("`{0}` is no name for a variable of the environment")]
    Variable(String),
}
