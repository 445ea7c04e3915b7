//! A person types: keys are recorded by their names, and the answers of their terminal are told from them.

use crate::{capture::OnPty, workshop::Workshop};
use rustix::{
    process::{Pid, Signal, kill_process},
    termios::{InputModes, LocalModes},
};
use stroboscope::{
    Script,
    recording::Recording,
    terminal::{Modes, Terminal},
};

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

/// What a full-screen program sets, and what it is killed with.
const SETS: &str = "printf '\\033[?1049h\\033[?25l\\033[?1002h\\033[?1006h\\033[?2004h\\033[?1h\\033=\\033[>1u\\033[5;9r\\033[5 qready'";

/// A shell on a terminal runs strobe, and strobe a program, one of which is killed: to the shell the terminal is as before.
#[track_caller]
fn is_as_before(victim: &str, signal: Signal) {
    let shop = Workshop::new();
    let pids = shop.path("pids");
    let program = format!("{SETS}; echo $$ $PPID >{}; exec sleep 1000", pids.display());
    let strobe = "\"$@\" || :; read -r line; printf '[end]'";
    let mut shell = OnPty::command(
        "sh",
        &[
            "-c",
            strobe,
            "sh",
            env!("CARGO_BIN_EXE_strobe"),
            "record",
            "--clock",
            "real",
            "-o",
            shop.path("live.strobe").to_str().unwrap(),
            "--",
            "sh",
            "-c",
            &program,
        ],
    );
    shell.wait_for("ready");
    shell.until("its number", |_| shop.line("pids").is_some());
    let is_raw = |shell: &OnPty| !shell.attributes().local_modes.contains(LocalModes::ICANON);
    assert!(is_raw(&shell), "strobe has taken the terminal over");
    let pids: Vec<i32> = shop
        .read("pids")
        .split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect();
    let pid = if victim == "strobe" { pids[1] } else { pids[0] };
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    shell.wait_for("\x1b[?1049l");
    shell.until("the terminal's attributes", |shell| !is_raw(shell));
    let attributes = shell.attributes();
    assert!(
        attributes
            .local_modes
            .contains(LocalModes::ECHO | LocalModes::ISIG)
    );
    assert!(attributes.input_modes.contains(InputModes::ICRNL));
    shell.send(b"\r");
    let (shown, _) = shell.end();
    let mut terminal = Terminal::new(80, 24);
    terminal.feed(&shown);
    let case = format!("{victim}, {signal:?}");
    assert_eq!(terminal.modes(), Modes::default(), "{case}");
    assert_eq!(terminal.keyboard_flags(), 0, "{case}");
    assert!(terminal.visible_text().concat().contains("[end]"), "{case}");
}

#[test]
fn after_a_live_session_the_terminal_is_as_before_whoever_was_killed() {
    for (victim, signal) in [
        ("the program", Signal::KILL),
        ("strobe", Signal::KILL),
        ("strobe", Signal::TERM),
        ("strobe", Signal::HUP),
        ("strobe", Signal::ABORT),
    ] {
        is_as_before(victim, signal);
    }
}

/// Where nothing is seen of the program, it would look like a hang.
#[test]
fn on_a_terminal_without_a_file_record_says_that_it_records() {
    let record = ["record", "--clock", "real", "--limit", "90s"];
    let tells = |more: &[&str]| {
        let arguments = [
            &record[..],
            more,
            &["--", "sh", "-c", "sleep 0.1; echo end"],
        ]
        .concat();
        let mut strobe = OnPty::command(env!("CARGO_BIN_EXE_strobe"), &arguments);
        strobe.wait_for(
            "strobe: recording in real time, until the program ends or for 1m 30s (`--limit`)",
        );
        strobe
    };
    tells(&[]).wait_for("; with `-o FILE` you see the program and can type to it\r\n");
    tells(&["--channel", "pipe"]).wait_for("\r\ntranscript: 1\r\n");
}
