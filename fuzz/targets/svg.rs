//! Pictures of any bytes are one element of XML without scripts, control characters and references to elsewhere.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use std::time::Duration;
use stroboscope::{
    recording::{Channel, End, Event, EventKind, Header, Recording},
    view::svg,
};

#[derive(Arbitrary, Debug)]
struct Input {
    columns: u8,
    rows: u8,
    command: String,
    writes: Vec<(Vec<u8>, u8)>,
}

fuzz_target!(|input: Input| {
    let mut header = Header::new(Channel::Pty {
        columns: u16::from(input.columns % 30),
        rows: u16::from(input.rows % 10),
        term: "dumb".into(),
    });
    header.command = vec![input.command.into()];
    let (mut at, mut events) = (Duration::ZERO, Vec::new());
    for (bytes, gap) in input.writes {
        at += Duration::from_millis(gap.into());
        if !bytes.is_empty() {
            events.push(Event::new(at, EventKind::Output(bytes)));
        }
    }
    events.push(Event::new(at, EventKind::End(End::Exit(0))));
    let Ok(recording) = Recording::new(header, events) else {
        return;
    };
    let picture = svg(&recording);
    assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"));
    assert_eq!(picture.matches("</svg>").count(), 1);
    assert!(!picture.contains("<script") && !picture.contains("://e"));
    let is_bad = |character: char| character.is_control() && character != '\n';
    assert!(!picture.contains(is_bad), "{picture:?}");
    // Every element that is opened is closed.
    let opened = picture.matches('<').count() - picture.matches("</").count();
    let closed = picture.matches("</").count() + picture.matches("/>").count();
    assert_eq!(opened, closed, "{picture}");
});
