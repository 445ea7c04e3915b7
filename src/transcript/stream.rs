//! Reads a transcript event by event, so that neither its text nor what it decodes to is held as a whole.

use super::{
    TranscriptError, TranscriptErrorKind,
    cursor::{Cursor, Literal},
    header, parse,
    print::{EventWriter, Times},
};
use crate::{
    recording::{Event, EventKind, Header, RecordingError, Written},
    text::Cut,
};
use std::{
    io::{self, BufRead, Read},
    time::Duration,
};

/// How many bytes a piece of a payload has, about.
const PIECE: usize = 64 << 10;
/// How much longer the text of an event may be than the payload that it decodes to.
const TEXT: usize = 8;

/// Reads a transcript event by event.
///
/// ```
/// use stroboscope::transcript::{DEFAULT_LIMIT, Reader};
///
/// let text = "transcript: 1\nchannel: pipe\n\n0.100 \"a\"\n@0.200 exit 0\n";
/// let mut reader = Reader::new(text.as_bytes(), DEFAULT_LIMIT)?;
/// assert_eq!(reader.header().command.len(), 0);
/// assert_eq!(reader.next().unwrap()?.at.as_millis(), 100);
/// assert_eq!(reader.count(), 1);
/// # Ok::<(), stroboscope::transcript::ReadError>(())
/// ```
///
/// It ends after the first error. A transcript without an end is an error once everything before it was read.
#[derive(Debug)]
pub struct Reader<R> {
    source: R,
    header: Header,
    /// How many more bytes payloads may decode to, and how many they could in all.
    left: usize,
    limit: usize,
    /// The lines at hand, which are those of one event, and how much of them was read.
    text: String,
    at: usize,
    /// How many lines came before them, and the line after them.
    before: usize,
    ahead: String,
    /// The number and the instant of the next event.
    number: usize,
    now: Duration,
    state: State,
    in_pieces: bool,
    /// What was cut from the last event, if copies are cut.
    cuts: Option<Vec<Cut>>,
}

/// What a reader has come to.
#[derive(Debug)]
enum State {
    /// The start of an event.
    Event,
    /// A payload that is returned in pieces, of stderr or not, with the literal that is repeated.
    Payload(bool, Option<Literal>),
    /// The end of the run.
    Ended,
    /// The end of the text, or an error.
    Done,
}

/// Why a transcript cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The system's error.
    #[error(transparent)]
    Io(io::Error),
    /// It is not text.
    #[error("it is not text in UTF-8")]
    NotText,
    /// What is wrong with it, and where.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> ReadError {
        match error.kind() {
            io::ErrorKind::InvalidData => ReadError::NotText,
            _ => ReadError::Io(error),
        }
    }
}

impl<R: BufRead> Reader<R> {
    /// Reads the header of a transcript whose payload decodes to at most `limit` bytes. An insta snapshot's front matter is
    /// passed over.
    ///
    /// # Errors
    /// A [`ReadError`] why there is none.
    pub fn new(source: R, limit: usize) -> Result<Reader<R>, ReadError> {
        let mut reader = Reader {
            source,
            header: Header::new(crate::recording::Channel::Pipe),
            left: limit,
            limit,
            text: String::new(),
            at: 0,
            before: 0,
            ahead: String::new(),
            number: 0,
            now: Duration::ZERO,
            state: State::Event,
            in_pieces: false,
            cuts: None,
        };
        reader.read_header()?;
        Ok(reader)
    }

    /// What was run, and how.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Returns long outputs in several events at the same instant, so that what a repeated literal stands for is never held as
    /// a whole. Views do not show where a write ends.
    #[must_use]
    pub fn in_pieces(mut self) -> Reader<R> {
        self.in_pieces = true;
        self
    }

    /// Reads all events, and returns the canonical text. What has a count there is never written out.
    ///
    /// # Errors
    /// A [`ReadError`] why it is no transcript.
    pub fn into_text(self) -> Result<String, ReadError> {
        self.into_text_by(Times::Gaps)
    }

    /// Does the same with the instant, and not the gap, in front of every event.
    ///
    /// # Errors
    /// As there.
    pub fn into_text_with_instants(self) -> Result<String, ReadError> {
        self.into_text_by(Times::Instants)
    }

    fn into_text_by(mut self, times: Times) -> Result<String, ReadError> {
        self.cuts = Some(Vec::new());
        let mut text = super::head(&self.header).into_bytes();
        let mut writer = EventWriter::new(times);
        while let Some(event) = self.next() {
            let cuts = self.cuts.as_deref().unwrap_or_default();
            writer.write_with_cuts(&event?, cuts, &mut text);
        }
        String::from_utf8(text).map_err(|_| ReadError::NotText)
    }

    fn read_header(&mut self) -> Result<(), ReadError> {
        const FENCE: &str = "---";
        let mut is_front = false;
        while self.line()? {
            let start = self.text[..self.text.len() - 1].rfind('\n');
            let line = self.text[start.map_or(0, |newline| newline + 1)..].trim_end();
            let is_first = start.is_none();
            match (line, is_front) {
                (FENCE, false) if is_first => is_front = true,
                (FENCE, true) => is_front = false,
                ("", false) => break,
                // Whatever this is, a transcript it is not.
                _ if is_first && !line.starts_with("transcript:") => break,
                _ => {}
            }
        }
        let (front, _) = super::split_front_matter(&self.text);
        let mut cursor = Cursor::new(&self.text, front.len(), self.limit);
        self.header = header::read(&mut cursor)?;
        self.at = cursor.place();
        Ok(())
    }

    /// Appends the next line to those at hand, and returns whether there was one.
    fn line(&mut self) -> Result<bool, ReadError> {
        if !self.ahead.is_empty() {
            self.text.push_str(&self.ahead);
            self.ahead.clear();
            return Ok(true);
        }
        let most = self.limit.saturating_mul(TEXT).saturating_add(PIECE);
        let room = most.saturating_sub(self.text.len()) as u64;
        let read = self.source.by_ref().take(room).read_line(&mut self.text)?;
        if read as u64 == room {
            let error = Cursor::new(&self.text, self.text.len(), self.limit);
            return Err(self
                .placed(error.error(TranscriptErrorKind::Limit(self.limit)))
                .into());
        }
        Ok(read > 0)
    }

    /// Reads the lines of the next event; returns whether there is one.
    fn fill(&mut self) -> Result<bool, ReadError> {
        self.before += self.text.matches('\n').count();
        self.text.clear();
        self.at = 0;
        let mut start = 0;
        // Empty lines are part of the next event, which is an error unless there is none.
        while self.line()? {
            let is_empty = self.text[start..].trim_end_matches(['\r', '\n']).is_empty();
            if !is_empty {
                return self.rest_of_event().map(|()| true);
            }
            start = self.text.len();
        }
        Ok(false)
    }

    /// Reads lines as long as they continue a payload.
    fn rest_of_event(&mut self) -> Result<(), ReadError> {
        loop {
            let before = self.text.len();
            if !self.line()? {
                return Ok(());
            }
            if !self.text[before..].starts_with(' ') {
                self.ahead.push_str(&self.text[before..]);
                self.text.truncate(before);
                return Ok(());
            }
        }
    }

    /// An error in the text at hand with its place in the whole.
    fn placed(&self, mut error: TranscriptError) -> TranscriptError {
        error.line += self.before;
        error
    }

    fn next_event(&mut self) -> Result<Option<Event>, ReadError> {
        let is_within = matches!(self.state, State::Payload(..)) || self.at < self.text.len();
        if !is_within && !self.fill()? {
            if matches!(self.state, State::Ended) {
                return Ok(None);
            }
            let cursor = Cursor::new(&self.text, self.text.len(), self.limit);
            let error = cursor.error(RecordingError::CutShort.into());
            return Err(self.placed(error).into());
        }
        let mut cursor = Cursor::resumed(&self.text, self.at, self.left, self.limit);
        cursor.cuts = self.cuts.as_ref().map(|_| Vec::new());
        let event = match &mut self.state {
            State::Event => {
                let head = parse::instant(&mut cursor, self.now);
                let place = cursor.place();
                head.and_then(|at| {
                    self.now = at;
                    let is_stderr =
                        cursor.take_before("stderr ", "\"") || cursor.take_before("stderr ", "<");
                    if self.in_pieces && cursor.is_at_part() {
                        self.state = State::Payload(is_stderr, None);
                        piece(&mut cursor, at, &mut self.state)
                    } else {
                        cursor.return_to(place);
                        parse::happening(&mut cursor, at)
                    }
                })
            }
            State::Payload(..) => piece(&mut cursor, self.now, &mut self.state),
            State::Ended | State::Done => Err(cursor.expected("nothing after the end of the run")),
        };
        let event = event.and_then(|event| {
            event
                .check(self.number, &self.header.channel)
                .map_err(|flaw| cursor.error_at(self.at, flaw.into()))?;
            if !matches!(self.state, State::Payload(..)) {
                cursor.line_end()?;
            }
            Ok(event)
        });
        (self.at, self.left) = (cursor.place(), cursor.left());
        self.cuts = cursor.cuts.take();
        let event = event.map_err(|error| self.placed(error))?;
        self.number += 1;
        if matches!(event.kind, EventKind::End(_)) {
            self.state = State::Ended;
        }
        Ok(Some(event))
    }
}

/// The next piece of a payload; `state` says what is left of it.
fn piece(cursor: &mut Cursor, at: Duration, state: &mut State) -> Result<Event, TranscriptError> {
    let State::Payload(is_stderr, repeated) = state else {
        unreachable!("a piece is one of a payload");
    };
    let is_stderr = *is_stderr;
    let mut written = Written::default();
    loop {
        let literal = match repeated {
            Some(literal) => literal,
            None if cursor.is_at_mask() => {
                cursor.mask(&mut written)?;
                repeated.insert(Literal {
                    unit: Vec::new(),
                    count: 1,
                })
            }
            None => repeated.insert(cursor.literal()?),
        };
        literal.take(PIECE, &mut written.bytes);
        if literal.count > 0 {
            break;
        }
        *repeated = None;
        if !cursor.next_part()? {
            *state = State::Event;
            break;
        }
        if written.bytes.len() >= PIECE {
            break;
        }
    }
    let kind = if is_stderr {
        EventKind::Stderr(written.bytes)
    } else {
        EventKind::Output(written.bytes)
    };
    Ok(Event::new(at, kind).masked(written.masked))
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Event, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.state, State::Done) {
            return None;
        }
        let event = self.next_event().transpose();
        if !matches!(event, Some(Ok(_))) {
            self.state = State::Done;
        }
        event
    }
}
