//! Input by name: a program gets the bytes that its terminal would send.

use super::{events, fails, reads_raw, sent, sh, tells};
use stroboscope::session::Session;

/// A program that has set these modes gets these bytes, as `cat -v` writes them.
#[track_caller]
fn gets(modes: &str, input: &str, expected: &str) {
    let session = reads_raw(modes, input);
    let Some(told) = events(&session) else {
        return;
    };
    let line = format!("\"{}", expected.replace('\\', "\\\\"));
    assert!(told.contains(&line), "{input}: {told}");
}

#[test]
fn keys_are_encoded_by_the_modes_that_the_program_has_set() {
    gets("", "press Up S-Tab C-x F5", "^[[A^[[Z^X^[[15~");
    gets("\\033[?1h", "press Up Home Delete", "^[OA^[OH^[[3~");
    gets("\\033=", "press KP5 KPEnter", "^[Ou^[OM");
    gets("\\033[>4;2m", "press C-x Enter", "^[[27;5;120~^M");
    gets("\\033[>1u", "press Escape C-x a", "^[[27u^[[120;5ua");
    gets("\\033[?1h\\033[?1l", "press Down*3", "^[[B^[[B^[[B");
}

#[test]
fn a_program_without_lines_reads_each_key_by_itself() {
    let reads = "stty raw -echo; printf ready; for i in 1 2 3; do dd bs=99 count=1 2>/dev/null | od -An -c; done; stty sane";
    let script = "after screen \"ready\" press Up Down*2\n";
    tells(
        &sh(reads, script),
        "0.000 \"ready\"\n\
         @0.000 after screen \"ready\" press Up \"\\e[A\"\n\
         0.000 \" 033   [   A\\n\"\n\
         @0.000 press Down \"\\e[B\"\n\
         0.000 \" 033   [   B\\n\"\n\
         @0.000 press Down \"\\e[B\"\n\
         0.000 \" 033   [   B\\n\"\n\
         @0.000 exit 0\n",
    );
    // One that reads lines gets them together.
    tells(
        &sh("read -r x; echo $x", "press A d a Enter\n"),
        "@0.000 press A d a Enter \"Ada\\r\"\n0.000 \"Ada\\r\\n\"\n0.000 \"Ada\\r\\n\"\n@0.000 exit 0\n",
    );
}

#[test]
fn a_program_reads_each_report_of_the_mouse_by_itself() {
    let reads = "stty raw -echo; printf '\\033[?1002;1006hready'; \
        for i in 1 2 3 4 5; do dd bs=99 count=1 2>/dev/null | cut -c 2-; echo; done; stty sane";
    tells(
        &sh(reads, "after screen \"ready\" click 3,2\ndrag 3,2 4,2\n"),
        "0.000 \"\\e[?1002;1006hready\"\n\
         @0.000 after screen \"ready\" click 3,2 \"\\e[<0;3;2M\\e[<0;3;2m\"\n\
         0.000 \"[<0;3;2M\\n\"\n\
         0.000 \"\\n\"\n\
         0.000 \"[<0;3;2m\\n\"\n\
         0.000 \"\\n\"\n\
         @0.000 drag 3,2 4,2 \"\\e[<0;3;2M\\e[<32;4;2M\\e[<0;4;2m\"\n\
         0.000 \"[<0;3;2M\\n\"\n\
         0.000 \"\\n\"\n\
         0.000 \"[<32;4;2M\\n\"\n\
         0.000 \"\\n\"\n\
         0.000 \"[<0;4;2m\\n\"\n\
         0.000 \"\\n\"\n\
         @0.000 exit 0\n",
    );
}

#[test]
fn pasted_text_is_bracketed_where_the_program_asks_for_it() {
    gets("", "paste \"a\\nb\"", "a^Mb");
    gets("\\033[?2004h", "paste \"a\\nb\"", "^[[200~a^Mb^[[201~");
}

#[test]
fn the_mouse_and_the_focus_are_reported_where_the_program_asks_for_them() {
    gets(
        "\\033[?1000h\\033[?1006h",
        "click 10,5",
        "^[[<0;10;5M^[[<0;10;5m",
    );
    gets(
        "\\033[?1000h\\033[?1006h",
        "click right 80,24",
        "^[[<2;80;24M^[[<2;80;24m",
    );
    gets("\\033[?1000h", "wheel down*2 1,1", "^[[Ma!!^[[Ma!!");
    gets(
        "\\033[?1002h\\033[?1006h",
        "drag 1,1 3,2",
        "^[[<0;1;1M^[[<32;3;2M^[[<0;3;2m",
    );
    gets("\\033[?1004h", "focus out", "^[[O");
}

#[test]
fn what_the_program_would_not_get_is_refused() {
    for (input, why) in [
        (
            "click 10,5",
            "`click 10,5` cannot be sent: the program has not turned the mouse on",
        ),
        (
            "wheel up 1,1",
            "`wheel up 1,1` cannot be sent: the program has not turned the mouse on",
        ),
        (
            "focus in",
            "`focus in` cannot be sent: the program has not asked for the focus",
        ),
    ] {
        let Some(failed) = fails(&reads_raw("", input)) else {
            return;
        };
        let message = failed.to_string();
        assert_eq!(
            message,
            format!("{why}\nthe screen at that moment:\n  | ready\nthe cursor is at 6,1")
        );
        assert!(
            failed
                .recording()
                .unwrap()
                .to_string()
                .ends_with("stopped script\n")
        );
    }
}

#[test]
fn a_text_is_typed_key_by_key_with_its_delay() {
    let session = sh(
        "read -r name; echo \"<$name>\"",
        "@1.000 type \"Zoë\" every 0.05\npress Enter\n",
    );
    tells(
        &session,
        "@1.000 type \"Z\" every 0.050\n\
         0.000 \"Z\"\n\
         @1.050 type \"o\" every 0.050\n\
         0.000 \"o\"\n\
         @1.100 type \"ë\" every 0.050\n\
         0.000 \"ë\"\n\
         @1.150 press Enter \"\\r\"\n\
         0.000 \"\\r\\n\"\n\
         0.000 \"<Zoë>\\r\\n\"\n\
         @1.150 exit 0\n",
    );
}

#[test]
fn a_text_may_have_line_ends_which_are_the_enter_key() {
    let session = sh(
        "read -r a; read -r b; echo \"$b$a\"",
        "@1.000 type \"one\\ntwo\\n\"\n",
    );
    let Some(told) = events(&session) else {
        return;
    };
    assert!(
        told.contains("@1.000 type \"one\\n\" \"two\\n\"\n"),
        "{told}"
    );
    assert!(told.contains("twoone"), "{told}");
}

/// A recording keeps what was pressed; other modes at the next run make other bytes of it, which is a difference.
#[test]
fn a_run_encodes_the_keys_anew() {
    let record = |modes| {
        let session = reads_raw(modes, "press Up");
        events(&session).and_then(|_| session.run().ok())
    };
    let (Some(normal), Some(application)) = (record(""), record("\\033[?1h")) else {
        return;
    };
    assert_eq!(sent(&normal), b"\x1b[A");
    assert_eq!(sent(&application), b"\x1bOA");
    let changed = normal
        .to_string()
        .replace("printf 'ready", "printf '\\\\033[?1hready");
    let changed = changed.parse().unwrap();
    let run = Session::again(&changed, std::path::Path::new("."))
        .unwrap()
        .run()
        .unwrap();
    assert_eq!(sent(&run), b"\x1bOA");
}
