//! A terminal fed any bytes: it does not depend on where they are cut, and its cursor is on the screen.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use stroboscope::terminal::Terminal;

#[derive(Arbitrary, Debug)]
struct Input {
    columns: u8,
    rows: u8,
    bytes: Vec<u8>,
    cut: u8,
    resize: Option<(u8, u8)>,
    after: Vec<u8>,
}

fuzz_target!(|input: Input| {
    let new = || {
        let (columns, rows) = (input.columns % 30, input.rows % 10);
        Terminal::new(columns.into(), rows.into()).with_scrollback(20)
    };
    let (mut whole, mut pieces) = (new(), new());
    let mut feed = |bytes: &[u8]| {
        whole.feed(bytes);
        let length = usize::from(input.cut % 7) + 1;
        bytes.chunks(length).for_each(|piece| pieces.feed(piece));
    };
    feed(&input.bytes);
    if let Some((columns, rows)) = input.resize {
        let (columns, rows) = (u16::from(columns % 30), u16::from(rows % 10));
        whole.resize(columns, rows);
        pieces.resize(columns, rows);
        whole.feed(&input.after);
        pieces.feed(&input.after);
    }
    assert_eq!(whole.visible_text(), pieces.visible_text());
    assert_eq!(whole.take_replies(), pieces.take_replies());
    assert_eq!((whole.cursor(), whole.modes()), (pieces.cursor(), pieces.modes()));
    let (columns, rows) = whole.size();
    assert!(whole.cursor().column < columns && whole.cursor().row < rows);
});
