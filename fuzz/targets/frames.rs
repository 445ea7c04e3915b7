//! Screens, frames and pictures of any bytes: they do not depend on where the bytes are cut, and the last frame is the
//! screen.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use std::time::Duration;
use stroboscope::{
    recording::{Channel, End, Event, Header, EventKind, Recording},
    view::{frames, screen, svg},
};

#[derive(Arbitrary, Debug)]
struct Input {
    columns: u8,
    rows: u8,
    writes: Vec<(Vec<u8>, u8)>,
    resize: Option<(u8, u8)>,
}

fuzz_target!(|input: Input| {
    let size = |columns: u8, rows: u8| (u16::from(columns % 30), u16::from(rows % 10));
    let (columns, rows) = size(input.columns, input.rows);
    let header = || {
        Header::new(Channel::Pty {
            columns,
            rows,
            term: "dumb".into(),
        })
    };
    let recording = |writes: Vec<(Duration, EventKind)>| {
        let end = writes.last().map_or(Duration::ZERO, |(at, _)| *at);
        let events = writes.into_iter().chain([(end, EventKind::End(End::Exit(0)))]);
        Recording::new(
            header(),
            events.map(|(at, kind)| Event::new(at, kind)).collect(),
        )
        .expect("a recording")
    };
    let (mut whole, mut cut) = (Vec::new(), Vec::new());
    if let Some((columns, rows)) = input.resize {
        let (columns, rows) = size(columns, rows);
        whole.push((Duration::ZERO, EventKind::Resize { columns, rows }));
        cut.push((Duration::ZERO, EventKind::Resize { columns, rows }));
    }
    for (instant, (bytes, at)) in (1..).zip(&input.writes) {
        if bytes.is_empty() {
            continue;
        }
        let instant = Duration::from_millis(instant);
        whole.push((instant, EventKind::Output(bytes.clone())));
        let (left, right) = bytes.split_at(usize::from(*at) % bytes.len());
        let parts = [left, right].into_iter().filter(|part| !part.is_empty());
        cut.extend(parts.map(|part| (instant, EventKind::Output(part.to_vec()))));
    }
    let (whole, cut) = (recording(whole), recording(cut));
    assert_eq!(frames::text(&whole), frames::text(&cut));
    let seen = frames::frames(&whole);
    assert_eq!(
        seen.last().map(|frame| &frame.screen),
        Some(&screen::screen(&whole))
    );
    let picture = svg::svg(&whole);
    assert!(!picture.contains("<script") && !picture.contains('\x1b'));
});
