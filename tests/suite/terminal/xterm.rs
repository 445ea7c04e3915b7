//! Random streams, drawn by a real xterm too. It is asked for each cell (DECRQCRA) and for its cursor (DECCIR).

use super::fed;
use crate::{
    bounded::{Bounded, Run},
    requirement::is_met,
};
use proptest::{prelude::*, test_runner::Config};
use std::{
    env,
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

const COLUMNS: u16 = 20;
const ROWS: u16 = 6;
/// Leaves nothing of the stream before: a reset keeps the saved modes and what belongs to the alternate screen.
const RESET: &str = "\x1b\\\x18\x1bc\x1b[?1049h\x1b[!p\x1b[m\x1b[2J\x1b[H\x1b7\x1b[?1049l\x1bc\
    \x1b[?5;6;7;45;69;47;1047;1049s";
/// A question whose answer ends with ST (DA3).
const FENCE: &str = "\x1b[=c";
const FENCED: &str = "\x1bP!|";

/// A real xterm on a display of its own. What its program writes and reads goes through two named pipes.
struct Xterm {
    /// It ends before its display.
    _running: [Bounded; 2],
    to: File,
    from: File,
}

impl Xterm {
    fn start(folder: &Path, limit: Duration) -> Xterm {
        let mut server = Command::new("Xvfb");
        server.args(["-displayfd", "1", "-nolisten", "tcp"]);
        server.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut display = Bounded::spawn(&mut server, limit);
        let mut number = String::new();
        let mut told = BufReader::new(display.child().stdout.take().unwrap());
        told.read_line(&mut number).unwrap();
        let pipes = ["to", "from"].map(|name| folder.join(name));
        let made = Command::new("mkfifo").args(&pipes).run_tool();
        assert!(made.status.success());
        let program = "stty raw -echo; cat to & exec cat >from";
        let size = format!("{COLUMNS}x{ROWS}");
        let mut command = Command::new("xterm");
        command
            .args([
                "-u8",
                "-geometry",
                &size,
                "-xrm",
                "XTerm*allowWindowOps: true",
            ])
            .args([
                "-xrm",
                "XTerm*decTerminalID: 525",
                "-e",
                "sh",
                "-c",
                program,
            ])
            .env("DISPLAY", format!(":{}", number.trim()))
            .env("LC_ALL", "C.UTF-8")
            .current_dir(folder)
            .stderr(Stdio::null());
        let xterm = Bounded::spawn(&mut command, limit);
        let [to, from] = &pipes;
        Xterm {
            _running: [xterm, display],
            to: File::options().write(true).open(to).unwrap(),
            from: File::open(from).unwrap(),
        }
    }

    /// Writes this to xterm, and returns what it answered.
    fn ask(&mut self, text: &str) -> String {
        self.to.write_all(text.as_bytes()).unwrap();
        self.to.write_all(FENCE.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let mut some = [0; 4096];
        loop {
            let count = self.from.read(&mut some).unwrap();
            assert!(count > 0, "xterm has ended");
            answer.extend_from_slice(&some[..count]);
            let text = String::from_utf8_lossy(&answer);
            if let Some((before, after)) = text.split_once(FENCED)
                && after.ends_with("\x1b\\")
            {
                return before.to_owned();
            }
        }
    }

    /// The rows and the cursor (row, column) after a stream.
    fn draw(&mut self, stream: &str) -> (Vec<String>, (u16, u16)) {
        self.ask(RESET);
        self.ask(&format!("{stream}\x18"));
        let report = self.ask("\x1b[1$w");
        let mut report = report.strip_prefix("\x1bP1$u").unwrap().split(';');
        let mut place = || report.next().unwrap().parse::<u16>().unwrap() - 1;
        let cursor = (place(), place());
        // Characters as they are, and rectangles from the corner.
        let mut questions = "\x1b[63#y\x1b[?6l".to_owned();
        for row in 1..=ROWS {
            for column in 1..=COLUMNS {
                questions += &format!("\x1b[1;1;{row};{column};{row};{column}*y");
            }
        }
        let answers = self.ask(&questions);
        let codes = answers.split("\x1bP1!~").skip(1);
        let characters: Vec<char> = codes
            .map(|code| {
                let code = u32::from_str_radix(&code[..4], 16).unwrap();
                char::from_u32(code.max(0x20)).unwrap()
            })
            .collect();
        let rows = characters.chunks(COLUMNS.into());
        (rows.map(|row| row.iter().collect()).collect(), cursor)
    }
}

/// Text, controls and sequences. Left out is what xterm draws by how it keeps its lines, and not by what was written: wide
/// characters that are cut, lines of double width that text runs over, and the blank of line drawing at the end of a row.
fn piece() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        3 => Just(String::new()),
        5 => (0_u16..8).prop_map(|number| number.to_string()),
        2 => (0..COLUMNS + 2).prop_map(|number| number.to_string()),
    ];
    let two = (number.clone(), number.clone()).prop_map(|(one, two)| format!("{one};{two}"));
    let four = (two.clone(), two.clone()).prop_map(|(one, two)| format!("{one};{two}"));
    let modes = vec!["4", "20", "?6", "?7", "?45", "?69", "?47", "?1047", "?1049"];
    prop_oneof![
        6 => "[ -^`-~é─]{1,12}|[A-T]{20}",
        2 => "\r|\n|\x08|\t|\r\n|\x0b|\x0f|\x0e|\0",
        4 => (number.clone(), "[A-GIZade`@PLMSTXb^]| [@A]|'[}~]").prop_map(|(count, last)| format!("\x1b[{count}{last}")),
        2 => (two.clone(), "[Hfrs]").prop_map(|(two, last)| format!("\x1b[{two}{last}")),
        2 => "\x1b\\[\\??[012]?[JK]",
        2 => "\x1b[DEMH78]",
        1 => "\x1b\\[[03]?g|\x1b\\[[su]|\x1b\\[!p|\x1b#8|\x1bc",
        1 => "\x1b[()][0B]",
        2 => (proptest::sample::select(modes), "[hl]").prop_map(|(mode, last)| format!("\x1b[{mode}{last}")),
        1 => (four.clone(), "\\$[z{]").prop_map(|(four, last)| format!("\x1b[{four}{last}")),
        1 => four.clone().prop_map(|four| format!("\x1b[42;{four}$x")),
        1 => (four, two).prop_map(|(four, two)| format!("\x1b[{four};1;{two};1$v")),
    ]
}

/// `just xterm` runs it.
#[test]
#[ignore = "needs a real xterm and a display for it; `just xterm` runs it"]
fn random_streams_are_drawn_as_by_xterm() {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = |name| env::split_paths(&path).any(|folder| folder.join(name).exists());
    if !is_met("xterm", is_there("xterm") && is_there("Xvfb")) {
        return;
    }
    let count = env::var("STROBE_XTERM").map_or(200, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut xterm = Xterm::start(folder.path(), Duration::from_secs(60 + u64::from(count)));
    let xterm = std::cell::RefCell::new(&mut xterm);
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(count)
    };
    proptest!(config, |(pieces in proptest::collection::vec(piece(), 1..20))| {
        let stream = pieces.concat();
        let (rows, cursor) = xterm.borrow_mut().draw(&stream);
        let terminal = fed((COLUMNS, ROWS), format!("{stream}\x18").as_bytes());
        let row = |row| (0..COLUMNS).map(|column| terminal.character(row, column)).collect();
        let ours: Vec<String> = (0..ROWS).map(row).collect();
        let place = terminal.cursor();
        prop_assert_eq!((rows, cursor), (ours, (place.row, place.column)));
    });
}
