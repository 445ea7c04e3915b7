//! Reads recordings from files: transcripts, snapshots that hold one, and asciicasts, told apart by content.
//!
//! Named pipes and devices are refused; standard input and what a shell puts in a file's place, `<(command)`, are not, and
//! no more of them is read than a transcript within the limit may be long.

use std::{
    error::Error,
    io::{BufRead, BufReader, Read, stdin},
    path::Path,
};
use stroboscope::{
    file,
    recording::{Event, Header, Recording},
    text,
    transcript::{self, Reader},
    view::asciicast,
};

/// How many times longer than what it decodes to a text may be.
const TEXT: u64 = 32;

/// A file's name as messages show it.
pub fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        text::escape(path.as_os_str().as_encoded_bytes(), 4096)
    }
}

/// What a file contains, or standard input for `-`.
fn open(path: &Path) -> Result<Box<dyn BufRead>, Box<dyn Error>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(stdin())));
    }
    let file = file::open(path).map_err(|error| format!("{}: {error}", name(path)))?;
    Ok(Box::new(BufReader::new(file)))
}

/// The text of a file, or of standard input for `-`, that decodes to at most `limit` bytes.
pub fn text(path: &Path, limit: usize) -> Result<String, Box<dyn Error>> {
    whole(open(path)?, path, limit)
}

fn whole(
    mut source: Box<dyn BufRead>,
    path: &Path,
    limit: usize,
) -> Result<String, Box<dyn Error>> {
    let most = (limit as u64).saturating_mul(TEXT);
    let mut bytes = Vec::new();
    let read = source.by_ref().take(most).read_to_end(&mut bytes);
    read.map_err(|error| format!("{}: {error}", name(path)))?;
    if bytes.len() as u64 == most {
        return Err(format!("{}: it is longer than {most} bytes", name(path)).into());
    }
    String::from_utf8(bytes).map_err(|_| format!("{}: it is not text in UTF-8", name(path)).into())
}

/// A recording whose events are read one after the other.
pub struct Events {
    /// What was run, and how.
    pub header: Header,
    events: Box<dyn Iterator<Item = Result<Event, Box<dyn Error>>>>,
}

impl Iterator for Events {
    type Item = Result<Event, Box<dyn Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.events.next()
    }
}

/// The events of a recording that decodes to at most `limit` bytes; long outputs come in several pieces.
pub fn events(path: &Path, limit: usize) -> Result<Events, Box<dyn Error>> {
    let mut source = open(path)?;
    let begun = source.fill_buf();
    let begun = begun.map_err(|error| format!("{}: {error}", name(path)))?;
    if begun.starts_with(b"{") {
        let text = whole(source, path, limit)?;
        let recording = parse(&text, path, limit)?;
        let events = recording.events().to_vec();
        return Ok(Events {
            header: recording.header().clone(),
            events: Box::new(events.into_iter().map(Ok)),
        });
    }
    let name = name(path);
    let reader = Reader::new(source, limit).map_err(|error| format!("{name}: {error}"))?;
    Ok(Events {
        header: reader.header().clone(),
        events: Box::new(
            reader
                .in_pieces()
                .map(move |event| event.map_err(|error| format!("{name}: {error}").into())),
        ),
    })
}

/// The canonical text of a recording that decodes to at most `limit` bytes, with gaps or instants; what has a count in it is
/// not written out.
pub fn canonical(path: &Path, limit: usize, instants: bool) -> Result<String, Box<dyn Error>> {
    let mut source = open(path)?;
    let begun = source.fill_buf();
    let begun = begun.map_err(|error| format!("{}: {error}", name(path)))?;
    if begun.starts_with(b"{") {
        let recording = parse(&whole(source, path, limit)?, path, limit)?;
        return Ok(if instants {
            transcript::with_instants(&recording)
        } else {
            recording.to_string()
        });
    }
    let text = Reader::new(source, limit).and_then(|reader| {
        if instants {
            reader.into_text_with_instants()
        } else {
            reader.into_text()
        }
    });
    text.or_else(|error| {
        if path == Path::new("-") {
            return Err(format!("{}: {error}", name(path)).into());
        }
        // Read as a whole it may say more of what is wrong.
        Ok(recording(path, limit)?.to_string())
    })
}

/// Whether a text is meant to be a recording, of whatever notation.
pub fn is_recording(text: &str) -> bool {
    let (_, body) = transcript::split_front_matter(text);
    body.starts_with("transcript:") || asciicast::is_asciicast(text)
}

/// The recording that a text holds; `path` is what an error names.
pub fn parse(text: &str, path: &Path, limit: usize) -> Result<Recording, Box<dyn Error>> {
    if asciicast::is_asciicast(text) {
        asciicast::parse(text, limit).map_err(|error| format!("{}: {error}", name(path)).into())
    } else {
        transcript::parse(text, limit).map_err(|error| format!("{}: {error}", name(path)).into())
    }
}

/// The recording that a file holds, which decodes to at most `limit` bytes.
pub fn recording(path: &Path, limit: usize) -> Result<Recording, Box<dyn Error>> {
    parse(&text(path, limit)?, path, limit)
}
