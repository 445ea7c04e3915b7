//! What a terminal answers to any bytes: answers are few, printable but for their escape, and none of them is an answer that a
//! terminal would act on.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stroboscope::terminal::Terminal;

fuzz_target!(|bytes: &[u8]| {
    let mut terminal = Terminal::new(40, 10);
    let (mut answered, mut asked) = (0, 0);
    for piece in bytes.chunks(64) {
        terminal.feed(piece);
        for reply in terminal.take_replies() {
            asked += 1;
            answered += reply.bytes.len();
            assert!(!reply.question.is_empty() && !reply.question.contains(char::is_control));
            assert_eq!(reply.bytes.first(), Some(&0x1b));
            // No line end: an answer that nobody reads must not become a command of a shell.
            assert!(!reply.bytes.contains(&b'\n') && !reply.bytes.contains(&b'\r'));
            // Fed back it asks nothing, but for those of kitty's keyboard and XTSMGRAPHICS, which have the form of their questions.
            let mut other = Terminal::new(40, 10);
            other.feed(&reply.bytes);
            assert!(other.take_replies().is_empty() || reply.bytes.ends_with(b"u") || reply.bytes.ends_with(b"S"));
        }
    }
    assert!(asked <= bytes.len() && answered <= 4096 + bytes.len() * 64);
});
