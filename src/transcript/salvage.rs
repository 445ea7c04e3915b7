//! What is whole of a transcript that was never finished.
//!
//! While a transcript [grows](crate::unfinished), a line that begins with `#` follows its last event, and the next event
//! takes that line's place. A program or a system that died leaves any prefix of such a text, and perhaps what is no text.
//! An event is whole if the next one, or such a line, follows it: otherwise its payload might have gone on. One that has no
//! payload is whole if its line is.

use super::{TranscriptError, cursor::Cursor, header, parse};
use crate::recording::{End, EventKind};
use std::time::Duration;

/// What is whole of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Salvage {
    /// How many bytes the header and the whole events have.
    pub(crate) len: usize,
    /// How many events are whole.
    pub(crate) events: usize,
    /// The instant of the last one.
    pub(crate) at: Duration,
    /// The end, if it is there.
    pub(crate) end: Option<End>,
    /// Whether it has masks and is unfinished without an event: they were to be written when the run was over.
    pub(crate) is_held_back: bool,
    /// How many bytes of an event that is not whole follow.
    pub(crate) torn: usize,
}

/// Finds what is whole of a transcript, which is in canonical form.
///
/// # Errors
/// Its header is not whole.
pub(crate) fn salvage(bytes: &[u8]) -> Result<Salvage, TranscriptError> {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    };
    let mut cursor = Cursor::new(text, 0, usize::MAX);
    let header = header::read(&mut cursor)?;
    if !text[..cursor.place()].ends_with("\n\n") {
        return Err(cursor.expected("an empty line, which ends the header"));
    }
    let mut found = Salvage {
        len: cursor.place(),
        events: 0,
        at: Duration::ZERO,
        end: None,
        is_held_back: false,
        torn: 0,
    };
    while found.end.is_none() && !cursor.is_at_end() {
        // What is repeated is only looked at, and not held.
        cursor.cuts = Some(Vec::new());
        let at = parse::instant(&mut cursor, found.at);
        let Ok(event) = at.and_then(|at| parse::happening(&mut cursor, at)) else {
            break;
        };
        let is_line = cursor.rest().starts_with('\n') && cursor.line_end().is_ok();
        let is_one_line = matches!(
            event.kind,
            EventKind::Eof | EventKind::Resize { .. } | EventKind::Signal(_) | EventKind::End(_)
        );
        let is_followed = cursor
            .rest()
            .starts_with(|first: char| first.is_ascii_digit() || matches!(first, '@' | '#'));
        let is_event = event.check(0, &header.channel).is_ok();
        if !(is_line && is_event && (is_followed || is_one_line)) {
            break;
        }
        found.len = cursor.place();
        found.events += 1;
        found.at = event.at;
        if let EventKind::End(end) = event.kind {
            found.end = Some(end);
        }
    }
    let rest = &bytes[found.len..];
    let is_marker = rest.starts_with(b"#");
    found.torn = if is_marker { 0 } else { rest.len() };
    found.is_held_back = is_marker && found.events == 0 && !header.mask.is_empty();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{Salvage, salvage};
    use crate::recording::{End, Recording};
    use std::time::Duration;

    const HEAD: &str = "transcript: 1\nchannel: pty 80x24 dumb\n\n";

    #[track_caller]
    fn finds(events: &str, torn: &[u8], whole: usize, at: u64) -> Salvage {
        let text = [HEAD.as_bytes(), events.as_bytes(), torn].concat();
        let found = salvage(&text).unwrap();
        assert_eq!(found.len, HEAD.len() + events.len());
        assert_eq!((found.events, found.at), (whole, Duration::from_millis(at)));
        found
    }

    #[test]
    fn an_event_is_whole_if_something_follows_it() {
        let event = "0.100 \"a\\n\"\n";
        finds(event, b"# unfinished\n", 1, 100);
        finds(event, b"0.1", 1, 100);
        finds(event, b"@", 1, 100);
        // It might have gone on in the next line, and its line might have gone on.
        finds("", event.as_bytes(), 0, 0);
        finds("", b"0.100 \"a\\n\"", 0, 0);
        finds("@0.100 eof\n", b"", 1, 100);
        finds("", b"@0.100 signal TERM", 0, 0);
    }

    #[test]
    fn what_is_no_text_or_no_event_is_torn() {
        let event = "0.100 \"a\"\n";
        for torn in [
            &b"0.100 \"b"[..],
            b"0.100 \"b\"\n\0\0\0",
            b"0.100 \"\xe2\x94",
            b"@0.050 eof\n# earlier than the one above\n",
            b"0.100 stderr \"no pipe\"\n#\n",
        ] {
            assert_eq!(finds(event, torn, 1, 100).torn, torn.len());
        }
        assert_eq!(finds(event, b"#\0\0", 1, 100).torn, 0);
        let found = finds("@0.200 exit 1\n", b"# unfinished\n", 1, 200);
        assert_eq!(found.end, Some(End::Exit(1)));
        for torn in [
            "transcript: 1\nchannel: pt",
            "transcript: 1\nchannel: pipe\n",
        ] {
            assert!(salvage(torn.as_bytes()).is_err(), "{torn}");
        }
    }

    /// Cut anywhere, it has the same events up to there, and never another.
    #[test]
    fn a_transcript_cut_anywhere_has_its_first_events() {
        let text = format!(
            "{HEAD}0.100 \"a\\n\"\n      \"b\\n\"\n0.000 \"c\"*64 \"d\"\n@0.100 reply \"\\e[1;1R\"\n@0.200 resize 9x10\n@0.300 exit 12\n"
        );
        let whole: Recording = text.parse().unwrap();
        for cut in HEAD.len()..=text.len() {
            let found = salvage(&text.as_bytes()[..cut]).unwrap();
            let end = if found.end.is_some() {
                ""
            } else {
                "@9.000 stopped interrupted\n"
            };
            let recording: Recording = format!("{}{end}", &text[..found.len]).parse().unwrap();
            let events = &recording.events()[..found.events];
            assert_eq!(events, &whole.events()[..found.events], "cut at {cut}");
        }
        assert_eq!(salvage(text.as_bytes()).unwrap().end, Some(End::Exit(12)));
    }
}
