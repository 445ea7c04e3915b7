//! The recordings in `tests/transcripts`, each a test: its program is run again and must write the same.

fn main() {
    stroboscope::transcripts("tests/transcripts")
}
