//! CPython, every version that is found, with what the book's two editions do (`tests/python`).

use super::{at, run, said, tells};
use crate::{
    bounded::Run,
    effort::soak,
    oracle::{THREAD, onlcr, sha256, stream},
    requirement::is_met,
};
use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};
use stroboscope::session::Session;

/// The header line of CPython 3.9 and earlier for the thread.
const OLD_THREAD: &str = "spinner object: <Thread(Thread-1, initial)>";
/// The first edition's streams of 30 frames as they were measured: header line, and digest of the whole.
const DIGESTS: [(&str, &str); 2] = [
    (
        OLD_THREAD,
        "538ad3341f04a9f54de270724a13db15189e909764ded761729b7e2024198f67",
    ),
    (
        THREAD,
        "6f281cc213d53ea46dfa8521016df8f07b2393417f2ad0e89932379d7ad671d7",
    ),
];

/// An interpreter.
struct Python {
    path: PathBuf,
    version: (u8, u8),
}

/// A program of `tests/python`.
#[derive(Clone, Copy, PartialEq)]
enum Program {
    /// The first edition's, on a thread.
    Thread,
    /// The first edition's, as a coroutine.
    Task,
    /// The second edition's, on a thread.
    ReturnThread,
    /// The second edition's, as a coroutine.
    ReturnTask,
    /// The same, with work that blocks the event loop.
    Blocked,
}

use Program::{Blocked, ReturnTask, ReturnThread, Task, Thread};

impl Python {
    /// Asks an interpreter who it is.
    fn ask(program: &Path) -> Option<Python> {
        let question = "import sys; print('%d %d %s' % (sys.version_info[:2] + (sys.executable,)))";
        let output = Command::new(program)
            .args(["-c", question])
            .try_run()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let mut words = text.trim_end().splitn(3, ' ');
        let version = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let path = Path::new(words.next()?).canonicalize().ok()?;
        Some(Python { path, version })
    }

    fn session(&self, program: Program) -> Session {
        let session = Session::new(&self.path).arg(program.path());
        match program {
            Blocked => session.arg("blocked"),
            _ => session,
        }
    }

    /// The first line.
    fn header(&self, program: Program) -> String {
        let (name, line) = match program {
            Thread | ReturnThread if self.version < (3, 10) => return OLD_THREAD.to_owned(),
            Thread | ReturnThread => return THREAD.to_owned(),
            Task => ("spin", 6),
            ReturnTask | Blocked => ("spin", 11),
        };
        let task = if self.version < (3, 8) {
            ""
        } else {
            "name='Task-2' "
        };
        let path = program.path();
        format!(
            "spinner object: <Task pending {task}coro=<{name}() running at {}:{line}>>",
            path.display()
        )
    }

    /// What it tells, write by write. Text waits for a flush, on a terminal also for a line end, and from Python 3 on for a
    /// carriage return.
    fn story(&self, program: Program, on_pty: bool) -> String {
        let (mut lines, mut waiting) = (String::new(), String::new());
        for (ms, text, flushed) in program.texts(&self.header(program)) {
            waiting += &text;
            let ends_line = text.contains('\n') || (text.contains('\r') && self.version.0 > 2);
            if flushed || (on_pty && ends_line) {
                let text = std::mem::take(&mut waiting);
                lines += &said(ms, &if on_pty { returned(&text) } else { text });
            }
        }
        if !waiting.is_empty() {
            lines += &said(3000, &waiting);
        }
        lines + &format!("{} exit 0", at(3000))
    }
}

/// Text as the terminal receives it.
fn returned(text: &str) -> String {
    String::from_utf8(onlcr(text.as_bytes())).unwrap()
}

impl Program {
    fn path(self) -> PathBuf {
        let name = match self {
            Thread => "spinner_thread.py",
            Task => "spinner_asyncio.py",
            ReturnThread => "carriage_return_thread.py",
            ReturnTask | Blocked => "carriage_return_asyncio.py",
        };
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/python")
            .join(name)
    }

    /// Everything it prints: when, what, and whether it flushes then.
    fn texts(self, header: &str) -> Vec<(u64, String, bool)> {
        let mut texts = vec![(0, format!("{header}\n"), false)];
        let (glyphs, blanks) = match self {
            Thread | Task => (["| ", "/ ", "- ", "\\ "], " ".repeat(11)),
            _ => (["\r\\ ", "\r| ", "\r/ ", "\r- "], " ".repeat(12)),
        };
        let frames = glyphs.iter().cycle().take(30).zip((0..).step_by(100));
        for (glyph, ms) in frames.filter(|_| self != Blocked) {
            texts.push((ms, format!("{glyph}thinking!"), true));
            if glyph.len() == 2 {
                texts.push((ms, "\x08".repeat(11), false));
            }
        }
        match self {
            Thread | Task => texts.push((3000, format!("{blanks}{}", "\x08".repeat(11)), false)),
            Blocked => {}
            ReturnThread | ReturnTask => texts.push((3000, format!("\r{blanks}\r"), false)),
        }
        texts.push((3000, "Answer: 42\n".to_owned(), false));
        texts
    }

    /// Whether a version has what the program is made of.
    fn runs_on(self, python: &Python) -> bool {
        python.version.0 > 2 || matches!(self, Thread | ReturnThread)
    }
}

/// Every interpreter that is found: each folder's `python3` in `PATH`, and pyenv's.
static PYTHONS: LazyLock<Vec<Python>> = LazyLock::new(|| {
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join("python3"));
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".pyenv"));
    let pyenv = env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(home);
    let versions = pyenv.and_then(|pyenv| pyenv.join("versions").read_dir().ok());
    let versions = versions.into_iter().flatten().flatten();
    let of_pyenv = versions.map(|version| version.path().join("bin/python"));
    let asked = on_path
        .chain(of_pyenv)
        .filter_map(|path| Python::ask(&path));
    let found: BTreeMap<_, _> = asked.map(|python| (python.path.clone(), python)).collect();
    found.into_values().collect()
});

/// Those that are found; a test is skipped where there is no Python 3.
#[track_caller]
fn pythons() -> &'static [Python] {
    let found = PYTHONS.iter().any(|python| python.version.0 == 3);
    if is_met("python3", found) {
        &PYTHONS
    } else {
        &[]
    }
}

/// Those that a program is run by: for `just soak` all, and otherwise the newest of each kind of header and of buffer.
#[track_caller]
fn chosen(program: Program) -> Vec<&'static Python> {
    let all = pythons().iter().filter(|python| program.runs_on(python));
    if soak().is_some() {
        return all.collect();
    }
    let kind = |python: &Python| (python.version.0, python.header(program));
    let newest = all.fold(BTreeMap::new(), |mut newest, python| {
        let kept = newest.entry(kind(python)).or_insert(python);
        if python.version > kept.version {
            *kept = python;
        }
        newest
    });
    newest.into_values().collect()
}

/// Every version tells the same story, on a terminal and on a pipe; only its header line is its own.
#[track_caller]
fn all_tell(program: Program) {
    for python in chosen(program) {
        tells(&python.session(program), &python.story(program, true));
        tells(
            &python.session(program).pipe(),
            &python.story(program, false),
        );
    }
}

/// The stream is the one that was measured, with the header lines of then in place of its own.
#[track_caller]
fn all_stream(program: Program) {
    for python in chosen(program) {
        let Some(recording) = run(&python.session(program).pipe()) else {
            return;
        };
        let text = String::from_utf8(recording.output()).unwrap();
        let (header, rest) = text.split_once('\n').unwrap();
        assert_eq!(header, python.header(program));
        for (measured, digest) in DIGESTS {
            assert_eq!(sha256(format!("{measured}\n{rest}").as_bytes()), digest);
        }
    }
}

/// A run of each program by each version.
pub fn all() -> Vec<(String, Session)> {
    let programs = [Thread, Task, ReturnThread, ReturnTask, Blocked];
    let runs = PYTHONS.iter().flat_map(|python| {
        let runs = programs.iter().filter(|program| program.runs_on(python));
        runs.map(|program| {
            let (major, minor) = python.version;
            let path = program.path();
            let name = path.file_stem().unwrap().display();
            let blocked = if *program == Blocked { " blocked" } else { "" };
            let name = format!("python {major}.{minor} {name}{blocked}");
            (name, python.session(*program))
        })
    });
    runs.collect()
}

#[test]
fn a_thread_of_the_first_edition_draws_thirty_frames() {
    all_tell(Thread);
}

#[test]
fn a_coroutine_of_the_first_edition_draws_thirty_frames() {
    all_tell(Task);
}

#[test]
fn the_streams_of_the_first_edition_have_the_digests_that_were_measured() {
    all_stream(Thread);
    all_stream(Task);
}

#[test]
fn a_thread_of_the_second_edition_draws_thirty_frames() {
    all_tell(ReturnThread);
}

#[test]
fn a_coroutine_of_the_second_edition_draws_thirty_frames() {
    all_tell(ReturnTask);
}

#[test]
fn an_event_loop_that_is_blocked_shows_no_frame() {
    all_tell(Blocked);
}

/// The stories of these tests are those of the oracle: without it the tests would only agree with themselves.
#[test]
fn the_expected_writes_are_those_of_the_oracle() {
    for (version, header) in [((3, 9), OLD_THREAD), ((3, 13), THREAD)] {
        let path = PathBuf::new();
        let python = Python { path, version };
        let texts = Thread.texts(&python.header(Thread));
        let joined: String = texts.into_iter().map(|(_, text, _)| text).collect();
        assert_eq!(joined.as_bytes(), stream(header, "thinking!", 30));
        // N + 2 on a terminal, N + 1 on a pipe; the second edition's N + 3 and N + 1; and the end.
        let count = |program, on_pty| python.story(program, on_pty).lines().count();
        let counts = [Thread, ReturnThread, Blocked]
            .map(|program| [count(program, true), count(program, false)]);
        assert_eq!(counts, [[33, 32], [34, 32], [3, 2]]);
    }
}
