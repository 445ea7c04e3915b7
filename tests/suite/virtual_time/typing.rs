//! What is typed: all of it arrives, before anything else happens, however much it is and whatever the program does.

use super::{programs::c_session, run_by, tells};
use crate::effort::{amount, times};
use std::time::Duration;
use stroboscope::{
    recording::Precision, script::Script, session::Session, virtual_time::VirtualTime,
};

/// So many runs tell one story, to the nanosecond, which is not marked.
#[track_caller]
fn is_repeated(session: &Session, runs: usize) -> Option<Vec<u8>> {
    let to_the_nanosecond = VirtualTime::default().precision(Precision::Nanoseconds);
    let mut first = None;
    for _ in 0..runs {
        let recording = run_by(to_the_nanosecond, session)?;
        assert_eq!(recording.header().varies, Vec::<String>::new());
        let text = recording.to_string();
        let (told, _) = first.get_or_insert_with(|| (text.clone(), recording.output()));
        assert!(*told == text, "{told}\nand\n{text}");
    }
    first.map(|(_, output)| output)
}

/// Pastes so many lines of 30 bytes three times at one instant, and then the end.
fn pasted(lines: usize) -> Script {
    let paste = [[b'x'; 29].as_slice(), b"\r"].concat().repeat(lines);
    let at = Duration::from_millis(100);
    let pasted = (0..3).fold(Script::default(), |script, _| {
        script.send_at(at, paste.clone())
    });
    pasted.send_at(Duration::from_secs(2), *b"end\r")
}

#[test]
fn pastes_of_any_size_give_one_recording() {
    for (lines, runs) in [(60, 2), (amount(700, 2184), 1)] {
        let session = c_session("typed").script(pasted(lines));
        let Some(output) = is_repeated(&session, times(runs)) else {
            return;
        };
        let line = [[b'x'; 29].as_slice(), b"\r\n"].concat();
        let total = 3 * lines;
        let told = format!("end\r\n{total} lines, {} bytes\r\n", 30 * total);
        assert!(
            output == [line.repeat(total), told.into()].concat(),
            "{lines}"
        );
    }
}

#[test]
fn typed_input_without_echo_is_read_after_the_line_before_it() {
    let script: Script = r#"
@0.100 send "one\r"
@0.200 send "t"
@0.300 send "wo\r"
@0.900 send "en"
@1.000 send "d\r"
"#
    .parse()
    .unwrap();
    tells(
        &c_session("typed").arg("silent").script(script),
        r#"
        @0.100 send "one\r"
        @0.200 send "t"
        @0.300 send "wo\r"
        @0.900 send "en"
        @1.000 send "d\r"
        @1.000 "2 lines, 8 bytes\r\n"
        @1.000 exit 0
        "#,
    );
}

#[test]
fn an_interrupt_is_not_held_back_by_unread_lines() {
    let script: Script = "@0.100 send \"one\\r\"\n@0.200 send \"t\"\n@0.300 send \"\\x03\"\n"
        .parse()
        .unwrap();
    tells(
        &c_session("typed").arg("silent").script(script),
        r#"
        @0.100 send "one\r"
        @0.200 send "t"
        @0.300 send "\x03"
        @0.300 killed INT
        "#,
    );
}
