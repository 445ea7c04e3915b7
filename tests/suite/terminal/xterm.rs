//! Random streams, drawn by a real xterm too. It is asked for each cell (DECRQCRA) and for its cursor (DECCIR).

use super::fed;
use crate::xterm::{Xterm, is_there};
use proptest::{prelude::*, test_runner::Config};
use std::{env, time::Duration};

const COLUMNS: u16 = 20;
const ROWS: u16 = 6;
/// Leaves nothing of the stream before: a reset keeps the saved modes and what belongs to the alternate screen.
const RESET: &str = "\x1b\\\x18\x1bc\x1b[?1049h\x1b[!p\x1b[m\x1b[2J\x1b[H\x1b7\x1b[?1049l\x1bc\
    \x1b[?5;6;7;45;69;47;1047;1049s";

/// The rows and the cursor (row, column) after a stream.
fn draw(xterm: &mut Xterm, stream: &str) -> (Vec<String>, (u16, u16)) {
    xterm.ask(RESET);
    xterm.ask(&format!("{stream}\x18"));
    let report = xterm.ask("\x1b[1$w");
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
    let answers = xterm.ask(&questions);
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
    if !is_there() {
        return;
    }
    let count = env::var("STROBE_XTERM").map_or(200, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut xterm = Xterm::start(
        folder.path(),
        (COLUMNS, ROWS),
        &[],
        Duration::from_secs(60 + u64::from(count)),
    );
    let xterm = std::cell::RefCell::new(&mut xterm);
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(count)
    };
    proptest!(config, |(pieces in proptest::collection::vec(piece(), 1..20))| {
        let stream = pieces.concat();
        let (rows, cursor) = draw(&mut xterm.borrow_mut(), &stream);
        let terminal = fed((COLUMNS, ROWS), format!("{stream}\x18").as_bytes());
        let row = |row| (0..COLUMNS).map(|column| terminal.character(row, column)).collect();
        let ours: Vec<String> = (0..ROWS).map(row).collect();
        let place = terminal.cursor();
        prop_assert_eq!((rows, cursor), (ours, (place.row, place.column)));
    });
}
