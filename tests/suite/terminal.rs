//! The terminal: its laws, what it answers, and how it stands beside others.

mod answers;
mod conformance;
mod drawing;
mod looks;
mod xterm;

use crate::effort::cases;
use proptest::prelude::*;
use stroboscope::terminal::Terminal;

/// A terminal after a stream.
fn fed(size: (u16, u16), bytes: &[u8]) -> Terminal {
    let mut terminal = Terminal::new(size.0, size.1).with_scrollback(100);
    terminal.feed(bytes);
    terminal
}

/// Sequences, text and parts of both.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let sequence = "\x1b\\[[<=>?]?([0-9]{0,3}[:;]){0,3}[0-9]{0,3}[ !\"#$'*]?[@-~]";
    let piece = prop_oneof![
        4 => "[ -~é中👩\u{301}\u{200d}\u{fe0f}─]{1,8}".prop_map(String::into_bytes),
        8 => sequence.prop_map(String::into_bytes),
        2 => "\x1b[ #%(-+]?[0-~]".prop_map(String::into_bytes),
        2 => "[\x07-\x0f]".prop_map(String::into_bytes),
        1 => "\x1b(\\]([0-9]{1,3};)?|P[$+]q|_G|X)[ -~]{0,8}(\x07|\x1b\\\\)".prop_map(String::into_bytes),
        1 => proptest::collection::vec(any::<u8>(), 1..5),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// All that a terminal says of itself.
fn told(terminal: &mut Terminal) -> impl PartialEq + std::fmt::Debug + use<> {
    let names = |names: &mut dyn Iterator<Item = (&str, u64)>| -> Vec<(String, u64)> {
        names
            .map(|(name, count)| (name.to_owned(), count))
            .collect()
    };
    (
        (terminal.visible_text(), terminal.cursor(), terminal.modes()),
        (terminal.title().to_owned(), terminal.bells()),
        (terminal.keyboard_flags(), terminal.modify_other_keys()),
        terminal.take_replies(),
        names(&mut terminal.unknown()),
        names(&mut terminal.unanswered()),
    )
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn a_terminal_depends_on_the_bytes_and_not_on_where_they_are_cut(
        bytes in stream(),
        length in 1_usize..7,
    ) {
        let mut whole = fed((12, 5), &bytes);
        let mut pieces = fed((12, 5), b"");
        bytes.chunks(length).for_each(|piece| pieces.feed(piece));
        prop_assert_eq!(told(&mut pieces), told(&mut whole));
    }

    #[test]
    fn any_stream_and_any_size_leave_a_terminal_that_goes_on(
        before in stream(),
        (columns, rows) in (4_u16..30, 0_u16..12),
        after in stream(),
    ) {
        let mut terminal = fed((12, 5), &before);
        terminal.resize(columns, rows);
        terminal.feed(&after);
        terminal.feed(b"\x18\x1bcdone");
        prop_assert!(terminal.visible_text()[0].starts_with("do"), "{:?}", terminal.visible_text());
        let (columns, rows) = terminal.size();
        let cursor = terminal.cursor();
        prop_assert!(cursor.row < rows && cursor.column < columns);
    }
}

#[test]
fn what_is_not_known_is_named_and_counted() {
    let terminal = fed(
        (9, 9),
        b"\x1b[?1234h\x1b[?1234h\x1b[5y\x1b(J\x1b]4242;x\x07\x1b[98m\x1b_Gx\x1b\\",
    );
    let names: Vec<(&str, u64)> = terminal.unknown().collect();
    assert_eq!(
        names,
        [
            ("APC G (kitty's graphics)", 1),
            ("CSI 5 y", 1),
            ("CSI 98 m", 1),
            ("CSI ? 1234 h", 2),
            ("ESC ( J", 1),
            ("OSC 4242", 1),
        ]
    );
}
