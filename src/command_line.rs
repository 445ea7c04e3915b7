//! What the command lines of the binaries share: a module of each of them, so that the library knows nothing of it.

use clap::{
    Parser,
    error::{ContextKind, ContextValue},
};
use std::io::{self, Write};

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

/// An error that shows what it was given without control characters, which no terminal must receive.
fn printable(mut error: clap::Error) -> clap::Error {
    let given: Vec<(ContextKind, String)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) if text.contains(char::is_control) => {
                Some((kind, escaped(text)))
            }
            _ => None,
        })
        .collect();
    for (kind, text) in given {
        error.insert(kind, ContextValue::String(text));
    }
    error
}

/// A text with its control characters escaped.
fn escaped(text: &str) -> String {
    let escape = |character: char| {
        if character.is_control() {
            character.escape_default().to_string()
        } else {
            character.to_string()
        }
    };
    text.chars().map(escape).collect()
}
