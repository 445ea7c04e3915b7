//! Reads recordings from files: transcripts, snapshots that hold one, and asciicasts, told apart by content.
//!
//! Named pipes and devices are refused; standard input and what a shell puts in a file's place, `<(command)`, are not, and
//! no more of them is read than a transcript within the limit may be long.

use clap::Args;
use std::{
    error::Error,
    fmt,
    io::{BufRead, BufReader, Read, stdin},
    path::Path,
};
use stroboscope::{
    file,
    recording::{Event, Header, Recording},
    settings::bytes,
    text,
    transcript::{self, DEFAULT_LIMIT, ReadError, Reader, TranscriptError, TranscriptErrorKind},
    view::asciicast,
};

/// How many times longer than what it decodes to a text may be.
const TEXT: u64 = 32;

// What a file may decode to. No doc comment: it would become the description of the commands.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct SizeArgs {
    /// Refuse a file that decodes to more than this
    ///
    /// Without it the limit is 1 GiB where the file is shown as it is read: as a transcript, `bytes`, `screen` and `frames`. What
    /// is held in memory as a whole may decode to 64 MiB and eight times its own length.
    #[arg(long, value_name = "BYTES", value_parser = bytes::parse)]
    pub max_size: Option<usize>,
}

impl SizeArgs {
    /// The limit of what is read event by event, and of what is as long as its text.
    fn of_stream(self) -> usize {
        self.max_size.unwrap_or(DEFAULT_LIMIT)
    }

    /// The limit of a transcript that is held as a whole.
    fn of_text(self, text: &str) -> usize {
        self.max_size.unwrap_or_else(|| transcript::limit_of(text))
    }
}

/// Why a file is no recording, with the option that sets its limit if that is why.
pub fn refusal(path: &Path, error: &TranscriptError) -> String {
    let hint = if matches!(error.reason, TranscriptErrorKind::Limit(_)) {
        ": `--max-size` sets another"
    } else {
        ""
    };
    told(path, &format_args!("{error}{hint}"))
}

/// The same of a file that was read event by event.
fn unread(path: &Path, error: &ReadError) -> String {
    match error {
        ReadError::Transcript(error) => refusal(path, error),
        error => told(path, error),
    }
}

fn told(path: &Path, error: &impl fmt::Display) -> String {
    format!("{}: {error}", name(path))
}

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

/// The text of a file, or of standard input for `-`.
pub fn text(path: &Path, size: SizeArgs) -> Result<String, Box<dyn Error>> {
    whole(open(path)?, path, size)
}

fn whole(
    mut source: Box<dyn BufRead>,
    path: &Path,
    size: SizeArgs,
) -> Result<String, Box<dyn Error>> {
    let most = (size.of_stream() as u64).saturating_mul(TEXT);
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

/// The events of a recording; long outputs come in several pieces.
pub fn events(path: &Path, size: SizeArgs) -> Result<Events, Box<dyn Error>> {
    let mut source = open(path)?;
    let begun = source.fill_buf();
    let begun = begun.map_err(|error| format!("{}: {error}", name(path)))?;
    if begun.starts_with(b"{") {
        let text = whole(source, path, size)?;
        let recording = parse(&text, path, size)?;
        let events = recording.events().to_vec();
        return Ok(Events {
            header: recording.header().clone(),
            events: Box::new(events.into_iter().map(Ok)),
        });
    }
    let path = path.to_owned();
    let reader = Reader::new(source, size.of_stream()).map_err(|error| unread(&path, &error))?;
    Ok(Events {
        header: reader.header().clone(),
        events: Box::new(
            reader
                .in_pieces()
                .map(move |event| event.map_err(|error| unread(&path, &error).into())),
        ),
    })
}

/// The canonical text of a recording, with gaps or instants; what has a count in it is not written out.
pub fn canonical(path: &Path, size: SizeArgs, instants: bool) -> Result<String, Box<dyn Error>> {
    let mut source = open(path)?;
    let begun = source.fill_buf();
    let begun = begun.map_err(|error| format!("{}: {error}", name(path)))?;
    if begun.starts_with(b"{") {
        let recording = parse(&whole(source, path, size)?, path, size)?;
        return Ok(if instants {
            transcript::with_instants(&recording)
        } else {
            recording.to_string()
        });
    }
    let text = Reader::new(source, size.of_stream()).and_then(|reader| {
        if instants {
            reader.into_text_with_instants()
        } else {
            reader.into_text()
        }
    });
    text.map_err(|error| {
        let is_conflict =
            |whole: &TranscriptError| matches!(whole.reason, TranscriptErrorKind::Conflict);
        // Read as a whole it may say more of what is wrong.
        if path != Path::new("-")
            && let Ok(text) = self::text(path, size)
            && let Err(whole) = transcript::parse(&text, size.of_text(&text))
            && is_conflict(&whole)
        {
            return refusal(path, &whole).into();
        }
        unread(path, &error).into()
    })
}

/// Whether a text is meant to be a recording, of whatever notation.
pub fn is_recording(text: &str) -> bool {
    let (_, body) = transcript::split_front_matter(text);
    body.starts_with("transcript:") || asciicast::is_asciicast(text)
}

/// The recording that a text holds; `path` is what an error names.
pub fn parse(text: &str, path: &Path, size: SizeArgs) -> Result<Recording, Box<dyn Error>> {
    if asciicast::is_asciicast(text) {
        asciicast::parse(text, size.of_stream()).map_err(|error| told(path, &error).into())
    } else {
        transcript::parse(text, size.of_text(text)).map_err(|error| refusal(path, &error).into())
    }
}

/// The recording that a file holds.
pub fn recording(path: &Path, size: SizeArgs) -> Result<Recording, Box<dyn Error>> {
    parse(&text(path, size)?, path, size)
}
