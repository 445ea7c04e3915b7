//! Every snapshot, by name. A file in `snapshots/` that stands for none of them fails the suite.

use crate::{
    bounded::Run as _,
    capture::{Run, on_pipe, on_pty, spinner},
};
use std::{collections::BTreeSet, iter::repeat, path::Path, process::Command};
use stroboscope::view::notebook::{Rule, fold, markdown_block};
use stroboscope::{
    comparison::compare,
    recording::{Level, Recording},
    transcript::split_front_matter,
};

/// A test for each snapshot, and the list of all names.
macro_rules! snapshots {
    ($($(#[doc = $description:literal])+ $name:ident: $text:expr;)+) => {
        $(#[test]
        fn $name() {
            check(stringify!($name), concat!($($description),+).trim(), &$text);
        })+

        const NAMES: &[&str] = &[$(stringify!($name)),+];
    };
}

#[track_caller]
fn check(name: &str, description: &str, text: &str) {
    let file = format!("snapshots/{name}.snap");
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
    if let Ok(stored) = std::fs::read_to_string(stored) {
        let (_, stored) = split_front_matter(&stored);
        if stored.trim_end() != text.trim_end() {
            println!("{file} has changed:\n{}", change(stored, text));
        }
    }
    settings(description).bind(|| insta::assert_snapshot!(name, text));
}

/// What has changed, by its causes; of a text that is no transcript the first lines.
fn change(old: &str, new: &str) -> String {
    if let (Ok(old), Ok(new)) = (old.parse::<Recording>(), new.parse::<Recording>()) {
        return compare(&old, &new, Level::Exact).to_string();
    }
    let lines = old.lines().zip(new.lines().chain(repeat("")));
    let changed = lines.filter(|(old, new)| old != new);
    let shown = changed
        .take(5)
        .map(|(old, new)| format!("-{old}\n+{new}\n"));
    shown.collect()
}

fn settings(description: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(description);
    settings
}

/// The transcript of a run, once what was captured is known to be what it says.
#[track_caller]
fn transcript(run: &Run) -> String {
    let recorded = run.recording.output();
    assert_eq!(
        run.captured.escape_ascii().to_string(),
        recorded.escape_ascii().to_string()
    );
    assert_eq!(run.end, run.recording.end().1);
    run.recording.to_string()
}

#[track_caller]
fn pty(arguments: &str) -> String {
    transcript(&on_pty(&words(arguments), (80, 24)))
}

#[track_caller]
fn pipe(arguments: &str) -> String {
    transcript(&on_pipe(&words(arguments)))
}

/// Words between blanks; what stands between apostrophes is one.
pub fn words(line: &str) -> Vec<&str> {
    let quoted = line.split('\'').enumerate();
    quoted
        .flat_map(|(index, part)| {
            if index % 2 == 1 {
                vec![part]
            } else {
                part.split_whitespace().collect()
            }
        })
        .collect()
}

fn help_of(arguments: &[&str]) -> String {
    let output = spinner(arguments).run();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

snapshots! {
    /// The thread spinner on a terminal: three seconds, 30 frames, 32 writes.
    thread_pty_3s: pty("thread --paused");
    /// The thread spinner on a pipe: the same bytes but for line ends, one write fewer.
    thread_pipe_3s: pipe("thread --paused");
    /// The coroutine spinner on a terminal: as the thread, but for the header line.
    async_pty_3s: pty("async --paused --source spinner.py:6");
    /// The coroutine spinner on a pipe.
    async_pipe_3s: pipe("async --paused --source spinner.py:6");
    /// The timer of a system that ticks 64 times a second: 28 frames; the thread ends at its next wake after three seconds.
    thread_pty_3s_grain: pty("thread --paused --grain 15.625ms --thread-name 'Thread-5 (spin)'");
    /// The same on a pipe.
    thread_pipe_3s_grain: pipe("thread --paused --grain 15.625ms --thread-name 'Thread-5 (spin)'");
    /// The coroutine at that grain: it ends at three seconds sharp.
    async_pty_3s_grain: pty("async --paused --grain 15.625ms --source spinner.py:6");
    /// The same on a pipe.
    async_pipe_3s_grain: pipe("async --paused --grain 15.625ms --source spinner.py:6");
    /// An interrupt at the first instant there is: the thread sees it at its next wake.
    thread_pty_interrupt_1ms: pty("thread --paused --interrupt-at 1ms");
    /// An interrupt between two frames of the thread.
    thread_pty_interrupt_250ms: pty("thread --paused --interrupt-at 250ms");
    /// An interrupt in the thread's last gap.
    thread_pty_interrupt_450ms: pty("thread --paused --work 500ms --interrupt-at 450ms");
    /// An interrupt at the very end of the work wins: no answer.
    thread_pty_interrupt_500ms: pty("thread --paused --work 500ms --interrupt-at 500ms");
    /// An interrupt at the first instant there is: the coroutine ends at once.
    async_pty_interrupt_1ms: pty("async --paused --source spinner.py:6 --interrupt-at 1ms");
    /// An interrupt between two frames of the coroutine.
    async_pty_interrupt_250ms: pty("async --paused --source spinner.py:6 --interrupt-at 250ms");
    /// An interrupt in the coroutine's last gap.
    async_pty_interrupt_450ms: pty("async --paused --source spinner.py:6 --work 500ms --interrupt-at 450ms");
    /// An interrupt at the very end of the work wins: no answer.
    async_pty_interrupt_500ms: pty("async --paused --source spinner.py:6 --work 500ms --interrupt-at 500ms");
    /// On a pipe nothing is echoed, and so nothing of it is wiped.
    thread_pipe_interrupt_250ms: pipe("thread --paused --interrupt-at 250ms");
    /// Characters of two columns: eight backspaces for five characters.
    thread_pty_wide_message: pty("thread --paused --work 500ms --message 思考中");
    /// No message: the glyph and a blank.
    thread_pty_empty_message: pty("thread --paused --work 500ms --message ''");
    /// A message wider than the terminal is cut to 79 columns.
    thread_pty_long_message: pty(&format!("thread --paused --work 500ms --message '{}'", "over and over ".repeat(9).trim()));
    /// A terminal of eight columns: the status is cut to seven.
    thread_pty_8_columns: transcript(&on_pty(&words("thread --paused --work 500ms"), (8, 24)));
    /// What a notebook keeps of the thread spinner's 28 frames, as its page prints it: the last line is four blanks.
    thread_page_28_frames: escaped_line_ends(&markdown_block(&fold(Rule::Rx, &stream("thread --paused --grain 15.625ms --thread-name 'Thread-5 (spin)'")).unwrap()));
    /// What a cursor-keeping notebook keeps of it: no frame.
    thread_notebook_lab: fold(Rule::Lab, &stream("thread --paused")).unwrap();
    /// The help of the program.
    help: help_of(&["--help"]);
    /// The help of the thread style.
    help_thread: help_of(&["thread", "--help"]);
    /// The help of the coroutine style.
    help_async: help_of(&["async", "--help"]);
}

/// The README's moving picture, as `strobe show` draws it from a snapshot.
#[test]
fn picture() {
    let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/thread_pty_3s.snap");
    let mut strobe = Command::new(env!("CARGO_BIN_EXE_strobe"));
    let drawn = strobe
        .arg("show")
        .arg(recording)
        .args(["--as", "svg"])
        .run();
    assert!(drawn.status.success());
    settings("The thread spinner's three seconds as a moving picture.")
        .bind(|| insta::assert_binary_snapshot!("spinner.svg", drawn.stdout));
}

fn stream(arguments: &str) -> String {
    String::from_utf8(on_pipe(&words(arguments)).recording.output()).unwrap()
}

/// A text whose line ends show, so that the blanks before them do.
fn escaped_line_ends(text: &str) -> String {
    text.lines().map(|line| format!("{line}⏎\n")).collect()
}

#[test]
fn every_file_in_snapshots_is_asserted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let files = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pending = |file: &String| file.ends_with(".snap.new") || file.starts_with('.');
    let files: BTreeSet<String> = files.filter(|file| !pending(file)).collect();
    let picture = ["spinner.snap".to_owned(), "spinner.snap.svg".to_owned()];
    let asserted: BTreeSet<String> = NAMES
        .iter()
        .map(|name| format!("{name}.snap"))
        .chain(picture)
        .collect();
    let orphans: Vec<_> = files.difference(&asserted).collect();
    assert!(
        orphans.is_empty(),
        "no test asserts these files of `snapshots/`: {orphans:?}; delete them"
    );
}
