//! What the book's programs write, built from their description and not from ours.

use sha2::{Digest, Sha256};

/// The header line of CPython 3.10 and later for the thread.
pub const THREAD: &str = "spinner object: <Thread(Thread-1 (spin), initial)>";
/// The header line of CPython 3.9 and later for the task of a script `spinner.py`.
pub const TASK: &str =
    "spinner object: <Task pending name='Task-2' coro=<spin() running at spinner.py:6>>";

/// The whole stream: header line, `frames` frames, erase, answer.
pub fn stream(header: &str, message: &str, frames: usize) -> Vec<u8> {
    [
        unanswered(header, message, frames),
        b"Answer: 42\n".to_vec(),
    ]
    .concat()
}

/// The stream of an interrupted run, up to the erase.
pub fn unanswered(header: &str, message: &str, frames: usize) -> Vec<u8> {
    let width = 2 + message.len();
    let mut stream = format!("{header}\n");
    for glyph in "|/-\\".chars().cycle().take(frames) {
        stream += &format!("{glyph} {message}{}", "\x08".repeat(width));
    }
    stream += &" ".repeat(width);
    stream += &"\x08".repeat(width);
    stream.into_bytes()
}

/// What the terminal's line discipline makes of output.
pub fn onlcr(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .flat_map(|byte| {
            if *byte == b'\n' {
                b"\r\n".to_vec()
            } else {
                vec![*byte]
            }
        })
        .collect()
}

/// How many frames a stream holds: glyphs in front of a blank, a message and nothing else.
pub fn frames(stream: &[u8], message: &str) -> usize {
    let text = str::from_utf8(stream).unwrap();
    ["|", "/", "-", "\\"]
        .iter()
        .map(|glyph| text.matches(&format!("{glyph} {message}")).count())
        .sum()
}

/// The digest by which a stream is known.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
