//! What the command lines of the binaries share: a module of each of them, so that the library knows nothing of it.

use clap::{
    Parser,
    error::{ContextKind, ContextValue},
};
use std::io::{self, Write};
use stroboscope::text;

/// Parses the program's arguments; prints what is wrong with them, or the help, and exits if that is the end of it.
#[must_use]
pub fn parse<P: Parser>() -> P {
    P::try_parse().unwrap_or_else(|error| printable(error).exit())
}

/// Says on stderr what is wrong.
pub fn complain(program: &str, message: &str) {
    tell(&format!("{program}: {message}"));
}

/// Says something on stderr, if it can be said there; `eprintln!` would panic where it cannot.
pub fn tell(message: &str) {
    let _ = writeln!(io::stderr(), "{message}");
}

/// An error that shows what it was given without characters that have an effect or hide, which no terminal must receive.
fn printable(mut error: clap::Error) -> clap::Error {
    let given: Vec<(ContextKind, String)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, escaped(text))),
            _ => None,
        })
        .collect();
    for (kind, text) in given {
        error.insert(kind, ContextValue::String(text));
    }
    error
}

/// A text with escapes for the characters that a transcript does not show as themselves.
fn escaped(text: &str) -> String {
    let escape = |character: char| match character {
        '"' | '\\' => character.to_string(),
        _ => text::escape(character.encode_utf8(&mut [0; 4]).as_bytes(), usize::MAX),
    };
    text.chars().map(escape).collect()
}
