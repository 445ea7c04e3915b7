use super::{
    After, Channel, End, Event, EventKind, Header, Level, LevelError, Position, Recording,
    RecordingError, Signal, Visible, Wait,
};
use std::time::Duration;

const END: EventKind = EventKind::End(End::Exit(0));

fn output(text: &str) -> EventKind {
    EventKind::Output(text.into())
}

#[track_caller]
fn refused(channel: Channel, events: &[(u64, EventKind)], flaw: RecordingError) {
    let events = events
        .iter()
        .cloned()
        .map(|(ms, kind)| Event::new(Duration::from_millis(ms), kind))
        .collect();
    assert_eq!(Recording::new(Header::new(channel), events), Err(flaw));
}

#[test]
fn a_recording_without_an_end_is_refused() {
    refused(Channel::Pipe, &[], RecordingError::CutShort);
    refused(Channel::Pipe, &[(0, output("a"))], RecordingError::CutShort);
}

#[test]
fn nothing_happens_after_the_end() {
    refused(
        Channel::Pipe,
        &[(0, END), (0, output("a"))],
        RecordingError::AfterEnd(1),
    );
    refused(
        Channel::Pipe,
        &[(0, END), (0, END)],
        RecordingError::AfterEnd(1),
    );
}

#[test]
fn instants_never_decrease() {
    refused(
        Channel::Pipe,
        &[(2, output("a")), (1, END)],
        RecordingError::Decreasing(1),
    );
}

#[test]
fn an_empty_write_makes_no_event() {
    refused(
        Channel::Pipe,
        &[(0, output("")), (0, END)],
        RecordingError::Empty(0),
    );
    refused(
        Channel::Pipe,
        &[(0, EventKind::Stderr(vec![])), (0, END)],
        RecordingError::Empty(0),
    );
    let waits = |wait, kind| Event::new(Duration::ZERO, kind).after(Some(After::new(wait)));
    let recording = |event| {
        let events = vec![event, Event::new(Duration::ZERO, END)];
        Recording::new(Header::new(Channel::Pipe), events).err()
    };
    let send = || EventKind::Send(b"x".to_vec());
    assert_eq!(
        recording(waits(Wait::Bytes(vec![]), send())),
        Some(RecordingError::Empty(0))
    );
    let output = waits(Wait::Quiet, output("a"));
    assert_eq!(recording(output), Some(RecordingError::Wait(0)));
    let cursor = Visible::Cursor(Position { column: 1, row: 1 });
    let cursor = waits(Wait::Visible(cursor), send());
    assert_eq!(recording(cursor), Some(RecordingError::Channel(0)));
}

#[test]
fn stderr_belongs_to_a_pipe_and_resize_to_a_pty() {
    let pty = Channel::Pty {
        columns: 80,
        rows: 24,
        term: "dumb".into(),
    };
    refused(
        pty,
        &[(0, EventKind::Stderr(b"x".to_vec())), (0, END)],
        RecordingError::Channel(0),
    );
    refused(
        Channel::Pipe,
        &[
            (
                0,
                EventKind::Resize {
                    columns: 1,
                    rows: 1,
                },
            ),
            (0, END),
        ],
        RecordingError::Channel(0),
    );
}

#[test]
fn a_level_is_read_by_the_name_that_it_is_written_by() {
    for level in Level::ALL {
        assert_eq!(level.to_string().parse(), Ok(level));
        assert!(LevelError.to_string().contains(&level.to_string()));
    }
    assert_eq!("Exact".parse::<Level>(), Err(LevelError));
}

#[test]
fn a_level_sees_no_more_than_it_compares() {
    let at = |ms, kind| Event::new(Duration::from_millis(ms), kind);
    let events = vec![
        at(1, output("a")),
        at(2, EventKind::Stderr(b"x".to_vec())),
        at(3, EventKind::Eof),
        at(4, output("b")),
        at(5, END),
    ];
    let recording = Recording::new(Header::new(Channel::Pipe), events.clone()).unwrap();
    assert_eq!(recording.at_level(Level::Exact), recording);
    let at_zero = |kinds: Vec<EventKind>| {
        kinds
            .into_iter()
            .map(|kind| at(0, kind))
            .collect::<Vec<_>>()
    };
    let writes = events.into_iter().map(|event| event.kind).collect();
    assert_eq!(recording.at_level(Level::Writes).events(), at_zero(writes));
    let joined = vec![
        output("ab"),
        EventKind::Stderr(b"x".to_vec()),
        EventKind::Eof,
        END,
    ];
    assert_eq!(recording.at_level(Level::Bytes).events(), at_zero(joined));
}

#[test]
fn the_same_means_channel_and_events() {
    let end = |signal| {
        vec![Event::new(
            Duration::ZERO,
            EventKind::End(End::Killed(signal)),
        )]
    };
    let one = Recording::new(Header::new(Channel::Pipe), end(Signal::INT)).unwrap();
    let mut header = Header::new(Channel::Pipe);
    header.note.push("another header".into());
    assert!(one.same(&Recording::new(header, end(Signal::INT)).unwrap()));
    assert!(!one.same(&Recording::new(Header::new(Channel::Pipe), end(Signal::TERM)).unwrap()));
    let pty = Channel::Pty {
        columns: 80,
        rows: 24,
        term: "dumb".into(),
    };
    assert!(!one.same(&Recording::new(Header::new(pty), end(Signal::INT)).unwrap()));
}
