//! Kinds of things that differ from run to run, each with its regular expression.

use super::Mask;

/// A kind of thing that often differs from run to run.
///
/// ```
/// use stroboscope::recording::MaskKind;
///
/// let uuid = MaskKind::named("uuid").unwrap().mask();
/// assert_eq!(uuid.name(), "uuid");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MaskKind {
    /// Its name.
    pub name: &'static str,
    /// What it looks like.
    pub expression: &'static str,
    /// An example of it.
    pub example: &'static str,
}

impl MaskKind {
    /// All of them. What several match is masked by the first.
    pub const ALL: [MaskKind; 9] = [
        MaskKind {
            name: "pid",
            expression: r"\[(\d+)\]|\b(?:pid|PID|process)[ :=#]+(\d+)",
            example: "[4711], pid 4711",
        },
        MaskKind {
            name: "path",
            expression: r#"(?:^|[^\w/.])((?:/[^\s/"'`<>|:;,()\[\]{}]+)+/?)"#,
            example: "/tmp/tmp.Xy12",
        },
        MaskKind {
            name: "uuid",
            expression: r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b",
            example: "123e4567-e89b-12d3-a456-426614174000",
        },
        MaskKind {
            name: "date",
            expression: r"\b(\d{4}[-/]\d{2}[-/]\d{2})|\b((?:[A-Z][a-z]{2},? )?(?:\d\d? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]?\d\b))(?:(?: \d\d:\d\d:\d\d(?: [A-Z]{2,4})?)? (\d{4})\b)?",
            example: "2026-11-26, Thu Nov 26",
        },
        MaskKind {
            name: "time",
            expression: r"(?:\b|\dT)(\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?)",
            example: "23:22:37.5",
        },
        MaskKind {
            name: "duration",
            expression: r"\b\d+(?:\.\d+)? ?(?:[nuµm]?s|m|h|d|sec|seconds?|min|minutes?|hours?|days?)\b",
            example: "1.5s, 20 ms",
        },
        MaskKind {
            name: "version",
            expression: r"\bv\d+(?:\.\d+)+(?:[-+][\w.+-]*\w)?|\b\d+\.\d+\.\d+(?:[-+][\w.+-]*\w)?",
            example: "v1.2, 1.2.3-rc.1",
        },
        MaskKind {
            name: "hex",
            expression: r"\b0x[0-9a-fA-F]+\b|\b[0-9a-f]{7,64}\b",
            example: "0x7ffd, 39634d1",
        },
        MaskKind {
            name: "number",
            expression: r"\d+(?:\.\d+)?",
            example: "42, 0.5",
        },
    ];

    /// The kind by this name.
    #[must_use]
    pub fn named(name: &str) -> Option<MaskKind> {
        MaskKind::ALL.into_iter().find(|kind| kind.name == name)
    }

    /// Its mask.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn mask(self) -> Mask {
        Mask::new(self.name, self.expression).expect("every kind is a mask")
    }
}

/// Their names, for an error.
pub(super) fn names() -> String {
    MaskKind::ALL.map(|kind| kind.name).join(", ")
}
