//! Random streams, drawn by a real xterm too. It is asked for each cell (DECRQCRA), how it looks (XTREPORTSGR), and for its
//! cursor (DECCIR).

use super::fed;
use crate::xterm::{Xterm, is_there};
use proptest::{prelude::*, test_runner::Config};
use std::{collections::BTreeSet, env, time::Duration};
use stroboscope::terminal::{Color, Style, Terminal, Underline};

const COLUMNS: u16 = 20;
const ROWS: u16 = 6;
/// Leaves nothing of the stream before: a reset keeps the saved modes and what belongs to the alternate screen.
const RESET: &str = "\x1b\\\x18\x1b[?41l\x1bc\x1b[?1049h\x1b[!p\x1b[m\x1b[2J\x1b[H\x1b7\x1b[?1049l\x1bc\
    \x1b[?5;6;7;41;45;47;1047;1049s";
/// Takes all styles that were kept (XTPOPSGR).
const POPS: &str = "\x1b[#}\x1b[#}\x1b[#}\x1b[#}\x1b[#}\x1b[#}\x1b[#}\x1b[#}\x1b[#}\x1b[#}\x1b[m";
/// What xterm saves as if it were set, and keeps.
const SAVED: &str = "\x1b[?69;95s";
/// Colors as they are told, and scrolling at once: what waits to be scrolled is not erased as otherwise, and how long it waits
/// depends on what else there is to read.
const RESOURCES: [&str; 2] = ["boldColors: false", "jumpScroll: false"];

/// The rows with how each place looks, and the cursor: row, column, whether it waits after a full row.
type Drawn = (Vec<(String, Vec<BTreeSet<String>>)>, (u16, u16, bool));

fn draw(xterm: &mut Xterm, stream: &str) -> Drawn {
    xterm.ask(&format!("{RESET}{POPS}{SAVED}"));
    xterm.ask(&format!("{stream}\x18"));
    let report = xterm.ask("\x1b[1$w");
    let mut report = report.strip_prefix("\x1bP1$u").unwrap().split(';');
    let mut place = || report.next().unwrap().parse::<u16>().unwrap() - 1;
    let (row, column) = (place(), place());
    let flags = report.nth(3).unwrap().as_bytes()[0];
    let cursor = (row, column, flags & 8 != 0);
    // Characters as they are, and rectangles from the corner.
    let mut questions = "\x1b[63#y\x1b[?6l".to_owned();
    for row in 1..=ROWS {
        for column in 1..=COLUMNS {
            let rectangle = format!("{row};{column};{row};{column}");
            questions += &format!("\x1b[1;1;{rectangle}*y\x1b[{rectangle}#|");
        }
    }
    let answers = xterm.ask(&questions);
    let places: Vec<(char, BTreeSet<String>)> = answers
        .split("\x1bP1!~")
        .skip(1)
        .map(|answer| {
            let code = u32::from_str_radix(&answer[..4], 16).unwrap();
            let character = char::from_u32(code.max(0x20)).unwrap();
            let (_, look) = answer.split_once("\x1b[").unwrap();
            (character, told(look.trim_end_matches('m'), character))
        })
        .collect();
    let rows = places.chunks(COLUMNS.into());
    (
        rows.map(|row| row.iter().cloned().unzip()).collect(),
        cursor,
    )
}

/// The attributes that are told, but those that a space does not show, and a line where there are two. A color that is none
/// is -1, and what was copied (DECCRA) has bits beside those of its color.
fn told(look: &str, character: char) -> BTreeSet<String> {
    let plain = |word: &str| match word.split_once(":5:") {
        Some((kind, number)) => {
            let number = number.parse::<u32>().unwrap() & 0xff;
            let (base, bright) = if kind == "38" { (30, 90) } else { (40, 100) };
            match number {
                128..136 => (base + number - 128).to_string(),
                136..144 => (bright + number - 136).to_string(),
                _ => format!("{kind}:5:{number}"),
            }
        }
        None => word.to_owned(),
    };
    let mut set: BTreeSet<String> = look.split(';').map(plain).collect();
    set.retain(|one| !one.ends_with("-1") && one != "0");
    if set.contains("21") {
        set.remove("4");
    }
    if character == ' ' {
        let is_shown = |one: &String| {
            one.starts_with("48") || one.len() > 1 && one.starts_with('4') || one.starts_with("10")
        };
        set.retain(|one| is_shown(one) || one == "4" || one == "7");
    }
    set
}

/// The same of ours, as xterm tells it.
fn ours(terminal: &Terminal) -> Drawn {
    let color = |color, base: u8, bright: u8, extended: u8| match color {
        Color::Indexed(number @ 0..8) => format!("{}", base + number),
        Color::Indexed(number @ 8..16) => format!("{}", bright + number - 8),
        Color::Indexed(number) => format!("{extended}:5:{number}"),
        _ => String::from("-1"),
    };
    let look = |style: Style| {
        let attributes = [
            (style.bold, "1"),
            (style.dim, "2"),
            (style.italic, "3"),
            (style.underline == Underline::Single, "4"),
            (style.underline == Underline::Double, "21"),
            (style.blink, "5"),
            (style.inverse, "7"),
            (style.strike, "9"),
        ];
        let mut words: Vec<&str> = vec!["0"];
        words.extend(attributes.iter().filter(|one| one.0).map(|one| one.1));
        let (foreground, background) = (
            color(style.foreground, 30, 90, 38),
            color(style.background, 40, 100, 48),
        );
        words.extend([foreground.as_str(), background.as_str()]);
        words.join(";")
    };
    let rows = (0..ROWS).map(|row| {
        let places = (0..COLUMNS).map(|column| {
            let text = terminal.character(row, column);
            // As xterm has the second column of a character.
            let character = text.chars().next().unwrap_or('\u{ffff}');
            let look = look(terminal.style(row, column));
            (character, told(&look, character))
        });
        places.unzip()
    });
    let place = terminal.cursor();
    (rows.collect(), (place.row, place.column, place.wraps))
}

/// Text, controls and sequences. Left out is what xterm draws by how it keeps its lines, and not by what was written: wide
/// characters that are cut by columns, lines of double width that text runs over, and the blank of line drawing at the end of a
/// row; what is filled without colors, which takes those that erased places keep unseen; and what it does wrong where it scrolls
/// at once: by more lines than there are.
fn piece() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        3 => Just(String::new()),
        5 => (0_u16..8).prop_map(|number| number.to_string()),
        2 => (0..COLUMNS + 2).prop_map(|number| number.to_string()),
    ];
    let two = (number.clone(), number.clone()).prop_map(|(one, two)| format!("{one};{two}"));
    let four = (two.clone(), two.clone()).prop_map(|(one, two)| format!("{one};{two}"));
    let modes = vec![
        "4", "20", "?6", "?7", "?41", "?45", "?66", "?69", "?47", "?1047", "?1048", "?1049",
    ];
    let saved = vec!["6", "7", "41", "45", "47", "69", "1047", "1048", "1049"];
    let attributes = vec![
        "", "0", "1", "2", "3", "4", "5", "7", "9", "21", "22", "23", "24", "25", "27", "29", "31",
        "37", "39", "42", "47", "49", "93", "97", "104", "38;5;100", "48;5;200", "38:5:9",
        "48:5:3", "38;5;1", "38;5;256",
    ];
    let attributes = proptest::collection::vec(proptest::sample::select(attributes), 1..4);
    prop_oneof![
        6 => "[ -^`-~é─]{1,12}|[A-T]{20}",
        2 => "\r|\n|\x08|\t|\r\n|\x0b|\x0f|\x0e|\0",
        4 => (number.clone(), "[A-GIZade`@PLMTXb^]| [@A]|'[}~]").prop_map(|(count, last)| format!("\x1b[{count}{last}")),
        1 => Just("\x1b[S".to_owned()),
        2 => (two.clone(), "[Hfrs]").prop_map(|(two, last)| format!("\x1b[{two}{last}")),
        2 => "\x1b\\[\\??[012]?[JK]",
        2 => "\x1b[DEMH7869=>]",
        1 => "\x1b\\[[03]?g|\x1b\\[[su]|\x1b\\[!p|\x1b#8|\x1bc|\x1b\\[\\?5W|\x1b\\[64;1\"p",
        1 => "\x1b[()*][0B]|\x1b\\(A|\x1b[no|}~]",
        1 => "\x1b\\[[34]8;5:9m",
        2 => attributes.prop_map(|attributes| format!("\x1b[{}m", attributes.join(";"))),
        1 => "\x1b\\[[012]?\"q|\x1b[VW]|\x1b\\[#[{}]",
        2 => (proptest::sample::select(modes), "[hl]").prop_map(|(mode, last)| format!("\x1b[{mode}{last}")),
        1 => (proptest::sample::select(saved), "[sr]").prop_map(|(mode, last)| format!("\x1b[?{mode}{last}")),
        1 => (four.clone(), "\\$[z{]").prop_map(|(four, last)| format!("\x1b[{four}{last}")),
        1 => (four.clone(), "0|1|4|5|7|24|1;4", "[rt]").prop_map(|(four, set, last)| format!("\x1b[{four};{set}${last}")),
        1 => "\x1b\\[[012]?\\*x|\x1b\\[\\$[z{]",
        1 => four.clone().prop_map(|four| format!("\x1b[31;42m\x1b[42;{four}$x")),
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
        &RESOURCES.map(str::to_owned),
        Duration::from_secs(60 + u64::from(count)),
    );
    let xterm = std::cell::RefCell::new(&mut xterm);
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(count)
    };
    proptest!(config, |(pieces in proptest::collection::vec(piece(), 1..20))| {
        let stream = pieces.concat();
        let theirs = draw(&mut xterm.borrow_mut(), &stream);
        let terminal = fed((COLUMNS, ROWS), format!("{SAVED}{stream}\x18").as_bytes());
        prop_assert_eq!(theirs, ours(&terminal));
    });
}
