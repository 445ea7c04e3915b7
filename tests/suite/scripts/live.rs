//! A person types: keys are recorded by their names, and the answers of their terminal are told from them.

use crate::{capture::OnPty, strobe::Workshop};
use stroboscope::{Script, recording::Recording};

const ASKS: &str = "stty raw -echo; printf '\\033[?1h\\033[6n'; dd bs=9 count=1 2>/dev/null | cat -v; printf 'Name?'; \
    dd bs=9 count=1 2>/dev/null | cat -v; printf 'Age?'; dd bs=9 count=1 2>/dev/null | cat -v; printf 'Exit?'; \
    dd bs=9 count=1 2>/dev/null | cat -v; stty sane";

#[test]
fn what_a_person_types_is_recorded_by_its_names_and_can_be_run_again() {
    let shop = Workshop::new();
    let file = shop.path("live.strobe");
    let mut typist = OnPty::command(
        env!("CARGO_BIN_EXE_strobe"),
        &[
            "record",
            "--clock",
            "real",
            "-o",
            file.to_str().unwrap(),
            "--",
            "sh",
            "-c",
            ASKS,
        ],
    );
    for (shown, typed) in [
        ("\x1b[6n", &b"\x1b[11;7R"[..]),
        ("Name?", b"Zo\xc3\xab\t"),
        ("Age?", b"\x1bOA\x1bOA\r"),
        ("Exit?", b"\x03"),
    ] {
        typist.wait_for(shown);
        typist.send(typed);
    }
    typist.end();
    let recording: Recording = shop.read("live.strobe").parse().unwrap();
    let text = recording.to_string();
    for line in [
        " reply \"\\e[11;7R\"\n",
        " type \"Zoë\"\n",
        " press Tab \"\\t\"\n",
        " press Up*2 Enter \"\\eOA\\eOA\\r\"\n",
        " press C-c \"\\x03\"\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    // The answer is made again, and not typed.
    let script = Script::from(&recording);
    assert_eq!(script.steps().len(), 4);
}
