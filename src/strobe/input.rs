//! Reads recordings from files: transcripts, snapshots that hold one, and asciicasts, told apart by content.

use std::{
    error::Error,
    fs,
    io::{Read, stdin},
    path::Path,
};
use stroboscope::{recording::Recording, text, transcript, view::asciicast};

/// A file's name as messages show it.
pub fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        text::escape(path.as_os_str().as_encoded_bytes(), 4096)
    }
}

/// The text of a file, or of standard input for `-`.
pub fn text(path: &Path) -> Result<String, Box<dyn Error>> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        stdin().read_to_end(&mut bytes).map(drop)
    } else {
        fs::read(path).map(|read| bytes = read)
    };
    read.map_err(|error| format!("{}: {error}", name(path)))?;
    String::from_utf8(bytes).map_err(|_| format!("{}: it is not text in UTF-8", name(path)).into())
}

/// Whether a text is meant to be a recording, of whatever notation.
pub fn is_recording(text: &str) -> bool {
    let (_, body) = transcript::split_front_matter(text);
    body.starts_with("transcript:") || asciicast::is_asciicast(text)
}

/// The recording that a text holds; `path` is what an error names.
pub fn parse(text: &str, path: &Path) -> Result<Recording, Box<dyn Error>> {
    if asciicast::is_asciicast(text) {
        asciicast::parse(text, transcript::DEFAULT_LIMIT)
            .map_err(|error| format!("{}: {error}", name(path)).into())
    } else {
        text.parse()
            .map_err(|error| format!("{}: {error}", name(path)).into())
    }
}

/// The recording that a file holds.
pub fn recording(path: &Path) -> Result<Recording, Box<dyn Error>> {
    parse(&text(path)?, path)
}
