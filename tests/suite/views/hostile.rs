//! Streams that try to do something to whoever looks at them: every view of them is inert, and made in no time.

use super::{output, pty, recording, svg::is_inert};
use crate::{arbitrary, effort::cases};
use proptest::prelude::*;
use stroboscope::{
    recording::{Channel, Recording},
    text,
    view::{
        asciicast::{self, Fidelity},
        frames,
        notebook::{Rule, notebook},
        screen::{MAX_COLUMNS, MAX_ROWS, screen, still},
        svg::svg,
    },
};

/// Every view of a recording that is a text.
fn texts(recording: &Recording) -> [(&'static str, String); 6] {
    [
        ("screen", screen(recording).to_string()),
        ("still", still(recording).to_string()),
        ("frames", frames::text(recording)),
        (
            "notebook, rx",
            notebook(recording, Rule::Rx).unwrap_or_else(|refused| refused.to_string()),
        ),
        ("notebook, lab", notebook(recording, Rule::Lab).unwrap()),
        (
            "asciicast",
            asciicast::write(recording, Fidelity::Lossy).unwrap(),
        ),
    ]
}

/// Characters without a meaning of their own, which are shown for the sake of icons, and do nothing.
fn is_private(character: char) -> bool {
    matches!(u32::from(character), 0xe000..=0xf8ff | 0xf_0000..=0xf_fffd | 0x10_0000..=0x10_fffd)
}

/// How much of a hostile unit is written.
const MUCH: usize = 1 << 12;

/// Every line is what a transcript could have as a note, but for the blanks at its ends.
#[track_caller]
fn are_inert(recording: &Recording) {
    for (view, text) in texts(recording) {
        for line in text.split('\n') {
            // A blank may stand at either end, and takes a mark; nothing before the line does.
            let start = if line.starts_with(' ') { "|" } else { "" };
            let whole = format!("{start}{line}|").replace(is_private, "|");
            assert!(text::is_line(&whole), "{view}: {line:?}");
        }
    }
    is_inert(&svg(recording));
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn every_view_of_any_recording_is_inert(recording in arbitrary::shown(6)) {
        are_inert(&recording);
    }
}

#[track_caller]
fn is_harmless(bytes: impl AsRef<[u8]>) {
    for channel in [pty(80, 24), pty(3, 2), Channel::Pipe] {
        is_harmless_on(channel, bytes.as_ref());
    }
}

#[track_caller]
fn is_harmless_on(channel: Channel, bytes: impl AsRef<[u8]>) {
    let events = vec![
        (0, output("$ ")),
        (1, output(bytes.as_ref())),
        (2, output("done")),
    ];
    are_inert(&recording(channel, events));
}

/// Much of it ends in a screen of the right size. Each of these would take minutes, and not a moment, if what a sequence
/// makes a screen do were not paid for by bytes.
#[track_caller]
fn is_shown(columns: u16, rows: u16, unit: impl AsRef<[u8]>) {
    let unit = unit.as_ref();
    let written = output(unit.repeat(MUCH / unit.len()));
    let screen = screen(&recording(pty(columns, rows), vec![(1, written)]));
    assert_eq!(
        screen.size(),
        (columns.min(MAX_COLUMNS), rows.min(MAX_ROWS))
    );
}

#[test]
fn sequences_that_reach_for_the_terminal_are_harmless() {
    for bytes in [
        &b"\x1b]0;rm -rf ~\x07\x1b]2;title\x1b\\"[..],
        b"\x1b]52;c;cm0gLXJmIH4K\x07\x1b]52;c;?\x07",
        b"\x1b[6n\x1b[c\x1b[>c\x1b[5n\x1b[?6n\x1b[21t\x1bZ\x05",
        b"\x1b[?2004h\x1b[200~rm -rf ~\n\x1b[201~\x1b[?1049h\x1b[?1000h",
        b"\x1bP$qm\x1b\\\x1bP+q544e\x1b\\\x1b_G\x1b\\\x1b^x\x1b\\\x1bXy\x1b\\",
        b"\x1b]8;;https://example.org\x07link\x1b]8;;\x07",
        b"\x1b[?5h\x1b#8\x1b(0lqk\x1b(B\x0e\x0f\x1bc",
        b"\x9b31m\x9d0;x\x9c\x90x\x9c\xc2\x9b31m\xc2\x9d0;x\x07",
    ] {
        is_harmless(bytes);
    }
}

#[test]
fn markup_is_harmless() {
    is_harmless("</svg><script>alert(1)</script><![CDATA[ ]]> &amp; &#x1b; <!-- -- > --> \"'");
    is_harmless("</text></g></defs></style><image href=\"https://example.org/x\"/>");
    is_harmless("\\u001b[31m\",\"x\"]\n[0,\"o\",\"");
}

#[test]
fn text_that_hides_is_harmless() {
    is_harmless(
        "access = \"user\u{202e} \u{2066}// admin\u{2069} \u{2066}\";\u{200b}\u{feff}\u{ad}",
    );
    is_harmless(
        "\u{301}\u{301}\u{903}\u{20dd}\u{fe0f}\u{200d}a\u{fe0f}\u{e0061}\u{e000}\u{fffe}\u{10ffff}",
    );
    is_harmless(format!("Z{}", "\u{301}".repeat(10_000)));
    is_harmless("👩‍👩‍👧‍👦❤️🏳️‍🌈 한국어 ᄀᅠᅡ ﷽ 𒐫 ༀ");
}

#[test]
fn half_of_a_widened_character_is_harmless() {
    // The emulator left one in the last column, and fell over it.
    let text = "eee  0\u{fe0f}\x1b[Aa ";
    is_harmless_on(pty(4, 2), text);
}

#[test]
fn bytes_that_are_no_utf_8_are_harmless() {
    is_harmless(b"\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf\xc0\x9b31m\xc1\xbf\xed\xa0\x80\xed\xb0\x80\xf5\x80\x80\x80\xf4\x90\x80\x80\xff\xfe\xe2\x82");
    is_harmless(b"\xf0\x9f\x98\x1b[31m\x80\xe2\n\x82\r\xac");
    is_harmless((0..=255).collect::<Vec<u8>>());
    is_harmless((0..=255).rev().collect::<Vec<u8>>());
}

#[test]
fn absurd_parameters_are_harmless() {
    for last in "@ABCDEFGHIJKLMPSTXZ`abcdefghilmnpqrstux".chars() {
        is_harmless(format!(
            "ab中\x1b[99999999999999999999;65535;0;-1{last}x\x1b[65535{last}\x1b[;{last}\x1b[0{last}y\x1b[?65535{last}"
        ));
    }
    is_harmless(format!(
        "\x1b[{}m\x1b[{}mx",
        "1;".repeat(10_000),
        ":".repeat(10_000)
    ));
    is_harmless(format!(
        "\x1b[38;5;{0}m\x1b[38;2;{0};{0};{0}mx\x1b[38;5m\x1b[48;2;1mx",
        u64::MAX
    ));
}

#[test]
fn a_sequence_that_never_ends_is_harmless() {
    let much = |unit: &str| unit.repeat(2 * MUCH / unit.len());
    for start in ["\x1b[", "\x1b]0;", "\x1bP", "\x1b_", "\x1b[?", "\x1b]52;c;"] {
        is_harmless_on(pty(80, 24), format!("{start}{}\x07\x1b\\m", much("1;")));
        is_harmless_on(pty(80, 24), format!("{start}{}", much("9")));
    }
    is_harmless_on(Channel::Pipe, much("\u{301}"));
}

#[test]
fn much_of_anything_is_shown() {
    for unit in [
        "a", "\n", "\x08", "\x1b", "\x1b[2J", "\x1bc", "\x1bM", "中", "\u{301}",
    ] {
        is_shown(80, 24, unit);
    }
    is_shown(80, 24, b"\xff");
    is_shown(80, 24, b"\xe2");
}

#[test]
fn much_of_anything_is_shown_on_the_largest_screen() {
    for unit in [
        "\x1b[2J",
        "\x1bc",
        "x\x1b[65535b",
        "\x1b[65535S",
        "\x1b[?1049h\x1b[?1049l",
    ] {
        is_shown(65535, 65535, unit);
    }
}
